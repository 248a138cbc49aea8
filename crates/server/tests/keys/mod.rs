//! `keys`: beside a running server. `master` does the same for the master key.
mod master;

use crate::place::{Place, Running};
use crate::{REALM, check};
use serde_json::Value;

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
