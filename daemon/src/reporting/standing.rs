//! How a realm stands with its reports, at one look. Changes nothing.

use octroi_licence::CivilSeconds;

use super::{
    clerk::{Clerk, ClerkError},
    schedule::Duty,
};
use crate::realm::Realm;

/// What is due, what waits, what was answered.
#[derive(Debug)]
pub(crate) struct Standing {
    /// The most urgent first.
    pub(crate) duties: Vec<Duty>,
    /// The report that waits for its receipt.
    pub(crate) waiting: Option<u64>,
    /// It waits for an administrator first.
    pub(crate) approval_needed: bool,
    pub(crate) last: Option<LastReceipt>,
}

/// The exchange that was completed last.
#[derive(Debug)]
pub(crate) struct LastReceipt {
    /// The report's number.
    pub(crate) number: u64,
    pub(crate) server_time: CivilSeconds,
    /// This machine's time when the report was first about to leave over the network.
    pub(crate) sent: Option<CivilSeconds>,
}

impl Clerk {
    /// Looks.
    pub(crate) async fn standing(&self, realm: &Realm) -> Result<Standing, ClerkError> {
        let outbox = self.outbox(realm);
        let (duties, server, _) = self.duties(realm).await?;
        let waiting = outbox.waiting()?.map(|waiting| waiting.report.number);
        let approval = self.approval_needed(&duties) && server.is_some();
        let approval_needed = approval && waiting.is_some_and(|one| !outbox.is_approved(one));
        let last = match outbox.last()? {
            None => None,
            Some(last) => {
                let number = last.report.number;
                let frame = last.receipt.frame.unwrap_or_default();
                Some(LastReceipt {
                    number,
                    server_time: CivilSeconds(frame.issued_at_s),
                    sent: outbox.sent(number)?,
                })
            }
        };
        Ok(Standing {
            duties,
            waiting,
            approval_needed,
            last,
        })
    }
}
