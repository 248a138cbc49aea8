//! What introspection cannot do without: an authenticated form, and the token opened or its signature verified. The payload
//! is answered as it is; nothing in it is read.
use crate::client::authenticated;
use crate::keys::Keys;
use crate::token::SEALED;
use crate::{answer, refusal};
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use aws_lc_rs::aead::{Aad, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use openssl::hash::MessageDigest;
use openssl::sign::Verifier;

/// A referential token: a JWE with `dir` and `A256GCM`.
pub(crate) async fn open(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    describe(&keys, &body, |token| {
        let mut parts = token.strip_prefix(SEALED)?.strip_prefix("..")?.split('.');
        let nonce: [u8; 12] = decode(parts.next()?)?.try_into().ok()?;
        let mut payload = decode(parts.next()?)?;
        let tag = decode(parts.next()?)?;
        let unique = Nonce::assume_unique_for_key(nonce);
        keys.sealing
            .open_in_place_separate_tag(unique, Aad::from(SEALED), &tag, &mut payload)
            .ok()?;
        Some(payload)
    })
}

pub(crate) async fn verify_rs256(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    describe(&keys, &body, |token| {
        verified(token, |input, signature| {
            let mut verifier = Verifier::new(MessageDigest::sha256(), &keys.rsa_public).ok()?;
            verifier.verify_oneshot(signature, input).ok()?.then_some(())
        })
    })
}

pub(crate) async fn verify_es256(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    describe(&keys, &body, |token| {
        verified(token, |input, signature| {
            keys.p256_public.verify_sig(input, signature).ok()
        })
    })
}

pub(crate) async fn verify_eddsa(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    describe(&keys, &body, |token| {
        verified(token, |input, signature| {
            keys.ed25519_public.verify_sig(input, signature).ok()
        })
    })
}

fn describe(keys: &Keys, body: &[u8], payload: impl FnOnce(&str) -> Option<Vec<u8>>) -> HttpResponse {
    let Some(form) = authenticated(keys, body) else {
        return refusal();
    };
    let claims = payload(form.token).and_then(|bytes| String::from_utf8(bytes).ok());
    answer(match claims {
        Some(claims) => format!(r#"{{"active":true,{}"#, &claims[1..]),
        None => r#"{"active":false}"#.to_owned(),
    })
}

fn verified(token: &str, check: impl FnOnce(&[u8], &[u8]) -> Option<()>) -> Option<Vec<u8>> {
    let (input, signature) = token.rsplit_once('.')?;
    check(input.as_bytes(), &decode(signature)?)?;
    decode(input.split_once('.')?.1)
}

fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64URL.decode(part).ok()
}
