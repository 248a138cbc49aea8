//! PKCE from both ends: the challenge at `/authorize`, the verifier at `/token`.
use super::{Expected, check, codes, configure};
use crate::app::{Answer, App, Authorize, CHALLENGE, OTHER, REALM, VERIFIER};
use Expected::{Refused, SignIn};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_tests::covers;
use sha2::{Digest, Sha256};

fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Redeems a code of `client` with this verifier, or with none.
async fn redeem(app: &App, client: &str, code: &str, verifier: Option<&str>) -> Answer {
    let redirect_uri = Authorize::of(client).value("redirect_uri").to_owned();
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &redirect_uri),
    ];
    form.extend(verifier.map(|v| ("code_verifier", v)));
    app.client(client).token(&form).await
}

#[tokio::test]
async fn a_challenge_must_be_sent_unless_the_application_is_exempt() {
    covers!("O-063", "O-064", "O-029", "A-07", "A-08");
    let app = App::start().await;
    for client in ["a", "b", "p", "p2", "n", "plain", "first"] {
        let request = || Authorize::of(client);
        check(&app, &request(), SignIn).await;
        let bare = || request().without("code_challenge").without("code_challenge_method");
        check(&app, &bare(), Refused("invalid_request")).await;
        // Empty is omitted (RFC 6749 section 3.1).
        check(&app, &bare().add("code_challenge", ""), Refused("invalid_request")).await;
        check(&app, &request().set("code_challenge", ""), Refused("invalid_request")).await;
    }
    let exempt = Authorize::of("exempt")
        .without("code_challenge")
        .without("code_challenge_method");
    check(&app, &exempt, SignIn).await;
    let code = app.browser().code_as(&exempt, "alice").await;
    redeem(&app, "exempt", &code, None).await.assert_tokens();
}

#[tokio::test]
async fn a_challenge_is_s256_and_well_formed() {
    covers!("O-065", "O-066", "O-067", "O-068", "O-075", "A-07");
    let app = App::start().await;
    // An application that needs no challenge may not send a weak one either.
    for client in ["a", "p", "exempt"] {
        let request = || Authorize::of(client);
        check(&app, &request(), SignIn).await;
        check(
            &app,
            &request().without("code_challenge_method"),
            Refused("invalid_request"),
        )
        .await;
        for method in ["plain", "s256", "S512", "none", "256", "S256 ", "", "SHA256"] {
            check(
                &app,
                &request().set("code_challenge_method", method),
                Refused("invalid_request"),
            )
            .await;
        }
        check(&app, &request().without("code_challenge"), Refused("invalid_request")).await;
        for bad in [
            &CHALLENGE[..42],
            &format!("{CHALLENGE}x"),
            &"a".repeat(129),
            &"a".repeat(128),
            &format!("{CHALLENGE}="),
            &format!("{}=", &CHALLENGE[..42]),
            &format!("{}+", &CHALLENGE[..42]),
            &format!("{}/", &CHALLENGE[..42]),
            &format!("{} ", &CHALLENGE[..42]),
            &format!("{} {}", &CHALLENGE[..20], &CHALLENGE[21..]),
            &format!("{}~", &CHALLENGE[..42]),
            &format!("{}é", &CHALLENGE[..41]),
        ] {
            check(&app, &request().set("code_challenge", bad), Refused("invalid_request")).await;
        }
        check(
            &app,
            &request().add("code_challenge", CHALLENGE),
            Refused("invalid_request"),
        )
        .await;
        check(
            &app,
            &request().add("code_challenge", &s256("x")),
            Refused("invalid_request"),
        )
        .await;
        check(
            &app,
            &request().add("code_challenge_method", "S256"),
            Refused("invalid_request"),
        )
        .await;
    }
}

#[tokio::test]
async fn a_code_with_a_challenge_is_worth_nothing_without_its_verifier() {
    covers!("O-069", "O-070", "O-071", "A-07", "A-08");
    let app = App::start().await;
    for client in ["a", "p", "exempt"] {
        let request = Authorize::of(client);
        let code = app.browser().code_as(&request, "alice").await;
        let last = if VERIFIER.ends_with('k') { "l" } else { "k" };
        for wrong in [
            None,
            Some(""),
            Some(CHALLENGE),
            Some(&*"a".repeat(43)),
            Some(&*format!("{}{last}", &VERIFIER[..42])),
            Some(&*VERIFIER.to_ascii_lowercase()),
            Some(&*format!("{VERIFIER}a")),
        ] {
            redeem(&app, client, &code, wrong)
                .await
                .assert_json_error(400, "invalid_grant");
        }
        // A request that fails a check consumes nothing (decision 15).
        redeem(&app, client, &code, Some(VERIFIER)).await.assert_tokens();
    }
    let grants =
        |app: &App| app.sql(|sql| sql.query_row("SELECT count(*) FROM authorization_grant", [], |r| r.get::<i64>(0)));
    assert_eq!(grants(&app), 3);
}

#[tokio::test]
async fn a_verifier_of_the_wrong_form_never_fits_whatever_its_hash_is() {
    covers!("O-072", "A-07");
    let app = App::start().await;
    let mut browser = app.browser();
    for (verifier, fits) in [
        ("a".repeat(42), false),
        ("a".repeat(43), true),
        ("~._-".repeat(32), true),
        ("a".repeat(129), false),
        (format!("{}+", "a".repeat(43)), false),
        (format!("{} ", "a".repeat(43)), false),
        (format!("{}=", "a".repeat(43)), false),
        (format!("{}é", "a".repeat(43)), false),
        (format!("{}\n", "a".repeat(43)), false),
        ("a".repeat(5000), false),
    ] {
        let request = Authorize::of("a").set("code_challenge", &s256(&verifier));
        let code = browser.code_as(&request, "alice").await;
        let answer = redeem(&app, "a", &code, Some(&verifier)).await;
        match fits {
            true => answer.assert_tokens(),
            false => answer.assert_json_error(400, "invalid_grant"),
        };
    }
}

#[tokio::test]
async fn a_verifier_for_a_code_without_challenge_is_a_downgrade() {
    covers!("O-073", "A-08");
    let app = App::start().await;
    let bare = Authorize::of("exempt")
        .without("code_challenge")
        .without("code_challenge_method");
    let mut browser = app.browser();
    let code = browser.code_as(&bare, "alice").await;
    redeem(&app, "exempt", &code, None).await.assert_tokens();
    let code = browser.code_as(&bare, "alice").await;
    redeem(&app, "exempt", &code, Some(VERIFIER))
        .await
        .assert_json_error(400, "invalid_grant");
    // An attacker who strips the challenge off a client that uses PKCE gets a code its verifier does not open.
    redeem(&app, "exempt", &code, Some(&"a".repeat(43)))
        .await
        .assert_json_error(400, "invalid_grant");
    redeem(&app, "exempt", &code, None).await.assert_tokens();
}

#[tokio::test]
async fn a_code_put_into_another_session_meets_the_wrong_verifier() {
    covers!("O-074");
    let app = App::start().await;
    let (hers, his) = ("alice-".repeat(8), "mallory-".repeat(6));
    let request = |verifier: &str| Authorize::of("p").set("code_challenge", &s256(verifier));
    let (mut alice, mut mallory) = (app.browser(), app.browser());
    for (verifier, other) in [(&hers, &his), (&his, &hers)] {
        let control = alice.code_as(&request(verifier), "alice").await;
        redeem(&app, "p", &control, Some(verifier)).await.assert_tokens();
        let code = mallory.code_as(&request(verifier), "mallory").await;
        redeem(&app, "p", &code, Some(other))
            .await
            .assert_json_error(400, "invalid_grant");
        redeem(&app, "p", &code, Some(VERIFIER))
            .await
            .assert_json_error(400, "invalid_grant");
        redeem(&app, "p", &code, Some(verifier)).await.assert_tokens();
    }
}

#[tokio::test]
async fn a_verifier_stands_in_the_body_or_nowhere() {
    covers!("O-076");
    let app = App::start().await;
    let code = app.browser().code_as(&Authorize::of("a"), "alice").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", "https://a.test/cb"),
    ];
    let in_query = format!("/token?code_verifier={VERIFIER}");
    app.client("a")
        .post(&in_query, &form)
        .await
        .assert_json_error(400, "invalid_request");
    let basic = app.client("a").basic();
    for name in ["code_verifier", "code-verifier", "x-code-verifier"] {
        let headers = [("authorization", &*basic), (name, VERIFIER)];
        app.post("/token", &headers, &form)
            .await
            .assert_json_error(400, "invalid_grant");
    }
    let twice = [
        form[0],
        form[1],
        form[2],
        ("code_verifier", VERIFIER),
        ("code_verifier", VERIFIER),
    ];
    app.client("a")
        .token(&twice)
        .await
        .assert_json_error(400, "invalid_request");
    redeem(&app, "a", &code, Some(VERIFIER)).await.assert_tokens();
}

#[tokio::test]
async fn guessing_a_verifier_ends() {
    covers!("O-077");
    let app = App::start().await;
    let limit = app.settings.tokens.code_attempts;
    assert!((1..20).contains(&limit), "{limit}");
    let mut browser = app.browser();
    for (wrong, dead) in [(limit - 1, false), (limit, true), (20, true)] {
        let code = browser.code_as(&Authorize::of("p"), "alice").await;
        for i in 0..wrong {
            let guess = format!("{i:043}");
            redeem(&app, "p", &code, Some(&guess))
                .await
                .assert_json_error(400, "invalid_grant");
        }
        let answer = redeem(&app, "p", &code, Some(VERIFIER)).await;
        match dead {
            true => answer.assert_json_error(400, "invalid_grant"),
            false => answer.assert_tokens(),
        };
    }
}

#[tokio::test]
async fn discovery_offers_s256_alone() {
    covers!("O-078", "A-09");
    let app = App::start().await;
    let application = format!("{REALM}/applications/app-p");
    for prefix in ["", REALM, OTHER, &application] {
        for name in ["openid-configuration", "oauth-authorization-server"] {
            let answer = app.get(&format!("{prefix}/.well-known/{name}")).await;
            let methods = &answer.json()["code_challenge_methods_supported"];
            assert_eq!(methods, &serde_json::json!(["S256"]), "{prefix} {name}");
        }
    }
}

#[tokio::test]
async fn a_public_application_cannot_be_exempt() {
    covers!("A-09");
    let app = App::start().await;
    let exempt = |config: &mut toml::Table| {
        config.insert("pkce".into(), "disabled".into());
    };
    configure(&app, "app-plain", exempt).await.unwrap();
    for id in ["app-p", "app-n"] {
        let said = configure(&app, id, exempt).await.unwrap_err();
        assert!(said.contains("protocol_config.pkce"), "{said}");
    }
    for method in ["plain", "S256", ""] {
        let unknown = configure(&app, "app-p", |config| {
            config.insert("pkce".into(), method.into());
        });
        assert!(unknown.await.is_err(), "{method}");
    }
    // A row from before the rule is held to it all the same.
    let changed = app.sql(|sql| {
        let set = match sql.is_postgres() {
            true => r#"jsonb_set(config::jsonb, '{pkce}', '"disabled"')::text"#,
            false => "json_set(config, '$.pkce', 'disabled')",
        };
        let whose = "id IN ('app-p2', 'app-exempt')";
        sql.execute(&format!("UPDATE client SET config = {set} WHERE {whose}"), [])
    });
    assert_eq!(changed, 2);
    let bare = |client| {
        Authorize::of(client)
            .without("code_challenge")
            .without("code_challenge_method")
    };
    check(&app, &bare("exempt"), SignIn).await;
    check(&app, &Authorize::of("p2"), SignIn).await;
    check(&app, &bare("p2"), Refused("invalid_request")).await;
    assert_eq!(codes(&app), 0);
}
