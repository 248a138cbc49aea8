//! Reading a JSON body: every member once (RFC 8259 section 4), at a bounded depth.
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Deepest nesting that is read; the outermost object is depth 1.
const MAX_DEPTH: usize = 32;

/// The one JSON object that `body` is; else what is wrong with it, without quoting it.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = Strict(MAX_DEPTH).deserialize(&mut reader);
    match read.and_then(|value| reader.end().map(|()| value)) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("must be a JSON object"),
        Err(error) if error.is_data() => Err("nests too deeply, or a member stands twice"),
        Err(_) => Err("is not JSON"),
    }
}

/// As many levels may still open.
struct Strict(usize);

impl Strict {
    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        let left = self.0.checked_sub(1);
        left.map(Strict).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON whose objects name each member once")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?.0;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Strict(inner))?;
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Value::Object(members))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?.0;
        let mut all = Vec::new();
        while let Some(value) = seq.next_element_seed(Strict(inner))? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// A text that may be cleared: `null` and the empty text are none. A document has no other way to say so.
pub(crate) fn filled<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_body_is_one_object_with_every_member_once() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        for (body, expected) in [
            (r#"{"a":{"x":1,"y":[1.5,null,true,"s"]},"b":{"x":1}}"#, true),
            ("{}", true),
            (&nested(32), true),
            (&nested(33), false),
            (&nested(5000), false),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"a":1,"\u0061":1}"#, false),
            (r#"{"a":[{"x":1,"x":2}]}"#, false),
            ("[]", false),
            ("{} {}", false),
            ("", false),
            ("a=b", false),
        ] {
            assert_eq!(
                object(body.as_bytes()).is_ok(),
                expected,
                "{}",
                &body[..body.len().min(50)]
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_json_reads(text in "\\{(\"[a-d]\":(\"[ -~]{0,5}\"|-?[0-9]{1,20}|1e[0-9]|null|\\[[0-9]?\\]|\\{\\}),?){0,4}\\}") {
            if let Ok(members) = object(text.as_bytes()) {
                let theirs: Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(Value::Object(members), theirs);
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(body: Vec<u8>) {
            let _ = object(&body);
        }
    }
}
