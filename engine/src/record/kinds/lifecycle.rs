//! Kinds 120 to 149: what becomes of a licence over its life: periods, notices, ends, amendments.

macro_rules! lifecycle_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
            /// A tacit renewal: the next period of the licence began.
            120 PeriodBegan {
                /// Which licence.
                licence: LicenceId,
                /// The document that states the period.
                digest: DocumentDigest,
                /// Its first instant, the end of the one before.
                starts_at: CivilSeconds,
                /// First instant after it.
                ends_at: CivilSeconds,
            }
            /// An order renewed the licence.
            121 RenewalOrdered {
                /// Which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// First instant after the new end.
                ends_at: CivilSeconds,
            }
            /// An order says that the licence is not renewed.
            122 NonRenewalOrdered {
                /// Which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// First instant after the end that stands.
                ends_at: CivilSeconds,
                /// The client gave notice, not the vendor.
                by_client: bool,
            }
            /// The client's notice of non-renewal was recorded here (clause B6).
            123 NonRenewalRecorded {
                /// Which licence.
                licence: LicenceId,
                /// First instant after the end that stands.
                ends_at: CivilSeconds,
                /// Who.
                actor: Actor,
            }
            /// The licence is over, and some features stay usable for export (clause K7).
            124 ExportOpened {
                /// Which licence.
                licence: LicenceId,
                /// When it was over.
                since: CivilSeconds,
                /// First instant after the window.
                until: CivilSeconds,
            }
            /// The window for export is over.
            125 ExportClosed {
                /// Of which licence.
                licence: LicenceId,
            }
            /// The holders of seats were told that they lose them.
            126 EndNoticeGiven {
                /// Which licence.
                licence: LicenceId,
                /// Which feature; `None`: all.
                scope: ScopeRecord,
                /// When they lose them.
                seats_until: CivilSeconds,
            }
            /// A breach is to be cured (clauses Z19, A12, B3).
            127 CureNoticeGiven {
                /// Which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// Which feature; `None`: all.
                scope: ScopeRecord,
                /// From when the delay runs.
                since: CivilSeconds,
                /// First instant after it, if nothing stops its counting.
                ends_at: CivilSeconds,
                /// The scope is terminated then.
                terminates: bool,
                /// Nothing is granted until the notice is lifted.
                suspends: bool,
            }
            /// A cure notice was taken back.
            128 CureNoticeLifted {
                /// Which licence.
                licence: LicenceId,
                /// The order that lifts.
                digest: DocumentDigest,
                /// The order that gave notice.
                notice: DocumentDigest,
            }
            /// The delay of a cure notice is over, and nobody had lifted it.
            129 CureNoticeEnded {
                /// Which licence.
                licence: LicenceId,
                /// The order that gave notice.
                digest: DocumentDigest,
                /// When it was over.
                at: CivilSeconds,
            }
            /// An audit is due: the full scope statement is produced from now on (clause Z5).
            130 AuditOpened {
                /// Which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
            }
            /// The licence passed to another client: this daemon grants nothing of it any more.
            131 LicenceTransferred {
                /// Which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// The licence that continues it; `None`: the same id.
                successor: Option<LicenceId>,
            }
            /// Counters of lateness stand still (clause A23).
            132 ForceMajeureBegan {
                /// Of which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// From when.
                since: CivilSeconds,
                /// First instant at which they go on.
                ends_at: CivilSeconds,
                /// The licence ends there.
                terminates: bool,
            }
            /// Counters of lateness go on, or the licence ended.
            133 ForceMajeureEnded {
                /// Of which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// When.
                at: CivilSeconds,
            }
            /// An order took its place in the sequence and does nothing: the licence excludes it.
            134 OrderVoid {
                /// For which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// Why.
                reason: RefusalCode,
            }
            /// An amendment arrived and has its place in the sequence. It holds from its date on, and
            /// where it must be accepted, not before that.
            135 AmendmentReceived {
                /// Of which licence.
                licence: LicenceId,
                /// The amendment.
                digest: DocumentDigest,
                /// The licence or amendment that it changes.
                predecessor: DocumentDigest,
                /// Its number in the vendor sequence.
                sequence: u64,
                /// It does nothing before; `None`: at once.
                effective_at: Option<CivilSeconds>,
                /// It waits for an administrator's acceptance (clause Z16).
                awaits_acceptance: bool,
                /// Who.
                actor: Actor,
            }
            /// An administrator accepted a document that waited for it.
            136 DocumentAccepted {
                /// Of which licence.
                licence: LicenceId,
                /// The document.
                digest: DocumentDigest,
                /// Who.
                actor: Actor,
            }
            /// An amendment is in force: the licence is what it says.
            137 AmendmentApplied {
                /// Of which licence.
                licence: LicenceId,
                /// The amendment.
                digest: DocumentDigest,
            }
            /// The duties to report and to renew certificates are lifted (clause A16).
            138 EscrowReleased {
                /// Of which licence.
                licence: LicenceId,
                /// The release.
                digest: DocumentDigest,
                /// Who.
                actor: Actor,
            }
            /// A licence is suspended because of evidence of tampering, until an order resumes it.
            139 TamperingSuspended {
                /// Which licence.
                licence: LicenceId,
                /// What was seen.
                evidence: Evidence,
                /// Sequence number of the record that shows it.
                record: u64,
            }
            /// A copy of the daemon's state ran beside the original.
            140 ForkFound {}
            /// The licence's evaluation began; there is one for each licence.
            141 EvaluationOpened {
                /// Which licence.
                licence: LicenceId,
                /// Until then the client may end the licence at will.
                ends_at: CivilSeconds,
            }
            /// The software is accepted.
            142 SoftwareAccepted {
                /// Under which licence.
                licence: LicenceId,
                /// How.
                by: AcceptedBy,
                /// Who.
                actor: Actor,
            }
            /// Reserves were made about the software.
            143 ReservesRecorded {
                /// Under which licence.
                licence: LicenceId,
                /// What; the text lies beside the ledger.
                text: Option<TextId>,
                /// Who.
                actor: Actor,
            }
            /// The client ended the licence within its evaluation.
            144 EndedByClient {
                /// Which licence.
                licence: LicenceId,
                /// Who.
                actor: Actor,
            }
            /// The client declared the end of its use: nothing is granted any more.
            145 EndOfUseDeclared {
                /// Of which licence.
                licence: LicenceId,
                /// What became of software, copies and data.
                choice: EndChoice,
                /// Who.
                actor: Actor,
            }
            /// A breach is to be cured; what it concerns is maintenance alone (clauses T7, T17).
            210 MaintenanceCureNoticeGiven {
                /// Of which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// From when the delay runs.
                since: CivilSeconds,
                /// First instant after it, if nothing stops its counting.
                ends_at: CivilSeconds,
                /// Versions released after it are not covered then.
                terminates: bool,
                /// Nor are those released from now on, until the notice is lifted.
                suspends: bool,
            }
        } }
    };
}
