//! Moves to another host (clause A8): what counts as one, and what becomes of those that are not included.

use octroi_proto::activation::v1::{RefusalCode, RehostStanding};
use octroi_server::ActivateError;

use crate::{
    daemon::Daemon,
    running::Running,
    vendor::{DAY_S, Issued, reporting_order},
};

fn order(over: &str) -> String {
    let rehosts = format!("[rehosts]\nper_year = 1\nover = \"{over}\"\n\n[sessions]\n");
    reporting_order().replacen("[sessions]\n", &rehosts, 1)
}

async fn sold(over: &str) -> (Running, Issued) {
    let mut server = Running::new().await;
    let issued = server.sell(&order(over)).await;
    (server, issued)
}

/// A daemon under a key of its own is activated; then it is gone.
async fn served_by(
    server: &Running,
    issued: &Issued,
    seed: u8,
) -> Result<RehostStanding, ActivateError> {
    let daemon = Daemon::new(seed, issued, &server.staff);
    let activated = server.office.activate(&daemon.request()).await?;
    let books = server.books();
    books
        .write_off(&issued.licence.id, &daemon.public_key())
        .await
        .unwrap();
    Ok(activated.rehosts.unwrap())
}

#[tokio::test]
async fn the_first_host_moves_nothing_and_each_that_takes_its_place_does() {
    let (server, issued) = sold("bill").await;
    let first = served_by(&server, &issued, 20).await.unwrap();
    assert_eq!((first.used, first.rehosted), (0, false));
    let second = served_by(&server, &issued, 21).await.unwrap();
    assert_eq!(
        (second.used, second.rehosted, second.billed),
        (1, true, false)
    );
    let third = served_by(&server, &issued, 22).await.unwrap();
    assert_eq!(
        (third.used, third.billed),
        (2, true),
        "beyond what is included"
    );
}

#[tokio::test]
async fn a_further_host_beside_a_living_one_moves_nothing() {
    let (server, issued) = sold("bill").await;
    for seed in [20, 21] {
        let daemon = Daemon::new(seed, &issued, &server.staff);
        let daemon = daemon.asks_for(&[("solver", 1), ("viewer", 1)]);
        let activated = server.office.activate(&daemon.request()).await.unwrap();
        assert!(!activated.rehosts.unwrap().rehosted);
    }
}

#[tokio::test]
async fn a_repeated_request_is_told_the_same_and_counted_once() {
    let (server, issued) = sold("bill").await;
    served_by(&server, &issued, 20).await.unwrap();
    let daemon = Daemon::new(21, &issued, &server.staff);
    let first = server.office.activate(&daemon.request()).await.unwrap();
    let again = server.office.activate(&daemon.request()).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(again.rehosts.unwrap().used, 1);
}

#[tokio::test]
async fn where_the_licence_refuses_them_the_next_contract_year_has_some_again() {
    let (server, issued) = sold("refuse").await;
    served_by(&server, &issued, 20).await.unwrap();
    served_by(&server, &issued, 21).await.unwrap();
    let refused = served_by(&server, &issued, 22).await.unwrap_err();
    let ActivateError::Refused(refused) = refused else {
        panic!("{refused}");
    };
    assert_eq!(refused.code(), "REHOSTS_USED_UP");
    let wire = octroi_proto::activation::v1::Refusal::from(&refused);
    assert_eq!(wire.code(), RefusalCode::RehostsUsedUp);
    assert_eq!(wire.limit, 1);
    assert!(wire.at_s > server.now().0 && wire.at_s <= server.now().0 + 366 * DAY_S);
    let shown = &server.books().overview(None, server.now()).await.unwrap()[0];
    let register = shown.rehosts.as_ref().unwrap();
    assert_eq!((register.used_this_year, register.over), (1, "refuse"));
    assert_eq!(register.moves.len(), 1, "what was refused is no move");
}
