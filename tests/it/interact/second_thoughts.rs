//! What happens between a page and its form: other tabs, other users, an application that changed.
use super::parameter;
use crate::app::{App, Authorize, OTHER, REALM, entry, form_of, target_of};
use grantor_tests::covers;

/// A consent page in front of `user`, whoever the browser was before.
async fn question(browser: &mut crate::app::Browser<'_>, request: &Authorize, user: &str) -> crate::app::Form {
    let mut page = browser.open(&request.url()).await;
    if page.body.contains("name=\"password\"") {
        let form = form_of(&page)
            .set("username", user)
            .set("password", &format!("{user}-password"));
        page = browser.submit(&form).await;
    }
    form_of(&page)
}

#[tokio::test]
async fn a_no_is_a_no_whatever_another_tab_has_allowed() {
    covers!("O-294");
    let app = App::start().await;
    let mut browser = app.browser();
    let first = question(&mut browser, &Authorize::of("a").set("state", "one"), "alice").await;
    let second = question(&mut browser, &Authorize::of("a").set("state", "two"), "alice").await;
    let allowed = browser.submit(&second.set("decision", "allow")).await;
    assert!(!parameter(&target_of(&allowed).unwrap(), "code").is_empty());
    let denied = target_of(&browser.submit(&first.set("decision", "deny")).await).unwrap();
    assert_eq!(parameter(&denied, "error"), "access_denied", "{denied}");
    assert_eq!(
        (parameter(&denied, "state"), parameter(&denied, "code")),
        ("one".into(), String::new())
    );
}

#[tokio::test]
async fn a_yes_of_one_user_gives_nothing_of_another_who_said_yes_before() {
    covers!("O-292");
    let app = App::start().await;
    let mut browser = app.browser();
    browser.code_as(&Authorize::of("a"), "alice").await;
    let mut browser = app.browser();
    let of_bob = question(&mut browser, &Authorize::of("a"), "bob").await;
    // Another tab signs alice in, who allowed this long ago.
    let again = browser.open(&Authorize::of("a").set("prompt", "login").url()).await;
    let form = form_of(&again)
        .set("username", "alice")
        .set("password", "alice-password");
    browser.submit(&form).await;
    let answer = browser.submit(&of_bob.set("decision", "allow")).await;
    assert_eq!(target_of(&answer), None, "alice is asked herself");
    assert!(form_of(&answer).fields.iter().any(|(n, _)| n == "shown"));
}

#[tokio::test]
async fn a_redirect_uri_that_is_removed_gets_no_code_from_a_request_that_waited() {
    covers!("O-053");
    let app = App::start().await;
    let mut browser = app.browser();
    let waiting = question(&mut browser, &Authorize::of("a"), "alice").await;
    app.edit(|d| {
        let config = entry(d, "applications", "app-a")["protocol_config"]
            .as_table_mut()
            .unwrap();
        config.insert("redirect_uris".into(), vec!["https://a.test/other"].into());
    })
    .await
    .unwrap();
    let answer = browser.submit(&waiting.set("decision", "allow")).await;
    assert_eq!(target_of(&answer), None);
    answer.assert_page(400);
}

#[tokio::test]
async fn a_scope_under_its_other_name_is_shown_before_it_is_granted() {
    covers!("T-05");
    let app = App::start().await;
    app.edit(|d| {
        let scopes = entry(d, "resource_servers", "r1")["scopes"].as_array_mut().unwrap();
        scopes.push(
            "name = 'tokens:delete'\ntitle = 'Revoke tokens'"
                .parse::<toml::Table>()
                .unwrap()
                .into(),
        );
        let config = entry(d, "applications", "app-a")["protocol_config"]
            .as_table_mut()
            .unwrap();
        config.insert("allowed_scopes".into(), vec!["tokens:delete"].into());
    })
    .await
    .unwrap();
    let mut browser = app.browser();
    let request = Authorize::of("a").set("scope", "openid token:delete");
    let page = browser.open(&request.url()).await;
    let form = form_of(&page)
        .set("username", "alice")
        .set("password", "alice-password");
    let page = browser.submit(&form).await;
    assert!(page.body.contains("Revoke tokens"), "{}", page.body);
    let answer = browser.submit(&form_of(&page).set("decision", "allow")).await;
    let code = parameter(&target_of(&answer).unwrap(), "code");
    let tokens = app.client("a").redeem(&code, "https://a.test/cb").await;
    assert_eq!(tokens.assert_tokens().member("scope"), "openid token:delete");
}

#[tokio::test]
async fn metadata_stands_before_the_whole_path_of_an_issuer_that_has_one() {
    covers!("T-21");
    let app = App::start_with(|s| s.server.public_url += "/sso").await;
    for prefix in ["", REALM, OTHER] {
        for name in ["oauth-authorization-server", "openid-configuration"] {
            let before = app.get(&format!("/.well-known/{name}/sso{prefix}")).await;
            assert_eq!(before.member("issuer"), format!("{}{prefix}", app.issuer()));
            let below = app.get(&format!("/sso{prefix}/.well-known/{name}")).await;
            assert_eq!(before.body, below.body);
        }
    }
}

#[tokio::test]
async fn an_address_that_guesses_passwords_waits() {
    covers!("O-281");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 3).await;
    let mut browser = app.browser();
    let page = browser.open(&Authorize::of("a").url()).await;
    let guess = |word: &str| form_of(&page).set("username", "alice").set("password", word);
    for _ in 0..3 {
        assert_eq!(browser.submit(&guess("wrong")).await.status, 422);
    }
    let waits = browser.submit(&guess("alice-password")).await;
    assert_eq!(waits.status, 429);
    assert!(!waits.header("retry-after").is_empty());
    app.advance_seconds(60);
    let page = browser.submit(&guess("alice-password")).await;
    assert!(form_of(&page).fields.iter().any(|(n, _)| n == "shown"), "signed in");
}

/// A hash that takes long, whatever the password.
const SLOW: &str =
    "$argon2id$v=19$m=65536,t=40,p=1$Z3JhbnRvci1kZWNveS1zYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn what_another_tab_says_while_a_password_is_looked_at_counts() {
    covers!("O-294");
    let app = App::start_with(|s| s.limits.password_hashes_at_once = 1).await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let consent = browser.open(&Authorize::of("a").url()).await;
    let tx = form_of(&consent).value("tx").to_owned();
    let sign_in = form_of(&browser.open(&format!("/login?tx={tx}")).await)
        .set("username", "alice")
        .set("password", "alice-password");
    // The only permit is taken, so that the sign-in has read the request and waits for its hash.
    let deps = app.deps.clone();
    let slow = tokio::spawn(async move { deps.passwords.verify("x".into(), Some(SLOW.into())).await });
    let mut tab = browser.copy();
    let other_tab = async {
        let counted = "SELECT COUNT(*) FROM sign_in_attempt";
        while app.sql(|c| c.query_row(counted, [], |row| row.get::<i64>(0))) == 0 {
            tokio::task::yield_now().await;
        }
        let denied = tab.submit_with(&form_of(&consent).set("decision", "deny"), &[]).await;
        assert_eq!(denied.status, 303);
        assert!(!slow.is_finished(), "the sign-in was not waiting");
    };
    let (signed_in, ()) = tokio::join!(browser.submit_with(&sign_in, &[]), other_tab);
    assert_eq!(signed_in.status, 303);
    let end = browser.follow(signed_in).await;
    assert_eq!(parameter(&target_of(&end).unwrap(), "error"), "access_denied");
}
