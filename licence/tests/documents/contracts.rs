//! The terms of contracts: what states them reads back as stated, what makes no sense is refused, and
//! nothing is honoured that this version does not carry out.

use octroi_licence::{
    Amendment, CivilSeconds, DocumentError, DocumentKind, DocumentType, EscrowCase, Identity,
    Licence, Metric, NonRenewalForm, Order, OrderKind, Overdraft, OverdraftUnit, Renewal,
    Revocations, Scope, Seats, TermError, TermSet, Territory, Verified, WeeklyTimes, WindowUnit,
    Zone, message, verify_release_with, verify_with,
};
use proptest::prelude::*;
use prost::Message as _;

use crate::vendor::{
    self, ISSUED_AT, VALID_UNTIL,
    full::{self, amendment, full_licence, metered, named, orders, release},
    issuing_chain, root, signed, verified,
};

fn known<T: DocumentType>(signed: &message::SignedDocument) -> Result<Verified<T>, DocumentError> {
    verify_with(
        signed,
        &root("root"),
        &Revocations::default(),
        TermSet::KNOWN,
    )
}

fn ordered(order: &message::Order) -> message::SignedDocument {
    let kind = DocumentKind::Order;
    signed(kind, order.encode_to_vec(), "issuing", issuing_chain())
}

fn read(licence: &message::Licence) -> Result<Verified<Licence>, DocumentError> {
    known(&vendor::issued(licence))
}

/// The error of the full licence after a change.
fn term_error(change: impl FnOnce(&mut message::Licence)) -> TermError {
    let mut wire = full_licence();
    change(&mut wire);
    match read(&wire) {
        Err(DocumentError::Term { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

fn feature<'l>(licence: &'l Licence, name: &str) -> &'l octroi_licence::Feature {
    let mut features = licence.features.iter();
    features.find(|one| one.name.as_str() == name).unwrap()
}

#[test]
fn the_terms_of_a_contract_read_as_they_were_stated() {
    let licence = read(&full_licence()).unwrap();
    let mail = feature(&licence, "mail");
    let Metric::NamedUser(users) = &mail.metric else {
        panic!("{:?}", mail.metric);
    };
    assert_eq!(users.assignments_per_day_max, Some(Seats(20)));
    assert_eq!(mail.identity, Identity::EndUserRequired);
    assert_eq!(
        mail.overdraft,
        Overdraft::Billed(OverdraftUnit::UsersInExcess)
    );
    assert!(mail.automation_forbidden);
    assert_eq!(licence.clause("count", Some(&mail.name)), Some("art. 2"));
    assert_eq!(licence.clause("count", None), None);
    let campaign = feature(&licence, "campaign");
    let Metric::Metered(meter) = &campaign.metric else {
        panic!("{:?}", campaign.metric);
    };
    assert_eq!(meter.windows[1].part(Seats(1), campaign.count), 25_000);
    let territory = licence.territory.as_ref().unwrap();
    assert!(territory.covers(Some("LU".parse().unwrap())) && !territory.covers(None));
    assert!(matches!(territory, Territory::Allowed(_)));
    let site = licence.sites[0].id.clone();
    assert_eq!(licence.zone_at(Some(&site)).iana(), "Europe/Paris");
    assert_eq!(
        licence.ends_at(None),
        Some(CivilSeconds(VALID_UNTIL + 365 * 86_400))
    );
    assert_eq!(
        licence.ends_at(Some(CivilSeconds(ISSUED_AT))),
        licence.term.ends_at
    );
    let Renewal::Tacit { form, .. } = licence.renewal else {
        panic!("{:?}", licence.renewal);
    };
    assert_eq!(form, NonRenewalForm::Letter);
    assert!(licence.server_may_stand_in(Some("LU".parse().unwrap())));
    assert!(!licence.server_may_stand_in(Some("CH".parse().unwrap())));
    assert!(!licence.server_may_stand_in(None));
}

const FEW: TermSet = TermSet::of(&[101, 111, 401, 421]);

#[test]
fn what_is_known_but_not_carried_out_is_refused_as_too_new_even_where_requires_forgot_it() {
    let refused = |outcome: Result<(), DocumentError>| {
        assert!(
            matches!(outcome, Err(DocumentError::TooNew { .. })),
            "{outcome:?}"
        );
    };
    // Nothing is listed in `requires`: the terms stand in the fields alone.
    let judge = |signed: &message::SignedDocument| {
        verify_with::<Licence>(signed, &root("root"), &Revocations::default(), FEW).map(|_| ())
    };
    let mut licence = full_licence();
    licence.frame.as_mut().unwrap().requires.clear();
    refused(judge(&vendor::issued(&licence)));
    for feature in [named(), metered()] {
        let mut licence = vendor::licence();
        licence.frame.as_mut().unwrap().requires.clear();
        (licence.binding, licence.features) = (None, vec![feature]);
        refused(judge(&vendor::issued(&licence)));
    }
    for order in orders() {
        let outcome = verify_with::<Order>(
            &ordered(&order),
            &root("root"),
            &Revocations::default(),
            FEW,
        );
        refused(outcome.map(|_| ()));
    }
}

#[test]
fn informative_terms_are_honoured_by_every_reader() {
    let mut licence = vendor::licence();
    let full = full_licence();
    licence.support = full.support;
    licence.acceptance = full.acceptance;
    licence.end_of_use = full.end_of_use;
    licence.clauses = vec![message::ClauseReference {
        subject: "count".to_owned(),
        feature: "cad".to_owned(),
        clause: "art. 3".to_owned(),
    }];
    let read: Verified<Licence> = verified(&vendor::issued(&licence)).unwrap();
    assert!(read.support.is_some());
}

#[test]
fn a_metric_and_what_belongs_to_it_stand_together_or_not_at_all() {
    let changes: [fn(&mut message::Licence); 8] = [
        |licence| licence.features[2].named_user = None,
        |licence| licence.features[3].metered = None,
        |licence| licence.features[0].named_user = named().named_user,
        |licence| licence.features[0].metered = metered().metered,
        |licence| licence.features[2].grouping = message::Grouping::User.into(),
        |licence| licence.features[3].borrow = named().borrow,
        |licence| licence.features[3].overdraft = named().overdraft,
        |licence| licence.features[3].queue_max_s = 1,
    ];
    for change in changes {
        let error = term_error(change);
        assert!(
            matches!(
                error,
                TermError::Contradiction { .. } | TermError::Missing { .. }
            ),
            "{error}"
        );
    }
}

#[test]
fn a_term_that_refers_to_what_is_not_there_is_refused() {
    let changes: [fn(&mut message::Licence); 4] = [
        |licence| licence.features[2].category_limits[0].category = "staff".to_owned(),
        |licence| licence.post_term.as_mut().unwrap().features = vec!["save".to_owned()],
        |licence| {
            let support = licence.support.as_mut().unwrap();
            support.levels[0].hours[0].severities = vec!["low".to_owned()];
        },
        |licence| licence.server.as_mut().unwrap().region = "CH".to_owned(),
    ];
    for change in changes {
        let error = term_error(change);
        assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
    }
}

#[test]
fn a_perpetual_licence_is_for_one_site() {
    let perpetual = |licence: &mut message::Licence| {
        (licence.term, licence.renewal) = (None, None);
    };
    let mut one = full_licence();
    perpetual(&mut one);
    assert!(read(&one).is_ok());
    let error = term_error(|licence| {
        perpetual(licence);
        let mut second = licence.sites[0].clone();
        second.id = "metz".to_owned();
        licence.sites.push(second);
    });
    assert!(error.to_string().contains("one site"), "{error}");
}

#[test]
fn renewal_periods_follow_one_another_with_notices_before_they_begin() {
    let changes: [fn(&mut message::Renewal); 6] = [
        |renewal| renewal.periods.clear(),
        |renewal| renewal.kind = message::RenewalKind::Express.into(),
        |renewal| renewal.periods[0].ends_at_s = VALID_UNTIL,
        |renewal| renewal.periods[0].notice_until_s = VALID_UNTIL + 1,
        |renewal| renewal.periods = vec![renewal.periods[0]; 65],
        |renewal| {
            let mut next = renewal.periods[0];
            next.ends_at_s += 86_400;
            next.notice_until_s -= 1;
            renewal.periods.push(next);
        },
    ];
    for change in changes {
        term_error(|licence| change(licence.renewal.as_mut().unwrap()));
    }
    let error = term_error(|licence| licence.term = None);
    assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
}

#[test]
fn amounts_times_and_zones_are_bounded() {
    let meter: [fn(&mut message::Metered); 4] = [
        |meter| meter.windows[0].amount = 0,
        |meter| meter.windows[0].amount = u64::MAX,
        |meter| meter.windows[1].unit = meter.windows[0].unit,
        |meter| meter.approval = Some(message::Approval { deadline_s: 0 }),
    ];
    for change in meter {
        term_error(|licence| change(licence.features[3].metered.as_mut().unwrap()));
    }
    let times: [fn(&mut message::WeeklyTimes); 4] = [
        |times| times.weekdays = 0,
        |times| times.weekdays = 128,
        |times| times.until_minute = 1_441,
        |times| times.from_minute = times.until_minute,
    ];
    for change in times {
        term_error(|licence| change(&mut licence.features[3].allowed_times[0]));
    }
    for posix in [
        "",
        "Europe/Paris",
        "CET-1CEST,M13.5.0,M10.5.0/3",
        &"A".repeat(65),
    ] {
        term_error(|licence| licence.zone.as_mut().unwrap().posix = posix.to_owned());
    }
}

#[test]
fn an_order_of_every_kind_reads_and_is_named() {
    let mut names = Vec::new();
    for order in orders() {
        let read: Verified<Order> = known(&ordered(&order)).unwrap();
        names.push(read.kind.name());
    }
    names.dedup();
    assert_eq!(names.len(), 20, "{names:?}");
}

#[test]
fn an_order_makes_sense_in_its_scope_alone() {
    let scope = |kind| Some(message::Scope { kind: Some(kind) });
    for mut order in orders() {
        let kind = known::<Order>(&ordered(&order)).unwrap().kind.clone();
        let anywhere = matches!(
            kind,
            OrderKind::Suspend
                | OrderKind::Resume
                | OrderKind::Terminate
                | OrderKind::CureNotice { .. }
        );
        order.scope = scope(message::scope::Kind::Maintenance(message::Maintenance {}));
        let read = known::<Order>(&ordered(&order));
        assert_eq!(read.is_ok(), anywhere, "{}", kind.name());
        if let Ok(read) = read {
            assert_eq!(read.scope, Scope::Maintenance);
        }
    }
}

#[test]
fn an_order_ends_after_it_begins() {
    for mut order in orders() {
        let begins = order.effective_at_s;
        match order.kind.as_mut().unwrap() {
            message::order::Kind::CureNotice(notice) => notice.ends_at_s = begins,
            message::order::Kind::ForceMajeure(notice) => notice.ends_at_s = begins,
            message::order::Kind::LimitChange(change) => change.until_s = begins,
            _ => continue,
        }
        let error = known::<Order>(&ordered(&order)).unwrap_err();
        assert_eq!(error.code(), "DOCUMENT_TERM_INVALID", "{error}");
    }
}

#[test]
fn ids_in_orders_have_sixteen_bytes() {
    for mut order in orders() {
        match order.kind.as_mut().unwrap() {
            message::order::Kind::Reassign(one) => one.assignment.push(0),
            message::order::Kind::BlockUser(one) => one.assignment.clear(),
            message::order::Kind::UnblockUser(one) => one.assignment.truncate(15),
            message::order::Kind::WriteOff(one) => one.borrowed.clear(),
            message::order::Kind::DecideReservation(one) => one.reservation.clear(),
            _ => continue,
        }
        let error = known::<Order>(&ordered(&order)).unwrap_err();
        assert_eq!(error.code(), "DOCUMENT_TERM_INVALID", "{error}");
    }
}

fn amended(wire: &message::Amendment) -> Result<Verified<Amendment>, DocumentError> {
    let kind = DocumentKind::Amendment;
    known(&signed(
        kind,
        wire.encode_to_vec(),
        "issuing",
        issuing_chain(),
    ))
}

#[test]
fn an_amendment_states_the_whole_licence_as_it_stands_afterwards() {
    let read = amended(&amendment()).unwrap();
    assert_eq!(feature(&read.outcome, "cad").count, Seats(3));
    assert_eq!(read.predecessor.as_bytes(), &vendor::licence_digest());
    assert_eq!(read.outcome.id.as_str(), vendor::LICENCE_ID);
    let mut framed = amendment();
    framed.outcome.as_mut().unwrap().frame = Some(vendor::frame(2));
    let mut empty = amendment();
    empty.outcome = None;
    for wire in [framed, empty] {
        assert_eq!(amended(&wire).unwrap_err().code(), "DOCUMENT_TERM_INVALID");
    }
}

#[test]
fn only_the_escrow_key_of_the_licence_can_release_it() {
    let licence = vendor::sample();
    let judge = |release: &message::EscrowRelease, signer: &str| {
        let payload = release.encode_to_vec();
        let signed = signed(DocumentKind::EscrowRelease, payload, signer, Vec::new());
        verify_release_with(&signed, &licence, TermSet::KNOWN)
    };
    let read = judge(&release(), "escrow").unwrap();
    assert_eq!(read.case, EscrowCase::Liquidation);
    assert!(read.versions.covers(&"2026.1.4".parse().unwrap()));
    let code = |outcome: Result<Verified<_>, DocumentError>| outcome.unwrap_err().code();
    assert_eq!(code(judge(&release(), "issuing")), "DOCUMENT_ALTERED");
    let mut own = release();
    own.escrow_key = vendor::public("impostor").as_bytes().to_vec();
    assert_eq!(code(judge(&own, "impostor")), "DOCUMENT_KEY_ROLE");
    let mut other = release();
    other.frame.as_mut().unwrap().licence_id = "acme-2026-0043".to_owned();
    assert_eq!(code(judge(&other, "escrow")), "DOCUMENT_OF_ANOTHER_LICENCE");
}

#[test]
fn the_end_of_use_is_told_to_the_day() {
    let judge = |wire: &message::EndOfUseCertificate| {
        let kind = DocumentKind::EndOfUseCertificate;
        let signed = signed(kind, wire.encode_to_vec(), "daemon", Vec::new());
        octroi_licence::verify_self_signed::<octroi_licence::EndOfUseCertificate>(&signed)
    };
    let read = judge(&full::end_of_use()).unwrap();
    let mut again = read.document().message();
    again.frame = full::end_of_use().frame;
    assert_eq!(again, full::end_of_use());
    let mut finer = full::end_of_use();
    finer.frame.as_mut().unwrap().issued_at_s += 1;
    assert_eq!(judge(&finer).unwrap_err().code(), "DOCUMENT_TERM_INVALID");
}

fn paris() -> Zone {
    Zone::posix("CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Paris").unwrap()
}

#[test]
fn a_day_on_which_the_clocks_change_is_shorter_or_longer() {
    // 2026-03-29 and 2026-10-25, at noon UTC.
    for (noon, hours) in [(1_774_785_600, 23), (1_792_929_600, 25), (ISSUED_AT, 24)] {
        let (start, end) = paris().window(WindowUnit::Day, CivilSeconds(noon)).unwrap();
        assert_eq!((end.0 - start.0) / 3_600, hours);
    }
    // February of a leap year: 2028-02-29T12:00:00Z.
    let (start, end) = paris()
        .window(WindowUnit::Month, CivilSeconds(1_835_438_400))
        .unwrap();
    assert_eq!((end.0 - start.0) / 86_400, 29);
}

fn office() -> Vec<WeeklyTimes> {
    let licence = read(&full_licence()).unwrap();
    feature(&licence, "campaign").allowed_times.clone()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn every_instant_lies_in_the_windows_that_are_found_for_it(second in 0i64..4_000_000_000) {
        let now = CivilSeconds(second);
        for unit in [WindowUnit::Hour, WindowUnit::Day, WindowUnit::Month] {
            let (start, end) = paris().window(unit, now).unwrap();
            prop_assert!(start <= now && now < end);
            // The next window begins where this one ends.
            prop_assert_eq!(paris().window(unit, end).unwrap().0, end);
        }
    }

    #[test]
    fn allowed_times_open_when_they_say_they_open(second in 0i64..4_000_000_000) {
        let (times, zone, now) = (office(), paris(), CivilSeconds(second));
        let opens = WeeklyTimes::next(&times, &zone, now).unwrap();
        prop_assert!(opens > now && WeeklyTimes::allow(&times, &zone, opens));
        prop_assert!(!WeeklyTimes::allow(&times, &zone, CivilSeconds(opens.0 - 1)));
        let closes = WeeklyTimes::until(&times, &zone, opens).unwrap();
        prop_assert!(!WeeklyTimes::allow(&times, &zone, closes));
        prop_assert!(WeeklyTimes::allow(&times, &zone, CivilSeconds(closes.0 - 1)));
    }

    #[test]
    fn any_text_is_read_as_a_zone_without_panic(text in "\\PC{0,70}", now in any::<i64>()) {
        if let Ok(zone) = Zone::posix(&text, "") {
            for unit in [WindowUnit::Hour, WindowUnit::Day, WindowUnit::Month] {
                let _ = zone.window(unit, CivilSeconds(now));
            }
        }
    }
}
