//! A name that is given again brings nothing back.
use super::cast::Cast;
use crate::app::{App, OTHER, form_of};
use crate::interact::texts;
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use serde_json::{Value, json};

const FIXTURE: &str = include_str!("../fixtures/other.toml");

/// The second tenant's machine gets tokens without a signature of the realm.
async fn make_referential(app: &App) {
    let machine = "[applications.protocol_config]\ntype = \"oauth2\"";
    let referential = FIXTURE.replace(machine, &format!("{machine}\ntoken_format = \"referential\""));
    app.apply(&referential).await.unwrap();
}

#[tokio::test]
async fn a_realm_that_gets_the_name_of_a_deleted_one_gets_nothing_else_of_it() {
    covers!("O-242");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    let (operator, own) = (&cast.bearers[0], &cast.bearers[1]);
    let main = cast
        .realms
        .iter()
        .find(|r| r.tenant == "t2" && r.realm == "main")
        .unwrap();
    let client = app.other_client("m");
    let kept = client.machine_token().await;
    for _ in 0..2 {
        let mut browser = app.browser();
        let form = form_of(&browser.open(&format!("{OTHER}/account/sign-in?to=home")).await);
        let form = form.set("username", "alice").set("password", "alice-of-t2");
        assert_eq!(browser.submit(&form).await.status, 200);
    }
    app.settle().await;
    make_referential(&app).await;
    let sealed = app.other_client("m").machine_token().await;
    for token in [&kept, &sealed] {
        client.introspect(token).await.assert_active();
    }
    let old_keys = app.get(&format!("{}/jwks", OTHER)).await.body;
    let beside = App::start_beside(&app).await;
    beside.other_client("m").introspect(&sealed).await.assert_active();
    app.done(operator, "DELETE", "/v1/tenants/t2", &Value::Null).await;
    app.advance_seconds(1);
    let body = json!({"tenant": {"id": "t2", "display_name": "Another"}});
    app.done(operator, "POST", "/v1/tenants", &body).await;
    let fresh = app.other_management_token("").await;
    let body = json!({"realm": {"id": "main", "display_name": "Another"}});
    app.done(&fresh, "POST", "/v1/tenants/t2/realms", &body).await;
    app.apply(FIXTURE).await.unwrap();
    make_referential(&app).await;
    grantor_flows::jobs::catch_up(&beside.deps).await.unwrap();
    for process in [&app, &beside] {
        let client = process.other_client("m");
        for token in [&kept, &sealed] {
            client.introspect(token).await.assert_inactive();
        }
        let answer = process.ask(own, "GET", "/v1/tenants/t2/realms/main/applications", &Value::Null);
        answer.await.assert_management_error(401, "unauthorized");
        let keys = process.get(&format!("{}/jwks", OTHER)).await.body;
        assert!(old_keys.len() > 20 && keys.len() > 20);
        let kids = |text: &str| -> Vec<String> {
            let all: Value = serde_json::from_str(text).unwrap();
            let all = all["keys"].as_array().unwrap().iter();
            all.map(|k| k["kid"].as_str().unwrap().to_owned()).collect()
        };
        assert!(kids(&keys).iter().all(|kid| !kids(&old_keys).contains(kid)), "{keys}");
        let token = client.machine_token().await;
        client.introspect(&token).await.assert_active();
    }
    // Users of documents have the ids they had: what happened to the former ones is not theirs to see.
    let mut browser = app.browser();
    let form = form_of(&browser.open(&format!("{OTHER}/account/sign-in?to=home")).await);
    let form = form.set("username", "alice").set("password", "alice-of-t2");
    assert_eq!(browser.submit(&form).await.status, 200);
    app.settle().await;
    for page in ["/account/activity?show=all", "/account"] {
        let page = browser.open(&format!("{OTHER}{page}")).await;
        assert_eq!(
            texts(&page, ".event-what"),
            ["Signed in", "Account made"],
            "{}",
            page.body
        );
    }
    for (name, id) in main.all() {
        if name != "event" {
            let listed = app
                .done(&fresh, "GET", &main.path(Operation::ListEvents, main), &Value::Null)
                .await;
            assert!(!listed.to_string().contains(id), "{name}");
        }
    }
}
