//! From an address to tokens: discovery, authorization, sign-in, consent, redemption.
use crate::story::application::{Application, REDIRECT_URI};
use crate::story::browser::Browser;
use crate::story::html::Page;
use crate::story::narrator::Narrator;
use crate::story::stage::Cast;
use anyhow::Context as _;
use openidconnect::core::{CoreAuthenticationFlow, CoreTokenResponse};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, CsrfToken, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, Scope, TokenResponse as _,
};
use url::Url;

/// What the application keeps for itself while the browser is away.
pub(in crate::story) struct Asked {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

pub(in crate::story) async fn discover(n: &mut Narrator<'_>, cast: &Cast) -> anyhow::Result<Application> {
    let app = Application::discover(&n.wire(), &cast.issuer, &cast.notebook).await?;
    let issuer = app.metadata.issuer().as_str();
    n.is(
        "the issuer is the address that was asked",
        "OIDC Discovery section 4.3",
        (issuer, &cast.issuer),
    )?;
    let methods = app
        .metadata
        .additional_metadata()
        .code_challenge_methods_supported
        .join(" ");
    n.is(
        "PKCE is offered, and S256 alone",
        "RFC 8414 section 2",
        (methods, "S256"),
    )?;
    let keys = n.heard().last().map(|e| e.body()).unwrap_or_default();
    let private = ["\"d\"", "\"p\"", "\"q\"", "\"k\""]
        .iter()
        .filter(|m| keys.contains(**m));
    n.is(
        "every key in the set is a public one",
        "RFC 7517 section 9.2",
        (private.count(), 0),
    )?;
    Ok(app)
}

/// The address the application sends a browser to, and what it keeps.
pub(super) fn address(app: &Application) -> (Url, Asked) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, state, nonce) = app
        .client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "notes:read"].map(|s| Scope::new(s.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    (url, Asked { state, nonce, verifier })
}

pub(in crate::story) async fn ask(
    n: &mut Narrator<'_>,
    app: &Application,
    browser: &mut Browser,
) -> anyhow::Result<(Asked, Page)> {
    let (url, asked) = address(app);
    let page = browser.open(&url).await?.page()?;
    n.is(
        "a page asks who is there",
        "OIDC Core section 3.1.2.3",
        (page.asks_for(), "username and password"),
    )?;
    let bound = guarded_cookies(n);
    n.is(
        "the request is bound to this browser",
        "RFC 6749 section 10.12",
        (bound, 1),
    )?;
    let framed = n.header("content-security-policy").contains("frame-ancestors 'none'");
    n.is("no other page may frame it", "RFC 6749 section 10.13", (framed, true))?;
    Ok((asked, page))
}

/// Cookies set in this step that neither scripts nor forms of other sites can use.
fn guarded_cookies(n: &mut Narrator<'_>) -> usize {
    let lines = n.heard().iter().map(|exchange| exchange.header("set-cookie"));
    lines
        .filter(|line| line.contains("HttpOnly") && line.contains("SameSite=Lax"))
        .count()
}

pub(in crate::story) async fn sign_in(
    n: &mut Narrator<'_>,
    cast: &Cast,
    browser: &mut Browser,
    page: &Page,
) -> anyhow::Result<Page> {
    let alice = &cast.alice;
    let filled = [("username", alice.name), ("password", alice.secret.as_str())];
    let page = browser.submit(page, &filled).await?.page()?;
    let sessions = guarded_cookies(n);
    n.is(
        "a session begins, out of reach of scripts",
        "RFC 6265 section 4.1.2.6",
        (sessions, 1),
    )?;
    let told = ["Notebook", "Read your notes"]
        .iter()
        .filter(|text| page.says(text))
        .count();
    n.is("a page says who wants what", "OIDC Core section 3.1.2.4", (told, 2))?;
    Ok(page)
}

pub(in crate::story) async fn consent(
    n: &mut Narrator<'_>,
    app: &Application,
    (browser, page): (&mut Browser, &Page),
    asked: &Asked,
) -> anyhow::Result<AuthorizationCode> {
    let target = browser.submit(page, &[("decision", "allow")]).await?.elsewhere()?;
    let code = answer(n, app, &target, asked)?;
    let (address, _) = target.as_str().split_once('?').unwrap_or((target.as_str(), ""));
    n.is(
        "it goes to the registered address alone",
        "RFC 9700 section 4.1.3",
        (address, REDIRECT_URI),
    )?;
    Ok(code)
}

/// Reads the authorization response out of the address the browser is sent to.
pub(super) fn answer(
    n: &mut Narrator<'_>,
    app: &Application,
    target: &Url,
    asked: &Asked,
) -> anyhow::Result<AuthorizationCode> {
    let value = |name: &str| {
        let found = target.query_pairs().find(|(n, _)| n == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    n.is(
        "state comes back unchanged",
        "RFC 6749 section 4.1.2",
        (value("state"), asked.state.secret()),
    )?;
    n.is(
        "iss names the server that answers",
        "RFC 9207 section 2",
        (value("iss"), app.metadata.issuer().as_str()),
    )?;
    let code = Some(value("code")).filter(|code| !code.is_empty());
    Ok(AuthorizationCode::new(code.context("expected a code, got none")?))
}

/// Redeems without a word: the checks are told once.
pub(super) async fn exchange(
    n: &Narrator<'_>,
    app: &Application,
    code: AuthorizationCode,
    asked: &Asked,
) -> anyhow::Result<CoreTokenResponse> {
    let verifier = PkceCodeVerifier::new(asked.verifier.secret().clone());
    let request = app.client.exchange_code(code)?.set_pkce_verifier(verifier);
    Ok(request.request_async(&*n.wire()).await?)
}

pub(in crate::story) async fn redeem(
    n: &mut Narrator<'_>,
    app: &Application,
    code: AuthorizationCode,
    asked: &Asked,
) -> anyhow::Result<CoreTokenResponse> {
    let tokens = exchange(n, app, code, asked).await?;
    let cache = n.header("cache-control");
    n.is(
        "nobody may store the answer",
        "RFC 6749 section 5.1",
        (cache, "no-store"),
    )?;
    let id_token = tokens.id_token().context("expected an ID token, got none")?;
    let verifier = app.client.id_token_verifier();
    let claims = id_token.claims(&verifier, &asked.nonce);
    let valid = claims.as_ref().map_or_else(ToString::to_string, |_| "valid".to_owned());
    n.is(
        "ID token: signature, iss, aud, exp and nonce",
        "OIDC Core section 3.1.3.7",
        (valid, "valid"),
    )?;
    let (algorithm, key) = (id_token.signing_alg()?, id_token.signing_key(&verifier)?);
    let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)?;
    let claimed = claims?.access_token_hash().map(|hash| hash.to_string());
    n.is(
        "at_hash ties it to the access token",
        "OIDC Core section 3.1.3.6",
        (claimed.unwrap_or_default(), hash.to_string()),
    )?;
    Ok(tokens)
}
