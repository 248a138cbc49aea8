//! The server as a process: configuration, command line, log, clock and entropy, and the wiring of the other crates.
//!
//! Owns: everything that comes from outside the process except requests. Does not own rules, storage or pages.

pub mod cli;
pub mod clock;
pub mod config;
mod connection;
pub mod document;
pub mod entropy;
pub mod logging;
pub mod operate;
mod process;
pub mod run;
mod signals;
pub mod story;
pub mod wiring;
