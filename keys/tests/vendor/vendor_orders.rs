//! What the vendor says after the issue: orders in the licence's sequence, and revocations.

use octroi_licence::{
    DocumentError, Licence, OrderKind, Revocations, Scope, Signer as _, message::Ground, verify,
};
use octroi_vendor::{
    AuthorityError, Issue, IssueError, LicenceOrder, Revoke, RevokeError, VendorOrder,
    VendorOrderError, give_order, issue, order::EXAMPLE, revoke,
};

use crate::support::{NOW, Vendor, code, key, later, order_with, record};

fn order(kind: OrderKind) -> VendorOrder {
    VendorOrder {
        kind,
        scope: Scope::WholeLicence,
        ground: Ground::LatePayment,
        effective_at: None,
        reason: "invoice 4711".to_owned(),
    }
}

#[test]
fn orders_take_the_next_numbers_of_the_licences_sequence() {
    let (vendor, mut record) = (Vendor::new(), record());
    let licence = vendor.issue(EXAMPLE, &mut record);
    let suspend = VendorOrder {
        scope: Scope::Feature("viewer".parse().unwrap()),
        effective_at: Some(later(60)),
        ..order(OrderKind::Suspend)
    };
    let (_, suspend) = give_order(
        &suspend,
        &licence,
        &licence,
        &mut record,
        &vendor.issuing(),
        NOW,
    )
    .unwrap();
    assert_eq!(suspend.frame().sequence, 2);
    assert_eq!(suspend.scope, Scope::Feature("viewer".parse().unwrap()));
    assert_eq!(
        (suspend.kind.clone(), suspend.effective_at),
        (OrderKind::Suspend, Some(later(60)))
    );
    let resume = order(OrderKind::Resume);
    let (_, resume) = give_order(
        &resume,
        &licence,
        &licence,
        &mut record,
        &vendor.issuing(),
        NOW,
    )
    .unwrap();
    assert_eq!(
        (resume.frame().sequence, resume.kind.clone()),
        (3, OrderKind::Resume)
    );
    let next = vendor.issue(&order_with(&[("serial = 1", "serial = 2")]), &mut record);
    assert_eq!(next.frame().sequence, 4);
}

#[test]
fn a_clock_reset_names_daemon_anomaly_and_time() {
    let (vendor, mut record) = (Vendor::new(), record());
    let licence = vendor.issue(EXAMPLE, &mut record);
    let reset = OrderKind::ClockReset {
        daemon_key: key(20).public_key(),
        anomaly: 17,
        new_time: later(-60),
    };
    let of_feature = VendorOrder {
        scope: Scope::Feature("solver".parse().unwrap()),
        ..order(reset.clone())
    };
    let refused = give_order(
        &of_feature,
        &licence,
        &licence,
        &mut record,
        &vendor.issuing(),
        NOW,
    );
    assert!(matches!(
        refused,
        Err(VendorOrderError::ClockResetOfFeature)
    ));
    let (_, given) = give_order(
        &order(reset),
        &licence,
        &licence,
        &mut record,
        &vendor.issuing(),
        NOW,
    )
    .unwrap();
    let expected = OrderKind::ClockReset {
        daemon_key: key(20).public_key(),
        anomaly: 17,
        new_time: later(-60),
    };
    assert_eq!(given.kind, expected);
}

#[test]
fn after_a_termination_nothing_more_is_said() {
    let (vendor, mut record) = (Vendor::new(), record());
    let licence = vendor.issue(EXAMPLE, &mut record);
    let terminate = order(OrderKind::Terminate);
    give_order(
        &terminate,
        &licence,
        &licence,
        &mut record,
        &vendor.issuing(),
        NOW,
    )
    .unwrap();
    let resume = order(OrderKind::Resume);
    let refused = give_order(
        &resume,
        &licence,
        &licence,
        &mut record,
        &vendor.issuing(),
        NOW,
    );
    assert!(matches!(refused, Err(VendorOrderError::Terminated { .. })));
    let next = LicenceOrder::check(&order_with(&[("serial = 1", "serial = 2")]), NOW).unwrap();
    let refused = issue(&next, &code(2), &mut record, &vendor.issuing(), NOW);
    assert!(matches!(refused, Err(IssueError::Terminated { .. })));
}

#[test]
fn a_feature_that_the_licence_does_not_have_cannot_be_suspended() {
    let (vendor, mut record) = (Vendor::new(), record());
    let licence = vendor.issue(EXAMPLE, &mut record);
    let suspend = VendorOrder {
        scope: Scope::Feature("optimiser".parse().unwrap()),
        ..order(OrderKind::Suspend)
    };
    let refused = give_order(
        &suspend,
        &licence,
        &licence,
        &mut record,
        &vendor.issuing(),
        NOW,
    );
    assert!(matches!(
        refused,
        Err(VendorOrderError::FeatureNotLicensed { .. })
    ));
}

#[test]
fn a_reason_that_daemons_would_refuse_is_not_signed() {
    let (vendor, mut record) = (Vendor::new(), record());
    let licence = vendor.issue(EXAMPLE, &mut record);
    let suspend = VendorOrder {
        reason: "two\nlines".to_owned(),
        ..order(OrderKind::Suspend)
    };
    let refused = give_order(
        &suspend,
        &licence,
        &licence,
        &mut record,
        &vendor.issuing(),
        NOW,
    );
    assert!(matches!(
        refused,
        Err(VendorOrderError::Authority(
            AuthorityError::WouldBeRefused { .. }
        ))
    ));
    assert_eq!(record.last_sequence(), 1, "nothing was entered");
}

#[test]
fn a_revocation_list_keeps_what_the_last_one_said() {
    let vendor = Vendor::new();
    let licence = |id: &str, serial_max| Revoke::Licence {
        licence: id.parse().unwrap(),
        serial_max,
        reason: String::new(),
    };
    let (_, first) = revoke(&licence("one", 3), None, &vendor.issuing(), NOW).unwrap();
    let (_, second) = revoke(&licence("two", 1), Some(&first), &vendor.issuing(), NOW).unwrap();
    let (_, third) = revoke(&licence("one", 4), Some(&second), &vendor.issuing(), NOW).unwrap();
    assert_eq!([first.version, second.version, third.version], [1, 2, 3]);
    let revocations = Revocations::of(&third);
    assert!(revocations.licence_revoked(&"one".parse().unwrap(), 4));
    assert!(revocations.licence_revoked(&"two".parse().unwrap(), 1));
    assert!(!revocations.licence_revoked(&"two".parse().unwrap(), 2));
    assert_eq!(third.licences.len(), 2);
}

#[test]
fn a_revoked_keys_documents_are_refused_but_for_those_that_are_honoured() {
    let mut vendor = Vendor::new();
    let signed = |order: &str| {
        let order = LicenceOrder::check(order, NOW).unwrap();
        match issue(&order, &code(1), &mut record(), &vendor.issuing(), NOW).unwrap() {
            Issue::New { signed, licence } => (signed, licence.digest()),
            Issue::Repeated { .. } => panic!("the record was empty"),
        }
    };
    let (honoured, digest) = signed(EXAMPLE);
    let (other, _) = signed(&order_with(&[("count = 2", "count = 3")]));
    let key_id = vendor.issuing().signer.public_key().id();
    let revocation = Revoke::Key {
        key: key_id,
        untrusted_after: later(60),
        honoured: vec![digest],
    };
    let itself = revoke(&revocation, None, &vendor.issuing(), NOW);
    assert!(matches!(itself, Err(RevokeError::OwnKey { .. })));

    // The list is the new issuing key's.
    let successor = key(4);
    let certification = octroi_vendor::Certification {
        role: octroi_licence::KeyRole::Issuing,
        public_key: successor.public_key(),
        products: Vec::new(),
        valid_from: NOW,
        valid_until: later(1000),
    };
    let certificate =
        octroi_vendor::certify(&vendor.id, &certification, &vendor.root_key, NOW).unwrap();
    let authority = octroi_vendor::Authority {
        vendor: vendor.id.clone(),
        signer: &successor,
        chain: vec![certificate],
        root: vendor.trusted(),
        revocations: Revocations::default(),
    };
    let (_, list) = revoke(&revocation, None, &authority, NOW).unwrap();
    vendor.revocations = Revocations::of(&list);
    verify::<Licence>(&honoured, &vendor.trusted(), &vendor.revocations).unwrap();
    let refused = verify::<Licence>(&other, &vendor.trusted(), &vendor.revocations);
    assert!(matches!(refused, Err(DocumentError::KeyRevoked { .. })));
}
