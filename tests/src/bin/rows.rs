//! `cargo run -p grantor-tests --bin rows` checks the kept lists; with `-- --write` it first flips covered rows from
//! `open` to `now` and writes `docs/specs.md` anew.

use grantor_tests::rows::Rows;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let write = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--write") => true,
        Some(other) => {
            eprintln!("rows: unknown argument {other:?}; the only one is --write");
            return ExitCode::from(2);
        }
    };
    match check(write) {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("rows: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check(write: bool) -> Result<Vec<String>, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rows = Rows::read(here.parent().unwrap_or(here))?;
    if write {
        rows.settle();
        rows.write()?;
    }
    Ok(rows.problems())
}
