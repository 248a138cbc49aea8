//! A refused refresh costs nothing: the family stays as it is, and the next use of the same token is answered.
use super::{EACH, families, first, newest, refresh_with};
use crate::app::{App, REALM, encode};
use grantor_tests::covers;

const SOME: &str = "read";

/// What is added to a good request, and the error it makes of it.
const ADDED: [(&[(&str, &str)], &str); 22] = [
    (&[("scope", "read write")], "invalid_scope"),
    (&[("scope", "write")], "invalid_scope"),
    (&[("scope", "admin")], "invalid_scope"),
    (&[("scope", "read other")], "invalid_scope"),
    (&[("scope", "read profile")], "invalid_scope"),
    (&[("scope", "READ")], "invalid_scope"),
    (&[("scope", "read unheard-of")], "invalid_scope"),
    (&[("scope", "read\tread")], "invalid_scope"),
    (&[("scope", "read\"")], "invalid_scope"),
    (&[("scope", SOME), ("scope", SOME)], "invalid_request"),
    (&[("refresh_token", "x")], "invalid_request"),
    (&[("refresh_token", "")], "invalid_request"),
    (&[("grant_type", "refresh_token")], "invalid_request"),
    (&[("x", "1"), ("x", "1")], "invalid_request"),
    (&[("expiration_time", "3601")], "invalid_request"),
    (&[("expiration_time", "0")], "invalid_request"),
    (&[("expiration_time", "-1")], "invalid_request"),
    (&[("expiration_time", "1e2")], "invalid_request"),
    (&[("custom_claims", "{")], "invalid_request"),
    (&[("custom_claims", r#"{"a":{"b":1}}"#)], "invalid_request"),
    (&[("resource", "https://r2.test")], "invalid_target"),
    (&[("resource", "https://r1.test/")], "invalid_target"),
];

#[tokio::test]
async fn a_request_that_cannot_be_granted_costs_no_token() {
    covers!("O-129", "O-139", "T-16");
    let app = App::start().await;
    for (id, scope) in EACH {
        let client = app.client(id);
        let mut token = first(&app, id, scope).await;
        token = newest(&client.refresh(&token).await, &token);
        let long = format!(r#"{{"a":"{}"}}"#, "a".repeat(2048));
        let long: (&[(&str, &str)], &str) = (&[("custom_claims", &long)], "invalid_request");
        for (added, error) in ADDED.into_iter().chain([long]) {
            app.advance_seconds(1);
            let before = families(&app);
            let answer = refresh_with(&client, &token, added).await;
            answer.assert_json_error(400, error);
            assert_eq!(families(&app), before, "{id} {added:?}");
            token = newest(&client.refresh(&token).await, &token);
        }
        // What is narrower or equal is no wish too far.
        for added in [("scope", SOME), ("resource", "https://r1.test"), ("scope", scope)] {
            token = newest(&refresh_with(&client, &token, &[added]).await, &token);
        }
    }
    assert_eq!(app.deps.counters.refresh_replayed.get(), 0);
}

#[tokio::test]
async fn a_request_that_cannot_be_read_costs_no_token() {
    covers!("T-16");
    let app = App::start().await;
    let client = app.client("strict");
    let secret = ("client_secret", "strict-secret-strict-secret-strict-1");
    let mut token = first(&app, "strict", "read").await;
    let form = |token: &str| {
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", "strict"),
            secret,
        ];
        encode(&pairs)
    };
    const FORM: &str = "application/x-www-form-urlencoded";
    let padding = "a".repeat(app.settings.limits.body_bytes);
    for (kind, query, more, status) in [
        (FORM, "?x=1", String::new(), 400),
        ("application/json", "", String::new(), 400),
        ("text/plain", "", String::new(), 400),
        (FORM, "", format!("&x={padding}"), 413),
        (FORM, "", "&scope=%zz".into(), 400),
        (FORM, "", "&scope=%00".into(), 400),
        (FORM, "", "&%ff=1".into(), 400),
        (FORM, "", "&y=1".repeat(70), 400),
    ] {
        let before = families(&app);
        let body = form(&token) + &more;
        let path = format!("/token{query}");
        let answer = app.send("POST", &path, &[("content-type", kind)], Some(&body)).await;
        answer.assert_json_error(status, "invalid_request");
        assert_eq!(families(&app), before, "{kind} {query}");
        let answer = app
            .send("POST", "/token", &[("content-type", FORM)], Some(&form(&token)))
            .await;
        token = newest(&answer, &token);
    }
    // Nothing where the token should be.
    for form in [
        &[("grant_type", "refresh_token")][..],
        &[("grant_type", "refresh_token"), ("refresh_token", "")],
        &[("refresh_token", token.as_str())],
        &[("grant_type", ""), ("refresh_token", token.as_str())],
    ] {
        client.token(form).await.assert_json_error(400, "invalid_request");
    }
    client.refresh(&token).await.assert_tokens();
}

#[tokio::test]
async fn a_wrong_secret_costs_no_token() {
    covers!("O-141");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 1000).await;
    for id in ["keep", "strict", "still"] {
        let client = app.client(id);
        let mut token = first(&app, id, "read").await;
        let old = token.clone();
        token = newest(&client.refresh(&token).await, &token);
        let before = families(&app);
        // A token that was used long ago is no reason either: nobody is who he says before he proves it.
        for presented in [&token, &old] {
            for secret in ["wrong-wrong-wrong-wrong-wrong-wrong-", "x", ""] {
                let thief = client.clone().with_secret(secret);
                thief.refresh(presented).await.assert_invalid_client();
            }
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", presented),
                ("client_id", id),
            ];
            app.post("/token", &[], &form).await.assert_invalid_client();
        }
        assert_eq!(families(&app), before, "{id}");
        client.refresh(&token).await.assert_tokens();
    }
}

#[tokio::test]
async fn a_token_belongs_to_the_issuer_it_was_born_under() {
    covers!("O-088", "T-21");
    let app = App::start().await;
    for id in ["keep", "strict"] {
        let application = format!("{REALM}/applications/app-{id}");
        let prefixes = ["", REALM, &application];
        for born in prefixes {
            let request = crate::app::Authorize::of(id).set("scope", "read").under(born);
            let code = app.browser().code_as(&request, "alice").await;
            let home = app.client(id).under(born);
            let tokens = home.redeem(&code, request.value("redirect_uri")).await;
            let old = tokens.assert_tokens().member("refresh_token");
            let token = newest(&home.refresh(&old).await, &old);
            let before = families(&app);
            for other in prefixes.into_iter().filter(|other| *other != born) {
                for presented in [&token, &old] {
                    let answer = app.client(id).under(other).refresh(presented).await;
                    answer.assert_json_error(400, "invalid_grant");
                }
            }
            assert_eq!(families(&app), before, "{id} born under {born:?}");
            let renewed = home.refresh(&token).await;
            let seen = home.introspect(&renewed.assert_tokens().member("access_token")).await;
            let issuer = format!("{}{born}", app.issuer());
            assert_eq!(seen.assert_active().member("iss"), issuer);
        }
    }
}
