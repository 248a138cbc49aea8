//! A document that fails late leaves nothing of its beginning; of two at once each is whole.
use super::applied;
use crate::app::App;
use crate::apply::{assert_unsaved, saved};
use grantor_flows::apply::{Options, apply};
use grantor_flows::management::Requester;
use grantor_tests::covers;
use serde_json::{Value, json};

/// Two hundred entries of a list; `last` is laid over the last one.
fn entries(list: &str, last: &Value) -> Vec<Value> {
    let entry = |i: usize| match list {
        "resource_servers" => {
            json!({"id": format!("s{i}"), "display_name": "S", "identifier": format!("https://s{i}.test"), "scopes": ["one"]})
        }
        "users" => json!({"id": format!("p{i}"), "username": format!("person-{i}"), "email": format!("p{i}@p.test")}),
        "groups" => json!({"id": format!("g{i}"), "display_name": format!("group {i}"), "members": ["alice"]}),
        "roles" => {
            json!({"id": format!("r{i}"), "display_name": format!("role {i}"), "resource_server_id": "r1", "scopes": ["read"], "members": ["bob"]})
        }
        _ => json!({
            "id": format!("c{i}"), "display_name": "C", "client_secrets": ["x".repeat(40)],
            "protocol_config": {"redirect_uris": ["https://c.test/cb"]},
        }),
    };
    let mut all: Vec<Value> = (0..200).map(entry).collect();
    all[199] = super::laid_over(&all[199], last);
    all
}

#[tokio::test]
async fn a_document_that_is_wrong_in_its_last_entry_leaves_nothing() {
    covers!("O-242");
    let app = App::start().await;
    app.settle().await;
    for (list, last, field) in [
        (
            "resource_servers",
            json!({"identifier": "urn:grantor:management"}),
            "identifier",
        ),
        ("users", json!({"username": "alice"}), "username"),
        ("groups", json!({"members": ["nobody"]}), "members[0]"),
        ("roles", json!({"members": ["nobody"]}), "members[0]"),
        (
            "applications",
            json!({"client_secrets": ["short"]}),
            "client_secrets[0]",
        ),
    ] {
        let before = saved(&app);
        let said = applied(&app, ("main", list), entries(list, &last)).await;
        assert_eq!(said, Err(vec![field.to_owned()]), "{list}");
        assert_unsaved(&app, &before, list);
        // Nor does anything of it stand in memory: what would have been there is not.
        app.browser().sign_in("alice").await;
    }
}

#[tokio::test]
async fn of_two_documents_at_once_each_is_whole() {
    let app = App::start().await;
    let beside = app.second_process().await;
    let document = |set: &str, i: usize| {
        let users: Vec<Value> = (0..50)
            .map(|n| json!({"id": format!("both-{n}"), "username": format!("{set}-{n}")}))
            .collect();
        let group = json!({"id": "both", "display_name": format!("{set} {i}"), "members": users.iter().map(|u| &u["id"]).collect::<Vec<_>>()});
        serde_json::from_value(json!({"tenant": "default", "realm": "main", "users": users, "groups": [group]}))
            .unwrap()
    };
    let (options, operator) = (Options::default(), Requester::operator());
    for i in 0..5 {
        let (one, other) = (document("one", i), document("other", i));
        let (a, b) = tokio::join!(
            apply(&app.deps, &one, options, &operator),
            apply(&beside, &other, options, &operator)
        );
        a.unwrap();
        b.unwrap();
        let names: Vec<String> = app.sql(|c| {
            let all = c.prepare("SELECT username FROM user WHERE id LIKE 'both-%'")?;
            let rows = all.query_map([], |r| r.get(0))?;
            rows.collect()
        });
        let group: String = app.sql(|c| {
            c.query_row("SELECT display_name FROM user_group WHERE id = 'both'", [], |r| {
                r.get(0)
            })
        });
        let winner = group.split(' ').next().unwrap();
        assert_eq!(names.len(), 50);
        assert!(
            names.iter().all(|name| name.starts_with(&format!("{winner}-"))),
            "{group}: {names:?}"
        );
    }
}
