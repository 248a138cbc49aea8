//! What holds for every page in every state, in English and in the right-to-left pseudo-language.
use super::samples::{self, Words, pages};
use super::*;
use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeSet;

mod hostile;
mod states;
mod theme;
mod words;

fn documents(text: &Text, words: &Words) -> Vec<(String, String, Html)> {
    let pages = pages(text, words).into_iter();
    pages
        .map(|(name, page)| (name, page.unwrap()))
        .map(|(n, html)| (n, html.clone(), Html::parse_document(&html)))
        .collect()
}

fn select<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    document.select(&Selector::parse(selector).unwrap()).collect()
}

fn words_of(element: ElementRef<'_>) -> String {
    element
        .text()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn each(check: impl Fn(&str, &str, &Html)) {
    for text in [Text::default(), Text::pseudo_rtl()] {
        for (name, html, document) in documents(&text, &Words::ordinary()) {
            check(&format!("{name} in {}", text.lang()), &html, &document);
        }
    }
}

#[test]
fn every_page_has_one_heading_that_begins_its_title_and_a_way_past_the_header() {
    each(|name, _, document| {
        let headings = select(document, "h1");
        assert_eq!(headings.len(), 1, "{name}");
        let title = words_of(select(document, "title")[0]);
        assert_eq!(title, format!("{} · Grantor", words_of(headings[0])), "{name}");
        assert_eq!(select(document, "main#main[tabindex='-1']").len(), 1, "{name}");
        assert_eq!(select(document, "a[href='#main']").len(), 1, "{name}");
    });
}

#[test]
fn the_document_says_its_language_and_direction() {
    for (text, expected) in [
        (Text::default(), "html[lang='en'][dir='ltr']"),
        (Text::pseudo_rtl(), "html[lang='ar-XB'][dir='rtl']"),
    ] {
        for (name, _, document) in documents(&text, &Words::ordinary()) {
            assert_eq!(select(&document, expected).len(), 1, "{name}");
        }
    }
}

#[test]
fn forms_are_posted_with_their_token_and_own_action() {
    each(|name, html, document| {
        let forms = select(document, "form");
        assert_eq!(forms.len(), html.matches("<form").count(), "{name}");
        for form in forms {
            assert_eq!(form.value().attr("method"), Some("post"), "{name}");
            assert!(
                form.value()
                    .attr("action")
                    .is_some_and(|action| action.starts_with('/')),
                "{name}"
            );
            let token = Selector::parse("input[type=hidden][name=csrf][value=t0ken]").unwrap();
            assert_eq!(form.select(&token).count(), 1, "{name}");
        }
    });
}

#[test]
fn ids_are_unique_and_every_reference_to_one_is_met() {
    each(|name, _, document| {
        let mut ids = BTreeSet::new();
        for element in select(document, "[id]") {
            assert!(
                ids.insert(element.value().attr("id").unwrap()),
                "{name}: {:?}",
                element.value().attr("id")
            );
        }
        let references = select(document, "[for], [aria-describedby], [aria-labelledby], a[href^='#']");
        for element in references {
            let attributes = ["for", "aria-describedby", "aria-labelledby", "href"];
            for id in attributes
                .iter()
                .filter_map(|a| element.value().attr(a))
                .filter(|v| !v.starts_with(['/', 'h']))
                .flat_map(str::split_whitespace)
            {
                assert!(ids.contains(id.trim_start_matches('#')), "{name}: {id}");
            }
        }
    });
}

#[test]
fn nothing_on_a_page_needs_more_than_the_strict_policy() {
    each(|name, html, document| {
        for banned in [
            " style=",
            "<style",
            "<script",
            "javascript:",
            "data:",
            "<img",
            "<iframe",
            "<base",
        ] {
            assert!(!html.contains(banned), "{name}: {banned}");
        }
        for element in select(document, "link[href], [src]") {
            let address = element.value().attr("href").or(element.value().attr("src")).unwrap();
            assert!(assets::find(address).is_some(), "{name}: {address}");
        }
        let given = Words::ordinary();
        for link in select(document, "a[href^=http]") {
            let address = link.value().attr("href").unwrap();
            let known = [
                given.uri.as_str(),
                &given.target,
                "https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2",
            ];
            assert!(known.contains(&address), "{name}: {address}");
        }
    });
}

#[test]
fn assets_are_asked_for_below_the_base_path() {
    let html = SignedOut {
        shell: shell_of("Grantor"),
    }
    .render()
    .unwrap();
    assert!(
        html.contains(&format!("href=\"/prefix{}\"", assets::href("grantor.css"))),
        "{html}"
    );
}

fn shell_of(product: &str) -> Shell {
    Shell {
        text: Text::default(),
        request_id: "r".into(),
        base_path: "/prefix".into(),
        product: product.into(),
        environment: None,
    }
}
