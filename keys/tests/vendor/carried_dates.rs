//! What the issued licence carries of its order's dates, as whoever reads it finds it.

use jiff::Timestamp;
use octroi_licence::{
    CivilSeconds, Days, EndOfUseChoice, NonRenewalForm, NoticeBasis, Precedence, Renewal,
};
use octroi_vendor::{ActivationCode, Issue, LicenceOrder, LicenceRecord, issue, order::Template};

use crate::{
    support::{NOW, Vendor},
    templates::filled,
};

fn issued(template: Template) -> octroi_licence::Licence {
    let order = filled(template).replace(
        &format!("vendor = \"{}\"", template.name()),
        "vendor = \"acme\"",
    );
    let order = LicenceOrder::check(&order, NOW).unwrap();
    let code = ActivationCode::from_entropy(&zeroize::Zeroizing::new([7; 16]));
    let mut record = LicenceRecord::new(order.licence().clone());
    match issue(&order, &code, &mut record, &Vendor::new().issuing(), NOW).unwrap() {
        Issue::New { licence, .. } => (**licence).clone(),
        Issue::Repeated { .. } => panic!("the order was issued before"),
    }
}

fn at(text: &str) -> CivilSeconds {
    CivilSeconds(text.parse::<Timestamp>().unwrap().as_second())
}

#[test]
fn z7_the_licence_carries_each_renewal_with_its_deadline() {
    let licence = issued(Template::Zenlocassur);
    assert_eq!(licence.term.ends_at, Some(at("2029-03-01T00:00:00+01:00")));
    let Renewal::Tacit {
        periods,
        form,
        basis,
        ..
    } = &licence.renewal
    else {
        panic!("{:?}", licence.renewal);
    };
    assert_eq!(*form, NonRenewalForm::Letter);
    assert_eq!(*basis, NoticeBasis::Total);
    assert_eq!(periods.len(), 64);
    assert_eq!(periods[0].starts_at, at("2029-03-01T00:00:00+01:00"));
    assert_eq!(periods[0].ends_at, at("2032-03-01T00:00:00+01:00"));
    assert_eq!(periods[0].notice_until, at("2029-01-01T00:00:00+01:00"));
    assert_eq!(periods[1].notice_until, at("2031-09-01T00:00:00+02:00"));
}

#[test]
fn b6_a_closed_account_is_recorded_on_the_clients_machine_until_the_last_day() {
    let licence = issued(Template::BoostMyMail);
    let Renewal::Tacit { periods, form, .. } = &licence.renewal else {
        panic!("{:?}", licence.renewal);
    };
    assert_eq!(*form, NonRenewalForm::Local);
    assert_eq!(periods[0].notice_until, periods[0].starts_at);
    assert_eq!(licence.precedence, Precedence::GeneralTerms);
}

#[test]
fn t4_the_licence_carries_its_evaluation_window() {
    let acceptance = issued(Template::TheGreenBow).acceptance;
    let ends = at("2026-03-31T00:00:00+02:00");
    assert_eq!(acceptance.evaluation_ends_at, Some(ends));
}

#[test]
fn a18_the_licence_carries_acceptance_and_guarantee() {
    let acceptance = issued(Template::ApexTiming).acceptance;
    assert_eq!(
        acceptance.reserves_until,
        Some(at("2026-03-11T00:00:00+01:00"))
    );
    assert_eq!(
        acceptance.guarantee_ends_at,
        Some(at("2026-06-06T00:00:00+02:00"))
    );
}

#[test]
fn k7_the_licence_carries_the_days_and_features_of_the_export() {
    let export = issued(Template::Kimple).post_term.unwrap();
    assert_eq!(export.export, Days(45));
    assert_eq!(export.features[0].as_str(), "operations");
}

#[test]
fn a14_and_b10_the_licence_carries_what_is_due_after_the_end() {
    let apex = issued(Template::ApexTiming).end_of_use.unwrap();
    assert_eq!(apex.deadline, Days(30));
    let choices = [EndOfUseChoice::Returned, EndOfUseChoice::Destroyed];
    assert_eq!(apex.choices, choices);
    let boost = issued(Template::BoostMyMail).end_of_use.unwrap();
    let choices = [EndOfUseChoice::Destroyed, EndOfUseChoice::BackupHandedOver];
    assert_eq!(boost.choices, choices);
}
