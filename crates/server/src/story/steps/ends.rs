//! A token is taken back, and everybody who asks knows.
use super::sign_in;
use crate::story::application::Application;
use crate::story::browser::Browser;
use crate::story::narrator::Narrator;
use crate::story::stage::Cast;
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openidconnect::core::{CoreTokenResponse, CoreUserInfoClaims};
use openidconnect::http::{Request, StatusCode, header};
use openidconnect::{HttpRequest, OAuth2TokenResponse as _};
use url::form_urlencoded::Serializer;

pub(in crate::story) async fn sign_in_and_revoke(
    n: &mut Narrator<'_>,
    cast: &Cast,
    app: &Application,
    browser: &mut Browser,
) -> anyhow::Result<CoreTokenResponse> {
    let (url, asked) = sign_in::address(app);
    let target = browser.open(&url).await?.elsewhere()?;
    let requests = n.heard().len();
    n.is(
        "session and consent hold: no page",
        "OIDC Core section 3.1.2.3",
        (requests, 1),
    )?;
    let code = sign_in::answer(n, app, &target, &asked)?;
    let tokens = sign_in::exchange(n, app, code, &asked).await?;
    let seen = at_userinfo(n, app, &tokens).await?;
    n.is("the new token opens a door", "RFC 6750 section 2.1", (seen, "200 OK"))?;
    let refresh = tokens.refresh_token().context("expected a refresh token, got none")?;
    let answer = n.wire().send(revocation(cast, app, refresh.secret())?).await?;
    let status = answer.answer.status();
    n.is(
        "the refresh token is taken back",
        "RFC 7009 section 2.2",
        (status, "200 OK"),
    )?;
    Ok(tokens)
}

/// What a resource server answers to the token.
async fn at_userinfo(
    n: &mut Narrator<'_>,
    app: &Application,
    tokens: &CoreTokenResponse,
) -> anyhow::Result<StatusCode> {
    let request = app.client.user_info(tokens.access_token().clone(), None)?;
    // A refusal is an answer too, and it is what was heard last.
    let _: Result<CoreUserInfoClaims, _> = request.request_async(&*n.wire()).await;
    let heard = n.heard().last().context("expected an answer, got none")?;
    Ok(heard.answer.status())
}

/// Written by hand: the crate revokes over https alone, and this server is on loopback.
fn revocation(cast: &Cast, app: &Application, token: &str) -> anyhow::Result<HttpRequest> {
    let endpoint = app.metadata.additional_metadata().revocation_endpoint.as_deref();
    let endpoint = endpoint.context("expected a revocation_endpoint in the server's metadata, got none")?;
    let notebook = &cast.notebook;
    let credentials = STANDARD.encode(format!("{}:{}", notebook.name, notebook.secret));
    let body = Serializer::new(String::new())
        .append_pair("token", token)
        .append_pair("token_type_hint", "refresh_token")
        .finish();
    let request = Request::post(endpoint)
        .header(header::AUTHORIZATION, format!("Basic {credentials}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    Ok(request.body(body.into_bytes())?)
}

pub(in crate::story) async fn introspect(
    n: &mut Narrator<'_>,
    app: &Application,
    tokens: &CoreTokenResponse,
) -> anyhow::Result<()> {
    app.introspect(&n.wire(), tokens.access_token()).await?;
    // Not a word more than RFC 7662 section 2.2 allows.
    let body = n.heard().last().map(|e| e.body()).unwrap_or_default();
    n.is(
        "the access token went with it",
        "RFC 7009 section 2.1",
        (body, r#"{"active":false}"#),
    )?;
    let seen = at_userinfo(n, app, tokens).await?;
    n.is("no door opens", "RFC 6750 section 3.1", (seen, "401 Unauthorized"))
}
