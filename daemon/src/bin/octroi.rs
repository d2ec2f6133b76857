//! The administrator's command line.
fn main() -> std::process::ExitCode {
    octroid::cli::main()
}
