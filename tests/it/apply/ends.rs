//! What a document ends: a new password the sessions, disabling everything that was issued until then, for good.
use crate::app::{App, Authorize, Browser, entry};
use grantor_tests::covers;
use std::sync::Arc;

/// Applications with refresh tokens.
const REFRESH: &str = include_str!("../fixtures/refresh.toml");

async fn set(app: &App, (list, id): (&str, &str), field: &str, value: impl Into<toml::Value>) {
    let change = app.edit(|d| {
        entry(d, list, id).insert(field.into(), value.into());
    });
    change.await.unwrap();
}

/// Whether the session of this browser gives a code without a question.
async fn is_alive(browser: &Browser<'_>) -> bool {
    let request = Authorize::of("first").set("prompt", "none");
    let answer = browser.copy().get(&request.url()).await;
    answer.header("location").contains("code=")
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_and_the_codes_of_the_user() {
    covers!("O-212");
    let app = App::start().await;
    let (mut alice, mut bob) = (app.browser(), app.browser());
    alice.sign_in("alice").await;
    bob.sign_in("bob").await;
    let request = Authorize::of("a");
    let code = alice.code_as(&request, "alice").await;
    let of_bob = bob.code_as(&request, "bob").await;
    // The control: the same password again, and a change of something else, end nothing.
    set(&app, ("users", "u-alice"), "password", "alice-password").await;
    set(&app, ("users", "u-alice"), "email", "alice@elsewhere.test").await;
    assert!(is_alive(&alice).await);
    set(&app, ("users", "u-alice"), "password", "another-password").await;
    assert!(!is_alive(&alice).await);
    assert_eq!(alice.signed_in_as().await, None);
    let refused = app.client("a").redeem(&code, "https://a.test/cb").await;
    refused.assert_json_error(400, "invalid_grant");
    // Nobody else's, and not those that come after.
    assert!(is_alive(&bob).await);
    app.client("a")
        .redeem(&of_bob, "https://a.test/cb")
        .await
        .assert_tokens();
    alice
        .authorize_with(&Authorize::of("first"), "alice", "another-password")
        .await;
    assert!(is_alive(&alice).await);
}

#[tokio::test]
async fn what_a_disabled_user_had_does_not_come_back_with_the_user() {
    covers!("O-212", "O-175");
    let app = App::start().await;
    let user = ("users", "u-alice");
    let mut alice = app.browser();
    alice.sign_in("alice").await;
    let code = alice.code_as(&Authorize::of("a"), "alice").await;
    let token = app.tokens_for("a", "alice", "openid read").await.member("access_token");
    let of_bob = app.tokens_for("a", "bob", "openid read").await.member("access_token");
    set(&app, user, "enabled", false).await;
    set(&app, user, "enabled", true).await;
    let server = app.resource_server("r1-api");
    server.introspect(&token).await.assert_inactive();
    app.client("a")
        .userinfo(&token)
        .await
        .assert_bearer_error(401, "invalid_token");
    assert!(!is_alive(&alice).await);
    let refused = app.client("a").redeem(&code, "https://a.test/cb").await;
    refused.assert_json_error(400, "invalid_grant");
    server.introspect(&of_bob).await.assert_active();
    // A process that starts now knows it, too.
    let second = app.second_process().await;
    let known = second
        .store
        .list_revocations(second.clock.now(), None)
        .await
        .unwrap()
        .revocations;
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].1.revoked.subject(), "u-alice");
    // `iat` counts whole seconds, so the second of the disabling is lost to the user.
    app.advance_seconds(1);
    let fresh = app.tokens_for("a", "alice", "openid read").await.member("access_token");
    server.introspect(&fresh).await.assert_active();
    server.introspect(&token).await.assert_inactive();
    alice.sign_in("alice").await;
    assert!(is_alive(&alice).await);
    // Saying again that the user is enabled, or something else of them, ends nothing.
    set(&app, user, "email", "alice@elsewhere.test").await;
    assert!(is_alive(&alice).await);
    server.introspect(&fresh).await.assert_active();
}

#[tokio::test]
async fn what_a_disabled_application_had_does_not_come_back_with_it() {
    covers!("O-175");
    let app = App::start().await;
    let application = ("applications", "app-a");
    let token = app.tokens_for("a", "alice", "openid read").await.member("access_token");
    let of_b = app.tokens_for("b", "alice", "openid read").await.member("access_token");
    let mut alice = app.browser();
    let code = alice.code_as(&Authorize::of("a"), "alice").await;
    let code_of_b = alice.code_as(&Authorize::of("b"), "alice").await;
    set(&app, application, "enabled", false).await;
    set(&app, application, "enabled", true).await;
    let server = app.resource_server("r1-api");
    server.introspect(&token).await.assert_inactive();
    server.introspect(&of_b).await.assert_active();
    let refused = app.client("a").redeem(&code, "https://a.test/cb").await;
    refused.assert_json_error(400, "invalid_grant");
    app.client("b")
        .redeem(&code_of_b, "https://b.test/cb")
        .await
        .assert_tokens();
    // The user's session is not the application's.
    assert!(is_alive(&alice).await);
    app.advance_seconds(1);
    let fresh = app.tokens_for("a", "alice", "openid read").await.member("access_token");
    server.introspect(&fresh).await.assert_active();
    server.introspect(&token).await.assert_inactive();
}

/// A refresh token of a user through an application, with `offline_access` or bound to the browser session.
async fn refresh_token(app: &App, user: &str, offline: bool) -> (String, String) {
    let scope = if offline {
        "openid offline_access read"
    } else {
        "openid read"
    };
    let tokens = app.tokens_for("keep", user, scope).await;
    (
        tokens.assert_tokens().member("refresh_token"),
        tokens.member("access_token"),
    )
}

#[tokio::test]
async fn refresh_tokens_end_with_what_they_hang_on() {
    covers!("O-212");
    let app = App::start().await;
    let keep = app.client("keep");
    let server = app.resource_server("r1-api");
    let (bound, token) = refresh_token(&app, "alice", false).await;
    let (offline, other) = refresh_token(&app, "alice", true).await;
    let (of_bob, _) = refresh_token(&app, "bob", false).await;
    // A new password ends the sessions and what hangs on them; what was asked for beyond the session goes on.
    set(&app, ("users", "u-alice"), "password", "another-password").await;
    keep.refresh(&bound).await.assert_json_error(400, "invalid_grant");
    server.introspect(&token).await.assert_inactive();
    let offline = keep.refresh(&offline).await.assert_tokens().member("refresh_token");
    server.introspect(&other).await.assert_active();
    let of_bob = keep.refresh(&of_bob).await.assert_tokens().member("refresh_token");
    // The user disabled and enabled again, with the password of the fixture.
    set(&app, ("users", "u-alice"), "enabled", false).await;
    app.edit(|_| ()).await.unwrap();
    keep.refresh(&offline).await.assert_json_error(400, "invalid_grant");
    let of_bob = keep.refresh(&of_bob).await.assert_tokens().member("refresh_token");
    app.advance_seconds(1);
    let (fresh, _) = refresh_token(&app, "alice", false).await;
    let fresh = keep.refresh(&fresh).await.assert_tokens().member("refresh_token");
    // The application likewise, for everybody.
    set(&app, ("applications", "app-a"), "enabled", false).await;
    let fresh = keep.refresh(&fresh).await.assert_tokens().member("refresh_token");
    for enabled in [false, true] {
        let mut document: toml::Table = REFRESH.parse().unwrap();
        entry(&mut document, "applications", "app-keep").insert("enabled".into(), enabled.into());
        app.apply(&document.to_string()).await.unwrap();
    }
    for refused in [fresh, of_bob] {
        keep.refresh(&refused).await.assert_json_error(400, "invalid_grant");
    }
    app.advance_seconds(1);
    let (again, _) = refresh_token(&app, "bob", true).await;
    keep.refresh(&again).await.assert_tokens();
}

#[tokio::test]
async fn disabling_twice_is_written_once() {
    let app = App::start().await;
    set(&app, ("users", "u-alice"), "enabled", false).await;
    let before = super::rows(&app);
    app.advance_seconds(10);
    set(&app, ("users", "u-alice"), "enabled", false).await;
    super::assert_same(&app, &before, "disabled again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling_ends_what_was_given_while_it_waited_for_the_database() {
    covers!("O-212");
    let app = Arc::new(App::start().await);
    let (offline, access) = refresh_token(&app, "alice", true).await;
    // Another process writes, for a while.
    let other = app.open_sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (disabling, read) = (app.clone(), app.clock_reads());
    let document =
        "tenant = \"default\"\nrealm = \"main\"\n[[users]]\nid = \"u-alice\"\nusername = \"alice\"\nenabled = false";
    let disabling = tokio::spawn(async move { disabling.apply(document).await });
    // It knows what time it is, and waits for its turn.
    while app.clock_reads() == read {
        tokio::task::yield_now().await;
    }
    app.advance_seconds(5);
    let given = format!("UPDATE authorization_grant SET created_at = {}", app.deps.clock.now().0);
    other.execute_batch(&format!("{given}; COMMIT")).unwrap();
    disabling.await.unwrap().unwrap();
    app.advance_seconds(1);
    set(&app, ("users", "u-alice"), "enabled", true).await;
    let answer = app.client("keep").refresh(&offline).await;
    answer.assert_json_error(400, "invalid_grant");
    app.resource_server("r1-api")
        .introspect(&access)
        .await
        .assert_inactive();
}

#[tokio::test]
async fn a_disabled_application_that_gets_another_name_gets_nothing_back() {
    covers!("O-175");
    let app = App::start().await;
    let (refresh, _) = refresh_token(&app, "alice", true).await;
    let save = async |enabled: bool, client_id: &str| {
        let mut document: toml::Table = REFRESH.parse().unwrap();
        let keep = entry(&mut document, "applications", "app-keep");
        keep.insert("enabled".into(), enabled.into());
        keep.insert("client_id".into(), client_id.into());
        app.apply(&document.to_string()).await.unwrap();
    };
    // The control: a name alone ends no grant.
    save(true, "kept").await;
    let kept = app.client("keep").named("kept");
    let refresh = kept.refresh(&refresh).await.assert_tokens().member("refresh_token");
    // Disabled and renamed at once, or one after the other.
    save(false, "kept-again").await;
    save(true, "kept-again").await;
    let again = app.client("keep").named("kept-again");
    again.refresh(&refresh).await.assert_json_error(400, "invalid_grant");
    save(true, "keep").await;
    app.client("keep")
        .refresh(&refresh)
        .await
        .assert_json_error(400, "invalid_grant");
    app.advance_seconds(1);
    let (fresh, _) = refresh_token(&app, "alice", true).await;
    app.client("keep").refresh(&fresh).await.assert_tokens();
}
