//! What holds for every string, against the `url` crate as the browsers' view.
use super::*;
use proptest::prelude::*;

/// Text that is often almost a redirect URI.
fn almost_uri() -> impl Strategy<Value = String> {
    let scheme = "(https?|HTTP|com\\.example|myapp|javascript|[a-z]{0,3}):?";
    let host =
        "(//|/|\\\\|)(127\\.0\\.0\\.1|\\[::1\\]|localhost|a\\.test|A\\.test|0x7f\\.1|[a-z0-9.@%\\-\\[\\]:]{0,12})";
    let rest = "(:[0-9]{0,6})?(/[a-z.%2e;@:\\\\']{0,6}){0,3}(\\?[a-z=&%]{0,8})?(#[a-z]{0,2})?";
    (scheme, host, rest).prop_map(|(scheme, host, rest)| format!("{scheme}{host}{rest}"))
}

fn without_port(uri: &str) -> String {
    let mut parsed = url::Url::parse(uri).unwrap();
    parsed.set_port(None).unwrap();
    parsed.into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever passes is read by the URL parser of browsers to the same scheme, host, port and path as it is spelled.
    #[test]
    fn what_may_be_registered_is_what_browsers_read(uri in almost_uri(), native: bool) {
        let application_type = if native { Native } else { Web };
        let refused = inspect(&uri, application_type).iter().any(|f| f.severity == Severity::Error);
        match url::Url::parse(&uri) {
            Err(_) => prop_assert!(refused, "{} does not parse", uri),
            Ok(parsed) if !refused => {
                prop_assert!(parsed.fragment().is_none() && parsed.username().is_empty() && parsed.password().is_none());
                let (scheme, rest) = uri.split_once(':').unwrap();
                prop_assert_eq!(scheme.to_ascii_lowercase(), parsed.scheme());
                let (before_query, _) = rest.split_once('?').unwrap_or((rest, ""));
                // An empty authority (`myapp://`) is one, too.
                let slashes = if parsed.has_authority() { "//" } else { "" };
                let mut again = format!("{slashes}{}", parsed.host_str().unwrap_or_default());
                if let Some(port) = parsed.port() {
                    again.push_str(&format!(":{port}"));
                }
                again.push_str(parsed.path());
                let typed = before_query.to_ascii_lowercase().replace(":443/", "/").replace(":80/", "/");
                let typed = typed.trim_end_matches(":443").trim_end_matches(":80");
                let same = [typed, &format!("{typed}/")].contains(&&*again.to_ascii_lowercase());
                prop_assert!(same, "{} is read as {}", uri, again);
                prop_assert!(matches!(parsed.scheme(), "http" | "https") || native);
                let loopback = ["127.0.0.1", "[::1]", "localhost"].contains(&parsed.host_str().unwrap_or_default());
                prop_assert!(parsed.scheme() != "http" || loopback, "{}", uri);
            }
            Ok(_) => {}
        }
    }

    /// Two strings match only when their bytes are equal or, on native, when only the port of an `http` loopback address differs.
    #[test]
    fn only_equal_bytes_or_the_loopback_rule_match(one in almost_uri(), other in almost_uri(), port: u16, native: bool) {
        let application_type = if native { Native } else { Web };
        let moved = one.replacen("127.0.0.1", &format!("127.0.0.1:{port}"), 1);
        let moved_name = one.replacen("localhost", &format!("localhost:{port}"), 1);
        for presented in [&other, &moved, &moved_name] {
            if matches(&one, presented, application_type) && one != *presented {
                prop_assert!(native);
                let host = |uri: &str| url::Url::parse(uri).unwrap().host_str().unwrap().to_owned();
                prop_assert!(one.starts_with("http://") && ["127.0.0.1", "[::1]", "localhost"].contains(&&*host(&one)));
                prop_assert_eq!(host(&one), host(presented));
                prop_assert_eq!(without_port(&one), without_port(presented));
            }
        }
        prop_assert!(matches(&one, &one, application_type));
    }

    /// RFC 8252 section 7.3, the other direction: every port an application can be given is free, and on native alone.
    #[test]
    fn every_port_of_a_native_loopback_address_matches(
        host in prop::sample::select(vec!["127.0.0.1", "[::1]", "localhost"]),
        rest in "((/[a-z]{0,3}){1,2})?(\\?[a-z=&]{0,6})?",
        one in proptest::option::of(1..=u16::MAX), other in proptest::option::of(1..=u16::MAX),
    ) {
        let with = |port: Option<u16>| format!("http://{host}{}{rest}", port.map_or_else(String::new, |p| format!(":{p}")));
        prop_assert!(matches(&with(one), &with(other), Native));
        prop_assert!(matches(&with(other), &with(one), Native));
        prop_assert_eq!(matches(&with(one), &with(other), Web), one == other);
        let secure = |port| with(port).replace("http:", "https:");
        prop_assert_eq!(matches(&secure(one), &secure(other), Native), one == other);
    }

    /// One character more, less or other is another address, unless all of it stands in the port.
    #[test]
    fn one_changed_character_is_another_address(one in almost_uri(), at: prop::sample::Index, by in "[ -~é]?", native: bool) {
        prop_assume!(!one.is_empty());
        let at = at.index(one.len());
        prop_assume!(one.is_char_boundary(at) && one.is_char_boundary(at + 1));
        let application_type = if native { Native } else { Web };
        for other in [format!("{}{by}{}", &one[..at], &one[at + 1..]), format!("{}{by}{}", &one[..at], &one[at..])] {
            if one != other && matches(&one, &other, application_type) {
                prop_assert!(native && one.starts_with("http://"), "{} and {}", one, other);
                prop_assert_eq!(without_port(&one), without_port(&other));
            }
        }
    }

    #[test]
    fn nothing_panics(text: String, other: String) {
        let _ = (inspect(&text, Web), inspect(&text, Native), host_of(&text));
        let said = explain(&[text.clone(), format!("{text}{other}")], &other);
        if let (Some(nearest), Some(at)) = (said.nearest, said.first_difference) {
            prop_assert_eq!(&nearest[..at], &other[..at]);
        }
    }
}
