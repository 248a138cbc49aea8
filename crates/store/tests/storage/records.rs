//! Records to store; a test changes what it is about.
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Client;
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::{IssuerKind, RealmKey};
use grantor_protocol::resource_server::{ResourceServer, ScopeDefinition};
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::user::{Profile, User};
use grantor_store::codes::NewCode;
use grantor_store::events::Event;
use grantor_store::grants::{NewFamily, NewGrant};
use grantor_store::sessions::NewSession;
use grantor_store::{Command, NewConsent, NewReplay};

pub(crate) const fn at(seconds: i64) -> UnixMillis {
    UnixMillis(seconds * 1000)
}

pub(crate) fn key() -> RealmKey {
    RealmKey::new("t", "r")
}

/// Keys next to [`key`]: same realm of another tenant, another realm of the same tenant, and both swapped.
pub(crate) fn other_keys() -> [RealmKey; 3] {
    [
        RealmKey::new("t2", "r"),
        RealmKey::new("t", "r2"),
        RealmKey::new("r", "t"),
    ]
}

/// A code of grant `g{number}`, stored at 0 and good for a minute.
pub(crate) fn code(number: u8) -> NewCode {
    NewCode {
        code_mac: [number; 32],
        client: "app-a".into(),
        issuer: IssuerKind::Application("app-a".into()),
        redirect_uri: "https://a.test/cb?x=1".into(),
        code_challenge: Some("challenge".into()),
        consent_needed: false,
        authorization: Authorization {
            grant: format!("g{number}"),
            user: "u".into(),
            subject: "u@example.test".into(),
            scope: ScopeSet::from_stored("openid read"),
            nonce: Some("n".into()),
            auth_time: UnixMillis(-1),
            amr: vec!["pwd".into(), "otp".into()],
            sid: "sid".into(),
        },
        issued_at: at(0),
        expires_at: at(60),
    }
}

/// The grant of [`code`] with the same number; its refresh tokens last a thousand seconds beyond its first access token.
pub(crate) fn grant(number: u8, now: UnixMillis) -> NewGrant {
    NewGrant {
        client: "app-a".into(),
        issuer: IssuerKind::Realm,
        authorization: code(number).authorization,
        consent_needed: false,
        tokens_end_at: now.plus_seconds(3600),
        refresh: Some(NewFamily {
            ends_at: now.plus_seconds(4600),
            session_bound: true,
        }),
    }
}

pub(crate) fn event(kind: EventKind, now: UnixMillis) -> Event {
    Event {
        client: Some("app-a".into()),
        user: Some("u".into()),
        ..Event::new(kind, now)
    }
}

/// Redeeming [`code`] with the same number.
pub(crate) fn redeem(number: u8, now: UnixMillis) -> Command {
    Command::RedeemCode {
        key: key(),
        code_mac: [number; 32],
        grant: Box::new(grant(number, now)),
        max_attempts: 10,
        replay: Box::new(NewReplay {
            now,
            event: event(EventKind::CodeReplayed, now),
        }),
    }
}

pub(crate) fn revoke_grant(key: RealmKey, grant: &str, now: UnixMillis) -> Command {
    Command::RevokeGrant {
        key,
        grant: grant.into(),
        event: Box::new(event(EventKind::GrantRevoked, now)),
    }
}

pub(crate) fn allow(key: RealmKey, user: &str, client: &str, scope: &str, now: UnixMillis) -> Command {
    let new = NewConsent {
        user: user.into(),
        client: client.into(),
        scope: scope.into(),
        now,
    };
    Command::SaveConsent(key, Box::new(new))
}

pub(crate) fn insert_code(number: u8) -> Command {
    Command::InsertCode(key(), Box::new(code(number)))
}

pub(crate) fn session(number: u8, created_at: UnixMillis) -> NewSession {
    NewSession {
        id_mac: [number; 32],
        sid: format!("sid{number}"),
        user: "u".into(),
        amr: vec!["pwd".into()],
        auth_time: created_at,
        created_at,
        expires_at: created_at.plus_seconds(3600),
        address: "192.0.2.1".into(),
        agent: "agent".into(),
        proven_by: None,
    }
}

pub(crate) fn client(id: &str) -> Client {
    let config = r#"{"type": "oidc", "confidentiality": "confidential", "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"], "redirect_uris": ["https://a.test/cb", "https://a.test/cb2", "https://b.test:8443/"]}"#;
    Client {
        key: key(),
        id: format!("app-{id}"),
        client_id: id.into(),
        display_name: "A".into(),
        is_managed: false,
        enabled: true,
        resource_server: None,
        config: serde_json::from_str(config).expect("a configuration"),
    }
}

pub(crate) fn resource_server(id: &str) -> ResourceServer {
    ResourceServer {
        key: key(),
        id: id.into(),
        identifier: format!("https://{id}.test"),
        display_name: "API".into(),
        is_managed: false,
        role_bounded: true,
        scopes: vec![ScopeDefinition {
            name: "read".into(),
            title: "Read \"things\"".into(),
            description: String::new(),
        }],
    }
}

pub(crate) fn user(id: &str, username: &str) -> User {
    User {
        key: key(),
        id: id.into(),
        username: username.into(),
        enabled: true,
        email: Some("u@example.test".into()),
        email_verified: true,
        profile: Profile {
            name: Some("Zoë".into()),
            ..Profile::default()
        },
    }
}
