//! A session is a session in its realm alone.
use super::cast::Cast;
use crate::app::{ADMIN, App, Authorize, OTHER};
use grantor_tests::covers;

#[tokio::test]
async fn a_session_is_nobody_in_another_realm() {
    covers!("O-214", "O-242");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    let mut cells = 0;
    cast.portals[0]
        .user(&cast.bearers[0], "admin-alice", &["read-only"])
        .await;
    let mut sessions = Vec::new();
    for (prefix, name, request, user, password) in [
        ("", "default.main", Authorize::of("a"), "alice", "alice-password"),
        (
            OTHER,
            "t2.main",
            Authorize::of("a").under(OTHER),
            "alice",
            "alice-of-t2",
        ),
        (
            ADMIN,
            "default.admin",
            cast.portals[0].request("openid"),
            "admin-alice",
            crate::app::PASSWORD,
        ),
    ] {
        let mut browser = app.browser();
        browser.authorize_with(&request, user, password).await;
        let cookie = browser.cookie(&format!("grantor-session.{name}")).to_owned();
        assert!(!cookie.is_empty());
        sessions.push((prefix, name, request, cookie));
    }
    for (of, _, _, cookie) in &sessions {
        for (at, name, request, _) in &sessions {
            let header = format!("grantor-session.{name}={cookie}; __Host-grantor-session.{name}={cookie}");
            let silent = request.clone().set("prompt", "none");
            let answer = app.send("GET", &silent.url(), &[("cookie", &header)], None).await;
            let back = request.value("redirect_uri");
            let page = app
                .send("GET", &format!("{at}/logout"), &[("cookie", &header)], None)
                .await;
            match of == at {
                true => assert!(answer.location_query().iter().any(|(n, _)| n == "code"), "{of} at {at}"),
                false => {
                    answer.assert_redirect_error(back, "login_required", Some("st4te"));
                    assert!(!page.body.contains("name=\"csrf\""), "{of} at {at}");
                }
            }
            cells += 1;
        }
    }
    println!("cells: {cells}");
}
