### Why something was refused, and what to do next (attribute `.next`). A message is named as its code, in
### lower case; no full stop at the end. Whoever adds a code adds its message in every language.

## One refusal as one line

refusal-line = { $what } ({ $facts }): { $next }
refusal-line-bare = { $what }: { $next }

## What stands in the way

fact-code = { $name }, code { $number }
fact-feature = feature { $value }
fact-licence = licence { $value }
fact-rule = rule { $value }
fact-clause = clause { $value }
fact-in-use = { $used } of { $limit } in use
fact-window = { $used } of { $limit } used in this { $span ->
        [hour] hour
        [day] day
       *[month] month
    }
fact-waiting = { $count } waiting
fact-requested = { $count } asked for
fact-expected = wanted { $value }
fact-found = found { $value }
fact-reason = the vendor says: { $value }
fact-change = may change at { $value }

## Every code

refused = for a reason that this version does not know
    .next = install the same version of octroi as of the daemon: octroi --version, octroi status
seats-exhausted = every seat is in use
    .next = see who holds them with octroi seats; wait in the queue, take one back with octroi release, or order more
no-share-left = this machine's activation gives it no share of the feature
    .next = ask the vendor to activate this machine with a share; other machines may hold all of it
feature-not-licensed = no installed licence of the product names the feature
    .next = compare the feature's and the product's name with octroi status; order the module if it is missing
licence-expired = the term is over
    .next = install the renewed licence or certificate that the vendor sent; ask for it if there is none
licence-not-yet-valid = the term has not begun
    .next = wait for its first day; if that day is past, correct this machine's clock
site-not-licensed = this machine's site is not among the licence's
    .next = set `site` in octroid.toml to a site that the licence names, or order this site
host-not-licensed = this is not the machine that was activated
    .next = activate this machine: octroi activate --request FILE --licence ID
host-identity-weak = too few of the machine's identifiers can be read to recognise it
    .next = octroi hostid shows which cannot be read and why
hardware-key-absent = the hardware key is away for longer than the licence allows
    .next = plug the key in; octroi status names the keys that fit
not-activated = the licence is not activated on this machine
    .next = octroi activate --request FILE --licence ID, send the file to the vendor, then octroi activate --response ANSWER
version-not-covered = the licence does not cover this version of the application
    .next = use a version that is covered, or renew the maintenance
suspended = the vendor has suspended the licence or the feature
    .next = settle what the vendor named, then install the order that resumes it
daemon-too-old = the document states terms that this version of the daemon does not know
    .next = update octroid to the version named, then install the document again
ledger-unwritable = the ledger cannot be written, and what is not recorded is not granted
    .next = free space on its disk, or give /var/lib/octroi back to user octroi; octroi status names the error
too-many-sessions = as many sessions are open as one user or the daemon may have
    .next = end programs that are no longer needed; limits stand in octroid.toml
caller-unidentified = the kernel does not say who asks, and the feature is counted by user
    .next = run the program without a user namespace that hides its user (PrivateUsers=no, or map the user)
licence-revoked = the vendor has revoked the licence
    .next = ask the vendor for the licence that replaces it
licence-terminated = the vendor has ended the licence or the feature
    .next = ask the vendor; a new licence is needed
too-many-seats = the session holds or waits for as many seats as it may
    .next = give seats back before asking for more
seat-not-held = the seat is not held, or was released before
    .next = octroi seats shows what is held
session-not-open = nothing was opened on this connection
    .next = open a session first; this is a fault of the application
session-unknown = the session has ended, or never was this process's
    .next = open a new session
session-superseded = a newer connection serves this session
    .next = use the newer connection; this is a fault of the application
request-not-understood = the daemon did not understand the request
    .next = use versions of octroi and octroid that belong together
request-out-of-order = the request's number was already used, or lies too far ahead
    .next = start the application again; this is a fault of the application
holder-not-allowed = the process named as holder is not a living process of the same user
    .next = start the program as the user who asks for the seat
vendor-unknown = no vendor with this root is trusted here
    .next = octroi vendor trust root.pub, with the root that the application names
protocol-not-supported = application and daemon have no protocol version in common
    .next = update the older of the two
queue-deadline-passed = no seat came free in time
    .next = wait longer, see who holds the seats with octroi seats, or order more
queue-cancelled = the application gave its place in the queue up
    .next = ask again when a seat is needed
hardware-key-suspect = the hardware key's counter fell behind: it was copied or set back
    .next = keep the key and tell the vendor; a replacement must be enrolled
document-sequence-old = a newer document of the same licence is already installed
    .next = nothing needs to be done; octroi status shows what is in force
document-sequence-gap = documents before this one are missing
    .next = install the missing documents first; octroi status names their numbers
document-not-for-this-daemon = the document was made for another machine, licence or client
    .next = make a request on this machine: octroi activate --request FILE --licence ID
shutting-down = the daemon is stopping
    .next = try again when it has started: systemctl status octroid
report-overdue = a usage report to the vendor is overdue; seats that are held stay, no others are granted
    .next = send it: octroi report send, or by file: octroi report export FILE
user-not-named = the licence counts declared accounts or end users, and the application named none
    .next = let the application name the user, and list it as a caller that may
no-assignment-left = every seat is assigned to a named user
    .next = ask the vendor to reassign the seat of somebody who no longer needs it, or for more seats
assignments-per-day-reached = as many seats were assigned to new users today as the licence allows
    .next = try again tomorrow
overdraft-ended = every seat is in use, and the licence grants none over its limit any more
    .next = wait until a seat comes free, or ask the vendor for more
entity-not-listed = the user belongs to no company that the licence lists
    .next = check which company the administrator assigned to the user
category-not-listed = the user is of no kind that the licence lists
    .next = check which kind the administrator assigned to the user
category-limit-reached = users of this kind have as many seats as the licence gives them
    .next = wait until one of them gives a seat back, or ask the vendor for more
user-blocked = the user is blocked
    .next = ask the administrator why, and who can lift it
caller-not-listed = this program may not name the user that it asks for
    .next = if it should, list its user under [[callers]] in octroid.toml and restart octroid
amount-exhausted = this hour, day or month has not so much left
    .next = wait until the window opens again, consume less at a time, or order more
outside-allowed-times = the licence does not allow this feature at this time of day
    .next = try again when it opens; the times are meant in the site's time zone
maintenance-ended = this version of the application was released after maintenance ended
    .next = go on with a version released before, or renew maintenance
release-date-missing = maintenance ends, and the application does not state when its version was released
    .next = ask the vendor for a version of the application that states its release date
territory-not-licensed = the licence does not cover this site's country, or the site has none
    .next = activate this machine for a site with a country that the licence covers, or ask the vendor
automation-forbidden = the feature is for people, and nobody sits before the application
    .next = start the application yourself; order another licence for automation
container-not-allowed = the application runs in a container, which the licence forbids
    .next = start it outside of containers, or ask the vendor
use-not-offered = the licence does not offer the feature for such use: check-out, consumption, borrowing or announcement
    .next = compare what the application asks for with octroi status; order that use if it is missing
borrow-limit-reached = no more may be borrowed, or not for longer
    .next = give a borrowed seat back, or use one that is not borrowed
server-region-not-allowed = the activation server stands outside the regions that the licence allows, or does not say where
    .next = ask the vendor for an activation by a server within them
licence-transferred = the licence passed to another client; this machine grants nothing of it any more
    .next = remove it with its end-of-use certificate: octroi remove LICENCE
non-renewal-by-letter = the contract wants non-renewal by letter to the vendor, so it cannot be recorded here
    .next = send the letter before the deadline; the vendor records its date
non-renewal-too-late = the last deadline for a notice of non-renewal has passed
    .next = ask the vendor
nothing-to-renew = the licence is not renewed by itself, so there is nothing to give notice of
    .next = nothing is to be done: it ends with its term
convenience-excluded = the licence excludes that it is terminated for convenience; the order has no effect
    .next = ask the vendor for an order that states its ground
use-ended = the end of use of this licence was declared on this machine
    .next = to use it again, ask the vendor for a new licence
evaluation-over = the evaluation is over, or was used before
    .next = the licence goes on; to end it, give notice of non-renewal
nothing-to-accept = no document with this digest waits for acceptance
    .next = see which wait: octroi licence show
licence-unknown = no such licence is installed on this machine
    .next = see which are: octroi licence show
choice-not-offered = the licence does not offer this choice
    .next = choose one of those that the licence states
certificate-not-in-force = the activation certificate is not valid by this machine's clock, and would replace one that is
    .next = the certificate that is held stays; compare the vendor's clock and this machine's: octroi doctor
intervention-not-open = no intervention of this number is open
    .next = see which are: octroi intervention list
too-many-interventions = as many interventions are open as are kept open at one time
    .next = close those that are over: octroi intervention close NUMBER
