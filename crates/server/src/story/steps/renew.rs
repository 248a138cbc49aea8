//! Refresh tokens: renewed, asked for again after a lost answer, and stolen.
use crate::story::application::Application;
use crate::story::narrator::Narrator;
use anyhow::Context as _;
use openidconnect::core::CoreTokenResponse;
use openidconnect::{
    Nonce, OAuth2TokenResponse as _, RefreshToken, TokenIntrospectionResponse as _, TokenResponse as _,
};

fn refresh_token(tokens: &CoreTokenResponse) -> anyhow::Result<&RefreshToken> {
    tokens.refresh_token().context("expected a refresh token, got none")
}

fn scope(tokens: &CoreTokenResponse) -> String {
    let scopes = tokens.scopes().into_iter().flatten().map(|s| s.as_str());
    scopes.collect::<Vec<_>>().join(" ")
}

pub(in crate::story) async fn refresh(
    n: &mut Narrator<'_>,
    app: &Application,
    first: &CoreTokenResponse,
) -> anyhow::Result<CoreTokenResponse> {
    let second = app.refresh(&n.wire(), refresh_token(first)?).await?.tokens()?;
    let access = first.access_token().secret() != second.access_token().secret();
    n.is("a new access token", "RFC 6749 section 6", (access, true))?;
    n.is(
        "with the scope of the old one",
        "RFC 6749 section 6",
        (scope(&second), scope(first)),
    )?;
    let rotated = refresh_token(first)?.secret() != refresh_token(&second)?.secret();
    n.is(
        "and a successor of the refresh token",
        "RFC 9700 section 4.14.2",
        (rotated, true),
    )?;
    // A renewed ID token tells of the same sign-in; there was no request that could have a nonce.
    let no_nonce = |nonce: Option<&Nonce>| nonce.map_or(Ok(()), |_| Err("it has a nonce".to_owned()));
    let any_nonce = |_: Option<&Nonce>| Ok(());
    let verifier = app.client.id_token_verifier();
    let before = first.id_token().context("expected an ID token, got none")?;
    let after = second.id_token().context("expected an ID token, got none")?;
    let before = before.claims(&verifier, any_nonce)?;
    let after = after.claims(&verifier, no_nonce)?;
    n.is(
        "ID token: the same person, the same sign-in",
        "OIDC Core section 12.2",
        (
            format!("{} at {:?}", after.subject().as_str(), after.auth_time()),
            format!("{} at {:?}", before.subject().as_str(), before.auth_time()),
        ),
    )?;
    Ok(second)
}

pub(in crate::story) async fn repeat(
    n: &mut Narrator<'_>,
    app: &Application,
    first: &CoreTokenResponse,
    second: &CoreTokenResponse,
) -> anyhow::Result<()> {
    let again = app.refresh(&n.wire(), refresh_token(first)?).await?;
    n.is(
        "an honest client is not logged out",
        "refresh_tokens.retry_window",
        (again.code(), "tokens"),
    )?;
    let again = again.tokens()?;
    n.is(
        "it gets the same successor, not a second one",
        "RFC 9700 section 4.14.2",
        (refresh_token(&again)?.secret(), refresh_token(second)?.secret()),
    )
}

pub(in crate::story) async fn replay(
    n: &mut Narrator<'_>,
    app: &Application,
    first: &CoreTokenResponse,
    second: &CoreTokenResponse,
) -> anyhow::Result<()> {
    let wire = n.wire();
    let third = app.refresh(&wire, refresh_token(second)?).await?.tokens()?;
    let used = refresh_token(&third)?.secret() != refresh_token(second)?.secret();
    n.is(
        "the client goes on with the successor",
        "RFC 6749 section 6",
        (used, true),
    )?;
    let stolen = app.refresh(&wire, refresh_token(first)?).await?;
    n.is(
        "the first token is refused",
        "RFC 6749 section 5.2",
        (stolen.code(), "invalid_grant"),
    )?;
    let newest = app.refresh(&wire, refresh_token(&third)?).await?;
    n.is(
        "and so is the newest: the grant is dead",
        "RFC 9700 section 4.14.2",
        (newest.code(), "invalid_grant"),
    )?;
    let seen = app.introspect(&wire, third.access_token()).await?;
    n.is(
        "its access tokens died with it",
        "RFC 9700 section 4.14.2",
        (seen.active(), false),
    )
}
