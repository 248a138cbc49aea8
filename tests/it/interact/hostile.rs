//! Names and parameters that would like to be markup stay text.
use super::{attributes, parameter, texts};
use crate::app::{Answer, App, Authorize, entry, form_of, target_of};
use grantor_tests::covers;
use scraper::{Html, Selector};

pub(crate) const PAYLOADS: [&str; 9] = [
    "<script>alert(1)</script>",
    r#"" onmouseover="alert(1)"#,
    "'><img src=x onerror=alert(1)>",
    "</title></textarea><svg onload=alert(1)>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "javascript:alert(1)",
    "<!-- -->",
    "&lt;b&gt;&#x3c;script>",
    "0;url=https://evil.test/",
];

/// The elements our pages are made of.
const PLAIN: &str = "html head meta title link body a header span svg path rect circle g bdi main h1 h2 h3 p div form \
    input label button ul li section dl dt dd time footer defs line polyline ellipse polygon use symbol \
    linearGradient stop mask clipPath strong nav ol details summary";

/// Nothing on the page runs, and every link leads to us or the web.
pub(crate) fn check_inert(name: &str, answer: &Answer) {
    let html = Html::parse_document(&answer.body);
    for element in html.select(&Selector::parse("*").unwrap()) {
        let element = element.value();
        assert!(
            PLAIN.split(' ').any(|plain| plain == element.name()),
            "{name}: <{}>",
            element.name()
        );
        for (attribute, value) in element.attrs() {
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{name}: {attribute}={value}"
            );
            if matches!(attribute, "href" | "action" | "src" | "formaction") {
                let good = ["/", "#", "https://a.test"]
                    .iter()
                    .any(|start| value.starts_with(start));
                assert!(good && !value.starts_with("//"), "{name}: {attribute}={value}");
            }
        }
        if element.name() == "meta" && element.attr("http-equiv").is_some() {
            let content = element.attr("content").unwrap();
            assert!(content.starts_with("0;url=https://a.test/cb?"), "{name}: {content}");
        }
    }
}

#[tokio::test]
async fn names_typed_by_people_stay_text() {
    covers!("O-235");
    let app = App::start().await;
    for payload in PAYLOADS {
        app.edit(|d| {
            let server = entry(d, "resource_servers", "r1");
            server.insert("display_name".into(), payload.into());
            for scope in server["scopes"].as_array_mut().unwrap() {
                let scope = scope.as_table_mut().unwrap();
                scope.insert("title".into(), payload.into());
                scope.insert("description".into(), payload.into());
            }
            entry(d, "applications", "app-a").insert("display_name".into(), payload.into());
            let profile = entry(d, "users", "u-alice")["profile"].as_table_mut().unwrap();
            profile.insert("name".into(), payload.into());
        })
        .await
        .unwrap();
        let mut browser = app.browser();
        let request = Authorize::of("a")
            .set("scope", "openid profile read")
            .set("prompt", "consent");
        let sign_in = browser.open(&request.url()).await;
        check_inert(payload, sign_in.assert_page(200));
        assert_eq!(texts(&sign_in, ".lead .name"), [payload]);
        let form = form_of(&sign_in)
            .set("username", "alice")
            .set("password", "alice-password");
        let consent = browser.submit(&form).await;
        check_inert(payload, consent.assert_page(200));
        assert_eq!(texts(&consent, ".lead .name"), [payload]);
        assert!(texts(&consent, "h3").contains(&payload.to_owned()));
        assert_eq!(texts(&consent, "[data-scope=read] .ask"), [payload]);
        assert_eq!(texts(&consent, "[data-scope=read] .ask-detail"), [payload]);
        assert_eq!(texts(&consent, "[data-scope=profile] .ask-detail"), [payload]);
    }
}

#[tokio::test]
async fn a_link_of_an_application_leads_to_the_web_or_is_none() {
    covers!("O-235");
    let app = App::start().await;
    let site = async |uri: &str| {
        let config = |d: &mut toml::Table| {
            let config = entry(d, "applications", "app-a")["protocol_config"]
                .as_table_mut()
                .unwrap();
            config.insert("client_uri".into(), uri.into());
        };
        app.edit(config).await
    };
    site("https://a.test/about").await.unwrap();
    for uri in PAYLOADS.iter().chain(&[
        "data:text/html,x",
        "vbscript:x",
        "//evil.test",
        "https://a.test/\" onclick=\"x",
    ]) {
        // Refused on the way in, or shown as no link.
        let applied = site(uri).await;
        let mut browser = app.browser();
        browser.sign_in("alice").await;
        let page = browser.open(&Authorize::of("a").url()).await;
        check_inert(uri, page.assert_page(200));
        let links = attributes(&page, ".after a", "href");
        assert_eq!(links.is_empty(), applied.is_ok(), "{uri}: {links:?}");
    }
}

#[tokio::test]
async fn parameters_of_a_request_stay_text() {
    covers!("O-236");
    let app = App::start_with(|s| s.server.dev_mode = true).await;
    let names = [
        "login_hint",
        "state",
        "error",
        "error_description",
        "error_hint",
        "ui_locales",
        "user_code",
        "nonce",
        "acr_values",
        "display",
    ];
    for payload in PAYLOADS {
        let all = names.iter().fold(Authorize::of("a"), |r, name| r.set(name, payload));
        let mut browser = app.browser();
        let sign_in = browser.open(&all.url()).await;
        check_inert(payload, sign_in.assert_page(200));
        assert_eq!(attributes(&sign_in, "input#username", "value"), [payload]);
        let typed = form_of(&sign_in).set("username", payload).set("password", payload);
        let wrong = browser.submit(&typed).await;
        check_inert(payload, wrong.assert_page(422));
        assert_eq!(attributes(&wrong, "input#username", "value"), [payload]);
        assert_eq!(attributes(&wrong, "input#password", "value"), [""; 0]);
        let form = form_of(&sign_in)
            .set("username", "alice")
            .set("password", "alice-password");
        let consent = browser.submit(&form).await;
        check_inert(payload, &consent);
        let hand_off = browser.submit(&form_of(&consent).set("decision", "deny")).await;
        check_inert(payload, hand_off.assert_page(200));
        assert_eq!(parameter(&target_of(&hand_off).unwrap(), "state"), payload);
        // Error pages, which tell developers what was received.
        for name in ["redirect_uri", "client_id"] {
            let answer = app.get(&Authorize::of("a").set(name, payload).url()).await;
            check_inert(payload, answer.assert_page(400));
        }
        let encoded = crate::app::encode(&[("x", payload), ("tx", payload), ("error", payload)]);
        for path in ["login", "consent", "continue", "restart", "logout", "nothing"] {
            let answer = app.get(&format!("/{path}?{encoded}")).await;
            check_inert(payload, &answer);
            assert!(!answer.body.contains(payload), "{path}: {payload}");
        }
    }
}
