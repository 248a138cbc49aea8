//! What a refresh token is good for, in each rotation mode.
use crate::app::{App, part_of};
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_tests::covers;

/// The events of realm `main` so far but sign-ins, oldest first.
pub(super) async fn events(app: &App) -> Vec<EventKind> {
    let key = RealmKey::new("default", "main");
    let mut events = app.deps.store.list_events(&key, 100).await.unwrap();
    events.reverse();
    let signed_in = |kind: &EventKind| *kind == EventKind::SignInSucceeded;
    events
        .into_iter()
        .map(|e| e.kind)
        .filter(|kind| !signed_in(kind))
        .collect()
}

#[tokio::test]
async fn an_application_is_given_refresh_tokens_when_its_switch_is_on() {
    covers!("A-18", "T-16");
    let app = App::start().await;
    for id in ["keep", "strict", "still", "spa"] {
        let tokens = app.tokens_for(id, "alice", "openid read").await;
        let refresh = tokens.assert_tokens().member("refresh_token");
        let renewed = app.client(id).refresh(&refresh).await;
        let renewed = renewed.assert_tokens();
        assert_ne!(renewed.member("access_token"), tokens.member("access_token"), "{id}");
        app.resource_server("r1-api")
            .introspect(&renewed.member("access_token"))
            .await
            .assert_active();
        // Without rotation the token stays, and no other is given.
        let successor = renewed.json().get("refresh_token").cloned();
        assert_eq!(successor.is_none(), id == "still", "{id}");
        assert!(successor.is_none_or(|s| s != refresh.as_str()), "{id}");
    }
    for id in ["a", "plain", "p"] {
        let tokens = app.tokens_for(id, "alice", "openid offline_access read").await;
        assert!(tokens.assert_tokens().json().get("refresh_token").is_none(), "{id}");
        assert!(!tokens.member("scope").contains("offline_access"), "{id}");
        let answer = app.client(id).refresh("grt_x").await;
        answer.assert_json_error(400, "unauthorized_client");
    }
    // RFC 6749 section 4.4.3: a client that speaks for itself needs none.
    let machine = app.client("m").token(&[("grant_type", "client_credentials")]).await;
    assert!(machine.assert_tokens().json().get("refresh_token").is_none());
}

#[tokio::test]
async fn switching_refresh_tokens_off_stops_those_that_are_out() {
    covers!("A-18");
    let app = App::start().await;
    let refresh = app.tokens_for("keep", "alice", "read").await.member("refresh_token");
    let switch = async |on: bool| {
        app.edit_refresh("app-keep", |refresh| {
            refresh.insert("enabled".into(), on.into());
        })
        .await
        .unwrap();
    };
    switch(false).await;
    let answer = app.client("keep").refresh(&refresh).await;
    answer.assert_json_error(400, "unauthorized_client");
    switch(true).await;
    app.client("keep").refresh(&refresh).await.assert_tokens();
}

#[tokio::test]
async fn a_lost_answer_is_given_again_while_nobody_used_it() {
    covers!("O-128");
    let app = App::start().await;
    let keep = app.client("keep");
    let first = app
        .tokens_for("keep", "alice", "openid read")
        .await
        .member("refresh_token");
    let second = keep.refresh(&first).await.assert_tokens().member("refresh_token");
    for _ in 0..3 {
        app.advance_seconds(19);
        let again = keep.refresh(&first).await;
        assert_eq!(again.assert_tokens().member("refresh_token"), second);
    }
    assert_eq!(app.deps.counters.refresh_repeated.get(), 3);
    // Whoever uses the successor ends the window: from then on the first token is one nobody honest has.
    let third = keep.refresh(&second).await.assert_tokens().member("refresh_token");
    assert_eq!(
        keep.refresh(&second).await.assert_tokens().member("refresh_token"),
        third
    );
    let access = keep.refresh(&third).await.assert_tokens().member("access_token");
    keep.refresh(&first).await.assert_json_error(400, "invalid_grant");
    keep.introspect(&access).await.assert_inactive();
    keep.refresh(&third).await.assert_json_error(400, "invalid_grant");
    assert_eq!(app.deps.counters.refresh_replayed.get(), 1);
    // Who comes back within a second has raced.
    assert_eq!(app.deps.counters.refresh_raced.get(), 1);
    // Once a minute is told of a grant, so that a client in a loop fills no table; its end is always told.
    let told = [EventKind::RefreshRepeated, EventKind::RefreshReplayed];
    assert_eq!(events(&app).await, told);
}

#[tokio::test]
async fn after_the_window_the_predecessor_is_refused_and_remembered() {
    covers!("O-128");
    let app = App::start().await;
    let keep = app.client("keep");
    let first = app.tokens_for("keep", "alice", "read").await.member("refresh_token");
    let second = keep.refresh(&first).await.member("refresh_token");
    app.advance_seconds(60);
    keep.refresh(&first).await.assert_json_error(400, "invalid_grant");
    // Suspicion is no proof: the honest client goes on.
    let third = keep.refresh(&second).await.assert_tokens().member("refresh_token");
    keep.refresh(&third).await.assert_tokens();
    assert_eq!(app.deps.counters.refresh_late.get(), 1);
    assert_eq!(events(&app).await, [EventKind::RefreshLate]);
}

#[tokio::test]
async fn a_used_token_that_comes_back_ends_its_grant_where_tokens_are_good_once() {
    covers!("O-126", "T-16");
    let app = App::start().await;
    let strict = app.client("strict");
    let tokens = app.tokens_for("strict", "alice", "read").await;
    let first = tokens.assert_tokens().member("refresh_token");
    let renewed = strict.refresh(&first).await;
    let second = renewed.assert_tokens().member("refresh_token");
    let bystander = app.tokens_for("strict", "alice", "read").await;
    strict.refresh(&first).await.assert_json_error(400, "invalid_grant");
    for access in [tokens.member("access_token"), renewed.member("access_token")] {
        strict.introspect(&access).await.assert_inactive();
    }
    for refresh in [&first, &second] {
        strict.refresh(refresh).await.assert_json_error(400, "invalid_grant");
    }
    assert_eq!(events(&app).await, [EventKind::RefreshReplayed]);
    // The other grant of the same user and application is none of it.
    strict
        .introspect(&bystander.member("access_token"))
        .await
        .assert_active();
    strict.refresh(&bystander.member("refresh_token")).await.assert_tokens();
}

#[tokio::test]
async fn a_renewed_id_token_tells_of_the_same_sign_in() {
    covers!("T-16");
    let app = App::start().await;
    let tokens = app.tokens_for("keep", "alice", "openid read").await;
    app.advance_seconds(100);
    let renewed = app.client("keep").refresh(&tokens.member("refresh_token")).await;
    let (before, after) = (
        part_of(&tokens.member("id_token"), 1),
        part_of(&renewed.assert_tokens().member("id_token"), 1),
    );
    // OpenID Connect Core section 12.2.
    for same in ["iss", "sub", "aud", "auth_time", "sid", "amr"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap(), 100);
    assert!(after.get("nonce").is_none());
    assert_ne!(before["at_hash"], after["at_hash"]);
    // Without openid there is nobody to tell of.
    let refresh = renewed.member("refresh_token");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
        ("scope", "read"),
    ];
    let narrow = app.client("keep").token(&form).await;
    assert!(narrow.assert_tokens().json().get("id_token").is_none());
}
