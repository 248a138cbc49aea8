//! A list shows its own realm, whatever is asked of it.
use super::cast::Cast;
use super::objects::Objects;
use crate::app::App;
use grantor_protocol::management::operations::{Operation, Reach};
use grantor_tests::covers;
use serde_json::Value;

/// Every operation that lists something of a realm.
fn lists() -> impl Iterator<Item = Operation> {
    let list = |o: &Operation| format!("{o:?}").starts_with("List") && o.line().reach == Reach::Realm;
    Operation::ALL.iter().copied().filter(list)
}

#[tokio::test]
async fn a_list_shows_its_own_realm_whatever_else_is_named() {
    covers!("O-244");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    app.settle().await;
    let mut cells = 0;
    for at in &cast.realms {
        let others = || {
            cast.realms
                .iter()
                .filter(|of| (&of.tenant, &of.realm) != (&at.tenant, &at.realm))
        };
        for operation in lists() {
            let path = at.path(operation, at);
            let all = app
                .done(
                    cast.bearer(at),
                    "GET",
                    &format!("{path}{}", widest(operation)),
                    &Value::Null,
                )
                .await;
            for of in others() {
                assert_nothing_of(of, &all.to_string(), &path);
                for query in foreign(of) {
                    let answer = app
                        .ask(cast.bearer(at), "GET", &format!("{path}?{query}"), &Value::Null)
                        .await;
                    // Either nobody knows the parameter, or nothing of the realm matches it; keys and the like take none.
                    if answer.status != 200 {
                        answer.assert_management_error(400, "bad_request");
                    }
                    assert_nothing_of(of, &answer.body, &format!("{path}?{query}"));
                    cells += 1;
                }
            }
        }
    }
    println!("cells: {cells}");
}

/// The largest page where there are pages.
fn widest(operation: Operation) -> &'static str {
    use Operation as O;
    match operation {
        O::ListSecrets | O::ListCredentials | O::ListIdentityRoles | O::ListGroupRoles | O::ListSigningKeys => "",
        _ => "?page_size=100",
    }
}

/// Ways to name another realm where only one's own is meant.
fn foreign(of: &Objects) -> Vec<String> {
    let Objects { tenant, realm, .. } = of;
    vec![
        format!("tenant_id={tenant}&realm_id={realm}"),
        format!("tenant={tenant}"),
        format!("org_id[]={tenant}&org_id[]={realm}"),
        format!("filter=realm_id%20eq%20{realm}"),
        "tenant_id=".into(),
        format!("resource_server_id={}", of.id("resource_server")),
        format!("identity={}", of.id("identity")),
        format!("application={}", of.id("application")),
    ]
}

#[track_caller]
pub(super) fn assert_nothing_of(of: &Objects, body: &str, what: &str) {
    let told_back = what.split_once('?').map_or("", |(_, query)| query);
    for (name, id) in of.all() {
        // Numbers of events are part of other numbers; the log has a test of its own.
        let found = name != "event" && !told_back.contains(id) && body.contains(id);
        assert!(!found, "{what} shows {name} {id} of {}/{}", of.tenant, of.realm);
    }
}
