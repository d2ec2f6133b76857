//! On what refusals rest: the term, its clause, and the vendor's words.

use octroi_engine::{Grounds, Outcome, RefusalCode};
use octroi_licence::message;

use crate::support::{
    Site,
    vendor::{self, TODAY, feature, ordered, suspend, terms},
};

fn quoted(subject: &str, feature: &str, clause: &str) -> message::ClauseReference {
    message::ClauseReference {
        subject: subject.to_owned(),
        feature: feature.to_owned(),
        clause: clause.to_owned(),
    }
}

fn site() -> Site {
    let mut terms = terms("wb-1", vec![feature("cad", 1), feature("render", 1)]);
    terms.clauses = vec![
        quoted("count", "", "art. 2"),
        quoted("count", "render", "annex 1"),
    ];
    Site::licensed(&terms)
}

fn grounds(site: &mut Site, feature: &str) -> Grounds {
    let mut app = site.open(2, 200);
    let refusal = site.refusal(&mut app, feature);
    site.engine.grounds(&refusal)
}

#[test]
fn a_refusal_rests_on_the_clause_of_its_feature_or_else_of_the_licence() {
    let mut site = site();
    let mut app = site.open(1, 100);
    for (feature, clause) in [("cad", "art. 2"), ("render", "annex 1")] {
        site.seat(&mut app, feature);
        let grounds = grounds(&mut site, feature);
        assert_eq!(grounds.rule, Some("count"));
        assert_eq!(grounds.clause.as_deref(), Some(clause));
        assert_eq!(grounds.reason, None);
    }
}

#[test]
fn a_suspension_is_refused_with_the_vendors_words() {
    let mut site = site();
    let mut order = ordered("wb-1", 2, suspend());
    order.reason = "invoice 2026-17 is unpaid".to_owned();
    assert_eq!(site.order(&vendor::order(&order)), Outcome::Installed);
    let reason = grounds(&mut site, "cad").reason;
    assert_eq!(reason.as_deref(), Some("invoice 2026-17 is unpaid"));
}

#[test]
fn an_order_without_words_is_told_by_its_kind() {
    let mut site = site();
    let order = vendor::about(ordered("wb-1", 2, suspend()), "cad");
    assert_eq!(site.order(&vendor::order(&order)), Outcome::Installed);
    assert_eq!(grounds(&mut site, "cad").reason.as_deref(), Some("suspend"));
    // The other feature is not concerned.
    site.open(1, 100);
    let mut app = site.open(3, 300);
    site.seat(&mut app, "render");
    assert_eq!(grounds(&mut site, "render").reason, None);
}

#[test]
fn a_cure_notice_names_the_clause_that_is_breached() {
    let mut site = site();
    let notice = message::CureNotice {
        clause: "art. 6".to_owned(),
        ends_at_s: TODAY + 30 * vendor::DAY,
        outcome: message::CureOutcome::Terminates.into(),
        suspended_meanwhile: true,
        ..message::CureNotice::default()
    };
    let kind = message::order::Kind::CureNotice(notice);
    let mut order = ordered("wb-1", 2, kind);
    order.reason = "late payment".to_owned();
    assert_eq!(site.order(&vendor::order(&order)), Outcome::Installed);
    let mut app = site.open(2, 200);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
    let grounds = grounds(&mut site, "cad");
    assert_eq!(grounds.clause.as_deref(), Some("art. 6"));
    assert_eq!(grounds.reason.as_deref(), Some("late payment"));
}
