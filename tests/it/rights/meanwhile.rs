//! What somebody loses or gains while something of theirs is under way.
use crate::app::{ADMIN, App, Portal, REALM, config};
use grantor_tests::covers;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SUPER: &str = "/v1/tenants/default/realms/admin/resource-servers/management/roles/super-administrators";

#[tokio::test]
async fn a_right_that_is_lost_before_the_body_ends_is_lost() {
    covers!("O-140", "O-245");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let mallory = portal.user(&bearer, "mallory", &["super-administrators"]).await;
    portal.user(&bearer, "other", &["super-administrators"]).await;
    let body = json!({"identity_ids": [mallory]});
    for (path, body) in [
        (format!("{SUPER}:addMembers"), body.to_string()),
        (format!("{ADMIN}/signing-keys"), "{}".to_owned()),
        (format!("{ADMIN}/identities/{mallory}/setup-link"), "{}".to_owned()),
    ] {
        app.done(
            &bearer,
            "POST",
            &format!("{SUPER}:addMembers"),
            &json!({"identity_ids": [mallory]}),
        )
        .await;
        let token = portal.token("mallory", "").await;
        let mut socket = TcpStream::connect(app.base.trim_start_matches("http://"))
            .await
            .unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{{",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        // The head is judged meanwhile.
        for _ in 0..5 {
            app.get("/jwks").await;
        }
        app.done(
            &bearer,
            "POST",
            &format!("{SUPER}:deleteMembers"),
            &json!({"identity_ids": [mallory]}),
        )
        .await;
        socket.write_all(&body.as_bytes()[1..]).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
        let members = app
            .done(&bearer, "GET", &format!("{SUPER}/members"), &Value::Null)
            .await;
        assert!(!members.to_string().contains(&mallory), "{path}: {members}");
    }
}

#[tokio::test]
async fn a_link_ends_with_whatever_else_lets_somebody_in() {
    covers!("O-248", "O-274");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let user = portal.user(&bearer, "plain", &[]).await;
    let path = format!("{ADMIN}/identities/{user}");
    let made = app
        .done(
            &bearer,
            "POST",
            &format!("{ADMIN}/groups"),
            &json!({"group": {"display_name": "Admins"}}),
        )
        .await;
    let group = made["group"]["id"].as_str().unwrap().to_owned();
    let in_group = format!("{ADMIN}/groups/{group}:addMembers");
    let out_of_group = format!("{ADMIN}/groups/{group}:deleteMembers");
    let (me, us) = (json!({"identity_ids": [user]}), json!({"group_ids": [group]}));
    for (method, to, body, ends) in [
        ("PATCH", path.clone(), json!({"identity": {"enabled": true}}), false),
        ("POST", in_group.clone(), me.clone(), false),
        (
            "PATCH",
            path.clone(),
            json!({"identity": {"password": "another bicycle"}}),
            true,
        ),
        ("PATCH", path.clone(), json!({"identity": {"enabled": false}}), true),
        ("DELETE", format!("{path}/sessions"), Value::Null, true),
        ("POST", format!("{SUPER}:addMembers"), me.clone(), true),
        ("POST", format!("{SUPER}:deleteMembers"), me.clone(), false),
        ("POST", format!("{SUPER}:addMembers"), us.clone(), true),
        ("POST", out_of_group, me.clone(), false),
        ("POST", in_group, me, true),
        ("POST", format!("{SUPER}:deleteMembers"), us, false),
    ] {
        let link = app
            .done(&bearer, "POST", &format!("{path}/setup-link"), &json!({}))
            .await;
        let url = link["setup_link"]["url"]
            .as_str()
            .unwrap_or_else(|| panic!("{link}"))
            .to_owned();
        let link = url.strip_prefix(&app.base).unwrap();
        assert_eq!(app.get(link).await.status, 200);
        app.done(&bearer, method, &to, &body).await;
        // Nor does it come back.
        app.done(&bearer, "PATCH", &path, &json!({"identity": {"enabled": true}}))
            .await;
        let status = app.get(link).await.status;
        assert_eq!(status, if ends { 410 } else { 200 }, "{method} {to} {body}");
    }
}

#[tokio::test]
async fn what_roles_bound_stays_bounded_when_the_server_is_called_otherwise() {
    covers!("T-06", "O-140");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let body = json!({"resource_server": {"display_name": "A", "identifier": "https://a.test", "role_bounded": true,
        "scopes": ["read", "write"]}});
    let made = app
        .done(&bearer, "POST", &format!("{REALM}/resource-servers"), &body)
        .await;
    let server = made["resource_server"]["id"].as_str().unwrap().to_owned();
    let portal = Portal::of(&app, &bearer, (REALM, &server), &config(&json!(["read", "write"]))).await;
    let roles = format!("{REALM}/resource-servers/{server}/roles");
    let body = json!({"role": {"display_name": "Both", "scopes": ["read", "write"]}});
    let role = app.done(&bearer, "POST", &roles, &body).await["role"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let user = portal.user(&bearer, "renamed", &[&role]).await;
    let token = portal.token("renamed", "").await;
    let told = portal.client().introspect(&token).await;
    assert_eq!(told.assert_active().member("scope"), "read write");
    let renamed = json!({"resource_server": {"identifier": "https://b.test"}});
    app.done(
        &bearer,
        "PATCH",
        &format!("{REALM}/resource-servers/{server}"),
        &renamed,
    )
    .await;
    let told = portal.client().introspect(&token).await;
    assert_eq!(told.assert_active().member("scope"), "read write");
    app.done(
        &bearer,
        "POST",
        &format!("{roles}/{role}:deleteMembers"),
        &json!({"identity_ids": [user]}),
    )
    .await;
    let told = portal.client().introspect(&token).await.json();
    assert!(!told.to_string().contains("write"), "{told}");
}
