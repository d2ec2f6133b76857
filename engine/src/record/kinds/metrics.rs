//! Kinds 80 to 99: who a seat is for, named users, use over the limit.

macro_rules! metrics_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
            /// For whom the check-out asks that the next record queues.
            80 CheckoutFor {
                /// Of which session.
                session: SessionId,
                /// Which check-out.
                number: RequestNumber,
                /// For whom.
                whom: Whom,
                /// Of which company.
                entity: Option<EntityId>,
                /// Of which kind.
                category: Option<CategoryId>,
                /// The id that an assignment would have.
                assignment: AssignmentId,
            }
            /// As whom a granted seat counts, where that is not the process's user alone.
            81 SeatFor {
                /// The seat.
                seat: SeatId,
                /// Who counts.
                user: UserPseudonym,
                /// Of which company.
                entity: Option<EntityId>,
                /// Of which kind.
                category: Option<CategoryId>,
            }
            /// A seat was assigned to a named user, until a signed order ends it.
            82 UserAssigned {
                /// Under which licence.
                licence: LicenceId,
                /// Under which licence document.
                licence_digest: DocumentDigest,
                /// Which feature.
                feature: FeatureName,
                /// The assignment.
                assignment: AssignmentId,
                /// To whom.
                user: UserPseudonym,
                /// Of which kind.
                category: Option<CategoryId>,
                /// First instant of the day, in the site's zone, on which it counts as new.
                day: CivilSeconds,
                /// Who: an administrator beforehand, or the daemon at the first check-out.
                actor: Actor,
            }
            /// An assignment ended by an order; its seat is free.
            83 AssignmentEnded {
                /// Under which licence.
                licence: LicenceId,
                /// The assignment.
                assignment: AssignmentId,
                /// The order.
                order: DocumentDigest,
            }
            /// The vendor blocked the user of an assignment, which stays counted.
            84 AssignmentBlocked {
                /// Under which licence.
                licence: LicenceId,
                /// In what of it.
                scope: ScopeRecord,
                /// The assignment.
                assignment: AssignmentId,
                /// Whose.
                user: UserPseudonym,
                /// The order.
                order: DocumentDigest,
            }
            /// The vendor's block of an assignment's user ended.
            85 AssignmentUnblocked {
                /// The assignment.
                assignment: AssignmentId,
                /// The order.
                order: DocumentDigest,
            }
            /// An administrator blocked a user.
            86 UserBlocked {
                /// Whom.
                user: UserPseudonym,
                /// Who.
                actor: Actor,
                /// Why; the text lies beside the ledger.
                reason: Option<TextId>,
            }
            /// An administrator's block of a user ended.
            87 UserUnblocked {
                /// Whom.
                user: UserPseudonym,
                /// Who.
                actor: Actor,
            }
            /// A user's identity was erased. What was assigned stays counted under a keyed tag.
            88 UserErased {
                /// Who it was.
                user: UserPseudonym,
                /// What stands instead.
                tag: UserPseudonym,
                /// Who erased it.
                actor: Actor,
            }
            /// The named users of a feature were compared with a directory's list.
            89 UsersSynced {
                /// Of which licence.
                licence: LicenceId,
                /// Which feature.
                feature: FeatureName,
                /// Users on the list.
                listed: u32,
                /// Who.
                actor: Actor,
            }
            /// An assigned user left the directory's list, or is on it again.
            90 LeaverFlagged {
                /// The assignment.
                assignment: AssignmentId,
                /// No longer on the list.
                leaver: bool,
            }
            /// An order was carried out, once; what it did, if anything, follows.
            91 OrderCarriedOut {
                /// For which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
            }
            /// A seat was granted over the limit.
            92 SeatOverdrawn {
                /// The seat.
                seat: SeatId,
                /// Units over the limit.
                units: u32,
            }
            /// The first use over the limit: more is granted until then.
            93 OverdraftBegan {
                /// Of which licence.
                licence: LicenceId,
                /// Which feature.
                feature: FeatureName,
                /// First instant at which no more is granted over the limit.
                until: CivilSeconds,
            }
            /// The time over the limit had passed and the use came back under it: it may begin anew.
            94 OverdraftSettled {
                /// Of which licence.
                licence: LicenceId,
                /// Which feature.
                feature: FeatureName,
            }
            /// Use over the limit, counted for a month.
            95 OverdraftCounted {
                /// Of which licence.
                licence: LicenceId,
                /// Which feature.
                feature: FeatureName,
                /// First instant of the month, in the site's zone.
                month: CivilSeconds,
                /// First instant of the next month.
                month_ends_at: CivilSeconds,
                /// Units over the limit from now on: users, hosts or whatever counts as one.
                excess: u32,
                /// Of these, the units that seats hold now.
                running: u32,
                /// Seat time over the limit since the record before, in milliseconds, that falls into
                /// the month.
                seat_ms: u64,
            }
            /// The time of a changed limit is over: the licence's own holds again.
            96 LimitChangeEnded {
                /// Of which licence.
                licence: LicenceId,
                /// The order that changed it.
                digest: DocumentDigest,
            }
            /// Use reached a percentage at which the licence wants it shown.
            97 SoftLimitCrossed {
                /// Of which licence.
                licence: LicenceId,
                /// Which feature.
                feature: FeatureName,
                /// The percentage.
                percent: u32,
                /// Units in use.
                in_use: u32,
                /// The limit.
                limit: u32,
            }
            /// Use fell below such a percentage: the next crossing is a new one.
            98 SoftLimitLeft {
                /// Of which licence.
                licence: LicenceId,
                /// Which feature.
                feature: FeatureName,
                /// The percentage.
                percent: u32,
            }
        } }
    };
}
