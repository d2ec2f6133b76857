//! Kinds 100 to 119: amounts, borrowed seats, maintenance, where a session runs.

macro_rules! metered_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
        /// An amount was consumed, in all of its windows at once.
        100 AmountConsumed {
            /// By which session.
            session: SessionId,
            /// For which request.
            number: RequestNumber,
            /// Answers below this number may be forgotten.
            answered_below: RequestNumber,
            /// Under which licence.
            licence: LicenceId,
            /// Under which licence document.
            licence_digest: DocumentDigest,
            /// Which feature.
            feature: FeatureName,
            /// How much.
            amount: u64,
            /// How much of it lies over the limit: an overdraft.
            excess: u64,
            /// The windows in which it counts.
            windows: Vec<WindowRecord>,
            /// First instant at which the overdraft that the licence allows for a time is over.
            overdraft_until: Option<CivilSeconds>,
            /// The operation to whose sum it is added; `None`: operations are not watched.
            operation: Option<TextId>,
        }
        /// Nothing was consumed or reserved.
        101 ConsumptionRefused {
            /// Of which session.
            session: SessionId,
            /// Which request.
            number: RequestNumber,
            /// Answers below this number may be forgotten.
            answered_below: RequestNumber,
            /// Why.
            refusal: Refusal,
        }
        /// An amount is held in every window until it is approved.
        102 AmountReserved {
            /// For which session.
            session: SessionId,
            /// For which request.
            number: RequestNumber,
            /// Answers below this number may be forgotten.
            answered_below: RequestNumber,
            /// The reservation.
            reservation: ReservationId,
            /// Under which licence.
            licence: LicenceId,
            /// Under which licence document.
            licence_digest: DocumentDigest,
            /// Which feature.
            feature: FeatureName,
            /// How much.
            amount: u64,
            /// The operation that it belongs to; `None`: operations are not watched.
            operation: Option<TextId>,
            /// First instant at which the overdraft that the licence allows for a time is over.
            overdraft_until: Option<CivilSeconds>,
            /// It lapses then, and is forgotten then once it was decided.
            until: ElapsedMs,
        }
        /// A reservation was decided: consumed, or given back.
        103 ReservationDecided {
            /// Which.
            reservation: ReservationId,
            /// What was decided.
            verdict: ReservationVerdict,
            /// How much of it lies over the limit; 0 where it was given back.
            excess: u64,
            /// The windows in which it counts; none where it was given back.
            windows: Vec<WindowRecord>,
            /// The vendor's order.
            order: Option<DocumentDigest>,
            /// Who.
            actor: Actor,
        }
        /// A reservation's time is over.
        104 ReservationEnded {
            /// Which.
            reservation: ReservationId,
            /// It was never decided, and is given back.
            lapsed: bool,
        }
        /// The sum of a window reached a threshold of the licence; once a window.
        105 ThresholdCrossed {
            /// Of which licence.
            licence: LicenceId,
            /// Which feature.
            feature: FeatureName,
            /// Which window.
            window: WindowRecord,
            /// The threshold.
            threshold: u64,
            /// The sum that stands now.
            used: u64,
        }
        /// An administrator announced an operation (clause K4).
        106 OperationAnnounced {
            /// Under which licence.
            licence: LicenceId,
            /// Which feature.
            feature: FeatureName,
            /// Which operation; its name lies beside the ledger.
            operation: TextId,
            /// Up to which sum.
            amount: u64,
            /// First instant at which the announcement no longer holds.
            until: CivilSeconds,
            /// Who.
            actor: Actor,
        }
        /// An operation went over what may be used unannounced, or over what was announced
        /// (clause K4); once an announcement.
        107 OperationUnannounced {
            /// Under which licence.
            licence: LicenceId,
            /// Which feature.
            feature: FeatureName,
            /// Which operation.
            operation: TextId,
            /// Up to which sum it may go.
            allowed: u64,
            /// The sum that stands now.
            used: u64,
        }
        /// An order about maintenance took effect.
        108 MaintenanceOrdered {
            /// For which licence.
            licence: LicenceId,
            /// The order.
            digest: DocumentDigest,
            /// What it does.
            effect: Effect,
            /// Versions released from then on are not covered, while the order stands.
            ends_at: CivilSeconds,
        }
        /// A session that was just opened runs in a container.
        109 SessionContained {
            /// Which.
            session: SessionId,
            /// In which container.
            container: ContainerId,
            /// The user inside, as a user of its own.
            user: UserPseudonym,
        }
        /// A seat was borrowed: it outlives its session.
        110 SeatBorrowed {
            /// By which session.
            session: SessionId,
            /// For which request.
            number: RequestNumber,
            /// Answers below this number may be forgotten.
            answered_below: RequestNumber,
            /// The borrowed seat as documents and leases name it.
            borrow: BorrowId,
            /// The seat.
            seat: SeatId,
            /// Under which licence.
            licence: LicenceId,
            /// Under which licence document.
            licence_digest: DocumentDigest,
            /// Which feature.
            feature: FeatureName,
            /// How many units.
            units: u32,
            /// With whom it counts as one.
            group: GroupKey,
            /// A lingering seat that it takes over.
            from_linger: Option<SeatId>,
            /// First instant after the present period.
            until: CivilSeconds,
            /// No period ends later.
            longest: CivilSeconds,
        }
        /// A borrowed seat has another period.
        111 BorrowRenewed {
            /// By which session.
            session: SessionId,
            /// For which request.
            number: RequestNumber,
            /// Answers below this number may be forgotten.
            answered_below: RequestNumber,
            /// Which.
            borrow: BorrowId,
            /// Under which licence document.
            licence_digest: DocumentDigest,
            /// First instant after the new period.
            until: CivilSeconds,
        }
        /// A borrowed seat was given back: it is free when its period ends.
        112 BorrowReturned {
            /// By which session.
            session: SessionId,
            /// By which request.
            number: RequestNumber,
            /// Answers below this number may be forgotten.
            answered_below: RequestNumber,
            /// Which.
            borrow: BorrowId,
        }
        /// An administrator wants a borrowed seat back: it has no further period.
        113 BorrowRecalled {
            /// Which.
            borrow: BorrowId,
            /// Who.
            actor: Actor,
            /// Why; the text lies beside the ledger.
            reason: Option<TextId>,
        }
        /// A borrowed seat no longer counts.
        114 BorrowEnded {
            /// Which.
            borrow: BorrowId,
            /// Why.
            cause: BorrowEnd,
            /// The vendor's order, where one wrote it off.
            order: Option<DocumentDigest>,
        }
        /// Nothing was borrowed, renewed or given back.
        115 BorrowRefused {
            /// Of which session.
            session: SessionId,
            /// Which request.
            number: RequestNumber,
            /// Answers below this number may be forgotten.
            answered_below: RequestNumber,
            /// Why.
            refusal: Refusal,
        }
        } }
    };
}
