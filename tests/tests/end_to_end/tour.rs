//! The tour itself: what the read-me promises.

use std::fs;

use octroi_tests::{
    tour::{Options, take},
    world::short_folder,
};

#[test]
fn every_step_of_the_tour_holds_and_what_it_made_is_kept() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let kept = folder.path().join("kept");
    let report = take(&Options {
        json: true,
        stay: false,
        keep: Some(kept.clone()),
    });
    assert_eq!(report.error, None);
    assert!(
        report.ok && report.forged_refused && report.ledger_ok,
        "{report:?}"
    );
    assert!(
        report.report_accepted && report.suspended_by_receipt,
        "{report:?}"
    );
    assert_eq!((report.granted, report.seats_kept), (2, Some(2)));
    assert_eq!(report.refused_code.as_deref(), Some("SEATS_EXHAUSTED"));
    let metrics = ["concurrent", "named_user", "metered", "host"];
    assert_eq!(report.metrics, metrics);
    for made in [
        "order.toml",
        "client.lic",
        "root.pub",
        "octroid.toml",
        "ledger",
        "server/octroi-server.db",
        "logs",
    ] {
        assert!(kept.join(made).exists(), "{made} was not kept");
    }
    assert!(fs::read_dir(kept.join("ledger"))?.next().is_some());
    Ok(())
}

#[test]
fn nothing_is_overwritten_in_a_folder_that_is_not_empty() -> anyhow::Result<()> {
    let folder = short_folder()?;
    fs::write(folder.path().join("mine"), "precious")?;
    let report = take(&Options {
        json: true,
        stay: false,
        keep: Some(folder.path().to_path_buf()),
    });
    assert!(!report.ok);
    assert!(
        report
            .error
            .is_some_and(|error| error.contains("not empty"))
    );
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}
