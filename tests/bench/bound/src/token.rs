//! The token endpoint: an authenticated form, claims, one signature or seal.
use crate::client::{Form, authenticated};
use crate::keys::Keys;
use crate::{answer, refusal};
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use aws_lc_rs::aead::{Aad, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use std::time::{SystemTime, UNIX_EPOCH};

/// `{"alg":"…","typ":"at+jwt","kid":"k1"}`, encoded.
const RS256: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0";
const ES256: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0";
const EDDSA: &str = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0";
/// `{"alg":"dir","enc":"A256GCM"}`, encoded.
pub(crate) const SEALED: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0";

pub(crate) async fn none(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    issue(&keys, &body, |_| "x".to_owned())
}

pub(crate) async fn rs256(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    issue(&keys, &body, |claims| {
        jws(RS256, claims, |input| openssl_signature(&keys.rsa, input))
    })
}

pub(crate) async fn es256(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    issue(&keys, &body, |claims| {
        jws(ES256, claims, |input| {
            let der = openssl_signature(&keys.p256, input);
            let signature = EcdsaSig::from_der(&der).expect("a signature");
            let half = |number: &openssl::bn::BigNumRef| number.to_vec_padded(32).expect("32 bytes");
            [half(signature.r()), half(signature.s())].concat()
        })
    })
}

pub(crate) async fn es256_aws(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    issue(&keys, &body, |claims| {
        jws(ES256, claims, |input| {
            keys.p256_aws.sign(&keys.random, input).expect("a signature")
        })
    })
}

pub(crate) async fn eddsa_aws(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    issue(&keys, &body, |claims| {
        jws(EDDSA, claims, |input| keys.ed25519.sign(input))
    })
}

pub(crate) async fn referential(keys: Data<Keys>, body: Bytes) -> HttpResponse {
    issue(&keys, &body, |claims| {
        let mut nonce = [0; 12];
        aws_lc_rs::rand::fill(&mut nonce).expect("randomness");
        let mut sealed = claims.as_bytes().to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        let tag = keys
            .sealing
            .seal_in_place_separate_tag(unique, Aad::from(SEALED), &mut sealed)
            .expect("sealed");
        let mut token = String::with_capacity(700);
        token.push_str(SEALED);
        token.push('.');
        for part in [&nonce[..], &sealed, tag.as_ref()] {
            token.push('.');
            BASE64URL.encode_string(part, &mut token);
        }
        token
    })
}

fn issue(keys: &Keys, body: &[u8], make: impl FnOnce(&str) -> String) -> HttpResponse {
    let form = authenticated(keys, body).filter(|form| form.grant_type == "client_credentials");
    let Some(form) = form else { return refusal() };
    let token = make(&claims(&form));
    answer(format!(
        r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"scope":"{}"}}"#,
        form.scope
    ))
}

fn claims(form: &Form<'_>) -> String {
    let (id, scope) = (form.client_id, form.scope);
    let mut random = [0; 24];
    aws_lc_rs::rand::fill(&mut random).expect("randomness");
    let jti = BASE64URL.encode(random);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let end = now + 3600;
    format!(
        r#"{{"iss":"http://127.0.0.1:4100","sub":"{id}","aud":"urn:bench:api","exp":{end},"iat":{now},"nbf":{now},"jti":"{jti}","client_id":"{id}","scope":"{scope}"}}"#
    )
}

fn jws<S: AsRef<[u8]>>(header: &str, claims: &str, sign: impl FnOnce(&[u8]) -> S) -> String {
    let mut token = String::with_capacity(700);
    token.push_str(header);
    token.push('.');
    BASE64URL.encode_string(claims, &mut token);
    let signature = sign(token.as_bytes());
    token.push('.');
    BASE64URL.encode_string(signature, &mut token);
    token
}

fn openssl_signature(key: &PKey<Private>, input: &[u8]) -> Vec<u8> {
    let mut signer = Signer::new(MessageDigest::sha256(), key).expect("a signer");
    signer.sign_oneshot_to_vec(input).expect("a signature")
}
