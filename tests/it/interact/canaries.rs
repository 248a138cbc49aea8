//! Secrets of a whole run, looked for in everything the server wrote: logs at every level, database, files.
use super::parameter;
use crate::app::{App, Authorize, Browser, VERIFIER, form_of, target_of};
use grantor_flows::management::Requester;
use grantor_server::config::{LogFormat, LogSettings};
use grantor_tests::covers;
use std::process::Command;

/// How a secret is told to the process that searches.
const MARK: &str = "canary: ";
const WRONG_PASSWORD: &str = "canary-wrong-password-77c1";
const WRONG_SECRET: &str = "canary-wrong-secret-4ab02e9d8f1c6e35";
const WRONG_TOKEN: &str = "canary-wrong-token-91d3";
const IN_QUERY: &str = "canary-in-query-5e20";

/// Set for the process that makes the run.
const VARIABLE: &str = "GRANTOR_TESTS_CANARIES";

#[tokio::test]
async fn no_secret_of_a_whole_run_stands_in_the_log_or_in_a_file() {
    covers!("O-269");
    if std::env::var_os(VARIABLE).is_some() {
        return whole_run().await;
    }
    // A process of its own, because what is logged is a matter of the whole process.
    let this = "interact::canaries::no_secret_of_a_whole_run_stands_in_the_log_or_in_a_file";
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", this, "--nocapture"])
        .env(VARIABLE, "1")
        .output()
        .unwrap();
    let (told, log) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(run.status.success(), "{told}");
    let canaries: Vec<&str> = told
        .lines()
        .filter_map(|l| l.split_once(MARK))
        .map(|(_, c)| c)
        .collect();
    assert!(canaries.len() >= 60, "{canaries:?}");
    // The control: the log is there, down to the finest level, and says what happened.
    for event in [
        "sign_in.succeeded",
        "sign_in.failed",
        "request.refused",
        "refresh token was replayed",
        r#""level":"trace""#,
    ] {
        assert!(log.contains(event), "nothing logged of {event}");
    }
    // What happened to people can be found by the reference their page shows.
    for event in ["sign_in.succeeded", "sign_in.failed", "authorize.refused"] {
        let event = format!(r#""event":"{event}""#);
        let mut lines = log.lines().filter(|line| line.contains(&event)).peekable();
        assert!(lines.peek().is_some(), "nothing logged of {event}");
        lines.for_each(|line| assert!(line.contains(r#""request_id":""#), "{line}"));
    }
    for canary in canaries {
        assert!(canary.len() >= 12, "{canary}");
        let found = log.lines().find(|line| line.contains(canary));
        assert!(
            found.is_none(),
            "{canary} stands in the log: {}",
            found.unwrap_or_default()
        );
    }
}

fn tell(canary: &str) {
    println!("{MARK}{canary}");
}

/// Machines, people, and everything wrong they can send, with every level of the log on.
async fn whole_run() {
    // The programs that send the requests run in the same process; what they log is not the server's.
    let level = "trace,reqwest=off,hyper=off,hyper_util=off,html5ever=off,selectors=off,cookie_store=off".into();
    grantor_server::logging::init(&LogSettings {
        level,
        format: LogFormat::Json,
    });
    let app = App::start().await;
    let mut secrets: Vec<String> = [
        WRONG_PASSWORD,
        WRONG_SECRET,
        WRONG_TOKEN,
        IN_QUERY,
        VERIFIER,
        "alice-password",
    ]
    .map(str::to_owned)
    .to_vec();
    secrets.push("a-secret-a-secret-a-secret-a-secret".into());
    secrets.push("r1-introspection-secret-0123456789abc".into());
    secrets.push("m-secret-m-secret-m-secret-m-secret-".into());
    machines(&app, &mut secrets).await;
    let mut browser = app.browser();
    people(&app, &mut browser, &mut secrets).await;
    renewals(&app, &mut secrets).await;
    own_account(&app, &mut secrets).await;
    secrets.extend(browser.cookies.values().cloned());
    let bytes = app.stored();
    for secret in &secrets {
        let clear = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!clear, "{secret} is stored");
    }
    secrets.iter().for_each(|secret| tell(secret));
}

async fn machines(app: &App, secrets: &mut Vec<String>) {
    for client in ["m", "mref"] {
        let token = app.client(client).machine_token().await;
        app.resource_server("r1-api").introspect(&token).await.assert_active();
        app.client(client).userinfo(&token).await;
        secrets.push(token.rsplit('.').next().unwrap().to_owned());
        secrets.push(token);
    }
    let grant = [("grant_type", "client_credentials")];
    for client in ["m", "mref"] {
        let client = app.client(client).with_secret(WRONG_SECRET);
        client.token(&grant).await.assert_invalid_client();
        secrets.push(client.basic().trim_start_matches("Basic ").to_owned());
    }
    app.client("m").userinfo(WRONG_TOKEN).await;
    app.client("m").introspect(WRONG_TOKEN).await.assert_inactive();
    app.client("a").redeem(WRONG_TOKEN, "https://a.test/cb").await;
    for path in [
        "/token?client_secret=",
        "/token?refresh_token=",
        "/userinfo?access_token=",
        "/login?password=",
        "/authorize?code_challenge=",
        "/continue?tx=",
        "/nothing?secret=",
    ] {
        app.get(&format!("{path}{IN_QUERY}")).await;
        app.post(&format!("{path}{IN_QUERY}"), &[], &[("token", WRONG_TOKEN)])
            .await;
    }
}

async fn people(app: &App, browser: &mut Browser<'_>, secrets: &mut Vec<String>) {
    let request = Authorize::of("a").set("scope", "openid email read");
    let page = browser.open(&request.url()).await;
    let form = form_of(&page);
    secrets.push(form.value("csrf").to_owned());
    let wrong = form.clone().set("username", "alice").set("password", WRONG_PASSWORD);
    assert_eq!(browser.submit(&wrong).await.status, 422);
    let forged = wrong.clone().set("csrf", WRONG_TOKEN);
    assert_eq!(browser.submit(&forged).await.status, 403);
    let consent = browser
        .submit(&form.set("username", "alice").set("password", "alice-password"))
        .await;
    let form = form_of(&consent).set("decision", "allow");
    secrets.push(form.value("csrf").to_owned());
    secrets.push(form.value("shown").to_owned());
    let target = target_of(&browser.submit(&form).await).unwrap();
    let code = parameter(&target, "code");
    secrets.push(code.clone());
    let client = app.client("a");
    client
        .redeem(&code, "https://a.test/wrong")
        .await
        .assert_json_error(400, "invalid_grant");
    let tokens = client.redeem(&code, "https://a.test/cb").await;
    for name in ["access_token", "id_token"] {
        let token = tokens.assert_tokens().member(name);
        secrets.push(token.rsplit('.').next().unwrap().to_owned());
        secrets.push(token);
    }
    let token = tokens.member("access_token");
    assert_eq!(client.userinfo(&token).await.status, 200);
    client
        .redeem(&code, "https://a.test/cb")
        .await
        .assert_json_error(400, "invalid_grant");
    client.userinfo(&token).await.assert_bearer_error(401, "invalid_token");
    let hinted = request
        .set("id_token_hint", &tokens.member("id_token"))
        .set("prompt", "none");
    let silent = browser.get(&hinted.url()).await;
    secrets.push(parameter(silent.header("location"), "code"));
    let refused = app.browser().get(&Authorize::of("a").set("prompt", "none").url()).await;
    assert_eq!(parameter(refused.header("location"), "error"), "login_required");
    let ended = browser.cookie("grantor-session.default.main").to_owned();
    let question = form_of(&browser.open("/logout").await);
    browser.submit(&question).await;
    browser.cookies.insert("grantor-session.default.main".into(), ended);
    assert_eq!(browser.signed_in_as().await, None);
}

/// Links that set a password, followed rightly and wrongly, and passwords that were changed.
async fn own_account(app: &App, secrets: &mut Vec<String>) {
    const NEW: &str = "canary-new-password-0c7d";
    let key = grantor_protocol::issuer::RealmKey::new("default", "main");
    let path = grantor_flows::setup::make_link(&app.deps, &key, "u-bob", &Requester::operator()).await;
    let path = path.unwrap().unwrap();
    let token = path.rsplit('/').next().unwrap();
    secrets.extend([token.to_owned(), NEW.to_owned()]);
    let mut browser = app.browser();
    let form = form_of(&browser.open(&path).await)
        .set("new-password", NEW)
        .set("repeated-password", NEW);
    secrets.push(form.value("csrf").to_owned());
    for (method, path) in [
        ("DELETE", path.clone()),
        ("GET", format!("/Setup/{token}")),
        ("GET", format!("/%73etup/{token}")),
        ("GET", format!("{path}/")),
    ] {
        drop(app.send(method, &path, &[], None).await);
    }
    let forged = browser.submit_with(&form.clone().set("csrf", WRONG_TOKEN), &[]).await;
    assert_eq!(forged.status, 403);
    assert_eq!(browser.submit_with(&form, &[]).await.status, 303);
    assert_eq!(browser.submit_with(&form, &[]).await.status, 409);
    let wrong = form_of(&browser.open("/account/password").await)
        .set("old-password", WRONG_PASSWORD)
        .set("new-password", "canary-newer-password-51ee")
        .set("repeated-password", "canary-newer-password-51ee");
    assert_eq!(browser.submit_with(&wrong, &[]).await.status, 422);
    assert_eq!(
        browser.submit_with(&wrong.set("old-password", NEW), &[]).await.status,
        303
    );
    secrets.push("canary-newer-password-51ee".into());
    secrets.extend(browser.cookies.values().filter(|v| v.len() > 40).cloned());
}

/// Refresh tokens used, repeated, late, replayed, mistyped and offered to everything that takes tokens.
async fn renewals(app: &App, secrets: &mut Vec<String>) {
    for id in ["keep", "strict", "still", "spa"] {
        let client = app.client(id);
        let mut all = vec![
            app.tokens_for(id, "alice", "openid offline_access read")
                .await
                .member("refresh_token"),
        ];
        for _ in 0..2 {
            let answer = client.refresh(all.last().unwrap()).await;
            secrets.push(answer.assert_tokens().member("access_token"));
            all.extend(Some(answer.member("refresh_token")).filter(|successor| !successor.is_empty()));
        }
        let newest = all.last().unwrap().clone();
        let changed = format!("{}x", newest.trim_end_matches('x'));
        client.refresh(&changed).await.assert_json_error(400, "invalid_grant");
        let wrong = client.clone().with_secret(WRONG_SECRET);
        drop(wrong.refresh(&newest).await);
        for form in [
            [("scope", "admin")],
            [("expiration_time", "x")],
            [("custom_claims", WRONG_TOKEN)],
        ] {
            let form = [
                &[("grant_type", "refresh_token"), ("refresh_token", &newest)][..],
                &form,
            ]
            .concat();
            assert_eq!(client.token(&form).await.status, 400);
        }
        client.userinfo(&newest).await.assert_bearer_error(401, "invalid_token");
        drop(client.introspect(&newest).await);
        app.resource_server("r1-api")
            .introspect(&newest)
            .await
            .assert_inactive();
        client
            .redeem(&newest, "https://keep.test/cb")
            .await
            .assert_json_error(400, "invalid_grant");
        // Late, then replayed: both are written down, as events.
        app.advance_seconds(61);
        for old in all.iter().rev().skip(1) {
            client.refresh(old).await.assert_json_error(400, "invalid_grant");
        }
        drop(client.revoke(&changed).await);
        client.revoke(&newest).await.assert_revoked();
        client.refresh(&newest).await.assert_json_error(400, "invalid_grant");
        secrets.push(newest.trim_start_matches("grt_").to_owned());
        secrets.push(changed);
        // The MAC alone, which makes the token.
        secrets.extend(all.iter().map(|token| token[token.len() - 40..].to_owned()));
        secrets.append(&mut all);
    }
}
