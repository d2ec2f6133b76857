//! What the books say of announcements and of moves to another host: releases and answers, and who took
//! whose place. Made as values that print as JSON.

use std::collections::BTreeSet;

use octroi_licence::{
    CivilDay, CivilSeconds, ContractYear, LicenceId, Numbered, ProductId, ProductVersion,
    PublicKey, RehostOver, Rehosts, message,
};
use serde::Serialize;

use super::as_text;
use crate::{
    Books, DatabaseError,
    books::RELEASE,
    database::{
        allotments,
        announcements::{self, StoredAnnouncement},
        rehosts::Rehost,
    },
    rehosts,
};

/// Releases of a licence's product (clause T18).
#[derive(Debug, Clone, Serialize)]
pub struct ReleasesOverview {
    /// The highest version announced.
    pub latest: Option<ProductVersion>,
    /// Versions that came out in the present contract year.
    pub this_year: usize,
    /// Its first instant; `None`: no serial counts.
    pub year_starts_at: Option<CivilSeconds>,
    /// First instant of the next.
    pub year_ends_at: Option<CivilSeconds>,
}

/// Moves of a licence to another host (clause A8).
#[derive(Debug, Clone, Serialize)]
pub struct RehostsOverview {
    /// Included in each contract year.
    pub per_year: u32,
    /// In the present one.
    pub used_this_year: u32,
    /// `bill` or `refuse`.
    pub over: &'static str,
    /// First instant of the next contract year.
    pub year_ends_at: Option<CivilSeconds>,
    /// Every move, oldest first.
    pub moves: Vec<MoveOverview>,
}

/// One move.
#[derive(Debug, Clone, Serialize)]
pub struct MoveOverview {
    /// Who serves since.
    #[serde(serialize_with = "as_text")]
    pub daemon_key: PublicKey,
    /// Whose place it took; the same where a daemon was activated anew on another host.
    #[serde(serialize_with = "as_text")]
    pub replaced: PublicKey,
    /// When.
    pub at: CivilSeconds,
    /// Beyond what is included: to be billed.
    pub billed: bool,
}

/// An announcement and its answers.
#[derive(Debug, Clone, Serialize)]
pub struct AnnouncementOverview {
    /// Its number.
    pub number: u64,
    /// Its kind.
    pub kind: String,
    /// What is told.
    pub text: String,
    /// Of a release.
    pub version: Option<ProductVersion>,
    /// `None`: every product.
    pub product: Option<ProductId>,
    /// `None`: every client.
    pub licence: Option<LicenceId>,
    /// By when something is to be done.
    pub due: Option<CivilDay>,
    /// When it comes about.
    pub effective: Option<CivilDay>,
    /// When it was written.
    pub added_at: CivilSeconds,
    /// What the administrators answered (clause K14).
    pub answers: Vec<AnswerOverview>,
}

/// One daemon's answer.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerOverview {
    /// Whose administrator.
    #[serde(serialize_with = "as_text")]
    pub daemon_key: PublicKey,
    /// The licences that the daemon serves.
    pub licences: Vec<LicenceId>,
    /// `accepted`, `objected`, or a number that only a later version knows.
    pub verdict: String,
    /// On which day.
    pub day: CivilDay,
    /// When its report came.
    pub received_at: CivilSeconds,
}

impl Books {
    /// Every announcement with its answers, oldest first.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn announcements(&self) -> Result<Vec<AnnouncementOverview>, DatabaseError> {
        let mut change = self.database.begin().await?;
        let mut told = Vec::new();
        for stored in announcements::above(&mut change, 0).await? {
            let one = stored.announcement;
            let answers = announcements::answers(&mut change, one.number).await?;
            let mut said = Vec::with_capacity(answers.len());
            for given in answers {
                said.push(AnswerOverview {
                    daemon_key: given.daemon_key,
                    licences: allotments::licences_of(&mut change, &given.daemon_key).await?,
                    verdict: verdict(given.answer.verdict),
                    day: given.answer.day,
                    received_at: given.received_at,
                });
            }
            told.push(AnnouncementOverview {
                number: one.number,
                kind: one.kind,
                text: one.text,
                version: one.version,
                product: one.product,
                licence: stored.licence,
                due: one.due,
                effective: one.effective,
                added_at: stored.added_at,
                answers: said,
            });
        }
        Ok(told)
    }
}

fn verdict(verdict: Numbered<message::AnnouncementVerdict>) -> String {
    let name = verdict.name().map(str::to_ascii_lowercase);
    name.unwrap_or_else(|| verdict.number().to_string())
}

/// Versions that came out in a contract year, each once.
pub(super) fn releases(
    stored: &[StoredAnnouncement],
    (licence, product): (&LicenceId, &ProductId),
    year: Option<ContractYear>,
) -> ReleasesOverview {
    let of_product = |one: &&StoredAnnouncement| {
        one.announcement.kind == RELEASE && one.concerns(licence, product)
    };
    let versions = |one: &StoredAnnouncement| one.announcement.version.clone();
    let released = || stored.iter().filter(of_product);
    let within =
        |one: &&StoredAnnouncement| year.is_some_and(|year| year.contains(one.effective()));
    let this_year: BTreeSet<ProductVersion> =
        released().filter(within).filter_map(versions).collect();
    ReleasesOverview {
        latest: released().filter_map(versions).max(),
        this_year: this_year.len(),
        year_starts_at: year.map(|year| year.starts_at),
        year_ends_at: year.map(|year| year.ends_at),
    }
}

pub(super) fn moves(
    term: Rehosts,
    register: &[Rehost],
    year: Option<ContractYear>,
) -> RehostsOverview {
    RehostsOverview {
        per_year: term.per_year,
        used_this_year: rehosts::used(register, year),
        over: match term.over {
            RehostOver::Bill => "bill",
            RehostOver::Refuse => "refuse",
            _ => "unknown",
        },
        year_ends_at: year.map(|year| year.ends_at),
        moves: register
            .iter()
            .map(|one| MoveOverview {
                daemon_key: one.daemon_key,
                replaced: one.replaced,
                at: one.at,
                billed: one.billed,
            })
            .collect(),
    }
}
