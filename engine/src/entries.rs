//! What an administrator writes down and declares for the client. Values only: what becomes of them is
//! decided under `decide/`.

use octroi_licence::{CivilSeconds, EndOfUseChoice, LicenceId};

use crate::{ExportKind, KeptText, TextId, UserPseudonym};

/// What an administrator writes into the client's registers. Texts were kept beside the ledger before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterEntry {
    /// A line of the log book (clause A13).
    Note(KeptText),
    /// An intervention of the vendor's begins, at the client's request (clauses Z15, Z22).
    InterventionOpened {
        /// Who intervenes.
        author: KeptText,
        /// What is to be done.
        nature: KeptText,
        /// The client says that it backed up first.
        backed_up: bool,
    },
    /// It is over.
    InterventionClosed {
        /// Number of the record that opened it.
        opened: u64,
        /// What was done.
        result: Option<KeptText>,
    },
    /// An invoice is contested (clause B12). After its date this is recorded as late.
    Dispute {
        /// Under which licence.
        licence: Option<LicenceId>,
        /// The invoice's number.
        invoice: KeptText,
        /// Why.
        reasons: KeptText,
        /// First instant at which the invoice counts as agreed, as it says.
        contest_until: CivilSeconds,
        /// Numbers of the records that are to bear it out.
        records: Vec<u64>,
    },
    /// Something leaves the daemon's keeping (clause T19).
    Export {
        /// What.
        what: ExportKind,
        /// Whose data, where it is one user's.
        about: Option<UserPseudonym>,
        /// What for.
        purpose: Option<KeptText>,
    },
    /// The texts that belong to a record are to be forgotten.
    EraseText {
        /// The record's number.
        record: u64,
    },
}

/// What an administrator declares for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Declaration {
    /// The software is accepted (clause A18).
    Accepted,
    /// Reserves are made about it.
    Reserves {
        /// The text lies beside the ledger.
        text: Option<TextId>,
    },
    /// The licence ends, within its evaluation (clause T4).
    Ended,
    /// Nothing of it is used any more (clauses Z9, A14, B10).
    EndOfUse(EndOfUseChoice),
}
