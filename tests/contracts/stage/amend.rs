//! Amendments on the stage of simulated time: the vendor signs one, the client's daemon gets it, its
//! administrator accepts it or not.

use std::sync::Arc;

use octroi_engine::{Command, Outcome};
use octroi_licence::{CivilSeconds, DocumentDigest};
use octroi_vendor::LicenceOrder;

use super::{ADMINISTRATOR, Contract};

impl Contract {
    /// The vendor signs an amendment, of which the order states the whole, and the daemon gets it.
    pub(crate) fn amended(
        &mut self,
        order: &str,
        effective_at: Option<CivilSeconds>,
    ) -> DocumentDigest {
        let now = self.today();
        let order = LicenceOrder::check(order, now)
            .unwrap_or_else(|mistakes| panic!("{:#?}", mistakes.as_slice()));
        let amendment = Arc::new(self.vendor.amendment(&order, effective_at, now));
        let digest = amendment.digest();
        let actor = ADMINISTRATOR;
        let outcome = self.outcome(Command::InstallAmendment { amendment, actor });
        assert!(!matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
        digest
    }

    /// The administrator signs for the client.
    pub(crate) fn accepts(&mut self, digest: DocumentDigest) {
        let actor = ADMINISTRATOR;
        let outcome = self.outcome(Command::AcceptDocument { digest, actor });
        assert!(!matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    }
}
