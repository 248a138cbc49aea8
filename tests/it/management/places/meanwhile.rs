//! Realms that come and go.
use super::{REALMS, machines};
use crate::app::App;
use crate::management::admin::Admin;
use serde_json::{Value, json};

#[tokio::test]
async fn a_realm_that_goes_meanwhile_takes_no_record_and_one_that_comes_begins_empty() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let prefix = format!("{REALMS}/second");
    let new = json!({"id": "second", "display_name": "Second"});
    admin.create(REALMS, "realm", new.clone()).await;
    machines(&app, &admin, &prefix).await;
    let group = json!({"group": {"display_name": "Late"}});
    // Another process deletes the realm, and this one has not heard of it.
    app.sql(|on| on.execute("DELETE FROM realm WHERE id = 'second'", []));
    let before = crate::management::admin::records(&app);
    for (method, path, body) in [
        ("POST", "/groups", group.clone()),
        (
            "POST",
            "/applications",
            json!({"application": crate::management::admin::web("Late")}),
        ),
        ("PATCH", "", json!({"realm": {"display_name": "Late"}})),
        ("DELETE", "", Value::Null),
    ] {
        let answer = admin.send(method, &format!("{prefix}{path}"), &body).await;
        crate::management::admin::assert_missing(&answer, "realm");
    }
    let document = "tenant = 'default'\nrealm = 'second'\n[[users]]\nusername = 'late'";
    assert!(app.apply(document).await.is_err());
    assert_eq!(crate::management::admin::records(&app), before);
    // What is left of the old one, here all of it, is not of the next.
    admin.create(REALMS, "realm", new).await;
    for list in ["applications", "groups", "identities", "resource-servers"] {
        let answer = admin.get(&format!("{prefix}/{list}")).await;
        let body = answer.json();
        let list = body.as_object().unwrap().values().next().unwrap();
        assert_eq!(list, &json!([]));
    }
    let left = app.sql(|on| {
        let sql = "SELECT count(*) FROM signing_key WHERE tenant = 'default' AND realm = 'second'";
        on.query_row(sql, [], |r| r.get::<i64>(0))
    });
    assert_eq!(left, 0);
    machines(&app, &admin, &prefix).await;
}
