//! The audit log: every change tells who, what, how and from where, and never a secret; what is refused tells nothing.
mod filters;
mod scene;
mod told;
mod untold;

use serde_json::Value;

/// Whether `got` has what `part` has.
#[track_caller]
fn assert_part(what: &str, got: Option<&Value>, part: &Value) {
    match (got, part) {
        (None, Value::Null) => {}
        (Some(Value::Object(got)), Value::Object(part)) => {
            for (name, value) in part {
                let inner = got.get(name);
                match value {
                    Value::Object(_) => assert_part(what, inner, value),
                    value => assert_eq!(inner, Some(value), "{what}: {name}"),
                }
            }
        }
        (got, part) => panic!("{what}: {got:?}, not {part}"),
    }
}
