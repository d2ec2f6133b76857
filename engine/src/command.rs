//! What the shell asks of the engine and what it gets back. Ids, tokens and time are in the
//! command; identities are pseudonyms; documents were verified before.

use std::sync::Arc;

use octroi_licence::{
    ActivationCertificate, Amendment, Announcement, BorrowId, CivilMillis, CivilSeconds,
    DocumentDigest, EscrowRelease, FeatureName, KeySerial, Licence, LicenceId, Order, ProductId,
    ProductVersion, ReservationId, RevocationList, Seconds, Verified,
};

use crate::{
    Actor, AnnouncementVerdict, Beneficiary, CheckoutProofs, Contained, Declaration, Epoch,
    ListedUser, ProcessIdentity, RegisterEntry, RequestNumber, SeatId, SessionId, TextId,
    TokenHash, UserPseudonym,
};

/// The process behind a stream, as the kernel reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Its user.
    pub user: UserPseudonym,
    /// The kernel said who that is.
    pub identified: bool,
    /// The process; `None`: stream only.
    pub process: Option<ProcessIdentity>,
    /// The container that it runs in; `None`: in none.
    pub container: Option<Contained>,
}

/// One thing to decide.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Command {
    /// The daemon starts; `living` are the sessions whose process was seen alive just now.
    Start {
        /// Version of the daemon.
        version: String,
        /// Sessions of the ledger whose process lives.
        living: Vec<SessionId>,
    },
    /// The daemon stops in good order; sessions stay for the next start.
    Stop,
    /// Time has passed.
    Tick,

    /// An application opens a session.
    Open {
        /// Fresh.
        session: SessionId,
        /// The request's number.
        number: RequestNumber,
        /// Who holds it.
        caller: Caller,
        /// What it runs.
        product: ProductId,
        /// Which version.
        version: Option<ProductVersion>,
        /// When that was released.
        released_at: Option<CivilSeconds>,
        /// Nobody sits before it.
        unattended: bool,
        /// Hash of a fresh resume token.
        token: TokenHash,
    },
    /// An application comes back over a new stream.
    Resume {
        /// The request's number.
        number: RequestNumber,
        /// Who asks: must be the process that the session belongs to.
        caller: Caller,
        /// Hash of the token it shows.
        token: TokenHash,
        /// Hash of a fresh token.
        next_token: TokenHash,
    },
    /// A stream ended without goodbye. Nothing happens where a newer one serves the session.
    Detach {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
    },
    /// The kernel reported the end of the process that holds the session.
    ProcessExited {
        /// The session.
        session: SessionId,
    },
    /// The application is done.
    Goodbye {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
    },
    /// A seat is asked for.
    Checkout {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
        /// The request's number.
        number: RequestNumber,
        /// Answers below this number may be forgotten.
        answered_below: RequestNumber,
        /// Which feature.
        feature: FeatureName,
        /// How many units; at least 1.
        units: u32,
        /// How long it may wait, in milliseconds; 0: not at all.
        wait_ms: u32,
        /// For whom. What the licence does not ask about is not recorded.
        beneficiary: Beneficiary,
        /// What hardware keys have proven of it so far; `None`: it brings nothing to be proven.
        proofs: Option<Box<CheckoutProofs>>,
    },
    /// A seat is given back.
    Release {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
        /// The request's number.
        number: RequestNumber,
        /// Answers below this number may be forgotten.
        answered_below: RequestNumber,
        /// Which seat.
        seat: SeatId,
    },
    /// A place in a queue is given up.
    CancelWait {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
        /// The waiting check-out's number.
        checkout: RequestNumber,
    },
    /// The holder has read that its seat is revoked and stopped using it.
    Acknowledge {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
        /// Which seat.
        seat: SeatId,
    },
    /// An amount of a metered feature is consumed, in all of its windows or in none.
    Consume {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
        /// The request's number.
        number: RequestNumber,
        /// Answers below this number may be forgotten.
        answered_below: RequestNumber,
        /// Which feature.
        feature: FeatureName,
        /// How much; at least 1.
        amount: u64,
        /// The operation that it belongs to, such as one campaign: the same id for the same name.
        operation: Option<TextId>,
        /// Fresh; used where the licence asks for approval.
        reservation: ReservationId,
        /// For whom.
        beneficiary: Beneficiary,
    },
    /// A seat is borrowed: it outlives the session.
    Borrow {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
        /// The request's number.
        number: RequestNumber,
        /// Answers below this number may be forgotten.
        answered_below: RequestNumber,
        /// Which feature.
        feature: FeatureName,
        /// How many units; at least 1.
        units: u32,
        /// For how long at most; zero: as long as the licence allows.
        longest: Seconds,
        /// Fresh.
        borrow: BorrowId,
        /// For whom.
        beneficiary: Beneficiary,
    },
    /// A borrowed seat is to have another period. Any session of the same user and product may ask.
    RenewBorrow {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
        /// The request's number.
        number: RequestNumber,
        /// Answers below this number may be forgotten.
        answered_below: RequestNumber,
        /// Which.
        borrow: BorrowId,
        /// For whom.
        beneficiary: Beneficiary,
    },
    /// A borrowed seat is given back: it is free when its present period ends, because nobody can
    /// see whether the lease is used until then.
    Return {
        /// The session.
        session: SessionId,
        /// The stream.
        epoch: Epoch,
        /// The request's number.
        number: RequestNumber,
        /// Answers below this number may be forgotten.
        answered_below: RequestNumber,
        /// Which.
        borrow: BorrowId,
    },

    /// An administrator takes a reservation back that nobody has decided.
    WithdrawReservation {
        /// Which.
        reservation: ReservationId,
        /// Who.
        actor: Actor,
    },
    /// An administrator announces an operation of a metered feature (clause K4). A later
    /// announcement of the same operation replaces an earlier one.
    Announce {
        /// Under which licence.
        licence: LicenceId,
        /// Which feature.
        feature: FeatureName,
        /// Which operation; `None`: whatever is consumed without one in the month in which `until`
        /// lies, or which ends there.
        operation: Option<TextId>,
        /// Up to which sum.
        amount: u64,
        /// First instant at which the announcement no longer holds.
        until: CivilSeconds,
        /// Who.
        actor: Actor,
    },

    /// An administrator takes a seat back.
    RevokeSeat {
        /// Which.
        seat: SeatId,
        /// Who.
        actor: Actor,
        /// Why.
        reason: Option<TextId>,
    },
    /// An administrator blocks a user: sessions and seats end, no others begin, assignments stay
    /// counted (clause K1).
    BlockUser {
        /// Whom.
        user: UserPseudonym,
        /// Who.
        actor: Actor,
        /// Why.
        reason: Option<TextId>,
    },
    /// An administrator's block ends. A vendor's stays.
    UnblockUser {
        /// Whom.
        user: UserPseudonym,
        /// Who.
        actor: Actor,
    },
    /// A user's identity is erased: sessions and seats end; assignments stay counted under the tag
    /// until a signed order frees them. If the same person comes back, the shell finds the same tag
    /// and asks under it.
    EraseUser {
        /// Whom.
        user: UserPseudonym,
        /// A keyed tag of the identity, as a pseudonym.
        tag: UserPseudonym,
        /// Who.
        actor: Actor,
    },
    /// The named users of a feature, as a directory or a file states them: joiners are assigned while
    /// there is room, in the order of the list; leavers are flagged (clause B13).
    SyncUsers {
        /// Of which licence.
        licence: LicenceId,
        /// Which feature.
        feature: FeatureName,
        /// The whole list.
        users: Vec<ListedUser>,
        /// Who.
        actor: Actor,
    },
    /// A licence arrived.
    InstallLicence {
        /// The licence.
        licence: Arc<Verified<Licence>>,
        /// Who.
        actor: Actor,
    },
    /// An activation certificate arrived; the shell checked that it names this daemon's key.
    InstallCertificate {
        /// The certificate.
        certificate: Arc<Verified<ActivationCertificate>>,
        /// Who.
        actor: Actor,
    },
    /// An order arrived.
    InstallOrder {
        /// The order.
        order: Arc<Verified<Order>>,
        /// Who.
        actor: Actor,
    },
    /// An amendment arrived.
    InstallAmendment {
        /// The amendment.
        amendment: Arc<Verified<Amendment>>,
        /// Who.
        actor: Actor,
    },
    /// An administrator accepts, for the client, a document that waits for it (clause Z16).
    AcceptDocument {
        /// Which.
        digest: DocumentDigest,
        /// Who.
        actor: Actor,
    },
    /// A revocation list arrived.
    InstallRevocations {
        /// The list.
        list: Arc<Verified<RevocationList>>,
        /// Who.
        actor: Actor,
    },
    /// The shell compared the host with the activated one.
    HostCompared {
        /// For which licence.
        licence: LicenceId,
        /// Components that match.
        matched: u32,
        /// Components that could be read.
        readable: u32,
    },

    /// A key is about to be asked.
    KeyIntent {
        /// Which.
        key: KeySerial,
    },
    /// A key's proof was verified under the licence's public key.
    KeyProven {
        /// Which.
        key: KeySerial,
        /// Its counter.
        counter: u64,
        /// It is a software emulator.
        emulated: bool,
    },
    /// A key is away, or did not answer as it must.
    KeyAbsent {
        /// Which.
        key: KeySerial,
    },

    /// The vendor's server said just now, under its signature, what time it is. Confirms a wall clock
    /// that leapt ahead and agrees with it within ten minutes; moves nothing else, so that neither a
    /// server whose clock is wrong nor a wall clock that is can move the confirmed time alone.
    ClockEvidence {
        /// The server's time, not older than the exchange with it.
        civil: CivilMillis,
    },

    /// An escrow release arrived; the shell verified it by the key that the licence names.
    InstallEscrowRelease {
        /// The release.
        release: Arc<Verified<EscrowRelease>>,
        /// Who.
        actor: Actor,
    },
    /// An administrator declares a fact about a licence, for the client.
    Declare {
        /// Which licence.
        licence: LicenceId,
        /// What.
        fact: Declaration,
        /// Who.
        actor: Actor,
    },
    /// A receipt that was verified brought an announcement.
    ReceiveAnnouncement(Box<Announcement>),
    /// An administrator answers an announcement, for the client (clause K14). The last answer counts.
    AnswerAnnouncement {
        /// Which.
        number: u64,
        /// What.
        verdict: AnnouncementVerdict,
        /// Who.
        actor: Actor,
    },
    /// The certificate of the end of use was made and kept; that was declared before.
    CertifyEndOfUse {
        /// Of which licence.
        licence: LicenceId,
        /// The certificate.
        digest: DocumentDigest,
        /// Who.
        actor: Actor,
    },
    /// An administrator gives notice, for the client, that the licence is not to be renewed.
    RecordNonRenewal {
        /// Which licence.
        licence: LicenceId,
        /// Who.
        actor: Actor,
    },

    /// An administrator writes into one of the registers that the client keeps.
    Enter {
        /// What.
        entry: RegisterEntry,
        /// Who.
        actor: Actor,
    },

    /// Something that the shell did and the ledger must hold: trusted a vendor, asked for an
    /// activation, refused a document, signed a checkpoint, synced, lost a tail, wrote a
    /// bundle for support. The event must be
    /// one of those kinds.
    Note {
        /// What.
        event: crate::Event,
    },
}
