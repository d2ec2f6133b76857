//! Sentences about documents that are here and not yet in force, in each language.

use super::{Language, One, Two};

/// Every sentence.
#[derive(Debug)]
pub(crate) struct AmendmentTexts {
    /// An amendment's number and its date, which may be empty.
    pub(crate) amendment: fn(u64, &str) -> String,
    /// How to accept: the licence and the document's digest.
    pub(crate) awaits: Two,
    /// Kind and licence.
    pub(crate) installed_awaits: Two,
    pub(crate) would_await: Two,
    /// The licence.
    pub(crate) accepted: One,
    /// The licence and the date.
    pub(crate) accepted_from: Two,
    pub(crate) accepted_before: One,
    /// A date.
    pub(crate) from: One,
    /// Kind and licence: the licence is missing.
    pub(crate) orphan: Two,
    pub(crate) escrow_released: &'static str,
}

/// The sentences in a language.
pub(crate) const fn texts(language: Language) -> &'static AmendmentTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

static ENGLISH: AmendmentTexts = AmendmentTexts {
    amendment: |number, date| match date {
        "" => format!("Amendment no. {number}: here, not yet in force"),
        date => format!("Amendment no. {number}: takes effect on {date}"),
    },
    awaits: |licence, digest| {
        format!("it waits for your acceptance: octroi licence accept {licence} --document {digest}")
    },
    installed_awaits: |kind, licence| {
        format!("{kind} of {licence}: kept; it does nothing before you accept it")
    },
    would_await: |kind, licence| {
        format!(
            "{kind} of {licence}: would wait for your acceptance; what follows is as if you had accepted it"
        )
    },
    accepted: |licence| format!("The amendment of licence {licence} is accepted."),
    accepted_from: |licence, date| {
        format!("The amendment of licence {licence} is accepted and takes effect on {date}.")
    },
    accepted_before: |licence| {
        format!("The amendment of licence {licence} was accepted before; nothing changed.")
    },
    from: |date| format!("takes effect on {date}"),
    orphan: |kind, licence| {
        format!("{kind} of licence {licence}: the licence itself is not installed")
    },
    escrow_released: "Released by the escrow agent: no report or renewed activation is needed any more",
};

static FRENCH: AmendmentTexts = AmendmentTexts {
    amendment: |number, date| match date {
        "" => format!("Avenant n° {number} : présent, pas encore en vigueur"),
        date => format!("Avenant n° {number} : prend effet le {date}"),
    },
    awaits: |licence, digest| {
        format!("il attend votre accord : octroi licence accept {licence} --document {digest}")
    },
    installed_awaits: |kind, licence| {
        format!("{kind} de {licence} : gardé ; il ne fait rien avant votre accord")
    },
    would_await: |kind, licence| {
        format!(
            "{kind} de {licence} : attendrait votre accord ; ce qui suit est comme si vous l'aviez donné"
        )
    },
    accepted: |licence| format!("L'avenant de la licence {licence} est accepté."),
    accepted_from: |licence, date| {
        format!("L'avenant de la licence {licence} est accepté et prend effet le {date}.")
    },
    accepted_before: |licence| {
        format!("L'avenant de la licence {licence} était déjà accepté ; rien n'a changé.")
    },
    from: |date| format!("prend effet le {date}"),
    orphan: |kind, licence| {
        format!("{kind} de la licence {licence} : la licence elle-même n'est pas installée")
    },
    escrow_released: "Libérée par le séquestre : plus aucun rapport ni renouvellement d'activation n'est nécessaire",
};
