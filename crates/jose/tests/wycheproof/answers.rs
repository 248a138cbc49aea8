//! The vectors that are `valid` and refused all the same: families that are not supported, and single vectors with their reasons.
use crate::vectors::{Kind, Vector};

/// A family that is not supported.
pub(crate) struct Rule {
    pub(crate) reason: &'static str,
    pub(crate) applies: fn(&Vector) -> bool,
}

/// One vector that is answered otherwise.
pub(crate) struct Explained {
    pub(crate) file: &'static str,
    pub(crate) id: u64,
    pub(crate) reason: &'static str,
}

pub(crate) const UNSUPPORTED: &[Rule] = &[
    Rule {
        reason: "JWE: nothing is opened but our own header (dir, A256GCM), so no key of another kind is ever tried",
        applies: |vector| vector.kind == Kind::Encryption,
    },
    Rule {
        reason: "HS256, HS384, HS512: no token is verified with a symmetric key",
        applies: |vector| vector.kind == Kind::Signature && keys_are(vector, "kty", &["oct"]),
    },
    Rule {
        reason: "RS384, RS512, PS384, PS512, P-521: signatures are RS256, PS256, ES256 or EdDSA",
        applies: |vector| keys_are(vector, "alg", &["RS384", "RS512", "PS384", "PS512", "ES521"]),
    },
];

pub(crate) const EXPLAINED: &[Explained] = &[
    Explained {
        file: "json_web_signature",
        id: 346,
        reason: "the key says PS256 and the token PS384: a key verifies its one algorithm (RFC 8725 section 3.1)",
    },
    Explained {
        file: "json_web_signature",
        id: 350,
        reason: "346 again, the key with key_ops",
    },
];

fn keys_are(vector: &Vector, member: &str, values: &[&str]) -> bool {
    vector
        .keys
        .iter()
        .all(|key| key[member].as_str().is_some_and(|value| values.contains(&value)))
}
