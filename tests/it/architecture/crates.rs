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
fn the_lock_holds_one_crypto_provider_and_no_vulnerable_http2() {
    let lock: Table = std::fs::read_to_string(root().join("Cargo.lock"))
        .unwrap()
        .parse()
        .unwrap();
    let packages = lock["package"].as_array().unwrap();
    let text = |package: &Value, key: &str| package[key].as_str().unwrap().to_owned();
    let depends_on = |package: &Value, name: &str| {
        let all = package.get("dependencies").and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .any(|d| d.as_str().is_some_and(|d| d.split(' ').next() == Some(name)))
    };
    // Cargo locks what a feature that nobody chose names weakly (`ring?/alloc` of rustls-webpki), and does not build it.
    let chooses_ring = |package: &&Value| depends_on(package, "ring") && text(package, "name") != "rustls-webpki";
    let rings = packages
        .iter()
        .filter(chooses_ring)
        .map(|p| format!("{} depends on ring", text(p, "name")));
    let is_old_http2 = |p: &&Value| text(p, "name") == "h2" && text(p, "version").starts_with("0.3.");
    let old = packages
        .iter()
        .filter(is_old_http2)
        .map(|p| format!("Cargo.lock holds h2 {}", text(p, "version")));
    let named = packages.iter().find(|p| text(p, "name") == "rustls");
    let other = named
        .filter(|p| !depends_on(p, "aws-lc-rs"))
        .map(|_| "rustls has another provider than aws-lc-rs".to_owned());
    let broken: Vec<String> = rings.chain(old).chain(other).collect();
    demand(
        "A second rustls provider panics at run time, and h2 0.3 has an open advisory; `cargo tree -i` says who brings it.",
        &broken,
    );
}
