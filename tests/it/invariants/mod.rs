//! Invariants of docs/architecture.md that need a running server.
mod artefacts;
mod offers;
mod sql_budget;
