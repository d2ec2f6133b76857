//! Documents that change a licence for good, delivered to a site.

use std::sync::Arc;

use octroi_engine::{Command, InstalledDocument, Outcome};
use octroi_licence::{Amendment, EscrowRelease, Verified};

use super::{Site, site::ADMINISTRATOR};

impl Site {
    pub(crate) fn amend(&mut self, amendment: &Arc<Verified<Amendment>>) -> Outcome {
        self.documents
            .push(InstalledDocument::Amendment(Arc::clone(amendment)));
        let (amendment, actor) = (Arc::clone(amendment), ADMINISTRATOR);
        self.outcome(Command::InstallAmendment { amendment, actor })
    }

    pub(crate) fn release_by_escrow(&mut self, release: &Arc<Verified<EscrowRelease>>) -> Outcome {
        self.documents
            .push(InstalledDocument::EscrowRelease(Arc::clone(release)));
        let (release, actor) = (Arc::clone(release), ADMINISTRATOR);
        self.outcome(Command::InstallEscrowRelease { release, actor })
    }
}
