//! Values that try to become code stay words, and no page links to code.
use super::*;

const ELEMENTS: [&str; 47] = [
    "html", "head", "meta", "title", "link", "body", "header", "main", "footer", "a", "h1", "h2", "h3", "p", "ul",
    "li", "dl", "dt", "dd", "div", "span", "bdi", "section", "form", "input", "label", "button", "time", "svg", "path",
    "rect", "circle", "strong", "em", "code", "ol", "nav", "details", "summary", "small", "br", "hr", "b", "i", "abbr",
    "fieldset", "legend",
];

/// The same text as every value. The hand-off's target keeps a good beginning, since a bad one is refused.
fn everywhere(text: &str) -> Words {
    let all = || text.to_owned();
    Words {
        product: all(),
        application: all(),
        username: all(),
        host: all(),
        uri: all(),
        path: all(),
        target: format!("https://photos.example/callback?state={}", text.replace(' ', "%20")),
        other: all(),
        detail: all(),
    }
}

#[test]
fn hostile_values_stay_words() {
    for hostile in [
        "<script>alert(1)</script>",
        "\"onmouseover=\"alert(1)",
        "' onfocus='alert(1)' autofocus='",
        "</title></textarea><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//evil.test",
        "{{6*111}}",
        "\u{202E}gnp.exe",
    ] {
        for (name, html, document) in documents(&Text::default(), &everywhere(hostile)) {
            assert_inert(&format!("{name} with {hostile}"), &document);
            assert!(
                !html.contains("<script") && !html.contains("666"),
                "{name} with {hostile}"
            );
        }
    }
}

fn assert_inert(name: &str, document: &Html) {
    for element in select(document, "*") {
        assert!(
            ELEMENTS.contains(&element.value().name()),
            "{name}: <{}>",
            element.value().name()
        );
        for (attribute, value) in element.value().attrs() {
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{name}: {attribute}"
            );
            if matches!(attribute, "href" | "src" | "action") {
                let begins_well = [
                    "/assets/",
                    "/sign-in",
                    "/consent",
                    "/logout",
                    "/account",
                    "/setup/",
                    "#",
                    "https://photos.example/callback",
                    "https://www.rfc-editor.org/",
                ];
                assert!(
                    begins_well.iter().any(|good| value.starts_with(good)),
                    "{name}: {attribute}={value}"
                );
            }
        }
    }
}

#[test]
fn a_hand_off_goes_only_where_a_browser_may_be_sent() {
    let shell = || shell_of("Grantor");
    for (target, expected) in [
        ("https://photos.example/cb?code=1&state=2", true),
        ("com.example.app:/cb?code=1", true),
        ("http://127.0.0.1:4711/cb?error=access_denied", true),
        ("javascript:alert(1)", false),
        ("data:text/html,x", false),
        ("/relative", false),
        ("", false),
    ] {
        let page = HandOff {
            shell: shell(),
            target: target.into(),
            host: "photos.example".into(),
            ok: true,
        }
        .render();
        assert_eq!(page.is_ok(), expected, "{target}");
        let Ok(html) = page else { continue };
        let document = Html::parse_document(&html);
        assert_eq!(select(&document, "a#continue")[0].value().attr("href"), Some(target));
        let refresh = select(&document, "meta[http-equiv=refresh]")[0]
            .value()
            .attr("content")
            .unwrap()
            .to_owned();
        assert_eq!(refresh, format!("0;url={target}"));
    }
}
