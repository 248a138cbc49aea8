//! The words on a page: which language a visitor gets and the sentences in it.
//!
//! Owns: language negotiation, lookups in the Fluent files of `templates/locales`, writing direction.
//! Does not own: where a sentence stands on a page (`pages`), nor names and addresses people typed (view values).
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid, static_loader};
use std::borrow::Cow;
use std::collections::HashMap;

static_loader! {
    static LOCALES = {
        locales: "../../templates/locales",
        fallback_language: "en",
        // Marks around values would show up in titles and in copied text; right-to-left languages get them in `with`.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Most language tags looked at in one request, over `ui_locales` and `Accept-Language` each.
const MAX_TAGS: usize = 10;
/// Longest language tag looked at; RFC 5646 section 4.4.1 asks for room for 35 characters.
const MAX_TAG_LENGTH: usize = 35;
/// Languages written from right to left.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ur", "yi"];
/// Stands where a value will be put when a sentence is split around it; no message and no value holds it.
const GAP: &str = "\u{E000}";

/// One shipped language; every page is wholly in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    language: LanguageIdentifier,
    tag: String,
    pseudo: bool,
}

impl Text {
    /// The first shipped language that `ui_locales` (OpenID Connect Core section 3.1.2.1), then `Accept-Language`
    /// (RFC 9110 section 12.5.4, by its weights) asks for, else English. Looks at no more than ten tags of each;
    /// unknown, malformed and overlong tags are ignored.
    pub fn negotiate(ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        let asked = ui_locales.map(tags_in_order).unwrap_or_default();
        let accepted = accept_language.map(tags_by_weight).unwrap_or_default();
        asked
            .iter()
            .chain(&accepted)
            .find_map(|tag| shipped(tag))
            .map_or_else(Self::default, Self::of)
    }

    /// A made-up right-to-left language for tests: every sentence stands in `⟦…⟧` and is written backwards by the
    /// browser, so that words which do not come from Fluent are seen.
    pub fn pseudo_rtl() -> Self {
        Self {
            language: langid!("en"),
            tag: "ar-XB".into(),
            pseudo: true,
        }
    }

    /// The sentence `key`.
    pub fn get(&self, key: &str) -> String {
        self.with::<&str>(key, &[])
    }

    /// The sentence `key` with values put into it. A missing key or value is logged and the key itself is returned;
    /// the page tests fail on it.
    pub fn with<'a, V>(&self, key: &str, values: &[(&'static str, V)]) -> String
    where
        V: Clone + Into<FluentValue<'a>>,
    {
        self.message(key, values)
            .map_or_else(|| missing(key), |sentence| self.wrap(&sentence))
    }

    /// The sentence `key` if there is one.
    pub fn find(&self, key: &str) -> Option<String> {
        self.message::<&str>(key, &[]).map(|sentence| self.wrap(&sentence))
    }

    /// The sentence `key` before and after the value `name`, for a value that gets an element of its own.
    pub fn around(&self, key: &str, name: &'static str) -> (String, String) {
        let Some(sentence) = self.message(key, &[(name, GAP)]) else {
            return (missing(key), String::new());
        };
        let bare = sentence.replace(['\u{2068}', '\u{2069}'], "");
        let (before, after) = bare.split_once(GAP).unwrap_or((&bare, ""));
        (self.wrap(before), self.wrap(after))
    }

    /// The value of the `lang` attribute.
    pub fn lang(&self) -> &str {
        &self.tag
    }

    /// The value of the `dir` attribute.
    pub fn dir(&self) -> &'static str {
        if self.is_right_to_left() { "rtl" } else { "ltr" }
    }

    fn of(language: LanguageIdentifier) -> Self {
        Self {
            tag: language.to_string(),
            language,
            pseudo: false,
        }
    }

    fn is_right_to_left(&self) -> bool {
        self.pseudo || RIGHT_TO_LEFT.contains(&self.language.language.as_str())
    }

    fn message<'a, V>(&self, key: &str, values: &[(&'static str, V)]) -> Option<String>
    where
        V: Clone + Into<FluentValue<'a>>,
    {
        let arguments: HashMap<Cow<'static, str>, FluentValue<'a>> = values
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), self.isolate(value.clone().into())))
            .collect();
        let look_up = |language| LOCALES.lookup_single_language(language, key, Some(&arguments)).ok();
        look_up(&self.language).or_else(|| look_up(LOCALES.fallback()))
    }

    /// Keeps a left-to-right name from tearing a right-to-left sentence apart (Unicode FSI and PDI).
    fn isolate<'a>(&self, value: FluentValue<'a>) -> FluentValue<'a> {
        match value {
            FluentValue::String(text) if self.is_right_to_left() => format!("\u{2068}{text}\u{2069}").into(),
            other => other,
        }
    }

    fn wrap(&self, sentence: &str) -> String {
        if self.pseudo && !sentence.trim().is_empty() {
            format!("⟦\u{202E}{sentence}\u{202C}⟧")
        } else {
            sentence.to_owned()
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::of(LOCALES.fallback().clone())
    }
}

fn missing(key: &str) -> String {
    tracing::error!(key, "no sentence for this key, or a value is missing in it");
    key.to_owned()
}

fn usable(tag: &&str) -> bool {
    !tag.is_empty() && tag.len() <= MAX_TAG_LENGTH
}

fn tags_in_order(ui_locales: &str) -> Vec<&str> {
    ui_locales
        .split(' ')
        .filter(|tag| !tag.is_empty())
        .take(MAX_TAGS)
        .filter(usable)
        .collect()
}

fn tags_by_weight(accept_language: &str) -> Vec<&str> {
    let mut weighted: Vec<(&str, f32)> = accept_language
        .split(',')
        .take(MAX_TAGS)
        .map(|range| {
            range
                .split_once(';')
                .map_or((range.trim(), 1.0), |(tag, rest)| (tag.trim(), weight(rest)))
        })
        .filter(|(tag, weight)| usable(tag) && *weight > 0.0)
        .collect();
    weighted.sort_by(|a, b| b.1.total_cmp(&a.1));
    weighted.into_iter().map(|(tag, _)| tag).collect()
}

/// The weight of RFC 9110 section 12.4.2; what is none counts as zero.
fn weight(parameter: &str) -> f32 {
    let number = parameter.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
    number.filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0)
}

/// The shipped language for a tag: the very one, else one of the same primary language.
fn shipped(tag: &str) -> Option<LanguageIdentifier> {
    let asked: LanguageIdentifier = tag.parse().ok()?;
    let mut all: Vec<&LanguageIdentifier> = LOCALES.locales().collect();
    all.sort_by_key(|language| language.to_string());
    let exact = all.iter().find(|language| ***language == asked);
    exact
        .or_else(|| all.iter().find(|language| language.language == asked.language))
        .map(|found| (*found).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_shipped_languages_are_chosen_and_english_is_the_rest() {
        let long = format!("en-{}", "a".repeat(40));
        let late = format!("{}en", "xx ".repeat(MAX_TAGS));
        for (ui_locales, accept, expected) in [
            (None, None, "en"),
            (Some("en-GB"), None, "en"),
            (Some("tlh xx"), Some("zz;q=1, en;q=0.1"), "en"),
            (Some(""), Some(""), "en"),
            (Some("<script>"), Some("*;q=nan, ,;;"), "en"),
            (Some(long.as_str()), Some("en;q=0"), "en"),
            (Some(late.as_str()), None, "en"),
        ] {
            assert_eq!(
                Text::negotiate(ui_locales, accept).lang(),
                expected,
                "{ui_locales:?} {accept:?}"
            );
        }
    }

    #[test]
    fn tags_are_bounded_in_number_and_length() {
        let fits = "x".repeat(MAX_TAG_LENGTH);
        assert_eq!(tags_in_order(&"de ".repeat(1000)).len(), MAX_TAGS);
        assert_eq!(tags_by_weight(&"de,".repeat(1000)).len(), MAX_TAGS);
        assert_eq!(tags_in_order(&format!("{fits} {fits}x de")), [fits.as_str(), "de"]);
    }

    #[test]
    fn accepted_languages_are_ordered_by_weight() {
        for (header, expected) in [
            ("de;q=0.5, en, fr;q=0.9", vec!["en", "fr", "de"]),
            ("a;q=0, b;q=2, c;q=-1, d;q=x, e;q=inf", vec![]),
            ("a;q=0.5,b;q=0.5", vec!["a", "b"]),
            ("en-GB,en;q=0.8", vec!["en-GB", "en"]),
        ] {
            assert_eq!(tags_by_weight(header), expected, "{header}");
        }
    }

    #[test]
    fn the_pseudo_language_is_right_to_left_and_marks_what_came_from_fluent() {
        let text = Text::pseudo_rtl();
        assert_eq!((text.lang(), text.dir()), ("ar-XB", "rtl"));
        assert_eq!(
            text.get("skip-to-content"),
            "⟦\u{202E}Skip to the main content\u{202C}⟧"
        );
        assert!(
            text.with("hand-off-title", &[("host", "a.test")])
                .contains("\u{2068}a.test\u{2069}")
        );
    }

    #[test]
    fn a_missing_key_or_value_gives_the_key() {
        let text = Text::default();
        assert_eq!(text.get("no-such-key"), "no-such-key");
        assert_eq!(text.get("hand-off-title"), "hand-off-title");
        assert_eq!(text.find("no-such-key"), None);
        assert_eq!(
            text.around("no-such-key", "name"),
            ("no-such-key".into(), String::new())
        );
    }

    #[test]
    fn a_sentence_can_be_split_around_a_value() {
        let (before, after) = Text::default().around("consent-lead", "application");
        assert_eq!(before, "");
        assert!(after.starts_with(" wants"), "{after}");
    }
}
