//! Table and property tests of presented credentials.
use super::*;
use crate::form::encode;
use base64::engine::general_purpose::{STANDARD as PADDED, STANDARD_NO_PAD as BARE};
use proptest::prelude::*;

fn basic_of(user_and_password: &str) -> String {
    format!("Basic {}", PADDED.encode(user_and_password))
}

/// The outcome in one line: `method id secret`, or the error's code.
fn outcome(headers: &[&[u8]], body: &str) -> String {
    let params = Params::parse(body.as_bytes()).unwrap();
    let secret_of = |c: &PresentedCredentials<'_>| match c {
        PresentedCredentials::Basic { secret, .. } | PresentedCredentials::Post { secret, .. } => {
            secret.expose().to_owned()
        }
        PresentedCredentials::None { .. } => "-".to_owned(),
    };
    match presented(headers, &params) {
        Ok(Presented::Client(c)) => format!("{} {} {}", c.method(), c.client_id(), secret_of(&c)),
        Ok(Presented::Bearer(token)) => format!("bearer {}", token.expose()),
        Err(error) => error.code.as_str().to_owned(),
    }
}

fn check(header: &str, body: &str, expected: &str) {
    let bytes = header.as_bytes();
    let headers: &[&[u8]] = if header.is_empty() { &[] } else { &[bytes] };
    assert_eq!(outcome(headers, body), expected, "{header} {body}");
}

#[test]
fn credentials_in_the_body() {
    //
    check("", "client_id=a&client_secret=s", "client_secret_post a s");
    check(
        "",
        "client_id=a&client_secret=s%3A%25%2B+%C3%A9",
        "client_secret_post a s:%+ é",
    );
    check("", "client_id=a", "none a -");
    // O-102: an empty secret is none, never a proof
    check("", "client_id=a&client_secret=", "none a -");
    check("", "client_id=a&client_secret", "none a -");
    check("", "", "invalid_client");
    check("", "client_id=&client_secret=s", "invalid_client");
    check("", "client_secret=s", "invalid_client");
    check("", "client_id=a%0Ab", "invalid_client");
    // O-003, O-026, O-027
    check("", "client_id=a&client_id=a", "invalid_request");
    check("", "client_id=a&client_secret=s&client_secret=s", "invalid_request");
    check("", "client_id=%ff%fe", "invalid_request");
    check("", "client_id=a%00", "invalid_request");
}

#[test]
fn client_assertions_are_not_supported() {
    let jwt =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=e.e.e";
    check("", jwt, "invalid_client");
    check("", "client_id=a&client_assertion=e.e.e", "invalid_client");
    check("", "client_id=a&client_assertion_type=x", "invalid_client");
    // O-111: a secret next to a forged assertion does not rescue it
    check("", &format!("{jwt}&client_id=a&client_secret=s"), "invalid_client");
    // O-110
    check(
        "",
        "client_id=a&client_assertion=1&client_assertion=2",
        "invalid_request",
    );
    // O-101
    check(&basic_of("a:s"), jwt, "invalid_request");
}

#[test]
fn credentials_in_the_header() {
    let a = basic_of("a:s");
    //
    check(&a, "", "client_secret_basic a s");
    check(
        &a,
        "grant_type=client_credentials&client_id=a",
        "client_secret_basic a s",
    );
    check(
        &format!("Basic {}", BARE.encode("a:s1")),
        "",
        "client_secret_basic a s1",
    );
    check(
        &format!("Basic {}", PADDED.encode("a:s1")),
        "",
        "client_secret_basic a s1",
    );
    // O-100
    check(&a.replace("Basic", "basic"), "", "client_secret_basic a s");
    check(&a.replace("Basic", "BASIC"), "", "client_secret_basic a s");
    // O-097
    let odd = "s:%+ é";
    check(
        &basic_of(&format!("{}:{}", encode("id:1"), encode(odd))),
        "",
        "client_secret_basic id:1 s:%+ é",
    );
    check(&basic_of("a:x+y"), "", "client_secret_basic a x y");
    // O-098: sent raw, `%` is malformed or another secret; a colon or a letter reads as itself
    check(&basic_of("a:50%"), "", "invalid_client");
    check(&basic_of("a:%zz"), "", "invalid_client");
    check(&basic_of("a:b:c"), "", "client_secret_basic a b:c");
    check(&basic_of("a:é"), "", "client_secret_basic a é");
    // decoded once, not twice
    check(&basic_of("a:%2525"), "", "client_secret_basic a %25");
}

#[test]
fn a_basic_header_that_cannot_be_read_is_invalid_client() {
    let good = PADDED.encode("a:s1");
    // O-099
    for header in [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic YQ==",
        &basic_of(":s"),
        &basic_of("a:"),
        &basic_of(":"),
        &basic_of("a%00:s"),
        &basic_of("a\0:s"),
        &basic_of("a\n:s"),
        &basic_of("a:s%0D%0A"),
        &basic_of("a:s\u{7f}"),
        &basic_of("a:%ff"),
        &format!("Basic {good} "),
        &format!("Basic {good} x"),
        &format!("Basic {good}, Basic {good}"),
        &format!("Basic  {good}"),
        &format!("Basic\t{good}"),
        &format!(" Basic {good}"),
        &format!("Basic {good}\n"),
        &format!("Basic {good}===="),
        "Basic YTo_Pz8",
        "Digest username=a",
        "Basically YTpz",
        "é",
    ] {
        check(header, "", "invalid_client");
        check(header, "client_id=a", "invalid_client");
    }
    assert_eq!(outcome(&[b"Basic \xff\xfe"], ""), "invalid_client");
    assert_eq!(outcome(&[b""], "client_id=a"), "invalid_client");
    let raw_bytes = format!("Basic {}", PADDED.encode(b"a:\xff\xfe"));
    check(&raw_bytes, "", "invalid_client");
    // at the limit and past it
    let longest = |secret: usize| basic_of(&format!("a:{}", "s".repeat(secret)));
    let fits = (MAX_BASIC_LENGTH - "Basic ".len()) / 4 * 3 - "a:".len();
    assert!(outcome(&[longest(fits).as_bytes()], "").starts_with("client_secret_basic a s"));
    check(&longest(fits + 1), "", "invalid_request");
    check(&longest(100_000), "", "invalid_request");
}

#[test]
fn only_one_way_at_a_time() {
    let a = basic_of("a:s");
    // O-095, A-11
    check(&a, "client_id=a&client_secret=s", "invalid_request");
    check(&a, "client_secret=s", "invalid_request");
    check(&a, "client_secret=", "client_secret_basic a s");
    check("Bearer t", "client_secret=s", "invalid_request");
    // O-104
    check(&a, "client_id=b", "invalid_request");
    check(&a, "client_id=A", "invalid_request");
    check(&a, "client_id=a&client_id=a", "invalid_request");
    // O-101
    for headers in [
        [a.as_bytes(), a.as_bytes()],
        [a.as_bytes(), b"Bearer t"],
        [b"", a.as_bytes()],
    ] {
        assert_eq!(outcome(&headers, ""), "invalid_request");
    }
}

#[test]
fn a_bearer_token_is_told_apart() {
    check("Bearer abc.def", "token=x", "bearer abc.def");
    check("bEaReR abc.def", "", "bearer abc.def");
    // O-163
    for header in [
        "Bearer",
        "Bearer ",
        "Bearer  t",
        "Bearer\tt",
        "Bearer,t",
        "Bearer t,u",
        "Bearer t u",
    ] {
        check(header, "client_id=a", "bearer ");
    }
}

#[test]
fn secrets_are_not_printed() {
    let params = Params::parse(b"client_id=a&client_secret=hunter2").unwrap();
    let printed = format!("{:?}", presented(&[], &params).unwrap());
    assert!(
        printed.contains("client_id: \"a\"") && !printed.contains("hunter2"),
        "{printed}"
    );
    let header = basic_of("a:hunter2");
    let printed = format!(
        "{:?}",
        presented(&[header.as_bytes()], &Params::parse(b"").unwrap()).unwrap()
    );
    assert!(!printed.contains("hunter2"), "{printed}");
    let wrong = format!("{:?}", presented(&[header.as_bytes()], &params).unwrap_err());
    assert!(!wrong.contains("hunter2"), "{wrong}");
}

proptest! {
    #[test]
    fn any_id_and_secret_survive_the_header(id in "[^\\p{Cc}]{1,40}", secret in "[^\\p{Cc}]{1,40}") {
        let header = basic_of(&format!("{}:{}", encode(&id), encode(&secret)));
        prop_assert_eq!(outcome(&[header.as_bytes()], ""), format!("client_secret_basic {id} {secret}"));
    }

    #[test]
    fn any_header_is_read_without_a_panic(header: Vec<u8>, rest in "[ -~]{0,60}") {
        for header in [header.clone(), [b"Basic ", rest.as_bytes()].concat(), [b"Bearer ", &header[..]].concat()] {
            let read = outcome(&[&header], "client_id=a");
            prop_assert!(!read.starts_with("none "), "a header was ignored: {}", read);
        }
    }
}
