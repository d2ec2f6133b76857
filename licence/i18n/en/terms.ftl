### The terms of a licence as sentences. Each message is one whole sentence about one term.

## Dates, spans, times

date = { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }
moment = { $date }, { $time }
end-of-day = the end of { $date }
no-date = a date outside the calendar
span-days = { $n ->
        [one] 1 day
       *[other] { $n } days
    }
span-hours = { $n ->
        [one] 1 hour
       *[other] { $n } hours
    }
span-minutes = { $n ->
        [one] 1 minute
       *[other] { $n } minutes
    }
span-seconds = { $n ->
        [one] 1 second
       *[other] { $n } seconds
    }
weekday = { $n ->
        [1] Mon
        [2] Tue
        [3] Wed
        [4] Thu
        [5] Fri
        [6] Sat
       *[7] Sun
    }
weekly = { $days } { $from }–{ $until }
window = { $amount } { $unit ->
        [hour] an hour
        [day] a day
       *[month] a month
    }
delay = { $unit ->
        [support-hours] { $n ->
            [one] 1 support hour
           *[other] { $n } support hours
        }
        [business-days] { $n ->
            [one] 1 business day
           *[other] { $n } business days
        }
        [working-days] { $n ->
            [one] 1 working day
           *[other] { $n } working days
        }
        [calendar-days] { $n ->
            [one] 1 day
           *[other] { $n } days
        }
       *[hours] { $n ->
            [one] 1 hour
           *[other] { $n } hours
        }
    }
or = or
choice-destroyed = destroys software and copies
choice-returned = returns software and copies with a written guarantee
choice-backup = takes a copy of the last back-up and destroys the rest

## The licence

client = Licence { $licence }, serial { $serial }, lets { $name } ({ $client }) use { $product }.
order = It carries out order { $number }.
terms-accepted = The general terms were accepted on { $date }.
terms-not-accepted = The acceptance of the general terms is not recorded yet: no activation is answered before.
terms-digest = The text that was agreed on is the one with the SHA-256 { $digest }.
terms-reference = The acceptance is filed as { $reference }.
site-any = It may be used on any site.
site = It may be used on the site { $site }.
site-name = The site { $site } is: { $name }.
site-country = The site { $site } lies in { $country }.
site-hosts = At most { $hosts ->
        [one] 1 host
       *[other] { $hosts } hosts
    } may be activated on the site { $site }.
site-zone = Times on the site { $site } are those of { $zone }.
zone = Times are those of { $zone }.
term-from = It may be used from { $date } on.
term-from-issue = It may be used from its issue on.
term-until = Its term runs until { $date }.
term-perpetual = It has no end.
renewal-none = The term is not renewed.
renewal-express = The term goes on only if a new order says so.
renewal-tacit = The term goes on by itself until { $date }, unless notice of non-renewal is recorded before { $notice }; later periods follow in the same way ({ $periods } are stated).
renewal-form = The client gives notice of non-renewal { $form ->
        [letter] by letter only: the vendor records it
        [local] with its own tool
       *[any] by letter or with its own tool
    }.
renewal-basis = The length of the notice rests on { $basis ->
        [total] the whole duration of the contract
       *[period] the current period
    }.
renewal-address = A letter goes to: { $address }.
activation = It is activated with the code that came with it.
binding-none = It is bound to no hardware key and to no host.
binding-keys = { $rule ->
        [all] All of { $count } hardware keys must be there
       *[any] { $count ->
            [one] The hardware key must be there
           *[other] One of { $count } hardware keys must be there
        }
    }: { $serials }.
binding-emulator = A software emulator may stand for a hardware key: for tests only.
binding-revoked = { $count ->
        [one] A hardware key was lost and counts no longer, whichever licence names it
       *[other] { $count } hardware keys were lost and count no longer, whichever licence names them
    }: { $serials }.
binding-proof = The presence of the hardware key is proven every { $span }.
binding-absence = The hardware key may be away for { $budget } in any { $window }.
binding-absence-none = No absence of the hardware key is tolerated.
binding-host = At least { $count ->
        [one] 1 component
       *[other] { $count } components
    } of the activated host must still be the same.
server-none = It is activated by file.
server = It is activated by the vendor's server at { $address }.
server-pins = The server is recognised by { $count ->
        [one] a key
       *[other] one of { $count } keys
    } that the licence names.
server-web-pki = Certificates of public authorities are accepted of the server.
server-region = The server stands in { $region }.
server-regions = A server may stand in { $regions } only.
resume-window = A seat waits { $span } for an application whose connection was lost.
minimum-hold = A seat that is taken back stays with its holder for { $span } at least.
reporting-none = No reports of use are due.
reporting = A report of anonymous counts is due every { $days ->
        [one] day
       *[other] { $days } days
    }.
reporting-warn = { $days ->
        [0] When it is due
        [one] 1 day after
       *[other] { $days } days after
    }, without the vendor's receipt, the administrator is warned.
reporting-degrade = { $days ->
        [one] 1 day after
       *[other] { $days } days after
    } the due day nothing more is granted; seats that are held stay.
reporting-stop = { $days ->
        [one] 1 day after
       *[other] { $days } days after
    } the due day all use stops.
reporting-approval = No report leaves before an administrator has approved it.
reporting-billed = These counts are reported exactly, since they are billed: { $features }.
escrow = Should the vendor be gone, the escrow agent can lift its duties towards the vendor.
entities = It may be used by these companies: { $list }.
categories = It may be used by these kinds of persons, each counted apart: { $list }.
containers = Processes in containers { $kind ->
        [refuse] are refused
        [each] count as users of their own
       *[host] count as the user who owns the container
    }.
territory-allowed = It may be used in { $countries } only.
territory-denied = It may not be used in { $countries }.
export = After the end, data can be exported for { $days ->
        [one] 1 day
       *[other] { $days } days
    } with { $features }.
end-notice = Before the end, whoever holds a seat is told { $span } ahead.
evaluation = Until { $date } the client may end the licence at will; without reserves it goes on.
reserves = Reserves can be recorded until { $date }.
guarantee = The guarantee lasts until { $date }.
end-of-use = After the end the client { $choices }, { $days ->
        [0] at once
        [one] within 1 day
       *[other] within { $days } days
    }.
end-of-use-silence = Without a choice by then it counts as chosen that the client { $choice }.
on-tamper = An attempt to change documents, clock or ledger is recorded and reported{ $then ->
        [suspend] , and the licence is suspended until the vendor resumes it
       *[report] {""}
    }.
on-fork = A copy of the daemon's state that runs beside the original is recorded and reported{ $then ->
        [suspend] , and the licence is suspended until the vendor resumes it
       *[report] {""}
    }.
countersign = An amendment waits until the client's administrator has accepted it.
precedence = Where texts differ, { $kind ->
        [general] the general terms prevail
        [data] the clauses on data protection prevail, then the order
       *[order] the order prevails
    }.
retention-ledger = The ledger is kept for { $days } days at least.
retention-identities = Names beside the ledger are kept for { $days } days at least.
support-level = Support of level { $level } is open { $hours }.
support-level-always = Support of level { $level } is always open.
support-holidays = On holidays these hours { $rule ->
        [open] hold as on other days
        [also] hold too, whatever the weekday
       *[closed] do not hold
    }.
support-holiday-list = { $count ->
        [one] 1 holiday is stated
       *[other] { $count } holidays are stated
    }.
support-only = Of level { $level }, these hours are for { $severities } only.
support-administrators = Only administrators may ask level { $level }.
support-severity = Severity { $name } is answered within { $respond } and repaired within { $restore }.
support-unbounded = no stated time
support-zone = Support hours are those of { $zone }.
support-contact = Support is reached at { $contact }.
rehosts = { $count ->
        [0] No new activation
        [one] 1 new activation
       *[other] { $count } new activations
    } a year after a hardware failure { $count ->
        [one] is
       *[other] are
    } included; further ones are { $over ->
        [bill] billed
       *[refuse] refused
    }.
maintenance = Versions released until { $date } are covered.
backup-copies = { $count ->
        [0] No back-up copy of the software is allowed
        [one] 1 back-up copy of the software is allowed
       *[other] { $count } back-up copies of the software are allowed
    }.
vendor-access = The vendor's staff { $kind ->
        [on-request] may reach the machine on the client's explicit request only
        [informed] may reach the machine remotely, the client being told
        [reasonable] may reach the machine as far as it is reasonable
        [remote-or-bundle] may reach the machine remotely, or else the client sends a bundle
       *[none] may not reach the machine
    }.
maintenance-notice = Planned interventions are announced { $hours } hours ahead.
convenience = The vendor may not end the licence for convenience.

## A feature

count-concurrent = { $feature }: at most { $count ->
        [one] 1 seat
       *[other] { $count } seats
    } at one time; { $grouping ->
        [checkout] every check-out takes one
        [user] all check-outs of one user take one
        [user-host] all check-outs of one user on one host take one
        [host] all check-outs on one host take one
       *[process] all check-outs of one process take one
    }.
count-host = { $feature }: at most { $count ->
        [one] 1 host has it
       *[other] { $count } hosts have it
    }, running or not.
count-named = { $feature }: { $count ->
        [one] 1 user has a seat
       *[other] { $count } users have a seat
    }, on however many machines; it stays theirs until the vendor frees it.
count-metered = { $feature }: what is counted is { $counted }.
count-parts = { $feature }: its amounts may be split between { $count ->
        [one] 1 daemon
       *[other] { $count } daemons
    } at most.
assignments = { $feature }: at most { $count ->
        [one] 1 user is
       *[other] { $count } users are
    } given a seat a day.
meter-windows = { $feature }: at most { $windows }, all at once.
meter-unlimited = { $feature }: counted without a limit.
approval = { $feature }: an amount is reserved until it is approved, within { $span }.
announce = { $feature }: one operation above { $amount } is announced before.
soft-thresholds = { $feature }: it is shown when { $windows } are passed.
soft-percents = { $feature }: it is shown when { $percents } % of the limit are passed.
versions-between = { $feature }: versions { $minimum } to { $maximum }.
versions-from = { $feature }: versions from { $minimum } on.
versions-to = { $feature }: versions up to { $maximum }.
linger = { $feature }: a released seat stays with its last holder for { $span }.
feature-from = { $feature }: from { $date } on.
feature-until = { $feature }: until { $date }.
feature-maintenance = { $feature }: versions released until { $date } are covered.
allowed-times = { $feature }: allowed { $times } only.
overdraft-deny = { $feature }: over the limit it is refused.
overdraft-percent = { $feature }: { $percent } % more are granted for { $days ->
        [one] 1 day
       *[other] { $days } days
    } from the first use over the limit.
overdraft-billed = { $feature }: over the limit it is granted, marked, reported and billed each month by the { $unit ->
        [users] users in excess
        [seat-hours] seat hours in excess
       *[amount] amount in excess
    }.
overdraft-notice = { $feature }: over the limit it is granted, marked and reported, until the vendor's signed notice says from when not.
queue = { $feature }: an application may wait for a seat for { $span } at most.
automation = { $feature }: check-outs that nobody attends are refused.
borrow = { $feature }: a seat may be taken away for { $longest }, in leases of { $lease }.
borrow-units = { $feature }: at most { $count ->
        [one] 1 seat
       *[other] { $count } seats
    } may be away at one time.
identity = { $feature }: users are { $kind ->
        [declared] the accounts that a listed program declares
        [end-user] the end users whom a listed program names, else those of the operating system
        [end-user-required] the end users whom a listed program names; without one it is refused
       *[os] those of the operating system
    }.
proof = { $feature }: each check-out is proven by the hardware key, and the application checks that proof itself.
category-limit = { $feature }: at most { $count } of them for { $category }.
