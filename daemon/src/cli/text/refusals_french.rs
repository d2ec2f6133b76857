//! Every refusal in French: why, and what to do next.

use octroi_proto::licensing::v1::RefusalCode;

use super::Explained;

/// A refusal code in words.
pub(super) fn refusal(code: RefusalCode) -> Explained {
    let (what, next) = match code {
        RefusalCode::Unspecified => (
            "pour une raison que cette version ne connaît pas",
            "installez la même version d'octroi que celle du démon : octroi --version, octroi status",
        ),
        RefusalCode::SeatsExhausted => (
            "tous les sièges sont en usage",
            "voyez qui les tient avec octroi seats ; attendez dans la file, reprenez-en un avec octroi release, ou commandez-en",
        ),
        RefusalCode::NoShareLeft => (
            "l'activation de cette machine ne lui donne aucune part de la fonctionnalité",
            "demandez à l'éditeur d'activer cette machine avec une part ; d'autres machines tiennent peut-être tout",
        ),
        RefusalCode::FeatureNotLicensed => (
            "aucune licence installée du produit ne nomme la fonctionnalité",
            "comparez les noms de la fonctionnalité et du produit avec octroi status ; commandez le module s'il manque",
        ),
        RefusalCode::LicenceExpired => (
            "la durée est échue",
            "installez la licence ou le certificat renouvelé que l'éditeur a envoyé ; sinon demandez-le",
        ),
        RefusalCode::LicenceNotYetValid => (
            "la durée n'a pas commencé",
            "attendez le premier jour ; s'il est passé, corrigez l'horloge de cette machine",
        ),
        RefusalCode::SiteNotLicensed => (
            "le site de cette machine n'est pas parmi ceux de la licence",
            "donnez à `site` dans octroid.toml un site que la licence nomme, ou commandez ce site",
        ),
        RefusalCode::HostNotLicensed => (
            "ce n'est pas la machine qui a été activée",
            "activez cette machine : octroi activate --request FICHIER --licence ID",
        ),
        RefusalCode::HostIdentityWeak => (
            "trop peu d'identifiants de la machine peuvent être lus pour la reconnaître",
            "octroi hostid montre lesquels ne peuvent pas être lus, et pourquoi",
        ),
        RefusalCode::HardwareKeyAbsent => (
            "la clé matérielle est absente depuis plus longtemps que la licence ne le permet",
            "branchez la clé ; octroi status nomme celles qui conviennent",
        ),
        RefusalCode::NotActivated => (
            "la licence n'est pas activée sur cette machine",
            "octroi activate --request FICHIER --licence ID, envoyez le fichier à l'éditeur, puis octroi activate --response RÉPONSE",
        ),
        RefusalCode::VersionNotCovered => (
            "la licence ne couvre pas cette version de l'application",
            "utilisez une version couverte, ou renouvelez la maintenance",
        ),
        RefusalCode::Suspended => (
            "l'éditeur a suspendu la licence ou la fonctionnalité",
            "réglez ce que l'éditeur a nommé, puis installez l'ordre qui la rétablit",
        ),
        RefusalCode::DaemonTooOld => (
            "le document énonce des conditions que cette version du démon ne connaît pas",
            "mettez octroid à jour à la version nommée, puis réinstallez le document",
        ),
        RefusalCode::LedgerUnwritable => (
            "le registre ne peut pas être écrit, et ce qui n'est pas enregistré n'est pas accordé",
            "libérez de la place sur son disque, ou rendez /var/lib/octroi à l'utilisateur octroi ; octroi status nomme l'erreur",
        ),
        RefusalCode::TooManySessions => (
            "un utilisateur ou le démon a autant de sessions qu'il est permis",
            "fermez les programmes inutiles ; les limites sont dans octroid.toml",
        ),
        RefusalCode::CallerUnidentified => (
            "le noyau ne dit pas qui demande, et la fonctionnalité compte les utilisateurs",
            "lancez le programme sans espace de noms qui cache son utilisateur (PrivateUsers=no, ou associez-le)",
        ),
        RefusalCode::LicenceRevoked => (
            "l'éditeur a révoqué la licence",
            "demandez à l'éditeur la licence qui la remplace",
        ),
        RefusalCode::LicenceTerminated => (
            "l'éditeur a mis fin à la licence ou à la fonctionnalité",
            "adressez-vous à l'éditeur ; une nouvelle licence est nécessaire",
        ),
        RefusalCode::TooManySeats => (
            "la session tient ou attend autant de sièges qu'il est permis",
            "rendez des sièges avant d'en demander d'autres",
        ),
        RefusalCode::SeatNotHeld => (
            "le siège n'est pas tenu, ou a déjà été rendu",
            "octroi seats montre ce qui est tenu",
        ),
        RefusalCode::SessionNotOpen => (
            "rien n'a été ouvert sur cette connexion",
            "ouvrez d'abord une session ; c'est un défaut de l'application",
        ),
        RefusalCode::SessionUnknown => (
            "la session est finie, ou n'a jamais été celle de ce processus",
            "ouvrez une nouvelle session",
        ),
        RefusalCode::SessionSuperseded => (
            "une connexion plus récente sert cette session",
            "utilisez la connexion la plus récente ; c'est un défaut de l'application",
        ),
        RefusalCode::RequestNotUnderstood => (
            "le démon n'a pas compris la demande",
            "utilisez des versions d'octroi et d'octroid qui vont ensemble",
        ),
        RefusalCode::RequestOutOfOrder => (
            "le numéro de la demande a déjà servi, ou est trop en avance",
            "relancez l'application ; c'est un défaut de l'application",
        ),
        RefusalCode::HolderNotAllowed => (
            "le processus nommé comme détenteur n'est pas un processus vivant du même utilisateur",
            "lancez le programme comme l'utilisateur qui demande le siège",
        ),
        RefusalCode::VendorUnknown => (
            "aucun éditeur de cette racine n'est approuvé ici",
            "octroi vendor trust root.pub, avec la racine que l'application nomme",
        ),
        RefusalCode::ProtocolNotSupported => (
            "l'application et le démon n'ont aucune version de protocole en commun",
            "mettez à jour le plus ancien des deux",
        ),
        RefusalCode::QueueDeadlinePassed => (
            "aucun siège ne s'est libéré à temps",
            "attendez plus longtemps, voyez qui tient les sièges avec octroi seats, ou commandez-en",
        ),
        RefusalCode::QueueCancelled => (
            "l'application a quitté la file",
            "redemandez quand un siège est nécessaire",
        ),
        RefusalCode::HardwareKeySuspect => (
            "le compteur de la clé matérielle a reculé : elle a été copiée ou remise en arrière",
            "gardez la clé et prévenez l'éditeur ; une autre doit être enrôlée",
        ),
        RefusalCode::DocumentSequenceOld => (
            "un document plus récent de la même licence est déjà installé",
            "il n'y a rien à faire ; octroi status montre ce qui est en vigueur",
        ),
        RefusalCode::DocumentSequenceGap => (
            "des documents qui précèdent celui-ci manquent",
            "installez d'abord les documents manquants ; octroi status en donne les numéros",
        ),
        RefusalCode::DocumentNotForThisDaemon => (
            "le document est fait pour une autre machine, une autre licence ou un autre client",
            "faites une demande sur cette machine : octroi activate --request FICHIER --licence ID",
        ),
        RefusalCode::ShuttingDown => (
            "le démon s'arrête",
            "réessayez quand il aura redémarré : systemctl status octroid",
        ),
        RefusalCode::ReportOverdue => (
            "un rapport d'utilisation est en retard chez l'éditeur ; les places prises restent, aucune autre n'est accordée",
            "envoyez-le : octroi report send, ou par fichier : octroi report export FICHIER",
        ),
        RefusalCode::UserNotNamed => (
            "la licence compte des comptes déclarés ou des utilisateurs finaux, et l'application n'en nomme aucun",
            "faites nommer l'utilisateur par l'application, et inscrivez-la parmi celles qui le peuvent",
        ),
        RefusalCode::NoAssignmentLeft => (
            "chaque place est attribuée à un utilisateur nommé",
            "demandez à l'éditeur de réattribuer la place de quelqu'un qui n'en a plus besoin, ou d'autres places",
        ),
        RefusalCode::AssignmentsPerDayReached => (
            "autant de places que la licence permet ont été attribuées aujourd'hui à de nouveaux utilisateurs",
            "réessayez demain",
        ),
        RefusalCode::OverdraftEnded => (
            "toutes les places sont prises, et la licence n'en accorde plus au-delà de sa limite",
            "attendez qu'une place se libère, ou demandez-en d'autres à l'éditeur",
        ),
        RefusalCode::EntityNotListed => (
            "l'utilisateur n'appartient à aucune société que la licence énumère",
            "vérifiez quelle société l'administrateur a attribuée à l'utilisateur",
        ),
        RefusalCode::CategoryNotListed => (
            "l'utilisateur n'est d'aucune catégorie que la licence énumère",
            "vérifiez quelle catégorie l'administrateur a attribuée à l'utilisateur",
        ),
        RefusalCode::CategoryLimitReached => (
            "les utilisateurs de cette catégorie ont autant de places que la licence leur en donne",
            "attendez que l'un d'eux rende une place, ou demandez-en d'autres à l'éditeur",
        ),
        RefusalCode::UserBlocked => (
            "l'utilisateur est bloqué",
            "demandez pourquoi à l'administrateur, et qui peut lever le blocage",
        ),
        RefusalCode::CallerNotListed => (
            "ce programme ne peut pas nommer l'utilisateur pour qui il demande",
            "s'il le doit, inscrivez son utilisateur sous [[callers]] dans octroid.toml et redémarrez octroid",
        ),
        RefusalCode::AmountExhausted => (
            "il ne reste pas autant pour cette heure, ce jour ou ce mois",
            "attendez l'ouverture de la prochaine période, consommez moins à la fois, ou commandez davantage",
        ),
        RefusalCode::OutsideAllowedTimes => (
            "la licence n'autorise pas cette fonctionnalité à cette heure",
            "réessayez à l'ouverture ; les heures sont celles du fuseau du site",
        ),
        RefusalCode::MaintenanceEnded => (
            "cette version de l'application est parue après la fin de la maintenance",
            "continuez avec une version parue avant, ou renouvelez la maintenance",
        ),
        RefusalCode::ReleaseDateMissing => (
            "la maintenance a une fin, et l'application ne dit pas quand sa version est parue",
            "demandez à l'éditeur une version de l'application qui indique sa date de parution",
        ),
        RefusalCode::TerritoryNotLicensed => (
            "la licence ne couvre pas le pays de ce site, ou le site n'en a pas",
            "activez cette machine pour un site dont la licence couvre le pays, ou demandez à l'éditeur",
        ),
        RefusalCode::AutomationForbidden => (
            "la fonctionnalité est réservée aux personnes, et personne n'est devant l'application",
            "lancez l'application vous-même ; commandez une autre licence pour l'automatisation",
        ),
        RefusalCode::ContainerNotAllowed => (
            "l'application tourne dans un conteneur, ce que la licence interdit",
            "lancez-la hors de tout conteneur, ou demandez à l'éditeur",
        ),
        RefusalCode::UseNotOffered => (
            "la licence n'offre pas la fonctionnalité pour cet usage : emprunt de siège, consommation, prêt ou annonce",
            "comparez ce que l'application demande avec octroi status ; commandez cet usage s'il manque",
        ),
        RefusalCode::BorrowLimitReached => (
            "on ne peut en emprunter davantage, ni plus longtemps",
            "rendez un siège emprunté, ou utilisez-en un qui ne l'est pas",
        ),
        RefusalCode::ServerRegionNotAllowed => (
            "le serveur d'activation est hors des régions que la licence autorise, ou ne dit pas où il est",
            "demandez à l'éditeur une activation par un serveur qui s'y trouve",
        ),
        RefusalCode::LicenceTransferred => (
            "la licence a été transmise à un autre client ; cette machine n'en accorde plus rien",
            "retirez-la avec son certificat de fin d'usage : octroi remove LICENCE",
        ),
        RefusalCode::NonRenewalByLetter => (
            "le contrat veut que la non-reconduction soit notifiée par lettre à l'éditeur : elle ne peut être enregistrée ici",
            "envoyez la lettre avant l'échéance ; l'éditeur en enregistre la date",
        ),
        RefusalCode::NonRenewalTooLate => (
            "la dernière échéance pour notifier la non-reconduction est passée",
            "adressez-vous à l'éditeur",
        ),
        RefusalCode::NothingToRenew => (
            "la licence n'est pas reconduite d'elle-même : il n'y a rien à notifier",
            "il n'y a rien à faire : elle prend fin à son terme",
        ),
        RefusalCode::ConvenienceExcluded => (
            "la licence exclut la résiliation pour convenance ; l'ordre est sans effet",
            "demandez à l'éditeur un ordre qui énonce son motif",
        ),
        RefusalCode::UseEnded => (
            "la fin d'usage de cette licence a été déclarée sur cette machine",
            "pour l'utiliser de nouveau, demandez une nouvelle licence à l'éditeur",
        ),
        RefusalCode::EvaluationOver => (
            "la période d'évaluation est passée, ou a déjà servi",
            "la licence se poursuit ; pour y mettre fin, notifiez la non-reconduction",
        ),
        RefusalCode::NothingToAccept => (
            "aucun document ayant cette empreinte n'attend d'acceptation",
            "voyez ceux qui attendent : octroi licence show",
        ),
        RefusalCode::LicenceUnknown => (
            "aucune licence de ce nom n'est installée sur cette machine",
            "voyez lesquelles le sont : octroi licence list",
        ),
        RefusalCode::ChoiceNotOffered => (
            "la licence n'offre pas ce choix",
            "choisissez parmi ceux que la licence énonce",
        ),
        RefusalCode::InterventionNotOpen => (
            "aucune intervention de ce numéro n'est ouverte",
            "voyez lesquelles le sont : octroi intervention list",
        ),
        RefusalCode::TooManyInterventions => (
            "il n'est pas tenu plus d'interventions ouvertes à la fois",
            "clôturez celles qui sont finies : octroi intervention close NUMÉRO",
        ),
    };
    Explained { what, next }
}
