//! From an order to a licence: what it says, who signed it, and what is refused.

use octroi_licence::{
    DocumentKind, Grouping, Metric, Revocations, Seats, Seconds, Signer as _, TrustedRoot,
    activation_code_digest, armour, read_armoured, verify,
};
use octroi_vendor::{AuthorityError, Issue, IssueError, LicenceOrder, issue, order::EXAMPLE};

use crate::support::{NOW, Vendor, YEAR_S, code, key, later, order_with, record};

fn check(order: &str) -> LicenceOrder {
    LicenceOrder::check(order, NOW).unwrap()
}

#[test]
fn a_licence_says_what_the_order_says() {
    let licence = Vendor::new().issue(EXAMPLE, &mut record());
    assert_eq!(licence.id.as_str(), "example-solver-0001");
    assert_eq!((licence.serial, licence.frame().sequence), (1, 1));
    assert_eq!(licence.client_name, "Example Industries SA");
    let features: Vec<_> = licence
        .features
        .iter()
        .map(|feature| (feature.name.as_str(), feature.metric.clone(), feature.count))
        .collect();
    assert_eq!(
        features,
        [
            ("solver", Metric::Concurrent(Grouping::Process), Seats(2)),
            ("viewer", Metric::Concurrent(Grouping::User), Seats(10)),
            ("batch", Metric::Host, Seats(3)),
        ]
    );
    assert_eq!(licence.features[0].linger, Seconds(120));
    assert_eq!(licence.sites[0].hosts_max, Some(2));
    assert_eq!(licence.binding.host_components_required, Some(2));
    assert_eq!(licence.binding.absence.window, Seconds(604_800));
    assert_eq!(
        licence.activation_code_digest,
        activation_code_digest(code(1).expose())
    );
}

#[test]
fn a_licence_ends_with_the_last_day_of_its_time_zone() {
    let licence = Vendor::new().issue(EXAMPLE, &mut record());
    // 2029-02-01T00:00:00+01:00.
    assert_eq!(licence.term.ends_at.unwrap().0, 1_864_594_800);
}

#[test]
fn an_issued_licence_survives_its_armour() {
    let vendor = Vendor::new();
    let order = check(EXAMPLE);
    let issued = issue(&order, &code(1), &mut record(), &vendor.issuing(), NOW).unwrap();
    let Issue::New { signed, licence } = issued else {
        panic!("the record was empty");
    };
    let summary = octroi_vendor::licence_summary(&licence);
    let (kind, back) =
        read_armoured(armour(DocumentKind::Licence, &signed, &summary).as_bytes()).unwrap();
    assert_eq!((kind, &back), (DocumentKind::Licence, &signed));
    let other = TrustedRoot::pinned(key(7).public_key());
    assert!(verify::<octroi_licence::Licence>(&back, &other, &Revocations::default()).is_err());
}

#[test]
fn the_same_order_again_gives_what_was_issued() {
    let vendor = Vendor::new();
    let mut record = record();
    let licence = vendor.issue(EXAMPLE, &mut record);
    let before = record.clone();
    let again = issue(
        &check(EXAMPLE),
        &code(99),
        &mut record,
        &vendor.issuing(),
        later(60),
    );
    let Issue::Repeated { digest } = again.unwrap() else {
        panic!("the order was issued twice");
    };
    assert_eq!(digest, licence.digest());
    assert_eq!(record, before);
}

#[test]
fn a_serial_is_never_issued_with_other_content() {
    let vendor = Vendor::new();
    let mut record = record();
    vendor.issue(EXAMPLE, &mut record);
    let other = check(&order_with(&[("count = 2", "count = 200")]));
    let refused = issue(&other, &code(2), &mut record, &vendor.issuing(), NOW).unwrap_err();
    assert!(
        matches!(refused, IssueError::SerialTaken { serial: 1, .. }),
        "{refused}"
    );
    assert!(refused.help().unwrap().contains("serial = 2"));
}

#[test]
fn a_higher_serial_takes_the_next_sequence_and_a_lower_one_is_refused() {
    let vendor = Vendor::new();
    let mut record = record();
    vendor.issue(EXAMPLE, &mut record);
    let third = vendor.issue(&order_with(&[("serial = 1", "serial = 3")]), &mut record);
    assert_eq!(third.frame().sequence, 2);
    let second = check(&order_with(&[("serial = 1", "serial = 2")]));
    let refused = issue(&second, &code(2), &mut record, &vendor.issuing(), NOW).unwrap_err();
    assert!(
        matches!(refused, IssueError::SerialOld { newest: 3, .. }),
        "{refused}"
    );
}

#[test]
fn a_sequence_that_is_not_the_next_is_refused() {
    let vendor = Vendor::new();
    let order = check(&order_with(&[("#sequence = 1", "sequence = 5")]));
    let refused = issue(&order, &code(1), &mut record(), &vendor.issuing(), NOW).unwrap_err();
    assert!(
        matches!(
            refused,
            IssueError::SequenceNotNext {
                stated: 5,
                next: 1,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn an_order_for_another_vendor_is_refused() {
    let vendor = Vendor::new();
    let order = check(&order_with(&[("vendor = \"acme\"", "vendor = \"rival\"")]));
    let refused = issue(&order, &code(1), &mut record(), &vendor.issuing(), NOW).unwrap_err();
    assert!(
        matches!(refused, IssueError::AnotherVendor { .. }),
        "{refused}"
    );
}

#[test]
fn what_clients_would_refuse_is_not_issued() {
    let mut entries = record();
    let order = check(EXAMPLE);
    let vendor = Vendor::new();
    let too_late = later(YEAR_S);
    let refused = issue(&order, &code(1), &mut entries, &vendor.issuing(), too_late).unwrap_err();
    assert!(
        matches!(
            refused,
            IssueError::Authority(AuthorityError::WouldBeRefused { .. })
        ),
        "{refused}"
    );
    let for_others = Vendor::for_products(&["viewer"]);
    let refused = issue(&order, &code(1), &mut entries, &for_others.issuing(), NOW).unwrap_err();
    assert!(
        matches!(
            refused,
            IssueError::Authority(AuthorityError::WouldBeRefused { .. })
        ),
        "{refused}"
    );
    assert_eq!(entries, record(), "nothing was entered");
}

#[test]
fn requires_lists_the_terms_that_are_stated_and_no_others() {
    let vendor = Vendor::new();
    let bare = order_with(&[
        (
            "versions = { minimum = \"2026\", maximum = \"2028.4\" }\n",
            "",
        ),
        ("linger = \"2m\"\n", ""),
        ("starts = 2026-02-01\nends = 2028-12-31\n", ""),
    ]);
    let required = |order: &str| {
        let order = check(order);
        let issued = issue(&order, &code(1), &mut record(), &vendor.issuing(), NOW).unwrap();
        let Issue::New { signed, .. } = issued else {
            panic!("the record was empty");
        };
        let payload: octroi_licence::message::Licence =
            prost::Message::decode(signed.payload.as_slice()).unwrap();
        payload.frame.unwrap().requires
    };
    let (all, bare) = (required(EXAMPLE), required(&bare));
    let left_out: Vec<_> = all.iter().filter(|term| !bare.contains(term)).collect();
    assert_eq!(left_out, [&201, &202, &203, &211, &212]);
    assert!(all.is_sorted());
}
