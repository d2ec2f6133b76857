//! Where the contracts differ: each value of each option that bears on the client's machine, through
//! the template of the contract that has it. A test is named by option, contract and value.

mod delays;
mod ends;
mod limits;
mod support;
mod terms;

use octroi_engine::RefusalCode;
use octroi_vendor::order::Template;

use crate::stage::Contract;

/// The contracts, each with a feature that its users ask for.
const CONTRACTS: [(Template, &str); 5] = [
    (Template::Zenlocassur, "zenlocassur"),
    (Template::ApexTiming, "timing"),
    (Template::Kimple, "operations"),
    (Template::BoostMyMail, "signatures"),
    (Template::TheGreenBow, "vpn-client"),
];

fn zenlocassur() -> Contract {
    Contract::signed(Template::Zenlocassur, &[])
}

fn apex_timing() -> Contract {
    Contract::signed(Template::ApexTiming, &[])
}

fn kimple() -> Contract {
    Contract::signed(Template::Kimple, &[])
}

fn boost_my_mail() -> Contract {
    Contract::signed(Template::BoostMyMail, &[])
}

fn thegreenbow() -> Contract {
    Contract::signed(Template::TheGreenBow, &[])
}

/// A feature of the contract is granted until the day begins, and refused with this code from then on.
#[track_caller]
fn granted_until(contract: &mut Contract, feature: &str, day: &str, code: RefusalCode) {
    let midnight = contract.instant(&format!("{day} 00:00"));
    contract.go_to_instant(octroi_licence::CivilSeconds(midnight.0 - 1));
    assert_eq!(
        contract.would_refuse("alice", feature),
        None,
        "the day before {day}"
    );
    contract.go_to_instant(midnight);
    assert_eq!(
        contract.would_refuse("alice", feature),
        Some(code),
        "on {day}"
    );
}
