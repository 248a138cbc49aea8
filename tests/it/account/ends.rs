//! What hangs on a session or a consent ends with it, also in another process on the same database.
use super::{end_others, form_with};
use crate::app::{Answer, App, Authorize, Browser, form_of};
use grantor_tests::covers;

/// Two processes, and a browser of alice at the first.
async fn two() -> (App, App) {
    let first = App::start().await;
    let second = App::start_beside(&first).await;
    (first, second)
}

/// Signs alice in to an application and returns its tokens.
async fn tokens(app: &App, browser: &mut Browser<'_>, client: &str, scope: &str) -> Answer {
    let request = Authorize::of(client).set("scope", scope);
    let code = browser.code_as(&request, "alice").await;
    app.client(client).redeem(&code, request.value("redirect_uri")).await
}

/// Whether the access token is live and the refresh token good, as the second process sees it.
async fn lives(second: &App, client: &str, answer: &Answer) -> (bool, bool) {
    let seen = second
        .resource_server("r1-api")
        .introspect(&answer.member("access_token"))
        .await;
    let renewed = second.client(client).refresh(&answer.member("refresh_token")).await;
    (seen.json()["active"] == true, renewed.status == 200)
}

#[tokio::test]
async fn ending_a_session_ends_what_hangs_on_it_and_offline_access_stays() {
    covers!("O-212");
    let (first, second) = two().await;
    let mut here = super::signed_in(&first, "alice").await;
    first.advance_seconds(1);
    let mut there = first.browser();
    let bound = tokens(&first, &mut there, "keep", "openid read").await;
    let offline = tokens(&first, &mut there, "keep", "openid offline_access read").await;
    let own = tokens(&first, &mut here, "keep", "openid read").await;
    second.catch_up().await;
    assert_eq!(lives(&second, "keep", &bound).await, (true, true));
    let page = here.open("/account/sessions").await;
    let sql = "SELECT sid FROM browser_session WHERE user = 'u-alice' ORDER BY created_at DESC LIMIT 1";
    let sid: String = first.sql(|c| c.query_row(sql, [], |row| row.get(0)));
    assert!(
        page.body
            .contains("Access that does not end with the session stays good until")
    );
    here.submit(&form_with(&page, "session", &sid).set("end", "one")).await;
    second.catch_up().await;
    assert_eq!(lives(&second, "keep", &bound).await, (false, false));
    assert_eq!(lives(&second, "keep", &offline).await, (true, true));
    assert_eq!(lives(&second, "keep", &own).await, (true, true));
}

#[tokio::test]
async fn ending_all_others_ends_offline_access_when_that_is_asked() {
    covers!("O-212");
    for with_offline in [false, true] {
        let (first, second) = two().await;
        let mut here = super::signed_in(&first, "alice").await;
        let own = tokens(&first, &mut here, "keep", "openid read").await;
        let own_short = tokens(&first, &mut here, "a", "openid read").await;
        let mut there = first.browser();
        let bound = tokens(&first, &mut there, "keep", "openid read").await;
        let offline = tokens(&first, &mut there, "keep", "openid offline_access read").await;
        let plain = tokens(&first, &mut there, "still", "read").await;
        let bob = first.tokens_for("keep", "bob", "openid offline_access read").await;
        let form = end_others(&here.open("/account/sessions").await);
        let form = if with_offline { form.set("offline", "yes") } else { form };
        assert_eq!(here.submit(&form).await.status, 200);
        second.catch_up().await;
        assert_eq!(lives(&second, "keep", &bound).await, (false, false), "{with_offline}");
        let beyond = (!with_offline, !with_offline);
        assert_eq!(lives(&second, "keep", &offline).await, beyond, "{with_offline}");
        assert_eq!(lives(&second, "still", &plain).await, beyond, "{with_offline}");
        assert_eq!(lives(&second, "keep", &own).await, (true, true), "{with_offline}");
        let short = second
            .resource_server("r1-api")
            .introspect(&own_short.member("access_token"))
            .await;
        assert_eq!(short.json()["active"], true, "{with_offline}");
        assert_eq!(lives(&second, "keep", &bob).await, (true, true), "{with_offline}");
    }
}

#[tokio::test]
async fn a_code_of_an_ended_session_is_worth_nothing() {
    covers!("O-212");
    let app = App::start().await;
    let mut here = super::signed_in(&app, "alice").await;
    let mut there = app.browser();
    for client in ["a", "keep"] {
        let request = Authorize::of(client).set("scope", "openid read");
        let code = there.code_as(&request, "alice").await;
        let mine = here.code_as(&request, "alice").await;
        let page = here.open("/account/sessions").await;
        here.submit(&end_others(&page)).await;
        let lost = app.client(client).redeem(&code, request.value("redirect_uri")).await;
        lost.assert_json_error(400, "invalid_grant");
        let kept = app.client(client).redeem(&mine, request.value("redirect_uri")).await;
        kept.assert_tokens();
    }
}

#[tokio::test]
async fn removing_an_application_ends_everything_it_had() {
    covers!("O-090");
    let (first, second) = two().await;
    let mut browser = super::signed_in(&first, "alice").await;
    let bound = tokens(&first, &mut browser, "keep", "openid read").await;
    let offline = tokens(&first, &mut browser, "keep", "openid offline_access read").await;
    let other = tokens(&first, &mut browser, "still", "read").await;
    let bob = first.tokens_for("keep", "bob", "openid read").await;
    let request = Authorize::of("keep").set("scope", "openid read");
    let code = browser.code_as(&request, "alice").await;
    let page = browser.open("/account/apps").await;
    let form = form_with(&page, "application", "app-keep");
    assert_eq!(browser.submit(&form).await.status, 200);
    second.catch_up().await;
    let late = second.client("keep").redeem(&code, request.value("redirect_uri")).await;
    late.assert_json_error(400, "invalid_grant");
    assert_eq!(lives(&second, "keep", &bound).await, (false, false));
    assert_eq!(lives(&second, "keep", &offline).await, (false, false));
    assert_eq!(lives(&second, "still", &other).await, (true, true));
    assert_eq!(lives(&second, "keep", &bob).await, (true, true));
    // The application asks again.
    let asked = browser.open(&request.url()).await;
    assert_eq!(crate::interact::heading(&asked), "Allow access?");
    form_of(&asked);
}
