//! Filters of the log.
use super::scene::Scene;
use crate::app::{ADMIN, App, REALM, encode};
use crate::management::admin::{Admin, assert_field, text};
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn the_log_is_narrowed_by_each_of_its_filters_and_by_all_together() {
    covers!("O-344");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let scene = Scene::set(&admin).await;
    app.advance_seconds(10);
    let group = scene.path(Operation::UpdateGroup);
    let answer = admin
        .send("PATCH", &group, &json!({"group": {"display_name": "New"}}))
        .await;
    let request_id = answer.header("x-request-id").to_owned();
    app.advance_seconds(10);
    app.edit(|d| {
        crate::app::entry(d, "users", "u-bob").insert("email".into(), "bob@elsewhere.test".into());
    })
    .await
    .unwrap();
    let all = admin.events(REALM, &[]).await;
    let is = |at: &'static str, value: &str| {
        let value = json!(value);
        move |e: &Value| e.pointer(at) == Some(&value)
    };
    let check = async |query: &[(&str, &str)], is: &dyn Fn(&Value) -> bool| {
        let expected: Vec<&Value> = all.iter().filter(|e| is(e)).collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{query:?}");
        assert_eq!(
            admin.events(REALM, query).await.iter().collect::<Vec<_>>(),
            expected,
            "{query:?}"
        );
        let mut by_one = query.to_vec();
        by_one.push(("page_size", "1"));
        assert_eq!(admin.events(REALM, &by_one).await.iter().collect::<Vec<_>>(), expected);
    };
    check(&[("kind", "group.updated")], &is("/kind", "group.updated")).await;
    check(&[("actor", "operator")], &is("/actor/id", "operator")).await;
    check(&[("actor", "management-api")], &is("/actor/id", "management-api")).await;
    check(&[("target", &scene.group)], &is("/target/id", &scene.group)).await;
    check(
        &[("application", &scene.application)],
        &is("/application_id", &scene.application),
    )
    .await;
    check(&[("identity", "u-bob")], &is("/identity_id", "u-bob")).await;
    check(&[("address", "127.0.0.1")], &is("/address", "127.0.0.1")).await;
    check(&[("request_id", &request_id)], &is("/request_id", &request_id)).await;
    let at = |e: &Value| text(&e["at"]);
    let since = "2027-01-15T08:00:10Z";
    check(&[("since", since)], &|e| at(e).as_str() >= since).await;
    check(&[("until", since)], &|e| at(e).as_str() < since).await;
    check(&[("since", "2027-01-15T09:00:10+01:00")], &|e| at(e).as_str() >= since).await;
    let both = [("since", since), ("until", "2027-01-15T08:00:20Z")];
    check(&both, &|e| at(e) == since).await;
    let together = [
        ("kind", "group.updated"),
        ("actor", "management-api"),
        ("target", scene.group.as_str()),
        ("address", "127.0.0.1"),
        ("request_id", &request_id),
        ("since", since),
        ("until", "2027-01-15T08:00:11Z"),
    ];
    check(&together, &is("/kind", "group.updated")).await;
    for (name, other) in [
        ("actor", "operator"),
        ("target", "nothing"),
        ("application", "app-a"),
        ("identity", "u-alice"),
        ("address", "::1"),
        ("request_id", "x"),
        ("kind", "group.created"),
        ("since", "2027-01-15T08:00:11Z"),
        ("until", since),
    ] {
        let mut query: Vec<(&str, &str)> = together.iter().copied().filter(|(n, _)| *n != name).collect();
        query.push((name, other));
        assert_eq!(admin.events(REALM, &query).await, Vec::<Value>::new(), "{name}");
    }
    for (name, wrong) in [
        ("kind", "group"),
        ("kind", "GROUP.UPDATED"),
        ("kind", "group.%"),
        ("since", "yesterday"),
        ("since", "2027-01-15"),
        ("until", "1800000000"),
        ("until", "2027-13-15T08:00:00Z"),
    ] {
        let answer = admin.get(&format!("{REALM}/events?{}", encode(&[(name, wrong)]))).await;
        assert_field(wrong, &answer, name);
    }
    // Another realm's events are not found, by number neither.
    let id = text(&all[0]["id"]);
    let answer = admin.get(&format!("{ADMIN}/events/{id}")).await;
    crate::management::admin::assert_missing(&answer, "event");
    assert_eq!(admin.get(&format!("{REALM}/events/{id}")).await.status, 200);
}
