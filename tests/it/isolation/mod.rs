//! Who may do what: tenants and realms apart, roles no further than their scopes. Generated from the tables of what can be reached;
//! every test prints how many cells it tried.
mod access;
mod artefacts;
mod bodies;
mod callers;
mod cast;
mod lists;
mod names;
mod objects;
mod pages;
mod realms;
mod roles;
mod sessions;
mod spellings;
