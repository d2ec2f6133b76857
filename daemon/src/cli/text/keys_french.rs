//! Sentences of `octroi key` in French.

use super::keys::KeyTexts;

pub(super) static FRENCH: KeyTexts = KeyTexts {
    too_old: "le démon est trop ancien pour dire ses clés matérielles",
    kind: |kind| match kind {
        "dongle" => "clé dédiée",
        "fido2" => "clé FIDO2",
        other => other,
    },
    emulated: "émulée",
    plugged: "Branchées :",
    none_plugged: "Aucune clé matérielle n'est branchée.",
    plugged_columns: ["ENDROIT", "SORTE", "CLÉ", "SERT"],
    serves_none: "aucune licence",
    revoked: "révoquée comme perdue",
    named: "Nommées par des licences :",
    none_named: "aucune licence ne nomme de clé matérielle",
    none_named_listed: "Aucune licence ne nomme de clé matérielle.",
    none_named_mend: "rien ne demande de clé ; sinon, installez la licence qui la nomme : octroi install FICHIER",
    named_columns: [
        "LICENCE",
        "CLÉ",
        "ÉTAT",
        "DERNIÈRE PREUVE",
        "PROCHAINE",
        "COMPTEUR",
        "ABSENCE RESTANTE",
    ],
    present: "présente",
    away: "absente",
    away_since: |since| format!("absente, elle manque à la licence depuis {since}"),
    suspect: "suspecte : son compteur a reculé",
    ago: |ago| format!("il y a {ago}"),
    within: |length| format!("dans {length}"),
    never: "pas encore",
    lost: "Révoquées comme perdues :",
    lost_columns: ["CLÉ", "RÉVOQUÉE PAR", "ÉTAT"],
    lost_here: "branchée, et refusée",
    unusable: "Inutilisables :",
    probe_next: "Que faire : octroi key probe",

    daemon_runs: |user| format!("octroid tourne sous {user} et a été interrogé"),
    no_daemon: |user| {
        format!(
            "aucun démon ne répond : cette commande a ouvert les clés elle-même, sous {user} ; ce que nomment les licences n'est pas connu"
        )
    },
    emulator_unknown: |socket| {
        format!("octroid.toml ne nomme pas {socket} : le démon ne regarde pas là")
    },
    emulator_mend: |socket| {
        format!("écrivez emulators = [\"{socket}\"] sous [hardware_key] et redémarrez le démon")
    },
    looks_nowhere: "le démon ne regarde nulle part : octroid.toml écarte les clés USB et ne nomme aucun émulateur",
    looks_at_emulators: |sockets| {
        format!(
            "le démon ne regarde que des émulateurs ({sockets}) ; octroid.toml écarte les clés USB"
        )
    },
    looks_at_usb: "le démon regarde les clés USB et apprend quand on en branche une",
    unwatched: "le démon regarde les clés USB, mais /dev ne peut pas être observé : une clé se remarque au bout de dix secondes au plus",
    unwatched_mend: "augmentez fs.inotify.max_user_instances (sysctl) et redémarrez le démon",
    devices: |count| match count {
        1 => "un périphérique est une clé".to_owned(),
        _ => format!("{count} périphériques sont des clés"),
    },
    no_device: "aucun périphérique de cette machine n'est une clé",
    no_device_mend: "branchez-la, essayez un autre port sans concentrateur ; dmesg montre si le noyau l'a vue ; une clé qui n'apparaît que comme disque ou carte à puce est d'une autre sorte",
    container_mend: |name| {
        format!(
            "le démon tourne dans un conteneur ({name}), qui ne voit que les périphériques qu'on lui passe : lancez-le avec --device /dev/hidrawN et la règle cgroup 'c *:* rmw' pour hidraw, ou faites tourner le démon sur l'hôte et passez son socket"
        )
    },
    no_emulator: "aucun émulateur ne répond sur ce socket",
    no_emulator_mend: "lancez-le : octroi-key-emulator run --state FICHIER --socket SOCKET",
    may_open: |user, device| format!("{user} peut l'ouvrir ({device})"),
    may_not_open: |user, device| format!("accès refusé : {user} ne peut pas l'ouvrir ({device})"),
    rule_there: |path| format!("la règle udev est en place ({path})"),
    rule_missing: "la règle udev qui laisse le démon ouvrir les clés n'est pas installée",
    rule_other: |path| {
        format!("{path} ne donne pas les clés au groupe octroi (GROUP=\"octroi\", MODE=\"0660\")")
    },
    rule_mend: "mettez 70-octroi-key.rules dans /etc/udev/rules.d, puis : udevadm control --reload && udevadm trigger ; rebranchez la clé",
    rule_again_mend: "la règle udev est en place : udevadm control --reload && udevadm trigger, puis rebranchez la clé ; la règle la donne au groupe octroi : l'utilisateur du démon doit en être (id octroi)",
    answers: |kind, name| format!("une {kind} répond ({name})"),
    mend: |code| match code {
        "PERMISSION_DENIED" => {
            "mettez 70-octroi-key.rules dans /etc/udev/rules.d, puis : udevadm control --reload && udevadm trigger ; un émulateur doit tourner sous l'utilisateur du démon"
        }
        "BUSY" => {
            "un autre programme utilise la clé : arrêtez-le (fuser -v /dev/hidraw*), ou attendez ; le démon réessaie de lui-même"
        }
        "SILENT" => {
            "débranchez et rebranchez-la, sur un autre port ; si elle reste muette ailleurs aussi, elle est en panne : demandez-en une autre à l'éditeur"
        }
        "GARBAGE" => {
            "elle ne parle pas le protocole comme il faut : débranchez et rebranchez-la, mettez son micrologiciel à jour ; sinon, demandez-en une autre à l'éditeur"
        }
        "WANTS_USER" => {
            "elle veut chaque fois un toucher ou son code PIN (alwaysUv) : désactivez cela, par exemple fido2-token -D -u /dev/hidrawN, ou ykman fido config toggle-always-uv ; une clé qui ne peut s'en passer doit être remplacée"
        }
        "ANOTHER_KEY" | "NO_PROOF" | "REPLACED" => {
            "ce n'est pas la clé que nomme la licence : branchez celle-là, ou faites enrôler celle-ci par l'éditeur"
        }
        "ABSENT" => "rebranchez-la",
        "NOT_RECORDED" => {
            "sa preuve n'a pas pu être écrite au registre : octroi doctor dit pourquoi"
        }
        "NOT_LISTED" => "la liste des périphériques est illisible : /sys est-il monté ?",
        _ => {
            "débranchez et rebranchez-la ; dmesg et le journal du démon (journalctl -u octroid) en disent plus"
        }
    },
    serves: |licences| format!("elle a fait ses preuves et sert {licences}"),
    is_revoked: |licence| {
        format!(
            "l'éditeur l'a révoquée comme perdue (licence {licence}) ; aucune preuve d'elle ne compte plus"
        )
    },
    revoked_mend: "branchez celle qui la remplace ; rendez celle-ci à l'éditeur, qui peut l'enrôler de nouveau",
    named_in_vain: |said, licences| format!("{said}, et {licences} la nomme encore"),
    named_in_vain_mend: "demandez à l'éditeur un document de cette licence qui nomme une autre clé",
    emulator_refused: "elle est émulée, et la licence n'accepte pas d'émulateur",
    emulator_refused_mend: "branchez la vraie clé ; pour un essai, demandez à l'éditeur une licence avec emulator_accepted",
    behind: |licence| {
        format!(
            "son compteur est en retard sur le dernier vu pour {licence} : c'est une copie, ou elle ou cette machine a été remise en arrière"
        )
    },
    behind_mend: "branchez l'original si c'est une copie ; si cette machine a été restaurée d'une sauvegarde, continuez : la clé est acceptée dès que son compteur est de nouveau en avance ; sinon prévenez l'éditeur",
    not_proven: "elle n'a pas encore été interrogée",
    gives_no_proof: |licence, why| {
        format!("{licence} la nomme, et elle n'a pas donné de preuve : {why}")
    },
    again_mend: "relancez octroi key probe",
    another: |wanted| format!("aucune licence ne la nomme ; celles nommées sont {wanted}"),
    another_mend: "branchez la clé nommée, ou faites enrôler celle-ci par l'éditeur (octroi-vendor enrol-key) dans une licence qui la nomme",
};
