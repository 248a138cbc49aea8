//! A flat JSON object read as if it were a form, for endpoints that take both (behaviours.md V-05).
use super::encode;
use crate::OAuthError;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::fmt;

/// The same parameters as a form. Members must be strings and stand once; anything else is `invalid_request`.
pub fn from_json(body: &[u8]) -> Result<Vec<u8>, OAuthError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let form = json.deserialize_map(Flat).and_then(|form| json.end().map(|()| form));
    form.map(String::into_bytes)
        .map_err(|_| OAuthError::invalid_request("the body must be a JSON object of strings, each member once"))
}

struct Flat;

impl<'de> Visitor<'de> for Flat {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        let mut names: Vec<String> = Vec::new();
        let mut form = String::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            if names.len() >= super::MAX_PARAMS || names.contains(&name) {
                return Err(A::Error::custom("a member is repeated, or there are too many"));
            }
            if !form.is_empty() {
                form.push('&');
            }
            form.push_str(&encode(&name));
            form.push('=');
            form.push_str(&encode(&value));
            names.push(name);
        }
        Ok(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{MAX_PARAMS, Params};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn flat_objects_of_strings_become_forms() {
        for (body, expected) in [
            (
                r#"{"token":"a b&c","token_type_hint":"x"}"#,
                Some("token=a%20b%26c&token_type_hint=x"),
            ),
            ("{}", Some("")),
            (r#"{"token":1}"#, None),
            (r#"{"token":"a","token":"b"}"#, None),
            (r#"{"token":"a"} x"#, None),
            (r#"["token"]"#, None),
            ("token=a", None),
            ("", None),
        ] {
            let got = from_json(body.as_bytes()).ok().map(|f| String::from_utf8(f).unwrap());
            assert_eq!(got.as_deref(), expected, "{body}");
        }
    }

    proptest! {
        /// A JSON body means what the form of the same names and values means. A form carries neither NUL nor an empty name.
        #[test]
        fn an_object_reads_as_the_form_of_its_members(members in proptest::collection::btree_map("[^\\x00]{1,8}", "[^\\x00]{0,12}", 0..6)) {
            let form = from_json(&serde_json::to_vec(&members).unwrap()).unwrap();
            let params = Params::parse(&form).unwrap();
            let names: Vec<&str> = params.names().collect();
            prop_assert_eq!(names, members.keys().map(String::as_str).collect::<Vec<_>>());
            let theirs: BTreeMap<String, String> = url::form_urlencoded::parse(&form).into_owned().collect();
            prop_assert_eq!(theirs, members);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(body: Vec<u8>, almost in "\\{(\"[a-c]{0,2}\":(\"[ -~]{0,6}\"|[0-9]|null|\\[\\]|\\{\\}),?){0,4}\\}") {
            for body in [&body[..], almost.as_bytes()] {
                if let Ok(form) = from_json(body) {
                    let params = Params::parse(&form).unwrap();
                    prop_assert!(params.names().count() <= MAX_PARAMS && params.first_repeated().is_none());
                    let read: Result<BTreeMap<String, String>, _> = serde_json::from_slice(body);
                    prop_assert!(read.is_ok(), "{}", String::from_utf8_lossy(body));
                }
            }
        }
    }
}
