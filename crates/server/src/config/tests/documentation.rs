//! The file of defaults, the settings and the documented names are one list.
use super::Place;
use crate::config::keys;
use std::collections::BTreeSet;

#[test]
fn the_documented_defaults_are_exactly_the_settings() {
    let settings = serde_json::to_value(Place::new().load().settings).unwrap();
    let mut fields = BTreeSet::new();
    for (section, keys) in settings.as_object().unwrap() {
        fields.extend(keys.as_object().unwrap().keys().map(|name| format!("{section}.{name}")));
    }
    let documented: BTreeSet<String> = keys::all().map(str::to_owned).collect();
    assert_eq!(fields, documented);
}

#[test]
fn every_default_is_documented_with_a_paragraph_its_value_and_its_variable() {
    let (mut section, mut comments, mut count) = ("", Vec::new(), 0);
    for line in keys::DEFAULTS.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            comments.push(comment);
        } else if let Some(name) = line.strip_prefix('[').filter(|_| !line.contains('=')) {
            (section, comments) = (name.trim_end_matches(']'), Vec::new());
        } else if let Some((name, value)) = line.split_once(" = ") {
            let key = format!("{section}.{name}");
            let variable = keys::environment_name(&key);
            let from_file = format!("{variable}, or {variable}_FILE with the path of a file that holds it");
            let may_come_from_file = keys::is_secret(&key) || keys::may_hold_password(&key);
            let expected = if may_come_from_file { from_file } else { variable };
            let [paragraph @ .., default, environment] = comments.as_slice() else {
                panic!("{key}: {comments:?}")
            };
            assert!(!paragraph.is_empty(), "{key} has no paragraph");
            assert_eq!(*default, format!("default: {value}"), "{key}");
            assert_eq!(*environment, format!("environment: {expected}"), "{key}");
            (comments, count) = (Vec::new(), count + 1);
        }
    }
    assert_eq!(count, keys::all().count());
}

#[test]
fn the_configuration_of_the_tests_loads() {
    let place = Place::new().file("grantor.toml", include_str!("../../../../../config/test.toml"));
    assert_eq!(place.load().settings.passwords.memory_kib, 64);
}
