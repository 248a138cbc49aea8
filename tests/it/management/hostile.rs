//! Text that would like to be something else, in every member, filter and path of the API: it comes back as it was, or is refused.
use super::admin::{Admin, fields, text};
use super::records::kinds;
use crate::app::{Answer, App, REALM, encode};
use crate::oauth::hostile_text::{HOSTILE, all, check, kept};
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use serde_json::{Value, json};

fn is_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Refused by its field, and nothing of the inside is said.
#[track_caller]
fn assert_refused(what: &str, answer: &Answer, field: &str) {
    check(what, answer);
    let found = fields(answer);
    assert!(found.iter().all(|f| f.starts_with(field)), "{what}: {found:?}");
}

#[tokio::test]
async fn names_come_back_as_they_were_given() {
    covers!("O-340", "O-235", "O-345");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let mut taken = 0;
    let more = [
        "<script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "</title><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "\u{202e}live",
    ];
    for name in HOSTILE.iter().chain(&more).filter(|t| !is_control(t)) {
        for (kind, at) in [
            ("application", "/display_name"),
            ("resource_server", "/display_name"),
            ("group", "/display_name"),
            ("group", "/description"),
            ("role", "/description"),
            ("identity", "/username"),
            ("identity", "/profile/name"),
            ("identity", "/profile/address/formatted"),
            ("realm", "/display_name"),
            ("tenant", "/display_name"),
        ] {
            taken += 1;
            let kind = kinds().into_iter().find(|k| k.name == kind).unwrap();
            let mut members = kind.new_record(taken);
            let (inside, member) = at.rsplit_once('/').unwrap();
            if inside.ends_with("address") {
                members["profile"]["address"] = json!({});
            }
            members.pointer_mut(inside).unwrap()[member] = json!(name);
            let made = admin.create(&kind.path, kind.name, members).await;
            let path = kind.one(&text(&made["id"]));
            let answer = admin.get(&path).await;
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            let read = answer.json()[kind.name].clone();
            assert_eq!(read.pointer(at), Some(&json!(name)), "{} {at}", kind.name);
            // As a filter it finds this one.
            let filter = match (kind.name, member) {
                ("application" | "group", "display_name") => Some("display_name"),
                ("identity", "username") => Some("username"),
                _ => None,
            };
            if let Some(filter) = filter {
                let found = admin.get(&format!("{}?{}", kind.path, encode(&[(filter, name)]))).await;
                let found = found.json()[kind.list].clone();
                assert_eq!(found, json!([read]), "{name}");
            }
            admin.remove(&path).await;
        }
    }
    // The log says how everything was called.
    let told = admin.events(REALM, &[("kind", "group.deleted")]).await;
    assert!(
        told.iter()
            .any(|e| e["target"]["display_name"] == "<script>alert(1)</script>")
    );
}

#[tokio::test]
async fn what_no_name_can_be_is_refused_by_its_field() {
    covers!("O-340");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let before = kept(&app);
    let long = "x".repeat(10_000);
    let bad: Vec<&str> = HOSTILE
        .iter()
        .copied()
        .filter(|t| is_control(t))
        .chain([long.as_str()])
        .collect();
    let one = |name: &str| kinds().into_iter().find(|k| k.name == name).unwrap();
    for (kind, at) in [
        ("application", "/display_name"),
        ("application", "/resource_server_id"),
        ("application", "/protocol_config/type"),
        ("application", "/protocol_config/client_uri"),
        ("application", "/protocol_config/redirect_uris/0"),
        ("application", "/protocol_config/token_format"),
        ("resource_server", "/display_name"),
        ("resource_server", "/identifier"),
        ("role", "/display_name"),
        ("identity", "/username"),
        ("identity", "/email"),
        ("identity", "/profile/name"),
        ("identity", "/profile/website"),
        ("group", "/display_name"),
        ("realm", "/id"),
        ("realm", "/display_name"),
        ("tenant", "/id"),
        ("tenant", "/display_name"),
    ] {
        let kind = one(kind);
        for text in &bad {
            let mut members = kind.new_record(1);
            let (inside, member) = at.rsplit_once('/').unwrap();
            let place = members.pointer_mut(inside).unwrap();
            match member {
                "0" => place[0] = json!(text),
                member => place[member] = json!(text),
            }
            let answer = admin.send("POST", &kind.path, &json!({ kind.name: members })).await;
            let field = format!("{}{}", kind.name, at.replace("/0", "[0]").replace('/', "."));
            assert_refused(at, &answer, &field);
        }
    }
    // Member names, scopes, members of groups and roles: anything at all.
    for text in all() {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
        let answer = admin
            .send("POST", &format!("{REALM}/groups"), &json!({ text.as_str(): {} }))
            .await;
        check("member", &answer);
        assert_eq!(fields(&answer), [shown]);
        let body = json!({"group": {"display_name": "G", text.as_str(): 1}});
        let answer = admin.send("POST", &format!("{REALM}/groups"), &body).await;
        check("inner member", &answer);
        assert_eq!(answer.status, 400);
        let role = json!({"role": {"display_name": "R", "scopes": [text]}});
        let answer = admin
            .send("POST", &format!("{REALM}/resource-servers/r1/roles"), &role)
            .await;
        assert_refused("scope of a role", &answer, "role.scopes[0]");
        let mut application = one("application").new_record(1);
        application["resource_server_id"] = json!("r1");
        application["protocol_config"]["allowed_scopes"] = json!([text]);
        let body = json!({"application": application});
        let answer = admin.send("POST", &format!("{REALM}/applications"), &body).await;
        assert_refused("scope", &answer, "application.protocol_config.allowed_scopes");
        let body = json!({"application": {"resource_server_id": text}});
        let answer = admin
            .send("PATCH", &format!("{REALM}/applications/app-p2"), &body)
            .await;
        assert_refused("server", &answer, "application.resource_server_id");
    }
    assert_eq!(kept(&app), before);
}

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
