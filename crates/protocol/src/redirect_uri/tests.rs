//! Tables of which presented URI is a registered one, and why not.
use super::explain::{
    BLANK, CASE, FRAGMENT, HOST, HTTP_HTTPS, LOOPBACK_NAMES, NONE_REGISTERED, NOT_ABSOLUTE, PATH, PORT, QUERY, SCHEME,
    SLASH, USERINFO,
};
use super::*;
use crate::words::ApplicationType::{Native, Web};

mod inspect;
mod properties;

const A: &str = "https://a.test/cb";
const N: &str = "http://127.0.0.1/cb";

#[test]
fn a_web_uri_matches_itself_only() {
    assert!(matches(A, A, Web) && matches(A, A, Native));
    let others = [
        // O-038
        "https://a.test/cb/",
        "https://a.test/cb?x=1",
        "https://a.test/cbx",
        "https://a.test/c",
        // O-039
        "https://A.TEST/cb",
        "HTTPS://a.test/cb",
        "https://a.test:443/cb",
        "https://a.test/CB",
        "https://a.test:8443/cb",
        // O-040
        "https://a.test/cb#f",
        "https://a.test/cb#",
        // O-041
        "https://a.test@evil.test/cb",
        "https://evil.test@a.test/cb",
        "https://a@b@a.test/cb",
        // O-042
        "https://a.test.evil.test/cb",
        "https://evil-a.test/cb",
        "https://evil.test/https://a.test/cb",
        // O-043
        "https://a.test/x/../cb",
        "https://a.test/cb/..%2fsteal",
        "https://a.test/cb/..;/steal",
        "https://a.test/%2e%2e/cb",
        // O-044
        "https://a.test/c%62",
        "https://a.test/%63b",
        "https://a.test/%2563b",
        // O-045
        "https://a.test\\@evil.test/cb",
        "https:\\\\a.test\\cb",
        "https:/a.test/cb",
        // O-046
        "//a.test/cb",
        "/cb",
        "a.test/cb",
        "",
        // O-047, O-048
        "http://a.test/cb",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        // O-049
        "https://ａ.test/cb",
        "https://xn--a-.test/cb",
        // O-050
        "https://a.test/cb\n",
        "https://a.test/\tcb",
        " https://a.test/cb",
        "https://a.test/cb ",
        "https://a.test/cb\0",
    ];
    for presented in others {
        assert!(
            !matches(A, presented, Web) && !matches(A, presented, Native),
            "{presented:?}"
        );
    }
    // O-051
    assert!(!matches(A, &format!("{A}{}", "x".repeat(8193)), Web));
    // O-052: a dot is a dot
    assert!(!matches("https://x.y.test/cb", "https://xAy.test/cb", Native));
    // O-049: what IDNA maps to the same host is another string
    assert!(!matches("https://bücher.test/cb", "https://xn--bcher-kva.test/cb", Web));
}

#[test]
fn a_native_loopback_uri_frees_its_port_and_nothing_else() {
    let check = |registered: &str, presented: &str, expected: bool| {
        assert_eq!(
            matches(registered, presented, Native),
            expected,
            "{registered} {presented}"
        );
        // O-058
        assert_eq!(
            matches(registered, presented, Web),
            registered == presented,
            "{registered} {presented}"
        );
    };
    // O-054
    check(N, "http://127.0.0.1:51004/cb", true);
    check(N, "http://127.0.0.1:61234/cb", true);
    check("http://127.0.0.1:8080/cb", "http://127.0.0.1:51004/cb", true);
    check("http://127.0.0.1:8080/cb", N, true);
    check("http://[::1]/cb", "http://[::1]:65535/cb", true);
    check("http://localhost:3000/cb?x=1", "http://localhost:3001/cb?x=1", true);
    check("http://127.0.0.1", "http://127.0.0.1:1", true);
    // O-055
    check(N, "http://127.0.0.1:51004/cb2", false);
    check(N, "http://127.0.0.1:51004/cb?x=1", false);
    check(N, "http://127.0.0.1:51004/cb#f", false);
    check(N, "http://127.0.0.1:51004/cb/", false);
    check("http://127.0.0.1", "http://127.0.0.1:1/", false);
    // O-056
    check(N, "http://localhost:51004/cb", false);
    check(N, "http://[::1]:51004/cb", false);
    check("http://localhost/cb", "http://127.0.0.1:51004/cb", false);
    check("http://localhost/cb", "http://LOCALHOST:51004/cb", false);
    // O-057
    check(N, "http://127.0.0.1.evil.test/cb", false);
    check(N, "http://127.0.0.1@evil.test/cb", false);
    check(N, "http://127.0.0.1:80@evil.test/cb", false);
    check(N, "http://127.0.0.1:80.evil.test/cb", false);
    for host in [
        "2130706433",
        "0x7f000001",
        "127.1",
        "0.0.0.0",
        "127.0.0.2",
        "127.0.0.1.",
    ] {
        check(N, &format!("http://{host}/cb"), false);
        check(N, &format!("http://{host}:51004/cb"), false);
    }
    check("http://localhost/cb", "http://localhost.evil.test/cb", false);
    check("http://localhost/cb", "http://localhostevil.test/cb", false);
    for port in ["", "0", "00", "080", "65536", "99999999999", "+1", "-1", "x", "１"] {
        check(N, &format!("http://127.0.0.1:{port}/cb"), false);
    }
    check(N, "https://127.0.0.1:51004/cb", false);
    check("https://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false);
    check("http://a.test/cb", "http://a.test:81/cb", false);
    // O-059
    check("com.example.app:/cb", "com.example.app:/cb", true);
    check("com.example.app:/cb", "com.example.app:/cb2", false);
    check("com.example.app:/cb", "COM.EXAMPLE.APP:/cb", false);
    check("com.example.app:/cb", "com.example.app2:/cb", false);
    check("com.example.app://h:1/cb", "com.example.app://h:2/cb", false);
}

#[test]
fn a_mismatch_is_explained() {
    let check = |presented: &str, expected: &[&str]| {
        let registered = ["com.example:/other".to_owned(), A.to_owned()];
        let said = explain(&registered, presented);
        assert_eq!(
            (said.nearest.as_deref(), &*said.hints),
            (Some(A), expected),
            "{presented:?}"
        );
    };
    check("https://a.test/cb/", &[SLASH]);
    check("http://a.test/cb", &[HTTP_HTTPS]);
    check("https://a.test:8443/cb", &[PORT]);
    check("https://a.test/cb ", &[BLANK]);
    check("https://a.test/CB", &[CASE]);
    check("https://a.test/cb?x=1", &[QUERY]);
    check("https://a.test/callback", &[PATH]);
    check("https://b.test/cb", &[HOST]);
    check("https://a.test/cb#", &[FRAGMENT]);
    check("https://evil@a.test/cb", &[USERINFO]);
    check("ftp://a.test/cb", &[SCHEME]);
    check("a.test/cb", &[NOT_ABSOLUTE]);
    check("http://b.test:1/cb/\n", &[BLANK, HTTP_HTTPS, HOST, PORT, SLASH]);
    let local = explain(&["http://localhost:3000/cb".to_owned()], "http://127.0.0.1:3000/cb");
    assert_eq!((local.hints, local.first_difference), (vec![LOOPBACK_NAMES], Some(7)));
    let first = |presented| explain(&[A.to_owned()], presented).first_difference;
    assert_eq!(
        (first("https://a.test/cb/"), first("https://a.test/c"), first("")),
        (Some(17), Some(16), Some(0))
    );
    assert_eq!((first("https://a.tést/cb"), first(A)), (Some(11), None));
    let none = explain(&[], A);
    assert_eq!(
        (none.nearest, none.first_difference, none.hints),
        (None, None, vec![NONE_REGISTERED])
    );
}

#[test]
fn the_user_is_told_a_host_or_a_scheme() {
    for (uri, expected) in [
        (A, "a.test"),
        ("https://a.test:8443/cb", "a.test"),
        ("http://[::1]:1/cb", "[::1]"),
        ("com.example.app:/cb", "com.example.app"),
        ("com.example.app://bank.test/cb", "com.example.app"),
        ("https://a.test@evil.test/cb", "evil.test"),
        ("/cb", ""),
    ] {
        assert_eq!(host_of(uri), expected);
    }
}
