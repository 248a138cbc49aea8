//! Names in documents: taken as they are, or refused by the field.
use super::{HOSTILE, check, kept, start};
use crate::app::{App, Authorize, Client, query_of};
use grantor_tests::covers;
use toml::{Table, Value};

const SECRET: &str = "h-secret-h-secret-h-secret-h-secret-";
const PASSWORD: &str = "password-of-hostile";

fn document(users: Vec<Table>, servers: Vec<Table>, applications: Vec<Table>) -> String {
    let mut document = Table::from_iter([
        ("tenant".to_owned(), Value::from("default")),
        ("realm".to_owned(), Value::from("main")),
    ]);
    for (name, list) in [
        ("users", users),
        ("resource_servers", servers),
        ("applications", applications),
    ] {
        document.insert(name.into(), Value::Array(list.into_iter().map(Value::Table).collect()));
    }
    document.to_string()
}

fn user(username: &str) -> Table {
    let mut user = Table::new();
    user.insert("id".into(), "u-hostile".into());
    user.insert("username".into(), username.into());
    user.insert("password".into(), PASSWORD.into());
    user.insert("email".into(), format!("a'%_;--{}@example.test", username.len()).into());
    let mut profile = Table::new();
    for name in ["name", "given_name", "nickname", "zoneinfo"] {
        profile.insert(name.into(), username.into());
    }
    user.insert("profile".into(), profile.into());
    user
}

fn server(id: &str, name: &str, identifier: &str, scope: &str) -> Table {
    let mut server = Table::new();
    server.insert("id".into(), id.into());
    server.insert("identifier".into(), identifier.into());
    server.insert("display_name".into(), name.into());
    let mut definition = Table::new();
    definition.insert("name".into(), scope.into());
    definition.insert("title".into(), name.into());
    definition.insert("description".into(), name.into());
    server.insert("scopes".into(), vec![definition].into());
    server
}

fn application(id: &str, client_id: &str, name: &str, scope: &str) -> Table {
    let text = format!(
        "resource_server = 'rh'\nclient_secrets = ['{SECRET}']\n[protocol_config]\ntype = 'oidc'\nconfidentiality = 'confidential'\n\
         token_endpoint_auth_method = 'client_secret_basic'\ngrant_types = ['authorization_code']\n\
         redirect_uris = ['https://h.test/cb']\nconsent = 'skip'\nrefresh_tokens = {{ enabled = true }}\n\
         token_configuration = {{ token_signing_algorithm = 'ES256', subject_field = 'username' }}"
    );
    let mut application: Table = text.parse().unwrap();
    application.insert("id".into(), id.into());
    application.insert("client_id".into(), client_id.into());
    application.insert("display_name".into(), name.into());
    let config = application["protocol_config"].as_table_mut().unwrap();
    config.insert("allowed_scopes".into(), vec![scope].into());
    application
}

/// Whether a name can stand where printable ASCII is asked for, and where a scope is.
fn is_printable(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, 0x20..=0x7E))
}

fn is_scope(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

#[tokio::test]
async fn names_are_taken_as_they_are() {
    covers!("O-340", "O-345");
    let app = start().await;
    let mut taken = 0;
    for text in HOSTILE.iter().filter(|text| !text.chars().any(char::is_control)) {
        let client_id = if is_printable(text) { text } else { "h" };
        let scope = if is_scope(text) { text } else { "x" };
        let identifier = format!("https://rh.test/{scope}");
        let all = document(
            vec![user(text)],
            vec![server("rh", text, &identifier, scope)],
            vec![application("app-h", client_id, text, scope)],
        );
        app.apply(&all).await.unwrap_or_else(|e| panic!("{text:?}: {e}"));
        taken += 1;
        // This user, by this name and no other, at this application.
        let request = Authorize::of("h")
            .set("client_id", client_id)
            .set("scope", &format!("openid profile email {scope}"));
        let target = app.browser().authorize_with(&request, text, PASSWORD).await;
        let (_, code) = query_of(&target).into_iter().find(|(name, _)| name == "code").unwrap();
        let client = Client::new(&app, "", client_id, SECRET);
        let tokens = client.redeem(&code, "https://h.test/cb").await;
        let tokens = client.refresh(&tokens.assert_tokens().member("refresh_token")).await;
        assert_eq!(
            tokens.assert_tokens().member("scope"),
            format!("openid profile email {scope}")
        );
        let access = tokens.member("access_token");
        let seen = client.introspect(&access).await.assert_active().json();
        assert_eq!((&seen["username"], &seen["sub"]), (&(*text).into(), &(*text).into()));
        assert_eq!(
            (&seen["client_id"], &seen["aud"][0]),
            (&(*client_id).into(), &identifier.as_str().into())
        );
        let seen = client.userinfo(&access).await;
        check("userinfo", &seen);
        for name in [
            "sub",
            "name",
            "given_name",
            "nickname",
            "zoneinfo",
            "preferred_username",
        ] {
            assert_eq!(seen.member(name), *text, "{name}");
        }
        // Nobody else answers to it.
        let others = app.tokens_for("a", "alice", "openid").await;
        let seen = app.client("a").userinfo(&others.member("access_token")).await;
        assert_eq!(seen.member("sub"), "u-alice");
        client
            .introspect(&others.member("access_token"))
            .await
            .assert_inactive();
    }
    assert_eq!(taken, HOSTILE.len() - 3);
}

async fn refused(app: &App, what: &str, field: &str, document: String) {
    let before = kept(app);
    let refusal = app.apply(&document).await.expect_err(what);
    assert!(refusal.contains(field), "{what}: {refusal}");
    assert!(!refusal.to_lowercase().contains("sql"), "{what}: {refusal}");
    assert_eq!(kept(app), before, "{what}");
}

#[tokio::test]
async fn what_cannot_be_a_name_is_refused_by_its_field() {
    covers!("O-340");
    let app = start().await;
    let long = "x".repeat(10_000);
    let controls: Vec<&str> = HOSTILE
        .iter()
        .filter(|t| t.chars().any(char::is_control))
        .copied()
        .collect();
    assert_eq!(controls.len(), 3);
    let one = || vec![server("rh", "R", "https://rh.test", "x")];
    for text in controls.iter().chain(&[long.as_str()]) {
        refused(
            &app,
            "username",
            "users[0].username",
            document(vec![user(text)], vec![], vec![]),
        )
        .await;
        let bad = vec![server("rh", text, "https://rh.test", "x")];
        refused(
            &app,
            "server",
            "resource_servers[0].display_name",
            document(vec![], bad, vec![]),
        )
        .await;
        let bad = vec![server("rh", "R", text, "x")];
        refused(
            &app,
            "identifier",
            "resource_servers[0].identifier",
            document(vec![], bad, vec![]),
        )
        .await;
        let bad = vec![server("rh", "R", "https://rh.test", text)];
        refused(
            &app,
            "scope",
            "resource_servers[0].scopes[0]",
            document(vec![], bad, vec![]),
        )
        .await;
        let bad = vec![application("app-h", "h", text, "x")];
        refused(
            &app,
            "application",
            "applications[0].display_name",
            document(vec![], one(), bad),
        )
        .await;
        let bad = vec![application("app-h", text, "H", "x")];
        refused(
            &app,
            "client_id",
            "applications[0].client_id",
            document(vec![], one(), bad),
        )
        .await;
    }
    // Ids stand in paths: letters, digits and three signs.
    for text in HOSTILE.iter().filter(|t| **t != "_") {
        let bad = vec![application(text, "h", "H", "x")];
        refused(&app, text, "applications[0].id", document(vec![], one(), bad)).await;
        let bad = vec![server(text, "R", "https://rh.test", "x")];
        refused(&app, text, "resource_servers[0].id", document(vec![], bad, vec![])).await;
    }
}
