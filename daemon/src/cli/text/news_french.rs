//! The sentences about announcements, releases, moves to another host, and bundles for support, in
//! French.

use super::news::NewsTexts;

pub(super) static FRENCH: NewsTexts = NewsTexts {
    none: "Aucune annonce de l'éditeur n'est arrivée ici.",
    received: |at| format!("Arrivée le {at}"),
    effective: |day| format!("Prend effet le {day}"),
    install_by: |day| {
        format!(
            "À installer au plus tard le {day} ; les versions plus anciennes sont ensuite hors maintenance"
        )
    },
    due: |day| format!("Jusqu'au {day}"),
    answer_awaited: "Une réponse est attendue",
    answer_help: "octroi announcement answer NUMÉRO --accept, ou --object",
    accepted_at: |at| format!("Acceptée le {at}"),
    objected_at: |at| format!("Objection faite le {at}"),
    accepted: |number| format!("L'annonce {number} est acceptée."),
    objected: |number| format!("L'objection à l'annonce {number} est enregistrée."),
    answered_before: |number| format!("L'annonce {number} avait déjà reçu cette réponse."),
    answered_next: "le prochain rapport la porte : octroi report send",
    releases: |count, latest, (from, until)| {
        format!(
            "Versions publiées cette année contractuelle ({from} au {until}) : {count} ; dernière {latest}"
        )
    },
    install: |version, before| {
        format!(
            "La version {version} est à installer avant le {before} ; les plus anciennes sont alors hors maintenance"
        )
    },
    out_of_maintenance: |version, seats, grants| {
        format!(
            "! Hors maintenance : versions antérieures à {version} (sièges maintenant : {seats} ; accordés jusqu'ici : {grants})"
        )
    },
    rehosts: |used, included, until| {
        let left = included.saturating_sub(used);
        format!(
            "Réinstallations sur un autre poste cette année contractuelle : {used} sur {included} comprises, {left} restantes jusqu'au {until}"
        )
    },
    rehosted: "Cette activation a déplacé la licence sur un autre poste.",
    rehost_billed: "Elle dépasse ce que comprend l'année contractuelle : l'éditeur la facture.",
    bundle_exists: |folder| format!("{folder} existe déjà"),
    bundle_exists_help: "nommez un nouveau dossier : --output DOSSIER",
    bundle_unwritable: |path| format!("{path} ne peut pas être écrit"),
    description_empty: "la description est vide",
    description_help: "dites ce qui ne va pas : --description TEXTE",
    confidential: "CONFIDENTIEL. Pour le seul support de l'éditeur. Lisez chaque fichier avant de le remettre.",
    bundle_written: |files, folder| {
        format!("{files} fichiers sont écrits dans {folder}, lisibles par vous seul.")
    },
    bundle_previewed: |files| {
        format!("{files} fichiers seraient écrits. Rien n'a été écrit ni enregistré.")
    },
    bundle_redacted: |users, hosts, paths| {
        format!(
            "Remplacés par des pseudonymes : {users} utilisateurs, {hosts} machines et adresses, {paths} chemins."
        )
    },
    bundle_next: "lisez les fichiers, puis remettez le dossier au support de l'éditeur ; rien n'a été envoyé",
};
