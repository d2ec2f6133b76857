//! Kinds 211 to 219: hardware keys that were lost.

macro_rules! hardware_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
            /// A document says that a key is lost: no proof of it counts any more, under any licence.
            211 HardwareKeyRevoked {
                /// Which.
                key: KeySerial,
                /// The licence whose document says so.
                licence: LicenceId,
                /// That document.
                digest: DocumentDigest,
            }
            /// A later document of the licence that revoked a key names it again.
            212 HardwareKeyReinstated {
                /// Which.
                key: KeySerial,
                /// The licence.
                licence: LicenceId,
                /// The later document.
                digest: DocumentDigest,
            }
            /// A key that was revoked was plugged in and proved itself, in vain.
            213 RevokedKeyAnswered {
                /// Which.
                key: KeySerial,
                /// A software emulator answered for it.
                emulated: bool,
            }
        } }
    };
}
