//! The APIs that programs manage with, a folder each.
pub(crate) mod configuration;
