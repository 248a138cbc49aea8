//! Which addresses may become a link. Escaping keeps a value inside its attribute; it does not make `javascript:` harmless.
//!
//! Owns: the rules for `href` and for the hand-off's target. Does not own: comparing redirect URIs.

/// Schemes that run code in, or read from, the page that links to them.
const NEVER: [&str; 8] = [
    "javascript",
    "vbscript",
    "data",
    "blob",
    "filesystem",
    "file",
    "about",
    "view-source",
];

/// Whether a browser may be sent to this absolute URL: any scheme of RFC 3986 section 3.1 (native applications register their
/// own, RFC 8252 section 7.1) but those that run code. Blanks and control characters, which browsers strip, are refused.
pub(super) fn is_navigable(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else {
        return false;
    };
    let clean = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    clean && is_scheme(scheme) && !NEVER.iter().any(|never| scheme.eq_ignore_ascii_case(never)) && !rest.is_empty()
}

/// Whether this is an `http` or `https` URL with a host.
pub(super) fn is_web(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    is_navigable(url) && host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '\\', '?', '#']))
}

/// Whether this is an address for a person to follow: a path of our own, or a web address.
pub(super) fn is_followable(url: &str) -> bool {
    is_own_path(url) || is_web(url)
}

/// The host part of a web address, for showing; the whole text when it is none.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// Whether a host, as shown, is the visitor's own device.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    name == "::1" || name.eq_ignore_ascii_case("localhost") || name.starts_with("127.")
}

fn is_own_path(url: &str) -> bool {
    url.starts_with('/') && !url.starts_with("//") && !url.contains(|c: char| c.is_control() || c == '\\')
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_never_becomes_a_link() {
        for (url, navigable, followable) in [
            ("https://app.example/cb?code=a", true, true),
            ("http://127.0.0.1:4711/cb", true, true),
            ("com.example.app:/cb?code=a", true, false),
            ("/sign-in?tx=1", false, true),
            ("javascript:alert(1)", false, false),
            ("JavaScript:alert(1)", false, false),
            ("java\tscript:alert(1)", false, false),
            (" javascript:alert(1)", false, false),
            ("\u{1}javascript:alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("view-source:https://app.example", false, false),
            ("vbscript:x", false, false),
            ("blob:https://app.example/1", false, false),
            ("file:///etc/passwd", false, false),
            ("//evil.test", false, false),
            ("/\\evil.test", false, false),
            ("https://", true, false),
            ("https:///x", true, false),
            ("1x:y", false, false),
            ("no scheme", false, false),
            ("x:", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                (is_navigable(url), is_followable(url)),
                (navigable, followable),
                "{url:?}"
            );
        }
    }

    #[test]
    fn a_host_is_shown_without_what_could_disguise_it() {
        for (url, expected) in [
            ("https://photos.example/a?b", "photos.example"),
            ("https://bank.example@evil.test/", "evil.test"),
            ("https://photos.example:8443", "photos.example:8443"),
            ("https://evil.test\\@bank.example", "evil.test"),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn the_own_device_is_recognised() {
        for (host, expected) in [
            ("localhost", true),
            ("localhost:3000", true),
            ("127.0.0.1:3000", true),
            ("[::1]:3000", true),
            ("localhost.evil.test", false),
            ("photos.example", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }
}
