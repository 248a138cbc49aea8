//! A new password for the old one.
use super::{SESSION, enter, password_form, signed_in};
use crate::app::{App, Authorize};
use crate::interact::{attributes, live_sessions, texts};
use grantor_tests::covers;

const NEW: &str = "a bicycle for two";

#[tokio::test]
async fn a_new_password_ends_everything_elsewhere_and_goes_on_here_under_a_new_id() {
    covers!("O-208", "O-212");
    let app = App::start().await;
    let other = App::start_beside(&app).await;
    let mut here = signed_in(&app, "alice").await;
    let request = Authorize::of("keep").set("scope", "openid read");
    let code = here.code_as(&request, "alice").await;
    let own = app.client("keep").redeem(&code, request.value("redirect_uri")).await;
    let bound = app.tokens_for("keep", "alice", "openid read").await;
    let offline = app.tokens_for("keep", "alice", "openid offline_access read").await;
    let mut there = signed_in(&app, "alice").await;
    let mut thief = here.copy();
    let before = here.cookie(SESSION).to_owned();
    let form = password_form(&mut here, "alice-password", NEW).await;
    let done = here.submit(&form).await;
    let said = "Your password is changed. Everywhere else you are signed out.";
    assert_eq!(texts(&done, "[role=status]"), [said]);
    assert_ne!(here.cookie(SESSION), before);
    assert_eq!(here.get("/account").await.status, 200);
    for gone in [&mut there, &mut thief] {
        assert_eq!(gone.get("/account").await.status, 303);
    }
    assert_eq!(live_sessions(&app), 1);
    other.catch_up().await;
    let keep = other.client("keep");
    let refreshed = async |tokens: &crate::app::Answer| keep.refresh(&tokens.member("refresh_token")).await.status;
    assert_eq!(refreshed(&bound).await, 400, "it hung on another session");
    assert_eq!(refreshed(&own).await, 200, "this session goes on");
    assert_eq!(refreshed(&offline).await, 200, "it hangs on no session");
    let seen = other
        .resource_server("r1-api")
        .introspect(&bound.member("access_token"))
        .await;
    seen.assert_inactive();
    assert_eq!(enter(&mut app.browser(), "alice", "alice-password").await.status, 422);
    assert_eq!(enter(&mut app.browser(), "alice", NEW).await.status, 200);
}

#[tokio::test]
async fn a_password_that_is_not_taken_changes_nothing_and_is_never_put_back() {
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    signed_in(&app, "alice").await;
    let page = browser.open("/account/password").await;
    assert_eq!(
        texts(&page, "#rules li").len(),
        3,
        "the rules stand there before anybody types"
    );
    let longest = "x y".repeat(400);
    for (old, new, repeated, field) in [
        ("", NEW, NEW, "old-password"),
        ("wrong", NEW, NEW, "old-password"),
        ("alice-password", "", "", "new-password"),
        ("alice-password", "short", "short", "new-password"),
        ("alice-password", &longest, &longest, "new-password"),
        ("alice-password", "aaaaaaaaaaaa", "aaaaaaaaaaaa", "new-password"),
        ("alice-password", "password123", "password123", "new-password"),
        (
            "alice-password",
            "alice@example.test",
            "alice@example.test",
            "new-password",
        ),
        ("alice-password", NEW, "a bicycle for three", "repeated-password"),
        ("alice-password", "alice-password", "alice-password", "new-password"),
    ] {
        let form = password_form(&mut browser, old, new)
            .await
            .set("repeated-password", repeated);
        let answer = browser.submit_with(&form, &[]).await;
        answer.assert_page(422);
        assert_eq!(attributes(&answer, "[aria-invalid=true]", "id"), [field], "{new}");
        assert_eq!(
            texts(&answer, &format!("[role=alert] a[href='#{field}']")).len(),
            1,
            "{new}"
        );
        assert_eq!(attributes(&answer, "input[type=password]", "value"), [""; 0]);
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(live_sessions(&app), 2);
    assert_eq!(enter(&mut app.browser(), "alice", "alice-password").await.status, 200);
}

#[tokio::test]
async fn of_two_changes_at_once_the_second_finds_another_password() {
    let app = App::start().await;
    let mut one = signed_in(&app, "alice").await;
    let mut other = one.copy();
    let forms = [
        password_form(&mut one, "alice-password", NEW).await,
        password_form(&mut other, "alice-password", "another bicycle").await,
    ];
    let (first, second) = tokio::join!(one.submit_with(&forms[0], &[]), other.submit_with(&forms[1], &[]));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    // The loser's session ended under it, or its old password was no longer right.
    assert_eq!(statuses[0], 303, "{statuses:?}");
    let taken = [NEW, "another bicycle"];
    let mut works = 0;
    for password in taken {
        works += u8::from(enter(&mut app.browser(), "alice", password).await.status == 200);
    }
    assert_eq!(works, 1);
}
