//! Kinds 1 to 79: the ledger itself, documents, sessions, seats, keys, the clock.

macro_rules! base_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
            /// The ledger begins.
            1 LedgerOpened {
                /// Fingerprint of the realm's vendor root.
                vendor_root: KeyId,
                /// The daemon's raw public key.
                daemon_key: [u8; 32],
            }
            /// The daemon started on this ledger.
            2 DaemonStarted {
                /// Its version.
                version: String,
            }
            /// The daemon stopped in good order.
            3 DaemonStopped {}
            /// Everything up to this sequence number is on the disk.
            4 Synced {
                /// Sequence number of the last record that was synced.
                up_to: u64,
            }
            /// Records that were written but not synced were lost.
            5 TailLost {
                /// Sequence number of the first lost record.
                from: u64,
                /// Bytes that were cut.
                bytes: u64,
            }
            /// The daemon signed a checkpoint.
            6 CheckpointSigned {
                /// Records covered.
                size: u64,
                /// RFC 6962 Merkle root over their bodies.
                root: [u8; 32],
                /// Ed25519 signature, 64 bytes.
                signature: Vec<u8>,
            }

            /// The administrator accepted the vendor's root.
            10 VendorTrusted {
                /// Its fingerprint.
                vendor_root: KeyId,
                /// Who.
                actor: Actor,
            }
            /// A licence, or a newer serial of one, is in force.
            11 LicenceInstalled {
                /// Which.
                licence: LicenceId,
                /// Its serial.
                serial: u64,
                /// The document.
                digest: DocumentDigest,
                /// Its number in the vendor sequence.
                sequence: u64,
                /// Who.
                actor: Actor,
            }
            /// An activation certificate is in force.
            12 CertificateInstalled {
                /// For which licence.
                licence: LicenceId,
                /// For which licence document.
                licence_digest: DocumentDigest,
                /// The certificate.
                digest: DocumentDigest,
                /// Its number.
                number: u64,
                /// Who.
                actor: Actor,
            }
            /// An order arrived; it takes effect at its date.
            13 OrderInstalled {
                /// For which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// Its number in the vendor sequence.
                sequence: u64,
                /// When it takes effect; `None`: at once.
                effective_at: Option<CivilSeconds>,
                /// Who.
                actor: Actor,
            }
            /// An order took effect.
            14 OrderApplied {
                /// For which licence.
                licence: LicenceId,
                /// The order.
                digest: DocumentDigest,
                /// On what.
                scope: ScopeRecord,
                /// What it does.
                effect: Effect,
            }
            /// A revocation list is in force.
            15 RevocationsInstalled {
                /// Its version.
                version: u64,
                /// The list.
                digest: DocumentDigest,
                /// Installed licences that it revokes.
                revoked: Vec<LicenceId>,
                /// Who.
                actor: Actor,
            }
            /// A document is kept until the ones before it arrive.
            16 DocumentPending {
                /// What it is.
                document: DocumentCode,
                /// For which licence.
                licence: LicenceId,
                /// The document.
                digest: DocumentDigest,
                /// Its number in the vendor sequence.
                sequence: u64,
                /// The number that is missing.
                expected: u64,
                /// Who.
                actor: Actor,
            }
            /// A document was refused (clause T8: an attempt to change the licence's conditions shows here).
            17 DocumentRefused {
                /// What it claimed to be.
                document: DocumentCode,
                /// SHA-256 of its bytes.
                digest: [u8; 32],
                /// Why, in one word of the verifier.
                reason: String,
                /// Who.
                actor: Actor,
            }
            /// The host was compared with the activated one.
            18 HostCompared {
                /// For which licence.
                licence: LicenceId,
                /// Components that match.
                matched: u32,
                /// Components that could be read.
                readable: u32,
            }
            /// An activation was asked for.
            19 ActivationRequested {
                /// For which licence.
                licence: LicenceId,
                /// The request.
                digest: DocumentDigest,
                /// Who.
                actor: Actor,
            }

            /// An application opened a session.
            20 SessionOpened {
                /// The session.
                session: SessionId,
                /// The request's number.
                number: RequestNumber,
                /// Whose process holds it.
                user: UserPseudonym,
                /// The kernel said who that is (uid not 65534).
                identified: bool,
                /// Which process holds it; `None`: stream only, no resume.
                process: Option<ProcessIdentity>,
                /// Which product it runs.
                product: ProductId,
                /// Which version.
                version: Option<ProductVersion>,
                /// When that version was released.
                released_at: Option<CivilSeconds>,
                /// Nobody sits before it.
                unattended: bool,
                /// Hash of its first resume token.
                token: TokenHash,
            }
            /// A session went on over a new stream.
            21 SessionResumed {
                /// The session.
                session: SessionId,
                /// The request's number.
                number: RequestNumber,
                /// The new stream.
                epoch: Epoch,
                /// Hash of the token that was shown: accepted again until the next one is used.
                previous: TokenHash,
                /// Hash of its next resume token.
                token: TokenHash,
            }
            /// A session's transport was lost; its seats wait.
            22 SessionDetached {
                /// The session.
                session: SessionId,
                /// How long they wait.
                until: ElapsedMs,
            }
            /// A session ended; its seats ended in records before this one.
            23 SessionEnded {
                /// The session.
                session: SessionId,
                /// Why.
                cause: SessionEnd,
            }
            /// A session was not opened or resumed.
            24 OpenRefused {
                /// Who asked.
                user: UserPseudonym,
                /// Why not.
                refusal: Refusal,
            }

            /// A seat was granted.
            30 SeatGranted {
                /// To which session.
                session: SessionId,
                /// For which check-out.
                number: RequestNumber,
                /// Answers below this number may be forgotten.
                answered_below: RequestNumber,
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
            }
            /// A check-out was refused.
            31 CheckoutRefused {
                /// Of which session.
                session: SessionId,
                /// Which check-out.
                number: RequestNumber,
                /// Answers below this number may be forgotten.
                answered_below: RequestNumber,
                /// Why.
                refusal: Refusal,
            }
            /// A check-out waits for a seat.
            32 CheckoutQueued {
                /// Of which session.
                session: SessionId,
                /// Which check-out.
                number: RequestNumber,
                /// Answers below this number may be forgotten.
                answered_below: RequestNumber,
                /// Under which licence.
                licence: LicenceId,
                /// Which feature.
                feature: FeatureName,
                /// How many units.
                units: u32,
                /// Until when.
                deadline: ElapsedMs,
            }
            /// A waiting check-out got no seat.
            33 WaitEnded {
                /// Of which session.
                session: SessionId,
                /// Which check-out.
                number: RequestNumber,
                /// Why.
                cause: WaitEnd,
                /// What the application is told.
                refusal: Refusal,
            }
            /// An application gave a seat back.
            34 SeatReleased {
                /// Which session.
                session: SessionId,
                /// By which request.
                number: RequestNumber,
                /// Answers below this number may be forgotten.
                answered_below: RequestNumber,
                /// Which seat.
                seat: SeatId,
                /// It stays counted until then.
                linger_until: Option<ElapsedMs>,
            }
            /// A release that released nothing (released before, or never held).
            35 ReleaseRefused {
                /// Which session.
                session: SessionId,
                /// By which request.
                number: RequestNumber,
                /// Answers below this number may be forgotten.
                answered_below: RequestNumber,
                /// Why.
                refusal: Refusal,
            }
            /// A seat ended without its application giving it back.
            36 SeatEnded {
                /// Which.
                seat: SeatId,
                /// Why.
                cause: SeatEnd,
                /// It stays counted until then.
                linger_until: Option<ElapsedMs>,
            }
            /// An administrator takes a seat back.
            37 SeatRevoked {
                /// Which.
                seat: SeatId,
                /// Who.
                actor: Actor,
                /// The holder may keep it until then.
                hold_until: ElapsedMs,
                /// Why; the text lies beside the ledger.
                reason: Option<TextId>,
            }
            /// A released seat no longer counts.
            38 LingerEnded {
                /// Which.
                seat: SeatId,
            }
            /// Refusals of one user beyond the twenty a minute that are recorded singly.
            39 RefusalsCounted {
                /// Whose.
                user: UserPseudonym,
                /// How many of each code.
                counts: Vec<(RefusalCode, u32)>,
            }

            /// A key is about to be asked: its counter may rise even if no answer comes.
            50 KeyIntent {
                /// Which.
                key: KeySerial,
            }
            /// A key proved its presence.
            51 KeyProven {
                /// Which.
                key: KeySerial,
                /// Its counter.
                counter: u64,
                /// It is a software emulator.
                emulated: bool,
            }
            /// A key is away.
            52 KeyAbsent {
                /// Which.
                key: KeySerial,
            }
            /// A key's counter disagrees with the ledger.
            53 KeyCounterAnomalous {
                /// Which.
                key: KeySerial,
                /// The last counter known.
                known: u64,
                /// Intents that were open.
                open_intents: u32,
                /// The counter found.
                found: u64,
                /// How it disagrees.
                anomaly: CounterAnomaly,
            }
            /// The keys that a licence needs are not all there.
            54 AbsenceStarted {
                /// Which licence.
                licence: LicenceId,
            }
            /// They are there again. The budget is not refilled by it.
            55 AbsenceEnded {
                /// Which licence.
                licence: LicenceId,
            }
            /// The licence's absence budget is spent: nothing is granted until the keys are back.
            56 AbsenceBudgetSpent {
                /// Which licence.
                licence: LicenceId,
            }

            /// The wall clock leapt ahead of elapsed time.
            60 ClockLeapt {
                /// Where elapsed time would have put it.
                expected: CivilMillis,
                /// Where it stands.
                found: CivilMillis,
            }
            /// The wall clock was confirmed and is the mark now.
            61 ClockConfirmed {
                /// The new mark.
                mark: CivilMillis,
                /// By what.
                by: ClockConfirmation,
            }
            /// The wall clock stands behind the mark.
            62 ClockBehind {
                /// The mark.
                mark: CivilMillis,
                /// Where the clock stands.
                found: CivilMillis,
            }
            /// The vendor set the mark back, once, for one anomaly.
            63 ClockReset {
                /// The order.
                digest: DocumentDigest,
                /// Sequence number of the record that reported the anomaly.
                anomaly: u64,
                /// The new mark.
                mark: CivilMillis,
            }
            /// A provisional or late clock agrees with elapsed time again.
            64 ClockSteady {
                /// Where it stands.
                civil: CivilMillis,
            }

            /// A licence, a feature of it or its certificate came to its end.
            70 LicenceEnded {
                /// Which licence.
                licence: LicenceId,
                /// Which feature; `None`: all.
                scope: ScopeRecord,
            }
        } }
    };
}
