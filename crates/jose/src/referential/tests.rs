use super::*;
use josekit::jwe::{self, Dir, JweContext, JweHeader};
use proptest::prelude::*;

const PAYLOAD: &[u8] = br#"{"rid":"r1","sub":"u1"}"#;
const KEY: [u8; 32] = [7; 32];

fn key() -> ReferentialKey {
    ReferentialKey::new("2026-11", KEY).unwrap()
}

/// A JWE that josekit makes under our key, with any further header.
fn josekit_token(change: impl Fn(&mut JweHeader)) -> String {
    let mut header = JweHeader::new();
    header.set_content_encryption("A256GCM");
    change(&mut header);
    jwe::serialize_compact(PAYLOAD, &header, &Dir.encrypter_from_bytes(KEY).unwrap()).unwrap()
}

#[test]
fn what_we_seal_opens_here_and_in_josekit() {
    for payload in [PAYLOAD, b"", &[0xFF; 5000]] {
        let token = key().seal(payload).unwrap();
        assert_eq!(token.len(), token.capacity(), "allocated once");
        assert_eq!(key().open(&token).unwrap(), payload);
        let mut context = JweContext::new();
        context.remove_compression("DEF");
        let (read, header) = context
            .deserialize_compact(&token, &*Dir.decrypter_from_bytes(KEY).unwrap())
            .unwrap();
        assert_eq!(
            (&read[..], header.content_type(), header.key_id()),
            (payload, Some("at+jwt"), Some("2026-11"))
        );
    }
}

#[test]
fn two_tokens_of_one_payload_differ() {
    assert_ne!(key().seal(PAYLOAD).unwrap(), key().seal(PAYLOAD).unwrap());
}

#[test]
fn every_altered_character_is_seen() {
    let token = key().seal(PAYLOAD).unwrap();
    for at in 0..token.len() {
        for other in ["A", "Q", "_", ".", "=", " ", "é"] {
            let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert!(altered == token || key().open(&altered).is_err(), "{at} {other}");
        }
        assert!(key().open(&token[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn altered_bytes_of_iv_ciphertext_and_tag_are_seen() {
    let token = key().seal(PAYLOAD).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    for part in [2, 3, 4] {
        let bytes = URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let altered = URL_SAFE_NO_PAD.encode(altered);
            let mut parts = parts.clone();
            parts[part] = &altered;
            assert_eq!(
                key().open(&parts.join(".")),
                Err(JoseError::Sealed),
                "part {part} byte {at}"
            );
        }
    }
}

#[test]
fn tags_and_nonces_have_their_whole_length() {
    let token = key().seal(PAYLOAD).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    for (part, lengths) in [(2, &[0, 1, 11, 13, 16][..]), (4, &[0, 1, 4, 12, 15, 17])] {
        for length in lengths {
            let mut bytes = URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
            bytes.resize(*length, 0);
            let changed = URL_SAFE_NO_PAD.encode(bytes);
            let mut parts = parts.clone();
            parts[part] = &changed;
            assert!(
                matches!(key().open(&parts.join(".")), Err(JoseError::Malformed(_))),
                "part {part} of {length}"
            );
        }
    }
}

#[test]
fn any_other_header_is_refused_even_under_our_key() {
    let ours = |header: &mut JweHeader| {
        header.set_content_type("at+jwt");
        header.set_key_id("2026-11");
    };
    for token in [
        josekit_token(|_| {}),
        josekit_token(ours),
        josekit_token(|header| {
            ours(header);
            header.set_compression("DEF");
        }),
        josekit_token(|header| {
            ours(header);
            header.set_token_type("JWT");
        }),
    ] {
        assert!(
            matches!(key().open(&token), Err(JoseError::Malformed(_))),
            "{token:.120}"
        );
        assert_eq!(token.split('.').count(), 5);
    }
    let sealed = key().seal(PAYLOAD).unwrap();
    let (header, rest) = sealed.split_once('.').unwrap();
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    assert_eq!(json, r#"{"alg":"dir","enc":"A256GCM","cty":"at+jwt","kid":"2026-11"}"#);
    for changed in [
        json.replace("}", r#","zip":"DEF"}"#),
        json.replace("dir", "PBES2-HS256+A128KW"),
        json.replace("A256GCM", "A128GCM"),
        json.replace(',', ", "),
    ] {
        let token = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(changed));
        assert!(matches!(key().open(&token), Err(JoseError::Malformed(_))), "{token}");
    }
    assert!(
        key().open(&sealed.replacen("..", ".AA.", 1)).is_err(),
        "an encrypted key is there"
    );
}

#[test]
fn another_key_or_kid_does_not_open() {
    let token = key().seal(PAYLOAD).unwrap();
    assert_eq!(
        ReferentialKey::new("2026-11", [8; 32]).unwrap().open(&token),
        Err(JoseError::Sealed)
    );
    assert!(matches!(
        ReferentialKey::new("2026-12", KEY).unwrap().open(&token),
        Err(JoseError::Malformed(_))
    ));
    for kid in ["", "a\"b", "a b", &"k".repeat(129)] {
        assert!(ReferentialKey::new(kid, KEY).is_err(), "{kid}");
    }
}

#[test]
fn no_token_is_longer_than_what_is_read() {
    let longest = (12_000..)
        .take_while(|length| key().seal(&vec![b'x'; *length]).is_ok())
        .last()
        .unwrap();
    let token = key().seal(&vec![b'x'; longest]).unwrap();
    assert!(
        token.len() <= MAX_TOKEN_LENGTH && token.len() > MAX_TOKEN_LENGTH - 4,
        "{}",
        token.len()
    );
    assert_eq!(key().open(&token).unwrap().len(), longest);
    assert!(key().open(&format!("{token}{}", "A".repeat(8))).is_err());
}

#[test]
fn debug_prints_the_kid_only() {
    assert_eq!(format!("{:?}", key()), "ReferentialKey(2026-11)");
}

proptest! {
    #[test]
    fn no_text_makes_open_panic(text in prop_oneof![".*", "[A-Za-z0-9_=. -]{0,400}"]) {
        prop_assert!(key().open(&text).is_err());
    }

    #[test]
    fn nothing_behind_our_header_makes_open_panic(rest in prop_oneof![".*", "([A-Za-z0-9_-]{0,40}\\.){0,4}[A-Za-z0-9_-]{0,30}"]) {
        let token = format!("{}..{rest}", key().header);
        prop_assert!(key().open(&token).is_err());
    }
}
