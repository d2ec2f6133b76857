//! What the tests share: a vendor with real documents, a site with an engine and its ledger, and the
//! written form of golden ledgers.

mod deliver;
pub(crate) mod site;
pub(crate) mod usage;
pub(crate) mod vendor;

pub(crate) use site::{App, Site};
