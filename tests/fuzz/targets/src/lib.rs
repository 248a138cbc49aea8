//! What is fuzzed: one function a parser, from bytes to nothing, that panics when a promise about the parser is broken.
//!
//! Owns: the list of targets and their oracles. Does not own: the fuzzer (`tests/fuzz`), which calls these functions on what it
//! makes up, nor the corpus, which `tests/replay.rs` feeds to the same functions in every test run.

mod documents;
mod forms;
mod headers;
mod redirects;
mod requests;
mod tokens;

/// One parser under attack.
pub struct Target {
    /// Also the name of its folder under `tests/fuzz/corpus`.
    pub name: &'static str,
    /// Must return for any bytes.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    target("apply", documents::apply),
    target("authorize", requests::authorize),
    target("basic", headers::basic),
    target("bearer", headers::bearer),
    target("claims", tokens::claims),
    target("config", documents::config),
    target("cookie", headers::cookie),
    target("form", forms::form),
    target("forwarded_for", headers::forwarded_for),
    target("json_body", forms::json_body),
    target("jwe", tokens::jwe),
    target("jwk", tokens::jwk),
    target("jws", tokens::jws),
    target("page_token", tokens::page_token),
    target("redirect_uri", redirects::redirect_uri),
    target("refresh_token", tokens::refresh_token),
    target("scope", requests::scope),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// The bytes as text; what is not UTF-8 reaches a text parser as replacement characters.
fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// Input of several parts: the lines of the text.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
}
