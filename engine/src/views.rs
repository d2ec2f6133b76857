//! What the shell may read: values copied out of the state, for lists, metrics, leases and the
//! administrator's tools. A view is true for the moment at which it was taken and changes nothing.

use std::sync::Arc;

use octroi_licence::{
    Amendment, AssignmentId, CategoryId, CivilMillis, CivilSeconds, DocumentDigest, FeatureName,
    Grouping, HardwareKey, KeyRule, KeySerial, LicenceId, Metric, NonRenewalForm, Order, ProductId,
    ProductVersion, RenewalPeriod, SiteId, Term, Verified,
};

use crate::{
    AcceptedBy, Confidence, DocumentCode, ElapsedMs, EndChoice, Epoch, Evidence, GroupKey,
    ProcessIdentity, Refusal, RequestNumber, SeatId, SessionId, UserPseudonym,
};

/// When the shell must come back with [`Command::Tick`](crate::Command::Tick), whichever comes
/// first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deadline {
    /// Milliseconds since the present boot at which something is due.
    pub boottime_ms: Option<u64>,
    /// Wall-clock instant at which something is due.
    pub civil_ms: Option<CivilMillis>,
}

/// The clocks as the engine judges them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockView {
    /// The judged civil time: what dates are compared with and what leases state.
    pub civil: CivilMillis,
    /// What is thought of the wall clock.
    pub confidence: Confidence,
    /// The confirmed civil time, carried on by elapsed time.
    pub mark: CivilMillis,
    /// When a provisional clock is confirmed by running alone.
    pub confirmed_at: Option<ElapsedMs>,
    /// Sequence number of the newest record that reported an anomaly and was not yet reset: what a
    /// clock reset must name.
    pub anomaly: Option<u64>,
    /// The realm's elapsed time.
    pub elapsed: ElapsedMs,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Which.
    pub session: SessionId,
    /// Whose process holds it.
    pub user: UserPseudonym,
    /// The kernel said who that is.
    pub identified: bool,
    /// Which process; `None`: stream only.
    pub process: Option<ProcessIdentity>,
    /// What it runs.
    pub product: ProductId,
    /// Which version.
    pub version: Option<ProductVersion>,
    /// When that was released.
    pub released_at: Option<CivilSeconds>,
    /// Nobody sits before it.
    pub unattended: bool,
    /// The stream that serves it.
    pub epoch: Epoch,
    /// Its transport is lost; its seats wait until then.
    pub detached_until: Option<ElapsedMs>,
    /// Seats that it holds.
    pub seats: u32,
}

/// How a seat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatStatus {
    /// Its session holds it.
    Held,
    /// Released, and still counted until then.
    Lingering {
        /// Until when.
        until: ElapsedMs,
    },
    /// Taken back; its session may keep it until then.
    Revoked {
        /// Until when.
        until: ElapsedMs,
    },
    /// Borrowed: it belongs to no session and counts until its period ends.
    Borrowed {
        /// First instant after the present period.
        until: CivilSeconds,
    },
}

/// A seat that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatView {
    /// Which.
    pub seat: SeatId,
    /// Its session; `None` where it lingers after it or is borrowed.
    pub session: Option<SessionId>,
    /// The check-out that got it.
    pub number: RequestNumber,
    /// Whose.
    pub user: UserPseudonym,
    /// Of which process, where its session lives and has one.
    pub process: Option<ProcessIdentity>,
    /// Which product, where its session lives.
    pub product: Option<ProductId>,
    /// Which version the session runs.
    pub version: Option<ProductVersion>,
    /// Under which licence.
    pub licence: LicenceId,
    /// Under which licence document.
    pub licence_digest: DocumentDigest,
    /// Which feature.
    pub feature: FeatureName,
    /// How many units.
    pub units: u32,
    /// With whom it counts as one.
    pub group: GroupKey,
    /// When it was granted, by the wall clock of that time.
    pub since: CivilMillis,
    /// How it stands.
    pub status: SeatStatus,
}

/// A check-out that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiterView {
    /// Of which session.
    pub session: SessionId,
    /// Which check-out.
    pub number: RequestNumber,
    /// Whose.
    pub user: UserPseudonym,
    /// Of which process.
    pub process: Option<ProcessIdentity>,
    /// Which product.
    pub product: ProductId,
    /// The licence whose seats it found exhausted; any licence of the product may serve it.
    pub licence: LicenceId,
    /// Which feature.
    pub feature: FeatureName,
    /// How many units.
    pub units: u32,
    /// 1 is the head.
    pub place: u32,
    /// Until when.
    pub deadline: ElapsedMs,
}

/// One feature of one licence, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureView {
    /// Of which licence.
    pub licence: LicenceId,
    /// Of which product.
    pub product: ProductId,
    /// Which feature.
    pub feature: FeatureName,
    /// What is counted.
    pub metric: Metric,
    /// Who counts as one.
    pub grouping: Grouping,
    /// What the licence states over all daemons.
    pub licensed: u32,
    /// This daemon's part of it.
    pub share: u32,
    /// What can be in use here at one time.
    pub limit: u32,
    /// Units that count now, lingering ones included.
    pub in_use: u32,
    /// Seats that linger.
    pub lingering: u32,
    /// Check-outs that wait and found this licence exhausted.
    pub waiting: u32,
    /// How it stands over the limit; `None`: nothing is granted over it by this licence's terms.
    pub overdraft: Option<OverdraftView>,
    /// Percentages of the limit that the use has reached and the licence wants shown, ascending.
    pub soft_limits_crossed: Vec<u32>,
}

/// How a feature stands over its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverdraftView {
    /// More is granted now than the limit.
    pub open: bool,
    /// Units over the limit now.
    pub excess: u32,
    /// The first use over the limit, where the licence counts days from it and they run.
    pub since: Option<CivilSeconds>,
    /// First instant at which no more is granted; `None`: no such instant is known.
    pub until: Option<CivilSeconds>,
}

/// Use over the limit of one feature in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdraftMonth {
    /// Of which licence.
    pub licence: LicenceId,
    /// Which feature.
    pub feature: FeatureName,
    /// First instant of the month, in the site's zone.
    pub month: CivilSeconds,
    /// The most users, hosts or whatever counts as one over the limit at one time.
    pub users_in_excess: u32,
    /// Seat time over the limit, in whole seconds.
    pub seat_seconds: u64,
    /// The month is still being counted.
    pub open: bool,
}

/// A seat that is assigned to a named user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentView {
    /// The name under which the vendor's orders know it.
    pub assignment: AssignmentId,
    /// Under which licence.
    pub licence: LicenceId,
    /// Which feature.
    pub feature: FeatureName,
    /// To whom; a keyed tag where `erased`.
    pub user: UserPseudonym,
    /// Of which kind.
    pub category: Option<CategoryId>,
    /// Since when, by the wall clock of that time.
    pub since: CivilMillis,
    /// Who keeps the user from it.
    pub blocked: Blocked,
    /// Is no longer on the directory's list.
    pub leaver: bool,
    /// The identity was erased.
    pub erased: bool,
    /// Beyond the limit: made while more was granted, or before the limit became less.
    pub in_excess: bool,
}

/// By whom a user is blocked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Blocked {
    /// By an administrator.
    pub by_administrator: bool,
    /// By an order of the vendor.
    pub by_vendor: bool,
}

/// What users of one kind have of a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryView {
    /// Of which licence.
    pub licence: LicenceId,
    /// Which feature.
    pub feature: FeatureName,
    /// The kind.
    pub category: CategoryId,
    /// Units in use, or seats assigned to named users.
    pub in_use: u32,
    /// How many they may have of the feature's count; `None`: all.
    pub limit: Option<u32>,
}

/// A licence in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceView {
    /// Which.
    pub licence: LicenceId,
    /// Its serial.
    pub serial: u64,
    /// The document.
    pub digest: DocumentDigest,
    /// Number of the last document of its vendor sequence.
    pub sequence: u64,
    /// What it may run; `None` where the document is not at hand.
    pub product: Option<ProductId>,
    /// For people.
    pub client_name: String,
    /// When it may be used, renewals that began or were ordered included.
    pub term: Term,
    /// The activation certificate.
    pub certificate: Option<CertificateView>,
    /// Why nothing of it would be granted now, to anybody; `None`: nothing stands in the way.
    pub blocked: Option<Refusal>,
    /// Its hardware keys; `None`: needs none.
    pub key: Option<KeyView>,
    /// Documents that wait for the ones before them.
    pub pending: Vec<PendingView>,
    /// How its life goes on.
    pub life: LifeView,
    /// Orders that are to take effect, or that people read about as long as they hold; by number.
    pub orders: Vec<OrderView>,
    /// Amendments that are not yet in force, in their order.
    pub amendments: Vec<AmendmentView>,
}

/// How a licence's life goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifeView {
    /// The period that begins by itself when the term ends.
    pub next_period: Option<RenewalPeriod>,
    /// The next notice of non-renewal that can still be given.
    pub next_notice: Option<NoticeView>,
    /// The end that stands by a notice of non-renewal.
    pub non_renewal: Option<CivilSeconds>,
    /// The licence is over, and features for export are granted until then.
    pub export_until: Option<CivilSeconds>,
    /// Counters of lateness stand still until then.
    pub standstill_until: Option<CivilSeconds>,
    /// It passed to another client.
    pub transferred: bool,
    /// What was found or declared here.
    pub facts: FactsView,
}

/// What was found or declared about a licence here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FactsView {
    /// It is suspended because of this evidence, which the record of that number shows.
    pub tampering: Option<(Evidence, u64)>,
    /// Its one evaluation: until then the client may end the licence at will.
    pub evaluation_ends_at: Option<CivilSeconds>,
    /// How the software was accepted.
    pub accepted: Option<AcceptedBy>,
    /// Reserves were made about it.
    pub reserves: bool,
    /// Until then reserves can be made; then silence accepts the software.
    pub silence_accepts_at: Option<CivilSeconds>,
    /// The client ended the licence within its evaluation.
    pub ended_by_client: bool,
    /// The client declared the end of its use.
    pub end_of_use: Option<EndChoice>,
    /// End of the guarantee.
    pub guarantee_ends_at: Option<CivilSeconds>,
    /// An escrow release lifts reports and the renewal of certificates.
    pub released: bool,
    /// The licence is over, and the client returns or destroys and certifies it until then.
    pub end_of_use_due: Option<CivilSeconds>,
    /// Its certificate of the end of use.
    pub certified: Option<DocumentDigest>,
}

/// A notice of non-renewal that can still be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// First instant at which it is too late.
    pub until: CivilSeconds,
    /// First instant after the end that would stand.
    pub ends_at: CivilSeconds,
    /// In what form.
    pub form: NonRenewalForm,
    /// Where a letter goes; may be empty.
    pub address: String,
}

/// An order as an administrator reads of it, from the moment in which it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// The document, with its ground and its reason.
    pub order: Arc<Verified<Order>>,
    /// What has become of it.
    pub standing: OrderStanding,
}

/// An amendment that is not yet in force, with the changes that it tells in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmendmentView {
    /// The document.
    pub amendment: Arc<Verified<Amendment>>,
    /// It waits for [`Command::AcceptDocument`](crate::Command::AcceptDocument).
    pub awaits_acceptance: bool,
    /// It does nothing before; `None`: nothing but acceptance or the amendment before it is missing.
    pub effective_at: Option<CivilSeconds>,
}

/// What has become of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderStanding {
    /// It takes effect then.
    Scheduled(CivilSeconds),
    /// It holds.
    InForce,
    /// A delay runs until then.
    Running(CivilSeconds),
    /// Its delay is over.
    Over,
    /// It was taken back.
    Lifted,
    /// The licence excludes it.
    Void,
}

/// An audit that was announced (clause Z5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditView {
    /// The order.
    pub digest: DocumentDigest,
    /// From when the full scope statement may be produced; `None`: from the order's arrival.
    pub opens_at: Option<CivilSeconds>,
    /// It may be produced now.
    pub open: bool,
}

/// An activation certificate in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    /// The document.
    pub digest: DocumentDigest,
    /// Its number.
    pub number: u64,
    /// The licence document that it was made for.
    pub licence_digest: DocumentDigest,
    /// Where the daemon stands.
    pub site: Option<SiteId>,
    /// First instant after its end.
    pub valid_until: Option<CivilSeconds>,
}

/// The hardware keys of a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// How many of them must be there.
    pub rule: KeyRule,
    /// Keys that proved their presence lately.
    pub present: Vec<KeySerial>,
    /// Keys that did not.
    pub absent: Vec<KeySerial>,
    /// What is left of the absence budget, in milliseconds.
    pub budget_left_ms: u64,
    /// Since when the keys that are needed are not all there.
    pub absent_since: Option<ElapsedMs>,
}

/// A document that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingView {
    /// What it is.
    pub document: DocumentCode,
    /// The document.
    pub digest: DocumentDigest,
    /// Its number in the vendor sequence.
    pub sequence: u64,
    /// The number that is missing.
    pub expected: u64,
    /// It does nothing before; `None`: no date is set, or it is not at hand.
    pub effective_at: Option<CivilSeconds>,
    /// The vendor's words: an order's reason, or what an amendment changes. May be empty.
    pub reason: String,
}

/// A key that the shell must prove, for one licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDuty {
    /// For which licence.
    pub licence: LicenceId,
    /// The key as the licence names it: what its answer is verified with.
    pub enrolled: HardwareKey,
    /// How often, in milliseconds.
    pub proof_interval_ms: u64,
    /// The last proof since the daemon started.
    pub last_proof: Option<ElapsedMs>,
    /// It counts as present.
    pub present: bool,
    /// The last counter known.
    pub counter: Option<u64>,
    /// Its counter fell behind: it is a copy, or was set back.
    pub suspect: bool,
}

/// A key that a document of the vendor's revoked as lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedKey {
    /// The key as a licence states it: what its answer is verified with.
    pub enrolled: HardwareKey,
    /// The licence whose document revoked it.
    pub by: LicenceId,
    /// Licences that name it all the same, in vain.
    pub named_by: Vec<LicenceId>,
    /// It is plugged in and has proven who it is, in vain.
    pub present: bool,
}
