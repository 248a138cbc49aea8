//! What leads to the next page of a list leads nowhere else; the log of a realm is of that realm.
use super::cast::Cast;
use super::lists::assert_nothing_of;
use super::objects::Objects;
use crate::app::App;
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use serde_json::Value;

#[tokio::test]
async fn a_page_token_leads_on_in_its_own_list_alone() {
    covers!("O-244", "O-341");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    // A second one of each, so that there are pages.
    let mut second = Vec::new();
    for (i, of) in cast.realms.iter().enumerate() {
        let mark = format!("again-{i}");
        second.push(Objects::make(&app, cast.bearer(of), (&of.tenant, &of.realm, &mark)).await);
    }
    app.settle().await;
    let paged = [
        Operation::ListApplications,
        Operation::ListResourceServers,
        Operation::ListIdentities,
        Operation::ListGroups,
        Operation::ListEvents,
    ];
    let mut tokens = Vec::new();
    for (i, at) in cast.realms.iter().enumerate() {
        for operation in paged {
            let path = format!("{}?page_size=1", at.path(operation, at));
            let page = app.done(cast.bearer(at), "GET", &path, &Value::Null).await;
            tokens.push((i, operation, page["next_page_token"].as_str().unwrap().to_owned()));
        }
    }
    let mut cells = 0;
    for (i, of, token) in &tokens {
        for (j, at) in cast.realms.iter().enumerate() {
            for operation in paged {
                let path = format!("{}?page_size=1&page_token={token}", at.path(operation, at));
                let answer = app.ask(cast.bearer(at), "GET", &path, &Value::Null).await;
                match (*i, *of) == (j, operation) {
                    true => assert_eq!(answer.status, 200, "{path}: {}", answer.body),
                    false => drop(answer.assert_management_error(400, "bad_request")),
                }
                cells += 1;
            }
        }
    }
    assert_eq!(second.len(), cast.realms.len());
    println!("cells: {cells}");
}

#[tokio::test]
async fn the_log_of_a_realm_tells_of_that_realm() {
    covers!("O-242", "O-244", "O-249");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    for at in &cast.realms {
        let path = at.path(Operation::ListEvents, at);
        let all = app
            .done(cast.bearer(at), "GET", &format!("{path}?page_size=100"), &Value::Null)
            .await;
        let events = all["events"].as_array().unwrap();
        assert!(events.len() >= 8, "{all}");
        for of in cast
            .realms
            .iter()
            .filter(|of| (&of.tenant, &of.realm) != (&at.tenant, &at.realm))
        {
            assert_nothing_of(of, &all.to_string(), &path);
            let path = format!("{path}/{}", of.id("event"));
            let answer = app.ask(cast.bearer(at), "GET", &path, &Value::Null).await;
            answer.assert_management_error(404, "not_found");
        }
        for word in ["client_secret\":", "password_hash", "mac\":"] {
            assert!(!all.to_string().contains(word), "{word}");
        }
    }
}
