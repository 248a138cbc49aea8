//! The forms: accepted from the page we showed to this browser, on our own origin, and from nowhere else.
use super::{consents, live_sessions};
use crate::app::{App, Authorize, Browser, Form, encode, form_of};
use grantor_tests::covers;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    SignIn,
    Consent,
    SignOut,
}

const ALL: [Kind; 3] = [Kind::SignIn, Kind::Consent, Kind::SignOut];

/// A browser that looks at a form it has filled in.
struct Shown<'a> {
    app: &'a App,
    kind: Kind,
    browser: Browser<'a>,
    form: Form,
}

impl<'a> Shown<'a> {
    async fn new(app: &'a App, kind: Kind) -> Self {
        app.sql(|c| c.execute_batch("DELETE FROM consent; UPDATE browser_session SET ended_at = 1"));
        let mut browser = app.browser();
        if kind != Kind::SignIn {
            browser.sign_in("alice").await;
        }
        let form = Self::look(&mut browser, kind).await;
        Self {
            app,
            kind,
            browser,
            form,
        }
    }

    /// The form as the browser is shown it now.
    async fn look(browser: &mut Browser<'_>, kind: Kind) -> Form {
        let path = match kind {
            Kind::SignOut => "/logout".to_owned(),
            _ => Authorize::of("a").url(),
        };
        let form = form_of(&browser.open(&path).await);
        match kind {
            Kind::SignIn => form.set("username", "alice").set("password", "alice-password"),
            Kind::Consent => form.set("decision", "allow"),
            Kind::SignOut => form,
        }
    }

    /// Whether what the form is for has happened.
    fn is_done(&self) -> bool {
        match self.kind {
            Kind::SignIn => live_sessions(self.app) > 0,
            Kind::Consent => consents(self.app) > 0,
            Kind::SignOut => live_sessions(self.app) == 0,
        }
    }

    /// Sent like this it is refused with a page of our own, and nothing happens.
    async fn check_refused(&self, form: &Form, headers: &[(&str, &str)], why: &str) {
        let answer = self.browser.copy().submit_with(form, headers).await;
        let said = format!(
            "{:?}, {why}: {} {}",
            self.kind,
            answer.status,
            answer.header("location")
        );
        assert!(matches!(answer.status, 400 | 403), "{said}");
        answer.assert_page(answer.status);
        assert!(answer.header("set-cookie").is_empty(), "{said}");
        assert!(!self.is_done(), "{said}");
    }

    /// The control: as it is, it works.
    async fn check_accepted(&self, headers: &[(&str, &str)]) {
        assert!(!self.is_done(), "{:?}", self.kind);
        let answer = self.browser.copy().submit_with(&self.form, headers).await;
        assert_eq!(answer.status, 303, "{:?} {headers:?}: {}", self.kind, answer.body);
        assert!(self.is_done(), "{:?} {headers:?}", self.kind);
    }
}

#[tokio::test]
async fn a_form_without_its_own_token_is_refused() {
    covers!("O-196", "O-201");
    let app = App::start().await;
    for kind in ALL {
        let stranger = Shown::new(&app, kind).await.form.value("csrf").to_owned();
        let mut shown = Shown::new(&app, kind).await;
        // The token of an earlier page of this browser: another request, or another session.
        let old = shown.form.value("csrf").to_owned();
        if kind == Kind::SignOut {
            shown.browser.sign_in("alice").await;
        }
        shown.form = Shown::look(&mut shown.browser, kind).await;
        let own = shown.form.value("csrf").to_owned();
        assert!(own.len() == 43 && own != old && own != stranger);
        let longer = format!("{own}A");
        for token in ["", &longer, &own[..42], &stranger, &old, "null", "0", "true"] {
            let forged = shown.form.clone().set("csrf", token);
            shown.check_refused(&forged, &[], &format!("token {token:?}")).await;
        }
        let without = shown.form.clone().without("csrf");
        shown.check_refused(&without, &[], "no token").await;
        for name in ["csrf[]", "csrf[0]", "CSRF", "csrf "] {
            shown.check_refused(&without.clone().set(name, &own), &[], name).await;
        }
        let mut twice = shown.form.clone();
        twice.fields.push(("csrf".into(), own.clone()));
        shown.check_refused(&twice, &[], "the token twice").await;
        shown.check_accepted(&[]).await;
    }
}

#[tokio::test]
async fn a_token_is_worth_nothing_without_the_cookie_it_was_made_for() {
    covers!("O-196", "O-201");
    let app = App::start().await;
    for kind in ALL {
        let mut shown = Shown::new(&app, kind).await;
        let mine = shown.browser.cookies.remove("grantor-browser.default.main").unwrap();
        for token in [shown.form.value("csrf"), ""] {
            shown
                .check_refused(&shown.form.clone().set("csrf", token), &[], "no browser cookie")
                .await;
        }
        for value in [String::new(), "A".repeat(43)] {
            shown
                .browser
                .cookies
                .insert("grantor-browser.default.main".into(), value);
            for token in [shown.form.value("csrf"), ""] {
                shown
                    .check_refused(&shown.form.clone().set("csrf", token), &[], "another cookie")
                    .await;
            }
        }
        shown
            .browser
            .cookies
            .insert("grantor-browser.default.main".into(), mine);
        shown.check_accepted(&[]).await;
    }
}

#[tokio::test]
async fn a_token_of_one_form_is_none_of_another() {
    covers!("O-196", "O-292");
    let app = App::start().await;
    let mut shown = Shown::new(&app, Kind::Consent).await;
    let sign_in = format!("/login?tx={}", shown.form.value("tx"));
    let of_sign_in = form_of(&shown.browser.open(&sign_in).await).value("csrf").to_owned();
    let of_sign_out = form_of(&shown.browser.open("/logout").await).value("csrf").to_owned();
    for token in [of_sign_in, of_sign_out, shown.form.value("shown").to_owned()] {
        shown
            .check_refused(&shown.form.clone().set("csrf", &token), &[], "another form")
            .await;
    }
    shown.check_accepted(&[]).await;
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_and_one_of_our_own_pages_accepted() {
    covers!("O-197");
    let app = App::start().await;
    let own = app.base.clone();
    let (with_more, other_scheme) = (format!("{own}.evil.test"), own.replace("http:", "https:"));
    for kind in ALL {
        let shown = Shown::new(&app, kind).await;
        for origin in [
            "https://evil.test",
            "http://127.0.0.1:1",
            &with_more,
            &other_scheme,
            "null",
            "",
            "file://",
        ] {
            shown.check_refused(&shown.form, &[("origin", origin)], origin).await;
            let headers = [("origin", origin), ("sec-fetch-site", "cross-site")];
            shown.check_refused(&shown.form, &headers, origin).await;
        }
        for site in ["cross-site", "same-site", "", "SAME-ORIGIN", "same-origin, cross-site"] {
            shown
                .check_refused(&shown.form, &[("sec-fetch-site", site)], site)
                .await;
            let headers = [("origin", own.as_str()), ("sec-fetch-site", site)];
            shown.check_refused(&shown.form, &headers, site).await;
        }
        let evil = [("origin", "https://evil.test"), ("sec-fetch-site", "same-origin")];
        shown
            .check_refused(&shown.form, &evil, "an origin that contradicts")
            .await;
        for (one, other) in [(own.as_str(), "https://evil.test"), ("https://evil.test", own.as_str())] {
            let twice = [("origin", one), ("origin", other)];
            shown.check_refused(&shown.form, &twice, "two origins").await;
        }
        let twice = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        shown.check_refused(&shown.form, &twice, "two sites").await;
        let accepted: [&[(&str, &str)]; 5] = [
            &[],
            &[("origin", &own)],
            &[("origin", &own), ("sec-fetch-site", "same-origin")],
            // What Chromium sends for a page under no-referrer.
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ];
        for headers in accepted {
            Shown::new(&app, kind).await.check_accepted(headers).await;
        }
    }
}

#[tokio::test]
async fn only_a_post_acts() {
    covers!("O-198");
    let app = App::start().await;
    for kind in ALL {
        let shown = Shown::new(&app, kind).await;
        let fields: Vec<(&str, &str)> = shown
            .form
            .fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let (body, type_) = (encode(&fields), ("content-type", "application/x-www-form-urlencoded"));
        let with_query = format!("{}?{body}", shown.form.action);
        for method in ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post"] {
            for path in [&shown.form.action, &with_query] {
                let answer = shown.browser.copy().send(method, path, &[type_], Some(&body)).await;
                assert_eq!(answer.status, 405, "{kind:?} {method}");
                assert_eq!(answer.header("allow"), "GET, POST");
                assert!(!shown.is_done(), "{kind:?} {method}");
            }
        }
        // A GET shows the page again; what it brings along counts for nothing.
        for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
            let answer = shown
                .browser
                .copy()
                .send("GET", &with_query, &[(header, "POST")], None)
                .await;
            assert_eq!(answer.assert_page(200).header("set-cookie"), "", "{kind:?} {header}");
            assert!(!shown.is_done(), "{kind:?} {header}");
        }
        shown.check_accepted(&[]).await;
    }
    for path in ["/continue?tx=x", "/restart?tx=x"] {
        for method in ["HEAD", "POST", "PUT", "DELETE"] {
            let answer = app.send(method, path, &[], None).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "GET"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_body_is_a_form_and_stands_in_the_body() {
    covers!("O-196");
    let app = App::start().await;
    for kind in ALL {
        let shown = Shown::new(&app, kind).await;
        let fields: Vec<(&str, &str)> = shown
            .form
            .fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let body = encode(&fields);
        let json = serde_json::to_string(&fields.iter().copied().collect::<std::collections::BTreeMap<_, _>>());
        let json = json.unwrap();
        let form = "application/x-www-form-urlencoded";
        let query = format!("{}?{body}", shown.form.action);
        for (path, type_, body) in [
            (&shown.form.action, "text/plain", &body),
            (&shown.form.action, "application/json", &json),
            (&shown.form.action, "multipart/form-data; boundary=x", &body),
            (&shown.form.action, "", &body),
            (&query, form, &String::new()),
            (&query, form, &body),
        ] {
            let answer = shown
                .browser
                .copy()
                .send("POST", path, &[("content-type", type_)], Some(body))
                .await;
            answer.assert_page(400);
            assert!(!shown.is_done(), "{kind:?} {type_}");
        }
        shown.check_accepted(&[]).await;
    }
}

#[tokio::test]
async fn nobody_is_signed_in_with_a_form_of_somebody_else() {
    covers!("O-200");
    let app = App::start().await;
    let attacker = Shown::new(&app, Kind::SignIn).await;
    let form = attacker
        .form
        .clone()
        .set("username", "bob")
        .set("password", "bob-password");
    let check = async |victim: &mut Browser<'_>, headers: &[(&str, &str)], expected: Option<&str>| {
        let answer = victim.submit_with(&form, headers).await;
        assert!(matches!(answer.status, 400 | 403), "{headers:?}: {}", answer.status);
        assert!(
            !answer.header_all("set-cookie").concat().contains("session"),
            "{headers:?}"
        );
        assert_eq!(victim.signed_in_as().await.as_deref(), expected, "{headers:?}");
    };
    let cross = [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")];
    for headers in [&cross[..], &cross[..1], &cross[1..], &[]] {
        // As SameSite=Lax leaves it; with the cookies of somebody who was here before; of somebody who is signed in.
        check(&mut app.browser(), headers, None).await;
        let mut visitor = app.browser();
        visitor.open(&Authorize::of("a").url()).await;
        check(&mut visitor, headers, None).await;
        visitor.sign_in("alice").await;
        check(&mut visitor, headers, Some("alice")).await;
    }
    // Even with the attacker's own cookie planted, the origin tells.
    for headers in [&cross[..], &cross[..1], &cross[1..]] {
        check(&mut attacker.browser.copy(), headers, None).await;
    }
    let mut own = attacker.browser.copy();
    assert_eq!(own.submit_with(&form, &[]).await.status, 303);
    assert_eq!(own.signed_in_as().await.as_deref(), Some("bob"));
}
