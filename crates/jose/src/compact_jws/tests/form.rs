//! The one form a token has: parts, encoding, header members, limits.
use super::*;
use proptest::prelude::*;

#[test]
fn the_header_is_read_in_one_strict_way() {
    let key = verifier(ES256);
    let long = |member: &str, length: usize| format!(r#"{{"alg":"ES256","{member}":"{}"}}"#, "k".repeat(length));
    for (header, expected) in [
        (r#"{"alg":"ES256"}"#, true),
        (
            r#"{"typ":"JWT","alg":"ES256","kid":"x' OR '1'='1","cty":"JWT","x":{"a":[1]}}"#,
            true,
        ),
        (&long("kid", 128), true),
        (&long("kid", 129), false),
        (&long("x", 1400), true),
        (&long("x", 1600), false),
        // O-143: no signature algorithm but ours, in exactly our spelling.
        (r#"{"alg":"none"}"#, false),
        (r#"{"alg":"None"}"#, false),
        (r#"{"alg":"nOnE"}"#, false),
        (r#"{"alg":""}"#, false),
        (r#"{"alg":"es256"}"#, false),
        (r#"{"alg":"ES256 "}"#, false),
        (r#"{"alg":"ES384"}"#, false),
        (r#"{"alg":"HS256"}"#, false),
        (r#"{"alg":["ES256"]}"#, false),
        (r#"{"alg":null}"#, false),
        (r#"{"typ":"JWT"}"#, false),
        ("{}", false),
        (r#"{"alg":"ES256","kid":null}"#, false),
        (r#"{"alg":"ES256","kid":1}"#, false),
        (r#"{"alg":"ES256","typ":["JWT"]}"#, false),
        // A member that stands twice, however it is written.
        (r#"{"alg":"ES256","alg":"ES256"}"#, false),
        (r#"{"alg":"none","\u0061lg":"ES256"}"#, false),
        (r#"{"alg":"ES256","x":1,"x":1}"#, false),
        (r#"{"alg":"ES256","x":{"a":1,"a":1}}"#, false),
        // O-148: keys are never taken from the token.
        (r#"{"alg":"ES256","jku":"https://evil.example/jwks"}"#, false),
        (r#"{"alg":"ES256","x5u":"https://evil.example/c"}"#, false),
        (r#"{"alg":"ES256","jwk":{"kty":"EC"}}"#, false),
        (r#"{"alg":"ES256","x5c":["AA"]}"#, false),
        (r#"{"alg":"ES256","\u006aku":"https://evil.example/jwks"}"#, false),
        // O-149: no extension is understood, so every crit refuses.
        (r#"{"alg":"ES256","crit":["exp"],"exp":1}"#, false),
        (r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, false),
        (r#"{"alg":"ES256","crit":[]}"#, false),
        (r#"{"alg":"ES256","crit":null}"#, false),
        (r#"{"alg":"ES256","b64":true}"#, false),
        (r#"{"alg":"ES256","zip":"DEF"}"#, false),
        (r#"{"alg":"ES256","x":[[[[[[[1]]]]]]]}"#, true),
        (r#"{"alg":"ES256","x":[[[[[[[[1]]]]]]]]}"#, false),
        (r#"["ES256"]"#, false),
        (r#""ES256""#, false),
        (r#"{"alg":"ES256"}x"#, false),
        ("", false),
    ] {
        let token = es256(header, PAYLOAD);
        assert_eq!(verified(&token, &key).is_ok(), expected, "{header:.80}");
    }
    assert!(CompactJws::parse(&es256("{\"alg\":\"ES256\"\u{a0}}", PAYLOAD)).is_err());
}

#[test]
fn a_token_has_three_parts_of_canonical_base64url() {
    let token = es256(r#"{"alg":"ES256"}"#, b"{}");
    let key = verifier(ES256);
    let [header, payload, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    // `{}` ends in two unused bits and the signature in four: the same bytes with one of those bits set.
    let trailing = |part: &str| {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let last = alphabet.iter().position(|c| Some(c) == part.as_bytes().last()).unwrap();
        format!("{}{}", &part[..part.len() - 1], alphabet[last + 1] as char)
    };
    for (text, expected) in [
        (token.clone(), true),
        (format!("{header}.{payload}"), false),
        (format!("{header}.{payload}."), false),
        (format!("{header}..{signature}"), false),
        (format!(".{payload}.{signature}"), false),
        (format!("{token}."), false),
        (format!(".{token}"), false),
        (format!("{token}.{signature}"), false),
        (format!("{header}..{payload}.{payload}.{signature}"), false),
        (".".repeat(1000), false),
        ("..".into(), false),
        (String::new(), false),
        (format!("{header}=.{payload}.{signature}"), false),
        (format!("{header}.{payload}=.{signature}"), false),
        (format!("{header}.{payload}.{signature}=="), false),
        (format!("{header}.{}.{signature}", trailing(payload)), false),
        (format!("{header}.{payload}.{}", trailing(signature)), false),
        (format!(" {token}"), false),
        (format!("{token}\n"), false),
        (format!("{header}.{payload} .{signature}"), false),
        (
            format!("{header}.{payload}.{}", signature.replace(['-', '_'], "+") + "+"),
            false,
        ),
    ] {
        assert_eq!(verified(&text, &key).is_ok(), expected, "{text:.120}");
    }
}

#[test]
fn a_token_is_at_most_16_kib() {
    let longest = (0..)
        .map(|n| 12_000 + n)
        .take_while(|n| es256(r#"{"alg":"ES256"}"#, &vec![b'x'; *n]).len() <= 16_384);
    let length = longest.last().unwrap();
    assert!(verified(&es256(r#"{"alg":"ES256"}"#, &vec![b'x'; length]), &verifier(ES256)).is_ok());
    assert!(CompactJws::parse(&es256(r#"{"alg":"ES256"}"#, &vec![b'x'; length + 1])).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in prop_oneof![".*", "[A-Za-z0-9_=+/. -]{0,400}", "([A-Za-z0-9_-]{0,40}\\.){0,6}"]) {
        if let Ok(read) = CompactJws::parse(&text) {
            prop_assert!(read.kid().is_none_or(|kid| kid.len() <= 128));
        }
    }

    #[test]
    fn no_header_makes_the_parser_panic(header in prop_oneof![".*", "\\{(\"[a-z0-9]{0,4}\":[\\[{\"0-9a-z}\\]]{0,6},?){0,6}\\}"]) {
        let token = format!("{}.e30.AAAA", encoded(&header));
        prop_assert!(CompactJws::parse(&token).is_err() || header.contains("alg"));
    }
}
