//! Cases in which two rules meet, through the shipped templates; the others are played by the engine's
//! own tests, which `README.md` names beside each decision.

use octroi_engine::{Outcome, RefusalCode, SeatEnd};
use octroi_licence::{OrderKind, message::Ground};
use octroi_tests::{Machine, binaries::workspace, vendor::text, world::short_folder};
use octroi_vendor::{VendorOrder, order::Template};

use crate::stage::{Contract, Site, order, vendor_order};

#[test]
fn of_suspend_and_resume_with_one_date_the_one_given_later_decides() {
    for (kinds, granted) in [
        ([OrderKind::Suspend, OrderKind::Resume], true),
        ([OrderKind::Resume, OrderKind::Suspend], false),
    ] {
        let mut contract = Contract::signed(Template::BoostMyMail, &[]);
        let at = contract.instant("2026-04-01 00:00");
        for kind in kinds {
            let dated = VendorOrder {
                effective_at: Some(at),
                ..vendor_order(kind, Ground::LatePayment)
            };
            assert_eq!(contract.ordered(&dated), Outcome::Installed);
        }
        contract.go_to("2026-03-31 23:59");
        assert!(
            contract.would_grant("alice", "signatures"),
            "before their date"
        );
        contract.go_to("2026-04-01 00:00");
        assert_eq!(contract.would_grant("alice", "signatures"), granted);
    }
}

#[test]
fn a_contract_renews_during_its_suspension_and_stays_suspended() {
    let mut contract = Contract::signed(Template::ApexTiming, &[]);
    contract.go_to("2027-02-20 09:00");
    contract.ordered(&vendor_order(OrderKind::Suspend, Ground::LatePayment));
    contract.go_to("2027-03-02 09:00");
    assert_eq!(contract.recorded("PeriodBegan"), 1, "the term went on");
    let code = contract.would_refuse("alice", "timing");
    assert_eq!(code, Some(RefusalCode::Suspended));
    contract.ordered(&vendor_order(OrderKind::Resume, Ground::Other));
    assert!(contract.would_grant("alice", "timing"), "in the new period");
}

#[test]
fn a_machine_that_changes_during_a_session_ends_no_seat_and_grants_no_other() {
    let mut contract = Contract::signed(Template::ApexTiming, &[]);
    let mut app = contract.open("alice");
    let seat = contract.seat(&mut app, "timing").seat;
    contract.host_shows(1);
    let ended = contract.told(&app);
    let lost = ended.iter().any(|notice| {
        matches!(notice, octroi_engine::Notice::SeatEnded { seat: one, cause }
            if *one == seat && *cause != SeatEnd::LicenceEnded)
    });
    assert!(!lost, "whoever works goes on working: {ended:?}");
    let code = contract.would_refuse("bruno", "timing");
    assert_eq!(code, Some(RefusalCode::HostNotLicensed));
    contract.host_shows(4);
    assert!(
        contract.would_grant("bruno", "timing"),
        "the machine is itself again"
    );
}

#[test]
fn a_user_erased_while_holding_a_seat_loses_it_and_stays_counted_without_a_name()
-> anyhow::Result<()> {
    let site = Site::signed(Template::BoostMyMail, &[])?;
    let mailbox = "alice@example.fr";
    let mut holder = site.holds("signatures", mailbox)?;
    let erase = ["users", "erase", mailbox, "--kind", "account", "--yes"];
    assert_eq!(site.must(&erase)?["assignments_kept"], 1);
    holder.exit()?;
    assert_eq!(
        site.status()?["features"][0]["in_use"],
        1,
        "it stays counted"
    );
    let shown = site.must(&["users", "list"])?.to_string();
    assert!(
        !shown.contains("alice") && shown.contains("erased"),
        "{shown}"
    );
    // Who comes back has the same seat and takes no second one.
    site.holds("signatures", mailbox)?.finish()?;
    assert_eq!(site.status()?["features"][0]["in_use"], 1);
    Ok(())
}

#[test]
fn an_old_daemon_names_the_version_that_a_new_critical_term_needs() -> anyhow::Result<()> {
    let vectors = workspace().join("tests/vectors");
    let folder = short_folder()?;
    let machine = Machine::new(&folder.path().join("m"))?;
    machine.configure("[hardware_key]\nusb = false\n")?;
    let _daemon = octroi_tests::Daemon::start(&machine)?;
    let root = vectors.join("root.octroi");
    machine
        .octroi(&["vendor", "trust", "--yes", text(&root)?])?
        .ok()?;
    let refused = machine.install(&vectors.join("licence-critical-term-unknown.lic"))?;
    assert_eq!(refused.code(), "DAEMON_TOO_OLD");
    assert!(refused.complaint.contains("2.3.0"), "{}", refused.complaint);
    Ok(())
}

#[test]
fn an_amendment_for_another_client_is_no_amendment_but_a_transfer() {
    let contract = Contract::signed(Template::ApexTiming, &[]);
    let other = order::filled(Template::ApexTiming, &[("client.id", "\"C-99\"")]);
    let given = contract.would_amend(&other);
    assert!(given.is_err_and(|error| error.to_string().contains("client")));
}
