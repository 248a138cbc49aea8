//! What introspection says of a token, and to whom (RFC 7662 sections 2.1 and 2.2).
use crate::UnixMillis;
use crate::claims::{AccessTokenClaims, Audience};
use crate::client::Client;
use crate::resource_server::ResourceServer;
use serde::Serialize;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// The application, which sees tokens issued to it.
    Client(&'a Client),
    /// A resource server, which sees tokens for its own audience (decision 23).
    ResourceServer(&'a ResourceServer),
    /// A bearer with `tokens:introspect`, whose reach was proven before.
    Management,
}

/// What is known of the token beside its claims.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Its client and, where it has one, its user exist and are enabled, and its issuer is one of this realm.
    pub parents_stand: bool,
    pub revoked: bool,
    /// The user's name, for a token that speaks for a user.
    pub username: Option<&'a str>,
}

/// The answer for an active token (RFC 7662 section 2.2).
#[derive(Debug, Serialize)]
pub struct ActiveToken<'a> {
    pub active: bool,
    pub scope: &'a str,
    pub client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<&'a str>,
    pub token_type: &'static str,
    pub exp: i64,
    pub iat: i64,
    pub nbf: i64,
    pub sub: &'a str,
    pub aud: &'a Audience,
    pub iss: &'a str,
    pub jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_claims: Option<&'a serde_json::Map<String, serde_json::Value>>,
}

/// The answer for a live refresh token, which only its own client and managers get (I-04). It names no audience: nobody but
/// the token endpoint takes it.
#[derive(Debug, Serialize)]
pub struct ActiveRefreshToken<'a> {
    pub active: bool,
    /// Never `Bearer`: who guards an API reads here that this is no access token.
    pub token_type: &'static str,
    pub scope: String,
    pub client_id: &'a str,
    pub username: &'a str,
    pub exp: i64,
    pub sub: &'a str,
    pub iss: &'a str,
    pub gid: &'a str,
    pub sid: &'a str,
    pub auth_time: i64,
}

/// The whole body of the answer for anything else (RFC 7662 section 2.2: nothing more is said).
pub const INACTIVE: &str = r#"{"active":false}"#;

/// `None` means [`INACTIVE`], whatever the reason.
pub fn describe<'a>(
    claims: &'a AccessTokenClaims,
    caller: Caller<'_>,
    standing: Standing<'a>,
    now: UnixMillis,
    skew_seconds: i64,
) -> Option<ActiveToken<'a>> {
    let may_see = match caller {
        Caller::Client(client) => claims.client_id == client.client_id,
        Caller::ResourceServer(server) => claims.aud.contains(&server.identifier),
        Caller::Management => true,
    };
    if !may_see || !claims.is_current(now, skew_seconds) || standing.revoked || !standing.parents_stand {
        return None;
    }
    Some(ActiveToken {
        active: true,
        scope: &claims.scope,
        client_id: &claims.client_id,
        username: standing.username,
        token_type: "Bearer",
        exp: claims.exp,
        iat: claims.iat,
        nbf: claims.nbf,
        sub: &claims.sub,
        aud: &claims.aud,
        iss: &claims.iss,
        jti: &claims.jti,
        gid: claims.gid.as_deref(),
        uid: claims.uid.as_deref(),
        sid: claims.sid.as_deref(),
        auth_time: claims.auth_time,
        custom_claims: claims.custom_claims.as_ref(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::RealmKey;

    fn claims() -> AccessTokenClaims {
        AccessTokenClaims {
            iss: "https://id.test".into(),
            sub: "c1".into(),
            aud: Audience::One("https://api.test".into()),
            exp: 2000,
            iat: 1000,
            nbf: 1000,
            jti: "j".into(),
            client_id: "c1".into(),
            scope: "read".into(),
            gid: None,
            uid: None,
            sid: None,
            auth_time: None,
            custom_claims: None,
        }
    }

    fn server(identifier: &str) -> ResourceServer {
        ResourceServer {
            key: RealmKey::new("t", "r"),
            id: "s".into(),
            identifier: identifier.into(),
            display_name: "S".into(),
            is_managed: false,
            role_bounded: false,
            scopes: vec![],
        }
    }

    #[test]
    fn only_a_live_token_of_ones_own_is_described() {
        let stands = Standing {
            parents_stand: true,
            revoked: false,
            username: None,
        };
        let (own, foreign) = (server("https://api.test"), server("https://other.test"));
        let at = UnixMillis::from_seconds;
        for (caller, standing, now, expected) in [
            (Caller::ResourceServer(&own), stands, at(1500), true),
            (Caller::ResourceServer(&foreign), stands, at(1500), false),
            (Caller::Management, stands, at(1500), true),
            (Caller::Management, stands, at(2000), false),
            (Caller::Management, stands, at(1999), true),
            (Caller::Management, stands, at(989), false),
            (
                Caller::Management,
                Standing {
                    revoked: true,
                    ..stands
                },
                at(1500),
                false,
            ),
            (
                Caller::Management,
                Standing {
                    parents_stand: false,
                    ..stands
                },
                at(1500),
                false,
            ),
        ] {
            assert_eq!(
                describe(&claims(), caller, standing, now, 10).is_some(),
                expected,
                "{caller:?} {standing:?} {now:?}"
            );
        }
    }
}
