//! Measures the daemon against references in the same run; see `octroi_tests::bench`.

use std::process::ExitCode;

fn main() -> ExitCode {
    octroi_tests::bench::main()
}
