//! The terms of contracts, from the words of an order to the licence that a reader finds.

use octroi_licence::{
    Containers, Identity, Licence, Metric, Overdraft, OverdraftUnit, Reaction, RehostOver, Seats,
    Seconds, WindowUnit,
};

use octroi_vendor::LicenceRecord;

use crate::support::Vendor;

const ORDER: &str = r#"
[licence]
id = "contract-0001"
serial = 1
vendor = "acme"
product = "solver"
time_zone = "Europe/Paris"

[client]
id = "C-1"
name = "Example"

[term]
starts = 2026-01-01
ends = 2029-01-31

[[entities]]
id = "example"
name = "Example Industries SA"

[[categories]]
id = "contractors"

[use]
containers = "refuse"
countries_denied = ["KP", "IR"]
server_regions = ["EEA"]

[maintenance]
ends = 2027-12-31

[sessions]
end_notice = "1h"

[reactions]
on_tamper = "suspend"
amendments_countersigned = true
convenience_excluded = true

[retention]
ledger_days = 730

[rehosts]
per_year = 2
over = "bill"

[[clauses]]
term = "count"
feature = "mail"
clause = "art. 2"

[[features]]
name = "mail"
metric = "named-user"
count = 40
assignments_per_day = 10
identity = "end-user-required"
automation = "forbidden"
overdraft = { bill = "users-in-excess" }
borrow = { longest = "7d", lease = "1d", units = 5 }
category_limits = [{ category = "contractors", count = 10 }]
soft_percents = [80, 100]

[[features]]
name = "campaign"
metric = "metered"
count = 1
allowed_times = ["Mon-Sun 08:00-21:00"]
overdraft = { percent = 10, days = 30 }

[features.meter]
windows = [{ per = "hour", amount = 1_000 }, { per = "month", amount = 25_000 }]
counted = "messages"
approval_within = "24h"
soft_thresholds = [{ per = "month", amount = 20_000 }]
"#;

fn issued() -> Licence {
    let mut record = LicenceRecord::new("contract-0001".parse().unwrap());
    (*Vendor::new().issue(ORDER, &mut record)).clone()
}

#[test]
fn named_users_and_what_is_over_their_number() {
    let licence = issued();
    let mail = &licence.features[0];
    let Metric::NamedUser(users) = &mail.metric else {
        panic!("{:?}", mail.metric);
    };
    assert_eq!(users.assignments_per_day_max, Some(Seats(10)));
    assert_eq!(mail.identity, Identity::EndUserRequired);
    assert!(mail.automation_forbidden);
    assert_eq!(
        mail.overdraft,
        Overdraft::Billed(OverdraftUnit::UsersInExcess)
    );
    assert_eq!(mail.borrow.unwrap().lease, Seconds(86_400));
    assert_eq!(mail.category_limits[0].count, Seats(10));
    assert_eq!(licence.clause("count", Some(&mail.name)), Some("art. 2"));
}

#[test]
fn amounts_and_times_are_meant_in_the_zone_of_the_order() {
    let licence = issued();
    let campaign = &licence.features[1];
    let Metric::Metered(meter) = &campaign.metric else {
        panic!("{:?}", campaign.metric);
    };
    assert_eq!(meter.windows[1].unit, WindowUnit::Month);
    assert_eq!(meter.approval_deadline, Some(Seconds(86_400)));
    assert_eq!(campaign.allowed_times[0].from_minute(), 480);
    assert_eq!(licence.zone.as_posix(), "CET-1CEST,M3.5.0,M10.5.0/3");
    assert_eq!(licence.zone.iana(), "Europe/Paris");
}

#[test]
fn the_licence_says_where_and_how_it_may_be_used_and_what_follows() {
    let licence = issued();
    assert_eq!(licence.containers, Containers::Refuse);
    let territory = licence.territory.as_ref().unwrap();
    assert!(!territory.covers(Some("KP".parse().unwrap())));
    assert!(licence.server_may_stand_in(Some("NO".parse().unwrap())));
    assert_eq!(licence.on_tamper, Reaction::Suspend);
    assert_eq!(licence.on_fork, Reaction::Report);
    assert!(licence.countersign_required && licence.convenience_excluded);
    assert_eq!(licence.rehosts.unwrap().over, RehostOver::Bill);
    assert_eq!(licence.end_notice, Seconds(3_600));
    assert!(licence.maintenance_ends_at.is_some());
    assert_eq!(licence.eligibility.entities[0].id.as_str(), "example");
}
