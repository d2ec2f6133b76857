### Les termes d'une licence en phrases. Chaque message est une phrase entière sur un seul terme.

## Dates, durées, horaires

date = { $day ->
        [1] 1er
       *[other] { $day }
    } { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[12] décembre
    } { $year }
moment = { $date } à { $time }
end-of-day = { $date } inclus
no-date = une date hors du calendrier
span-days = { $n ->
        [one] { $n } jour
       *[other] { $n } jours
    }
span-hours = { $n ->
        [one] { $n } heure
       *[other] { $n } heures
    }
span-minutes = { $n ->
        [one] { $n } minute
       *[other] { $n } minutes
    }
span-seconds = { $n ->
        [one] { $n } seconde
       *[other] { $n } secondes
    }
weekday = { $n ->
        [1] lun.
        [2] mar.
        [3] mer.
        [4] jeu.
        [5] ven.
        [6] sam.
       *[7] dim.
    }
weekly = { $days } de { $from } à { $until }
window = { $amount } par { $unit ->
        [hour] heure
        [day] jour
       *[month] mois
    }
delay = { $unit ->
        [support-hours] { $n ->
            [one] { $n } heure d'assistance
           *[other] { $n } heures d'assistance
        }
        [business-days] { $n ->
            [one] { $n } jour ouvré
           *[other] { $n } jours ouvrés
        }
        [working-days] { $n ->
            [one] { $n } jour ouvrable
           *[other] { $n } jours ouvrables
        }
        [calendar-days] { $n ->
            [one] { $n } jour
           *[other] { $n } jours
        }
       *[hours] { $n ->
            [one] { $n } heure
           *[other] { $n } heures
        }
    }
or = ou
choice-destroyed = détruit le logiciel et ses copies
choice-returned = restitue le logiciel et ses copies avec une garantie écrite
choice-backup = prend une copie de la dernière sauvegarde et détruit le reste

## La licence

client = La licence { $licence }, version { $serial }, permet à { $name } ({ $client }) d'utiliser { $product }.
order = Elle exécute la commande { $number }.
terms-accepted = Les conditions générales ont été acceptées le { $date }.
terms-not-accepted = L'acceptation des conditions générales n'est pas encore enregistrée : aucune activation n'aboutit avant.
terms-digest = Le texte convenu est celui dont l'empreinte SHA-256 est { $digest }.
terms-reference = L'acceptation est classée sous { $reference }.
site-any = Elle peut être utilisée sur tout site.
site = Elle peut être utilisée sur le site { $site }.
site-name = Le site { $site } désigne : { $name }.
site-country = Le site { $site } se trouve dans le pays { $country }.
site-hosts = Au plus { $hosts ->
        [one] { $hosts } machine peut être activée
       *[other] { $hosts } machines peuvent être activées
    } sur le site { $site }.
site-zone = Les heures du site { $site } sont celles de { $zone }.
zone = Les heures sont celles de { $zone }.
term-from = Elle peut être utilisée à partir du { $date }.
term-from-issue = Elle peut être utilisée dès son émission.
term-until = Elle court jusqu'au { $date }.
term-perpetual = Elle n'a pas de fin.
renewal-none = La durée n'est pas renouvelée.
renewal-express = La durée ne se prolonge que si une nouvelle commande le dit.
renewal-tacit = La durée se prolonge d'elle-même jusqu'au { $date }, sauf si un refus est enregistré avant le { $notice } ; les périodes suivantes de même ({ $periods } sont indiquées).
renewal-form = Le client refuse le renouvellement { $form ->
        [letter] par lettre seulement : l'éditeur l'enregistre
        [local] avec son propre outil
       *[any] par lettre ou avec son propre outil
    }.
renewal-basis = La durée du préavis dépend { $basis ->
        [total] de la durée totale du contrat
       *[period] de la période en cours
    }.
renewal-address = La lettre s'adresse à : { $address }.
activation = Elle s'active avec le code qui l'accompagne.
binding-none = Elle n'est liée ni à une clé matérielle ni à une machine.
binding-keys = { $rule ->
        [all] Les { $count } clés matérielles doivent toutes être présentes
       *[any] { $count ->
            [one] La clé matérielle doit être présente
           *[other] L'une des { $count } clés matérielles doit être présente
        }
    } : { $serials }.
binding-emulator = Un émulateur logiciel peut tenir lieu de clé matérielle : pour les essais seulement.
binding-revoked = { $count ->
        [one] Une clé matérielle a été perdue et ne compte plus, quelle que soit la licence qui la nomme
       *[other] { $count } clés matérielles ont été perdues et ne comptent plus, quelle que soit la licence qui les nomme
    } : { $serials }.
binding-proof = La présence de la clé matérielle est prouvée chaque { $span }.
binding-absence = La clé matérielle peut manquer { $budget } sur toute durée de { $window }.
binding-absence-none = Aucune absence de la clé matérielle n'est tolérée.
binding-host = Au moins { $count ->
        [one] { $count } composant
       *[other] { $count } composants
    } de la machine activée doivent être restés les mêmes.
server-none = Elle s'active par fichier.
server = Elle est activée par le serveur de l'éditeur à l'adresse { $address }.
server-pins = Le serveur est reconnu à { $count ->
        [one] une clé
       *[other] l'une de { $count } clés
    } que la licence nomme.
server-web-pki = Les certificats d'autorités publiques sont acceptés de la part du serveur.
server-region = Le serveur se trouve dans la région { $region }.
server-regions = Un serveur ne peut se trouver que dans : { $regions }.
resume-window = Un siège attend { $span } une application dont la connexion est perdue.
minimum-hold = Un siège repris reste à son détenteur au moins { $span }.
reporting-none = Aucun rapport d'utilisation n'est dû.
reporting = Un rapport de nombres anonymes est dû { $days ->
        [one] chaque jour
       *[other] tous les { $days } jours
    }.
reporting-warn = { $days ->
        [0] À l'échéance
        [one] { $days } jour après
       *[other] { $days } jours après
    }, sans reçu de l'éditeur, l'administrateur est averti.
reporting-degrade = { $days ->
        [one] { $days } jour après
       *[other] { $days } jours après
    } l'échéance, plus rien n'est accordé ; les sièges tenus le restent.
reporting-stop = { $days ->
        [one] { $days } jour après
       *[other] { $days } jours après
    } l'échéance, tout usage s'arrête.
reporting-approval = Aucun rapport ne part avant qu'un administrateur l'ait approuvé.
reporting-billed = Ces nombres sont rapportés exactement, car ils sont facturés : { $features }.
escrow = Si l'éditeur disparaît, le tiers séquestre peut lever les obligations envers lui.
entities = Elle peut être utilisée par ces sociétés : { $list }.
categories = Elle peut être utilisée par ces catégories de personnes, comptées chacune à part : { $list }.
containers = Les processus dans des conteneurs { $kind ->
        [refuse] sont refusés
        [each] comptent comme des utilisateurs à part entière
       *[host] comptent comme l'utilisateur à qui le conteneur appartient
    }.
territory-allowed = Elle ne peut être utilisée que dans : { $countries }.
territory-denied = Elle ne peut pas être utilisée dans : { $countries }.
export = Après la fin, les données peuvent être exportées pendant { $days ->
        [one] { $days } jour
       *[other] { $days } jours
    } avec { $features }.
end-notice = Avant la fin, qui tient un siège en est prévenu { $span } à l'avance.
evaluation = Jusqu'au { $date } le client peut mettre fin à la licence à son gré ; sans réserve, elle continue.
reserves = Des réserves peuvent être enregistrées jusqu'au { $date }.
guarantee = La garantie dure jusqu'au { $date }.
end-of-use = Après la fin, le client { $choices }, { $days ->
        [0] aussitôt
        [one] dans un délai de { $days } jour
       *[other] dans un délai de { $days } jours
    }.
end-of-use-silence = Sans choix d'ici là, il est réputé choisi que le client { $choice }.
on-tamper = Toute tentative d'altérer documents, horloge ou registre est enregistrée et rapportée{ $then ->
        [suspend] , et la licence est suspendue jusqu'à ce que l'éditeur la rétablisse
       *[report] {""}
    }.
on-fork = Une copie de l'état du service qui tourne à côté de l'original est enregistrée et rapportée{ $then ->
        [suspend] , et la licence est suspendue jusqu'à ce que l'éditeur la rétablisse
       *[report] {""}
    }.
countersign = Un avenant attend que l'administrateur du client l'ait accepté.
precedence = Quand les textes diffèrent, { $kind ->
        [general] les conditions générales l'emportent
        [data] les clauses de protection des données l'emportent, puis la commande
       *[order] la commande l'emporte
    }.
retention-ledger = Le registre est conservé au moins { $days } jours.
retention-identities = Les noms à côté du registre sont conservés au moins { $days } jours.
support-level = L'assistance de niveau { $level } est ouverte { $hours }.
support-level-always = L'assistance de niveau { $level } est toujours ouverte.
support-holidays = Les jours fériés, ces heures { $rule ->
        [open] valent comme les autres jours
        [also] valent aussi, quel que soit le jour de la semaine
       *[closed] ne valent pas
    }.
support-holiday-list = { $count ->
        [one] { $count } jour férié est indiqué
       *[other] { $count } jours fériés sont indiqués
    }.
support-only = Au niveau { $level }, ces heures ne valent que pour : { $severities }.
support-administrators = Seuls les administrateurs peuvent solliciter le niveau { $level }.
support-severity = Une anomalie { $name } reçoit une réponse sous { $respond } et est corrigée sous { $restore }.
support-unbounded = un délai non fixé
support-zone = Les heures d'assistance sont celles de { $zone }.
support-contact = L'assistance se joint à { $contact }.
rehosts = { $count ->
        [0] Aucune nouvelle activation
        [one] { $count } nouvelle activation
       *[other] { $count } nouvelles activations
    } par an après une panne matérielle { $count ->
        [0] n'est comprise
        [one] est comprise
       *[other] sont comprises
    } ; au-delà, elles sont { $over ->
        [bill] facturées
       *[refuse] refusées
    }.
maintenance = Les versions publiées jusqu'au { $date } sont couvertes.
backup-copies = { $count ->
        [0] Aucune copie de sauvegarde du logiciel n'est permise
        [one] { $count } copie de sauvegarde du logiciel est permise
       *[other] { $count } copies de sauvegarde du logiciel sont permises
    }.
vendor-access = Le personnel de l'éditeur { $kind ->
        [on-request] n'accède à la machine qu'à la demande expresse du client
        [informed] peut accéder à la machine à distance, le client en étant informé
        [reasonable] peut accéder à la machine dans la mesure du raisonnable
        [remote-or-bundle] peut accéder à la machine à distance ; sinon le client envoie un dossier
       *[none] n'accède pas à la machine
    }.
maintenance-notice = Les interventions prévues sont annoncées { $hours } heures à l'avance.
convenience = L'éditeur ne peut pas mettre fin à la licence par convenance.

## Une fonction

count-concurrent = { $feature } : au plus { $count ->
        [one] { $count } siège
       *[other] { $count } sièges
    } à la fois ; { $grouping ->
        [checkout] chaque prise en occupe un
        [user] toutes les prises d'un utilisateur en occupent un
        [user-host] toutes les prises d'un utilisateur sur une machine en occupent un
        [host] toutes les prises sur une machine en occupent un
       *[process] toutes les prises d'un processus en occupent un
    }.
count-host = { $feature } : au plus { $count ->
        [one] { $count } machine l'a
       *[other] { $count } machines l'ont
    }, en marche ou non.
count-named = { $feature } : { $count ->
        [one] { $count } utilisateur a un siège
       *[other] { $count } utilisateurs ont un siège
    }, sur autant de machines que ce soit ; il reste le leur jusqu'à ce que l'éditeur le libère.
count-metered = { $feature } : ce qui est compté : { $counted }.
count-parts = { $feature } : ses quantités se partagent entre { $count ->
        [one] { $count } service
       *[other] { $count } services
    } au plus.
assignments = { $feature } : au plus { $count ->
        [one] { $count } utilisateur reçoit
       *[other] { $count } utilisateurs reçoivent
    } un siège par jour.
meter-windows = { $feature } : au plus { $windows }, tout à la fois.
meter-unlimited = { $feature } : compté sans limite.
approval = { $feature } : une quantité est réservée jusqu'à son approbation, sous { $span }.
announce = { $feature } : une opération au-dessus de { $amount } est annoncée auparavant.
soft-thresholds = { $feature } : le dépassement de { $windows } est montré.
soft-percents = { $feature } : le dépassement de { $percents } % de la limite est montré.
versions-between = { $feature } : versions { $minimum } à { $maximum }.
versions-from = { $feature } : versions à partir de { $minimum }.
versions-to = { $feature } : versions jusqu'à { $maximum }.
linger = { $feature } : un siège rendu reste { $span } à son dernier détenteur.
feature-from = { $feature } : à partir du { $date }.
feature-until = { $feature } : jusqu'au { $date }.
feature-maintenance = { $feature } : les versions publiées jusqu'au { $date } sont couvertes.
allowed-times = { $feature } : permis seulement { $times }.
overdraft-deny = { $feature } : au-delà de la limite, refusé.
overdraft-percent = { $feature } : { $percent } % de plus sont accordés pendant { $days ->
        [one] { $days } jour
       *[other] { $days } jours
    } à partir du premier dépassement.
overdraft-billed = { $feature } : au-delà de la limite, accordé, marqué, rapporté et facturé chaque mois selon { $unit ->
        [users] les utilisateurs en excédent
        [seat-hours] les heures de siège en excédent
       *[amount] la quantité en excédent
    }.
overdraft-notice = { $feature } : au-delà de la limite, accordé, marqué et rapporté, jusqu'à ce qu'un avis signé de l'éditeur y mette fin.
queue = { $feature } : une application peut attendre un siège { $span } au plus.
automation = { $feature } : les prises que personne ne surveille sont refusées.
borrow = { $feature } : un siège peut être emporté pour { $longest }, par baux de { $lease }.
borrow-units = { $feature } : au plus { $count ->
        [one] { $count } siège peut
       *[other] { $count } sièges peuvent
    } être emportés à la fois.
identity = { $feature } : les utilisateurs sont { $kind ->
        [declared] les comptes qu'un programme inscrit déclare
        [end-user] les utilisateurs finaux qu'un programme inscrit nomme, sinon ceux du système
        [end-user-required] les utilisateurs finaux qu'un programme inscrit nomme ; sans nom, refusé
       *[os] ceux du système d'exploitation
    }.
proof = { $feature } : chaque prise est prouvée par la clé matérielle, et l'application vérifie elle-même cette preuve.
category-limit = { $feature } : au plus { $count } pour { $category }.
