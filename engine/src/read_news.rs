//! Announcements as an administrator reads them. Nothing is decided here.

use std::collections::BTreeSet;

use octroi_licence::{ContractYear, LicenceId, ProductVersion};

use crate::{AnnouncementView, Engine, Now, ReleasesView};

impl Engine {
    /// Announcements that came, by rising number.
    pub fn announcements(&self, now: Now) -> Vec<AnnouncementView> {
        let civil = self.civil_now(now).seconds();
        let all = self.state.news.announcements.iter();
        all.map(|(number, one)| AnnouncementView {
            number: *number,
            received_at: one.received_at,
            answer: one.answer,
            answerable_before: one.answerable_before().filter(|until| civil < *until),
        })
        .collect()
    }

    /// What was announced about a licence's product; `None` where the licence is not known.
    pub fn releases(&self, licence: &LicenceId, now: Now) -> Option<ReleasesView> {
        let state = self.state.licences.get(licence)?;
        let document = self.documents.licences.get(&state.digest)?;
        let (product, news) = (&document.product, &self.state.news);
        let civil = self.civil_now(now).seconds();
        let year = ContractYear::of(document.contract_start(document.frame().issued_at), civil);
        let releases = || {
            let all = news.announcements.values();
            all.filter_map(|one| Some((one.release_of(product)?, one.effective())))
        };
        let this_year: BTreeSet<&ProductVersion> = releases()
            .filter(|(_, at)| *at <= civil && year.is_some_and(|year| year.contains(*at)))
            .map(|(version, _)| version)
            .collect();
        let maintained_from = news
            .maintained_from(product, civil)
            .map(|(_, version)| version.clone());
        let outdated = |version: &ProductVersion| {
            let from = maintained_from.as_ref();
            from.is_some_and(|from| version < from)
        };
        let outdated_seats = self
            .seats()
            .filter(|seat| seat.licence == *licence && seat.version.as_ref().is_some_and(outdated))
            .count();
        Some(ReleasesView {
            latest: releases().map(|(version, _)| version).max().cloned(),
            year,
            this_year: u32::try_from(this_year.len()).unwrap_or(u32::MAX),
            install: news
                .next_to_install(product, civil)
                .map(|(version, before)| (version.clone(), before)),
            outdated_seats: u32::try_from(outdated_seats).unwrap_or(u32::MAX),
            outdated_grants: news.outdated.get(licence).copied().unwrap_or(0),
            maintained_from,
        })
    }
}
