//! Sentences about what installing a document would change, in each language.

use octroi_proto::licensing::v1::SeatEndCause;

use super::{Language, One, Two};

/// Every sentence.
#[derive(Debug)]
pub(crate) struct DryRunTexts {
    /// Kind and licence.
    pub(crate) applied: Two,
    pub(crate) already: Two,
    pub(crate) pending: Two,
    pub(crate) dated: fn(&str, &str, &str) -> String,
    /// File, then why.
    pub(crate) not_accepted: Two,
    pub(crate) not_tried: fn(usize) -> String,
    pub(crate) now: &'static str,
    pub(crate) on: One,
    pub(crate) nothing: &'static str,
    pub(crate) nothing_done: &'static str,
    pub(crate) new: Two,
    pub(crate) gone: &'static str,
    pub(crate) serial: fn(u64, u64) -> String,
    /// From, to.
    pub(crate) starts: Two,
    pub(crate) ends: Two,
    pub(crate) certificate: Two,
    pub(crate) never: &'static str,
    pub(crate) none_yet: &'static str,
    /// A refusal's code and its sentence.
    pub(crate) blocked: Two,
    pub(crate) still_blocked: Two,
    pub(crate) unblocked: One,
    pub(crate) only_number: &'static str,
    pub(crate) column_feature: &'static str,
    pub(crate) column_licence: &'static str,
    pub(crate) column_licensed: &'static str,
    pub(crate) column_here: &'static str,
    pub(crate) column_in_use: &'static str,
    pub(crate) column_difference: &'static str,
    pub(crate) exhausted: One,
    pub(crate) losers: &'static str,
    pub(crate) column_seat: &'static str,
    pub(crate) column_units: &'static str,
    pub(crate) column_user: &'static str,
    pub(crate) column_pid: &'static str,
    pub(crate) column_why: &'static str,
    pub(crate) waiters: &'static str,
    pub(crate) served: &'static str,
    pub(crate) cause: fn(SeatEndCause) -> &'static str,
}

/// The sentences in a language.
pub(crate) fn texts(language: Language) -> &'static DryRunTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

/// `licence of acme-42`, or the kind alone.
fn of(kind: &str, of: &str, licence: &str) -> String {
    match licence {
        "" => kind.to_owned(),
        licence => format!("{kind} {of} {licence}"),
    }
}

static ENGLISH: DryRunTexts = DryRunTexts {
    applied: |kind, licence| format!("{}: would be installed", of(kind, "of", licence)),
    already: |kind, licence| format!("{}: is installed already", of(kind, "of", licence)),
    pending: |kind, licence| {
        format!(
            "{}: would be kept until the missing documents arrive",
            of(kind, "of", licence)
        )
    },
    dated: |kind, licence, date| {
        format!(
            "{}: would be kept until its date, {date}",
            of(kind, "of", licence)
        )
    },
    not_accepted: |file, why| format!("{file}: would not be accepted: {why}"),
    not_tried: |count| format!("{count} more not tried, since `install` stops there"),
    now: "Now:",
    on: |date| format!("On {date}, as ordered:"),
    nothing: "Nothing that concerns anybody would change.",
    nothing_done: "This was a dry run: nothing was changed or recorded.",
    new: |from, until| format!("new, from {from} until {until}"),
    gone: "would no longer be in force",
    serial: |before, after| format!("serial {before} → {after}"),
    starts: |before, after| format!("starts {before} → {after}"),
    ends: |before, after| format!("ends {before} → {after}"),
    certificate: |before, after| format!("activated until {before} → {after}"),
    never: "never",
    none_yet: "not activated",
    blocked: |code, why| format!("nothing would be granted any more: {code}: {why}"),
    still_blocked: |code, why| format!("nothing would be granted: {code}: {why}"),
    unblocked: |code| format!("what stands in the way now would be gone: {code}"),
    only_number: "one document further in its vendor's sequence",
    column_feature: "Feature",
    column_licence: "Licence",
    column_licensed: "Licensed",
    column_here: "Here",
    column_in_use: "In use",
    column_difference: "Difference",
    exhausted: |feature| {
        format!("the next who asks for {feature} would be refused: all are in use")
    },
    losers: "Would lose a seat:",
    column_seat: "Seat",
    column_units: "Units",
    column_user: "User",
    column_pid: "Process",
    column_why: "Why",
    waiters: "Would no longer wait:",
    served: "gets a seat",
    cause: |cause| match cause {
        SeatEndCause::LicenceEnded => "the licence ends",
        SeatEndCause::Suspended => "suspended by the vendor",
        SeatEndCause::HardwareKeyAbsent => "the hardware key is away",
        SeatEndCause::ShareReduced => "no room for it",
        SeatEndCause::UserBlocked => "the user is blocked",
        SeatEndCause::Reassigned => "the vendor reassigns the user's seat",
        SeatEndCause::UserErased => "the user's identity is erased",
        SeatEndCause::SessionEnded => "its session ends",
        SeatEndCause::Unspecified | SeatEndCause::Released | SeatEndCause::Revoked => "taken back",
    },
};

static FRENCH: DryRunTexts = DryRunTexts {
    applied: |kind, licence| format!("{} : serait installé", of(kind, "de", licence)),
    already: |kind, licence| format!("{} : est déjà installé", of(kind, "de", licence)),
    pending: |kind, licence| {
        format!(
            "{} : serait gardé jusqu'à l'arrivée des documents manquants",
            of(kind, "de", licence)
        )
    },
    dated: |kind, licence, date| {
        format!(
            "{} : serait gardé jusqu'à sa date, le {date}",
            of(kind, "de", licence)
        )
    },
    not_accepted: |file, why| format!("{file} : ne serait pas accepté : {why}"),
    not_tried: |count| format!("{count} de plus non essayés, car `install` s'arrête là"),
    now: "Maintenant :",
    on: |date| format!("Le {date}, comme ordonné :"),
    nothing: "Rien qui concerne quelqu'un ne changerait.",
    nothing_done: "Ceci était un essai : rien n'a été changé ni enregistré.",
    new: |from, until| format!("nouvelle, du {from} au {until}"),
    gone: "ne serait plus en vigueur",
    serial: |before, after| format!("série {before} → {after}"),
    starts: |before, after| format!("début {before} → {after}"),
    ends: |before, after| format!("fin {before} → {after}"),
    certificate: |before, after| format!("activée jusqu'à {before} → {after}"),
    never: "jamais",
    none_yet: "non activée",
    blocked: |code, why| format!("plus rien ne serait accordé : {code} : {why}"),
    still_blocked: |code, why| format!("rien ne serait accordé : {code} : {why}"),
    unblocked: |code| format!("ce qui fait obstacle maintenant disparaîtrait : {code}"),
    only_number: "un document plus loin dans la suite de l'éditeur",
    column_feature: "Fonctionnalité",
    column_licence: "Licence",
    column_licensed: "Licenciés",
    column_here: "Ici",
    column_in_use: "En usage",
    column_difference: "Différence",
    exhausted: |feature| {
        format!("le prochain qui demande {feature} serait refusé : tous sont en usage")
    },
    losers: "Perdraient un siège :",
    column_seat: "Siège",
    column_units: "Unités",
    column_user: "Utilisateur",
    column_pid: "Processus",
    column_why: "Raison",
    waiters: "N'attendraient plus :",
    served: "reçoit un siège",
    cause: |cause| match cause {
        SeatEndCause::LicenceEnded => "la licence finit",
        SeatEndCause::Suspended => "suspendu par l'éditeur",
        SeatEndCause::HardwareKeyAbsent => "la clé matérielle est absente",
        SeatEndCause::ShareReduced => "plus de place pour lui",
        SeatEndCause::UserBlocked => "l'utilisateur est bloqué",
        SeatEndCause::Reassigned => "l'éditeur réattribue le siège de l'utilisateur",
        SeatEndCause::UserErased => "l'identité de l'utilisateur est effacée",
        SeatEndCause::SessionEnded => "sa session finit",
        SeatEndCause::Unspecified | SeatEndCause::Released | SeatEndCause::Revoked => "repris",
    },
};
