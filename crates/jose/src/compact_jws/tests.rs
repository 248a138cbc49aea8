//! Signatures: whose they are, and what they cover.
use super::*;
use crate::SigningAlgorithm::{self, ES256, EdDSA, PS256, RS256};
use crate::test_keys::{key, private, verifier};
use crate::{PublicJwk, SigningKey, TokenType, generate, jwks_document};
use josekit::jws::{self, JwsHeader, JwsSigner, JwsVerifier};

mod form;

const PAYLOAD: &[u8] = br#"{"iss":"https://id.example","sub":"u1"}"#;

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// josekit's own signer of the same private key: an implementation that shares no code with ours for the curves.
fn josekit_signer(algorithm: SigningAlgorithm) -> Box<dyn JwsSigner> {
    let der = private(algorithm);
    match algorithm {
        RS256 => Box::new(jws::RS256.signer_from_der(der).unwrap()),
        PS256 => Box::new(jws::PS256.signer_from_der(der).unwrap()),
        ES256 => Box::new(jws::ES256.signer_from_der(der).unwrap()),
        EdDSA => Box::new(jws::EdDSA.signer_from_der(der).unwrap()),
    }
}

fn josekit_verifier(jwk: &PublicJwk) -> Box<dyn JwsVerifier> {
    let jwk_json = jwks_document(std::slice::from_ref(jwk));
    let set = josekit::jwk::JwkSet::from_bytes(jwk_json).unwrap();
    let read = set.get(jwk.kid())[0];
    match jwk.algorithm() {
        RS256 => Box::new(jws::RS256.verifier_from_jwk(read).unwrap()),
        PS256 => Box::new(jws::PS256.verifier_from_jwk(read).unwrap()),
        ES256 => Box::new(jws::ES256.verifier_from_jwk(read).unwrap()),
        EdDSA => Box::new(jws::EdDSA.verifier_from_jwk(read).unwrap()),
    }
}

/// A token under any header and payload, correctly signed by the ES256 key, so that only its form can refuse it.
fn es256(header: &str, payload: &[u8]) -> String {
    let input = format!("{}.{}", encoded(header), encoded(payload));
    let signature = josekit_signer(ES256).sign(input.as_bytes()).unwrap();
    format!("{input}.{}", encoded(signature))
}

fn verified(token: &str, key: &VerificationKey) -> Result<Vec<u8>, JoseError> {
    CompactJws::parse(token)?.verify(key)
}

#[test]
fn what_we_sign_verifies_here_and_in_josekit() {
    for algorithm in SigningAlgorithm::ALL {
        let key = key(*algorithm);
        for (kind, typ) in [(TokenType::AccessToken, "at+jwt"), (TokenType::IdToken, "JWT")] {
            for payload in [PAYLOAD, b"", &[0xFF; 3000]] {
                let token = key.sign(kind, payload).unwrap();
                let parsed = CompactJws::parse(&token).unwrap();
                assert_eq!(
                    (parsed.kid(), parsed.typ()),
                    (Some(key.kid()), Some(typ)),
                    "{algorithm}"
                );
                assert_eq!(parsed.verify(&verifier(*algorithm)).unwrap(), payload, "{algorithm}");
                let theirs = josekit_verifier(key.public());
                let (read, header) = jws::deserialize_compact(&token, &*theirs).unwrap();
                assert_eq!((&read[..], header.token_type()), (payload, Some(typ)), "{algorithm}");
            }
        }
    }
}

#[test]
fn what_josekit_signs_verifies_here() {
    for algorithm in SigningAlgorithm::ALL {
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        let token = jws::serialize_compact(PAYLOAD, &header, &*josekit_signer(*algorithm)).unwrap();
        assert_eq!(verified(&token, &verifier(*algorithm)).unwrap(), PAYLOAD, "{algorithm}");
    }
}

#[test]
fn the_example_of_rfc_7515_appendix_a_3_verifies() {
    let jwk = r#"{"kty":"EC","use":"sig","alg":"ES256","kid":"a3","crv":"P-256",
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let key = VerificationKey::from_jwk(&serde_json::from_str(jwk).unwrap()).unwrap();
    let token = concat!(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    assert!(verified(token, &key).unwrap().starts_with(br#"{"iss":"joe""#));
}

#[test]
fn every_altered_character_is_seen() {
    for algorithm in SigningAlgorithm::ALL {
        let (token, key) = (
            key(*algorithm).sign(TokenType::AccessToken, PAYLOAD).unwrap(),
            verifier(*algorithm),
        );
        for at in 0..token.len() {
            for other in ["A", "Q", "_", ".", "=", " ", "\n", "é"] {
                let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
                assert!(
                    altered == token || verified(&altered, &key).is_err(),
                    "{algorithm} {at} {other}"
                );
            }
            assert!(verified(&token[..at], &key).is_err(), "{algorithm} cut at {at}");
        }
    }
}

#[test]
fn only_the_key_that_signed_verifies() {
    for signed in SigningAlgorithm::ALL {
        let token = key(*signed).sign(TokenType::AccessToken, PAYLOAD).unwrap();
        for asked in SigningAlgorithm::ALL {
            assert_eq!(
                verified(&token, &verifier(*asked)).is_ok(),
                signed == asked,
                "{signed} by {asked}"
            );
        }
    }
    // O-146: a foreign key under our kid.
    for algorithm in [ES256, EdDSA] {
        let foreign =
            SigningKey::from_pkcs8(algorithm, key(algorithm).kid(), &generate(algorithm).unwrap().private).unwrap();
        let token = foreign.sign(TokenType::AccessToken, PAYLOAD).unwrap();
        assert_eq!(
            verified(&token, &verifier(algorithm)),
            Err(JoseError::Signature),
            "{algorithm}"
        );
    }
}

#[test]
fn rs256_and_ps256_of_one_key_are_not_interchangeable() {
    let der = private(RS256);
    let (rs, ps) = (
        SigningKey::from_pkcs8(RS256, "k", der).unwrap(),
        SigningKey::from_pkcs8(PS256, "k", der).unwrap(),
    );
    let relabelled = |token: String, from: &str, to: &str| {
        let (header, rest) = token.split_once('.').unwrap();
        let header = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap())
            .unwrap()
            .replace(from, to);
        format!("{}.{rest}", encoded(header))
    };
    let rs_as_ps = relabelled(rs.sign(TokenType::IdToken, PAYLOAD).unwrap(), "RS256", "PS256");
    let ps_as_rs = relabelled(ps.sign(TokenType::IdToken, PAYLOAD).unwrap(), "PS256", "RS256");
    for (token, key) in [(rs_as_ps, &ps), (ps_as_rs, &rs)] {
        let key = VerificationKey::from_jwk(key.public()).unwrap();
        assert_eq!(verified(&token, &key), Err(JoseError::Signature));
    }
}

#[test]
fn a_public_key_is_never_an_hmac_secret() {
    let public = key(RS256).public();
    let pem = openssl::pkey::PKey::private_key_from_pkcs8(private(RS256))
        .unwrap()
        .public_key_to_pem()
        .unwrap();
    for secret in [
        pem,
        serde_json::to_vec(public).unwrap(),
        jwks_document(std::slice::from_ref(public)),
    ] {
        let signer = jws::HS256.signer_from_bytes(secret).unwrap();
        let token = jws::serialize_compact(PAYLOAD, &JwsHeader::new(), &signer).unwrap();
        assert!(CompactJws::parse(&token).is_err());
    }
}

#[test]
fn es256_signatures_are_64_bytes_of_two_numbers_in_range() {
    let input = format!("{}.{}", encoded(r#"{"alg":"ES256"}"#), encoded(PAYLOAD));
    let sound = josekit_signer(ES256).sign(input.as_bytes()).unwrap();
    let (r, s) = sound.split_at(32);
    let order = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD,
        0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ];
    let number = |bytes: &[u8]| openssl::bn::BigNum::from_slice(bytes).unwrap();
    let der = openssl::ecdsa::EcdsaSig::from_private_components(number(r), number(s))
        .unwrap()
        .to_der()
        .unwrap();
    for (name, signature, expected) in [
        ("sound", sound.clone(), true),
        ("r = s = 0", vec![0; 64], false),
        ("r = 0", [&[0; 32], s].concat(), false),
        ("s = 0", [r, &[0; 32]].concat(), false),
        ("r = n", [&order, s].concat(), false),
        ("s = n", [r, &order].concat(), false),
        ("r = s = n", [order, order].concat(), false),
        ("all ones", vec![0xFF; 64], false),
        ("swapped", [s, r].concat(), false),
        ("DER", der, false),
        ("63 bytes", sound[..63].to_vec(), false),
        ("65 bytes", [&sound[..], &[0]].concat(), false),
        ("66 bytes, padded", [&[0], r, &[0], s].concat(), false),
        ("r alone", r.to_vec(), false),
        ("one byte", vec![1], false),
    ] {
        let token = format!("{input}.{}", encoded(signature));
        assert_eq!(verified(&token, &verifier(ES256)).is_ok(), expected, "{name}");
    }
}

#[test]
fn rsa_and_ed25519_signatures_have_their_length() {
    for algorithm in [RS256, PS256, EdDSA] {
        let token = key(algorithm).sign(TokenType::IdToken, PAYLOAD).unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let sound = URL_SAFE_NO_PAD.decode(signature).unwrap();
        for wrong in [
            &sound[1..],
            &sound[..sound.len() - 1],
            &[&sound[..], &[0]].concat(),
            &[&[0], &sound[..]].concat(),
        ] {
            let token = format!("{input}.{}", encoded(wrong));
            assert_eq!(
                verified(&token, &verifier(algorithm)),
                Err(JoseError::Signature),
                "{algorithm} {}",
                wrong.len()
            );
        }
        let zeros = format!("{input}.{}", encoded(vec![0; sound.len()]));
        assert_eq!(
            verified(&zeros, &verifier(algorithm)),
            Err(JoseError::Signature),
            "{algorithm}"
        );
    }
}
