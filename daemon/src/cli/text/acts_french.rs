//! The sentences about users, past refusals and what becomes of a licence, in French.

use octroi_proto::admin::v1::{Declared, SyncResult};

use super::acts::ActsTexts;

pub(super) static FRENCH: ActsTexts = ActsTexts {
    user_unknown: "personne de ce nom n'est connu ici",
    user_unknown_help: "les noms sont ceux des comptes de cette machine ; --kind désigne ceux que les programmes nomment ; voyez qui est connu : octroi users list",
    no_users: "Aucun siège n'est attribué à un utilisateur nommé, et personne n'est bloqué.",
    user_columns: [
        "Éditeur",
        "Utilisateur",
        "Licence",
        "Fonctionnalité",
        "Depuis",
        "Remarques",
        "Attribution",
    ],
    declared_account: "compte déclaré (--kind account)",
    end_user: "utilisateur final (--kind end-user)",
    blocked_by_administrator: "bloqué ici",
    blocked_by_vendor: "bloqué par l'éditeur",
    leaver: "a quitté la liste",
    in_excess: "au-delà de la limite",
    erased: "effacé",
    blocked: |user| {
        format!(
            "{user} est bloqué : sessions et sièges sont terminés ; ce qui est attribué reste compté."
        )
    },
    blocked_before: |user| format!("{user} était déjà bloqué et le reste."),
    unblocked: |user| {
        format!("{user} peut de nouveau utiliser les licences, sauf blocage de l'éditeur.")
    },
    not_blocked: |user| format!("{user} n'était pas bloqué ici ; rien n'a changé."),
    exported: |user, file| format!("Tout ce que cette machine détient sur {user} est dans {file}."),
    forgotten: |user| format!("{user} est oublié ici ; le registre dit « erased » à sa place."),
    kept_counted: |count| {
        format!(
            "{count} sièges attribués restent comptés jusqu'à ce qu'un ordre de l'éditeur les libère."
        )
    },
    erase_question: |user| {
        format!("Oublier qui est {user}, pour de bon ? Sièges et sessions prennent fin. [o/N] ")
    },
    nobody_to_ask: "effacer est définitif, et personne ne peut être interrogé ici",
    nobody_to_ask_help: "dites-le sur la ligne de commande : --yes",
    declined: "rien n'a été effacé",
    list_malformed: |file, line| format!("{file} : la ligne {line} n'est pas un utilisateur"),
    list_malformed_help: "une ligne est le nom d'un compte, puis après des virgules la société et la catégorie ; sans guillemets",
    list_refused: "la liste est refusée",
    synced: |result| match result {
        SyncResult::Kept => "a un siège",
        SyncResult::Assigned => "a reçu un siège",
        SyncResult::NoRoom => "n'en a pas : tous les sièges sont attribués",
        SyncResult::LaterDay => "n'en a pas : plus d'attribution aujourd'hui ; recommencez demain",
        SyncResult::NotEligible => {
            "n'en a pas : d'aucune société ou catégorie que la licence nomme"
        }
        SyncResult::CategoryFull => "n'en a pas : sa catégorie en a autant qu'elle peut",
        SyncResult::Blocked => "n'en a pas : bloqué",
        SyncResult::Leaver => {
            "a quitté la liste et garde le siège ; demandez à l'éditeur un ordre qui libère l'attribution"
        }
        SyncResult::Unknown => "n'en a pas : aucun compte de ce nom sur cette machine",
        SyncResult::Unspecified => "est dit d'une façon que cette version ne connaît pas",
    },
    sync_summary: |kept, assigned, leavers| {
        format!(
            "{kept} avaient un siège, {assigned} en ont reçu un, {leavers} ont quitté la liste."
        )
    },

    no_such_refusal: "il n'y a pas de refus de ce numéro",
    no_such_refusal_help: "voyez les derniers : octroi why --last",
    no_refusals: "Rien n'a été refusé.",
    refusal_columns: [
        "Numéro",
        "Quand",
        "Utilisateur",
        "Fonctionnalité",
        "Code",
        "Clause",
    ],
    why_help: "octroi why NUMÉRO en explique un",
    refused_at: |number, at| format!("Refus {number}, {at}"),
    asked: "Demandé",
    asked_for: |asked| match asked {
        "open" => "d'ouvrir une session",
        "checkout" => "un siège",
        "wait" => "un siège, dans la file",
        "release" => "de rendre un siège",
        "consume" => "de consommer une quantité",
        "borrow" => "d'emprunter ou de rendre un siège",
        _ => "quelque chose que cette version ne connaît pas",
    },
    who: "Utilisateur",
    process: "Processus",
    product: "Produit",
    why: "Pourquoi",
    rule: "Règle",
    clause: "Clause",
    details: "Obstacle",
    next: "Ensuite",

    vendor: "Éditeur",
    licence_unknown: |licence| format!("la licence {licence} n'est pas installée ici"),
    licence_unknown_help: "voyez ce qui l'est : octroi status",
    clauses: "Clauses que ses termes mettent en œuvre :",
    not_renewed: |ends| format!("Non renouvelée : le préavis est donné, elle prend fin le {ends}"),
    renews_until: |ends| format!("Se renouvelle tacitement : la période suivante finit le {ends}"),
    export_until: |until| {
        format!("Terminée ; les fonctions d'export restent utilisables jusqu'au {until}")
    },
    standstill_until: |until| {
        format!("Force majeure : les retards ne comptent pas jusqu'au {until}")
    },
    transferred: "Passée à un autre client ; rien n'est plus accordé ici",
    notice_until: |until, ends| {
        format!(
            "Le non-renouvellement peut être notifié avant le {until} ; elle finirait le {ends}"
        )
    },
    notice_letter: |address| match address {
        "" => "Par lettre à l'éditeur".to_owned(),
        address => format!("Par lettre à : {address}"),
    },
    notice_local: |licence| format!("Ici : octroi licence end {licence}"),
    order: |kind, standing| format!("Ordre {kind} : {standing}"),
    standing: |standing| match standing {
        "scheduled" => "prend effet le",
        "in-force" => "en vigueur",
        "running" => "court jusqu'au",
        "over" => "son délai est écoulé",
        "lifted" => "retiré",
        "void" => "sans effet : la licence l'exclut",
        _ => "dans un état que cette version ne connaît pas",
    },
    support_open: |level| format!("Support de niveau {level} : ouvert maintenant"),
    support_closed: |level| format!("Support de niveau {level} : fermé"),
    support_opens: |level, at| format!("Support de niveau {level} : fermé, ouvre le {at}"),
    ended: |licence, ends| {
        format!(
            "Le préavis est enregistré : la licence {licence} n'est pas renouvelée et finit le {ends}. Le prochain rapport le dit à l'éditeur ; pour une licence sans rapports, dites-le-lui."
        )
    },

    evaluation_until: |at, licence| {
        format!(
            "Évaluation jusqu'au {at} ; d'ici là vous pouvez mettre fin à la licence : octroi licence end {licence} --evaluation"
        )
    },
    reserves_until: |at, licence| {
        format!(
            "Logiciel pas encore accepté ; le silence l'accepte le {at}. Avant : octroi licence accept {licence}, ou reserve {licence} --reason TEXTE"
        )
    },
    accepted: |by| match by {
        "use" => "Logiciel accepté, par son usage",
        "silence" => "Logiciel accepté, par le silence",
        _ => "Logiciel accepté",
    },
    reserves: "Des réserves sur le logiciel sont enregistrées ; le silence ne l'accepte pas",
    ended_by_client: "Vous y avez mis fin pendant son évaluation",
    guarantee_until: |at| format!("Garantie jusqu'au {at}"),
    declared: |declared, licence| match declared {
        Declared::Reserves => format!(
            "Les réserves sur le logiciel de la licence {licence} sont enregistrées. Dites à l'éditeur ce qui ne va pas : le texte reste sur cette machine."
        ),
        Declared::Ended => format!(
            "Il est mis fin à la licence {licence} pendant son évaluation ; rien n'est plus accordé. Ensuite : octroi remove {licence}"
        ),
        _ => format!("Le logiciel de la licence {licence} est enregistré comme accepté."),
    },
    declared_before: |licence| {
        format!("Cela était déjà déclaré de la licence {licence} ; rien n'a changé.")
    },
    use_ended: |choice| match choice {
        "returned" => "Son usage a pris fin : logiciel et copies rendus",
        "backup-handed-over" => {
            "Son usage a pris fin : dernière sauvegarde copiée, le reste détruit"
        }
        _ => "Son usage a pris fin : logiciel, copies et données détruits",
    },
    use_certified: |digest| format!("Fin de l'usage certifiée : {digest}"),
    certify_until: |at, licence| {
        format!("Fin de l'usage à certifier avant le {at} : octroi remove {licence} --choice CHOIX")
    },
    removed: |licence, file| {
        format!(
            "Plus rien de la licence {licence} n'est utilisé. Le certificat est dans {file} : envoyez-le à l'éditeur ; le prochain rapport le porte aussi."
        )
    },
    names_forgotten: |count| format!("{count} comptes sont oubliés ici."),
    remove_question: |licence| {
        format!(
            "Mettre fin à tout usage de la licence {licence}, pour de bon ? Les sièges sont perdus. [o/N] "
        )
    },
    nobody_to_ask_to_remove: "retirer une licence est définitif, et personne ne peut être interrogé ici",
    nothing_removed: "rien n'a été retiré",
    reason_length: |max| format!("--reason : 1 à {max} octets"),
};
