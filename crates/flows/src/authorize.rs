//! The authorization endpoint: establish where an answer may go, validate, decide the next step, and issue.
use crate::catalog::{self, ClientEntry};
use crate::interaction::{self, Interaction};
use crate::issuers::IssuerEntry;
use crate::keys::Purpose;
use crate::sessions::{self, LiveSession};
use crate::token::base64url;
use crate::{Deps, Refusal, keys, roles};
use grantor_jose::{CompactJws, parse_claims};
use grantor_protocol::authorize::{
    AuthorizationRequest, Endpoint, Known, LoginReason, Progress, ReturnAddress, ReturnFailure, Situation, Step,
    next_step, validate,
};
use grantor_protocol::claims::IdTokenClaims;
use grantor_protocol::form::Params;
use grantor_protocol::issuer::is_issuer_of;
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::words::{ApplicationType, ConsentPolicy, GrantType};
use grantor_protocol::{OAuthError, OAuthErrorCode, UnixMillis};
use grantor_store::Command;
use grantor_store::codes::NewCode;
use std::sync::Arc;

/// Why a request gets a page and never a redirect (RFC 6749 section 4.1.2.1).
pub enum PageProblem {
    /// Unknown or disabled: the page does not tell which, nor who.
    UnknownClient,
    /// The redirect URI; with the client, so that a developer can be told the difference.
    RedirectUri(Arc<ClientEntry>, ReturnFailure),
    /// `client_id` is missing, repeated or unreadable.
    BadRequest(OAuthError),
}

/// What `/authorize` leads to.
pub enum Begun {
    Page(PageProblem),
    /// Straight back to the client.
    Return(Return),
    /// A page is needed: the id of the stored request.
    Interact(String),
}

/// An answer on its way to the client; `refused` is the error it carries.
pub struct Return {
    pub url: String,
    pub refused: Option<OAuthError>,
}

/// Where an interaction stands.
pub enum Next {
    SignIn(LoginReason),
    Consent(ScopeSet),
    /// The user is done here; [`finish`] makes the answer.
    Finish(Finish),
}

/// How it ends. Looking at it changes nothing.
pub enum Finish {
    Issue,
    Refuse(OAuthError),
}

/// The browser's cookies, as far as this realm is concerned.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cookies<'a> {
    pub session: Option<&'a str>,
    pub browser: Option<&'a str>,
}

/// A request by GET: answered at once when no page is needed (decision 7).
pub async fn begin(
    deps: &Deps,
    issuer: &IssuerEntry,
    params: &Params<'_>,
    (cookies, from): (Cookies<'_>, &str),
) -> Result<Begun, Refusal> {
    let now = deps.clock.now();
    let (entry, address) = match establish(deps, issuer, params).await? {
        Ok(established) => established,
        Err(problem) => return Ok(Begun::Page(problem)),
    };
    let request = match validated(deps, &entry, params).await? {
        Ok(request) => request,
        Err(error) => return Ok(Begun::Return(refused(issuer, &address, error))),
    };
    let mut interaction = Interaction::new(deps, &issuer.issuer, &entry.client.id, (address, request), now);
    let live = sessions::find(deps, &issuer.issuer.key, cookies.session, now).await?;
    let place = Place {
        deps,
        issuer,
        entry: &entry,
        interaction: &interaction,
        live: live.as_ref(),
        now,
    };
    if let Next::Finish(finish) = place.next().await? {
        return Ok(Begun::Return(place.finish(finish).await?));
    }
    if let Some(browser) = cookies.browser {
        interaction::bind(deps, &issuer.issuer.key, &mut interaction, browser);
    }
    Ok(Begun::Interact(
        interaction::insert(deps, &issuer.issuer.key, &interaction, from).await?,
    ))
}

/// A request by POST: always stored first, because a cross-site POST carries no cookie to decide with (decision 14).
pub async fn begin_by_post(
    deps: &Deps,
    issuer: &IssuerEntry,
    params: &Params<'_>,
    from: &str,
) -> Result<Begun, Refusal> {
    let (entry, address) = match establish(deps, issuer, params).await? {
        Ok(established) => established,
        Err(problem) => return Ok(Begun::Page(problem)),
    };
    match validated(deps, &entry, params).await? {
        Err(error) => Ok(Begun::Return(refused(issuer, &address, error))),
        Ok(request) => {
            let now = deps.clock.now();
            let interaction = Interaction::new(deps, &issuer.issuer, &entry.client.id, (address, request), now);
            Ok(Begun::Interact(
                interaction::insert(deps, &issuer.issuer.key, &interaction, from).await?,
            ))
        }
    }
}

/// The client of a stored request, while it may be used as the request says: what it lost since, it cannot use.
pub async fn client_of(
    deps: &Deps,
    issuer: &IssuerEntry,
    interaction: &Interaction,
) -> Result<Option<Arc<ClientEntry>>, Refusal> {
    let entry = catalog::client_by_id(deps, &issuer.issuer.key, &interaction.client).await?;
    let request = &interaction.request;
    Ok(entry.filter(|e| {
        e.client.enabled
            && e.client.may_use(GrantType::AuthorizationCode)
            && interaction.return_address.is_registered(&e.client)
            && (request.code_challenge.is_some() || !e.client.requires_pkce())
    }))
}

/// A stored request, its client and who is signed in: everything the next step is decided from.
pub struct Place<'a> {
    pub deps: &'a Deps,
    pub issuer: &'a IssuerEntry,
    pub entry: &'a ClientEntry,
    pub interaction: &'a Interaction,
    pub live: Option<&'a LiveSession>,
    pub now: UnixMillis,
}

impl Place<'_> {
    /// What comes next. Changes nothing.
    pub async fn next(&self) -> Result<Next, Refusal> {
        let request = &self.interaction.request;
        let hinted = match &request.id_token_hint {
            None => None,
            Some(hint) => match self.hinted_user(hint).await? {
                Some(user) => Some(user),
                None => {
                    let error =
                        OAuthError::invalid_request("id_token_hint is not an ID token given to this application");
                    return Ok(Next::Finish(Finish::Refuse(error)));
                }
            },
        };
        let consent = match self.live {
            Some(live) => {
                self.deps
                    .store
                    .find_consent(&self.entry.client.key, &live.user.id, &self.entry.client.id)
                    .await?
            }
            None => None,
        };
        let scopes = self.scopes().await?;
        let step = next_step(&Situation {
            request,
            scopes: &scopes,
            client: &self.entry.client,
            session: self.live.map(|l| &l.session),
            consent: consent.as_ref(),
            hinted_user: hinted.as_ref().map(|h| h.as_deref()),
            progress: &self.interaction.progress,
            now: self.now,
        });
        Ok(match step {
            Step::Login(reason) => Next::SignIn(reason),
            Step::Consent(scopes) => Next::Consent(scopes),
            Step::Refuse(code) => Next::Finish(Finish::Refuse(OAuthError::new(code, refusal_text(code)))),
            Step::Issue => Next::Finish(Finish::Issue),
        })
    }

    /// What would be granted: what is asked, as far as the signed-in user's roles go (T-06).
    pub async fn scopes(&self) -> Result<ScopeSet, Refusal> {
        let asked = self.interaction.request.scopes();
        match self.live {
            Some(live) => roles::bounded(self.deps, self.entry, &live.user.id, asked).await,
            None => Ok(asked),
        }
    }

    /// Makes the answer for the client.
    pub async fn finish(&self, finish: Finish) -> Result<Return, Refusal> {
        let issued = match finish {
            Finish::Refuse(error) => Err(error),
            Finish::Issue => match self.live {
                None => Err(OAuthError::server_error("issue without a session")),
                Some(live) => self.authorization(live, self.scopes().await?),
            },
        };
        match issued {
            Ok(authorization) => self.issue(authorization).await,
            Err(error) => Ok(refused(self.issuer, &self.interaction.return_address, error)),
        }
    }
}

/// Makes the answer of a stored request. Looked at again (back, reload), it starts afresh: what the user did counts once.
/// `None` when another look was quicker.
pub async fn finish(place: &Place<'_>, id: &str, finish: Finish) -> Result<Option<Return>, Refusal> {
    if place.interaction.progress != Progress::default() {
        let (deps, key) = (place.deps, &place.issuer.issuer.key);
        if !interaction::take(deps, key, id).await? {
            return Ok(None);
        }
        interaction::save(deps, key, id, &place.interaction.afresh()).await?;
    }
    place.finish(finish).await.map(Some)
}

async fn establish(
    deps: &Deps,
    issuer: &IssuerEntry,
    params: &Params<'_>,
) -> Result<Result<(Arc<ClientEntry>, ReturnAddress), PageProblem>, Refusal> {
    let client_id = match params.get("client_id") {
        Ok(Some(id)) => id,
        Ok(None) => {
            return Ok(Err(PageProblem::BadRequest(OAuthError::invalid_request(
                "client_id is missing",
            ))));
        }
        Err(error) => return Ok(Err(PageProblem::BadRequest(error.into()))),
    };
    let entry = catalog::client(deps, &issuer.issuer.key, client_id)
        .await?
        .filter(|e| e.client.enabled);
    let Some(entry) = entry.filter(|e| issuer.issuer.application().is_none_or(|a| a == e.client.id)) else {
        return Ok(Err(PageProblem::UnknownClient));
    };
    match ReturnAddress::establish(&entry.client, params) {
        Ok(address) => Ok(Ok((entry, address))),
        Err(failure) => Ok(Err(PageProblem::RedirectUri(entry, failure))),
    }
}

async fn validated(
    deps: &Deps,
    entry: &ClientEntry,
    params: &Params<'_>,
) -> Result<Result<AuthorizationRequest, OAuthError>, Refusal> {
    let scopes = catalog::scopes(deps, &entry.client.key).await?;
    let known = Known {
        allowed: &entry.allowed,
        scopes: &scopes.names,
    };
    Ok(validate(Endpoint::Authorize, params, &entry.client, &known))
}

fn refused(issuer: &IssuerEntry, address: &ReturnAddress, error: OAuthError) -> Return {
    Return {
        url: address.with_error(&error, &issuer.issuer.url),
        refused: Some(error),
    }
}

fn refusal_text(code: OAuthErrorCode) -> &'static str {
    match code {
        OAuthErrorCode::AccessDenied => "the user did not allow this",
        OAuthErrorCode::LoginRequired => "the user is not signed in as asked, and no page may be shown",
        OAuthErrorCode::ConsentRequired => "the user has not allowed this yet, and no page may be shown",
        _ => "the request was refused",
    }
}

impl Place<'_> {
    fn authorization(&self, live: &LiveSession, scope: ScopeSet) -> Result<Authorization, OAuthError> {
        let field = self.entry.client.config.token_configuration.subject_field;
        // T-23: a user without the property cannot be named to this application.
        let subject = live.user.subject(field).ok_or_else(|| {
            let text = format!("the user has no {field}, which names users to this application");
            OAuthError::new(OAuthErrorCode::AccessDenied, text)
        })?;
        Ok(Authorization {
            grant: base64url(&self.deps.random::<16>()),
            user: live.user.id.clone(),
            subject: subject.to_owned(),
            scope,
            nonce: self.interaction.request.nonce.clone(),
            auth_time: live.session.auth_time,
            amr: live.session.amr.clone(),
            sid: live.session.sid.clone(),
        })
    }

    /// RFC 6749 section 4.1.2: the code is random, short-lived, and stored as an HMAC alone.
    async fn issue(&self, authorization: Authorization) -> Result<Return, Refusal> {
        let (deps, interaction) = (self.deps, self.interaction);
        let key = &self.entry.client.key;
        let code = base64url(&deps.random::<32>());
        let config = &self.entry.client.config;
        let new = NewCode {
            code_mac: deps.keys.mac(Purpose::Code, key, &[code.as_bytes()]),
            client: self.entry.client.id.clone(),
            issuer: self.issuer.issuer.kind.clone(),
            redirect_uri: interaction.return_address.redirect_uri().to_owned(),
            code_challenge: interaction.request.code_challenge.clone(),
            consent_needed: config.consent == ConsentPolicy::Ask || config.application_type == ApplicationType::Native,
            authorization,
            issued_at: self.now,
            expires_at: self.now.plus_seconds(deps.settings.code_seconds),
        };
        deps.store
            .write(Command::InsertCode(key.clone(), Box::new(new)))
            .await?;
        Ok(Return {
            url: interaction.return_address.with_code(&code, &self.issuer.issuer.url),
            refused: None,
        })
    }

    /// The user an `id_token_hint` names (OpenID Connect Core section 3.1.2.1): an ID token of this realm for this client, however old.
    /// `Some(Some(id))` when it is the signed-in user, `Some(None)` when it is somebody else, `None` when it is no such token.
    async fn hinted_user(&self, hint: &str) -> Result<Option<Option<String>>, Refusal> {
        let key = &self.issuer.issuer.key;
        let Ok(jws) = CompactJws::parse(hint) else {
            return Ok(None);
        };
        let keys = keys::believed(self.deps, key).await?;
        let verification = jws
            .kid()
            .filter(|_| jws.typ() == Some("JWT"))
            .and_then(|kid| keys.hint_verification(kid));
        let Some(payload) = verification.and_then(|k| jws.verify(k).ok()) else {
            return Ok(None);
        };
        let Ok(claims) = parse_claims::<IdTokenClaims<'static>>(&payload) else {
            return Ok(None);
        };
        let client = &self.entry.client;
        let ours = is_issuer_of(
            &claims.iss,
            &self.deps.settings.public_url,
            key,
            &client.id,
            self.issuer.serves_root,
        );
        if !ours || claims.aud != client.client_id.as_str() {
            return Ok(None);
        }
        let field = client.config.token_configuration.subject_field;
        let same = self.live.filter(|l| l.user.subject(field) == Some(&claims.sub));
        Ok(Some(same.map(|l| l.user.id.clone())))
    }
}
