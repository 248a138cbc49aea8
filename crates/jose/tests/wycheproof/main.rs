//! Project Wycheproof's JOSE vectors against this crate: each `invalid` is refused, each `valid` of an algorithm of ours accepted.
//!
//! Owns: asking the crate, and comparing. `vectors` reads the files, `answers` lists what is answered otherwise and why.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that fails")]
mod answers;
mod vectors;

use answers::{EXPLAINED, UNSUPPORTED};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_jose::{CompactJws, PublicJwk, ReferentialKey, VerificationKey};
use serde_json::{Value, json};
use vectors::{Kind, Vector};

/// How the vectors were answered.
#[derive(Debug, Default, PartialEq)]
struct Summary {
    accepted: usize,
    refused: usize,
    /// Of these, how many were well-formed enough to be refused by the signature check.
    refused_by_signature: usize,
    unsupported: usize,
    explained: usize,
}

#[test]
fn every_vector_is_answered_as_it_says_or_is_explained() {
    // covers: O-165
    let mut summary = Summary::default();
    let mut wrong = Vec::new();
    let mut used = vec![0; UNSUPPORTED.len() + EXPLAINED.len()];
    for vector in vectors::all() {
        let accepted = accepts(&vector);
        let rule = UNSUPPORTED.iter().position(|rule| (rule.applies)(&vector));
        let named = EXPLAINED
            .iter()
            .position(|e| (e.file, e.id) == (vector.file, vector.id));
        match (vector.valid, accepted, rule, named) {
            (true, true, ..) => summary.accepted += 1,
            (false, false, ..) => {
                let reached = vector.keys.iter().any(|key| verified(&vector, key).is_some());
                summary.refused += 1;
                summary.refused_by_signature += usize::from(reached);
            }
            (true, false, Some(rule), None) => {
                used[rule] += 1;
                summary.unsupported += 1;
            }
            (true, false, None, Some(named)) => {
                used[UNSUPPORTED.len() + named] += 1;
                summary.explained += 1;
            }
            _ => wrong.push(format!(
                "{vector} was {}",
                if accepted { "accepted" } else { "refused" }
            )),
        }
    }
    println!("{summary:?}");
    for (rule, count) in UNSUPPORTED.iter().zip(&used) {
        println!("{count:4} unsupported: {}", rule.reason);
    }
    assert_eq!(
        wrong, [""; 0],
        "answered otherwise than the vector says, for no listed reason"
    );
    let reasons = UNSUPPORTED
        .iter()
        .map(|r| r.reason)
        .chain(EXPLAINED.iter().map(|e| e.reason));
    let stale: Vec<&str> = reasons
        .zip(used)
        .filter(|(_, n)| *n == 0)
        .map(|(text, _)| text)
        .collect();
    assert_eq!(stale, [""; 0], "explanations that explain nothing any more");
    let expected = Summary {
        accepted: 19,
        refused: 527,
        refused_by_signature: 294,
        unsupported: 101,
        explained: 2,
    };
    assert_eq!(summary, expected, "of 649 vectors");
}

/// Whether this crate takes the token under one of the vector's keys.
fn accepts(vector: &Vector) -> bool {
    match vector.kind {
        Kind::Signature => vector.keys.iter().any(|key| verified(vector, key) == Some(true)),
        Kind::Encryption => {
            assert!(CompactJws::parse(&vector.token).is_err(), "{vector}: a JWE is no JWS");
            vector.keys.iter().any(|key| opens(vector, key))
        }
    }
}

/// Whether the token verifies under the key; `None` when one of the two is not even read.
fn verified(vector: &Vector, key: &Value) -> Option<bool> {
    // Read whatever the key is: no text of the vectors may do more than be refused.
    let parsed = CompactJws::parse(&vector.token);
    let jwk: PublicJwk = serde_json::from_value(completed(key)).ok()?;
    let key = VerificationKey::from_jwk(&jwk).ok()?;
    let parsed = parsed.ok()?;
    let Ok(payload) = parsed.verify(&key) else {
        return Some(false);
    };
    let sent = vector.token.split('.').nth(1).unwrap();
    assert_eq!(
        payload,
        URL_SAFE_NO_PAD.decode(sent).unwrap(),
        "{vector}: another payload"
    );
    Some(true)
}

/// `PublicJwk` is our own form of a key and wants `use`; a vector's key may leave it out or say the same by `key_ops`.
fn completed(key: &Value) -> Value {
    let mut key = key.clone();
    if key.get("use").is_none() && key.get("key_ops").is_none_or(|ops| *ops == json!(["verify"])) {
        let members = key.as_object_mut().unwrap();
        members.remove("key_ops");
        members.insert("use".into(), json!("sig"));
    }
    key
}

fn opens(vector: &Vector, key: &Value) -> bool {
    let secret = key["k"].as_str().and_then(|k| URL_SAFE_NO_PAD.decode(k).ok());
    let secret = secret.and_then(|k| <[u8; 32]>::try_from(k).ok()).unwrap_or([7; 32]);
    let kid = key["kid"].as_str().unwrap();
    ReferentialKey::new(kid, secret).unwrap().open(&vector.token).is_ok()
}
