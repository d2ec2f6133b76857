//! The evaluation and its end, reserves and acceptance; what is erased at the term.

use octroi_engine::{AcceptedBy, Declaration, EndChoice, Outcome, RefusalCode};
use octroi_licence::EndOfUseChoice;
use octroi_vendor::order::Template;

use super::{FEATURE, FILL, signed};
use crate::stage::{Site, order, refused, today};

#[test]
fn t4_within_thirty_days_the_client_ends_it_at_will() -> anyhow::Result<()> {
    let starts = today();
    let mut fill = FILL.to_vec();
    fill.push(("term.starts", &starts));
    let site = Site::signed(Template::TheGreenBow, &fill)?;
    let mut holder = site.holds(FEATURE, "alice")?;
    let life = site.status()?["life"].clone();
    assert!(life["evaluation_ends_at"].is_string(), "{life}");
    let said = site.must(&["licence", "end", site.licence(), "--evaluation"])?;
    assert_eq!(said["unchanged"], false);
    holder.event("seat_ended")?;
    let refused = site.runs(FEATURE, "alice")?.refused()?;
    assert_eq!(refused.code, "LICENCE_TERMINATED");
    assert_eq!(site.status()?["life"]["ended_by_client"], true);
    assert_eq!(site.recorded("EndedByClient")?.len(), 1);
    Ok(())
}

#[test]
fn t4_behind_the_evaluation_nothing_can_be_ended_at_will() -> anyhow::Result<()> {
    let site = Site::signed(Template::TheGreenBow, FILL)?;
    let said = site.octroi(&["licence", "end", site.licence(), "--evaluation"])?;
    assert_eq!((said.status, said.code()), (3, "EVALUATION_OVER"));
    site.holds(FEATURE, "alice")?.finish()
}

#[test]
fn t4_without_reserves_the_software_is_accepted_and_the_term_goes_on() {
    let mut silent = signed();
    assert!(silent.would_grant("alice", FEATURE));
    silent.go_to("2026-03-30 23:59");
    assert_eq!(
        silent.facts().accepted,
        None,
        "use under evaluation accepts nothing"
    );
    silent.go_to("2026-04-01 00:00");
    assert_eq!(silent.facts().accepted, Some(AcceptedBy::Silence));
    assert!(silent.would_grant("alice", FEATURE));
    let mut reserved = signed();
    reserved.go_to("2026-03-20 09:00");
    assert_eq!(
        reserved.declares(Declaration::Reserves { text: None }),
        Outcome::Done
    );
    reserved.go_to("2026-04-01 00:00");
    assert_eq!(reserved.facts().accepted, None);
}

#[test]
fn t4_an_evaluation_that_is_asked_for_twice_is_given_once() {
    let mut contract = signed();
    contract.go_to("2026-04-02 09:00");
    let again = order::filled(Template::TheGreenBow, &{
        let mut fill = FILL.to_vec();
        fill.push(("term.starts", "2026-04-02"));
        fill
    });
    let again = order::with(&again, "serial = 1", "serial = 2");
    assert_eq!(contract.issue(&again), Outcome::Installed);
    let second = contract.declares(Declaration::Ended);
    assert_eq!(refused(second).code, RefusalCode::EvaluationOver);
}

#[test]
fn t9_at_the_term_what_was_used_is_to_be_erased_within_a_day() {
    let mut contract = signed();
    contract.go_to("2027-03-01 00:00");
    assert_eq!(
        contract.facts().end_of_use_due,
        Some(contract.instant("2027-03-02 00:00"))
    );
    let returned = Declaration::EndOfUse(EndOfUseChoice::Returned);
    let refusal = refused(contract.declares(returned));
    assert_eq!(refusal.code, RefusalCode::ChoiceNotOffered);
    let destroyed = Declaration::EndOfUse(EndOfUseChoice::Destroyed);
    assert_eq!(contract.declares(destroyed), Outcome::Done);
    assert_eq!(contract.facts().end_of_use, Some(EndChoice::Destroyed));
}
