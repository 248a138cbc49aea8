//! Revocation (RFC 7009): who asks, what the token is, whose it is, one write.
use crate::access_token::{self, OpenedToken};
use crate::bearer::{self, ManagementCaller};
use crate::client_auth::{AuthenticatedClient, authenticate_in_realm};
use crate::issuers::IssuerEntry;
use crate::refresh_tokens::{self, RefreshToken};
use crate::{Deps, Refusal, catalog, revocations};
use grantor_protocol::client_auth::{Presented, PresentedCredentials};
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::TOKENS_DELETE;
use grantor_protocol::token::refresh_token::{self, FamilyRecord, Refresh};
use grantor_protocol::words::GrantType;
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::events::Event;

/// A proven caller.
enum Caller {
    Client(AuthenticatedClient),
    Management(ManagementCaller),
}

/// What the token turned out to be.
enum Target {
    Access(Box<OpenedToken>),
    /// A refresh token of any generation, and its grant.
    Refresh(Box<FamilyRecord>, RefreshToken),
}

/// What a caller may do with a token.
enum Reach {
    /// End it.
    Own,
    /// Be told that it is somebody else's.
    Foreign,
    /// Nothing, and hear nothing.
    Outside,
}

/// Ends `token`, durably before this returns; a refresh token with its whole grant. What is not a live token of the realm is
/// ended already: nothing is done and nothing is said (RFC 7009 section 2.2). A live token of somebody else is
/// `invalid_grant` and lives on (V-02).
pub async fn revoke(
    deps: &Deps,
    issuer: &IssuerEntry,
    presented: &Presented<'_>,
    token: &str,
    address: &str,
) -> Result<(), Refusal> {
    let (now, key) = (deps.clock.now(), &issuer.issuer.key);
    let caller = match presented {
        Presented::Bearer(secret) => {
            let asked = (&*key.tenant, TOKENS_DELETE);
            Caller::Management(bearer::management(deps, asked, secret.expose(), now).await?)
        }
        Presented::Client(credentials) => client(deps, issuer, credentials, address, now).await?,
    };
    let Some(target) = find(deps, key, token).await? else {
        return Ok(());
    };
    match caller.reach(&target, issuer.issuer.application()) {
        Reach::Own => {
            let event = target.event(&caller, address, now);
            end(deps, key, &target, event).await
        }
        Reach::Foreign if target.is_live(deps, key, now).await? => {
            Err(OAuthError::invalid_grant("a token of another client").into())
        }
        Reach::Foreign | Reach::Outside => Ok(()),
    }
}

/// A public client proves nothing, so nothing but the token says that it may end it (O-178).
async fn client(
    deps: &Deps,
    issuer: &IssuerEntry,
    credentials: &PresentedCredentials<'_>,
    address: &str,
    now: UnixMillis,
) -> Result<Caller, Refusal> {
    let client = authenticate_in_realm(deps, &issuer.issuer.key, credentials, address, now).await?;
    match issuer.issuer.application() {
        Some(id) if id != client.entry().client.id => {
            Err(OAuthError::invalid_grant("the client is not the application in the path").into())
        }
        _ => Ok(Caller::Client(client)),
    }
}

async fn find(deps: &Deps, key: &RealmKey, token: &str) -> Result<Option<Target>, Refusal> {
    if !refresh_tokens::looks_like_one(token) {
        let opened = access_token::open(deps, key, token).await?;
        return Ok(opened.map(|opened| Target::Access(Box::new(opened))));
    }
    let Some(token) = refresh_tokens::read(deps, key, token) else {
        return Ok(None);
    };
    let family = deps.store.find_family(key, &token.grant).await?;
    Ok(family.map(|family| Target::Refresh(Box::new(family), token)))
}

/// Revokes what has not expired, dormant or not: a user who is enabled again must not bring back what was ended meanwhile.
async fn end(deps: &Deps, key: &RealmKey, target: &Target, event: Event) -> Result<(), Refusal> {
    match target {
        Target::Access(opened) => {
            let expires_at = UnixMillis::from_seconds(opened.claims.exp);
            let ended = opened.revoked || revocations::is_token_revoked(deps, key, &opened.claims.jti).await?;
            match ended || expires_at <= event.at {
                true => return Ok(()),
                false => revocations::revoke_token(deps, key, (&opened.claims.jti, expires_at), event).await?,
            }
        }
        Target::Refresh(family, _) if family.revoked => return Ok(()),
        Target::Refresh(_, token) => revocations::revoke_grant(deps, key, &token.grant, event).await?,
    }
    deps.metrics.tokens_revoked.add_one();
    Ok(())
}

impl Caller {
    /// A client reaches its own tokens; a manager those of the realm, or of the application in the path (V-03).
    fn reach(&self, target: &Target, application: Option<&str>) -> Reach {
        match self {
            Self::Client(client) if target.client() == Some(client.entry().client.id.as_str()) => Reach::Own,
            Self::Client(_) => Reach::Foreign,
            Self::Management(_) if application.is_none_or(|id| target.client() == Some(id)) => Reach::Own,
            Self::Management(_) => Reach::Outside,
        }
    }
}

impl Target {
    /// The id of the application it was issued to.
    fn client(&self) -> Option<&str> {
        match self {
            Self::Access(opened) => opened.client.as_ref().map(|entry| entry.client.id.as_str()),
            Self::Refresh(family, _) => Some(&family.client),
        }
    }

    /// Whether its owner could use it now.
    async fn is_live(&self, deps: &Deps, key: &RealmKey, now: UnixMillis) -> Result<bool, Refusal> {
        match self {
            Self::Access(opened) => Ok(opened.is_active(now, deps.settings.clock_skew_seconds)),
            Self::Refresh(family, token) => {
                let Some(owner) = catalog::client_by_id(deps, key, &family.client).await? else {
                    return Ok(false);
                };
                if !owner.client.enabled || !owner.client.may_use(GrantType::RefreshToken) {
                    return Ok(false);
                }
                let by_owner = refresh_token::Presented {
                    client: &owner.client,
                    issuer: &family.issuer,
                    generation: token.generation,
                    asked: None,
                    now,
                };
                let judged = refresh_token::check(&by_owner, family);
                Ok(matches!(judged, Refresh::Rotate | Refresh::Keep | Refresh::Repeat))
            }
        }
    }

    fn event(&self, caller: &Caller, address: &str, now: UnixMillis) -> Event {
        let by = match caller {
            Caller::Client(_) => "by its client".to_owned(),
            Caller::Management(manager) => format!("by {} as {}", manager.subject(), manager.client_id()),
        };
        let (kind, user, grant, what) = match self {
            Self::Access(opened) => {
                let claims = &opened.claims;
                let user = claims.user().map(str::to_owned);
                let what = format!("token {} ", claims.jti);
                (EventKind::TokenRevoked, user, claims.gid.clone(), what)
            }
            Self::Refresh(family, token) => {
                let user = Some(family.authorization.user.clone());
                (EventKind::GrantRevoked, user, Some(token.grant.clone()), String::new())
            }
        };
        Event {
            client: self.client().map(str::to_owned),
            user,
            grant,
            address: Some(address.to_owned()),
            detail: format!("{what}{by}"),
            ..Event::new(kind, now)
        }
    }
}
