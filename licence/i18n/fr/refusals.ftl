### Pourquoi quelque chose a été refusé, et que faire (attribut `.next`). Un message porte le nom de son code,
### en minuscules ; pas de point final. Qui ajoute un code ajoute son message dans chaque langue.

## Un refus en une ligne

refusal-line = { $what } ({ $facts }) : { $next }
refusal-line-bare = { $what } : { $next }

## Ce qui fait obstacle

fact-code = { $name }, code { $number }
fact-feature = fonctionnalité { $value }
fact-licence = licence { $value }
fact-rule = règle { $value }
fact-clause = clause { $value }
fact-in-use = { $used } sur { $limit } en usage
fact-window = { $used } sur { $limit } consommés { $span ->
        [hour] cette heure
        [day] ce jour
       *[month] ce mois
    }
fact-waiting = { $count } en attente
fact-requested = { $count } demandés
fact-expected = attendu { $value }
fact-found = trouvé { $value }
fact-reason = l'éditeur dit : { $value }
fact-change = peut changer le { $value }

## Every code

refused = pour une raison que cette version ne connaît pas
    .next = installez la même version d'octroi que celle du démon : octroi --version, octroi status
seats-exhausted = tous les sièges sont en usage
    .next = voyez qui les tient avec octroi seats ; attendez dans la file, reprenez-en un avec octroi release, ou commandez-en
no-share-left = l'activation de cette machine ne lui donne aucune part de la fonctionnalité
    .next = demandez à l'éditeur d'activer cette machine avec une part ; d'autres machines tiennent peut-être tout
feature-not-licensed = aucune licence installée du produit ne nomme la fonctionnalité
    .next = comparez les noms de la fonctionnalité et du produit avec octroi status ; commandez le module s'il manque
licence-expired = la durée est échue
    .next = installez la licence ou le certificat renouvelé que l'éditeur a envoyé ; sinon demandez-le
licence-not-yet-valid = la durée n'a pas commencé
    .next = attendez le premier jour ; s'il est passé, corrigez l'horloge de cette machine
site-not-licensed = le site de cette machine n'est pas parmi ceux de la licence
    .next = donnez à `site` dans octroid.toml un site que la licence nomme, ou commandez ce site
host-not-licensed = ce n'est pas la machine qui a été activée
    .next = activez cette machine : octroi activate --request FICHIER --licence ID
host-identity-weak = trop peu d'identifiants de la machine peuvent être lus pour la reconnaître
    .next = octroi hostid montre lesquels ne peuvent pas être lus, et pourquoi
hardware-key-absent = la clé matérielle est absente depuis plus longtemps que la licence ne le permet
    .next = branchez la clé ; octroi status nomme celles qui conviennent
not-activated = la licence n'est pas activée sur cette machine
    .next = octroi activate --request FICHIER --licence ID, envoyez le fichier à l'éditeur, puis octroi activate --response RÉPONSE
version-not-covered = la licence ne couvre pas cette version de l'application
    .next = utilisez une version couverte, ou renouvelez la maintenance
suspended = l'éditeur a suspendu la licence ou la fonctionnalité
    .next = réglez ce que l'éditeur a nommé, puis installez l'ordre qui la rétablit
daemon-too-old = le document énonce des conditions que cette version du démon ne connaît pas
    .next = mettez octroid à jour à la version nommée, puis réinstallez le document
ledger-unwritable = le registre ne peut pas être écrit, et ce qui n'est pas enregistré n'est pas accordé
    .next = libérez de la place sur son disque, ou rendez /var/lib/octroi à l'utilisateur octroi ; octroi status nomme l'erreur
too-many-sessions = un utilisateur ou le démon a autant de sessions qu'il est permis
    .next = fermez les programmes inutiles ; les limites sont dans octroid.toml
caller-unidentified = le noyau ne dit pas qui demande, et la fonctionnalité compte les utilisateurs
    .next = lancez le programme sans espace de noms qui cache son utilisateur (PrivateUsers=no, ou associez-le)
licence-revoked = l'éditeur a révoqué la licence
    .next = demandez à l'éditeur la licence qui la remplace
licence-terminated = l'éditeur a mis fin à la licence ou à la fonctionnalité
    .next = adressez-vous à l'éditeur ; une nouvelle licence est nécessaire
too-many-seats = la session tient ou attend autant de sièges qu'il est permis
    .next = rendez des sièges avant d'en demander d'autres
seat-not-held = le siège n'est pas tenu, ou a déjà été rendu
    .next = octroi seats montre ce qui est tenu
session-not-open = rien n'a été ouvert sur cette connexion
    .next = ouvrez d'abord une session ; c'est un défaut de l'application
session-unknown = la session est finie, ou n'a jamais été celle de ce processus
    .next = ouvrez une nouvelle session
session-superseded = une connexion plus récente sert cette session
    .next = utilisez la connexion la plus récente ; c'est un défaut de l'application
request-not-understood = le démon n'a pas compris la demande
    .next = utilisez des versions d'octroi et d'octroid qui vont ensemble
request-out-of-order = le numéro de la demande a déjà servi, ou est trop en avance
    .next = relancez l'application ; c'est un défaut de l'application
holder-not-allowed = le processus nommé comme détenteur n'est pas un processus vivant du même utilisateur
    .next = lancez le programme comme l'utilisateur qui demande le siège
vendor-unknown = aucun éditeur de cette racine n'est approuvé ici
    .next = octroi vendor trust root.pub, avec la racine que l'application nomme
protocol-not-supported = l'application et le démon n'ont aucune version de protocole en commun
    .next = mettez à jour le plus ancien des deux
queue-deadline-passed = aucun siège ne s'est libéré à temps
    .next = attendez plus longtemps, voyez qui tient les sièges avec octroi seats, ou commandez-en
queue-cancelled = l'application a quitté la file
    .next = redemandez quand un siège est nécessaire
hardware-key-suspect = le compteur de la clé matérielle a reculé : elle a été copiée ou remise en arrière
    .next = gardez la clé et prévenez l'éditeur ; une autre doit être enrôlée
document-sequence-old = un document plus récent de la même licence est déjà installé
    .next = il n'y a rien à faire ; octroi status montre ce qui est en vigueur
document-sequence-gap = des documents qui précèdent celui-ci manquent
    .next = installez d'abord les documents manquants ; octroi status en donne les numéros
document-not-for-this-daemon = le document est fait pour une autre machine, une autre licence ou un autre client
    .next = faites une demande sur cette machine : octroi activate --request FICHIER --licence ID
shutting-down = le démon s'arrête
    .next = réessayez quand il aura redémarré : systemctl status octroid
report-overdue = un rapport d'utilisation est en retard chez l'éditeur ; les places prises restent, aucune autre n'est accordée
    .next = envoyez-le : octroi report send, ou par fichier : octroi report export FICHIER
user-not-named = la licence compte des comptes déclarés ou des utilisateurs finaux, et l'application n'en nomme aucun
    .next = faites nommer l'utilisateur par l'application, et inscrivez-la parmi celles qui le peuvent
no-assignment-left = chaque place est attribuée à un utilisateur nommé
    .next = demandez à l'éditeur de réattribuer la place de quelqu'un qui n'en a plus besoin, ou d'autres places
assignments-per-day-reached = autant de places que la licence permet ont été attribuées aujourd'hui à de nouveaux utilisateurs
    .next = réessayez demain
overdraft-ended = toutes les places sont prises, et la licence n'en accorde plus au-delà de sa limite
    .next = attendez qu'une place se libère, ou demandez-en d'autres à l'éditeur
entity-not-listed = l'utilisateur n'appartient à aucune société que la licence énumère
    .next = vérifiez quelle société l'administrateur a attribuée à l'utilisateur
category-not-listed = l'utilisateur n'est d'aucune catégorie que la licence énumère
    .next = vérifiez quelle catégorie l'administrateur a attribuée à l'utilisateur
category-limit-reached = les utilisateurs de cette catégorie ont autant de places que la licence leur en donne
    .next = attendez que l'un d'eux rende une place, ou demandez-en d'autres à l'éditeur
user-blocked = l'utilisateur est bloqué
    .next = demandez pourquoi à l'administrateur, et qui peut lever le blocage
caller-not-listed = ce programme ne peut pas nommer l'utilisateur pour qui il demande
    .next = s'il le doit, inscrivez son utilisateur sous [[callers]] dans octroid.toml et redémarrez octroid
amount-exhausted = il ne reste pas autant pour cette heure, ce jour ou ce mois
    .next = attendez l'ouverture de la prochaine période, consommez moins à la fois, ou commandez davantage
outside-allowed-times = la licence n'autorise pas cette fonctionnalité à cette heure
    .next = réessayez à l'ouverture ; les heures sont celles du fuseau du site
maintenance-ended = cette version de l'application est parue après la fin de la maintenance
    .next = continuez avec une version parue avant, ou renouvelez la maintenance
release-date-missing = la maintenance a une fin, et l'application ne dit pas quand sa version est parue
    .next = demandez à l'éditeur une version de l'application qui indique sa date de parution
territory-not-licensed = la licence ne couvre pas le pays de ce site, ou le site n'en a pas
    .next = activez cette machine pour un site dont la licence couvre le pays, ou demandez à l'éditeur
automation-forbidden = la fonctionnalité est réservée aux personnes, et personne n'est devant l'application
    .next = lancez l'application vous-même ; commandez une autre licence pour l'automatisation
container-not-allowed = l'application tourne dans un conteneur, ce que la licence interdit
    .next = lancez-la hors de tout conteneur, ou demandez à l'éditeur
use-not-offered = la licence n'offre pas la fonctionnalité pour cet usage : emprunt de siège, consommation, prêt ou annonce
    .next = comparez ce que l'application demande avec octroi status ; commandez cet usage s'il manque
borrow-limit-reached = on ne peut en emprunter davantage, ni plus longtemps
    .next = rendez un siège emprunté, ou utilisez-en un qui ne l'est pas
server-region-not-allowed = le serveur d'activation est hors des régions que la licence autorise, ou ne dit pas où il est
    .next = demandez à l'éditeur une activation par un serveur qui s'y trouve
licence-transferred = la licence a été transmise à un autre client ; cette machine n'en accorde plus rien
    .next = retirez-la avec son certificat de fin d'usage : octroi remove LICENCE
non-renewal-by-letter = le contrat veut que la non-reconduction soit notifiée par lettre à l'éditeur : elle ne peut être enregistrée ici
    .next = envoyez la lettre avant l'échéance ; l'éditeur en enregistre la date
non-renewal-too-late = la dernière échéance pour notifier la non-reconduction est passée
    .next = adressez-vous à l'éditeur
nothing-to-renew = la licence n'est pas reconduite d'elle-même : il n'y a rien à notifier
    .next = il n'y a rien à faire : elle prend fin à son terme
convenience-excluded = la licence exclut la résiliation pour convenance ; l'ordre est sans effet
    .next = demandez à l'éditeur un ordre qui énonce son motif
use-ended = la fin d'usage de cette licence a été déclarée sur cette machine
    .next = pour l'utiliser de nouveau, demandez une nouvelle licence à l'éditeur
evaluation-over = la période d'évaluation est passée, ou a déjà servi
    .next = la licence se poursuit ; pour y mettre fin, notifiez la non-reconduction
nothing-to-accept = aucun document ayant cette empreinte n'attend d'acceptation
    .next = voyez ceux qui attendent : octroi licence show
licence-unknown = aucune licence de ce nom n'est installée sur cette machine
    .next = voyez lesquelles le sont : octroi licence show
choice-not-offered = la licence n'offre pas ce choix
    .next = choisissez parmi ceux que la licence énonce
certificate-not-in-force = le certificat d'activation n'est pas valable à l'horloge de cette machine, et en remplacerait un qui l'est
    .next = le certificat présent reste ; comparez l'horloge de l'éditeur et celle de cette machine : octroi doctor
intervention-not-open = aucune intervention de ce numéro n'est ouverte
    .next = voyez lesquelles le sont : octroi intervention list
too-many-interventions = il n'est pas tenu plus d'interventions ouvertes à la fois
    .next = clôturez celles qui sont finies : octroi intervention close NUMÉRO
