//! What the application checks itself, so that an altered daemon cannot grant what the vendor did not
//! sign: versions are in `leases`; here maintenance and automation. The fake daemon looks at neither.

use octroi::{CivilSeconds, ClientBuilder};

use crate::support::{FakeDaemon, LicenceSpec, NOW_S};

fn code(daemon: &FakeDaemon, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> &'static str {
    let session = change(daemon.client()).build().unwrap().open().unwrap();
    match session.checkout("solver") {
        Ok(_) => "granted",
        Err(error) => error.code(),
    }
}

#[test]
fn a_version_released_after_maintenance_ended_is_not_covered_whatever_the_daemon_grants() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        maintenance_ends_at: NOW_S,
        ..Default::default()
    });
    let released = |at| code(&daemon, |client| client.released_at(CivilSeconds(at)));
    assert_eq!(released(NOW_S - 1), "granted");
    assert_eq!(released(NOW_S), "UNTRUSTED_MAINTENANCE");
    assert_eq!(code(&daemon, |client| client), "UNTRUSTED_MAINTENANCE");
    daemon.until("the seats are free again", |world| world.held() == 0);
}

#[test]
fn an_unattended_application_is_not_covered_where_the_licence_forbids_automation() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        automation_forbidden: true,
        ..Default::default()
    });
    assert_eq!(code(&daemon, |client| client), "granted");
    assert_eq!(
        code(&daemon, |client| client.unattended(true)),
        "UNTRUSTED_AUTOMATION"
    );
}
