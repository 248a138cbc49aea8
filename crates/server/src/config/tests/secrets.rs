//! Secrets come from closed files and are never printed.
use super::{Place, origin};
use crate::config::{DumpFormat, check_file, master_key};
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
    let first = master_key(&settings, &SystemEntropy).unwrap().to_text();
    let second = master_key(&settings, &SystemEntropy).unwrap().to_text();
    assert_eq!(*first, *second);
    let path = settings.master_key_path();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    for refused in [master_key(&settings, &SystemEntropy).map(|_| ()), check_file(&settings)] {
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("master.key: holds a secret but has mode 0644")
        );
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "no key").unwrap();
    let refused = master_key(&settings, &SystemEntropy)
        .map(|_| ())
        .unwrap_err()
        .to_string();
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
        let start = || scope.spawn(|| master_key(&settings, &SystemEntropy).unwrap().to_text().to_string());
        let threads: Vec<_> = (0..8).map(|_| start()).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(keys.len(), 1);
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
