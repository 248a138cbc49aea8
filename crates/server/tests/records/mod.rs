//! Commands on users, applications and tokens; export, diff and doctor.
use crate::place::Place;
use crate::{REALM, check};
use std::fs;

#[test]
fn records_are_worked_on_by_name() {
    let place = Place::new().file("realm.toml", REALM);
    check(
        &place,
        &[
            ("apply -f realm.toml", 0, "applied", ""),
            (
                "user create alice --email alice@example.com",
                0,
                "user alice was made; id ",
                "",
            ),
            ("user create alice", 1, "", "username: another user has this user name"),
            ("user create bob --role nothing", 1, "", "role nothing"),
            ("user disable bob", 1, "", "there is no user bob in realm default/main"),
            ("user disable alice", 0, "user alice is disabled", ""),
            ("user enable alice", 0, "user alice is enabled", ""),
            ("user create carol --realm nowhere", 1, "", "nowhere"),
            (
                "user create dora --realm admin --role read-only --json",
                0,
                "\"has_password\": false",
                "",
            ),
            (
                "client create Shop --redirect-uri https://shop.example/cb",
                2,
                "",
                "--print-secret",
            ),
            (
                "client create Shop --public --redirect-uri https://shop.example/cb",
                0,
                "client_id",
                "",
            ),
            (
                "client create Shop --public --redirect-uri http://shop.example/cb",
                1,
                "",
                "redirect_uris[0]",
            ),
            ("client create Robot --print-secret", 0, "client_secret", ""),
            ("client show m", 0, "client_credentials", ""),
            ("client show m --json", 0, "\"client_id\": \"m\"", ""),
            ("client show nobody", 1, "", "nobody"),
            ("token issue m", 2, "", "--print-secret"),
            ("token issue m --print-secret", 0, "access_token", ""),
            ("token issue m --scope nothing --print-secret", 1, "", "nothing"),
            (
                "token issue nobody --print-secret",
                1,
                "",
                "no application with client_id nobody",
            ),
        ],
    );
}

/// The server does not run; the rest is as it should be while nobody has set a password.
#[test]
fn the_doctor_says_what_is_wrong() {
    let place = Place::new().file("realm.toml", REALM);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    let ran = place.run("doctor --json");
    let findings: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let verdict = |check: &str| {
        let found = findings
            .as_array()
            .unwrap()
            .iter()
            .find(|f| f["check"] == check)
            .unwrap();
        found["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(ran.code, 2, "{ran:?}");
    for (check, expected) in [
        ("database", "good"),
        ("keys", "good"),
        ("secrets", "good"),
        ("admin", "warning"),
        ("issuer", "warning"),
        ("server", "bad"),
    ] {
        assert_eq!(verdict(check), expected, "{check}");
    }
}

#[test]
fn a_realm_is_exported_as_a_document_that_changes_nothing() {
    let demo = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/demo.toml")).unwrap();
    // People call themselves what they like.
    let demo = demo.replace("Bob Builder", "$(env:PATH)");
    let place = Place::new().file("demo.toml", &demo);
    check(
        &place,
        &[
            ("apply -f demo.toml", 0, "applied", ""),
            ("diff -f demo.toml", 0, "", ""),
            ("export -o out.toml", 0, "", ""),
            ("diff -f out.toml", 0, "", ""),
            ("apply -f out.toml", 0, "; 0 changes", ""),
            ("export --realm nowhere", 1, "", "there is no realm default/nowhere"),
            ("export --realm admin -o admin.toml", 0, "", ""),
            ("diff -f admin.toml", 0, "", ""),
        ],
    );
    let out = fs::read_to_string(place.path("out.toml")).unwrap();
    for secret in ["wonderland", "demo-web-secret", "introspection-secret", "argon2"] {
        assert!(!out.contains(secret), "{secret}");
    }
    assert!(out.contains("$(env:PATH)"), "{out}");
    // Somewhere else it makes the same realm, but for secrets and passwords.
    let other = Place::new().file("out.toml", &out);
    check(
        &other,
        &[
            ("apply -f out.toml", 0, "applied", ""),
            ("diff -f out.toml", 0, "", ""),
            ("export -o again.toml", 0, "", ""),
        ],
    );
    assert_eq!(fs::read_to_string(other.path("again.toml")).unwrap(), out);
    // A difference is told, and is no failure.
    let changed = out.replacen("display_name = \"Notes\"", "display_name = \"Other\"", 1);
    let other = other.file("changed.toml", &changed);
    let ran = other.run("diff -f changed.toml");
    assert!(
        ran.code == 3 && ran.out.contains("display_name: \"Notes\" -> \"Other\""),
        "{ran:?}"
    );
}

#[test]
fn what_is_misspelt_is_not_said_and_a_secret_in_the_wrong_place_is_refused() {
    let head = "tenant = 'default'\nrealm = 'main'\n";
    for (entry, told) in [
        (
            "[[users]]\nusername = 'u'\npasword = 'hunter2-hunter2'\n",
            "users[0].pasword",
        ),
        (
            "[[resource_servers]]\nid = 'n'\nidentifier = 'https://n.test'\ndisplay_name = 'N'\nintrospection = [{ id = 'n2', secrt = 'hunter2-hunter2' }]\n",
            "introspection[0].secrt",
        ),
        (
            "[[applications]]\nid = 'a'\ndisplay_name = 'A'\nclient_secret = 'hunter2-hunter2'\n",
            "applications[0].client_secret",
        ),
        (
            "[[applications]]\nid = 'a'\ndisplay_name = 'A'\nprotocol_config = { client_secret = 'hunter2-hunter2' }\n",
            "applications[0].protocol_config.client_secret",
        ),
    ] {
        let place = Place::new().file("realm.toml", &format!("{head}{entry}"));
        let ran = place.run("apply -f realm.toml");
        assert!(ran.code == 1 && ran.err.contains(told), "{entry}: {ran:?}");
        assert!(!ran.err.contains("hunter2") && ran.out.is_empty(), "{ran:?}");
    }
}

#[test]
fn taking_a_record_over_is_told_before_and_when_it_happens() {
    let head = "tenant = 'default'\nrealm = 'main'\n";
    let group = "[[groups]]\nid = 'g'\ndisplay_name = 'G'\n";
    let owned = format!("{head}managed_by = 'team-a'\n{group}");
    let place = Place::new()
        .file("free.toml", &format!("{head}{group}"))
        .file("owned.toml", &owned)
        .file("other.toml", &owned.replace("team-a", "team-b"));
    check(&place, &[("apply -f free.toml", 0, "; 1 changes", "")]);
    let ran = place.run("diff -f owned.toml");
    assert!(
        ran.code == 3 && ran.out.contains("managed_by: null -> \"team-a\""),
        "{ran:?}"
    );
    check(
        &place,
        &[
            ("apply -f owned.toml", 0, "; 1 changes", ""),
            ("apply -f owned.toml", 0, "; 0 changes", ""),
            ("apply -f free.toml", 0, "; 0 changes", ""),
            ("apply -f other.toml", 1, "", "team-a owns this group"),
        ],
    );
}
