//! Names, agents and addresses that would like to be markup stay text on the pages of an account.
use super::signed_in;
use crate::app::{App, Authorize, entry, form_of};
use crate::interact::hostile::{PAYLOADS, check_inert};
use crate::interact::{attributes, texts};
use grantor_tests::covers;

const PAGES: [&str; 6] = ["", "/profile", "/password", "/sessions", "/apps", "/activity"];

#[tokio::test]
async fn what_people_and_admins_typed_stays_text() {
    covers!("O-235", "O-237");
    let app = App::start().await;
    for payload in PAYLOADS {
        app.edit(|d| {
            let server = entry(d, "resource_servers", "r1");
            server.insert("display_name".into(), payload.into());
            for scope in server["scopes"].as_array_mut().unwrap() {
                scope.as_table_mut().unwrap().insert("title".into(), payload.into());
            }
            entry(d, "applications", "app-a").insert("display_name".into(), payload.into());
            let bob = entry(d, "users", "u-bob");
            bob.insert("username".into(), payload.into());
            bob.insert(
                "profile".into(),
                toml::Table::from_iter([("name".to_owned(), payload.into())]).into(),
            );
        })
        .await
        .unwrap();
        let mut browser = app.browser();
        let form = form_of(&browser.open("/account").await)
            .set("username", "bob@example.test")
            .set("password", "bob-password");
        let shown = payload.replace('\n', " ");
        let signed_in = browser.submit_with(&form, &[("user-agent", &shown)]).await;
        assert_eq!(signed_in.status, 303, "{payload}: {}", signed_in.body);
        let request = Authorize::of("a").set("scope", "openid profile read");
        let code = browser.code_as(&request, "bob@example.test").await;
        app.client("a").redeem(&code, request.value("redirect_uri")).await;
        for page in PAGES {
            let answer = browser.open(&format!("/account{page}")).await;
            check_inert(&format!("{payload} on /account{page}"), answer.assert_page(200));
            assert_eq!(texts(&answer, ".top-who .name"), [payload]);
        }
        let apps = browser.open("/account/apps").await;
        assert_eq!(texts(&apps, ".row h2"), [payload]);
        let sessions = browser.open("/account/sessions").await;
        assert!(
            texts(&sessions, ".row-current .facts .code").contains(&shown),
            "{payload}"
        );
    }
}

#[tokio::test]
async fn what_is_typed_into_a_form_comes_back_as_text() {
    covers!("O-236", "O-237");
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    let mut stranger = app.browser();
    for payload in PAYLOADS {
        let form = form_of(&browser.open("/account/profile").await)
            .set("locale", payload)
            .set("nickname", payload);
        let answer = browser.submit_with(&form, &[]).await;
        check_inert(payload, answer.assert_page(422));
        assert_eq!(attributes(&answer, "#locale", "value"), [payload]);
        let saved = browser.submit(&form.set("locale", "").set("name", payload)).await;
        check_inert(payload, saved.assert_page(200));
        assert_eq!(attributes(&saved, "#nickname", "value"), [payload]);
        let query = crate::app::encode(&[("show", payload), ("after", payload), ("to", payload)]);
        check_inert(
            payload,
            browser
                .open(&format!("/account/activity?{query}"))
                .await
                .assert_page(200),
        );
        let door = stranger.open(&format!("/account/sign-in?{query}")).await;
        let wrong = form_of(&door).set("username", payload).set("password", "x");
        check_inert(payload, &stranger.submit_with(&wrong, &[]).await);
    }
}
