//! Amendments on the stage of simulated time: the vendor signs one, the client's daemon gets it, its
//! administrator accepts it or not.

use std::sync::Arc;

use octroi_engine::{Command, Outcome};
use octroi_licence::{Amendment, CivilSeconds, DocumentDigest, Verified};
use octroi_vendor::{AmendError, LicenceOrder};

use super::{ADMINISTRATOR, Contract};

impl Contract {
    /// What the vendor's tool says to an amendment, of which the order states the whole.
    pub(crate) fn would_amend(mut self, order: &str) -> Result<Verified<Amendment>, AmendError> {
        self.amendment(order, None)
    }

    fn amendment(
        &mut self,
        order: &str,
        effective_at: Option<CivilSeconds>,
    ) -> Result<Verified<Amendment>, AmendError> {
        let now = self.today();
        let order = LicenceOrder::check(order, now)
            .unwrap_or_else(|mistakes| panic!("{:#?}", mistakes.as_slice()));
        self.vendor.amendment(&order, effective_at, now)
    }

    /// The vendor signs an amendment and the daemon gets it.
    pub(crate) fn amended(
        &mut self,
        order: &str,
        effective_at: Option<CivilSeconds>,
    ) -> DocumentDigest {
        let amendment = self.amendment(order, effective_at);
        let amendment = Arc::new(amendment.expect("the amendment is given"));
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
