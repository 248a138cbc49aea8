//! What an issuer publishes: its metadata (RFC 8414, OpenID Connect Discovery) and its keys (RFC 7517).
mod advertised;
mod grants;
mod offers;

use crate::app::{App, OTHER, REALM};
use grantor_tests::covers;
use serde_json::Value;

const DOCUMENTS: [&str; 4] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/jwks",
    "/.well-known/jwks.json",
];

/// Every issuer of the fixtures with the prefix it lives under.
fn prefixes() -> [String; 4] {
    let application = format!("{REALM}/applications/app-a");
    [String::new(), REALM.into(), application, OTHER.into()]
}

#[tokio::test]
async fn no_header_of_a_request_changes_what_is_published() {
    covers!("O-189");
    let base = "https://id.example/base";
    for public_url in [None, Some(base)] {
        let app = App::start_with(|s| {
            if let Some(url) = public_url {
                s.server.public_url = url.into();
            }
            s.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        })
        .await;
        let mount = if public_url.is_some() { "/base" } else { "" };
        for prefix in prefixes() {
            let expected = app.get(&format!("{mount}{prefix}{}", DOCUMENTS[0])).await.json();
            let issuer = format!("{}{prefix}", app.issuer());
            assert_eq!(expected["issuer"], issuer);
            for (name, value) in expected.as_object().unwrap() {
                if name.ends_with("_endpoint") || name == "jwks_uri" {
                    assert!(
                        value.as_str().unwrap().starts_with(&format!("{issuer}/")),
                        "{name}: {value}"
                    );
                }
            }
            for document in DOCUMENTS {
                let path = format!("{mount}{prefix}{document}");
                let plain = app.get(&path).await;
                assert_eq!(plain.status, 200, "{path}");
                for forged in FORGED {
                    let answer = app.send("GET", &path, forged, None).await;
                    assert_eq!((answer.status, &answer.body), (200, &plain.body), "{path} {forged:?}");
                    assert_eq!(answer.header("etag"), plain.header("etag"));
                }
            }
        }
    }
}

const FORGED: [&[(&str, &str)]; 5] = [
    &[("host", "evil.test")],
    &[
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "8080"),
    ],
    &[("forwarded", "for=10.0.0.1;host=evil.test;proto=http")],
    &[
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/evil"),
        ("x-rewrite-url", "/evil"),
    ],
    &[
        ("host", "evil.test:443"),
        ("x-host", "evil.test"),
        ("x-forwarded-server", "evil.test"),
    ],
];

#[tokio::test]
async fn a_key_set_holds_public_keys_of_its_own_realm_and_nothing_else() {
    covers!("O-191");
    let app = App::start().await;
    let mut seen = std::collections::BTreeMap::new();
    for (realm, prefix) in [("main", ""), ("admin", crate::app::ADMIN), ("t2", OTHER)] {
        let body = app.get(&format!("{prefix}/jwks")).await.body;
        let document: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(document.as_object().unwrap().keys().collect::<Vec<_>>(), ["keys"]);
        let keys = document["keys"].as_array().unwrap();
        let mut algorithms: Vec<_> = keys.iter().map(|k| k["alg"].as_str().unwrap()).collect();
        algorithms.sort_unstable();
        assert_eq!(algorithms, ["ES256", "EdDSA", "PS256", "RS256"], "{realm}");
        for key in keys {
            let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            let expected: &[&str] = match key["kty"].as_str().unwrap() {
                "RSA" => &["alg", "e", "kid", "kty", "n", "use"],
                "EC" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
                "OKP" => &["alg", "crv", "kid", "kty", "use", "x"],
                other => panic!("{other} in {realm}"),
            };
            assert_eq!(names, expected, "{realm}");
            assert_eq!(key["use"], "sig");
            let kid = key["kid"].as_str().unwrap().to_owned();
            assert_eq!(seen.insert(kid, realm), None, "a kid stands twice");
        }
        // No secret of the realm is among it, in whatever spelling.
        for secret in [
            "\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\"", "\"k\"", "\"oct\"", "PRIVATE",
        ] {
            assert!(!body.contains(secret), "{realm}: {secret}");
        }
    }
    for prefix in prefixes().iter().take(3) {
        for document in &DOCUMENTS[2..] {
            assert_eq!(
                app.get(&format!("{prefix}{document}")).await.body,
                app.get("/jwks").await.body
            );
        }
    }
}

#[tokio::test]
async fn documents_are_cached_by_whoever_reads_them_and_never_read_from_the_database_again() {
    covers!("O-192");
    let app = App::start().await;
    for prefix in prefixes() {
        for document in DOCUMENTS {
            let path = format!("{prefix}{document}");
            let first = app.get(&path).await;
            let (etag, body) = (first.header("etag").to_owned(), first.body.clone());
            assert_eq!(first.header("cache-control"), "public, max-age=300");
            assert_eq!(first.header("content-type"), "application/json");
            assert!(
                etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10,
                "{etag}"
            );
            let weak = format!("W/{etag}");
            let list = format!("\"other\", {etag}");
            for (known, status) in [
                (&*etag, 304),
                (&weak, 304),
                (&list, 304),
                ("*", 304),
                ("\"other\"", 200),
                ("", 200),
            ] {
                let answer = app.send("GET", &path, &[("if-none-match", known)], None).await;
                assert_eq!(answer.status, status, "{path} {known}");
                assert_eq!(
                    (answer.header("etag"), answer.header("cache-control")),
                    (&*etag, "public, max-age=300")
                );
                assert_eq!(answer.body, if status == 304 { "" } else { &body });
            }
            let head = app.send("HEAD", &path, &[], None).await;
            assert_eq!((head.status, head.header("etag"), &*head.body), (200, &*etag, ""));
            assert_eq!(head.header("content-length"), body.len().to_string());
            assert_eq!(app.post(&path, &[], &[]).await.status, 405);
        }
    }
    // Whatever a later request costs, it is no read of a key: there is none left to read.
    let before = app.get("/jwks").await.body;
    app.sql(|c| c.execute_batch("DELETE FROM signing_key; DELETE FROM realm; DELETE FROM client"));
    for _ in 0..200 {
        assert_eq!(app.get("/jwks").await.body, before);
    }
}
