//! Tables of what may be registered.
use super::*;

/// The codes found, errors marked `!`, warnings `?`, notes bare.
fn codes(uri: &str, application_type: ApplicationType) -> String {
    let mark = |f: &Finding| match f.severity {
        Severity::Error => format!("!{}", f.code),
        Severity::Warning => format!("?{}", f.code),
        Severity::Note => f.code.to_owned(),
    };
    inspect(uri, application_type)
        .iter()
        .map(mark)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn what_may_be_registered_for_any_type() {
    let check = |uri: &str, expected: &str| assert_eq!(codes(uri, Web), expected, "{uri:?}");
    check(A, "");
    check("https://a.test/cb?tenant=1", "");
    check("https://a.test:8443/cb", "");
    // O-060
    check("https://*.a.test/cb", "!wildcard");
    check("https://a.test/*", "!wildcard");
    check("https://a.test/cb#x", "!fragment");
    check("https://a.test/cb#", "!fragment");
    check("http://a.test/cb", "!http");
    check("https://u:p@a.test/cb", "!userinfo");
    check("https://@a.test/cb", "!userinfo");
    check("https://a.test@evil.test/cb", "!userinfo");
    // O-048
    for scheme in FORBIDDEN {
        let expected = "!scheme_forbidden";
        assert!(codes(&format!("{scheme}:x"), Web).contains(expected), "{scheme}");
        assert!(codes(&format!("{scheme}:x"), Native).contains(expected), "{scheme}");
    }
    // O-062
    for query in [
        "code=x",
        "state=x",
        "a=1&error=x",
        "iss=x",
        "response=x",
        "c%6fde=x",
        "code",
        "code=",
        "code=%ff",
    ] {
        check(&format!("{A}?{query}"), "!query_reserved");
    }
    check("https://a.test/cb?%ff=1", "!query");
    // O-046, O-045
    for relative in ["", "/cb", "//a.test/cb", "a.test/cb", ":x", "1https://a.test"] {
        check(relative, "!relative");
    }
    check("a.test:8080/cb", "!relative");
    assert_eq!(codes("localhost:8080/cb", Native), "!relative");
    check("https:/a.test/cb", "!host_missing");
    check("https:a.test/cb", "!host_missing");
    check("https:///cb", "!host_missing");
    assert!(codes("https:\\\\a.test\\cb", Web).starts_with("!backslash"));
    assert!(codes("https://a.test\\@evil.test/cb", Web).starts_with("!backslash"));
    // O-050
    for blank in [
        " https://a.test/cb",
        "https://a.test/cb ",
        "https://a.test/\tcb",
        "https://a.test/cb\n",
        "https://a.test/cb\0",
        "https://a.test/\u{85}",
    ] {
        assert!(codes(blank, Web).starts_with("!blank"), "{blank:?}");
    }
    // O-049
    assert!(codes("https://ａ.test/cb", Web).starts_with("!non_ascii"));
    assert!(codes("https://xn--a-.test/cb", Web).starts_with("!malformed"));
    check("https://xn--bcher-kva.test/cb", "punycode");
    // O-051
    let long = |length: usize| format!("{A}{}", "x".repeat(length - A.len()));
    check(&long(MAX_LENGTH), "");
    check(&long(MAX_LENGTH + 1), "!too_long");
    check(&long(1_000_000), "!too_long");
}

/// Spelled again here, so that shortening the list in the code fails.
const FORBIDDEN: [&str; 9] = [
    "javascript",
    "JaVaScRiPt",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "VIEW-SOURCE",
    "filesystem",
];

#[test]
fn a_spelling_that_browsers_rewrite_is_refused_or_told() {
    let check = |uri: &str, expected: &str| assert_eq!(codes(uri, Web), expected, "{uri:?}");
    check("https://A.test/cb", "?upper_case");
    check("HTTPS://a.test/cb", "?upper_case");
    check("https://a.test:443/cb", "?default_port");
    check("https://a.test", "no_path");
    check("https://203.0.113.7/cb", "?ip_literal");
    check("https://[2001:db8::1]/cb", "?ip_literal");
    // O-043
    for path in ["/x/../cb", "/./cb", "/%2e%2e/cb", "/%2E/cb", "/cb/.."] {
        check(&format!("https://a.test{path}"), "!path_rewritten");
    }
    // O-057
    for host in ["2130706433", "0x7f000001", "127.1", "%6cocalhost"] {
        assert!(
            codes(&format!("http://{host}/cb"), Native).starts_with("!host_rewritten"),
            "{host}"
        );
    }
    assert!(codes("http://[0:0:0:0:0:0:0:1]/cb", Native).starts_with("!host_rewritten"));
    for port in ["", "0443", "0"] {
        assert!(
            codes(&format!("https://a.test:{port}/cb"), Web).starts_with("!port"),
            "{port}"
        );
    }
    check("https://a.test:65536/cb", "!malformed");
    check("https://a.test/%zz", "!percent");
    check("https://a.test/%4", "!percent");
    check("https://a.test/cb?a|b", "!character");
    check("https://a.test/a|b{c}", "!character !path_rewritten");
}

#[test]
fn scheme_host_and_type_must_fit() {
    for (uri, web, native) in [
        (A, "", "?https_on_native"),
        ("http://localhost:3000/cb", "?loopback_on_web", "loopback_port"),
        ("http://127.0.0.1/cb", "?loopback_on_web", "loopback_port"),
        ("http://[::1]:8080/cb", "?loopback_on_web", "loopback_port"),
        ("https://localhost/cb", "?loopback_on_web", "?https_on_native"),
        ("http://localhost.evil.test/cb", "!http", "!http"),
        ("http://127.0.0.1.evil.test/cb", "!http", "!http"),
        ("http://0.0.0.0/cb", "?ip_literal !http", "?ip_literal !http"),
        (
            "http://LOCALHOST/cb",
            "?upper_case ?loopback_on_web",
            "?upper_case loopback_port",
        ),
        ("com.example.app:/cb", "!custom_scheme_on_web", ""),
        ("com.example.app://cb", "!custom_scheme_on_web", ""),
        (
            "com.example.app://u@h/cb",
            "!userinfo !custom_scheme_on_web",
            "!userinfo",
        ),
        (
            "com.example.app:/a/../cb",
            "!path_rewritten !custom_scheme_on_web",
            "!path_rewritten",
        ),
        (
            "COM.example.app:/cb",
            "!custom_scheme_on_web ?upper_case",
            "?upper_case",
        ),
        ("com.example.app://", "!custom_scheme_on_web", ""),
        (
            "myapp:/cb",
            "!custom_scheme_on_web ?scheme_without_dot",
            "?scheme_without_dot",
        ),
    ] {
        assert_eq!(
            (codes(uri, Web).as_str(), codes(uri, Native).as_str()),
            (web, native),
            "{uri}"
        );
    }
}
