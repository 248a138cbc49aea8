//! Tokens nobody should make: any header and any payload, signed with a realm's own keys or with somebody else's.
use super::{App, prepare};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::sha::sha256;
use openssl::sign::Signer;
use serde_json::{Value, json};

/// Base64url without padding.
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The JSON in one part of a compact token: 0 is the header, 1 the payload of a JWS.
#[track_caller]
pub(crate) fn part_of(token: &str, part: usize) -> Value {
    let text = token.split('.').nth(part).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// The same object with a member set, or without it when the value is `Null`.
pub(crate) fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.into(), value);
    }
    object
}

/// A key pair, the name it goes by and its algorithm: ES256 or RS256.
pub(crate) struct ForgingKey {
    pub(crate) kid: String,
    pub(crate) alg: &'static str,
    pub(crate) pair: PKey<Private>,
}

impl ForgingKey {
    /// The key a realm signs with, stolen from its database together with the master key.
    pub(crate) fn of_realm(app: &App, tenant: &str, realm: &str, alg: &'static str) -> Self {
        let (kid, sealed): (String, Vec<u8>) = app.sql(|c| {
            let sql = "SELECT kid, sealed FROM signing_key WHERE tenant = ?1 AND realm = ?2 AND algorithm = ?3";
            c.query_row(sql, [tenant, realm, alg], |row| Ok((row.get(0)?, row.get(1)?)))
        });
        let context = format!("signing-key/{tenant}/{realm}/{kid}");
        let private = prepare::master_key().open(&context, &sealed).unwrap();
        let pair = PKey::private_key_from_pkcs8(&private).unwrap();
        Self { kid, alg, pair }
    }

    /// An ES256 key of an attacker's own, under any name.
    pub(crate) fn strange(kid: &str) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        Self {
            kid: kid.into(),
            alg: "ES256",
            pair: PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap(),
        }
    }

    /// The header of a token that says it is signed with this key.
    pub(crate) fn header(&self) -> Value {
        json!({"alg": self.alg, "typ": "at+jwt", "kid": self.kid})
    }

    /// A token with the usual header and these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_bytes(&self.header(), claims.to_string())
    }

    /// A token with any header and any bytes as its payload.
    pub(crate) fn sign_bytes(&self, header: &Value, payload: impl AsRef<[u8]>) -> String {
        self.sign_text(format!("{}.{}", base64url(header.to_string()), base64url(payload)))
    }

    /// Any text with its signature behind a dot.
    pub(crate) fn sign_text(&self, text: String) -> String {
        let signature = self.signature(text.as_bytes());
        format!("{text}.{}", base64url(signature))
    }

    /// The signature of RFC 7518 section 3.3 or 3.4.
    pub(crate) fn signature(&self, message: &[u8]) -> Vec<u8> {
        if self.pair.id() == Id::RSA {
            let mut signer = Signer::new(MessageDigest::sha256(), &self.pair).unwrap();
            return signer.sign_oneshot_to_vec(message).unwrap();
        }
        let signature = EcdsaSig::sign(&sha256(message), &self.pair.ec_key().unwrap()).unwrap();
        let half = |n: &openssl::bn::BigNumRef| n.to_vec_padded(32).unwrap();
        [half(signature.r()), half(signature.s())].concat()
    }

    /// The public half of an ES256 key as a JWK.
    pub(crate) fn jwk(&self) -> Value {
        let key = self.pair.ec_key().unwrap();
        let mut context = BigNumContext::new().unwrap();
        let (mut x, mut y) = (number(), number());
        key.public_key()
            .affine_coordinates(key.group(), &mut x, &mut y, &mut context)
            .unwrap();
        let text = |n: &openssl::bn::BigNum| base64url(n.to_vec_padded(32).unwrap());
        json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid, "x": text(&x), "y": text(&y)})
    }
}

fn number() -> openssl::bn::BigNum {
    openssl::bn::BigNum::new().unwrap()
}

/// A token "signed" with HMAC-SHA256 under a secret anybody knows.
pub(crate) fn hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    // A key that is padded with zeros is the same key (RFC 2104 section 2), and OpenSSL takes no empty one.
    let secret = if secret.is_empty() { &[0][..] } else { secret };
    let key = PKey::hmac(secret).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let tag = signer.sign_oneshot_to_vec(text.as_bytes()).unwrap();
    format!("{text}.{}", base64url(tag))
}
