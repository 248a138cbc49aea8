//! The binary `grantor`.
use std::process::ExitCode;

fn main() -> ExitCode {
    grantor_server::cli::run()
}
