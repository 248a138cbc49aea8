//! The keys, made at start and parsed once, and the clients.
use crate::client::{ID, SECRET};
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    ParsedPublicKey,
};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use std::collections::HashMap;

pub(crate) struct Keys {
    pub(crate) clients: HashMap<String, [u8; 32]>,
    pub(crate) random: SystemRandom,
    pub(crate) rsa: PKey<Private>,
    pub(crate) rsa_public: PKey<Public>,
    pub(crate) p256: PKey<Private>,
    pub(crate) p256_aws: EcdsaKeyPair,
    pub(crate) p256_public: ParsedPublicKey,
    pub(crate) ed25519: Ed25519KeyPair,
    pub(crate) ed25519_public: ParsedPublicKey,
    pub(crate) sealing: LessSafeKey,
}

impl Keys {
    pub(crate) fn generate() -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("P-256");
        let p256 = PKey::from_ec_key(EcKey::generate(&group).expect("a P-256 key")).expect("a key");
        let der = p256.private_key_to_pkcs8().expect("PKCS#8");
        let p256_aws = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).expect("a P-256 key");
        let ed25519 = Ed25519KeyPair::generate().expect("an Ed25519 key");
        let rsa = Rsa::generate(2048).expect("an RSA key");
        let rsa_public = Rsa::from_public_components(
            rsa.n().to_owned().expect("a number"),
            rsa.e().to_owned().expect("a number"),
        );
        let public = |algorithm, bytes: &[u8]| ParsedPublicKey::new(algorithm, bytes).expect("a public key");
        let mut sealing = [0; 32];
        aws_lc_rs::rand::fill(&mut sealing).expect("randomness");
        Self {
            clients: HashMap::from([(ID.to_owned(), sha256(SECRET))]),
            random: SystemRandom::new(),
            rsa: PKey::from_rsa(rsa).expect("a key"),
            rsa_public: PKey::from_rsa(rsa_public.expect("a public key")).expect("a key"),
            p256_public: public(&ECDSA_P256_SHA256_FIXED, p256_aws.public_key().as_ref()),
            p256,
            p256_aws,
            ed25519_public: public(&ED25519, ed25519.public_key().as_ref()),
            ed25519,
            sealing: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &sealing).expect("32 bytes")),
        }
    }
}
