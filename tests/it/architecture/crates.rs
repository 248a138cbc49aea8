//! Who may depend on whom, read from the manifests and the lock file.

use super::tree::{demand, root};
use toml::{Table, Value};

/// Each crate of ours with the ones it may name (architecture, section 2).
const DIRECTION: [(&str, &[&str]); 8] = [
    ("protocol", &[]),
    ("jose", &["protocol"]),
    ("store", &["protocol", "migrations"]),
    ("flows", &["protocol", "jose", "store"]),
    ("web", &["protocol", "store", "flows"]),
    ("server", &["protocol", "jose", "store", "flows", "web", "migrations"]),
    ("migrations", &[]),
    (
        "tests",
        &["protocol", "jose", "store", "flows", "web", "server", "migrations"],
    ),
];

/// Dependencies that belong to somebody: only these crates may name them.
const RESERVED: [(&str, &[&str]); 20] = [
    ("josekit", &["jose"]),
    ("openssl", &["jose", "tests"]),
    ("rsa", &["jose"]),
    ("aws-lc-rs", &["jose"]),
    ("hmac", &["jose"]),
    ("sea-orm", &["store"]),
    ("redis", &["store"]),
    ("rusqlite", &["store", "tests"]),
    ("sqlx", &["store", "tests"]),
    ("sea-orm-migration", &["migrations", "store"]),
    ("argon2", &["flows"]),
    ("moka", &["flows"]),
    ("reqwest", &["flows", "server", "tests"]),
    ("actix-web", &["web", "server"]),
    ("askama", &["web"]),
    ("fluent-templates", &["web"]),
    ("rust-embed", &["web"]),
    ("utoipa", &["protocol", "web"]),
    ("openidconnect", &["server", "tests"]),
    ("oauth2", &["server", "tests"]),
];

/// All that `protocol` may name: parsing and arithmetic, nothing that reaches the world.
const PURE: [&str; 11] = [
    "serde",
    "serde_json",
    "serde_path_to_error",
    "url",
    "sha2",
    "base64",
    "subtle",
    "thiserror",
    "time",
    "uuid",
    "utoipa",
];

fn manifest(name: &str) -> Table {
    let folder = if ["migrations", "tests"].contains(&name) {
        name.to_owned()
    } else {
        format!("crates/{name}")
    };
    let path = root().join(folder).join("Cargo.toml");
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn dependencies(manifest: &Table, kind: &str) -> Vec<(String, Value)> {
    let table = manifest.get(kind).and_then(Value::as_table);
    table
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

#[test]
fn every_crate_of_the_house_has_its_place_in_the_direction() {
    let mut folders: Vec<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.extend(["migrations".to_owned(), "tests".to_owned()]);
    folders.sort();
    let mut known = DIRECTION.map(|(name, _)| name.to_owned());
    known.sort();
    assert_eq!(
        folders, known,
        "a new crate is bought for its boundary: give it its line in DIRECTION and in docs/architecture.md"
    );
}

#[test]
fn crates_depend_on_each_other_in_one_direction_only() {
    let mut broken = Vec::new();
    for (name, allowed) in DIRECTION {
        let manifest = manifest(name);
        for (dependency, _) in KINDS.iter().flat_map(|kind| dependencies(&manifest, kind)) {
            let ours = dependency.strip_prefix("grantor-");
            if ours.is_some_and(|ours| ours != "tests" && !allowed.contains(&ours)) {
                broken.push(format!("{name} names {dependency}; it may name {allowed:?}"));
            }
        }
    }
    demand(
        "protocol <- jose, store <- flows <- web <- server <- tests; old migrations never follow new entities.",
        &broken,
    );
}

#[test]
fn a_reserved_dependency_is_named_by_its_owner_only() {
    let mut broken = Vec::new();
    for (name, _) in DIRECTION {
        let manifest = manifest(name);
        for (dependency, _) in KINDS.iter().flat_map(|kind| dependencies(&manifest, kind)) {
            let owners = RESERVED
                .iter()
                .find(|(reserved, _)| *reserved == dependency)
                .map(|(_, owners)| *owners);
            if owners.is_some_and(|owners| !owners.contains(&name)) {
                broken.push(format!("{name} names {dependency}, which belongs to {owners:?}"));
            }
        }
    }
    demand(
        "Each outside part has one owner, so that it can be changed in one place: ask the owner for a function.",
        &broken,
    );
}

#[test]
fn protocol_names_only_what_reaches_nothing_outside() {
    let found = dependencies(&manifest("protocol"), "dependencies")
        .into_iter()
        .map(|(name, _)| name);
    let broken: Vec<String> = found.filter(|name| !PURE.contains(&name.as_str())).collect();
    demand(
        "protocol is values in, values out: it may name only what PURE lists.",
        &broken,
    );
}

#[test]
fn every_version_and_every_lint_stands_once_in_the_workspace() {
    let mut broken = Vec::new();
    for (name, _) in DIRECTION {
        let manifest = manifest(name);
        for (dependency, value) in KINDS.iter().flat_map(|kind| dependencies(&manifest, kind)) {
            if value.get("workspace") != Some(&Value::Boolean(true)) {
                broken.push(format!("{name} gives {dependency} a version of its own"));
            }
        }
        if manifest.get("lints").and_then(|lints| lints.get("workspace")) != Some(&Value::Boolean(true)) {
            broken.push(format!("{name} has no `[lints] workspace = true`"));
        }
    }
    demand(
        "Versions stand in the root Cargo.toml with the reason for the crate; lints are the workspace's.",
        &broken,
    );
}

#[test]
fn one_crypto_provider_and_no_vulnerable_http2_is_built() {
    // The lock file also names what no feature turns on: rustls-webpki's ring among it.
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--locked", "--offline", "--target", "all"])
        .args(["--edges", "normal,build,dev", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .unwrap();
    let built = String::from_utf8(tree.stdout).unwrap();
    assert!(
        built.contains("aws-lc-rs v"),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let broken = built
        .lines()
        .filter(|line| line.starts_with("ring v") || line.starts_with("h2 v0.3."));
    let broken: Vec<String> = broken.map(|line| format!("{line} is built")).collect();
    demand(
        "A second rustls provider panics at run time, and h2 0.3 has an open advisory; `cargo tree -i` says who brings it.",
        &broken,
    );
}
