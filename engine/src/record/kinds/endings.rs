//! Kinds 150 to 159: what the client owes after a licence's end.

macro_rules! ending_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
            /// A licence is over, and what is due after its end is due from now on.
            150 EndOfUseDue {
                /// Which licence.
                licence: LicenceId,
                /// When it ended.
                since: CivilSeconds,
                /// Until then the client returns or destroys, and certifies it.
                until: CivilSeconds,
            }
            /// The deadline is near, and no certificate was made.
            151 EndOfUseReminded {
                /// Which licence.
                licence: LicenceId,
                /// The deadline.
                until: CivilSeconds,
            }
            /// The deadline passed without a certificate.
            152 EndOfUseOverdue {
                /// Which licence.
                licence: LicenceId,
                /// The deadline.
                until: CivilSeconds,
                /// What counts as chosen, where the licence says that silence chooses and nothing was.
                choice: Option<EndChoice>,
            }
            /// The end of use was certified.
            153 EndOfUseCertified {
                /// Of which licence.
                licence: LicenceId,
                /// The certificate.
                digest: DocumentDigest,
                /// Who.
                actor: Actor,
            }
        } }
    };
}
