//! Reading the JSON of headers and payloads: an object, every member once, at a bounded depth and size.
//!
//! A member that stands twice is read differently by different libraries (RFC 8725 section 2.6), so it is refused at every
//! depth before anything is taken from the object.
use crate::JoseError;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Longest payload that is read, in bytes.
pub const MAX_PAYLOAD_LENGTH: usize = 16 * 1024;
/// Deepest nesting in a payload; the object itself is depth 1.
const MAX_PAYLOAD_DEPTH: usize = 32;

/// Reads the claims of a payload (RFC 7519 section 7.2) into `T`. `Malformed` when the payload is longer than 16 KiB, not
/// one JSON object, nested deeper than 32, repeats a member, or does not fit `T`.
pub fn parse_claims<T: DeserializeOwned>(payload: &[u8]) -> Result<T, JoseError> {
    if payload.len() > MAX_PAYLOAD_LENGTH {
        return Err(JoseError::Malformed("the payload is longer than 16 KiB"));
    }
    members(payload, MAX_PAYLOAD_DEPTH)?;
    serde_json::from_slice(payload).map_err(|_| JoseError::Malformed("a claim is missing or of the wrong type"))
}

/// The member names of the one JSON object that `json` is.
pub(crate) fn members(json: &[u8], depth: usize) -> Result<Members<'_>, JoseError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let found = Strict { depth }
        .deserialize(&mut reader)
        .and_then(|found| reader.end().map(|()| found));
    match found {
        Ok(Some(names)) => Ok(names),
        Ok(None) => Err(JoseError::Malformed("not a JSON object")),
        // serde_json's own text may quote the input.
        Err(_) => Err(JoseError::Malformed(
            "not JSON, nested too deeply, or a member stands twice",
        )),
    }
}

/// Member names of one object, unescaped: a list while they are few, as in every token of ours, then a tree as well, so that
/// many cost no more than many.
#[derive(Default)]
pub(crate) struct Members<'a> {
    first: Vec<Name<'a>>,
    further: BTreeSet<Name<'a>>,
}

impl<'a> Members<'a> {
    const FEW: usize = 16;

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.first.iter().any(|n| n.0 == name) || self.further.contains(name)
    }

    /// Whether the name is new.
    fn insert(&mut self, name: Name<'a>) -> bool {
        if self.first.contains(&name) {
            return false;
        }
        if self.first.len() == Self::FEW {
            return self.further.insert(name);
        }
        self.first.push(name);
        true
    }
}

/// A member name, borrowed where it holds no escape.
#[derive(serde::Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::borrow::Borrow<str> for Name<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Walks one value; `depth` levels of objects and arrays may still open. Gives the names when the value is an object.
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Option<Members<'de>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Option<Members<'de>>;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON whose objects name each member once")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let depth = self.deeper()?;
        let mut names = Members::default();
        while let Some(name) = map.next_key::<Name<'de>>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a member stands twice"));
            }
            map.next_value_seed(Strict { depth })?;
        }
        Ok(Some(names))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let depth = self.deeper()?;
        while seq.next_element_seed(Strict { depth })?.is_some() {}
        Ok(None)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A member that, when it is there, is a string: `null` is none.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_payload_is_one_object_with_every_member_once() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        let many = |count: usize, last: &str| {
            let members: String = (0..count).map(|n| format!("\"m{n}\":{n},")).collect();
            format!("{{{members}\"{last}\":0}}")
        };
        let long = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
        for (payload, expected) in [
            ("{}", true),
            (
                r#" {"sub":"u","aud":["a","b"],"exp":1,"f":-1.5,"n":null,"t":true,"o":{"a":{}}} "#,
                true,
            ),
            (r#"{"a":{"x":1},"b":{"x":1}}"#, true),
            (&many(40, "m40"), true),
            (&many(40, "m3"), false),
            (&many(40, "m20"), false),
            (&nested(32), true),
            (&long(MAX_PAYLOAD_LENGTH), true),
            (&long(MAX_PAYLOAD_LENGTH + 1), false),
            (&nested(33), false),
            (&nested(5000), false),
            (&"[".repeat(10_000), false),
            (r#"{"sub":"u","sub":"v"}"#, false),
            (r#"{"sub":"u","exp":1,"sub":"u"}"#, false),
            (r#"{"sub":"u","\u0073ub":"v"}"#, false),
            (r#"{"a":{"x":1,"x":2}}"#, false),
            (r#"{"a":[{"x":1,"x":2}]}"#, false),
            (r#"{"exp":1e400}"#, false),
            ("", false),
            ("[]", false),
            ("null", false),
            ("\"{}\"", false),
            ("{}{}", false),
            ("{} x", false),
            ("{\"a\":1,}", false),
            ("{'a':1}", false),
            ("\u{feff}{}", false),
            ("{\"a\":\"\\ud800\"}", false),
        ] {
            let shown = &payload[..payload.len().min(60)];
            assert_eq!(parse_claims::<Value>(payload.as_bytes()).is_ok(), expected, "{shown}");
        }
        assert!(parse_claims::<Value>(b"{\"a\":\"\xff\"}").is_err(), "not UTF-8");
    }

    #[test]
    fn claims_of_the_wrong_type_are_refused_without_quoting_them() {
        #[derive(Debug, serde::Deserialize)]
        struct Claims {
            exp: i64,
        }
        assert_eq!(parse_claims::<Claims>(br#"{"exp":12,"x":1}"#).unwrap().exp, 12);
        for payload in [r#"{"exp":"9999999999"}"#, r#"{"exp":null}"#, "{}", r#"{"exp":1.5}"#] {
            let error = parse_claims::<Claims>(payload.as_bytes()).unwrap_err();
            assert!(!error.to_string().contains("9999999999"), "{error}");
        }
    }
}
