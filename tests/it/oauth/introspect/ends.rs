//! What ends a token before its time: each reason alone, and all of them together.
use crate::app::{App, entry, part_of};
use grantor_store::revocations::Revoked;
use grantor_tests::covers;

/// A way to end tokens of alice with application `a`.
#[derive(Clone, Copy, Debug)]
enum End {
    UserDisabled,
    ClientDisabled,
    UserEpoch,
    ClientEpoch,
    Grant,
    Token,
}

const ENDS: [End; 6] = [
    End::UserDisabled,
    End::ClientDisabled,
    End::UserEpoch,
    End::ClientEpoch,
    End::Grant,
    End::Token,
];

async fn apply(app: &App, end: End, token: &str) {
    let claims = part_of(token, 1);
    let text = |name: &str| claims[name].as_str().unwrap().to_owned();
    match end {
        End::UserDisabled => set_enabled(app, ("users", "u-alice"), false).await,
        End::ClientDisabled => set_enabled(app, ("applications", "app-a"), false).await,
        End::UserEpoch => app.revoke(Revoked::User("u-alice".into())).await,
        End::ClientEpoch => app.revoke(Revoked::Client("a".into())).await,
        End::Grant => app.revoke(Revoked::Grant(text("gid"))).await,
        End::Token => app.revoke(Revoked::Token(text("jti"))).await,
    }
}

async fn set_enabled(app: &App, (list, id): (&str, &str), enabled: bool) {
    let change = app.edit(|d| {
        entry(d, list, id).insert("enabled".into(), enabled.into());
    });
    change.await.unwrap();
}

/// Nobody who may ask is told that the token is active, and it opens nothing.
async fn check_ended(app: &App, end: &str, manager: &str, token: &str) {
    let seen = app.introspect_as_bearer("", manager, token).await;
    assert_eq!(seen.body, r#"{"active":false}"#, "{end}");
    let seen = app.resource_server("r1-api").introspect(token).await;
    assert_eq!(seen.body, r#"{"active":false}"#, "{end}");
    let userinfo = app.client("a").userinfo(token).await;
    assert_eq!(userinfo.status, 401, "{end}");
    userinfo.assert_bearer_error(401, "invalid_token");
}

#[tokio::test]
async fn each_reason_ends_a_token_alone() {
    covers!("O-175", "O-187", "I-04");
    for end in ENDS {
        let app = App::start().await;
        let manager = app.management_token("tokens:introspect").await;
        let token = app.tokens_for("a", "alice", "openid read").await.member("access_token");
        let other = app.tokens_for("b", "bob", "openid read").await.member("access_token");
        assert_eq!(app.client("a").userinfo(&token).await.status, 200);
        app.resource_server("r1-api").introspect(&token).await.assert_active();
        apply(&app, end, &token).await;
        check_ended(&app, &format!("{end:?}"), &manager, &token).await;
        // Nobody else's ends with it.
        app.resource_server("r1-api").introspect(&other).await.assert_active();
        assert_eq!(app.client("b").userinfo(&other).await.status, 200, "{end:?}");
    }
}

#[tokio::test]
async fn no_reason_hides_another() {
    covers!("O-175");
    let app = App::start().await;
    let manager = app.management_token("tokens:introspect").await;
    let token = app.tokens_for("a", "alice", "openid read").await.member("access_token");
    for end in ENDS {
        apply(&app, end, &token).await;
        check_ended(&app, &format!("{end:?}"), &manager, &token).await;
    }
    // Enabling user and client again does not bring back what was revoked.
    set_enabled(&app, ("users", "u-alice"), true).await;
    set_enabled(&app, ("applications", "app-a"), true).await;
    check_ended(&app, "enabled again", &manager, &token).await;
    // An epoch ends what was issued until then, and nothing after.
    app.advance_seconds(1);
    let fresh = app.tokens_for("a", "alice", "openid read").await.member("access_token");
    app.client("a").introspect(&fresh).await.assert_active();
}
