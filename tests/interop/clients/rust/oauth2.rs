//! The `oauth2` crate against a running server: client credentials, code with PKCE, introspection, and what must be refused.
#[path = "fixture.rs"]
mod fixture;

use fixture::{Fixture, Outcome, fetch, fetch_unencrypted, parameter, revocation_endpoint};
use oauth2::basic::{BasicClient, BasicErrorResponseType};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    IntrospectionUrl, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, RevocationUrl, Scope,
    StandardRevocableToken, TokenIntrospectionResponse, TokenResponse, TokenUrl,
};

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointNotSet, EndpointSet>;

fn client(fixture: &Fixture, client_id: &str, auth_type: AuthType) -> Outcome<Client> {
    let issuer = fixture.text("issuer");
    let mut client = BasicClient::new(ClientId::new(client_id.into()));
    if let Some(secret) = fixture.secret(client_id) {
        client = client.set_client_secret(ClientSecret::new(secret));
    }
    Ok(client
        .set_auth_type(auth_type)
        .set_auth_uri(AuthUrl::new(format!("{issuer}/authorize"))?)
        .set_token_uri(TokenUrl::new(format!("{issuer}/token"))?)
        .set_introspection_url(IntrospectionUrl::new(format!("{issuer}/introspect"))?)
        .set_redirect_uri(RedirectUrl::new(fixture.redirect_uri())?))
}

async fn machine(client: &Client) -> Outcome<()> {
    let token = client
        .exchange_client_credentials()
        .add_scope(Scope::new("orders:read".into()))
        .request_async(&fetch)
        .await?;
    let seen = client.introspect(token.access_token()).request_async(&fetch).await?;
    assert!(seen.active());
    assert_eq!(seen.client_id(), Some(client.client_id()));
    let wanted = client
        .exchange_client_credentials()
        .add_scope(Scope::new("nobody:has".into()))
        .request_async(&fetch)
        .await;
    refused(wanted.err(), BasicErrorResponseType::InvalidScope);
    Ok(())
}

#[track_caller]
fn refused<E: std::error::Error + 'static>(
    error: Option<RequestTokenError<E, oauth2::basic::BasicErrorResponse>>,
    code: BasicErrorResponseType,
) {
    match error {
        Some(RequestTokenError::ServerResponse(answer)) => assert_eq!(answer.error(), &code),
        other => panic!("{code:?} was expected, met {other:?}"),
    }
}

async fn person(fixture: &Fixture, client: &Client) -> Outcome<()> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("orders:read".into()))
        .set_pkce_challenge(challenge)
        .url();
    let response = fixture.browse(url.as_str(), "alice", "allow")?;
    assert_eq!(&parameter(&response, "state"), state.secret());
    assert_eq!(parameter(&response, "iss"), fixture.text("issuer"));
    let code = parameter(&response, "code");
    let redeem = |verifier: String| {
        client
            .exchange_code(AuthorizationCode::new(code.clone()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
    };
    let wrong = redeem("w".repeat(43)).request_async(&fetch).await;
    refused(wrong.err(), BasicErrorResponseType::InvalidGrant);
    let tokens = redeem(verifier.secret().clone()).request_async(&fetch).await?;
    assert!(
        tokens
            .scopes()
            .is_some_and(|s| s.iter().any(|s| s.as_str() == "orders:read"))
    );
    let again = redeem(verifier.secret().clone()).request_async(&fetch).await;
    refused(again.err(), BasicErrorResponseType::InvalidGrant);
    Ok(())
}

/// Renewed, asked for again, taken back: with the refresh token goes the family.
async fn lasting(fixture: &Fixture, client: &Client) -> Outcome<()> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, _) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(["openid", "orders:read"].map(|s| Scope::new(s.into())))
        .set_pkce_challenge(challenge)
        .url();
    let response = fixture.browse(url.as_str(), "alice", "allow")?;
    let redeemed = client.exchange_code(AuthorizationCode::new(parameter(&response, "code")));
    let first = redeemed.set_pkce_verifier(verifier).request_async(&fetch).await?;
    let (first, access) = (first.refresh_token().ok_or("no refresh token")?, first.access_token());
    let second = client
        .exchange_refresh_token(first)
        .add_scope(Scope::new("orders:read".into()))
        .request_async(&fetch)
        .await?;
    assert_eq!(second.scopes().map(Vec::len), Some(1));
    let successor = second.refresh_token().ok_or("no successor")?;
    assert_ne!(successor.secret(), first.secret());
    let again = client.exchange_refresh_token(first).request_async(&fetch).await?;
    assert_eq!(again.refresh_token().map(|t| t.secret()), Some(successor.secret()));
    let revoking = client
        .clone()
        .set_revocation_url(RevocationUrl::new(revocation_endpoint(&fixture.text("issuer")))?);
    let revoke = || revoking.revoke_token(StandardRevocableToken::from(successor.clone()));
    revoke()?.request_async(&fetch_unencrypted).await?;
    let refused_now = client.exchange_refresh_token(successor).request_async(&fetch).await;
    refused(refused_now.err(), BasicErrorResponseType::InvalidGrant);
    for token in [access, second.access_token(), again.access_token()] {
        assert!(!client.introspect(token).request_async(&fetch).await?.active());
    }
    revoke()?.request_async(&fetch_unencrypted).await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let fixture = Fixture::read()?;
    let machines = [
        ("machine-rs256", AuthType::BasicAuth),
        ("machine-ps256", AuthType::RequestBody),
        ("machine-es256", AuthType::BasicAuth),
        ("machine-eddsa", AuthType::BasicAuth),
        ("machine-referential", AuthType::BasicAuth),
    ];
    for (id, auth_type) in &machines {
        machine(&client(&fixture, id, auth_type.clone())?).await?;
    }
    for (id, auth_type) in [
        ("web-rs256", AuthType::BasicAuth),
        ("web-es256", AuthType::RequestBody),
        ("spa-ps256", AuthType::RequestBody),
    ] {
        person(&fixture, &client(&fixture, id, auth_type)?).await?;
    }
    lasting(&fixture, &client(&fixture, "web-refresh", AuthType::BasicAuth)?).await?;
    let wrong =
        client(&fixture, "machine-es256", AuthType::BasicAuth)?.set_client_secret(ClientSecret::new("wrong".repeat(8)));
    refused(
        wrong.exchange_client_credentials().request_async(&fetch).await.err(),
        BasicErrorResponseType::InvalidClient,
    );
    println!(
        "ok oauth2 (Rust) 5: 5 machines with introspection, 3 applications by code + PKCE, refresh and revocation; wrong verifier, secret and scope, replay refused"
    );
    Ok(())
}
