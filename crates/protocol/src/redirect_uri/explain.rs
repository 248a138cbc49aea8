//! Why a presented redirect URI is not a registered one, for the people who can change either.
use super::parts::Parts;

/// The registered URI that comes nearest, and how the presented one differs from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    pub nearest: Option<String>,
    /// Byte offset, in both strings, of the first character that differs.
    pub first_difference: Option<usize>,
    /// Plain English, the likeliest cause first.
    pub hints: Vec<&'static str>,
}

pub(super) const NONE_REGISTERED: &str = "no redirect URI is registered for this application";
pub(super) const BLANK: &str = "the presented URI has a blank or a control character in it";
pub(super) const NOT_ABSOLUTE: &str = "the presented value is not an absolute URI; it must begin with a scheme";
pub(super) const CASE: &str = "they differ only in upper and lower case";
pub(super) const HTTP_HTTPS: &str = "one is http, the other https";
pub(super) const SCHEME: &str = "the schemes differ";
pub(super) const USERINFO: &str = "the presented URI has a user name in front of the host";
pub(super) const LOOPBACK_NAMES: &str = "localhost, 127.0.0.1 and [::1] are different hosts here";
pub(super) const HOST: &str = "the hosts differ";
pub(super) const PORT: &str = "the ports differ; only native applications on a loopback address may choose theirs";
pub(super) const SLASH: &str = "they differ in a trailing slash";
pub(super) const PATH: &str = "the paths differ";
pub(super) const QUERY: &str = "the query strings differ";
pub(super) const FRAGMENT: &str = "the presented URI has a fragment (#), which is never allowed";

/// Compares `presented`, which matches none of `registered`, with the one of them it is most like. Linear in the lengths.
pub fn explain(registered: &[String], presented: &str) -> Mismatch {
    let nearest = registered
        .iter()
        .min_by_key(|candidate| std::cmp::Reverse(likeness(candidate, presented)));
    let Some(nearest) = nearest else {
        return Mismatch {
            nearest: None,
            first_difference: None,
            hints: vec![NONE_REGISTERED],
        };
    };
    Mismatch {
        first_difference: first_difference(nearest, presented),
        hints: hints(nearest, presented),
        nearest: Some(nearest.clone()),
    }
}

/// Characters both have in common at the start and at the end.
fn likeness(one: &str, other: &str) -> usize {
    let start = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let end = one
        .chars()
        .rev()
        .zip(other.chars().rev())
        .take_while(|(a, b)| a == b)
        .count();
    start + end
}

fn first_difference(one: &str, other: &str) -> Option<usize> {
    let differs = one
        .char_indices()
        .zip(other.chars())
        .find(|((_, a), b)| a != b)
        .map(|((at, _), _)| at);
    differs.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len())))
}

fn hints(registered: &str, presented: &str) -> Vec<&'static str> {
    let mut hints = Vec::new();
    if presented.chars().any(|c| c.is_whitespace() || c.is_control()) {
        hints.push(BLANK);
    }
    let trimmed = presented.trim();
    if trimmed != registered && trimmed.eq_ignore_ascii_case(registered) {
        hints.push(CASE);
        return hints;
    }
    match (Parts::split(registered), Parts::split(trimmed)) {
        (Some(want), Some(got)) => hints.extend(differences(&want, &got)),
        _ => hints.push(NOT_ABSOLUTE),
    }
    hints
}

fn differences(want: &Parts<'_>, got: &Parts<'_>) -> impl Iterator<Item = &'static str> {
    let scheme = (!want.scheme.eq_ignore_ascii_case(got.scheme)).then(|| {
        if want.is_web() && got.is_web() {
            HTTP_HTTPS
        } else {
            SCHEME
        }
    });
    let userinfo = got.authority.as_ref().and_then(|a| a.userinfo).map(|_| USERINFO);
    let host = (!want.host().eq_ignore_ascii_case(got.host())).then(|| {
        if want.is_loopback() && got.is_loopback() {
            LOOPBACK_NAMES
        } else {
            HOST
        }
    });
    let port = (want.port() != got.port()).then_some(PORT);
    let path = (want.path != got.path).then(|| {
        if want.path.trim_end_matches('/') == got.path.trim_end_matches('/') {
            SLASH
        } else {
            PATH
        }
    });
    let query = (want.query != got.query).then_some(QUERY);
    let fragment = got.fragment.map(|_| FRAGMENT);
    [scheme, userinfo, host, port, path, query, fragment]
        .into_iter()
        .flatten()
}
