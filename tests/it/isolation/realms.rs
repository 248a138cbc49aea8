//! Nothing of a realm is reached from another one, whoever asks and however it is addressed.
use super::cast::Cast;
use super::objects::Objects;
use crate::app::App;
use crate::apply::{assert_unsaved, saved};
use grantor_protocol::management::operations::{Operation, Reach};
use grantor_tests::covers;

/// Whether the path of an operation names an object of the realm.
fn names_an_object(operation: Operation) -> bool {
    let path = operation.line().full_path();
    path.replace("{tenant}", "").replace("{realm}", "").contains('{')
}

#[tokio::test]
async fn an_object_is_missing_under_the_path_of_any_other_realm() {
    covers!("O-242", "O-243");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    app.settle().await;
    let before = saved(&app);
    let mut cells = 0;
    for (i, of) in cast.realms.iter().enumerate() {
        for (j, at) in cast.realms.iter().enumerate() {
            for operation in Operation::ALL.iter().copied().filter(|o| names_an_object(*o)) {
                if i == j {
                    continue;
                }
                let (method, path) = (operation.line().method, of.path(operation, at));
                let answer = app.ask(cast.bearer(at), method, &path, &of.body(operation)).await;
                assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
                answer.assert_management_error(404, "not_found");
                cells += 1;
            }
        }
    }
    assert_unsaved(&app, &before, "objects of other realms");
    println!("cells: {cells}");
}

#[tokio::test]
async fn another_tenants_tokens_do_nothing_whatever_their_role() {
    covers!("O-242", "T-15");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    let mut tokens = vec![cast.bearers.clone()];
    for role in super::roles::BUILT_IN {
        let mut both = [String::new(), String::new()];
        for (i, portal) in cast.portals.iter().enumerate() {
            portal.user(&cast.bearers[i], role, &[role]).await;
            both[i] = portal.token(role, "").await;
        }
        tokens.push(both);
    }
    app.settle().await;
    let before = saved(&app);
    let mut cells = 0;
    for at in &cast.realms {
        let other = usize::from(at.tenant != "t2");
        for tokens in &tokens {
            for operation in Operation::ALL.iter().copied() {
                let line = operation.line();
                // The operator's tokens reach tenants (decision 10, tried in `management::bearers`), not what is in them.
                if other == 0 && line.reach != Reach::Realm {
                    continue;
                }
                let path = at.path(operation, at);
                let answer = app.ask(&tokens[other], line.method, &path, &at.body(operation)).await;
                assert_eq!(answer.status, 403, "{} {path}: {}", line.method, answer.body);
                answer.assert_management_error(403, "forbidden");
                cells += 1;
            }
        }
    }
    assert_unsaved(&app, &before, "tokens of another tenant");
    println!("cells: {cells}");
}

#[tokio::test]
async fn nothing_of_another_realm_is_taken_in_a_body() {
    covers!("O-242", "O-243");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    app.settle().await;
    let before = saved(&app);
    let mut cells = 0;
    let link = |of: &Objects| serde_json::json!({"application": {"resource_server_id": of.id("resource_server")}});
    for (i, of) in cast.realms.iter().enumerate() {
        for (j, at) in cast.realms.iter().enumerate() {
            if i == j {
                continue;
            }
            for operation in [
                Operation::AddRoleMembers,
                Operation::DeleteRoleMembers,
                Operation::AddGroupMembers,
                Operation::DeleteGroupMembers,
            ] {
                let path = at.path(operation, at);
                let answer = app.ask(cast.bearer(at), "POST", &path, &of.body(operation)).await;
                answer.assert_management_error(400, "bad_request");
                cells += 1;
            }
            let path = at.path(Operation::UpdateApplication, at);
            let answer = app.ask(cast.bearer(at), "PATCH", &path, &link(of)).await;
            let details = answer.assert_management_error(400, "bad_request");
            let field = &details[0]["field_violations"][0]["field"];
            assert!(
                field
                    .as_str()
                    .is_some_and(|f| f.contains("resource_server_id") || f.contains("allowed_scopes"))
            );
            cells += 1;
        }
    }
    assert_unsaved(&app, &before, "bodies that name objects of other realms");
    println!("cells: {cells}");
}
