//! The master key: it seals the data keys and signing keys that the store keeps, and nothing that is hot.
use crate::{JoseError, MacKey};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{NO_PAD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose};
use zeroize::Zeroizing;

/// What sealed bytes look like: version, six bytes of the key's id, nonce, ciphertext, tag.
const VERSION: u8 = 1;
const ID_LENGTH: usize = 6;
const PREFIX_LENGTH: usize = 1 + ID_LENGTH;
const TAG_LENGTH: usize = 16;

/// The key that everything secret at rest hangs on: 32 bytes, wiped when dropped. Sealing uses a key derived from it.
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    prefix: [u8; PREFIX_LENGTH],
    sealing: LessSafeKey,
}

impl MasterKey {
    /// A key from 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let root = MacKey::from_bytes(*bytes);
        let mut prefix = [VERSION; PREFIX_LENGTH];
        prefix[1..].copy_from_slice(&root.derive("grantor master key id")[..ID_LENGTH]);
        Self {
            sealing: aes_256_gcm(&Zeroizing::new(root.derive("grantor master key sealing"))),
            prefix,
            bytes,
        }
    }
    /// Reads 32 bytes in base64url or base64, padded or not, with white space around.
    pub fn from_text(text: &str) -> Result<Self, JoseError> {
        let text = text.trim();
        let alphabet = if text.contains(['+', '/']) {
            &alphabet::STANDARD
        } else {
            &alphabet::URL_SAFE
        };
        let engine = GeneralPurpose::new(
            alphabet,
            NO_PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        let mut decoded = Zeroizing::new([0u8; 48]);
        match engine.decode_slice(text, &mut *decoded) {
            Ok(32) => {
                let mut bytes = Zeroizing::new([0u8; 32]);
                bytes.copy_from_slice(&decoded[..32]);
                Ok(Self::from_bytes(*bytes))
            }
            _ => Err(JoseError::Key("a master key is 32 bytes in base64 or base64url")),
        }
    }
    /// The key in base64url without padding; `from_text` reads it.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.bytes.as_slice()))
    }
    /// A public name for the key: 8 base64url characters that say nothing about it.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.prefix[1..])
    }
    /// The bytes that everything it sealed begins with: they tell which key it was, and nothing else.
    pub fn marks(&self) -> &[u8] {
        &self.prefix
    }
    /// The one of `keys` that sealed these bytes. `OtherMasterKey` when none of them did.
    pub fn that_sealed<'a>(keys: &'a [Self], sealed: &[u8]) -> Result<&'a Self, JoseError> {
        let prefix = sealed.first_chunk::<PREFIX_LENGTH>().ok_or(SHORT)?;
        let found = keys.iter().find(|key| key.prefix == *prefix);
        found.ok_or_else(|| JoseError::OtherMasterKey {
            sealed_under: URL_SAFE_NO_PAD.encode(&prefix[1..]),
            given: keys.iter().map(Self::id).collect::<Vec<_>>().join(", "),
        })
    }
    /// Seals `plain` with AES-256-GCM. `context` says what is sealed for whom (purpose, tenant, realm, kid); the same words
    /// open it. A nonce is random and never used twice.
    pub fn seal(&self, context: &str, nonce: [u8; 12], plain: &[u8]) -> Result<Vec<u8>, JoseError> {
        const START: usize = PREFIX_LENGTH + NONCE_LEN;
        let mut sealed = Vec::with_capacity(START + plain.len() + TAG_LENGTH);
        sealed.extend_from_slice(&self.prefix);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag: Result<Tag, _> =
            self.sealing
                .seal_in_place_separate_tag(nonce, self.associated(context), &mut sealed[START..]);
        let Ok(tag) = tag else {
            zeroize::Zeroize::zeroize(&mut sealed);
            return Err(JoseError::Library("sealing"));
        };
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }
    /// Opens what `seal` made in the same `context`. `OtherMasterKey` when the bytes name another key, `Sealed` when they
    /// were altered or the context differs, `Malformed` when they were not made by `seal`.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let (prefix, rest) = sealed.split_at_checked(PREFIX_LENGTH).ok_or(SHORT)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SHORT)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LENGTH>().ok_or(SHORT)?;
        if prefix[0] != VERSION {
            return Err(JoseError::Malformed("sealed bytes of an unknown version"));
        }
        if prefix != self.prefix {
            return Err(JoseError::OtherMasterKey {
                sealed_under: URL_SAFE_NO_PAD.encode(&prefix[1..]),
                given: self.id(),
            });
        }
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        self.sealing
            .open_in_place_separate_tag(
                Nonce::assume_unique_for_key(*nonce),
                self.associated(context),
                tag,
                &mut plain,
            )
            .map_err(|_| JoseError::Sealed)?;
        Ok(plain)
    }
    fn associated(&self, context: &str) -> Aad<Vec<u8>> {
        Aad::from([&self.prefix[..], context.as_bytes()].concat())
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

const SHORT: JoseError = JoseError::Malformed("sealed bytes are too short");

/// An AES-256-GCM key with its schedule computed once.
pub(crate) fn aes_256_gcm(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("AES-256-GCM takes any 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> MasterKey {
        MasterKey::from_bytes([7; 32])
    }

    #[test]
    fn what_an_older_version_sealed_still_opens() {
        // Made apart, with Python's hmac and cryptography packages.
        let sealed = URL_SAFE_NO_PAD
            .decode("AbwM72ECmgkJCQkJCQkJCQkJCSuOtmLJAhUKiHiHfdJRUU0DwZzQVxw")
            .unwrap();
        assert_eq!(key().id(), "vAzvYQKa");
        assert_eq!(key().open("key/default/main", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(key().seal("key/default/main", [9; 12], b"secret").unwrap(), sealed);
    }

    #[test]
    fn only_the_same_context_opens() {
        let sealed = key().seal("key/default/main", [1; 12], b"secret").unwrap();
        for context in ["key/default/admin", "key/default/mai", "key/default/main ", ""] {
            assert_eq!(key().open(context, &sealed), Err(JoseError::Sealed), "{context}");
        }
        let empty = key().seal("", [1; 12], b"").unwrap();
        assert!(key().open("", &empty).unwrap().is_empty());
    }

    #[test]
    fn every_altered_or_missing_byte_is_seen() {
        let sealed = key().seal("c", [1; 12], b"secret").unwrap();
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 0x40;
            assert!(key().open("c", &altered).is_err(), "byte {at}");
            assert!(key().open("c", &sealed[..at]).is_err(), "cut at {at}");
        }
        assert!(key().open("c", &[&sealed[..], &[0]].concat()).is_err());
    }

    #[test]
    fn another_master_key_is_named() {
        let other = MasterKey::from_bytes([8; 32]);
        assert_ne!(other.id(), key().id());
        assert_eq!(other.id().len(), 8);
        let sealed = other.seal("c", [1; 12], b"secret").unwrap();
        let expected = JoseError::OtherMasterKey {
            sealed_under: other.id(),
            given: key().id(),
        };
        assert_eq!(key().open("c", &sealed), Err(expected));
    }

    #[test]
    fn of_several_keys_the_one_that_sealed_is_found() {
        let keys = [key(), MasterKey::from_bytes([8; 32])];
        for one in &keys {
            let sealed = one.seal("c", [1; 12], b"secret").unwrap();
            assert!(sealed.starts_with(one.marks()));
            assert_eq!(MasterKey::that_sealed(&keys, &sealed).unwrap().id(), one.id());
        }
        let third = MasterKey::from_bytes([9; 32]);
        let sealed = third.seal("c", [1; 12], b"secret").unwrap();
        let expected = JoseError::OtherMasterKey {
            sealed_under: third.id(),
            given: format!("{}, {}", keys[0].id(), keys[1].id()),
        };
        assert_eq!(MasterKey::that_sealed(&keys, &sealed).err(), Some(expected));
        assert!(MasterKey::that_sealed(&keys, b"").is_err() && MasterKey::that_sealed(&keys, &[0; 6]).is_err());
    }

    #[test]
    fn text_of_32_bytes_is_read_in_both_alphabets() {
        let bytes: [u8; 32] = std::array::from_fn(|i| 0xFB ^ (i as u8));
        let key = MasterKey::from_bytes(bytes);
        let url = key.to_text();
        let standard = base64::engine::general_purpose::STANDARD.encode(bytes);
        for text in [url.as_str(), &format!(" {}\n", *url), &format!("{}=", *url), &standard] {
            assert_eq!(MasterKey::from_text(text).unwrap().to_text(), url, "{text}");
        }
        let long = format!("{}A", *url);
        let mixed = format!("-{}", &standard[1..]);
        let inner = format!("{} {}", &url[..20], &url[20..]);
        for text in [
            "",
            "AAAA",
            &url[..42],
            &long,
            &format!("{long}AAAA"),
            &mixed,
            &inner,
            &"ü".repeat(22),
        ] {
            assert!(MasterKey::from_text(text).is_err(), "{text}");
        }
        assert!(
            standard.contains(['+', '/']),
            "the sample must tell the alphabets apart"
        );
    }

    #[test]
    fn debug_prints_the_id_only() {
        assert_eq!(format!("{:?}", key()), format!("MasterKey({})", key().id()));
    }
}
