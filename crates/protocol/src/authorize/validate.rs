//! The checks on an authorization request, as a table: a line a check, in the order they run.
use super::request::AuthorizationRequest;
use super::response::MAX_STATE;
use crate::client::Client;
use crate::form::Params;
use crate::pkce::check_challenge;
use crate::scope::{self, Bounds, ScopeSet};
use crate::words::{CODE_CHALLENGE_METHOD, GrantType, Prompt, Protocol, ResponseMode, ResponseType};
use crate::{OAuthError, OAuthErrorCode};
use std::collections::BTreeSet;

/// Longest `nonce`, `login_hint` and `ui_locales` kept, in bytes.
const MAX_TEXT: usize = 1024;
/// Longest `id_token_hint` kept, in bytes.
const MAX_HINT: usize = 8192;

/// The endpoints a check applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Authorize,
}

/// What the realm knows, beside the client itself.
pub struct Known<'a> {
    /// Scopes of the application that its resource server still defines.
    pub allowed: &'a [String],
    /// Every scope that some resource server of the realm defines.
    pub scopes: &'a BTreeSet<String>,
}

/// One check: its name, where it applies, and the pure function that refuses or fills in.
pub struct Check {
    pub name: &'static str,
    pub endpoints: &'static [Endpoint],
    run: fn(&Context<'_>, &mut AuthorizationRequest) -> Result<(), OAuthError>,
}

struct Context<'a> {
    params: &'a Params<'a>,
    client: &'a Client,
    known: &'a Known<'a>,
}

impl Context<'_> {
    fn text(&self, name: &'static str, longest: usize) -> Result<Option<String>, OAuthError> {
        match self.params.get(name)? {
            Some(text) if text.len() > longest => Err(OAuthError::invalid_request(format!(
                "{name} is longer than {longest} bytes"
            ))),
            other => Ok(other.map(str::to_owned)),
        }
    }
}

const AUTHORIZE: &[Endpoint] = &[Endpoint::Authorize];

/// Every check on an authorization request, in order.
pub const CHECKS: &[Check] = &[
    Check {
        name: "no parameter is repeated",
        endpoints: AUTHORIZE,
        run: no_repetition,
    },
    Check {
        name: "the client may use the code grant",
        endpoints: AUTHORIZE,
        run: code_grant,
    },
    Check {
        name: "request objects are refused",
        endpoints: AUTHORIZE,
        run: no_request_object,
    },
    Check {
        name: "response_type",
        endpoints: AUTHORIZE,
        run: response_type,
    },
    Check {
        name: "response_mode",
        endpoints: AUTHORIZE,
        run: response_mode,
    },
    Check {
        name: "state",
        endpoints: AUTHORIZE,
        run: state,
    },
    Check {
        name: "scope",
        endpoints: AUTHORIZE,
        run: scope,
    },
    Check {
        name: "code_challenge",
        endpoints: AUTHORIZE,
        run: code_challenge,
    },
    Check {
        name: "nonce",
        endpoints: AUTHORIZE,
        run: nonce,
    },
    Check {
        name: "prompt",
        endpoints: AUTHORIZE,
        run: prompt,
    },
    Check {
        name: "max_age",
        endpoints: AUTHORIZE,
        run: max_age,
    },
    Check {
        name: "claims",
        endpoints: AUTHORIZE,
        run: claims,
    },
    Check {
        name: "hints",
        endpoints: AUTHORIZE,
        run: hints,
    },
];

/// Runs every check that applies to `endpoint`; the first that fails refuses the request.
pub fn validate(
    endpoint: Endpoint,
    params: &Params<'_>,
    client: &Client,
    known: &Known<'_>,
) -> Result<AuthorizationRequest, OAuthError> {
    let context = Context { params, client, known };
    let mut request = AuthorizationRequest::default();
    for check in CHECKS.iter().filter(|c| c.endpoints.contains(&endpoint)) {
        (check.run)(&context, &mut request)?;
    }
    Ok(request)
}

/// RFC 6749 section 3.1: parameters must not be included more than once.
fn no_repetition(context: &Context<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    context.params.check_no_repetition()
}

/// RFC 6749 section 4.1.2.1: unauthorized_client.
fn code_grant(context: &Context<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    if context.client.may_use(GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(OAuthError::new(
        OAuthErrorCode::UnauthorizedClient,
        "this application may not use the authorization_code grant",
    ))
}

/// OpenID Connect Core section 3.1.2.6: an unsupported object is refused, never ignored.
fn no_request_object(context: &Context<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    for (name, code) in [
        ("request", OAuthErrorCode::RequestNotSupported),
        ("request_uri", OAuthErrorCode::RequestUriNotSupported),
        ("registration", OAuthErrorCode::RegistrationNotSupported),
    ] {
        if context.params.get(name)?.is_some() {
            return Err(OAuthError::new(code, format!("parameter {name} is not supported")));
        }
    }
    Ok(())
}

/// RFC 6749 section 3.1.1.
fn response_type(context: &Context<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let text = context
        .params
        .get("response_type")?
        .ok_or_else(|| OAuthError::invalid_request("response_type is missing"))?;
    match ResponseType::parse(text) {
        Some(ResponseType::Code) => Ok(()),
        None => Err(OAuthError::new(
            OAuthErrorCode::UnsupportedResponseType,
            "response_type must be code",
        )),
    }
}

/// OAuth 2.0 Multiple Response Type Encoding Practices section 2.1; an unknown mode is answered in the default one.
fn response_mode(context: &Context<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    match context.params.get("response_mode")?.map(ResponseMode::parse) {
        None | Some(Some(ResponseMode::Query)) => Ok(()),
        Some(None) => Err(OAuthError::invalid_request("response_mode must be query")),
    }
}

fn state(context: &Context<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    context.text("state", MAX_STATE).map(drop)
}

/// RFC 6749 section 3.3; what is granted is decided by `scope::for_authorization`.
fn scope(context: &Context<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let asked = context.params.get("scope")?.map(ScopeSet::parse).transpose()?;
    let bounds = Bounds {
        allowed: context.known.allowed,
        oidc: context.client.config.protocol == Protocol::Oidc,
        offline: context.client.may_use(GrantType::RefreshToken),
        known: context.known.scopes,
    };
    request.scope = scope::for_authorization(asked.as_ref(), &bounds)?.to_string();
    Ok(())
}

/// RFC 7636 section 4.3 with `plain` removed (RFC 9700 section 2.1.1): required unless the application is exempt, enforced when sent.
fn code_challenge(context: &Context<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let method = context.params.get("code_challenge_method")?;
    let Some(challenge) = context.params.get("code_challenge")? else {
        if method.is_some() {
            return Err(OAuthError::invalid_request(
                "code_challenge_method was sent without code_challenge",
            ));
        }
        if context.client.requires_pkce() {
            return Err(OAuthError::invalid_request(
                "code_challenge is missing; this application must use PKCE with S256",
            ));
        }
        return Ok(());
    };
    if method != Some(CODE_CHALLENGE_METHOD) {
        return Err(OAuthError::invalid_request("code_challenge_method must be S256"));
    }
    check_challenge(challenge)?;
    request.code_challenge = Some(challenge.to_owned());
    Ok(())
}

/// OpenID Connect Core section 3.1.2.1.
fn nonce(context: &Context<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.nonce = context.text("nonce", MAX_TEXT)?;
    Ok(())
}

/// OpenID Connect Core section 3.1.2.1: `none` stands alone; unknown values are ignored.
fn prompt(context: &Context<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(text) = context.text("prompt", MAX_TEXT)? else {
        return Ok(());
    };
    for value in text.split(' ').filter(|v| !v.is_empty()) {
        if let Some(prompt) = Prompt::parse(value).filter(|p| !request.prompts(*p)) {
            request.prompt.push(prompt);
        }
    }
    let values = text.split(' ').filter(|v| !v.is_empty()).count();
    if request.prompts(Prompt::None) && values > 1 {
        return Err(OAuthError::invalid_request(
            "prompt none cannot be combined with other values",
        ));
    }
    Ok(())
}

/// OpenID Connect Core section 3.1.2.1: whole seconds, not negative.
fn max_age(context: &Context<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(text) = context.params.get("max_age")? else {
        return Ok(());
    };
    let digits = text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    let value = digits.then(|| text.parse().ok()).flatten();
    request.max_age =
        Some(value.ok_or_else(|| OAuthError::invalid_request("max_age must be a whole number of seconds"))?);
    Ok(())
}

/// OpenID Connect Core section 5.5 is optional: well-formed `claims` are ignored, anything else is an error.
fn claims(context: &Context<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(text) = context.text("claims", MAX_HINT)? else {
        return Ok(());
    };
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
        Ok(_) => Ok(()),
        Err(_) => Err(OAuthError::invalid_request("claims must be a JSON object")),
    }
}

fn hints(context: &Context<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.login_hint = context.text("login_hint", MAX_TEXT)?;
    request.id_token_hint = context.text("id_token_hint", MAX_HINT)?;
    // A hint for people must never fail a request (O-023).
    request.ui_locales = context
        .params
        .get("ui_locales")?
        .filter(|t| t.len() <= MAX_TEXT)
        .map(str::to_owned);
    Ok(())
}
