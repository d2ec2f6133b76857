//! The sentences in French.

use octroi::SeatEnd;
use octroi_licence::{ArmourError, DocumentKind, explain::Language as Sentences};

use super::{
    ActivateTexts, DaemonTexts, DocumentTexts, HostidTexts, LedgerTexts, LedgerWords, Messages,
    RunTexts, SeatsTexts, StatusTexts, TrustTexts,
};

pub(super) static MESSAGES: Messages = Messages {
    error_label: "erreur : ",
    help_label: "aide : ",
    colon: " : ",
    output_failed: "la sortie n'a pas pu être écrite",
    runtime_failed: "la commande n'a pas pu démarrer",

    refused: "refusé",
    language: Sentences::French,

    daemon: DaemonTexts {
        absent: |socket| format!("aucun démon ne répond sur {socket}"),
        absent_help: |root| {
            match root {
            Some(root) => format!("démarrez-le : octroid --root {root}"),
            None => "démarrez-le : systemctl start octroid (ou octroid --root DIR, puis octroi --root DIR)"
                .to_owned(),
        }
        },
        silent: |socket, seconds| {
            format!("le démon sur {socket} n'a pas répondu en {seconds} secondes")
        },
        silent_help: "lisez ce qu'il dit : journalctl -u octroid ; un redémarrage garde les sièges : systemctl restart octroid",
        not_permitted: |socket| format!("cet utilisateur ne peut pas utiliser {socket}"),
        not_permitted_help: "les administrateurs sont dans le groupe octroi : usermod -aG octroi UTILISATEUR, puis reconnectez-vous ; ou utilisez sudo",
        socket_path_too_long: |socket, max| {
            format!("le chemin de socket {socket} est trop long, Linux permet {max} octets")
        },
        socket_path_help: "choisissez un dossier plus court pour --root",
        failed: "le démon n'a pas pu le faire",
        waiting: "attente du démon",
        vendor_needed: |vendors| format!("plusieurs éditeurs conviennent : {vendors}"),
        vendor_needed_help: "nommez-en un avec --vendor",
        no_vendor: "aucun éditeur n'est encore approuvé",
        no_vendor_help: "octroi vendor trust root.pub",
    },

    document: DocumentTexts {
        kind: |kind| match kind {
            DocumentKind::VendorRoot => "racine d'éditeur",
            DocumentKind::KeyCertificate => "certificat de clé",
            DocumentKind::Licence => "licence",
            DocumentKind::Amendment => "avenant",
            DocumentKind::Order => "ordre",
            DocumentKind::EscrowRelease => "levée de séquestre",
            DocumentKind::RevocationList => "liste de révocation",
            DocumentKind::ActivationCertificate => "certificat d'activation",
            DocumentKind::ActivationRequest => "demande d'activation",
            _ => "document",
        },
        armour,
        unreadable: |path| format!("{path} ne peut pas être lu"),
        too_large: |path, max| {
            format!("{path} est plus grand que tout document : {max} octets au plus sont lus")
        },
        too_large_help: "nommez le document lui-même, pas une archive ni une image",
        not_a_file: |path| format!("{path} est un dossier, pas un document"),
        damaged: |path| format!("{path} ne contient aucun document lisible"),
        damaged_help: "redemandez-le à l'expéditeur, de préférence en pièce jointe ; rien n'a été changé",
        refused: |path| format!("le démon n'a pas accepté {path}"),
        untrusted: |path| format!("{path} n'est signé par personne d'approuvé ici"),
        untrusted_help: "approuvez d'abord son éditeur (octroi vendor trust root.pub), ou demandez-lui à quelle racine il appartient",
        root_help: |path| format!("octroi vendor trust {path}"),
        request_help: "une demande va à l'éditeur ; installez sa réponse avec octroi activate --response FICHIER",
        not_installed_so: |path, kind| {
            format!("{path} est un document du type {kind}, qui ne s'installe pas")
        },
        unwritable: |path| format!("{path} ne peut pas être écrit"),
        exists: |path| format!("{path} existe déjà"),
        exists_help: "nommez un nouveau fichier, ou supprimez d'abord celui-là",
        applied: |kind, licence| subject("installé", kind, licence),
        already: |kind, licence| subject("déjà installé, rien n'a changé", kind, licence),
        pending: |kind, licence| {
            subject(
                "gardé jusqu'à l'arrivée des documents manquants",
                kind,
                licence,
            )
        },
        unknown_outcome: |kind, licence| subject("pris", kind, licence),
    },

    trust: TrustTexts {
        shown: |name, vendor, fingerprint| {
            format!("Éditeur    {name} ({vendor})\nEmpreinte  {fingerprint}\n")
        },
        question: "Est-ce l'empreinte que l'éditeur vous a donnée par une autre voie ? [o/N] ",
        yes: &["o", "oui"],
        declined: "non approuvé, rien n'a été changé",
        declined_help: "demandez l'empreinte à l'éditeur par téléphone ou sur son site",
        nobody_to_ask: "l'empreinte n'a pas été comparée, et personne ne peut répondre ici",
        nobody_to_ask_help: "passez --fingerprint HEX comme l'éditeur vous l'a donnée, ou --yes pour approuver sans comparer",
        malformed: "une empreinte a 64 chiffres hexadécimaux ; des blancs et des deux-points entre eux ne gênent pas",
        differs: |expected, found| {
            format!("l'empreinte est {found}, et non {expected} : c'est une autre clé")
        },
        differs_help: "n'approuvez pas ce fichier ; redemandez à l'éditeur son document racine",
        not_a_root: |path, kind| {
            format!("{path} est un document du type {kind}, pas une racine d'éditeur")
        },
        trusted: |name, vendor| format!("{name} ({vendor}) est approuvé"),
        already: |name, vendor| format!("{name} ({vendor}) était déjà approuvé, rien n'a changé"),
        next: "installez sa licence : octroi install CLIENT.lic",
    },

    activate: ActivateTexts {
        not_a_certificate: |path, kind| {
            format!("{path} est un document du type {kind}, pas un certificat d'activation")
        },
        not_installed: |licence| format!("la licence {licence} n'est pas installée"),
        not_installed_help: "installez-la d'abord : octroi install CLIENT.lic",
        code_prompt: "Code d'activation : ",
        code_missing: "le code d'activation manque, et personne ne peut répondre ici",
        code_missing_help: "passez --code-file FICHIER avec le fichier livré à côté de la licence",
        code_malformed: "un code d'activation a des lettres et des chiffres, 128 au plus",
        preview: "Ce qui quitte cette machine :",
        written: |path| format!("La demande est dans {path}."),
        next: "envoyez-la à l'éditeur, puis : octroi activate --response RÉPONSE",
    },

    status: StatusTexts {
        clock: "horloge",
        confidence: |confidence| match confidence {
            "trusted" => "sûre",
            "provisional" => "provisoire",
            "behind" => "en retard",
            other => other,
        },
        sessions: |sessions| match sessions {
            0 | 1 => format!("{sessions} session"),
            _ => format!("{sessions} sessions"),
        },
        root: "racine",
        daemon_key: "clé du démon",
        ledger: "registre",
        ledger_state: |records, synced| {
            format!("{records} enregistrements, {synced} sur le disque")
        },
        ledger_unwritable: |error| format!("ne peut pas être écrit : {error}"),
        ledger_help: "rien n'est accordé tant que le registre ne peut pas être écrit : libérez de la place, ou rendez le dossier à l'utilisateur octroi",
        licence: |licence, serial, product, client| {
            let whom = if client.is_empty() { "" } else { " pour " };
            format!("licence {licence}, série {serial} : {product}{whom}{client}")
        },
        term: "durée",
        term_between: |from, until| format!("du {from} au {until}"),
        perpetual_from: |from| format!("perpétuelle, depuis le {from}"),
        days_left: |days| match days {
            0 | 1 => format!("reste {days} jour"),
            _ => format!("reste {days} jours"),
        },
        days_over: |days| match days {
            0 => "échue".to_owned(),
            1 => "échue depuis 1 jour".to_owned(),
            _ => format!("échue depuis {days} jours"),
        },
        activation: "activation",
        activated: "activée",
        activated_until: |until| format!("activée jusqu'au {until}"),
        not_activated: "non activée",
        not_activated_help: |licence| {
            format!("octroi activate --request FICHIER --licence {licence} --code-file FICHIER")
        },
        not_activated_online_help: |licence| {
            format!("octroi activate --online --licence {licence} --code-file FICHIER")
        },
        site: "site",
        key: "clé",
        key_present: |keys| format!("présente : {keys}"),
        key_absent: |keys| format!("absente : {keys}"),
        key_budget: |left| format!("reste {left} d'absence"),
        column_feature: "Fonctionnalité",
        column_metric: "Métrique",
        column_grouping: "Compté par",
        column_licensed: "Licence",
        column_share: "Part",
        column_in_use: "En usage",
        column_lingering: "Persistant",
        column_waiting: "En attente",
        blocked: "rien n'est accordé",
        pending: "en attente de documents qui les précèdent",
        pending_document: |kind, licence, sequence, expected| {
            format!("{kind} n° {sequence} de la licence {licence} : le n° {expected} manque")
        },
        pending_help: "installez les documents manquants ; demandez-les à l'éditeur",
        warnings: "avertissements",
        no_realm: "Aucun éditeur n'est encore approuvé.",
        no_realm_help: "octroi vendor trust root.pub",
        no_licence: "aucune licence n'est installée",
        no_licence_help: "octroi install CLIENT.lic",
    },

    seats: SeatsTexts {
        none: "Aucun siège n'est tenu.",
        column_vendor: "Éditeur",
        column_feature: "Fonctionnalité",
        column_seat: "Siège",
        column_units: "Unités",
        column_user: "Utilisateur",
        column_pid: "Processus",
        column_since: "Depuis",
        column_state: "État",
        column_version: "Version",
        column_place: "Rang",
        state: |state| match state {
            "held" => "tenu",
            "lingering" => "persistant",
            "borrowed" => "emprunté",
            "revoked" => "repris",
            other => other,
        },
        borrowed: |state, until, returned, id| {
            let returned = if returned { ", rendu" } else { "" };
            format!("{state} jusqu'au {until}{returned} ({id})")
        },
        waiting: "En attente :",
        freed: |seat| format!("Le siège {seat} est libre."),
        told: |seat, hold| {
            format!(
                "Le détenteur du siège {seat} est averti ; le siège sera libre dans {hold} au plus tard."
            )
        },
    },

    hostid: HostidTexts {
        column_kind: "Composant",
        column_value: "Valeur",
        unreadable: |problem| format!("(illisible : {problem})"),
        stays: "Ces valeurs restent sur cette machine ; si une licence est liée à l'hôte, seules des empreintes salées de certaines la quittent.",
    },

    ledger: LedgerTexts {
        reading: "lecture du registre",
        no_ledger: |folder| format!("aucun registre dans {folder}"),
        no_ledger_help: "nommez le dossier avec --folder DIR, ou la racine du démon avec --root DIR",
        several: |vendors| format!("il y a plusieurs registres : {vendors}"),
        several_help: "nommez-en un avec --vendor",
        unreadable: |folder| format!("le registre dans {folder} ne peut pas être lu"),
        unreadable_help: "il appartient à l'utilisateur octroi : utilisez sudo, ou copiez le dossier",
        tampered: |folder| format!("le registre dans {folder} a été altéré"),
        tampered_help: "gardez le dossier tel quel et prévenez l'éditeur ; le démon n'accorde rien sur un registre altéré",
        verified: |records| format!("Le registre est intact : {records} enregistrements."),
        words: LedgerWords {
            folder: "dossier",
            vendor_root: "racine de l'éditeur",
            daemon_key: "clé du démon",
            records: "enregistrements",
            synced: "sur le disque",
            segments: "segments",
            checkpoints: "points de contrôle",
            head: "tête",
            root: "racine de Merkle",
            tail: |bytes| {
                format!(
                    "{bytes} octets d'un dernier enregistrement inachevé ; le démon les coupe à son prochain démarrage"
                )
            },
            written: |path| format!("Écrit dans {path}."),
        },
    },

    run: RunTexts {
        root_unreadable: |root| {
            format!("{root} n'est ni un document de racine d'éditeur ni une clé publique")
        },
        root_help: "nommez le root.pub de l'éditeur, ou sa clé publique (pas son empreinte) en 64 chiffres hexadécimaux",
        waiting: "attente d'un siège",
        not_started: |program| format!("{program} n'a pas pu être démarré"),
        not_found: |program| format!("{program} est introuvable"),
        not_executable: |program| format!("{program} ne peut pas être exécuté"),
        refused_help: "le programme n'a pas été démarré",
        session_failed: "aucune session avec le démon",
        not_proven: "le démon n'a pas prouvé que l'éditeur l'a activé",
        not_proven_help: "voyez octroi status ; la racine nommée doit être celle dont la licence est installée",
        revoked: |left| {
            format!(
                "un administrateur reprend le siège dans {left} ; le programme est prié de finir"
            )
        },
        seat_ended: |cause| {
            format!("le siège est perdu ({cause}) ; le programme est prié de finir")
        },
        cause: |cause| match cause {
            SeatEnd::Released => "rendu",
            SeatEnd::Revoked => "repris par un administrateur",
            SeatEnd::LicenceEnded => "la licence est échue",
            SeatEnd::Suspended => "suspendu par l'éditeur",
            SeatEnd::HardwareKeyAbsent => "la clé matérielle est absente",
            SeatEnd::SessionEnded => "la session est finie",
            SeatEnd::ShareReduced => "la part de cette machine a été réduite",
            SeatEnd::UserBlocked => "l'utilisateur est bloqué",
            SeatEnd::Reassigned => "l'éditeur a réattribué le siège de l'utilisateur",
            SeatEnd::UserErased => "l'identité de l'utilisateur a été effacée",
            SeatEnd::WhileDisconnected => "pendant l'absence du démon",
            SeatEnd::Untrusted => "le démon ne le prouve plus",
            _ => "pour une raison d'une version ultérieure",
        },
        key_away: |left| format!("la clé matérielle est absente ; reste {left} d'absence"),
        licence_ending: |licence, at| format!("la licence {licence} finit le {at}"),
    },
};

fn subject(what: &str, kind: &str, licence: &str) -> String {
    match licence {
        "" => format!("{kind} : {what}"),
        _ => format!("{kind} de {licence} : {what}"),
    }
}

fn armour(error: &ArmourError) -> String {
    match error {
        ArmourError::TooLarge { bytes, max } => {
            format!("le texte a {bytes} octets, {max} au plus sont lus")
        }
        ArmourError::Utf16 => {
            "le texte est en UTF-16 ; enregistrez-le en texte simple ou UTF-8".to_owned()
        }
        ArmourError::NoArmour => {
            "aucun document : il manque une ligne telle que `-----BEGIN OCTROI LICENCE-----`"
                .to_owned()
        }
        ArmourError::UnknownLabel { label } => {
            format!("`{label}` n'est pas un document que cette version connaît")
        }
        ArmourError::LabelMismatch { begin, end } => {
            format!("le texte commence par `{begin}` et finit par `{end}`")
        }
        ArmourError::CutShort { missing } => {
            format!("le texte est tronqué : il manque la ligne `{missing}`")
        }
        ArmourError::TwoDocuments { line } => {
            format!(
                "un second document commence à la ligne {line} ; un fichier en contient un seul"
            )
        }
        ArmourError::IllegalCharacter { line, found } => {
            format!("la ligne {line} contient le caractère {found:?}, que le format ne connaît pas")
        }
        ArmourError::WrongLength => "des caractères manquent, ou sont doublés".to_owned(),
        ArmourError::Checksum => {
            "le texte a été abîmé en route (sa somme de contrôle ne convient pas)".to_owned()
        }
        // What a decoded document says is English in this version, as is what a later one adds.
        ArmourError::Document(error) => error.to_string(),
        other => other.to_string(),
    }
}
