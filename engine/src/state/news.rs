//! What the vendor announced, what was answered, and how often a version out of maintenance was served.

use std::collections::{BTreeMap, BTreeSet};

use octroi_licence::{CivilMillis, CivilSeconds, LicenceId, ProductId, ProductVersion};

use super::State;
use crate::{AnnouncementTopic, AnnouncementVerdict, Event, Record};

/// Announcements that are remembered, the newest by number: a vendor cannot make the state grow
/// without end.
const ANNOUNCEMENTS_MAX: usize = 1_024;

/// An announcement that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announced {
    pub(crate) topic: AnnouncementTopic,
    pub(crate) product: Option<ProductId>,
    pub(crate) version: Option<ProductVersion>,
    pub(crate) effective_at: Option<CivilSeconds>,
    pub(crate) due_before: Option<CivilSeconds>,
    pub(crate) received_at: CivilMillis,
    pub(crate) answer: Option<(AnnouncementVerdict, CivilMillis)>,
}

impl Announced {
    /// Until when an answer is awaited; `None`: none is.
    pub(crate) fn answerable_before(&self) -> Option<CivilSeconds> {
        self.due_before
            .filter(|_| self.topic != AnnouncementTopic::Release)
    }

    /// The release of a version of the product.
    pub(crate) fn release_of(&self, product: &ProductId) -> Option<&ProductVersion> {
        let concerns = self.product.as_ref().is_none_or(|one| one == product);
        let release = self.topic == AnnouncementTopic::Release && concerns;
        self.version.as_ref().filter(|_| release)
    }

    /// When it comes about; where that is not stated, when it came.
    pub(crate) fn effective(&self) -> CivilSeconds {
        self.effective_at
            .unwrap_or_else(|| self.received_at.seconds())
    }
}

/// All of it; empty where nothing was announced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// By number.
    pub(crate) announcements: BTreeMap<u64, Announced>,
    /// Numbers of releases that are to be installed by a day.
    pub(crate) to_install: BTreeSet<u64>,
    /// What was granted to versions out of maintenance.
    pub(crate) outdated: BTreeMap<LicenceId, u64>,
}

impl News {
    pub(crate) fn knows(&self, number: u64) -> bool {
        self.announcements.contains_key(&number)
    }

    /// Some version is to be installed by some day: a check that costs a grant nothing.
    pub(crate) fn names_versions(&self) -> bool {
        !self.to_install.is_empty()
    }

    /// The version below which the product is out of maintenance at `now`, and its announcement.
    pub(crate) fn maintained_from(
        &self,
        product: &ProductId,
        now: CivilSeconds,
    ) -> Option<(u64, &ProductVersion)> {
        self.versions_to_install(product)
            .filter(|(_, _, due)| *due <= now)
            .map(|(number, version, _)| (number, version))
            .max_by(|one, other| one.1.cmp(other.1))
    }

    /// The version that is to be installed next, and before when.
    pub(crate) fn next_to_install(
        &self,
        product: &ProductId,
        now: CivilSeconds,
    ) -> Option<(&ProductVersion, CivilSeconds)> {
        self.versions_to_install(product)
            .filter(|(_, _, due)| now < *due)
            .map(|(_, version, due)| (version, due))
            .min_by_key(|(_, due)| *due)
    }

    fn versions_to_install(
        &self,
        product: &ProductId,
    ) -> impl Iterator<Item = (u64, &ProductVersion, CivilSeconds)> {
        let all = self.to_install.iter();
        all.filter_map(|number| {
            let one = self.announcements.get(number)?;
            Some((*number, one.release_of(product)?, one.due_before?))
        })
    }
}

impl State {
    pub(super) fn apply_to_news(&mut self, record: &Record) {
        let news = &mut self.news;
        match &record.event {
            Event::AnnouncementReceived {
                number,
                topic,
                product,
                version,
                effective_at,
                due_before,
            } => {
                let announced = Announced {
                    topic: *topic,
                    product: product.clone(),
                    version: version.clone(),
                    effective_at: *effective_at,
                    due_before: *due_before,
                    received_at: record.time.civil_ms,
                    answer: None,
                };
                let names_version = *topic == AnnouncementTopic::Release && version.is_some();
                if names_version && due_before.is_some() {
                    news.to_install.insert(*number);
                }
                news.announcements.insert(*number, announced);
                if news.announcements.len() > ANNOUNCEMENTS_MAX
                    && let Some((oldest, _)) = news.announcements.pop_first()
                {
                    news.to_install.remove(&oldest);
                }
            }
            Event::AnnouncementAnswered {
                number, verdict, ..
            } => {
                if let Some(known) = news.announcements.get_mut(number) {
                    known.answer = Some((*verdict, record.time.civil_ms));
                }
            }
            Event::OutdatedVersionServed { licence, .. } => {
                let count = news.outdated.entry(licence.clone()).or_default();
                *count = count.saturating_add(1);
            }
            _ => {}
        }
    }
}
