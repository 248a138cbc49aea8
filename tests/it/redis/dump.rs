//! What somebody reads who has a copy of Redis: requests that wait, and nothing that opens anything.
use super::app_on;
use crate::app::{App, Authorize, VERIFIER, form_of, target_of};
use grantor_tests::covers;
use grantor_tests::redis::{address, dump};

/// Everything secret in a run of codes and interactions that are left where they are.
async fn leave_things_about(app: &App) -> Vec<String> {
    let request = Authorize::of("a");
    let mut secrets = vec![VERIFIER.to_owned(), "alice-password".to_owned()];
    let mut browser = app.browser();
    // Live codes.
    for _ in 0..100 {
        secrets.push(browser.code_as(&request, "alice").await);
    }
    let code = browser.code_as(&request, "alice").await;
    let client = app.client("a");
    let tokens = client.redeem(&code, request.value("redirect_uri")).await;
    let refreshing = app.tokens_for("keep", "alice", "read").await;
    for answer in [&tokens, &refreshing] {
        secrets.push(answer.member("access_token"));
    }
    secrets.push(tokens.member("id_token"));
    secrets.push(refreshing.member("refresh_token"));
    // Interactions at every stage: waiting for the person, for consent, and handed off.
    for stage in 0..3 {
        let mut browser = app.browser();
        let mut page = browser.open(&request.clone().set("prompt", "consent").url()).await;
        for _ in 0..stage {
            let form = form_of(&page);
            secrets.push(form.value("tx").to_owned());
            secrets.push(form.value("csrf").to_owned());
            let form = match form.action.ends_with("/login") {
                true => form.set("username", "alice").set("password", "alice-password"),
                false => form.set("decision", "allow"),
            };
            page = browser.submit(&form).await;
        }
        match stage {
            2 => secrets.push(target_of(&page).unwrap()),
            _ => secrets.push(form_of(&page).value("tx").to_owned()),
        }
        secrets.extend(browser.cookies.values().cloned());
    }
    secrets
}

#[tokio::test]
async fn a_dump_of_redis_holds_no_code_token_cookie_or_password() {
    covers!("O-093", "O-142", "O-269");
    let Some(address) = address() else { return };
    let app = app_on(&address).await;
    let secrets = leave_things_about(&app).await;
    let entries = dump(&address, &app.settings.redis.prefix).unwrap();
    // The control: the requests are there, and nowhere else.
    assert!(entries.len() >= 2, "{entries:?}");
    assert!(entries.iter().all(|(_, value)| value.contains("st4te")), "{entries:?}");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        assert!(secret.len() >= 12, "{secret}");
        for (key, value) in &entries {
            assert!(!key.contains(secret.as_str()), "{secret} in the key {key}");
            assert!(!value.contains(secret.as_str()), "{secret} in {value}");
        }
    }
    assert!(secrets.len() > 110);
    let count = "SELECT count(*) FROM ephemeral";
    let rows: i64 = app.ephemeral_sql(|on| on.query_row(count, [], |row| row.get(0)));
    assert_eq!(rows, 0, "the file is used as well");
}
