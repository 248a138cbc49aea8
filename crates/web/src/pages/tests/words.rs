//! Every word on a page is translatable: nothing is hard-coded, no key is missing, no sentence is left over.
use super::*;
use grantor_protocol::events::EventKind;

/// What is left of a page's words when everything from Fluent and every view value is taken away.
fn hard_coded(document: &Html, values: &[&str]) -> String {
    let mut rest = String::new();
    let mut depth = 0_u32;
    for c in select(document, "html")[0].text().flat_map(str::chars) {
        match c {
            '⟦' => depth += 1,
            '⟧' => depth -= 1,
            c if depth == 0 => rest.push(c),
            _ => {}
        }
    }
    values
        .iter()
        .fold(rest, |rest, value| rest.replace(value, ""))
        .replace(|c: char| !c.is_alphabetic(), "")
}

#[test]
fn every_word_comes_from_fluent_or_from_a_view_value() {
    let words = Words::ordinary();
    let values = [
        words.uri.as_str(),
        "https://photos.example/callback",
        "https://photos.example/silent",
        "https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2",
        "01981c2e-7f40-7cc1-9d0e-5b1f3a6c2d77",
        "2026-05-01 12:30:05 UTC",
        "2026-05-01 12:30 UTC",
        "Android",
        "localhost:3000",
        "albums:read",
        "albums:write",
        "/about, not /callback",
        "Register this address, or send one that is",
        "redirect_uri",
        "tx_id",
        &words.username,
        &words.host,
        &words.application,
        &words.other,
        &words.detail,
        &words.product,
    ];
    for (name, html, document) in documents(&Text::pseudo_rtl(), &words) {
        assert_eq!(hard_coded(&document, &values), "", "{name}");
        for attribute in ["title=", "placeholder=", "alt=", "aria-label="] {
            assert!(
                !html.contains(&format!(" {attribute}")),
                "{name} has {attribute}: words belong in the page"
            );
        }
    }
}

#[test]
fn the_check_for_hard_coded_words_finds_one() {
    let document = Html::parse_document("<p>⟦from Fluent⟧ Ada <b>Sign in</b></p>");
    assert_eq!(hard_coded(&document, &["Ada"]), "Signin");
}

/// The text of every file below a folder of the repository whose name ends so.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(folder),
    ];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

fn keys(language: &str) -> BTreeSet<String> {
    let messages = files(&format!("templates/locales/{language}"), ".ftl").join("\n");
    let first_words = messages
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    first_words
        .map(|line| line.split_once(" =").unwrap().0.to_owned())
        .collect()
}

#[test]
fn every_key_in_a_template_exists_and_every_sentence_is_used() {
    let keys = keys("en");
    let templates = files("templates", ".html").join("\n");
    for call in ["t(\"", "with(\"", "get(\"", "around(\""] {
        for rest in templates.split(&format!(".{call}")).skip(1) {
            let key = rest.split('"').next().unwrap();
            assert!(keys.contains(key), "{key}");
        }
    }
    let users = templates + &files("crates/web/src/pages", ".rs").join("\n");
    for key in keys
        .iter()
        .filter(|key| !key.starts_with("scope-") && !key.starts_with("detail-") && !key.starts_with("event-"))
    {
        assert!(users.contains(&format!("\"{key}\"")), "{key} is on no page");
    }
}

#[test]
fn every_event_of_a_person_has_words_and_no_other_has() {
    let all = keys("en");
    let named: BTreeSet<String> = EventKind::ALL
        .iter()
        .filter(|kind| samples::account::is_about_people(**kind))
        .map(|kind| format!("event-{}", kind.as_str().replace('.', "-")))
        .collect();
    let written: BTreeSet<String> = all.into_iter().filter(|key| key.starts_with("event-")).collect();
    assert_eq!(named, written);
}

#[test]
fn every_shipped_language_has_every_sentence() {
    let locales = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/locales");
    for language in std::fs::read_dir(locales).unwrap() {
        let language = language.unwrap().file_name();
        assert_eq!(keys(&language.to_string_lossy()), keys("en"), "{language:?}");
    }
}
