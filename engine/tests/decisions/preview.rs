//! Trying a command out on a copy.

use octroi_engine::{Command, Outcome};

use crate::support::{
    Site,
    site::ADMINISTRATOR,
    vendor::{self, feature, ordered, suspend, terms},
};

#[test]
fn what_is_decided_on_a_copy_is_lost_with_it() {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 2)]));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let (digest, deadline) = (site.engine.digest(), site.engine.next_deadline());
    let mut copy = site.engine.preview();
    assert_eq!(copy.digest(), digest);
    let decided = copy.decide(
        Command::InstallOrder {
            order: vendor::order(&ordered("wb-1", 2, suspend())),
            actor: ADMINISTRATOR,
        },
        site.now,
    );
    assert_eq!(decided.outcome, Outcome::Installed);
    assert_eq!(copy.seats().count(), 0, "the copy's seat ended");
    assert_ne!(copy.digest(), digest);
    assert_eq!(site.engine.seats().count(), 1);
    assert_eq!(
        (site.engine.digest(), site.engine.next_deadline()),
        (digest, deadline)
    );
    // The engine itself still decides the same.
    let order = vendor::order(&ordered("wb-1", 2, suspend()));
    assert_eq!(site.order(&order), Outcome::Installed);
    assert_eq!(site.engine.digest(), copy.digest());
}
