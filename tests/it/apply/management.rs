//! What the first start makes, and that no document changes it.
use super::{assert_same, rows};
use crate::app::{App, Place};
use grantor_flows::install::install;
use grantor_protocol::client::ClientConfig;
use grantor_protocol::management::{RESERVED_IDENTIFIER, SCOPES};
use grantor_protocol::resource_server::ScopeDefinition;
use grantor_protocol::words::{Confidentiality, GrantType};
use grantor_server::wiring::{self, Sources};
use grantor_tests::covers;

/// One column of one row.
fn value<T: rusqlite::types::FromSql>(app: &App, sql: &str) -> T {
    app.sql(|on| on.query_row(sql, [], |row| row.get(0)))
}

#[tokio::test]
async fn a_fresh_installation_has_what_an_admin_starts_from() {
    covers!("T-12");
    let app = App::start().await;
    let realms: String = value(
        &app,
        "SELECT string_agg(id || ' ' || CASE WHEN serves_root THEN 1 ELSE 0 END, ', ') FROM (SELECT * FROM realm WHERE tenant = 'default' ORDER BY id) r",
    );
    assert_eq!(realms, "admin 0, main 1");
    let admin = "tenant = 'default' AND realm = 'admin'";
    let config: String = value(
        &app,
        &format!(
            "SELECT config FROM client WHERE {admin} AND id = 'management-api' AND is_managed AND enabled AND resource_server = 'management'"
        ),
    );
    let config: ClientConfig = serde_json::from_str(&config).unwrap();
    assert_eq!(config.grant_types, [GrantType::ClientCredentials]);
    assert_eq!(config.confidentiality, Confidentiality::Confidential);
    assert_eq!(config.token_configuration.expires_after, 7_776_000);
    let all: Vec<&str> = SCOPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(config.allowed_scopes, all);
    let server = format!("FROM resource_server WHERE {admin} AND id = 'management' AND is_managed AND role_bounded");
    assert_eq!(
        value::<String>(&app, &format!("SELECT identifier {server}")),
        RESERVED_IDENTIFIER
    );
    let scopes: Vec<ScopeDefinition> =
        serde_json::from_str(&value::<String>(&app, &format!("SELECT scopes {server}"))).unwrap();
    assert_eq!(scopes.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), all);
    // One admin, who holds every scope and cannot sign in before somebody sets a credential.
    assert_eq!(
        value::<i64>(&app, &format!("SELECT count(*) FROM user WHERE {admin}")),
        1
    );
    let password: Option<String> = value(
        &app,
        &format!("SELECT password_hash FROM user WHERE {admin} AND username = 'admin' AND enabled"),
    );
    assert_eq!(password, None);
    let role = "FROM role_member m JOIN role r ON r.tenant = m.tenant AND r.realm = m.realm AND r.id = m.role";
    let held: String = value(
        &app,
        &format!("SELECT r.scopes {role} WHERE m.user = 'admin' AND r.is_managed AND r.name = 'Super Administrators'"),
    );
    assert_eq!(held, all.join(" "));
    // Nobody was there to see a secret, so there is none.
    assert_eq!(
        value::<i64>(&app, &format!("SELECT count(*) FROM client_secret WHERE {admin}")),
        0
    );
}

#[tokio::test]
async fn a_second_start_installs_nothing_and_two_first_ones_at_once_install_once() {
    let app = App::start().await;
    let before = rows(&app);
    assert!(install(&app.deps, true).await.is_ok_and(|made| made.is_none()));
    assert_same(&app, &before, "nothing was written");
    let place = Place::empty().await;
    let mut settings = app.settings.clone();
    settings.database.url = place.url();
    wiring::migrate(&settings, false).await.unwrap();
    let open = || wiring::deps(&settings, Sources::default());
    let (first, second) = (open().await.unwrap(), open().await.unwrap());
    let (first, second) = tokio::join!(install(&first, true), install(&second, true));
    let made: Vec<_> = [first, second]
        .into_iter()
        .map(|r| r.map_err(|_| "install").unwrap())
        .collect();
    assert_eq!(made.iter().flatten().count(), 1);
}

/// A document of the realm with one application or resource server.
fn document(tenant: &str, realm: &str, entry: &str) -> String {
    format!("tenant = '{tenant}'\nrealm = '{realm}'\n{entry}")
}

fn application(id: &str, client_id: &str) -> String {
    format!(
        "[[applications]]\nid = '{id}'\nclient_id = '{client_id}'\ndisplay_name = 'Mine'\nclient_secrets = ['mine-mine-mine-mine-mine-mine-mine-mine']\n[applications.protocol_config]\ntype = 'oauth2'\nconfidentiality = 'confidential'\ntoken_endpoint_auth_method = 'client_secret_post'\ngrant_types = ['client_credentials']"
    )
}

fn server(id: &str, identifier: &str) -> String {
    format!(
        "[[resource_servers]]\nid = '{id}'\nidentifier = '{identifier}'\ndisplay_name = 'Mine'\nintrospection = [{{ id = 'mine', secret = 'mine-mine-mine-mine-mine-mine-mine-mine' }}]"
    )
}

#[tokio::test]
async fn no_document_changes_what_the_server_made_for_itself() {
    covers!("T-12");
    let app = App::start().await;
    let before = rows(&app);
    for (tenant, realm, entry, field) in [
        (
            "default",
            "admin",
            application("management-api", "management-api"),
            "applications[0].id",
        ),
        (
            "default",
            "admin",
            application("management-api", "other"),
            "applications[0].id",
        ),
        (
            "default",
            "admin",
            application("mine", "management-api"),
            "applications[0].client_id",
        ),
        (
            "default",
            "admin",
            server("management", "https://mine.test"),
            "resource_servers[0].id",
        ),
        (
            "default",
            "admin",
            server("management", RESERVED_IDENTIFIER),
            "resource_servers[0].id",
        ),
        (
            "default",
            "admin",
            server("mine", RESERVED_IDENTIFIER),
            "resource_servers[0].identifier",
        ),
        (
            "default",
            "main",
            server("mine", RESERVED_IDENTIFIER),
            "resource_servers[0].identifier",
        ),
        (
            "default",
            "main",
            server("r1", RESERVED_IDENTIFIER),
            "resource_servers[0].identifier",
        ),
        (
            "t2",
            "main",
            server("mine", RESERVED_IDENTIFIER),
            "resource_servers[0].identifier",
        ),
    ] {
        let refusal = app.apply(&document(tenant, realm, &entry)).await.expect_err(&entry);
        assert!(refusal.contains(field), "{entry}: {refusal}");
        assert!(!refusal.contains("mine-mine"), "{refusal}");
        assert_same(&app, &before, &entry);
    }
    // The same entries under names of their own are no business of the server.
    for (realm, entry) in [
        ("main", application("management-api", "management-api")),
        ("main", server("management", "https://mine.test")),
        ("admin", application("mine", "mine")),
    ] {
        app.apply(&document("default", realm, &entry)).await.expect(&entry);
    }
}
