//! Kinds 160 to 169: the registers that the client's administrator keeps. Free texts and names of people
//! lie beside the ledger; a record holds what finds them and a digest that proves them.

macro_rules! registers_kinds {
    ([$next:ident $($rest:ident)*] { $($before:tt)* }) => {
        $next! { [$($rest)*] { $($before)*
            /// An administrator wrote into the log book (clause A13).
            160 LogbookEntered {
                /// What.
                text: KeptText,
                /// Who.
                actor: Actor,
            }
            /// The client let somebody of the vendor's in, from afar or on the spot (clause Z22). It is
            /// known by this record's number.
            161 InterventionOpened {
                /// Who intervenes.
                author: KeptText,
                /// What is to be done.
                nature: KeptText,
                /// The client says that it backed up first.
                backed_up: bool,
                /// Who asked for it.
                actor: Actor,
            }
            /// An intervention is over.
            162 InterventionClosed {
                /// Number of the record that opened it.
                opened: u64,
                /// What was done.
                result: Option<KeptText>,
                /// Who.
                actor: Actor,
            }
            /// The client contests an invoice (clause B12).
            163 InvoiceDisputed {
                /// Under which licence; `None`: it is not said.
                licence: Option<LicenceId>,
                /// The invoice's number.
                invoice: KeptText,
                /// Why.
                reasons: KeptText,
                /// First instant at which the invoice counts as agreed, as it says.
                contest_until: CivilSeconds,
                /// It came then or later.
                late: bool,
                /// Numbers of the records that are to bear it out.
                records: Vec<u64>,
                /// Who.
                actor: Actor,
            }
            /// Something was written out of the daemon's keeping (clause T19).
            164 Exported {
                /// What.
                what: ExportKind,
                /// Whose data, where it is one user's.
                about: Option<UserPseudonym>,
                /// What for.
                purpose: Option<KeptText>,
                /// Who.
                actor: Actor,
            }
            /// The texts that belong to a record were forgotten.
            165 TextErased {
                /// The record's number.
                record: u64,
                /// Who.
                actor: Actor,
            }
        } }
    };
}
