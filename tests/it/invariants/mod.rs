//! Invariants of docs/architecture.md that need a running server.
mod artefacts;
mod sql_budget;
