//! Paths and filters.
use crate::app::{App, REALM, encode};
use crate::management::admin::{Admin, fields};
use crate::oauth::hostile_text::{HOSTILE, check, kept};
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use serde_json::Value;

#[tokio::test]
async fn paths_and_filters_find_nothing_that_is_not_called_so() {
    covers!("O-340", "O-342", "O-344", "O-345");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 1_000_000).await;
    let admin = Admin::of(&app).await;
    let before = kept(&app);
    for text in HOSTILE.iter().map(|t| (*t).to_owned()).chain(["x".repeat(3000)]) {
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
            .replace('*', "%2A");
        for operation in Operation::ALL {
            let line = operation.line();
            // One variable at a time; the others name what is there.
            let full = line.full_path();
            let variables = full.matches('{').count();
            for at in 0..variables {
                let mut number = 0;
                let segments = full.split('/').map(|segment| match segment.split_once('}') {
                    None => segment.to_owned(),
                    Some((name, verb)) => {
                        number += 1;
                        let value = match &name[1..] {
                            _ if number == at + 1 => encoded.as_str(),
                            "tenant" => "default",
                            "realm" => "main",
                            "application" => "app-a",
                            "resource_server" => "r1",
                            "identity" => "u-alice",
                            _ => "nothing",
                        };
                        format!("{value}{verb}")
                    }
                });
                let path = segments.collect::<Vec<_>>().join("/");
                let headers = [("content-type", "application/json"), ("if-match", "\"0\"")];
                let answer = admin.raw(line.method, &path, &headers, Some("{\"x\":1}")).await;
                check(&path, &answer);
                let refused = matches!(answer.status, 400..=404 | 405 | 412 | 414);
                assert!(refused, "{} {path}: {} {}", line.method, answer.status, answer.body);
            }
        }
        let filters = [
            ("applications", &["client_id", "display_name", "resource_server_id"][..]),
            ("resource-servers", &["identifier"]),
            ("resource-servers/r1/roles", &["display_name"]),
            ("identities", &["username", "email"]),
            ("groups", &["display_name"]),
            (
                "events",
                &["actor", "target", "application", "identity", "address", "request_id"],
            ),
        ];
        for (path, names) in filters {
            for name in names {
                let query = encode(&[(name, &text)]);
                let answer = admin.get(&format!("{REALM}/{path}?{query}")).await;
                check(name, &answer);
                // What no parameter can be is refused; anything else finds nothing.
                if answer.status == 400 {
                    assert_eq!(fields(&answer), [*name], "{text:?}");
                    continue;
                }
                assert_eq!(answer.status, 200, "{}", answer.body);
                let body = answer.json();
                let list = body.as_object().unwrap().values().next().unwrap();
                assert_eq!(list, &Value::Array(Vec::new()), "{path} {name} {text:?}");
            }
        }
        for name in ["kind", "since", "until"] {
            let answer = admin.get(&format!("{REALM}/events?{}", encode(&[(name, &text)]))).await;
            check(name, &answer);
            assert_eq!(fields(&answer), [name]);
        }
    }
    assert_eq!(kept(&app), before);
}
