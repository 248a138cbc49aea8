//! HMAC-SHA256 under a data key: token hashes, ids that carry a tag, keys derived for one purpose.
use crate::digest::equal;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Shortest tag that `MacKey::verify` looks at, in bytes.
const SHORTEST_TAG: usize = 8;
/// First byte of what is hashed; keeps tags and derived keys apart.
const TAG: u8 = 0;
const DERIVED_KEY: u8 = 1;

/// An HMAC-SHA256 key of 32 bytes. The padded key is hashed once, here; the state is wiped when it is dropped.
#[derive(Clone)]
pub struct MacKey(Hmac<Sha256>);

impl MacKey {
    /// A key from 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(keyed(&zeroize::Zeroizing::new(bytes)))
    }
    /// The tag of `data` in `context`. Context and parts are length-prefixed: `["ab", "c"]` and `["a", "bc"]` differ,
    /// and no part can pass for the context.
    pub fn mac(&self, context: &str, data: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(&[TAG]);
        for part in std::iter::once(&context.as_bytes()).chain(data) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
    /// Whether `tag` is the tag, or its first bytes when it is shorter; at least 8 bytes, in constant time. The caller
    /// cuts the tag out of a format of fixed length: whoever may choose the length may choose the shortest.
    pub fn verify(&self, context: &str, data: &[&[u8]], tag: &[u8]) -> bool {
        let expected = self.mac(context, data);
        (SHORTEST_TAG..=expected.len()).contains(&tag.len()) && equal(&expected[..tag.len()], tag)
    }
    /// 32 bytes for another key with one purpose, which say nothing about this key.
    pub fn derive(&self, context: &str) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(&[DERIVED_KEY]);
        mac.update(context.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(..)")
    }
}

/// HMAC pads a short key with zeros to the block (RFC 2104 section 2), so a padded block keys it without a length check.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = zeroize::Zeroizing::new([0u8; 64]);
    block[..32].copy_from_slice(key);
    Hmac::new((&*block).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn tags_and_derived_keys_never_change_between_versions() {
        // Computed apart with Python's hmac over 00 | len | "code" | len | "ab" | len | "c", and 01 | "refresh".
        let key = MacKey::from_bytes([7; 32]);
        assert_eq!(
            hex(&key.mac("code", &[b"ab", b"c"])),
            "e32ee0a1aa88aac0b9abbe1fbcaad943989e096db35d3993a1b3d1e272b96169"
        );
        assert_eq!(
            hex(&key.derive("refresh")),
            "6650e9c8dced8d7737470a37cf8890a70a1a08590b96983d722c70622e4c4467"
        );
    }

    #[test]
    fn another_split_context_or_key_gives_another_tag() {
        let key = MacKey::from_bytes([7; 32]);
        let tag = key.mac("code", &[b"ab", b"c"]);
        let others = [
            key.mac("code", &[b"a", b"bc"]),
            key.mac("code", &[b"abc"]),
            key.mac("code", &[b"ab", b"c", b""]),
            key.mac("cod", &[b"eab", b"c"]),
            key.mac("", &[b"code", b"ab", b"c"]),
            key.mac("code", &[]),
            key.derive("code"),
            MacKey::from_bytes([8; 32]).mac("code", &[b"ab", b"c"]),
        ];
        for (number, other) in others.iter().enumerate() {
            assert_ne!(&tag, other, "{number}");
        }
        assert_ne!(key.mac("", &[]), key.derive(""));
    }

    #[test]
    fn a_tag_verifies_whole_or_cut_to_at_least_eight_bytes() {
        let key = MacKey::from_bytes([7; 32]);
        let tag = key.mac("jti", &[b"x"]);
        let longer = [&tag[..], &[0]].concat();
        let mut altered = tag;
        altered[7] ^= 1;
        for (given, expected) in [
            (&tag[..], true),
            (&tag[..16], true),
            (&tag[..8], true),
            (&tag[..7], false),
            (&tag[..0], false),
            (&longer[..], false),
            (&altered[..], false),
            (&altered[..8], false),
            (&tag[1..], false),
        ] {
            assert_eq!(key.verify("jti", &[b"x"], given), expected, "{}", hex(given));
        }
        assert!(!key.verify("jti", &[b"y"], &tag));
        assert!(!key.verify("jtj", &[b"x"], &tag));
    }

    #[test]
    fn debug_tells_nothing() {
        assert_eq!(format!("{:?}", MacKey::from_bytes([7; 32])), "MacKey(..)");
    }
}
