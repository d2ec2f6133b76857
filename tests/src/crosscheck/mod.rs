//! Our code for FIDO2 keys against somebody else's, libfido2's tools: each checks what the other made.
//! Besides, what only a real kernel with a real udev has: PINs of real firmware, and who may open a
//! node. For a virtual machine alone, as `tests/vm/run` makes it.

mod device;
mod libfido2;
mod rights;

use std::io::{self, Write};

use clap::Parser;

use self::device::Device;
use crate::tally::Tally;

/// Checks hardware keys against libfido2's tools and udev, in a virtual machine of its own.
///
/// Plugs keys into the kernel that it runs under, by the program that `OCTROI_VIRTUAL_KEY` names.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Options {
    /// How keys reach the kernel: `uhid` or `gadget`.
    #[arg(long)]
    transport: String,
    /// Only what has this in its name.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

type Check = fn(&Device) -> anyhow::Result<()>;

/// In this order.
const CHECKS: &[(&str, Check)] = &[
    (
        "libfido2_verifies_the_credential_and_the_assertion_of_our_enrolment",
        libfido2::verifies_ours,
    ),
    (
        "a_credential_of_libfido2_in_ed25519_gives_proofs_that_our_code_accepts",
        |device| libfido2::theirs_serves(device, "eddsa"),
    ),
    (
        "a_credential_of_libfido2_in_p256_gives_proofs_that_our_code_accepts",
        |device| libfido2::theirs_serves(device, "es256"),
    ),
    (
        "a_key_with_a_pin_is_enrolled_by_it_and_by_no_other",
        libfido2::pin,
    ),
    (
        "the_rule_lets_the_daemons_user_open_a_security_key_and_nobody_else",
        |device| rights::by_rule(device, "fido2"),
    ),
    (
        "the_rule_lets_the_daemons_user_open_a_dongle_and_nobody_else",
        |device| rights::by_rule(device, "dongle"),
    ),
];

/// Checks, writes a line for each, and says whether all held.
///
/// # Errors
/// Nobody reads what it writes.
pub fn run(options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        let wanted = |only: &String| name.contains(only.as_str());
        if options.only.as_ref().is_none_or(wanted) {
            let transport = options.transport.clone();
            tally.check(out, name, move || check(&Device::new(&transport)?))?;
        }
    }
    tally.sum(out)
}
