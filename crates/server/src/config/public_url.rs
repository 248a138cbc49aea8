//! The form of the public URL. Issuers are compared byte by byte, so it has exactly one spelling.
use url::{Host, Url};

/// Why `text` cannot be the public URL; `None` when it can. The text is what is wanted instead.
pub(super) fn refuse(text: &str) -> Option<String> {
    let Some(url) = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    else {
        return Some("an http or https URL such as \"https://id.example\"".to_owned());
    };
    if url.query().is_some() || url.fragment().is_some() {
        return Some("a URL without query and fragment".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("a URL without user name and password".to_owned());
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Some("https; plain http is for loopback hosts only (127.0.0.0/8, ::1, localhost)".to_owned());
    }
    let spelling = url.as_str().trim_end_matches('/');
    (spelling != text).then(|| format!("it spelt \"{spelling}\""))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_and_no_http_off_loopback() {
        for (text, accepted) in [
            ("https://id.example", true),
            ("https://id.example:8443/sso", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:8080", true),
            ("http://127.8.9.10", true),
            ("http://[::1]:8080", true),
            ("http://id.example", false),
            ("http://10.0.0.1:8080", false),
            ("http://0.0.0.0:8080", false),
            ("http://localhost.example", false),
            ("http://127.0.0.1.example", false),
            ("http://[::ffff:10.0.0.1]", false),
            ("https://id.example/", false),
            ("https://id.example/sso/", false),
            ("https://id.example?x=1", false),
            ("https://id.example?", false),
            ("https://id.example#x", false),
            ("https://a:b@id.example", false),
            ("https://ID.example", false),
            ("https://id.example:443", false),
            ("https://id.example/a/../b", false),
            ("HTTPS://id.example", false),
            (" https://id.example", false),
            ("ftp://id.example", false),
            ("id.example", false),
            ("https://", false),
        ] {
            assert_eq!(refuse(text).is_none(), accepted, "{text}: {:?}", refuse(text));
        }
    }
}
