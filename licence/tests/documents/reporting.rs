//! The reporting term: what it states reads back, and what makes no sense is refused.

use octroi_licence::{
    Days, DocumentError, Licence, REPORTING_DAYS_MAX, TermError, Verified, message,
};

use crate::vendor::{issued, reports::reporting_licence, verified};

/// The error of the sample licence after a change of its reporting.
fn refused(change: impl FnOnce(&mut message::Reporting)) -> TermError {
    let mut wire = reporting_licence();
    change(wire.reporting.as_mut().unwrap());
    match verified::<Licence>(&issued(&wire)) {
        Err(DocumentError::Term { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn reporting_reads_as_it_was_stated() {
    let licence: Verified<Licence> = verified(&issued(&reporting_licence())).unwrap();
    let reporting = licence.reporting.as_ref().unwrap();
    assert_eq!(
        (
            reporting.interval,
            reporting.warn,
            reporting.degrade,
            reporting.stop
        ),
        (Days(30), Days(1), Days(7), Days(14))
    );
    assert!(reporting.approval_required);
    assert!(reporting.bills(&"render".parse().unwrap()));
    assert!(!reporting.bills(&"cad".parse().unwrap()));
}

#[test]
fn a_licence_without_the_term_asks_for_no_reports() {
    let mut wire = reporting_licence();
    wire.reporting = None;
    let licence: Verified<Licence> = verified(&issued(&wire)).unwrap();
    assert_eq!(licence.reporting, None);
}

#[test]
fn days_are_bounded() {
    let most = REPORTING_DAYS_MAX;
    let changes: [&dyn Fn(&mut message::Reporting); 4] = [
        &|wire| wire.interval_days = 0,
        &|wire| wire.interval_days = most + 1,
        &|wire| wire.warn_days = most + 1,
        &|wire| wire.stop_days = most + 1,
    ];
    for change in changes {
        let error = refused(change);
        assert!(matches!(error, TermError::Range { .. }), "{error}");
    }
}

#[test]
fn a_server_may_be_away_for_48_hours() {
    let error = refused(|wire| {
        (wire.warn_days, wire.degrade_days, wire.stop_days) = (0, 0, 1);
    });
    assert!(matches!(error, TermError::Range { min: 2, .. }), "{error}");
}

#[test]
fn the_steps_do_not_fall() {
    for (warn, degrade, stop) in [(8, 7, 14), (1, 15, 14)] {
        let error = refused(|wire| {
            (wire.warn_days, wire.degrade_days, wire.stop_days) = (warn, degrade, stop);
        });
        assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
    }
}

#[test]
fn only_the_licences_own_features_are_billed_and_each_once() {
    let error = refused(|wire| wire.billed_features = vec!["other".to_owned()]);
    assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
    let error = refused(|wire| wire.billed_features = vec!["cad".to_owned(); 2]);
    assert!(matches!(error, TermError::Twice { .. }), "{error}");
}
