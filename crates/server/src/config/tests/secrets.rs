//! Secrets come from closed files and are never printed.
use super::{Place, origin};
use crate::config::{DumpFormat, Settings, check_files, finish_rotation, make_master_key, make_next, master_keys};
use crate::entropy::SystemEntropy;
use std::collections::BTreeSet;
use std::fs;

/// 32 zero bytes, which is a key but no secret.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[cfg(unix)]
#[test]
fn a_secret_comes_from_a_closed_file_and_is_trimmed() {
    let with_mode = |mode| {
        let place = Place::new().closed_file("key", &format!("  {KEY}\n\n"), mode);
        let path = place.path("key");
        place.variable("GRANTOR__SECRETS__MASTER_KEY_FILE", &path)
    };
    let place = with_mode(0o600);
    let loaded = place.load();
    assert_eq!(loaded.settings.secrets.master_key.expose(), Some(KEY));
    assert_eq!(
        origin(&loaded, "secrets.master_key"),
        "environment GRANTOR__SECRETS__MASTER_KEY_FILE"
    );
    assert!(
        place
            .variable("GRANTOR__SECRETS__MASTER_KEY", KEY)
            .refusal()
            .contains("both ")
    );
    for mode in [0o644, 0o620, 0o610, 0o604] {
        let place = with_mode(mode);
        let expected = format!(
            "{}: holds a secret but has mode {mode:04o}; close it",
            place.path("key")
        );
        assert!(place.refusal().starts_with(&expected), "{}", place.refusal());
    }
}

#[cfg(unix)]
#[test]
fn only_a_file_of_root_may_be_read_by_its_group() {
    use std::os::unix::fs::MetadataExt as _;
    let place = Place::new().closed_file("key", KEY, 0o640);
    let of_root = fs::metadata(place.path("key")).unwrap().uid() == 0;
    let path = place.path("key");
    let place = place.variable("GRANTOR__SECRETS__MASTER_KEY_FILE", &path);
    if of_root {
        assert_eq!(place.load().settings.secrets.master_key.expose(), Some(KEY));
    } else {
        assert!(place.refusal().contains("has mode 0640"), "{}", place.refusal());
    }
}

#[cfg(unix)]
#[test]
fn a_configuration_file_with_a_secret_is_a_secret_file() {
    let content = format!("[secrets]\nmaster_key = \"{KEY}\"");
    assert!(
        Place::new()
            .closed_file("grantor.toml", &content, 0o644)
            .refusal()
            .contains("has mode 0644")
    );
    Place::new().closed_file("grantor.toml", &content, 0o600).load();
    Place::new()
        .closed_file("grantor.toml", "[secrets]\nmaster_key = \"\"", 0o644)
        .load();
}

#[cfg(unix)]
#[test]
fn the_first_start_makes_the_master_key_and_later_ones_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let folder = place.path("new/data");
    let settings = place.variable("GRANTOR__DATA__FOLDER", &folder).load().settings;
    assert!(ids(&settings).is_empty());
    make_master_key(&settings, &SystemEntropy).unwrap();
    let first = ids(&settings);
    make_master_key(&settings, &SystemEntropy).unwrap();
    assert_eq!((ids(&settings), first.len()), (first.clone(), 1));
    let path = settings.master_key_path();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    for refused in [master_keys(&settings).map(drop), check_files(&settings)] {
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("master.key: holds a secret but has mode 0644")
        );
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "no key").unwrap();
    let refused = master_keys(&settings).map(drop).unwrap_err().to_string();
    assert!(
        refused.contains("holds no master key") && !refused.contains("no key\""),
        "{refused}"
    );
}

#[cfg(unix)]
#[test]
fn processes_that_start_together_agree_on_one_key() {
    let place = Place::new();
    let folder = place.path("data");
    let settings = place.variable("GRANTOR__DATA__FOLDER", &folder).load().settings;
    let keys: BTreeSet<String> = std::thread::scope(|scope| {
        let start = || {
            scope.spawn(|| {
                make_master_key(&settings, &SystemEntropy).unwrap();
                ids(&settings).concat()
            })
        };
        let threads: Vec<_> = (0..8).map(|_| start()).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(keys.len(), 1);
}

/// The ids of the keys a start would have, in their order.
fn ids(settings: &Settings) -> Vec<String> {
    master_keys(settings).unwrap().iter().map(|key| key.id()).collect()
}

#[cfg(unix)]
#[test]
fn a_rotation_of_files_leaves_every_key_within_reach_after_each_step() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let folder = place.path("data");
    let settings = place.variable("GRANTOR__DATA__FOLDER", &folder).load().settings;
    make_master_key(&settings, &SystemEntropy).unwrap();
    let old = ids(&settings).concat();
    let next = make_next(&settings, &SystemEntropy).unwrap().id();
    assert_eq!(
        make_next(&settings, &SystemEntropy).unwrap().id(),
        next,
        "taken up again"
    );
    assert_eq!(ids(&settings), [old.clone(), next.clone()]);
    // Between the two renames.
    fs::rename(settings.master_key_path(), settings.former_master_key_path()).unwrap();
    assert_eq!(ids(&settings), [next.clone(), old.clone()]);
    finish_rotation(&settings).unwrap();
    assert_eq!(ids(&settings), [next.clone(), old.clone()]);
    assert!(settings.master_key_path().exists() && !settings.next_master_key_path().exists());
    // The next time the former one makes room.
    let third = make_next(&settings, &SystemEntropy).unwrap().id();
    assert_eq!(ids(&settings), [next.clone(), third.clone(), old]);
    finish_rotation(&settings).unwrap();
    assert_eq!(ids(&settings), [third, next]);
    for file in fs::read_dir(&folder).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }
    // Each file is judged, used or not.
    for path in [settings.master_key_path(), settings.former_master_key_path()] {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640 | 0o004)).unwrap();
        assert!(
            check_files(&settings)
                .unwrap_err()
                .to_string()
                .contains("has mode 0644")
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    check_files(&settings).unwrap();
}

#[test]
fn the_settings_give_one_key_or_two_and_no_file_counts_then() {
    const NEXT: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    let place = Place::new();
    let folder = place.path("data");
    let place = place
        .variable("GRANTOR__DATA__FOLDER", &folder)
        .variable("GRANTOR__SECRETS__MASTER_KEY", KEY);
    let settings = place.load().settings;
    make_master_key(&settings, &SystemEntropy).unwrap();
    let one = ids(&settings);
    assert_eq!(one.len(), 1);
    let both = ids(&place
        .variable("GRANTOR__SECRETS__NEXT_MASTER_KEY", NEXT)
        .load()
        .settings);
    assert!(both.len() == 2 && both[0] == one[0], "{both:?}");
    let lone = Place::new()
        .variable("GRANTOR__SECRETS__NEXT_MASTER_KEY", NEXT)
        .refusal();
    assert!(
        lone.contains("secrets.next_master_key (environment GRANTOR__SECRETS__NEXT_MASTER_KEY) is set and"),
        "{lone}"
    );
    assert!(!lone.contains("AQEB"), "{lone}");
}

#[test]
fn nothing_prints_a_secret() {
    let loaded = Place::new().variable("GRANTOR__SECRETS__MASTER_KEY", KEY).load();
    let json = serde_json::to_string(&loaded.settings).unwrap();
    for text in [
        format!("{loaded:?}"),
        json,
        loaded.dump(DumpFormat::Toml),
        loaded.dump(DumpFormat::Json),
    ] {
        assert!(!text.contains("AAAA"), "{text}");
        assert!(text.contains("master_key"), "{text}");
    }
    assert!(
        loaded
            .dump(DumpFormat::Toml)
            .contains("master_key = \"[REDACTED]\" # environment GRANTOR__SECRETS__MASTER_KEY")
    );
    assert!(
        Place::new()
            .load()
            .dump(DumpFormat::Toml)
            .contains("master_key = \"\" # default")
    );
}
