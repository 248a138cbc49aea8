//! Users.
use super::servers::bad_names;
use super::{Case, Kind, at, case, taken};
use serde_json::{Value, json};

const K: Kind = Kind::Identity;
const TEXTS: [&str; 10] = [
    "profile.name",
    "profile.given_name",
    "profile.family_name",
    "profile.middle_name",
    "profile.nickname",
    "profile.gender",
    "profile.birthdate",
    "profile.zoneinfo",
    "profile.locale",
    "profile.phone_number",
];
const LINKS: [&str; 3] = ["profile.profile", "profile.picture", "profile.website"];
const LINES: [&str; 6] = [
    "formatted",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
];

fn long(length: usize) -> String {
    "x".repeat(length)
}

pub(super) fn cases() -> Vec<Case> {
    let mut names = bad_names(200);
    names.extend([
        json!(" x"),
        json!("x "),
        json!("alice"),
        json!("ALICE"),
        json!("Alice@example.test"),
    ]);
    let mut all: Vec<Case> = names
        .into_iter()
        .map(|name| case(K, "username", at("username", name)))
        .collect();
    for email in [
        json!("nobody"),
        json!("a b@c.test"),
        json!("a\u{7}@c.test"),
        json!(format!("{}@c.test", long(320))),
        json!("alice@example.test"),
        json!("Alice@EXAMPLE.test"),
        json!("Taken@identity.test"),
        json!(5),
        json!(["a@c.test"]),
    ] {
        all.push(case(K, "email", at("email", email)));
    }
    for password in [
        json!(""),
        json!("short"),
        json!("9 chars!!"),
        json!("ab".repeat(513)),
        json!(long(20)),
        json!("password 1234"),
        json!(5),
        json!(["a password"]),
    ] {
        all.push(case(K, "password", at("password", password)));
    }
    for member in ["enabled", "email_verified"] {
        all.extend([json!("yes"), json!(1)].map(|value| case(K, member, at(member, value))));
    }
    all.push(case(K, "colour", at("colour", json!(1))));
    all.extend(of_profile());
    for over in [
        json!({"username": "名前 with a blank"}),
        json!({"email": null, "profile": null, "enabled": null, "password": null}),
        json!({"email": "new@new.test", "email_verified": true, "password": "ten chars!"}),
        json!({"password": "ab".repeat(512), "enabled": false}),
        json!({"profile": {"name": long(200), "website": "https://x.test", "address": {"formatted": "a\nb"}}}),
        json!({"has_password": true, "tenant_id": "t2", "realm_id": "admin", "managed_by": "me"}),
    ] {
        // Names are each user's own: those that are given here are given once.
        let once = over.get("username").is_some() || over.get("email").is_some_and(Value::is_string);
        let mut case = taken(K, over);
        if once {
            case.doors = &[super::Door::ApiUpdate];
        }
        all.push(case);
    }
    all
}

fn of_profile() -> Vec<Case> {
    let mut all = Vec::new();
    for field in TEXTS {
        for value in [json!(""), json!(long(201)), json!("a\u{7}b"), json!(5)] {
            all.push(case(K, field, at(field, value)));
        }
    }
    for field in LINKS {
        for value in [
            "javascript:alert(1)",
            "data:text/html,x",
            "nonsense",
            "ftp://x.test",
            "//x.test",
        ] {
            all.push(case(K, field, at(field, json!(value))));
        }
        all.push(case(
            K,
            field,
            at(field, json!(format!("https://x.test/{}", long(2000)))),
        ));
        all.push(case(K, field, at(field, json!(5))));
    }
    for line in LINES {
        for value in [json!(long(501)), json!("a\u{7}b")] {
            all.push(case(
                K,
                "profile.address",
                json!({"profile": {"address": {line: value}}}),
            ));
        }
    }
    all.push(case(
        K,
        "profile.phone_number_verified",
        at("profile.phone_number_verified", json!("yes")),
    ));
    all.push(case(K, "profile.colour", at("profile.colour", json!("red"))));
    all.push(case(K, "profile", at("profile", json!("x"))));
    all.push(case(K, "profile.address", at("profile.address", json!("x"))));
    all.push(case(
        K,
        "profile.address.planet",
        at("profile.address.planet", json!("x")),
    ));
    all
}
