//! The walls of the house, checked on the tree itself: who may depend on whom, what may stand where, how large a file gets.
//!
//! Each test is one sentence of docs/architecture.md; its failure says which line breaks it and what to do instead.

mod crates;
mod lines;
mod proofs;
mod purity;
mod routes;
mod tree;
