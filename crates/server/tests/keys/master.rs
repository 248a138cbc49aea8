//! `master-key rotate`, and starts with another key: after a crash at every step, with an old backup, before a migration.
use super::{SECRET, follower};
use crate::place::Place;
use crate::{REALM, ZERO_KEY, check};
use grantor_jose::MasterKey;
use std::fs;

/// 32 bytes of ones in base64.
const ONES_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

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
    // The next key was made, and nothing more.
    let first = read(&place, "master.key");
    place.closed_file("data/master.key.next", ONES_KEY);
    works("the next key was made");
    check(&place, &[("master-key rotate", 0, "back it up now", "")]);
    assert_eq!(
        (key_files(&place), read(&place, "master.key")),
        (ended().map(str::to_owned).to_vec(), ONES_KEY.into())
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

type Copied = Vec<(&'static str, Option<Vec<u8>>)>;

/// A copy of the database while nothing runs, with what is still in its log.
fn back_up(place: &Place) -> Copied {
    let content = |name: &'static str| (name, fs::read(place.path("data").join(name)).ok());
    ["grantor.sqlite", "grantor.sqlite-wal"].map(content).into()
}

fn restore(place: &Place, backup: Copied) {
    for name in ["grantor.sqlite", "grantor.sqlite-wal", "grantor.sqlite-shm"] {
        let _ = fs::remove_file(place.path("data").join(name));
    }
    for (name, content) in backup {
        if let Some(content) = content {
            fs::write(place.path("data").join(name), content).unwrap();
        }
    }
}

#[test]
fn a_backup_of_before_a_rotation_opens_with_the_former_key() {
    let place = Place::new().file("realm.toml", REALM);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    let backup = back_up(&place);
    check(&place, &[("master-key rotate", 0, "back it up now", "")]);
    let [second, first] = ["master.key", "master.key.former"].map(|name| read(&place, name));
    restore(&place, backup);
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
fn a_backup_that_is_restored_during_a_rotation_loses_no_key() {
    let place = Place::new().file("realm.toml", REALM);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    let backup = back_up(&place);
    check(&place, &[("master-key rotate", 0, "back it up now", "")]);
    let [second, first] = ["master.key", "master.key.former"].map(|name| read(&place, name));
    // Another rotation made its key and nothing more; then the backup of before both was put back.
    place.closed_file("data/master.key.next", ONES_KEY);
    restore(&place, backup);
    let names = ["master.key", "master.key.former", "master.key.next"];
    check(&place, &[("master-key rotate", 0, "run this again to take it up", "")]);
    assert_eq!(key_files(&place), names);
    assert_eq!(
        names.map(|name| read(&place, name)),
        [second.clone(), first.clone(), ONES_KEY.into()]
    );
    // It is sealed under the named key, alone.
    rename(&place, "master.key.former", "former");
    rename(&place, "master.key.next", "next");
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    rename(&place, "former", "master.key.former");
    rename(&place, "next", "master.key.next");
    check(&place, &[("master-key rotate", 0, "back it up now", "")]);
    assert_eq!(
        [read(&place, "master.key"), read(&place, "master.key.former")],
        [ONES_KEY.into(), second]
    );
    assert_eq!(key_files(&place), ended());
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
}

fn ended() -> [&'static str; 2] {
    ["master.key", "master.key.former"]
}

#[test]
fn drafts_of_keys_that_a_crash_left_are_removed_where_a_key_is_made() {
    let place = Place::new().file("realm.toml", REALM);
    let drafts = ["master.0123456789abcdef.draft", "master.key.fedcba9876543210.draft"];
    let others = ["master.key.notes.draft", "other.0123456789abcdef.draft"];
    fs::create_dir(place.path("data")).unwrap();
    let leave = |names: &[&str]| {
        names
            .iter()
            .for_each(|n| place.closed_file(&format!("data/{n}"), ONES_KEY))
    };
    leave(&drafts);
    leave(&others);
    for command in ["apply -f realm.toml", "master-key rotate"] {
        assert_eq!(place.run(command).code, 0);
        let left = key_files(&place);
        assert!(
            others.iter().all(|n| left.iter().any(|l| l == n)),
            "{command}: {left:?}"
        );
        assert!(
            !left.iter().any(|l| drafts.contains(&l.as_str())),
            "{command}: {left:?}"
        );
        leave(&drafts);
    }
    assert_ne!(read(&place, "master.key"), ONES_KEY);
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
    let same = with(ONES_KEY, &format!("{ONES_KEY}="));
    check(
        &same,
        &[
            ("config check", 2, "", "is the same key as secrets.master_key"),
            ("master-key rotate", 2, "", "is the same key as secrets.master_key"),
        ],
    );
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

#[test]
fn a_wrong_master_key_is_refused_before_anything_is_migrated() {
    let place = Place::new().file("realm.toml", REALM);
    let pending = place.one_migration_back(&MasterKey::from_bytes([1; 32]));
    place.closed_file("data/master.key", ZERO_KEY);
    for command in ["serve", "apply -f realm.toml", "client rotate-secret m --print-secret"] {
        let ran = place.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{command}: {ran:?}");
        assert!(ran.err.contains("is this the right master key?"), "{command}: {ran:?}");
        assert_eq!(place.pending(), pending, "{command}");
        assert!(!place.path("data/grantor.ephemeral.sqlite").exists(), "{command}");
    }
    // The control: with the right key the same command migrates.
    place.closed_file("data/master.key", &MasterKey::from_bytes([1; 32]).to_text());
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    assert_eq!((pending, place.pending()), (1, 0));
}
