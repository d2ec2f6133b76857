//! The ways in which the fake daemon can be wrong.

use octroi_proto::licensing::v1::{BorrowedLeaseTerms, LeaseTerms, RefusalCode};

/// Every way to be wrong, off unless a test switches it on.
#[derive(Default, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "switches, each on its own")]
pub struct Misbehaviour {
    /// Says nothing after Hello.
    pub never_opens: bool,
    /// Ends the stream instead of answering Open or Resume.
    pub closes_at_open: bool,
    pub protocol: Option<u32>,
    pub sends_too_much: bool,
    pub bad_signature: bool,
    /// Answers with the first proof it ever gave.
    pub replays_proof: bool,
    pub proof_product: Option<String>,
    pub no_key_agreement: bool,
    pub no_token: bool,
    pub refuses_open: Option<RefusalCode>,
    pub refuses_resume: Option<RefusalCode>,
    /// On a resume, the end of the session's first seat overtakes the answer that still names it.
    pub overtakes: bool,
    /// Check-outs are recorded and not answered.
    pub never_answers: bool,
    /// The next answer is recorded, then the stream breaks.
    pub loses_next_answer: bool,
    /// Does not offer proofs by hardware keys.
    pub knows_no_proofs: bool,
    pub forges_mac: bool,
    pub replays_lease: bool,
    pub lease: Option<fn(&mut LeaseTerms)>,
    /// What the daemon signs for a borrowed seat.
    pub borrowed: Option<fn(&mut BorrowedLeaseTerms)>,
    /// Leases of borrowed seats are signed by another key.
    pub forges_borrowed: bool,
    /// Requests are refused so.
    pub refuses: Option<RefusalCode>,
}
