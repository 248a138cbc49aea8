//! Tokens and keys: whatever is accepted was made by a key, and reads back as it was.
use crate::text;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_flows::page_token;
use grantor_flows::refresh_tokens::{RefreshToken, read_under, text_under};
use grantor_jose::{CompactJws, MacKey, PublicJwk, ReferentialKey, VerificationKey, parse_claims};
use grantor_protocol::UnixMillis;
use grantor_protocol::management::token_list::Position;
use std::sync::LazyLock;

/// RFC 7515 appendix A.3.
const ES256: &str = r#"{"kty":"EC","use":"sig","alg":"ES256","kid":"a3","crv":"P-256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
/// RFC 8037 appendix A.2.
const EDDSA: &str = r#"{"kty":"OKP","use":"sig","alg":"EdDSA","kid":"a4","crv":"Ed25519",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// What these keys are known to have signed, in base64url: the payloads of RFC 7515 appendix A.3 and RFC 8037 appendix A.4.
const SIGNED: [&str; 2] = [
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
    "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
];

static KEYS: LazyLock<Vec<VerificationKey>> = LazyLock::new(|| {
    let key = |text| VerificationKey::from_jwk(&serde_json::from_str(text).expect("a JWK")).expect("a key");
    vec![key(ES256), key(EDDSA)]
});

static SEALING: LazyLock<ReferentialKey> = LazyLock::new(|| ReferentialKey::new("fuzz", [7; 32]).expect("a key"));

pub(crate) fn jws(data: &[u8]) {
    let token = text(data);
    let Ok(parsed) = CompactJws::parse(&token) else {
        return;
    };
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    for part in &parts {
        let decoded = URL_SAFE_NO_PAD.decode(part).expect("canonical base64url");
        assert_eq!(URL_SAFE_NO_PAD.encode(decoded), **part);
    }
    assert!(parsed.kid().is_none_or(|kid| kid.len() <= 128));
    let header = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[0]).expect("decoded above")).expect("JSON is UTF-8");
    let read: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&header).expect("an object");
    for refused in ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip"] {
        assert!(!read.contains_key(refused), "{header}");
    }
    for key in KEYS.iter() {
        if let Ok(payload) = parsed.verify(key) {
            assert_eq!(URL_SAFE_NO_PAD.encode(payload), parts[1]);
            assert!(SIGNED.contains(&parts[1]), "a forgery");
        }
    }
}

pub(crate) fn claims(data: &[u8]) {
    use serde_json::{Map, Value};
    let Ok(read) = parse_claims::<Map<String, Value>>(data) else {
        return;
    };
    let theirs: Value = serde_json::from_slice(data).expect("JSON");
    assert_eq!(Value::Object(read.clone()), theirs);
    let written = serde_json::to_vec(&read).expect("written");
    if let Ok(again) = parse_claims::<Map<String, Value>>(&written) {
        // serde_json may read the last digit of a fraction differently.
        assert!(again == read || written.contains(&b'.') || written.contains(&b'e'));
    } else {
        assert!(
            written.len() > grantor_jose::MAX_PAYLOAD_LENGTH,
            "what is written is read"
        );
    }
}

pub(crate) fn jwe(data: &[u8]) {
    let token = text(data);
    if let Ok(payload) = SEALING.open(&token) {
        assert_eq!(payload, b"{\"fuzz\":true}", "a forgery");
        assert_eq!(token.split('.').count(), 5);
    }
    if let Ok(sealed) = SEALING.seal(data) {
        assert_eq!(SEALING.open(&sealed).as_deref(), Ok(data));
    }
}

pub(crate) fn jwk(data: &[u8]) {
    let Ok(jwk) = serde_json::from_slice::<PublicJwk>(data) else {
        return;
    };
    let written = serde_json::to_vec(&jwk).expect("a JWK is written");
    assert_eq!(serde_json::from_slice::<PublicJwk>(&written).expect("and read"), jwk);
    assert_eq!(jwk.thumbprint().len(), 43);
    for private in ["\"d\"", "\"p\"", "\"q\"", "\"k\""] {
        assert!(!String::from_utf8_lossy(&written).contains(&format!("{private}:")));
    }
    let Ok(key) = VerificationKey::from_jwk(&jwk) else {
        return;
    };
    assert_eq!((key.kid(), key.algorithm()), (jwk.kid(), jwk.algorithm()));
    let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{}"}}"#, key.algorithm()));
    for signature in ["AA".to_owned(), "A".repeat(86), "A".repeat(342)] {
        let token = format!("{header}.e30.{signature}");
        let verified = CompactJws::parse(&token).map(|parsed| parsed.verify(&key));
        assert!(!matches!(verified, Ok(Ok(_))), "a signature of zeros");
    }
}

fn refresh_mac(grant: &[u8; 16], generation: &[u8; 8]) -> [u8; 32] {
    MacKey::from_bytes([7; 32]).mac("fuzz", &[grant, generation])
}

pub(crate) fn refresh_token(data: &[u8]) {
    /// Generations of the tokens in the corpus; their grants are zeros.
    const MADE: [i64; 3] = [0, 1, i64::MAX];
    let mac = refresh_mac;
    let text = text(data);
    if let Some(read) = read_under(mac, &text) {
        assert!(
            read.grant == "A".repeat(22) && MADE.contains(&read.generation),
            "a forgery"
        );
        assert_eq!(
            text_under(mac, &read).as_deref(),
            Some(&*text),
            "two texts for one token"
        );
    }
    let (grant, generation) = data.split_at(data.len().min(16));
    let generation = generation.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
    let grant = URL_SAFE_NO_PAD.encode(grant);
    let token = RefreshToken { grant, generation };
    match text_under(mac, &token) {
        Some(written) => assert_eq!(read_under(mac, &written), Some(token)),
        None => assert_ne!(token.grant.len(), 22, "a grant's id has 16 bytes"),
    }
}

/// When the page tokens of the corpus were made.
const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn page_mac(signed: &[u8]) -> [u8; 16] {
    let whole = MacKey::from_bytes([7; 32]).mac("fuzz", &[signed]);
    let mut cut = [0; 16];
    cut.copy_from_slice(&whole[..16]);
    cut
}

pub(crate) fn page_token(data: &[u8]) {
    let mac = page_mac;
    let text = text(data);
    if let Some(position) = page_token::read_under(mac, &text, NOW) {
        assert!(["", "token-1"].contains(&&*position.id), "a forgery");
        let read_later = page_token::read_under(mac, &text, NOW.plus_seconds(7 * 86_400));
        assert_eq!(read_later, None, "older than a week");
    }
    let (issued_at, id) = data.split_at(data.len().min(8));
    let issued_at = UnixMillis(issued_at.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes)));
    let id = String::from_utf8_lossy(id).into_owned();
    let position = Position { issued_at, id };
    let made = page_token::make_under(mac, &position, NOW);
    match page_token::read_under(mac, &made, NOW) {
        Some(read) => assert_eq!(read, position),
        None => assert!(made.len() > 512, "what is made is read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without these the fuzzer would see no token beyond its signature or MAC.
    #[test]
    fn the_sound_tokens_of_the_corpus_are_read() {
        let jws = |token: &str, key: usize| {
            CompactJws::parse(token)
                .and_then(|parsed| parsed.verify(&KEYS[key]))
                .is_ok()
        };
        assert!(jws(include_str!("../../corpus/jws/rfc7515_a3"), 0));
        assert!(jws(include_str!("../../corpus/jws/rfc8037_a4"), 1));
        assert!(SEALING.open(include_str!("../../corpus/jwe/sound")).is_ok());
        assert!(read_under(refresh_mac, include_str!("../../corpus/refresh_token/generation_1")).is_some());
        assert!(page_token::read_under(page_mac, include_str!("../../corpus/page_token/sound"), NOW).is_some());
    }
}
