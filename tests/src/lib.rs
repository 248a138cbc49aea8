//! The kept list of promises and attacks, and the check that each has its test or says what it waits for.
//!
//! Owns: `covers!`, the lists under `tests/rows`, the search for covers, `docs/specs.md`, and what tests of several crates need of
//! the world outside (`proxy`, `redis`). Does not own: any test of the
//! server; those live in `it/`, in the crates and in `interop/`.

mod covers;
pub mod proxy;
pub mod redis;
pub mod rows;

pub use covers::is_row_id;
