//! An authorization request that is kept while a user is asked; bound to the browser that brought it.
use crate::keys::Purpose;
use crate::token::base64url;
use crate::{Deps, Refusal};
use grantor_protocol::authorize::{AuthorizationRequest, Progress, ReturnAddress};
use grantor_protocol::issuer::{Issuer, IssuerKind, RealmKey};
use grantor_protocol::{OAuthError, UnixMillis};
use serde::{Deserialize, Serialize};

/// The stored request and what has happened since.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Interaction {
    /// The client's id.
    pub client: String,
    issuer: String,
    pub return_address: ReturnAddress,
    pub request: AuthorizationRequest,
    pub progress: Progress,
    /// MAC of the browser's cookie; empty after a cross-site POST, which carries no cookie (decision 14): `restart` binds it.
    browser: String,
    expires_at: UnixMillis,
}

impl Interaction {
    /// A fresh one.
    pub fn new(
        deps: &Deps,
        issuer: &Issuer,
        client: &str,
        asked: (ReturnAddress, AuthorizationRequest),
        now: UnixMillis,
    ) -> Self {
        let (return_address, request) = asked;
        Self {
            client: client.to_owned(),
            issuer: issuer.kind.to_text(),
            return_address,
            request,
            progress: Progress::default(),
            browser: String::new(),
            expires_at: now.plus_seconds(deps.settings.interaction_seconds),
        }
    }
    /// The same request, as if nobody had been asked yet.
    pub(crate) fn afresh(&self) -> Self {
        Self {
            progress: Progress::default(),
            ..self.clone()
        }
    }
    /// Whether it began under this issuer (decision 11).
    pub fn is_of(&self, issuer: &Issuer) -> bool {
        IssuerKind::from_text(&self.issuer).as_ref() == Some(&issuer.kind)
    }
}

/// What a page request finds.
pub enum Found {
    /// The interaction, bound to this browser.
    Ours(Box<Interaction>),
    /// Unknown or too old (E4).
    Stale,
    /// It belongs to another browser, or this browser sent no cookie.
    Foreign,
}

/// Stores it under a new id. Nobody has signed in yet, so an address may do so only so often.
pub async fn insert(deps: &Deps, key: &RealmKey, interaction: &Interaction, address: &str) -> Result<String, Refusal> {
    let now = deps.clock.now();
    if let Some(seconds) = deps.stored_requests.wait(address, now) {
        return Err(Refusal::TooMany(seconds));
    }
    deps.stored_requests.count(address, now);
    let id = base64url(&deps.random::<16>());
    save(deps, key, &id, interaction).await?;
    Ok(id)
}

/// Stores it again under its id.
pub(crate) async fn save(deps: &Deps, key: &RealmKey, id: &str, interaction: &Interaction) -> Result<(), Refusal> {
    let bytes = serde_json::to_vec(interaction).map_err(|e| OAuthError::server_error(e.to_string()))?;
    deps.ephemeral
        .put(&name(key, id), bytes, interaction.expires_at, deps.clock.now())
        .await?;
    Ok(())
}

/// Changes what stands there now: since it was looked at, another tab may have gone on. Nothing, when it is gone meanwhile.
pub(crate) async fn change(
    deps: &Deps,
    key: &RealmKey,
    id: &str,
    change: impl FnOnce(&mut Interaction),
) -> Result<(), Refusal> {
    let Some(mut interaction) = stored(deps, key, id).await? else {
        return Ok(());
    };
    change(&mut interaction);
    save(deps, key, id, &interaction).await
}

/// Takes it away; of several at once one does.
pub(crate) async fn take(deps: &Deps, key: &RealmKey, id: &str) -> Result<bool, Refusal> {
    Ok(deps.ephemeral.take(&name(key, id), deps.clock.now()).await?.is_some())
}

/// Binds it to a browser.
pub fn bind(deps: &Deps, key: &RealmKey, interaction: &mut Interaction, browser: &str) {
    interaction.browser = browser_mac(deps, key, browser);
}

/// Begins the same request anew for another browser, which is no more than following the client's link again. `None` when it is gone.
pub async fn restart(
    deps: &Deps,
    issuer: &Issuer,
    id: &str,
    (browser, address): (&str, &str),
) -> Result<Option<String>, Refusal> {
    let Some(stored) = load(deps, issuer, id).await? else {
        return Ok(None);
    };
    let mut fresh = stored.afresh();
    fresh.expires_at = deps.clock.now().plus_seconds(deps.settings.interaction_seconds);
    bind(deps, &issuer.key, &mut fresh, browser);
    insert(deps, &issuer.key, &fresh, address).await.map(Some)
}

/// Loads it for the browser that holds `browser`.
pub async fn find(deps: &Deps, issuer: &Issuer, id: &str, browser: Option<&str>) -> Result<Found, Refusal> {
    let key = &issuer.key;
    let Some(interaction) = load(deps, issuer, id).await? else {
        return Ok(Found::Stale);
    };
    let Some(browser) = browser else {
        return Ok(Found::Foreign);
    };
    let mac = browser_mac(deps, key, browser);
    if !grantor_jose::equal(interaction.browser.as_bytes(), mac.as_bytes()) {
        return Ok(Found::Foreign);
    }
    Ok(Found::Ours(Box::new(interaction)))
}

async fn load(deps: &Deps, issuer: &Issuer, id: &str) -> Result<Option<Interaction>, Refusal> {
    if id.is_empty() || id.len() > 64 {
        return Ok(None);
    }
    let interaction = stored(deps, &issuer.key, id).await?;
    Ok(interaction.filter(|i| i.is_of(issuer)))
}

async fn stored(deps: &Deps, key: &RealmKey, id: &str) -> Result<Option<Interaction>, Refusal> {
    let now = deps.clock.now();
    let stored = deps.ephemeral.get(&name(key, id), now).await?;
    let stored: Option<Interaction> = stored.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let latest = now.plus_seconds(deps.settings.interaction_seconds);
    // An end that lies further off than a life from now was told by a clock that is ahead.
    let skew = deps.settings.clock_skew_seconds;
    Ok(stored.filter(|i| !i.expires_at.is_ahead_of(latest, skew)))
}

/// The token a form of this browser carries (O-196 to O-201); `form` names what the form does and for which interaction.
pub fn form_token(deps: &Deps, key: &RealmKey, browser: &str, form: &str) -> String {
    base64url(
        &deps
            .keys
            .mac(Purpose::Form, key, &[browser.as_bytes(), form.as_bytes()]),
    )
}

/// Whether `token` is the one [`form_token`] gives; compared in constant time.
pub fn is_form_token(deps: &Deps, key: &RealmKey, browser: &str, form: &str, token: &str) -> bool {
    !browser.is_empty() && grantor_jose::equal(form_token(deps, key, browser, form).as_bytes(), token.as_bytes())
}

/// A value for the cookie that tells browsers apart before anybody signs in.
pub fn new_browser(deps: &Deps) -> String {
    base64url(&deps.random::<32>())
}

fn browser_mac(deps: &Deps, key: &RealmKey, browser: &str) -> String {
    base64url(&deps.keys.mac(Purpose::Browser, key, &[browser.as_bytes()]))
}

fn name(key: &RealmKey, id: &str) -> String {
    format!("interaction\n{}\n{}\n{id}", key.tenant, key.realm)
}
