//! `keys` and `master-key`: beside a running server, and after a crash at every step.
use crate::place::{Place, Running};
use crate::{REALM, ZERO_KEY, check};
use serde_json::Value;
use std::fs;

/// 32 bytes of ones in base64.
const ONES_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const SECRET: &str = "a-supplied-secret-a-supplied-secret-1";

/// The keys of a realm as `keys list --json` tells them: algorithm, kid, state.
fn listed(place: &Place, algorithm: &str) -> Vec<(String, String)> {
    let ran = place.run("keys list --json");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let keys: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    let of = keys.iter().filter(|k| k["algorithm"] == algorithm);
    of.map(|k| (text(k, "kid"), text(k, "state"))).collect()
}

fn states(place: &Place) -> Vec<String> {
    listed(place, "RS256").into_iter().map(|(_, state)| state).collect()
}

fn follower(place: &Place) -> Running {
    let server = Place::in_same(place).variable("GRANTOR__FEED__POLL_MILLISECONDS", "20");
    server.serve()
}

#[test]
fn commands_on_keys_refuse_what_is_not_there() {
    let place = Place::new().file("realm.toml", REALM);
    check(
        &place,
        &[
            ("keys list", 1, "", "there is no database"),
            ("master-key rotate", 1, "", "there is no database"),
            ("migrate", 0, "up to date", ""),
            ("keys list", 1, "", "no server was ever started"),
            ("master-key rotate", 1, "", "no server was ever started"),
            ("apply -f realm.toml", 0, "applied", ""),
            ("keys list --realm none", 1, "", "there is no realm default/none"),
            ("keys rotate --realm none", 1, "", "there is no realm default/none"),
            (
                "keys rotate --algorithm HS256",
                2,
                "",
                "wanted one of RS256, PS256, ES256, EdDSA",
            ),
            (
                "keys revoke nobody",
                1,
                "",
                "realm default/main has no signing key nobody",
            ),
        ],
    );
    assert!(states(&place).is_empty());
}

#[test]
fn a_running_server_follows_what_is_done_to_its_keys() {
    let place = Place::new().file("realm.toml", REALM);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    let server = follower(&place);
    let before = server.get("/jwks");
    assert_eq!(states(&place), ["active"]);
    let ran = place.run("keys rotate --algorithm RS256");
    assert!(
        ran.code == 0 && ran.out.starts_with("RS256 ") && ran.out.contains(" signs from 20"),
        "{ran:?}"
    );
    assert!(!ran.out.contains("Verifiers"), "{ran:?}");
    assert_eq!(states(&place), ["active", "next"]);
    let waiting = listed(&place, "RS256")[1].0.clone();
    server.until("the next key", || server.get("/jwks").contains(&waiting));
    let table = place.run("keys list").out;
    let line = table.lines().find(|line| line.contains(&waiting)).unwrap();
    assert!(
        line.starts_with("RS256 ") && line.contains(" next ") && line.ends_with('Z'),
        "{table}"
    );
    let ran = place.run("keys rotate --now");
    assert!(
        ran.code == 0 && ran.out.lines().count() == 5 && ran.out.contains("Verifiers that keep"),
        "{ran:?}"
    );
    assert_eq!(
        states(&place),
        ["retiring", "active", "next"],
        "in the order in which they sign: {table}"
    );
    let active = listed(&place, "RS256")
        .into_iter()
        .find(|(_, state)| state == "active")
        .unwrap()
        .0;
    let ran = place.run(&format!("keys revoke {active}"));
    assert!(
        ran.code == 0 && ran.out.contains("is revoked") && ran.out.contains(&waiting),
        "{ran:?}"
    );
    assert_eq!(place.run(&format!("keys revoke {active}")).code, 1);
    server.until("the end of the revoked key", || !server.get("/jwks").contains(&active));
    assert!(server.get("/jwks").contains(&listed(&place, "RS256")[0].0), "{before}");
    assert_eq!(server.token("m", SECRET), 200);
}

/// The names of the key files, and which of them are there.
fn key_files(place: &Place) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(place.path("data"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("key") || name.contains("draft"))
        .collect();
    names.sort();
    names
}

fn rename(place: &Place, from: &str, to: &str) {
    fs::rename(place.path(&format!("data/{from}")), place.path(&format!("data/{to}"))).unwrap();
}

fn read(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path(&format!("data/{name}"))).unwrap()
}

#[test]
fn the_master_key_is_rotated_under_a_running_server() {
    let place = Place::new().file("realm.toml", REALM);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    let server = follower(&place);
    assert_eq!(server.token("m", SECRET), 200);
    let (first, set) = (read(&place, "master.key"), server.get("/jwks"));
    let ran = place.run("master-key rotate");
    assert!(
        ran.code == 0 && ran.err.is_empty() && ran.out.contains("back it up now"),
        "{ran:?}"
    );
    assert!(!ran.out.contains(first.trim()), "{ran:?}");
    assert_eq!(key_files(&place), ["master.key", "master.key.former"]);
    assert_eq!(read(&place, "master.key.former"), first);
    let second = read(&place, "master.key");
    assert!(second != first && !ran.out.contains(second.trim()));
    assert_eq!(
        (place.mode("data/master.key"), place.mode("data/master.key.former")),
        (0o600, 0o600)
    );
    assert_eq!((server.token("m", SECRET), server.get("/jwks")), (200, set.clone()));
    // The server makes a key on its own under the new master key, and a command opens it.
    assert_eq!(place.run("keys rotate --algorithm ES256").code, 0);
    server.until("the new key", || server.get("/jwks") != set);
    let set = server.get("/jwks");
    let logged = server.stop();
    assert!(!logged.contains("ERROR") && !logged.contains("\"error\""), "{logged}");
    // The new key alone is enough.
    fs::remove_file(place.path("data/master.key.former")).unwrap();
    let server = follower(&place);
    assert_eq!((server.token("m", SECRET), server.get("/jwks")), (200, set));
}

#[test]
fn a_rotation_goes_on_after_a_crash_at_any_step() {
    let place = Place::new().file("realm.toml", REALM);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    let works = |what: &str| {
        let ran = place.run("apply -f realm.toml");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{what}: {ran:?}");
    };
    let ended = ["master.key", "master.key.former"];
    // The next key was made, and nothing more.
    let first = read(&place, "master.key");
    place.closed_file("data/master.key.next", ONES_KEY);
    works("the next key was made");
    check(&place, &[("master-key rotate", 0, "back it up now", "")]);
    assert_eq!(
        (key_files(&place), read(&place, "master.key")),
        (ended.map(str::to_owned).to_vec(), ONES_KEY.into())
    );
    assert_eq!(read(&place, "master.key.former"), first);
    works("the rotation was taken up");
    // Everything was sealed anew, and no file renamed.
    rename(&place, "master.key", "master.key.next");
    rename(&place, "master.key.former", "master.key");
    works("nothing was renamed");
    check(
        &place,
        &[("master-key rotate", 0, "An earlier rotation is complete", "")],
    );
    assert_eq!(
        (read(&place, "master.key"), read(&place, "master.key.former")),
        (ONES_KEY.into(), first.clone())
    );
    // One of the two files was renamed.
    rename(&place, "master.key", "master.key.next");
    works("one file was renamed");
    assert!(
        !place.path("data/master.key").exists(),
        "a start renames nothing and makes nothing"
    );
    check(
        &place,
        &[("master-key rotate", 0, "An earlier rotation is complete", "")],
    );
    assert_eq!(
        (read(&place, "master.key"), read(&place, "master.key.former")),
        (ONES_KEY.into(), first.clone())
    );
    works("the rotation is complete");
}

#[test]
fn a_backup_of_before_a_rotation_opens_with_the_former_key() {
    let place = Place::new().file("realm.toml", REALM);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    // A copy of the database while nothing runs, with what is still in its log.
    let names = ["grantor.sqlite", "grantor.sqlite-wal"];
    let content = |name: &str| fs::read(place.path("data").join(name)).ok();
    let backup = names.map(|name| (name, content(name)));
    check(&place, &[("master-key rotate", 0, "back it up now", "")]);
    let [second, first] = ["master.key", "master.key.former"].map(|name| read(&place, name));
    for name in ["grantor.sqlite", "grantor.sqlite-wal", "grantor.sqlite-shm"] {
        let _ = fs::remove_file(place.path("data").join(name));
    }
    for (name, content) in backup {
        if let Some(content) = content {
            fs::write(place.path("data").join(name), content).unwrap();
        }
    }
    check(
        &place,
        &[
            ("apply -f realm.toml", 0, "applied", ""),
            ("master-key rotate", 0, "no file has changed", ""),
        ],
    );
    assert_eq!(
        [read(&place, "master.key"), read(&place, "master.key.former")],
        [second, first]
    );
    fs::remove_file(place.path("data/master.key.former")).unwrap();
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
}

#[test]
fn a_key_from_the_settings_is_rotated_with_the_settings() {
    let start = Place::new().file("realm.toml", REALM);
    let with = |master: &str, next: &str| {
        let place = Place::in_same(&start).variable("GRANTOR__SECRETS__MASTER_KEY", master);
        match next {
            "" => place,
            next => place.variable("GRANTOR__SECRETS__NEXT_MASTER_KEY", next),
        }
    };
    let apply = ("apply -f realm.toml", 0, "applied", "");
    let one = with(ZERO_KEY, "");
    check(
        &one,
        &[apply, ("master-key rotate", 1, "", "set secrets.next_master_key")],
    );
    let both = with(ZERO_KEY, ONES_KEY);
    let rotated = ("master-key rotate", 0, "Now set secrets.master_key to this key", "");
    check(&both, &[apply, rotated, apply, rotated]);
    assert!(both.run("master-key rotate").out.contains("already"));
    let lost = "is this the right master key?";
    for command in [
        "apply -f realm.toml",
        "keys list",
        "keys rotate",
        "keys revoke x",
        "master-key rotate",
    ] {
        let ran = one.run(command);
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.lines().count()),
            (1, "", 1),
            "{command}: {ran:?}"
        );
        assert!(
            ran.err.contains(lost) && !ran.err.contains("AAAA"),
            "{command}: {ran:?}"
        );
    }
    check(&with(ONES_KEY, ""), &[apply]);
    assert!(key_files(&start).is_empty(), "no file was made");
}
