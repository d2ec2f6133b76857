//! The sentences about the registers that the administrator keeps, in French.

use super::registers::RegisterTexts;

pub(super) static FRENCH: RegisterTexts = RegisterTexts {
    not_taken: "le service n'accepte pas l'un des textes",
    nothing: "Rien n'est inscrit.",
    left_out: |count| {
        format!("{count} inscriptions antérieures ne sont pas montrées : --last N en montre plus.")
    },
    columns: ["Numéro", "Quand", "Qui", "Quoi"],
    erased: "(effacé)",
    field: |field| match field {
        "author" => "par",
        "nature" | "purpose" => "pour",
        "result" => "fait :",
        "invoice" => "facture",
        "reasons" | "reason" => "parce que",
        "operation" => "opération",
        _ => "texte :",
    },
    event: |event| {
        Some(match event {
            "LogbookEntered" => "inscription",
            "InterventionOpened" => "une intervention de l'éditeur a commencé",
            "InterventionClosed" => "une intervention est terminée",
            "InvoiceDisputed" => "une facture a été contestée",
            "Exported" => "quelque chose a été exporté",
            "TextErased" => "les textes d'un enregistrement ont été effacés",
            "DaemonStarted" => "le service a démarré",
            "DaemonStopped" => "le service s'est arrêté en bon ordre",
            "TailLost" => "les derniers enregistrements ont été perdus lors d'une panne",
            "DocumentRefused" => "un document a été refusé",
            "OrderVoid" => "un ordre est sans effet : la licence l'exclut",
            "ClockLeapt" => "l'horloge a sauté en avant",
            "ClockConfirmed" => "le saut de l'horloge est confirmé",
            "ClockBehind" => "l'horloge a été reculée",
            "ClockReset" => "l'éditeur a remis l'horloge à l'heure",
            "ClockSteady" => "l'horloge est de nouveau juste",
            "KeyCounterAnomalous" => "le compteur d'une clé matérielle n'est pas celui attendu",
            "HardwareKeyRevoked" => "l'éditeur a révoqué une clé matérielle comme perdue",
            "HardwareKeyReinstated" => "une clé matérielle qui était perdue compte de nouveau",
            "RevokedKeyAnswered" => "une clé matérielle révoquée comme perdue a été branchée",
            "AbsenceStarted" => "la clé matérielle est absente",
            "AbsenceEnded" => "la clé matérielle est revenue",
            "AbsenceBudgetSpent" => "la clé matérielle a été absente trop longtemps",
            "ForkFound" => "une copie de l'état du service a tourné à côté de lui",
            "TamperingSuspended" => "une licence a été suspendue pour altération",
            "OpenRefused" => "une session a été refusée",
            "CheckoutRefused" => "un siège a été refusé",
            "WaitEnded" => "un siège a été refusé dans la file",
            "ReleaseRefused" => "une restitution a été refusée",
            "ConsumptionRefused" => "une quantité a été refusée",
            "BorrowRefused" => "un emprunt a été refusé",
            "RefusalsCounted" => "d'autres refus, comptés",
            "HostCompared" => "la machine n'est plus tout à fait celle activée",
            "SeatRevoked" => "un siège a été repris",
            "UserBlocked" => "un utilisateur a été bloqué",
            "UserUnblocked" => "le blocage d'un utilisateur a pris fin",
            "UserErased" => "un utilisateur a été effacé",
            "UsersSynced" => "les utilisateurs nommés ont été comparés à une liste",
            "LicenceEnded" => "une licence a pris fin",
            "CureNoticeGiven" => "l'éditeur a mis en demeure",
            "CureNoticeLifted" => "une mise en demeure a été levée",
            "CureNoticeEnded" => "le délai d'une mise en demeure est écoulé",
            "EndNoticeGiven" => "les détenteurs savent qu'ils perdent leur siège",
            "OverdraftBegan" => "un dépassement a commencé",
            "SoftLimitCrossed" => "l'usage approche de la limite",
            "ThresholdCrossed" => "une quantité a atteint un seuil",
            "OperationAnnounced" => "une opération a été annoncée",
            "OperationUnannounced" => "une opération a dépassé ce qui était annoncé",
            "ReservesRecorded" => "des réserves ont été émises sur le logiciel",
            "EndOfUseDeclared" => "la fin d'usage a été déclarée",
            _ => return None,
        })
    },
    started_unclean: "le service a démarré après avoir été tué",
    added: |record| format!("Inscrit sous le numéro {record}."),
    exported: |count, file| {
        format!("{count} enregistrements, avec leur preuve, sont dans {file}, marqué confidentiel.")
    },
    erase_question: |record| {
        format!("Oublier pour de bon les textes de l'enregistrement {record} ? [o/N] ")
    },
    nobody_to_ask: "effacer est définitif, et personne ne peut être interrogé ici",
    say_yes: "dites-le sur la ligne de commande : --yes",
    not_erased: "rien n'a été effacé",
    no_texts: |record| format!("l'enregistrement {record} n'a pas de texte"),
    no_texts_help: "voyez lesquels en ont : octroi logbook",
    erased_texts: |record, count| {
        format!("{count} textes de l'enregistrement {record} sont oubliés.")
    },
    backup_question: "Avez-vous fait une sauvegarde avant de laisser entrer quelqu'un ? [o/N] ",
    nobody_to_ask_backup: "rien ne dit qu'une sauvegarde est faite, et personne ne peut être interrogé ici",
    no_backup: "faites une sauvegarde avant de laisser entrer quelqu'un ; rien n'a été inscrit",
    backup_help: "dites ensuite --backed-up ; ou --without-backup, et l'inscription le dira aussi",
    opened: |record| format!("L'intervention {record} est ouverte."),
    close_help: |record| format!("quand elle est finie : octroi intervention close {record}"),
    closed: |record| format!("L'intervention {record} est terminée."),
    no_such_day: "aucun calendrier ne connaît ce jour",
    announced: |size, until| {
        format!(
            "Annoncé : jusqu'à {size}, jusqu'au {until}. Dites-le aussi à l'éditeur : les rapports ne le portent pas."
        )
    },
    contested: |record, until| {
        format!("Contestée à temps (jusqu'au {until}), enregistrement {record} du registre.")
    },
    contested_late: |record, until| {
        format!(
            "Inscrite sous le numéro {record}, et en retard : la facture vaut accord depuis le {until}."
        )
    },
    send_proof: |file| {
        format!("envoyez {file} à l'éditeur : il prouve ce qui a été contesté et quand")
    },
    not_recorded: "aucun service ne répond : le registre n'inscrit pas cet export, et le fichier le dit",
    interventions_open: |count| {
        format!("{count} interventions ouvertes : octroi intervention list")
    },
    operation_announced: |name, used, announced, until| {
        format!("{name} : {used} sur {announced} annoncés jusqu'au {until}")
    },
    operation: |name, used, above| format!("{name} : {used}, à annoncer au-delà de {above}"),
    unannounced: "au-delà de ce qui était annoncé ; annoncez-la : octroi announce",
    unnamed: |month| format!("opérations sans nom du mois à partir du {month}"),
};
