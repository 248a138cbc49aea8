//! What the user sees next. The only place where prompt, max_age, id_token_hint and prompt=none are decided.
use super::request::AuthorizationRequest;
use crate::client::Client;
use crate::scope::ScopeSet;
use crate::words::{ApplicationType, ConsentPolicy, Prompt};
use crate::{OAuthErrorCode, UnixMillis};
use serde::{Deserialize, Serialize};

/// A signed-in browser (`sub` of the user, when and how it was authenticated).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    pub sid: String,
    pub user: String,
    pub auth_time: UnixMillis,
    pub amr: Vec<String>,
}

/// What has happened inside this interaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The browser session that signing in on this interaction made.
    pub signed_in: Option<String>,
    pub consented: Option<Allowed>,
    pub denied: bool,
}

/// What was allowed on this interaction, and by whom: the browser may hold somebody else's session by the time it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    pub user: String,
    /// A scope string.
    pub scope: String,
}

/// Everything the decision rests on.
pub struct Situation<'a> {
    pub request: &'a AuthorizationRequest,
    /// The scopes that would be granted: those asked for, as far as the user's roles go.
    pub scopes: &'a ScopeSet,
    pub client: &'a Client,
    pub session: Option<&'a BrowserSession>,
    /// The lasting consent of this user for this client.
    pub consent: Option<&'a ScopeSet>,
    /// The user `id_token_hint` names, when it could be verified; `Some(None)` when it names nobody known.
    pub hinted_user: Option<Option<&'a str>>,
    pub progress: &'a Progress,
    pub now: UnixMillis,
}

/// Why the sign-in page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginReason {
    /// Nobody is signed in.
    SignedOut,
    /// `prompt=login` or `max_age` asks for a fresh authentication.
    Fresh,
    /// `prompt=select_account`, or `id_token_hint` names somebody else.
    Account,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Login(LoginReason),
    Consent(ScopeSet),
    Issue,
    Refuse(OAuthErrorCode),
}

/// OpenID Connect Core section 3.1.2.3 and 3.1.2.4, RFC 8252 section 8.6.
pub fn next_step(situation: &Situation<'_>) -> Step {
    let silent = situation.request.prompts(Prompt::None);
    if situation.progress.denied {
        return Step::Refuse(OAuthErrorCode::AccessDenied);
    }
    match login_needed(situation) {
        // The user was asked and somebody else signed in.
        Some(LoginReason::Account) if signed_in_here(situation) => return Step::Refuse(OAuthErrorCode::LoginRequired),
        Some(_) if silent => return Step::Refuse(OAuthErrorCode::LoginRequired),
        Some(reason) => return Step::Login(reason),
        None => {}
    }
    // T-06: something was asked for, and the user's roles hold nothing of it.
    if situation.scopes.is_empty() && !situation.request.scopes().is_empty() {
        return Step::Refuse(OAuthErrorCode::AccessDenied);
    }
    match consent_needed(situation) {
        Some(_) if silent => Step::Refuse(OAuthErrorCode::ConsentRequired),
        Some(scopes) => Step::Consent(scopes),
        None => Step::Issue,
    }
}

fn signed_in_here(situation: &Situation<'_>) -> bool {
    match (situation.session, &situation.progress.signed_in) {
        (Some(session), Some(sid)) => session.sid == *sid,
        _ => false,
    }
}

fn login_needed(situation: &Situation<'_>) -> Option<LoginReason> {
    let Some(session) = situation.session else {
        return Some(LoginReason::SignedOut);
    };
    if situation
        .hinted_user
        .is_some_and(|hinted| hinted != Some(&session.user))
    {
        return Some(LoginReason::Account);
    }
    if signed_in_here(situation) {
        return None;
    }
    if situation.request.prompts(Prompt::SelectAccount) {
        return Some(LoginReason::Account);
    }
    // max_age=0 is prompt=login (OpenID Connect Core section 3.1.2.1).
    let too_old = |limit| limit == 0 || situation.now.seconds_since(session.auth_time) > limit;
    if situation.request.prompts(Prompt::Login) || situation.request.max_age.is_some_and(too_old) {
        return Some(LoginReason::Fresh);
    }
    None
}

/// The scopes to show, when the user must be asked.
fn consent_needed(situation: &Situation<'_>) -> Option<ScopeSet> {
    let asked = situation.scopes;
    let by_this_user = |a: &&Allowed| situation.session.is_some_and(|s| s.user == a.user);
    let allowed = situation.progress.consented.as_ref().filter(by_this_user);
    if allowed.is_some_and(|a| asked.is_subset_of(&ScopeSet::from_stored(&a.scope))) {
        return None;
    }
    let config = &situation.client.config;
    // RFC 8252 section 8.6: nothing proves who a native client is, so it never gets a silent answer.
    let assured = config.application_type == ApplicationType::Web;
    let forced = situation.request.prompts(Prompt::Consent);
    if assured && !forced {
        if config.consent == ConsentPolicy::Skip {
            return None;
        }
        if situation.consent.is_some_and(|given| asked.is_subset_of(given)) {
            return None;
        }
    }
    Some(asked.clone())
}
