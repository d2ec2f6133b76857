//! Sentences of `octroi lint` in French.

use super::lint::{LintTexts, Told};
use crate::cli::{doctor::State, lint::Code};

pub(super) static FRENCH: LintTexts = LintTexts {
    finding: french,
    state: |state| match state {
        State::Ok => "note",
        State::Warning => "attention",
        State::Failed => "problème",
        State::NotChecked => "non vérifié",
    },
    verified: "signature vérifiée",
    nothing: "rien à remarquer",
};

fn french(code: Code) -> Told {
    let (what, why, next) = match code {
        Code::Unreadable => (
            "le fichier ne peut pas être lu",
            "rien ne peut en être dit",
            "nommez un fichier que cet utilisateur peut lire",
        ),
        Code::Damaged => (
            "le document est endommagé",
            "personne ne l'acceptera",
            "redemandez-le à l'expéditeur, de préférence en pièce jointe",
        ),
        Code::TermInvalid => (
            "une condition n'a pas de sens",
            "le démon refuse tout le document pour elle",
            "dites-le à l'éditeur, qui doit l'émettre de nouveau",
        ),
        Code::DaemonTooOld => (
            "il pose des conditions que cette version ne connaît pas",
            "le démon le refuse plutôt que de les ignorer (DAEMON_TOO_OLD)",
            "installez la version d'Octroi que l'éditeur nomme, puis ce document",
        ),
        Code::NotVerified => (
            "personne ici ne peut dire qui l'a signé",
            "ce qu'il dit peut avoir été écrit par n'importe qui",
            "passez --vendor-root root.pub, ou démarrez le démon qui approuve l'éditeur",
        ),
        Code::NotTrusted => (
            "il n'est signé par personne d'approuvé ici",
            "le démon ne l'acceptera pas",
            "approuvez d'abord son éditeur (octroi vendor trust root.pub), ou demandez à quelle racine il appartient",
        ),
        Code::AnotherVendor => (
            "il nomme un autre éditeur que celui dont la clé l'a signé",
            "aucun éditeur ne peut parler pour un autre",
            "ne l'installez pas ; demandez à l'éditeur qu'il nomme",
        ),
        Code::NotAccepted => (
            "il serait refusé",
            "l'installer ne change rien",
            "voyez la raison à côté ; octroi install --dry-run en dit plus",
        ),
        Code::SignerUncertified => (
            "aucun certificat de sa clé de signature ne l'accompagne",
            "le démon ne peut pas remonter jusqu'à la racine de l'éditeur",
            "demandez à l'éditeur de l'émettre de nouveau avec sa chaîne",
        ),
        Code::SignerOutsideDates => (
            "le certificat de sa clé de signature ne couvre pas sa date",
            "le démon refuse ce qu'une clé a signé avant ou après son temps",
            "demandez à l'éditeur de l'émettre de nouveau sous une clé courante",
        ),
        Code::IssuedInFuture => (
            "il a été émis dans le futur",
            "l'horloge de l'éditeur ou de cette machine est fausse, et les dates en dépendent",
            "regardez l'horloge de cette machine : octroi doctor ; si elle est juste, dites-le à l'éditeur",
        ),
        Code::Ended => (
            "sa durée est échue",
            "rien n'est accordé sous lui, et l'installer retire des sièges",
            "demandez le document renouvelé à l'éditeur",
        ),
        Code::EndsSoon => (
            "il finit bientôt",
            "les sièges finissent avec lui",
            "demandez à temps le document renouvelé à l'éditeur",
        ),
        Code::StartsLater => (
            "sa durée n'a pas commencé",
            "rien n'est accordé avant ; une série précédente ne continuerait que si elle n'est pas remplacée",
            "installez-le quand il commence, sauf avis contraire de l'éditeur",
        ),
        Code::FeatureWithoutSeats => (
            "une fonctionnalité n'a pas de sièges",
            "toute demande en serait refusée",
            "dites-le à l'éditeur, qui doit l'émettre de nouveau",
        ),
        Code::FeatureEnded => (
            "la durée propre d'une fonctionnalité est échue",
            "les demandes en sont refusées, quoi que dise la durée de la licence",
            "demandez à l'éditeur de la renouveler, si elle sert encore",
        ),
        Code::BilledUnknown => (
            "une fonctionnalité est facturée que la licence n'a pas",
            "son usage ne peut pas être compté",
            "dites-le à l'éditeur : un nom est sans doute mal écrit",
        ),
        Code::ReportsWithoutServer => (
            "des rapports sont demandés, et aucun serveur n'est nommé",
            "chaque rapport doit être porté par fichier, sinon la licence s'arrête",
            "prévoyez octroi report export et octroi receipt import, ou demandez une licence avec un serveur",
        ),
        Code::ServerWithoutPins => (
            "la clé du serveur n'est pas épinglée",
            "ce démon ne reconnaît les serveurs qu'à leurs clés épinglées et ne lui parlera pas",
            "demandez à l'éditeur une licence avec des clés épinglées ; jusque-là, échangez par fichier",
        ),
        Code::SiteElsewhere => (
            "le site de cette machine n'est pas parmi ceux qu'il nomme",
            "l'activation ici serait refusée (SITE_NOT_LICENSED)",
            "mettez dans octroid.toml `site` à l'un d'eux, si cette machine s'y trouve",
        ),
        Code::SiteWithoutHosts => (
            "un site n'a pas de limite de machines",
            "un nombre quelconque de machines peut y être activé",
            "rien, si c'était convenu",
        ),
        Code::EmulatorAccepted => (
            "un émulateur logiciel peut répondre pour une clé matérielle",
            "qui peut écrire octroid.toml a la clé : bon pour un essai seulement",
            "pour la production, demandez à l'éditeur une licence sans emulator_accepted",
        ),
        Code::TermsNotAccepted => (
            "l'éditeur n'a noté aucune acceptation de ses conditions",
            "l'activation peut être refusée jusque-là",
            "acceptez les conditions comme l'éditeur le demande, puis redemandez la licence",
        ),
        Code::ShareEmpty => (
            "la part de cette machine dans une fonctionnalité est 0",
            "toute demande ici en est refusée (NO_SHARE_LEFT)",
            "demandez une part à l'éditeur, si la fonctionnalité sert ici",
        ),
        Code::NotYet => (
            "il prend effet plus tard",
            "il est gardé et montré jusque-là, et ne fait rien",
            "octroi install --dry-run dit ce qu'il fera ce jour-là",
        ),
        Code::Gap => (
            "des documents qui le précèdent dans la suite de l'éditeur manquent",
            "il est gardé et ne fait rien jusqu'à leur arrivée",
            "demandez à l'éditeur ceux qui manquent",
        ),
        Code::AlreadyInstalled => (
            "il est déjà installé",
            "l'installer encore ne change rien",
            "rien",
        ),
        Code::TakesSeats => (
            "des sièges tenus maintenant seraient perdus",
            "leurs détenteurs sont prévenus et s'arrêtent",
            "octroi install --dry-run les nomme ; choisissez une heure calme",
        ),
        Code::RootNotTrusted => (
            "cette racine n'est pas encore approuvée ici",
            "aucun document sous elle n'est accepté",
            "comparez son empreinte avec l'éditeur, puis : octroi vendor trust FICHIER",
        ),
        Code::GoesToVendor => (
            "il va à l'éditeur",
            "il ne s'installe pas ici",
            "envoyez-le ; ce qui revient va à octroi activate --response ou octroi receipt import",
        ),
        Code::ReceiptImport => (
            "c'est un reçu",
            "s'il répond au rapport qui attend se voit quand il est pris",
            "octroi receipt import FICHIER",
        ),
        Code::KindNotInstalled => (
            "les documents de ce genre ne s'installent pas avec cette version",
            "l'installer serait refusé",
            "demandez à l'éditeur à quoi il sert",
        ),
        Code::AwaitsAcceptance => (
            "il attend l'accord du client",
            "il est gardé et montré, et ne fait rien avant",
            "après l'avoir installé : octroi licence accept ID --document EMPREINTE",
        ),
    };
    Told { what, why, next }
}
