//! Kinds 190 to 199: what the vendor announced, what was answered, what went to its support.

macro_rules! news_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
            /// A receipt brought an announcement. Its text lies in the receipt.
            190 AnnouncementReceived {
                /// Its number, as the vendor counts them.
                number: u64,
                /// What it is about.
                topic: AnnouncementTopic,
                /// The product concerned; `None`: all of the vendor's.
                product: Option<ProductId>,
                /// Of a release: its version.
                version: Option<ProductVersion>,
                /// When it comes about.
                effective_at: Option<CivilSeconds>,
                /// First instant at which the version is to be installed, or an objection is too late.
                due_before: Option<CivilSeconds>,
            }
            /// An administrator answered an announcement for the client (clause K14).
            191 AnnouncementAnswered {
                /// Which.
                number: u64,
                /// What.
                verdict: AnnouncementVerdict,
                /// Who.
                actor: Actor,
            }
            /// A session of a version that is out of maintenance was granted something all the same
            /// (clause A21).
            192 OutdatedVersionServed {
                /// Which session.
                session: SessionId,
                /// Under which licence.
                licence: LicenceId,
                /// Which feature.
                feature: FeatureName,
                /// The announcement of the version that was to be installed.
                announcement: u64,
            }
            /// An administrator wrote a bundle for the vendor's support (clause T15).
            193 DiagnosisWritten {
                /// SHA-256 over the bundle's list of files.
                digest: DocumentDigest,
                /// As the licence names it; empty: none stated.
                severity: String,
                /// Users stand there by name.
                users: bool,
                /// So do hosts.
                hosts: bool,
                /// So do paths.
                paths: bool,
                /// Who.
                actor: Actor,
            }
        } }
    };
}
