//! Resource servers, roles and groups.
use super::{Case, Kind, at, case, of_documents, taken};
use serde_json::{Value, json};

fn long(length: usize) -> String {
    "x".repeat(length)
}

/// Names that no kind of record takes.
pub(super) fn bad_names(longest: usize) -> Vec<Value> {
    let mut all = vec![
        json!(""),
        json!("   "),
        json!("a\u{7}b"),
        json!("a\nb"),
        json!("a\u{0}"),
        json!("a\u{85}b"),
    ];
    all.push(json!(long(longest + 1)));
    all.extend([json!(5), json!(true), json!(["x"]), json!({"x": 1})]);
    all
}

/// Texts that no description takes.
fn bad_texts(longest: usize) -> Vec<Value> {
    vec![
        json!(long(longest + 1)),
        json!("a\u{7}b"),
        json!("a\rb"),
        json!(5),
        json!(["x"]),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = of_servers();
    all.extend(of_roles());
    all.extend(of_groups());
    all
}

fn of_servers() -> Vec<Case> {
    use Kind::ResourceServer as K;
    let mut all = Vec::new();
    all.extend(
        bad_names(100)
            .into_iter()
            .map(|name| case(K, "display_name", at("display_name", name))),
    );
    for identifier in [
        json!(""),
        json!("a b"),
        json!("é"),
        json!("a\u{7}"),
        json!(long(501)),
        json!("urn:grantor:management"),
        json!("https://r1.test"),
        json!("a"),
        json!(7),
        json!(["https://x.test"]),
    ] {
        all.push(case(K, "identifier", at("identifier", identifier)));
    }
    let many: Vec<String> = (0..501).map(|i| format!("s{i}")).collect();
    for scopes in [json!(many), json!("one"), json!({"one": 1}), json!(7)] {
        all.push(case(K, "scopes", at("scopes", scopes)));
    }
    for (scope, field) in [
        (json!(""), "scopes[0]"),
        (json!("re ad"), "scopes[0]"),
        (json!("re\"ad"), "scopes[0]"),
        (json!("re\\ad"), "scopes[0]"),
        (json!("é"), "scopes[0]"),
        (json!(long(201)), "scopes[0]"),
        (json!("openid"), "scopes[0]"),
        (json!("offline_access"), "scopes[0]"),
        (json!({"name": "x", "title": long(201)}), "scopes[0].title"),
        (json!({"name": "x", "title": "a\u{7}"}), "scopes[0].title"),
        (json!({"name": "x", "description": long(1001)}), "scopes[0].description"),
        (json!(5), "scopes[0]"),
        (json!({"title": "x"}), "scopes[0]"),
        (json!({"name": "x", "more": 1}), "scopes[0]"),
    ] {
        all.push(case(K, field, at("scopes", json!([scope]))));
    }
    all.push(case(K, "scopes[1]", at("scopes", json!(["one", "one"]))));
    for bounded in [json!("yes"), json!(1), json!([true])] {
        all.push(case(K, "role_bounded", at("role_bounded", bounded)));
    }
    all.push(case(K, "colour", at("colour", json!("red"))));
    for over in [
        json!({"display_name": long(100)}),
        json!({"display_name": "Ünïcödé 名前"}),
        json!({"scopes": []}),
        json!({"scopes": [{"name": "x", "title": long(200), "description": "a\nb"}, "y"]}),
        json!({"role_bounded": true, "scopes": ["token:delete"]}),
        json!({"role_bounded": null, "scopes": null}),
        json!({"is_managed": true, "tenant_id": "t2", "created_at": 5, "updated_at": [], "managed_by": "me"}),
    ] {
        all.push(taken(K, over));
    }
    let secret = "x".repeat(32);
    for (introspection, field) in [
        (json!({"id": "mine", "secret": long(31)}), "introspection[0].secret"),
        (json!({"id": "mine", "secret": long(513)}), "introspection[0].secret"),
        (
            json!({"id": "mine", "secret": format!("é{secret}")}),
            "introspection[0].secret",
        ),
        (json!({"id": "", "secret": secret}), "introspection[0].id"),
        (json!({"id": "a b", "secret": secret}), "introspection[0].id"),
        (json!({"id": "r2-api", "secret": secret}), "introspection[0].id"),
        (json!({"id": "a", "secret": secret}), "introspection[0].id"),
    ] {
        all.push(of_documents(K, field, at("introspection", json!([introspection]))));
    }
    all
}

/// What a display name of a role may not hold.
const PUNCTUATION: &str = "<>\"'`\\/;|{}[]$%&*?";

fn of_roles() -> Vec<Case> {
    let mut all = Vec::new();
    for kind in [Kind::Role, Kind::ManagementRole] {
        let mut names = bad_names(64);
        names.extend([json!(" x"), json!("x ")]);
        names.extend(PUNCTUATION.chars().map(|c| json!(format!("a{c}b"))));
        names.push(json!(format!("taken-{kind:?}").to_lowercase()));
        all.extend(
            names
                .into_iter()
                .map(|name| case(kind, "display_name", at("display_name", name))),
        );
        all.extend(
            bad_texts(300)
                .into_iter()
                .map(|text| case(kind, "description", at("description", text))),
        );
        for (scopes, field) in [
            (json!(["nope"]), "scopes[0]"),
            (json!(["*"]), "scopes[0]"),
            (json!(["openid"]), "scopes[0]"),
            (json!([""]), "scopes[0]"),
            (json!([5]), "scopes[0]"),
            (json!("read"), "scopes"),
            (json!({"read": true}), "scopes"),
        ] {
            all.push(case(kind, field, at("scopes", scopes)));
        }
        all.push(case(kind, "colour", at("colour", json!(1))));
        all.push(taken(
            kind,
            json!({"description": format!("a\n{}", long(298)), "scopes": []}),
        ));
        all.push(taken(
            kind,
            json!({"description": null, "is_managed": true, "resource_server_id": null, "id": null}),
        ));
    }
    all.push(case(Kind::Role, "scopes[1]", at("scopes", json!(["read", "read"]))));
    all.push(case(Kind::Role, "areas", at("areas", json!({"users": "view"}))));
    for (areas, field) in [
        (json!({"nothing": "view"}), "areas.nothing"),
        (json!({"users": "all"}), "areas.users"),
        (json!({"users": 1}), "areas.users"),
        (json!("users"), "areas"),
    ] {
        all.push(case(Kind::ManagementRole, field, at("areas", areas)));
    }
    all.push(taken(
        Kind::ManagementRole,
        at("areas", json!({"users": "edit", "audit": "none"})),
    ));
    all
}

fn of_groups() -> Vec<Case> {
    use Kind::Group as K;
    let mut names = bad_names(100);
    names.push(json!("taken-group"));
    let mut all: Vec<Case> = names
        .into_iter()
        .map(|name| case(K, "display_name", at("display_name", name)))
        .collect();
    all.extend(
        bad_texts(300)
            .into_iter()
            .map(|text| case(K, "description", at("description", text))),
    );
    all.push(case(K, "colour", at("colour", json!(1))));
    all.push(taken(K, json!({"description": long(300)})));
    all.push(taken(K, json!({"description": null, "managed_by": "me"})));
    all
}
