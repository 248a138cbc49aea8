//! The forms of an account: accepted from the page we showed to this browser, on our own origin, and from nowhere else.
use super::{end_others, form_with, password_form, signed_in};
use crate::app::{App, Authorize, Browser, Form, encode, form_of};
use crate::interact::{consents, live_sessions};
use grantor_flows::management::Requester;
use grantor_protocol::issuer::RealmKey;
use grantor_tests::covers;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    SignIn,
    Profile,
    Password,
    EndOne,
    EndOthers,
    Remove,
    Setup,
}

const ALL: [Kind; 7] = [
    Kind::SignIn,
    Kind::Profile,
    Kind::Password,
    Kind::EndOne,
    Kind::EndOthers,
    Kind::Remove,
    Kind::Setup,
];
const BROWSER: &str = "grantor-browser.default.main";

/// A browser that looks at a form it has filled in.
struct Shown<'a> {
    app: &'a App,
    kind: Kind,
    browser: Browser<'a>,
    form: Form,
}

/// Back to where nothing was done yet.
fn reset(app: &App) {
    app.sql(|c| {
        c.execute_batch(
            "CREATE TABLE IF NOT EXISTS kept AS SELECT id, password_hash, profile FROM user WHERE tenant = 'default';
             UPDATE user SET password_hash = (SELECT k.password_hash FROM kept k WHERE k.id = user.id), profile = '{}'
                 WHERE id = 'u-alice' AND tenant = 'default';
             DELETE FROM consent; DELETE FROM one_time_link; UPDATE browser_session SET ended_at = 1",
        )
    });
}

impl<'a> Shown<'a> {
    async fn new(app: &'a App, kind: Kind) -> Self {
        reset(app);
        let mut browser = match kind {
            Kind::SignIn | Kind::Setup => app.browser(),
            _ => signed_in(app, "alice").await,
        };
        match kind {
            Kind::EndOne | Kind::EndOthers => drop(signed_in(app, "alice").await),
            Kind::Remove => drop(browser.authorize_as(&Authorize::of("a"), "alice").await),
            _ => {}
        }
        let form = Self::look(app, &mut browser, kind).await;
        Self {
            app,
            kind,
            browser,
            form,
        }
    }

    /// The form as the browser is shown it now.
    async fn look(app: &App, browser: &mut Browser<'_>, kind: Kind) -> Form {
        match kind {
            Kind::SignIn => form_of(&browser.open("/account").await)
                .set("username", "alice")
                .set("password", "alice-password"),
            Kind::Profile => form_of(&browser.open("/account/profile").await).set("nickname", "Changed"),
            Kind::Password => password_form(browser, "alice-password", "a bicycle for two").await,
            Kind::EndOne => {
                let page = browser.open("/account/sessions").await;
                let mut forms = crate::app::forms_of(&page).into_iter();
                let one = forms.find(|form| !form.value("session").is_empty());
                one.expect("another session").set("end", "one")
            }
            Kind::EndOthers => end_others(&browser.open("/account/sessions").await),
            Kind::Remove => form_with(&browser.open("/account/apps").await, "application", "app-a"),
            Kind::Setup => {
                let key = RealmKey::new("default", "main");
                let made = grantor_flows::setup::make_link(&app.deps, &key, "u-alice", &Requester::operator()).await;
                let path = made.unwrap().unwrap();
                form_of(&browser.open(&path).await)
                    .set("new-password", "a bicycle for two")
                    .set("repeated-password", "a bicycle for two")
            }
        }
    }

    /// Whether what the form is for has happened.
    fn is_done(&self) -> bool {
        let number = |sql: &str| self.app.sql(|c| c.query_row(sql, [], |row| row.get::<i64>(0)));
        match self.kind {
            Kind::SignIn => live_sessions(self.app) > 0,
            Kind::Profile => number("SELECT COUNT(*) FROM user WHERE profile LIKE '%Changed%'") > 0,
            Kind::Password | Kind::Setup => {
                let sql = "SELECT COUNT(*) FROM user u JOIN kept k ON k.id = u.id WHERE u.tenant = 'default'
                           AND u.id = 'u-alice' AND u.password_hash <> k.password_hash";
                number(sql) > 0
            }
            Kind::EndOne | Kind::EndOthers => live_sessions(self.app) < 2,
            Kind::Remove => consents(self.app) == 0,
        }
    }

    /// Sent like this it is refused with a page of our own, and nothing happens.
    async fn check_refused(&self, form: &Form, headers: &[(&str, &str)], why: &str) {
        let answer = self.browser.copy().submit_with(form, headers).await;
        let said = format!("{:?}, {why}: {} {}", self.kind, answer.status, answer.body);
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
        let shown = Shown::new(&app, kind).await;
        let own = shown.form.value("csrf").to_owned();
        assert!(own.len() == 43 && own != stranger, "{kind:?}");
        let longer = format!("{own}A");
        for token in ["", &longer, &own[..42], &stranger, "null", "0", "true"] {
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
        let mine = shown.browser.cookies.remove(BROWSER).unwrap();
        for value in [None, Some(String::new()), Some("A".repeat(43))] {
            shown.browser.cookies.remove(BROWSER);
            if let Some(value) = value {
                shown.browser.cookies.insert(BROWSER.into(), value);
            }
            for token in [shown.form.value("csrf"), ""] {
                let form = shown.form.clone().set("csrf", token);
                shown.check_refused(&form, &[], "another browser cookie").await;
            }
        }
        shown.browser.cookies.insert(BROWSER.into(), mine);
        shown.check_accepted(&[]).await;
    }
}

#[tokio::test]
async fn a_token_of_before_or_of_another_form_is_refused() {
    covers!("O-196");
    let app = App::start().await;
    // Of before: somebody has signed in anew in this browser since the page was shown.
    for kind in [
        Kind::Profile,
        Kind::Password,
        Kind::EndOne,
        Kind::EndOthers,
        Kind::Remove,
    ] {
        let mut shown = Shown::new(&app, kind).await;
        shown.browser.sign_in("alice").await;
        shown.check_refused(&shown.form, &[], "a former session's page").await;
        shown.form = Shown::look(&app, &mut shown.browser, kind).await;
        shown.check_accepted(&[]).await;
    }
    for kind in ALL {
        let mut shown = Shown::new(&app, kind).await;
        for other in ["/account/sign-in", "/account/profile", "/account/password", "/logout"] {
            let page = shown.browser.open(other).await;
            let Some(form) = crate::app::forms_of(&page).into_iter().next() else {
                continue;
            };
            if form.action != shown.form.action {
                let forged = shown.form.clone().set("csrf", form.value("csrf"));
                shown.check_refused(&forged, &[], other).await;
            }
        }
    }
    // A link's form is for that link.
    let mut shown = Shown::new(&app, Kind::Setup).await;
    let old = shown.form.clone();
    shown.form = Shown::look(&app, &mut shown.browser, Kind::Setup).await;
    let crossed = shown.form.clone().set("csrf", old.value("csrf"));
    shown.check_refused(&crossed, &[], "another link's token").await;
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_and_one_of_our_own_pages_accepted() {
    covers!("O-197", "O-200");
    let app = App::start().await;
    let own = app.base.clone();
    let with_more = format!("{own}.evil.test");
    for kind in ALL {
        let shown = Shown::new(&app, kind).await;
        for origin in ["https://evil.test", &with_more, "null", "", "file://"] {
            shown.check_refused(&shown.form, &[("origin", origin)], origin).await;
            let headers = [("origin", origin), ("sec-fetch-site", "cross-site")];
            shown.check_refused(&shown.form, &headers, origin).await;
        }
        for site in ["cross-site", "same-site", "", "same-origin, cross-site"] {
            let headers = [("origin", own.as_str()), ("sec-fetch-site", site)];
            shown.check_refused(&shown.form, &headers, site).await;
        }
        let evil = [("origin", "https://evil.test"), ("sec-fetch-site", "same-origin")];
        shown
            .check_refused(&shown.form, &evil, "an origin that contradicts")
            .await;
        let accepted: [&[(&str, &str)]; 3] = [
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
                // A look at a link by HEAD is a look.
                let expected = if (kind, method) == (Kind::Setup, "HEAD") {
                    200
                } else {
                    405
                };
                assert_eq!(answer.status, expected, "{kind:?} {method}");
                assert!(!shown.is_done(), "{kind:?} {method}");
            }
        }
        for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
            let answer = shown
                .browser
                .copy()
                .send("GET", &with_query, &[(header, "POST")], None)
                .await;
            assert_eq!(answer.assert_page(200).header("set-cookie"), "", "{kind:?} {header}");
            assert!(!shown.is_done(), "{kind:?} {header}");
        }
        // Nor one with its parameters in the URL, or in another kind of body.
        for (path, type_, body) in [
            (&with_query, type_.1, &String::new()),
            (&with_query, type_.1, &body),
            (&shown.form.action, "text/plain", &body),
            (&shown.form.action, "multipart/form-data; boundary=x", &body),
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
    for path in ["/account", "/account/activity"] {
        for method in ["HEAD", "POST", "PUT", "DELETE"] {
            let answer = app.send(method, path, &[], None).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "GET"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn nobody_who_is_signed_out_does_anything() {
    covers!("O-196", "O-211");
    let app = App::start().await;
    for kind in [Kind::Profile, Kind::Password, Kind::Remove] {
        let shown = Shown::new(&app, kind).await;
        app.sql(|c| c.execute("UPDATE browser_session SET ended_at = 1", []));
        let answer = shown.browser.copy().submit_with(&shown.form, &[]).await;
        assert!(answer.header("location").contains("/account/sign-in?to="), "{kind:?}");
        assert!(!shown.is_done(), "{kind:?}");
    }
}
