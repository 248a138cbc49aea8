//! What reaches the client, and how: the code, the state as it was sent, the issuer, by which redirect.
use super::{Expected, assert_refused, check, codes};
use crate::app::{Answer, App, Authorize, Browser, encode, form_of, query_of, target_of};
use Expected::{Page, RefusedWithoutState, SignIn};
use grantor_tests::covers;

/// The only value of a parameter; fails when it stands there twice or not at all.
#[track_caller]
pub(super) fn only(url: &str, name: &str) -> String {
    let mut found = query_of(url).into_iter().filter(|(n, _)| n == name);
    let (_, value) = found.next().unwrap_or_else(|| panic!("no {name} in {url}"));
    assert!(found.next().is_none(), "{name} twice in {url}");
    value
}

pub(super) async fn sign_in(browser: &mut Browser<'_>, page: &Answer, password: &str) -> Answer {
    browser
        .submit(&form_of(page).set("username", "alice").set("password", password))
        .await
}

#[tokio::test]
async fn a_valid_request_leads_over_sign_in_and_consent_to_a_code() {
    covers!("T-07");
    let request = Authorize::of("a").set("scope", "openid read");
    for by_post in [false, true] {
        let app = App::start().await;
        let mut browser = app.browser();
        let first = match by_post {
            false => browser.get(&request.url()).await,
            true => {
                browser
                    .send("POST", "/authorize", super::FORM, Some(&request.query()))
                    .await
            }
        };
        let page = browser.follow(first).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let page = sign_in(&mut browser, &page, "alice-password").await;
        assert!(page.body.contains("data-scope=\"read\""), "{}", page.body);
        let end = browser.submit(&form_of(&page).set("decision", "allow")).await;
        let target = target_of(&end).unwrap();
        assert!(target.starts_with("https://a.test/cb?code="), "{target}");
        assert_eq!(
            (&*only(&target, "state"), &*only(&target, "iss")),
            ("st4te", app.issuer())
        );
        let tokens = app
            .client("a")
            .redeem(&only(&target, "code"), "https://a.test/cb")
            .await;
        tokens.assert_tokens();
        // Known and allowed: by GET at once, by POST over a page of ours.
        let silent = browser.get(&request.url()).await;
        assert_eq!(silent.status, 302);
        only(silent.header("location"), "code");
        let posted = browser
            .send("POST", "/authorize", super::FORM, Some(&request.query()))
            .await;
        assert_eq!(posted.status, 303);
        only(&target_of(&browser.follow(posted).await).unwrap(), "code");
    }
}

#[tokio::test]
async fn a_user_who_says_no_is_heard() {
    covers!("T-07");
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open(&Authorize::of("a").url()).await;
    let page = sign_in(&mut browser, &page, "alice-password").await;
    let end = browser.submit(&form_of(&page).set("decision", "deny")).await;
    let target = target_of(&end).unwrap();
    assert_eq!(only(&target, "error"), "access_denied");
    assert_eq!(
        (&*only(&target, "state"), &*only(&target, "iss")),
        ("st4te", app.issuer())
    );
    assert!(!target.contains("code=") && codes(&app) == 0);
    // Nothing was remembered as allowed.
    let again = browser.get(&Authorize::of("a").set("prompt", "none").url()).await;
    again.assert_redirect_error("https://a.test/cb", "consent_required", Some("st4te"));
}

#[tokio::test]
async fn a_state_comes_back_as_it_was_sent() {
    covers!("O-016", "O-017", "O-018");
    let app = App::start().await;
    let printable: String = (0..4000_u32)
        .map(|i| char::from(32 + u8::try_from(i * 7919 % 95).unwrap()))
        .collect();
    let mut browser = app.browser();
    browser.code_as(&Authorize::of("a"), "alice").await;
    let control = browser.get(&Authorize::of("a").url()).await;
    let headers = control.headers.len();
    for state in [
        printable.as_str(),
        &"x".repeat(4096),
        "&code=evil&iss=https://evil#",
        "#&error=x",
        "?a=b&state=other",
        "\r\nSet-Cookie: x=1",
        "\r\n\r\n<script>alert(1)</script>",
        "\"><script>alert(1)</script>",
        "a+b c%20d%2520&amp;é\u{202e}\u{1f600}",
        " ",
    ] {
        let request = Authorize::of("a").set("state", state);
        let straight = browser.get(&request.url()).await;
        assert_eq!(
            (straight.status, straight.headers.len(), straight.header("set-cookie")),
            (302, headers, "")
        );
        let refused = app.authorize(&request.clone().set("prompt", "none")).await;
        assert_refused(&app, &request, &refused, "login_required", Some(state));
        // And over the page that sends the browser on.
        let posted = browser
            .send("POST", "/authorize", super::FORM, Some(&request.query()))
            .await;
        let page = browser.follow(posted).await;
        assert!(!page.body.contains("<script>"), "{}", page.body);
        for target in [straight.header("location"), &*target_of(&page).unwrap()] {
            assert_eq!(only(target, "state"), state);
            assert_eq!((only(target, "code").len(), &*only(target, "iss")), (43, app.issuer()));
            assert!(!target.contains(['#', '\r', '\n', '"', '<', ' ']), "{target}");
        }
    }
}

#[tokio::test]
async fn a_state_that_is_too_long_is_refused_and_not_cut() {
    covers!("O-016");
    let app = App::start().await;
    let request = |length: usize| Authorize::of("a").set("state", &"x".repeat(length));
    check(&app, &request(4096), SignIn).await;
    check(&app, &request(4097), RefusedWithoutState("invalid_request")).await;
    check(&app, &request(20_000), RefusedWithoutState("invalid_request")).await;
    // Nobody sent one: nobody gets one.
    check(
        &app,
        &Authorize::of("a").without("state").set("max_age", "x"),
        RefusedWithoutState("invalid_request"),
    )
    .await;
    check(
        &app,
        &Authorize::of("a").set("state", "").set("max_age", "x"),
        RefusedWithoutState("invalid_request"),
    )
    .await;
}

#[tokio::test]
async fn no_redirect_repeats_a_password_to_anybody() {
    covers!("O-301");
    let app = App::start().await;
    let request = Authorize::of("a");
    let mut browser = app.browser();
    let begun = browser.get(&request.url()).await;
    assert_eq!(begun.status, 303);
    let page = browser.follow(begun).await;
    let wrong = form_of(&page).set("username", "alice").set("password", "wrong");
    let answer = browser.submit_with(&wrong, &[]).await;
    assert_eq!((answer.status, answer.header("location")), (422, ""));
    let right = form_of(&page)
        .set("username", "alice")
        .set("password", "alice-password");
    let answer = browser.submit_with(&right, &[]).await;
    assert_eq!(answer.status, 303);
    assert!(
        answer.header("location").starts_with("/continue?tx="),
        "{}",
        answer.header("location")
    );
    let page = browser.follow(answer).await;
    let answer = browser.submit_with(&form_of(&page).set("decision", "allow"), &[]).await;
    assert_eq!(answer.status, 303);
    assert!(
        answer.header("location").starts_with("/continue?tx="),
        "{}",
        answer.header("location")
    );
    let page = browser.follow(answer).await;
    assert_eq!((page.status, page.header("location")), (200, ""));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let silent = browser.get(&request.url()).await;
    assert_eq!((silent.status, silent.header("referrer-policy")), (302, "no-referrer"));
    let refused = request.set("response_type", "token").query();
    assert_eq!(
        browser
            .send("POST", "/authorize", super::FORM, Some(&refused))
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn a_password_in_a_url_signs_nobody_in() {
    covers!("O-302");
    let app = App::start().await;
    let request = Authorize::of("a")
        .add("username", "alice")
        .add("password", "alice-password");
    let signed_in = |browser: &Browser<'_>| browser.cookies.keys().any(|name| name.contains("session"));
    let mut browser = app.browser();
    let page = browser.open(&request.url()).await;
    let form = form_of(&page);
    assert!(!signed_in(&browser) && !page.body.contains("alice"), "{}", page.body);
    assert!(
        form.fields.contains(&("username".into(), String::new())),
        "{:?}",
        form.fields
    );
    let refused = app.authorize(&request.clone().set("prompt", "none")).await;
    assert_refused(&app, &request, &refused, "login_required", Some("st4te"));
    let tx = form.fields.iter().find(|(name, _)| name == "tx").unwrap().1.clone();
    let credentials = encode(&[("username", "alice"), ("password", "alice-password")]);
    let page = browser.open(&format!("/login?tx={tx}&{credentials}")).await;
    assert!(!signed_in(&browser) && !page.body.contains("alice"), "{}", page.body);
    // The form's own fields in the URL of its POST: refused whole, though the rest is right.
    let mut in_url = form.clone();
    in_url.action = format!("{}?{credentials}", form.action);
    for form in [
        in_url.clone(),
        in_url.set("username", "alice").set("password", "alice-password"),
    ] {
        browser.submit_with(&form, &[]).await.assert_page(400);
        assert!(!signed_in(&browser));
    }
    // Control: in the body it works.
    browser
        .submit_with(&form.set("username", "alice").set("password", "alice-password"), &[])
        .await;
    assert!(signed_in(&browser));
    check(&app, &request.clone().set("client_id", "nobody"), Page).await;
    check(&app, &request.add("state", "x"), RefusedWithoutState("invalid_request")).await;
}
