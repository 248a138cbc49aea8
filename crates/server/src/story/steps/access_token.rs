//! What an access token says, to whom, and who answers for it.
use crate::story::application::Application;
use crate::story::narrator::Narrator;
use crate::story::stage::Cast;
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreTokenResponse, CoreUserInfoClaims};
use openidconnect::{
    JsonWebKey as _, OAuth2TokenResponse as _, Scope, SubjectIdentifier, TokenIntrospectionResponse as _,
    TokenResponse as _,
};
use serde_json::Value;

/// The resource server that the tokens are for.
const NOTES: &str = "https://notes.example.com";

/// A part of a token, decoded.
fn part(token: &str, number: usize) -> anyhow::Result<Vec<u8>> {
    let part = token.split('.').nth(number).context("the token has too few parts")?;
    Ok(URL_SAFE_NO_PAD.decode(part)?)
}

fn text(token: &str, number: usize) -> anyhow::Result<String> {
    Ok(String::from_utf8(part(token, number)?)?)
}

/// Who the ID token is about.
fn subject(tokens: &CoreTokenResponse) -> anyhow::Result<SubjectIdentifier> {
    let token = tokens.id_token().context("expected an ID token, got none")?.to_string();
    let claims: Value = serde_json::from_slice(&part(&token, 1)?)?;
    let subject = claims["sub"].as_str().context("expected a sub, got none")?;
    Ok(SubjectIdentifier::new(subject.to_owned()))
}

/// Whether a published key made the signature: what a resource server does, without asking anybody.
fn verify(keys: &CoreJsonWebKeySet, token: &str) -> anyhow::Result<bool> {
    let header: Value = serde_json::from_slice(&part(token, 0)?)?;
    let algorithm: CoreJwsSigningAlgorithm = serde_json::from_value(header["alg"].clone())?;
    let named = |id: &str| header["kid"].as_str() == Some(id);
    let key = keys.keys().iter().find(|key| key.key_id().is_some_and(|id| named(id)));
    let key = key.context("expected the key of the token in the key set, got none")?;
    let (signed, _) = token.rsplit_once('.').context("the token has no parts")?;
    let signature = part(token, 2)?;
    Ok(key.verify_signature(&algorithm, signed.as_bytes(), &signature).is_ok())
}

/// The token with the first character of its claims changed.
fn tampered(token: &str) -> String {
    let at = token.find('.').map_or(0, |dot| dot + 2);
    let other = if token[at..].starts_with('A') { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

pub(in crate::story) fn self_contained(
    n: &mut Narrator<'_>,
    app: &Application,
    tokens: &CoreTokenResponse,
) -> anyhow::Result<()> {
    let token = tokens.access_token().secret();
    let (header, claims) = (text(token, 0)?, text(token, 1)?);
    n.show("header", &header);
    n.show("claims", &claims);
    let (header, claims): (Value, Value) = (serde_json::from_str(&header)?, serde_json::from_str(&claims)?);
    n.is(
        "its header says what it is",
        "RFC 9068 section 2.1",
        (header["typ"].as_str().unwrap_or_default(), "at+jwt"),
    )?;
    n.is(
        "its signature verifies with a published key",
        "RFC 7515 section 5.2",
        (verify(app.keys(), token)?, true),
    )?;
    n.is(
        "with one character changed it does not",
        "RFC 7515 section 5.2",
        (verify(app.keys(), &tampered(token))?, false),
    )?;
    let audience = claims["aud"]
        .as_array()
        .is_some_and(|all| all.iter().any(|a| a == NOTES));
    n.is("it is for the API of the notes", "RFC 9068 section 3", (audience, true))?;
    let who = claims["sub"].as_str().unwrap_or_default();
    n.is(
        "it speaks for the person who signed in",
        "RFC 9068 section 2.2",
        (who, subject(tokens)?.as_str()),
    )
}

pub(in crate::story) async fn referential(n: &mut Narrator<'_>, cast: &Cast, app: &Application) -> anyhow::Result<()> {
    let courier = Application::at(app.metadata.clone(), &cast.courier)?;
    let request = courier.client.exchange_client_credentials()?;
    let request = request.add_scope(Scope::new("notes:read".to_owned()));
    let tokens = request.request_async(&*n.wire()).await?;
    let token = tokens.access_token();
    let parts = token.secret().split('.').count();
    n.is("five parts: it is encrypted", "RFC 7516 section 3.1", (parts, 5))?;
    let header = text(token.secret(), 0)?;
    n.show("header", &header);
    let header: Value = serde_json::from_str(&header)?;
    let kid = header["kid"].as_str().unwrap_or_default();
    let published = app
        .keys()
        .keys()
        .iter()
        .any(|k| k.key_id().is_some_and(|id| id.as_str() == kid));
    n.is("its key is not published", "RFC 7516 section 4.1.6", (published, false))?;
    let readable = String::from_utf8(part(token.secret(), 3)?).is_ok();
    n.is("what it says cannot be read", "RFC 6749 section 1.4", (readable, false))?;
    let seen = courier.introspect(&n.wire(), token).await?;
    let id = seen.client_id().map(|id| id.as_str()).unwrap_or_default();
    n.is(
        "the server can: active, and whose it is",
        "RFC 7662 section 2.2",
        (format!("{} {id}", seen.active()), "true courier"),
    )
}

pub(in crate::story) async fn userinfo(
    n: &mut Narrator<'_>,
    app: &Application,
    tokens: &CoreTokenResponse,
) -> anyhow::Result<()> {
    let expected = subject(tokens)?;
    let request = app.client.user_info(tokens.access_token().clone(), None)?;
    let person: CoreUserInfoClaims = request.request_async(&*n.wire()).await?;
    n.is(
        "sub is that of the ID token",
        "OIDC Core section 5.3.2",
        (person.subject().as_str(), expected.as_str()),
    )?;
    let name = person
        .name()
        .and_then(|names| names.get(None))
        .map(|name| name.as_str());
    let email = person.email().map(|email| email.as_str());
    n.is(
        "profile and email, since both were asked for",
        "OIDC Core section 5.4",
        (
            format!("{name:?} {email:?}"),
            format!("{:?} {:?}", Some("Alice Liddell"), Some("alice@example.com")),
        ),
    )
}

pub(in crate::story) async fn introspect(
    n: &mut Narrator<'_>,
    app: &Application,
    tokens: &CoreTokenResponse,
) -> anyhow::Result<()> {
    let token = tokens.access_token();
    let seen = app.introspect(&n.wire(), token).await?;
    n.is("the token is active", "RFC 7662 section 2.2", (seen.active(), true))?;
    let claims: Value = serde_json::from_slice(&part(token.secret(), 1)?)?;
    let (sub, exp) = (seen.sub().unwrap_or_default(), seen.exp().map(|at| at.timestamp()));
    n.is(
        "the server says what the token says",
        "RFC 7662 section 2.2",
        (
            format!("{sub} until {exp:?}"),
            format!(
                "{} until {:?}",
                claims["sub"].as_str().unwrap_or_default(),
                claims["exp"].as_i64()
            ),
        ),
    )
}
