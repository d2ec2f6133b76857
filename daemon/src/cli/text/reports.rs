//! Sentences about reports, receipts and activation over the network, in each language.

use super::{Language, One, Two};

/// A number and a word.
type Numbered = fn(u64, &str) -> String;

/// Every sentence.
#[derive(Debug)]
pub(crate) struct ReportTexts {
    /// A report's number and its vendor.
    pub(crate) waiting: Numbered,
    pub(crate) draft: Numbered,
    pub(crate) goes_to: One,
    pub(crate) no_server: &'static str,
    pub(crate) network_off: &'static str,
    pub(crate) due: One,
    pub(crate) never_due: &'static str,
    pub(crate) approval_needed: &'static str,
    pub(crate) all_that_leaves: &'static str,
    pub(crate) unreadable: &'static str,
    /// A receipt's number and its time.
    pub(crate) taken: Numbered,
    pub(crate) already_taken: Numbered,
    pub(crate) note: &'static str,
    pub(crate) announcement: &'static str,
    pub(crate) announced_until: One,
    /// A report's number and its file.
    pub(crate) exported: Numbered,
    pub(crate) exported_next: &'static str,
    pub(crate) no_history: &'static str,
    pub(crate) not_yet: &'static str,
    pub(crate) columns: [&'static str; 4],
    pub(crate) not_a_receipt: Two,
    pub(crate) server_failed: &'static str,
    pub(crate) server_failed_help: &'static str,
    pub(crate) server_refused: &'static str,
    pub(crate) server_refused_help: &'static str,
    pub(crate) receipt_refused: &'static str,
    pub(crate) receipt_refused_help: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) failed_help: &'static str,
    /// The server that answered.
    pub(crate) activated_by: One,
    pub(crate) sent: &'static str,
}

/// The language's sentences.
pub(crate) const fn texts(language: Language) -> &'static ReportTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

static ENGLISH: ReportTexts = ReportTexts {
    waiting: |number, vendor| {
        format!("Report {number} to vendor {vendor} waits; these very bytes are sent.")
    },
    draft: |number, vendor| {
        format!("Report {number} to vendor {vendor}, as it would be made now (a draft, not kept).")
    },
    goes_to: |server| format!("It goes to {server}."),
    no_server: "No activated licence names a server: it goes by file (octroi report export FILE).",
    network_off: "octroid.toml forbids the network: it goes by file (octroi report export FILE).",
    due: |at| format!("It is due on {at}."),
    never_due: "No licence asks for reports: it is sent only when you say so.",
    approval_needed: "It waits for your approval: octroi report send",
    all_that_leaves: "All that leaves this machine:",
    unreadable: "the daemon's report cannot be read",
    taken: |number, at| format!("Receipt {number} was taken; the vendor's clock said {at}."),
    already_taken: |number, at| {
        format!("Receipt {number} of {at} was taken before; nothing changed.")
    },
    note: "note: ",
    announcement: "the vendor announces ",
    announced_until: |day| format!(" (by {day})"),
    exported: |number, file| format!("Report {number} is in {file}."),
    exported_next: "send it to the vendor, then: octroi receipt import FILE",
    no_history: "No report was made yet.",
    not_yet: "-",
    columns: ["Report", "Days", "Sent", "Receipt"],
    not_a_receipt: |file, kind| {
        format!("{file} is no receipt but a document of another kind: {kind}")
    },
    server_failed: "the vendor's server was not asked, or gave no answer",
    server_failed_help: "what is made is kept and sent again; by file: octroi report export FILE, octroi activate --request FILE",
    server_refused: "the vendor's server refused",
    server_refused_help: "tell the vendor the code",
    receipt_refused: "what came from the vendor is refused",
    receipt_refused_help: "the report is kept; ask the vendor for the receipt of this very report",
    failed: "the daemon could not do it",
    failed_help: "see what leaves and what waits: octroi report preview, octroi report history",
    activated_by: |server| format!("Activated by {server}."),
    sent: "This left the machine:",
};

static FRENCH: ReportTexts = ReportTexts {
    waiting: |number, vendor| {
        format!(
            "Le rapport {number} pour l'éditeur {vendor} attend ; ce sont ces octets mêmes qui partent."
        )
    },
    draft: |number, vendor| {
        format!(
            "Le rapport {number} pour l'éditeur {vendor}, tel qu'il serait fait maintenant (un brouillon, non gardé)."
        )
    },
    goes_to: |server| format!("Il va à {server}."),
    no_server: "Aucune licence activée ne nomme de serveur : il va par fichier (octroi report export FICHIER).",
    network_off: "octroid.toml interdit le réseau : il va par fichier (octroi report export FICHIER).",
    due: |at| format!("Il est dû le {at}."),
    never_due: "Aucune licence ne demande de rapports : il ne part que si vous le dites.",
    approval_needed: "Il attend votre approbation : octroi report send",
    all_that_leaves: "Tout ce qui quitte cette machine :",
    unreadable: "le rapport du démon ne peut pas être lu",
    taken: |number, at| format!("Le reçu {number} est pris ; l'horloge de l'éditeur disait {at}."),
    already_taken: |number, at| {
        format!("Le reçu {number} du {at} était déjà pris ; rien n'a changé.")
    },
    note: "remarque : ",
    announcement: "l'éditeur annonce ",
    announced_until: |day| format!(" (avant le {day})"),
    exported: |number, file| format!("Le rapport {number} est dans {file}."),
    exported_next: "envoyez-le à l'éditeur, puis : octroi receipt import FICHIER",
    no_history: "Aucun rapport n'a encore été fait.",
    not_yet: "-",
    columns: ["Rapport", "Jours", "Envoyé", "Reçu"],
    not_a_receipt: |file, kind| {
        format!("{file} n'est pas un reçu mais un document d'un autre genre : {kind}")
    },
    server_failed: "le serveur de l'éditeur n'a pas été interrogé, ou n'a pas répondu",
    server_failed_help: "ce qui est fait est gardé et renvoyé ; par fichier : octroi report export FICHIER, octroi activate --request FICHIER",
    server_refused: "le serveur de l'éditeur a refusé",
    server_refused_help: "donnez ce code à l'éditeur",
    receipt_refused: "ce qui est venu de l'éditeur est refusé",
    receipt_refused_help: "le rapport est gardé ; demandez à l'éditeur le reçu de ce rapport même",
    failed: "le démon n'a pas pu le faire",
    failed_help: "voyez ce qui part et ce qui attend : octroi report preview, octroi report history",
    activated_by: |server| format!("Activé par {server}."),
    sent: "Ceci a quitté la machine :",
};
