//! What can be reached stands in a table with who may come in: of endpoints (`web/endpoints.rs`), or of operations
//! (`protocol/management/operations.rs`); what operators reach on their own listener, in a third (`web/operate.rs`).

use super::tree::{demand, files, places};
use grantor_web::Endpoint;
use std::collections::HashSet;

/// Who mounts a table, and how many lines of it do.
const MOUNTS: [(&str, usize); 3] = [
    ("crates/web/src/routes.rs", 3),
    ("crates/web/src/api/configuration.rs", 2),
    ("crates/web/src/operate.rs", 3),
];

/// What makes something reachable.
const MOUNTING: [&str; 6] = [
    "web::resource(",
    ".route(",
    "#[get(",
    "#[post(",
    "#[route(",
    "web::redirect(",
];

#[test]
fn nothing_is_mounted_but_from_the_tables() {
    let mut broken = Vec::new();
    for file in files(&[".rs"]).iter().filter(|file| file.path.starts_with("crates/")) {
        let code = file.shipped_code();
        let found = places(&file.path, &code, |line| {
            MOUNTING.iter().any(|word| line.contains(word))
        });
        let allowed = MOUNTS
            .iter()
            .find(|(path, _)| *path == file.path)
            .map_or(0, |(_, lines)| *lines);
        if found.len() != allowed {
            broken.extend(found);
        }
    }
    demand(
        "A route that stands in no table has no entry that says who may come in; add a line to a table.",
        &broken,
    );
}

#[test]
fn a_path_stands_in_the_table_once() {
    let once: HashSet<_> = Endpoint::ALL
        .iter()
        .map(|e| (format!("{:?}", e.place()), e.path()))
        .collect();
    assert_eq!(once.len(), Endpoint::ALL.len());
}
