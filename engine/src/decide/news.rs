//! What the vendor announced: taken in once, answered by the administrator, and the use of versions
//! that are out of maintenance since then, which is recorded and never refused (clauses A17, A21, K14).

use octroi_licence::{Announcement, CivilDay, CivilSeconds};

use super::Turn;
use crate::{
    Actor, AnnouncementTopic, AnnouncementVerdict, Event, Outcome, Refusal, RefusalCode, SessionId,
    catalogue::Offer,
};

impl Turn<'_> {
    pub(super) fn receive_announcement(&mut self, announcement: &Announcement) -> Outcome {
        if self.engine.state.news.knows(announcement.number) {
            return Outcome::AlreadyInstalled;
        }
        self.emit(Event::AnnouncementReceived {
            number: announcement.number,
            topic: match announcement.kind.as_str() {
                "release" => AnnouncementTopic::Release,
                "data-processing" => AnnouncementTopic::DataProcessing,
                _ => AnnouncementTopic::Other,
            },
            product: announcement.product.clone(),
            version: announcement.version.clone(),
            effective_at: announcement.effective.map(CivilDay::start),
            due_before: announcement.due.map(over),
        });
        Outcome::Installed
    }

    /// An answer is awaited where the announcement names a day for it; a release cannot be refused.
    pub(super) fn answer_announcement(
        &mut self,
        number: u64,
        verdict: AnnouncementVerdict,
        actor: Actor,
    ) -> Outcome {
        let Some(known) = self.engine.state.news.announcements.get(&number) else {
            return Outcome::Refused(Refusal::of(RefusalCode::AnnouncementUnknown));
        };
        if known.answer.is_some_and(|(given, _)| given == verdict) {
            return Outcome::AlreadyInstalled;
        }
        let Some(until) = known.answerable_before() else {
            return Outcome::Refused(Refusal::of(RefusalCode::AnswerNotAwaited));
        };
        if until.millis() <= self.civil {
            return Outcome::Refused(Refusal {
                expected: until.to_string(),
                ..Refusal::of(RefusalCode::AnswerTooLate)
            });
        }
        self.emit(Event::AnnouncementAnswered {
            number,
            verdict,
            actor,
        });
        Outcome::Done
    }

    /// What a version out of maintenance is granted is written down.
    pub(super) fn note_outdated(&mut self, offer: &Offer, session: SessionId) {
        let state = &self.engine.state;
        let news = &state.news;
        if !news.names_versions() {
            return;
        }
        let version = state.sessions.get(session);
        let Some(version) = version.and_then(|one| one.version.as_ref()) else {
            return;
        };
        let product = &offer.terms.licence.product;
        let Some((announcement, maintained)) = news.maintained_from(product, self.civil.seconds())
        else {
            return;
        };
        if version < maintained {
            self.emit(Event::OutdatedVersionServed {
                session,
                licence: offer.licence().clone(),
                feature: offer.feature.name.clone(),
                announcement,
            });
        }
    }
}

/// First instant after a day.
fn over(day: CivilDay) -> CivilSeconds {
    CivilDay(day.0.saturating_add(1)).start()
}
