//! What the client declared about its licences, by kind and day. Read from the ledger's first record on
//! for each report, so that what one report lost the next one carries.

use std::collections::BTreeMap;

use octroi_engine::{AcceptedBy, Event};
use octroi_licence::{
    CivilDay, LicenceId, Numbered, ReportedDeclaration, message::DeclarationKind,
};

/// Declarations so far; of one kind the first counts, of notices the last.
#[derive(Debug, Default)]
pub(super) struct Declared(BTreeMap<LicenceId, BTreeMap<i32, ReportedDeclaration>>);

impl Declared {
    pub(super) fn take(&mut self, day: CivilDay, event: &Event) {
        let (licence, kind, ends_on) = match event {
            Event::SoftwareAccepted { licence, by, .. } => {
                let kind = match by {
                    AcceptedBy::Use => DeclarationKind::AcceptedByUse,
                    AcceptedBy::Silence => DeclarationKind::AcceptedBySilence,
                    _ => DeclarationKind::Accepted,
                };
                (licence, kind, None)
            }
            Event::ReservesRecorded { licence, .. } => (licence, DeclarationKind::Reserves, None),
            Event::EndedByClient { licence, .. } => {
                (licence, DeclarationKind::EndedInEvaluation, None)
            }
            Event::NonRenewalRecorded {
                licence, ends_at, ..
            } => {
                let ends_on = CivilDay::of(*ends_at);
                (licence, DeclarationKind::NonRenewal, ends_on)
            }
            _ => return,
        };
        let declared = ReportedDeclaration {
            kind: Numbered::Known(kind),
            day,
            ends_on,
        };
        let of_licence = self.0.entry(licence.clone()).or_default();
        if kind == DeclarationKind::NonRenewal {
            of_licence.insert(kind.into(), declared);
        } else {
            of_licence.entry(kind.into()).or_insert(declared);
        }
    }

    pub(super) fn of(&self, licence: &LicenceId, not_renewed: bool) -> Vec<ReportedDeclaration> {
        let of_licence = self.0.get(licence).into_iter().flat_map(BTreeMap::values);
        let notice = Numbered::Known(DeclarationKind::NonRenewal);
        let stands = of_licence.filter(|one| not_renewed || one.kind != notice);
        stands.copied().collect()
    }
}
