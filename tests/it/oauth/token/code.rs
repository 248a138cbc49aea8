//! Redeeming a code: once, in time, by whom it was given to, for what the user allowed.
mod race;
mod secrecy;
mod standing;

use crate::app::{Answer, App, Authorize, Client, OTHER, REALM, VERIFIER, query_of};
use grantor_tests::covers;

const A: &str = "https://a.test/cb";

/// A redemption of a code of `a` with parameters changed, or left out where the change is `None`.
async fn redeem(client: &Client<'_>, code: &str, changes: &[(&'static str, Option<&str>)]) -> Answer {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", A),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in changes {
        form.retain(|(n, _)| n != name);
        form.extend(value.map(|value| (*name, value)));
    }
    client.token(&form).await
}

async fn code_of(app: &App, client: &str) -> String {
    app.browser().code_as(&Authorize::of(client), "alice").await
}

/// Grants there are, and those of them that are not revoked.
fn grants(app: &App) -> (i64, i64) {
    let sql = "SELECT COUNT(*), COUNT(*) FILTER (WHERE revoked_at IS NULL) FROM authorization_grant";
    app.sql(|on| on.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))))
}

#[tokio::test]
async fn a_second_valid_use_is_refused_and_ends_the_tokens_of_the_first() {
    covers!("O-079", "T-08");
    let app = App::start().await;
    // A self-contained token, a referential one, and one of a public application.
    for client in ["a", "first", "p"] {
        let uri = format!("https://{client}.test/cb");
        let code = code_of(&app, client).await;
        let before = grants(&app);
        let token = app.client(client).redeem(&code, &uri).await;
        let token = token.assert_tokens().member("access_token");
        assert_eq!(app.client(client).userinfo(&token).await.status, 200, "{client}");
        assert_eq!(grants(&app), (before.0 + 1, before.1 + 1), "{client}");
        for _ in 0..2 {
            let replay = app.client(client).redeem(&code, &uri).await;
            replay.assert_json_error(400, "invalid_grant");
            assert_eq!(grants(&app), (before.0 + 1, before.1), "{client}");
        }
        let seen = app.client(client).userinfo(&token).await;
        seen.assert_bearer_error(401, "invalid_token");
        if client != "p" {
            app.client(client).introspect(&token).await.assert_inactive();
        }
        app.resource_server("r1-api").introspect(&token).await.assert_inactive();
    }
    // It is not this process's memory alone that knows.
    let durable = "SELECT COUNT(*) FROM revocation WHERE kind = 'grant'";
    assert_eq!(app.sql(|on| on.query_row(durable, [], |row| row.get::<i64>(0))), 3);
}

#[tokio::test]
async fn a_replay_that_fails_any_check_ends_nothing_and_hides_nothing() {
    covers!("O-079", "T-08");
    let app = App::start().await;
    let (a, b) = (app.client("a"), app.client("b"));
    let code = code_of(&app, "a").await;
    let token = redeem(&a, &code, &[]).await.assert_tokens().member("access_token");
    let wrong = "0".repeat(43);
    let refuse = async |client: &Client<'_>, changes: &[(&'static str, Option<&str>)]| {
        let answer = redeem(client, &code, changes).await;
        answer.assert_json_error(400, "invalid_grant");
        a.introspect(&token).await.assert_active();
        assert_eq!(grants(&app), (1, 1), "{changes:?}");
    };
    refuse(&b, &[]).await;
    refuse(&a.clone().under(REALM), &[]).await;
    refuse(&app.other_client("a"), &[]).await;
    refuse(&a, &[("redirect_uri", Some("https://b.test/cb"))]).await;
    refuse(&a, &[("code_verifier", None)]).await;
    // More often than wrong verifiers are counted: whoever redeemed a stolen code cannot hide it behind them.
    for _ in 0..=app.settings.tokens.code_attempts {
        refuse(&a, &[("code_verifier", Some(&wrong))]).await;
    }
    let replay = redeem(&a, &code, &[]).await;
    replay.assert_json_error(400, "invalid_grant");
    a.introspect(&token).await.assert_inactive();
    assert_eq!(grants(&app), (1, 0));
}

#[tokio::test]
async fn a_code_lives_sixty_seconds_for_its_client_and_both_halves_are_checked() {
    covers!("O-081", "O-083", "T-08");
    let app = App::start().await;
    let check = async |client: &str, seconds: i64, lives: bool| {
        let code = code_of(&app, "a").await;
        app.advance_seconds(seconds);
        let before = grants(&app);
        let answer = redeem(&app.client(client), &code, &[]).await;
        match lives {
            true => answer.assert_tokens(),
            false => answer.assert_json_error(400, "invalid_grant"),
        };
        let expected = (before.0 + i64::from(lives), before.1 + i64::from(lives));
        assert_eq!(grants(&app), expected, "{client} after {seconds} s");
    };
    assert_eq!(app.settings.tokens.code_seconds, 60);
    check("a", 0, true).await;
    check("a", 59, true).await;
    check("a", 60, false).await;
    check("a", 61, false).await;
    check("b", 0, false).await;
    check("b", 61, false).await;
}

#[tokio::test]
async fn a_code_is_worth_nothing_to_anybody_but_its_client() {
    covers!("O-082", "O-084", "O-088", "T-11");
    let app = App::start().await;
    redeem(&app.client("a"), &code_of(&app, "a").await, &[])
        .await
        .assert_tokens();
    let code = code_of(&app, "a").await;
    for client in ["b", "p", "p2", "plain"] {
        let answer = redeem(&app.client(client), &code, &[]).await;
        answer.assert_json_error(400, "invalid_grant");
        let answer = redeem(&app.client(client), &code, &[("redirect_uri", None)]).await;
        answer.assert_json_error(400, "invalid_grant");
    }
    // The id of a confidential application without its secret, and with another's.
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "a"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    app.post("/token", &[], &form).await.assert_invalid_client();
    let thief = app.client("a").with_secret("b-secret-b-secret-b-secret-b-secret");
    redeem(&thief, &code, &[]).await.assert_invalid_client();
    // Another tenant's application of the same name, and other issuers of the same realm.
    let other = redeem(&app.other_client("a"), &code, &[]).await;
    other.assert_json_error(400, "invalid_grant");
    for prefix in [REALM.to_owned(), format!("{REALM}/applications/app-a")] {
        let answer = redeem(&app.client("a").under(&prefix), &code, &[]).await;
        answer.assert_json_error(400, "invalid_grant");
    }
    assert_eq!(grants(&app), (1, 1));
    redeem(&app.client("a"), &code, &[]).await.assert_tokens();
    // And the reverse: the second tenant's code here.
    let request = Authorize::of("a").under(OTHER);
    let target = app.browser().authorize_with(&request, "alice", "alice-of-t2").await;
    let query = query_of(&target);
    let code = &query.iter().find(|(name, _)| name == "code").unwrap().1;
    let answer = redeem(&app.client("a"), code, &[]).await;
    answer.assert_json_error(400, "invalid_grant");
    redeem(&app.other_client("a"), code, &[]).await.assert_tokens();
    // A public application needs no secret, and no redirect URI beside its verifier.
    let code = code_of(&app, "p").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "p"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    app.post("/token", &[], &form).await.assert_tokens();
}

#[tokio::test]
async fn the_redirect_uri_may_be_left_out_with_pkce_and_must_match_when_it_is_sent() {
    covers!("O-085", "O-086", "T-09");
    let app = App::start().await;
    let exempt = Authorize::of("exempt")
        .without("code_challenge")
        .without("code_challenge_method");
    let uri = "https://exempt.test/cb";
    let check = async |request: &Authorize, sent: Option<&str>, accepted: bool| {
        let client = app.client(request.value("client_id"));
        let verifier = Some(VERIFIER).filter(|_| client_has_challenge(request));
        let code = app.browser().code_as(request, "alice").await;
        let changes = [("redirect_uri", sent), ("code_verifier", verifier)];
        let answer = redeem(&client, &code, &changes).await;
        match accepted {
            true => answer.assert_tokens(),
            false => answer.assert_json_error(400, "invalid_grant"),
        };
    };
    let a = Authorize::of("a");
    check(&a, Some(A), true).await;
    check(&a, None, true).await;
    // An empty value is one that was not sent.
    check(&a, Some(""), true).await;
    for wrong in [
        "https://a.test/cb/",
        "https://a.test/CB",
        "https://b.test/cb",
        "https://a.test/cb?x=1",
        "https%3A%2F%2Fa.test%2Fcb",
    ] {
        check(&a, Some(wrong), false).await;
    }
    check(&exempt, Some(uri), true).await;
    check(&exempt, None, false).await;
    check(&exempt, Some(""), false).await;
    check(&exempt, Some(A), false).await;
}

fn client_has_challenge(request: &Authorize) -> bool {
    !request.value("code_challenge").is_empty()
}

#[tokio::test]
async fn an_altered_code_is_unknown_and_the_true_one_still_works() {
    covers!("O-087");
    let app = App::start().await;
    let (client, code) = (app.client("a"), code_of(&app, "a").await);
    redeem(&client, &code_of(&app, "a").await, &[]).await.assert_tokens();
    let swapped: String = code
        .chars()
        .map(|c| match c.is_ascii_lowercase() {
            true => c.to_ascii_uppercase(),
            false => c.to_ascii_lowercase(),
        })
        .collect();
    let mut altered = vec![
        code[..code.len() - 1].to_owned(),
        code[1..].to_owned(),
        format!("{code}A"),
        format!("{code}="),
        format!("{code} "),
        format!(" {code}"),
        format!("{code}%00"),
        code.repeat(2),
        code.repeat(100),
        swapped,
        "*".to_owned(),
        "%".repeat(43),
    ];
    // Every place in turn; the last character holds bits that base64 does not need.
    for at in 0..code.len() {
        let other = if code.as_bytes()[at] == b'A' { "B" } else { "A" };
        altered.push(format!("{}{other}{}", &code[..at], &code[at + 1..]));
    }
    for altered in altered {
        let answer = redeem(&client, &altered, &[]).await;
        answer.assert_json_error(400, "invalid_grant");
    }
    // A NUL is no text: the form itself is refused.
    let answer = redeem(&client, &format!("{code}\0"), &[]).await;
    answer.assert_json_error(400, "invalid_request");
    assert_eq!(grants(&app), (1, 1));
    redeem(&client, &code, &[]).await.assert_tokens();
}

#[tokio::test]
async fn scope_at_the_token_endpoint_narrows_and_never_widens() {
    covers!("T-10");
    let app = App::start().await;
    let check = async |allowed: &str, asked: Option<&str>, granted: &str| {
        let code = app
            .browser()
            .code_as(&Authorize::of("a").set("scope", allowed), "alice")
            .await;
        let answer = redeem(&app.client("a"), &code, &[("scope", asked)]).await;
        assert_eq!(answer.assert_tokens().member("scope"), granted, "{allowed} {asked:?}");
        let token = answer.member("access_token");
        let seen = app.client("a").introspect(&token).await;
        assert_eq!(seen.assert_active().member("scope"), granted);
    };
    check("openid read", None, "openid read").await;
    check("openid read", Some(""), "openid read").await;
    check("openid read write", Some("read"), "openid read").await;
    check("openid read", Some("openid read write"), "openid read").await;
    check("openid read", Some("admin email offline_access unheard-of"), "openid").await;
    // The sample that authorises `openid` and asks for the API's scopes here.
    check("openid", Some("read write"), "openid").await;
    check("read", Some("openid write"), "").await;
}

#[tokio::test]
async fn a_request_that_cannot_be_granted_does_not_cost_the_code() {
    covers!("T-08");
    let app = App::start().await;
    let (client, code) = (app.client("a"), code_of(&app, "a").await);
    for (name, value, error) in [
        ("expiration_time", "3601", "invalid_request"),
        ("expiration_time", "soon", "invalid_request"),
        ("custom_claims", "[]", "invalid_request"),
        ("scope", "read\t", "invalid_scope"),
    ] {
        let answer = redeem(&client, &code, &[(name, Some(value))]).await;
        answer.assert_json_error(400, error);
    }
    assert_eq!(grants(&app), (0, 0));
    let answer = redeem(&client, &code, &[("expiration_time", Some("3600"))]).await;
    assert_eq!(answer.assert_tokens().json()["expires_in"], 3600);
}

#[tokio::test]
async fn nothing_else_passes_for_a_code() {
    covers!("O-094");
    let app = App::start().await;
    let mut browser = app.browser();
    let code = browser.code_as(&Authorize::of("a"), "alice").await;
    let tokens = redeem(&app.client("a"), &code, &[]).await;
    let mut others = vec![
        tokens.assert_tokens().member("access_token"),
        tokens.member("id_token"),
        app.client("mref").machine_token().await,
        "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c".to_owned(),
        "WDJB-MJHT".to_owned(),
    ];
    others.extend(browser.cookies.into_values());
    for other in &others {
        let answer = redeem(&app.client("a"), other, &[]).await;
        answer.assert_json_error(400, "invalid_grant");
    }
    assert_eq!(grants(&app), (1, 1));
    app.client("a").introspect(&others[0]).await.assert_active();
}
