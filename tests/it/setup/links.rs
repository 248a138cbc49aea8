//! What a link is good for, for whom, and how long.
use super::{NEW, admin_realm, filled, lets_in, link};
use crate::app::{ADMIN, App, OTHER, REALM, form_of};
use crate::interact::{attributes, heading, texts};
use grantor_flows::management::Requester;
use grantor_flows::setup;
use grantor_protocol::issuer::RealmKey;
use grantor_tests::covers;

#[tokio::test]
async fn a_link_sets_the_first_password_and_signs_in() {
    covers!("O-258", "O-274");
    let app = App::start().await;
    assert!(!lets_in(&app, "").await);
    let path = link(&app).await;
    let token = path.strip_prefix(&format!("{ADMIN}/setup/")).unwrap();
    assert_eq!(token.len(), 43);
    // Scanners look at links before people do.
    for method in ["GET", "HEAD"] {
        for _ in 0..5 {
            assert_eq!(app.send(method, &path, &[], None).await.status, 200);
        }
    }
    let mut browser = app.browser();
    let page = browser.open(&path).await;
    assert_eq!(heading(&page), "Set your password");
    assert_eq!(attributes(&page, "#username", "value"), ["admin"]);
    assert_eq!(attributes(&page, "#name", "value"), ["Administrator"]);
    assert_eq!(texts(&page, "#rules li").len(), 3);
    // What is wrong with the form leaves the link as it was.
    for (field, value, status) in [
        ("new-password", "short", 422),
        ("name", "a\u{7}", 422),
        ("csrf", "x", 403),
    ] {
        let form = filled(&mut browser, &path).await.set(field, value);
        let answer = browser.submit_with(&form, &[]).await;
        assert_eq!(answer.status, status, "{field}");
        assert_eq!(answer.header("set-cookie"), "");
        assert_eq!(attributes(&answer, "input[type=password]", "value"), [""; 0]);
    }
    let form = filled(&mut browser, &path).await;
    let answer = browser.submit_with(&form, &[]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, format!("{ADMIN}/account").as_str())
    );
    let home = browser.open(&format!("{ADMIN}/account")).await;
    assert_eq!(texts(&home, ".lead .name"), ["Ada"]);
    assert!(
        texts(&home, "[role=status]")
            .concat()
            .starts_with("Your account is ready.")
    );
    assert!(lets_in(&app, NEW).await);
    // It is used up: every way of coming back finds the same page.
    let gone = app.get(&path).await;
    assert_eq!(heading(gone.assert_page(410)), "This link is no longer good");
    assert!(gone.body.contains("grantor setup-link"));
    let late = browser.submit_with(&form, &[]).await;
    assert_eq!(heading(late.assert_page(409)), "This link is no longer good");
    assert!(lets_in(&app, NEW).await);
}

#[tokio::test]
async fn a_link_is_good_for_an_hour_and_until_there_is_another() {
    covers!("O-274");
    let app = App::start().await;
    let first = link(&app).await;
    let mut browser = app.browser();
    let form = filled(&mut browser, &first).await;
    let second = link(&app).await;
    assert_eq!(app.get(&first).await.status, 410);
    assert_eq!(browser.submit_with(&form, &[]).await.status, 409);
    app.advance_seconds(3599);
    let form = filled(&mut browser, &second).await;
    app.advance_seconds(1);
    assert_eq!(app.get(&second).await.status, 410);
    assert_eq!(browser.submit_with(&form, &[]).await.status, 410);
    assert!(!lets_in(&app, NEW).await);
    // Rows of links that are over go away.
    grantor_flows::jobs::delete_expired(app.deps.clone()).await.unwrap();
    let left: i64 = app.sql(|c| c.query_row("SELECT COUNT(*) FROM one_time_link", [], |row| row.get(0)));
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_link_is_of_its_realm_and_user_and_stored_as_a_mac() {
    covers!("O-274", "O-258");
    let app = App::start().await;
    let path = link(&app).await;
    let token = path.rsplit('/').next().unwrap();
    for prefix in ["", REALM, OTHER, "/v1/tenants/default/realms/main/applications/app-a"] {
        assert_eq!(
            app.get(&format!("{prefix}/setup/{token}")).await.status,
            410,
            "{prefix}"
        );
    }
    let altered = format!("{}{}", &token[..42], if token.ends_with('A') { 'B' } else { 'A' });
    for other in [
        &altered,
        &token[..42],
        &format!("{token}A"),
        "x",
        "..",
        "%00",
        &"a".repeat(5000),
    ] {
        let answer = app.get(&format!("{ADMIN}/setup/{other}")).await;
        assert!(matches!(answer.status, 404 | 410), "{other}: {}", answer.status);
    }
    assert!(!app.stored().windows(token.len()).any(|w| w == token.as_bytes()));
    let told = app.deps.store.list_events(&admin_realm(), 10).await.unwrap();
    assert!(!format!("{told:?}").contains(token));
    assert_eq!(told[0].kind.as_str(), "account.setup_link_made");
    // Nobody makes a link for somebody who cannot sign in.
    let main = RealmKey::new("default", "main");
    for user in ["u-disabled", "nobody", ""] {
        assert!(
            setup::make_link(&app.deps, &main, user, &Requester::operator())
                .await
                .ok()
                .flatten()
                .is_none(),
            "{user}"
        );
    }
}

#[tokio::test]
async fn a_link_ends_what_the_account_had_and_dies_with_the_account() {
    covers!("O-212", "O-274");
    let app = App::start().await;
    let main = RealmKey::new("default", "main");
    let make = async || {
        setup::make_link(&app.deps, &main, "u-alice", &Requester::operator())
            .await
            .unwrap()
            .unwrap()
    };
    let bound = app.tokens_for("keep", "alice", "openid read").await;
    let mut there = app.browser();
    there.sign_in("alice").await;
    let path = make().await;
    let mut bob = app.browser();
    bob.sign_in("bob").await;
    let form = filled(&mut bob, &path).await;
    assert_eq!(bob.submit_with(&form, &[]).await.status, 303);
    // Whoever used the link is who it was made for, in a new session.
    assert_eq!(bob.signed_in_as().await.as_deref(), Some("alice"));
    assert_eq!(there.signed_in_as().await, None);
    let refreshed = app.client("keep").refresh(&bound.member("refresh_token")).await;
    refreshed.assert_json_error(400, "invalid_grant");
    let old = crate::account::enter(&mut app.browser(), "alice", "alice-password").await;
    assert_eq!(old.status, 422);
    // A password that its owner changes ends links that are out.
    let path = make().await;
    let form = crate::app::form_of(&bob.open(&format!("{REALM}/account/password")).await)
        .set("old-password", NEW)
        .set("new-password", "another bicycle")
        .set("repeated-password", "another bicycle");
    assert_eq!(bob.submit_with(&form, &[]).await.status, 303);
    assert_eq!(app.get(&path).await.status, 410);
    // Disabled meanwhile, nobody comes in, and the account stays as it was.
    let path = make().await;
    let mut browser = app.browser();
    let form = filled(&mut browser, &path).await;
    app.change(
        "UPDATE user SET enabled = false WHERE id = 'u-alice'",
        "user",
        "u-alice",
    )
    .await;
    assert_eq!(browser.submit_with(&form, &[]).await.status, 410);
    assert_eq!(app.get(&path).await.status, 410);
}

#[tokio::test]
async fn the_first_admin_gets_a_link_as_long_as_there_is_no_password() {
    covers!("O-258");
    let app = App::start().await;
    let first = setup::link_for_first_admin(&app.deps).await.unwrap().unwrap();
    let again = setup::link_for_first_admin(&app.deps).await.unwrap().unwrap();
    assert_ne!(first, again);
    assert_eq!(app.get(&first).await.status, 410);
    let mut browser = app.browser();
    let form = filled(&mut browser, &again).await;
    assert_eq!(browser.submit_with(&form, &[]).await.status, 303);
    assert!(setup::link_for_first_admin(&app.deps).await.unwrap().is_none());
    // Another way in to the first run there is not.
    for path in ["/setup", "/setup/", &format!("{ADMIN}/setup")] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
    form_of(&app.browser().open(&format!("{ADMIN}/account")).await);
}
