//! Kinds 200 to 209: what hardware keys proved of single check-outs.

macro_rules! proof_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
            /// Keys proved that they were there for the check-out that the next record grants or queues.
            /// The application verifies that proof itself.
            200 CheckoutProven {
                /// Of which session.
                session: SessionId,
                /// Which check-out.
                number: RequestNumber,
                /// Under which licence.
                licence: LicenceId,
                /// Which keys; what they counted stands in the records of their proofs.
                keys: Vec<KeySerial>,
            }
        } }
    };
}
