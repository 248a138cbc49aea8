//! What a door says a record is to become: a partial object laid over the record there is (RFC 7396), read strictly.
//!
//! Owns: merging, other spellings of members, which members are only read. Does not own: whether the result may be saved
//! (`check` of each kind).
use crate::client::Violation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Members as a door sends them.
pub type Members = Map<String, Value>;

/// What of a record may be edited.
pub trait Editable: Serialize + DeserializeOwned {
    /// Members the server makes, also inside of others (`inside.name`); in a request they are ignored (behaviours.md 1.1).
    const READ_ONLY: &'static [&'static str];
    /// Other spellings: where the member stands (empty: at the top), how it may be spelled, how it is called.
    const ALIASES: &'static [(&'static str, &'static str, &'static str)] = &[];
}

/// The record that comes of laying `patch` over `current`, or over what a new one has by default. Absent members stay as they
/// are, `null` is the default. Violations name the members as the door spells them.
pub fn merged<T: Editable>(current: Option<&T>, patch: &Members) -> Result<T, Vec<Violation>> {
    let mut base = match current.map(serde_json::to_value) {
        None => Value::Object(Members::new()),
        Some(Ok(value)) => value,
        Some(Err(error)) => return Err(vec![Violation::new("", error.to_string())]),
    };
    let mut patch = patch.clone();
    for name in T::READ_ONLY {
        match name.split_once('.') {
            None => drop(patch.remove(*name)),
            Some((inside, name)) => {
                if let Some(inside) = patch.get_mut(inside).and_then(Value::as_object_mut) {
                    inside.remove(name);
                }
            }
        }
    }
    for (inside, other, name) in T::ALIASES {
        rename(&mut patch, (inside, other), name)?;
    }
    lay_over(&mut base, Value::Object(patch));
    let record: T = typed(&base)?;
    let became = serde_json::to_value(&record).map_err(|e| vec![Violation::new("", e.to_string())])?;
    let mut found = Vec::new();
    by_position(&base, &became, "", &mut found);
    match found.is_empty() {
        true => Ok(record),
        false => Err(found),
    }
}

/// Serde takes a list for an object, member by member in the order of our source. Nobody means that.
fn by_position(given: &Value, became: &Value, at: &str, found: &mut Vec<Violation>) {
    match (given, became) {
        (Value::Array(_), Value::Object(_)) => found.push(Violation::new(at, "an object is wanted, not a list")),
        (Value::Array(given), Value::Array(became)) => {
            for (i, (given, became)) in given.iter().zip(became).enumerate() {
                by_position(given, became, &format!("{at}[{i}]"), found);
            }
        }
        (Value::Object(given), Value::Object(became)) => {
            let dot = if at.is_empty() { "" } else { "." };
            for (name, given) in given {
                if let Some(became) = became.get(name) {
                    by_position(given, became, &format!("{at}{dot}{name}"), found);
                }
            }
        }
        _ => {}
    }
}

/// The members of a request that is no record.
pub fn read<T: DeserializeOwned>(members: &Members) -> Result<T, Vec<Violation>> {
    typed(&Value::Object(members.clone()))
}

fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Violation>> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        vec![Violation::new(&*path, told(&path, &error.into_inner().to_string()))]
    })
}

fn rename(patch: &mut Members, (inside, other): (&str, &str), name: &str) -> Result<(), Vec<Violation>> {
    let (place, at) = match inside {
        "" => (Some(patch), String::new()),
        inside => (
            patch.get_mut(inside).and_then(Value::as_object_mut),
            format!("{inside}."),
        ),
    };
    let Some(place) = place else { return Ok(()) };
    let Some(value) = place.remove(other) else {
        return Ok(());
    };
    match place.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(vec![Violation::new(
            format!("{at}{other}"),
            format!("is another name of {name}: send one of them"),
        )]),
    }
}

/// RFC 7396 section 2, and `null` stands for the default.
fn lay_over(base: &mut Value, patch: Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (name, value) in patch {
                match value {
                    Value::Null => drop(base.remove(&name)),
                    value => lay_over(base.entry(name).or_insert(Value::Null), value),
                }
            }
        }
        // An object laid over something else: what of it says `null` says nothing.
        (base, Value::Object(patch)) => {
            *base = Value::Object(Members::new());
            lay_over(base, Value::Object(patch));
        }
        (base, patch) => *base = patch,
    }
}

/// What serde says, in our words. It quotes the value it did not expect, which in a secret is not said.
pub fn told(path: &str, message: &str) -> String {
    let message = message.replace("expected i64", "expected a whole number");
    let secret = ["secret", "password", "client_secrets"]
        .iter()
        .any(|s| path.contains(s));
    if !secret {
        return message;
    }
    match message.rsplit_once(", expected ") {
        Some((_, wanted)) => format!("wanted {wanted}"),
        None => "a value of another kind is wanted".to_owned(),
    }
}

/// The violations of a record under the name its door gives it.
pub fn under(at: &str, found: impl IntoIterator<Item = Violation>) -> Vec<Violation> {
    let name = |field: String| match (at, field.as_str()) {
        (at, "") => at.to_owned(),
        ("", _) => field,
        (at, field) => format!("{at}.{field}"),
    };
    found
        .into_iter()
        .map(|v| Violation::new(name(v.field), v.description))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Record {
        name: String,
        #[serde(default)]
        uris: Vec<String>,
        #[serde(default)]
        inner: Inner,
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Inner {
        seconds: i64,
        kinds: Vec<String>,
        secret: String,
    }

    impl Editable for Record {
        const READ_ONLY: &'static [&'static str] = &["id"];
        const ALIASES: &'static [(&'static str, &'static str, &'static str)] =
            &[("inner", "kind", "kinds"), ("", "title", "name")];
    }

    fn check(patch: Value, expected: Result<Value, &str>) {
        let current = json!({"name": "a", "uris": ["u"], "inner": {"seconds": 5, "kinds": ["k"], "secret": "s"}});
        let current: Record = serde_json::from_value(current).unwrap();
        let got = merged(Some(&current), patch.as_object().unwrap());
        let got = got.map(|r| serde_json::to_value(r).unwrap());
        let got = got.map_err(|v| format!("{}: {}", v[0].field, v[0].description));
        match (got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{patch}"),
            (Err(got), Err(expected)) => assert!(got.starts_with(expected), "{patch}\n {got}\n {expected}"),
            (got, expected) => panic!("{patch}: {got:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_patch_changes_what_it_names_and_nothing_else() {
        let with = |name: &str, uris: Value, seconds: i64, kinds: Value| {
            Ok(json!({"name": name, "uris": uris, "inner": {"seconds": seconds, "kinds": kinds, "secret": "s"}}))
        };
        check(json!({}), with("a", json!(["u"]), 5, json!(["k"])));
        check(
            json!({"id": "x", "name": "b"}),
            with("b", json!(["u"]), 5, json!(["k"])),
        );
        check(json!({"title": "b"}), with("b", json!(["u"]), 5, json!(["k"])));
        // Absent is not empty; a list is replaced as a whole.
        check(json!({"uris": []}), with("a", json!([]), 5, json!(["k"])));
        check(json!({"uris": null}), with("a", json!([]), 5, json!(["k"])));
        check(
            json!({"inner": {"seconds": 9}}),
            with("a", json!(["u"]), 9, json!(["k"])),
        );
        check(
            json!({"inner": {"seconds": null}}),
            with("a", json!(["u"]), 0, json!(["k"])),
        );
        check(json!({"inner": {"kind": []}}), with("a", json!(["u"]), 5, json!([])));
    }

    #[test]
    fn what_does_not_fit_is_named_with_the_value_but_a_secret() {
        check(json!({"nam": "b"}), Err("nam: unknown field `nam`"));
        check(json!({"inner": []}), Err("inner: an object is wanted"));
        check(json!({"inner": [7, ["k"], "s"]}), Err("inner: an object is wanted"));
        check(json!({"name": null}), Err(": missing field `name`"));
        check(
            json!({"uris": "u"}),
            Err("uris: invalid type: string \"u\", expected a sequence"),
        );
        check(
            json!({"uris": ["a", 1]}),
            Err("uris[1]: invalid type: integer `1`, expected a string"),
        );
        check(
            json!({"inner": {"seconds": 1.5}}),
            Err("inner.seconds: invalid type: floating point `1.5`, expected a whole number"),
        );
        check(json!({"inner": {"second": 1}}), Err("inner.second: unknown field"));
        check(
            json!({"inner": {"secret": 12345}}),
            Err("inner.secret: wanted a string"),
        );
        check(
            json!({"name": "a", "title": "b"}),
            Err("title: is another name of name"),
        );
        check(
            json!({"inner": {"kind": [], "kinds": []}}),
            Err("inner.kind: is another name of kinds"),
        );
    }
}
