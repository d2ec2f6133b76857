//! Sentences of `octroi doctor` in French.

use super::doctor::DoctorTexts;
use crate::cli::doctor::{Kind, State};

pub(super) static FRENCH: DoctorTexts = DoctorTexts {
    state: |state| match state {
        State::Ok => "bon",
        State::Warning => "attention",
        State::Failed => "en échec",
        State::NotChecked => "non vérifié",
    },
    kind: |kind| match kind {
        Kind::ApplicationSocket => "socket des applications",
        Kind::AdminSocket => "socket d'administration",
        Kind::Daemon => "démon",
        Kind::StateFolder => "dossier d'état",
        Kind::Disk => "disque",
        Kind::TrustedRoot => "racine approuvée",
        Kind::Licence => "licence",
        Kind::Activation => "activation",
        Kind::Pending => "document en attente",
        Kind::HardwareKey => "clé matérielle",
        Kind::KeyPorts => "ports des clés",
        Kind::KeyDevice => "clé branchée",
        Kind::KeyAccess => "accès à la clé",
        Kind::KeyAnswer => "réponse de la clé",
        Kind::KeyIdentity => "identité de la clé",
        Kind::Clock => "horloge",
        Kind::Ledger => "registre",
        Kind::LedgerChain => "chaîne du registre",
        Kind::Server => "serveur de l'éditeur",
        Kind::Reports => "rapports d'usage",
        Kind::NextLimit => "prochaine limite",
    },
    and: " ; ",
    sum: |[ok, warnings, failed, not_checked]| {
        format!("{ok} bons, {warnings} avertissements, {failed} échecs, {not_checked} non vérifiés")
    },

    missing: |path| format!("{path} n'existe pas"),
    no_socket: |path| format!("{path} n'est pas un socket"),
    no_socket_mend: |path| format!("déplacez {path}, puis : systemctl restart octroid"),
    closed_to_you: |path, mode, owner| {
        format!("cet utilisateur ne peut pas utiliser {path} (mode {mode}, propriétaire {owner})")
    },
    closed_mend: |path| {
        format!(
            "laissez tout utilisateur entrer dans le dossier du socket : chmod a+x {path} ; le démon pose le mode du socket lui-même au démarrage"
        )
    },
    silent: |path| format!("le démon ne répond pas sur {path}"),
    answers: |path, mode| format!("{path} répond (mode {mode})"),
    not_for_all: |path, mode| format!("{path} répond, mais pas à tous (mode {mode})"),
    not_for_all_mend: |path| format!("chmod 666 {path} ; un redémarrage du démon le fait aussi"),
    admin_answers: |path, mode, group| format!("{path} répond (mode {mode}, groupe {group})"),
    open_to_all: |path, mode| format!("{path} fait de chacun un administrateur (mode {mode})"),
    open_to_all_mend: |path| format!("chmod 660 {path} ; un redémarrage du démon le fait aussi"),
    group_absent: "ce système n'a pas de groupe octroi : seuls l'utilisateur du démon et root l'administrent",
    group_mend: "groupadd --system octroi, puis : systemctl restart octroid",
    unreadable: |what, why| format!("{what} ne peut pas être examiné : {why}"),

    no_answer: "seul le démon le sait, et il ne répond pas",
    daemon: |version, since, uid| {
        format!("octroid {version}, en marche depuis le {since} sous {uid}")
    },
    versions: |daemon, tool| format!("octroid {daemon} est en marche, octroi est {tool}"),
    versions_mend: "démarrez la version installée : systemctl restart octroid ; les applications gardent leurs sièges",
    too_old: |version| {
        format!("octroid {version} est trop ancien pour être examiné par cet octroi")
    },

    folder: |path, owner, mode| format!("{path} appartient à {owner} (mode {mode})"),
    folder_open_mend: |path| format!("personne d'autre n'a rien à y faire : chmod 700 {path}"),
    folder_owner: |path, owner| {
        format!("{path} appartient à {owner}, et le démon tourne sous un autre utilisateur")
    },
    folder_owner_mend: |path, owner| {
        format!("systemctl stop octroid ; chown -R {owner} {path} ; systemctl start octroid")
    },
    key_file_open: |path, mode| {
        format!(
            "d'autres peuvent lire la clé du démon {path} (mode {mode}) : chmod 600, et dites-le à l'éditeur si quelqu'un l'a pu"
        )
    },
    disk: |path, free, of| format!("{path} : {free} libres sur {of}"),
    disk_read_only: |path| format!("{path} est monté en lecture seule"),
    disk_read_only_mend: |path| {
        format!("montez-le en écriture ; si le disque est en panne, dmesg dit pourquoi : {path}")
    },
    disk_no_files: |path| format!("{path} : plus de place pour d'autres fichiers"),
    disk_mend: |path| {
        format!("faites de la place ; ce qui est le plus gros : du -xah {path} | sort -h | tail")
    },

    no_vendor: "aucun éditeur n'est encore approuvé",
    vendor: |name, fingerprint| format!("{name}, racine {fingerprint}"),

    no_licence: "aucune licence n'est installée",
    licence: |serial, product, term| format!("série {serial}, {product} : {term}"),
    renew: "demandez la licence renouvelée à l'éditeur, puis : octroi install CLIENT.lic",
    pending: |kind, sequence, expected| {
        format!("{kind} {sequence} de la suite de l'éditeur attend le document {expected}")
    },
    pending_mend: |expected| {
        format!("demandez le document {expected} à l'éditeur, puis : octroi install FICHIER")
    },
    certificate_over: "l'activation est échue",
    certificate_mend: "activez de nouveau : octroi activate",

    no_key: "aucune licence ne demande de clé matérielle",
    key_proven: |ago| format!("présente, prouvée il y a {ago}"),
    key_present: "présente",
    key_not_needed: "absente ; une autre clé de la licence est là et suffit",
    key_away: |since, left| {
        format!("absente, et la licence manque de clé depuis {since} ; reste {left} d'absence")
    },
    key_emulated: |found| {
        format!(
            "{found} ; la licence admet qu'un émulateur logiciel réponde pour elle, que n'importe qui peut copier"
        )
    },
    key_emulated_mend: "bon pour un essai seulement : demandez à l'éditeur une licence sans emulator_accepted",
    key_usb_off: "octroid.toml tient le démon à l'écart des clés USB : mettez usb = true dans [hardware_key] et redémarrez-le",
    key_udev: |closed, devices| {
        format!(
            "le démon ne peut pas ouvrir {closed} des {devices} périphériques HID : mettez 70-octroi-key.rules dans /etc/udev/rules.d, puis : udevadm control --reload && udevadm trigger"
        )
    },
    key_plug: |serial| format!("branchez la clé {serial} ; octroi status la montre alors présente"),

    clock_ok: |now| format!("{now}, sûre"),
    clock_leapt: |record, left| {
        format!(
            "l'horloge a sauté en avant (enregistrement {record} du registre) ; provisoire pour encore {left} de marche, ou jusqu'à ce qu'un reçu la confirme"
        )
    },
    clock_leapt_mend: "si l'heure est fausse : timedatectl set-ntp true ; si elle est juste : octroi report send la confirme aussitôt",
    clock_behind: |wall, mark| {
        format!("l'horloge dit {wall}, et {mark} avait été confirmé : elle a été reculée")
    },
    clock_mend: "mettez l'horloge à l'heure (timedatectl set-ntp true) ; si l'heure confirmée était fausse, demandez une remise à l'heure à l'éditeur",
    server_time: |time| format!("l'heure du serveur au dernier reçu : {time}"),
    server_ahead: |server, here| {
        format!(
            "le dernier reçu dit {server}, ce qui est encore en avance sur {here} de cette machine"
        )
    },
    here_ahead: |server, here| {
        format!(
            "le dernier rapport est parti à {here} selon cette machine et arrivé au serveur à {server} selon lui"
        )
    },

    ledger: |records, synced| format!("{records} enregistrements, {synced} sur le disque"),
    ledger_started: |at| format!("vérifié au démarrage du démon, le {at}"),
    ledger_verified: |records, checkpoints| {
        format!(
            "vérifié à l'instant : {records} enregistrements, {checkpoints} points de contrôle signés"
        )
    },
    ledger_tampered: |folder| format!("{folder} a été falsifié"),
    ledger_closed: |folder| format!("cet utilisateur ne peut pas lire {folder}"),
    ledger_closed_mend: |vendor| format!("sudo octroi ledger verify --vendor {vendor}"),

    no_server: "aucune licence ne nomme de serveur : activation et rapports vont par fichier",
    server: |milliseconds, through| {
        format!("répond avec une clé que la licence épingle, après {milliseconds} ms{through}")
    },
    server_off: "octroid.toml interdit le réseau ([network] enabled = false)",
    server_offline: "non interrogé, à cause de --offline",
    server_offline_mend: "octroi doctor sans --offline",
    server_many: "plus de serveurs sont nommés qu'il n'en est interrogé à la fois",
    server_problem: |code, why| format!("{code} : {why}"),
    server_another_key_mend: "quelqu'un d'autre répond là, ou l'éditeur a changé sa clé : demandez-lui, et n'allez pas plus loin avant d'avoir installé une licence avec les nouvelles clés",
    server_no_pins_mend: "demandez à l'éditeur une licence qui épingle la clé du serveur ; jusque-là, échangez par fichier",
    server_mend: |address| {
        format!(
            "laissez octroid atteindre {address} (pare-feu ; [network] proxy dans octroid.toml ; PrivateNetwork= dans son unité : systemctl show octroid -p PrivateNetwork) ; jusque-là par fichier : octroi report export FICHIER"
        )
    },
    by_file: "échangez par fichier : octroi activate --request FICHIER, octroi report export FICHIER",

    no_reports: "aucune licence activée ne demande de rapports",
    report_due: |at| format!("le prochain est dû le {at}"),
    report_overdue: |due, degrade, stop| {
        format!(
            "un rapport était dû le {due} et n'a pas de reçu : dès le {degrade} plus de sièges accordés, le {stop} l'activation finit"
        )
    },
    report_degraded: |due, stop| {
        format!(
            "un rapport était dû le {due} et n'a pas de reçu : plus de sièges accordés, le {stop} l'activation finit"
        )
    },
    report_stopped: |due| {
        format!("un rapport était dû le {due} et n'a pas de reçu : l'activation est échue")
    },
    report_last: |number, at| format!("le dernier reçu, pour le rapport {number}, est du {at}"),
    report_mend: "octroi report send ; ou octroi report export FICHIER, et octroi receipt import FICHIER avec la réponse de l'éditeur",
    report_approval: |number| format!("le rapport {number} attend votre approbation"),
    report_approval_mend: "octroi report preview, puis : octroi report send",

    nothing_ends: "rien ne finit de soi-même",
    next: |what, when, left| format!("{what} le {when} ({left})"),
    end_of_licence: |licence| format!("la licence {licence} finit"),
    end_of_certificate: |licence| format!("l'activation de la licence {licence} finit"),
    end_of_grants: |licence| format!("sans reçu, la licence {licence} n'accorde plus de sièges"),
    end_without_report: |licence| format!("sans reçu, l'activation de la licence {licence} finit"),
    end_of_budget: |licence| format!("sans sa clé matérielle, la licence {licence} s'arrête"),
};
