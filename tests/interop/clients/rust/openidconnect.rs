//! The `openidconnect` crate against a running server: discovery, code with PKCE and nonce, ID token, at_hash, userinfo.
#[path = "fixture.rs"]
mod fixture;

use fixture::{Fixture, Outcome, fetch, fetch_unencrypted, parameter, revocation_endpoint};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, RevocationUrl, Scope,
    TokenResponse,
};

struct Case {
    client_id: &'static str,
    algorithm: CoreJwsSigningAlgorithm,
    auth_type: AuthType,
    username: &'static str,
}

async fn sign_in(fixture: &Fixture, issuer: &str, case: &Case) -> Outcome<()> {
    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(issuer.into())?, &fetch).await?;
    let secret = fixture.secret(case.client_id).map(ClientSecret::new);
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(case.client_id.into()), secret)
        .set_auth_type(case.auth_type.clone())
        .set_redirect_uri(RedirectUrl::new(fixture.redirect_uri())?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["profile", "email", "orders:read"].map(|s| Scope::new(s.into())))
        .set_pkce_challenge(challenge)
        .url();
    let response = fixture.browse(url.as_str(), case.username, "allow")?;
    assert_eq!(&parameter(&response, "state"), state.secret());
    assert_eq!(parameter(&response, "iss"), issuer);
    let code = AuthorizationCode::new(parameter(&response, "code"));
    let verifier = verifier.secret().clone();
    let redeem = || -> Outcome<_> {
        Ok(client
            .exchange_code(code.clone())?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.clone())))
    };
    let tokens = redeem()?.request_async(&fetch).await?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let verification = client.id_token_verifier().set_allowed_algs([case.algorithm.clone()]);
    let claims = id_token.claims(&verification, &nonce)?;
    assert!(id_token.claims(&verification, &Nonce::new("another".into())).is_err());
    assert!(claims.auth_time().is_some());
    let expected = claims.access_token_hash().ok_or("no at_hash")?;
    let key = id_token.signing_key(&verification)?;
    assert_eq!(
        &AccessTokenHash::from_token(tokens.access_token(), id_token.signing_alg()?, key)?,
        expected
    );
    let user: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))?
        .request_async(&fetch)
        .await?;
    assert!(user.email().is_some() && user.preferred_username().is_some_and(|u| u.as_str() == case.username));
    match redeem()?.request_async(&fetch).await {
        Err(RequestTokenError::ServerResponse(answer)) => {
            assert_eq!(answer.error(), &CoreErrorResponseType::InvalidGrant)
        }
        other => panic!("a replayed code must be refused, met {other:?}"),
    }
    assert!(
        client
            .user_info(tokens.access_token().clone(), None)?
            .request_async::<openidconnect::EmptyAdditionalClaims, _, openidconnect::core::CoreGenderClaim>(&fetch)
            .await
            .is_err()
    );
    Ok(())
}

/// An ID token comes with every renewal and tells of the same sign-in; a revoked refresh token takes the access tokens with it.
async fn lasting(fixture: &Fixture, client_id: &str) -> Outcome<()> {
    let issuer = fixture.text("issuer");
    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(issuer.clone())?, &fetch).await?;
    let secret = fixture.secret(client_id).map(ClientSecret::new);
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(client_id.into()), secret)
        .set_redirect_uri(RedirectUrl::new(fixture.redirect_uri())?)
        .set_revocation_url(RevocationUrl::new(revocation_endpoint(&issuer))?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, _, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .set_pkce_challenge(challenge)
        .url();
    let response = fixture.browse(url.as_str(), "alice", "allow")?;
    let redeemed = client.exchange_code(AuthorizationCode::new(parameter(&response, "code")))?;
    let first = redeemed.set_pkce_verifier(verifier).request_async(&fetch).await?;
    let refresh = first.refresh_token().ok_or("no refresh token")?;
    let second = client.exchange_refresh_token(refresh)?.request_async(&fetch).await?;
    let verification = client.id_token_verifier();
    let without_nonce = |nonce: Option<&Nonce>| nonce.map_or(Ok(()), |_| Err("a renewed ID token has no nonce".into()));
    let before = first.id_token().ok_or("no ID token")?.claims(&verification, &nonce)?;
    let after = second
        .id_token()
        .ok_or("no ID token")?
        .claims(&verification, without_nonce)?;
    assert_eq!(before.subject(), after.subject());
    assert_eq!(before.auth_time(), after.auth_time());
    let successor = second.refresh_token().ok_or("no successor")?.clone();
    let revoked = client.revoke_token(successor.clone().into())?;
    revoked.request_async(&fetch_unencrypted).await?;
    match client.exchange_refresh_token(&successor)?.request_async(&fetch).await {
        Err(RequestTokenError::ServerResponse(answer)) => {
            assert_eq!(answer.error(), &CoreErrorResponseType::InvalidGrant)
        }
        other => panic!("a revoked refresh token must be refused, met {other:?}"),
    }
    let gone = client.user_info(second.access_token().clone(), None)?;
    let gone: Result<CoreUserInfoClaims, _> = gone.request_async(&fetch).await;
    assert!(gone.is_err());
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let fixture = Fixture::read()?;
    let cases = [
        Case {
            client_id: "web-rs256",
            algorithm: CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            auth_type: AuthType::BasicAuth,
            username: "alice",
        },
        Case {
            client_id: "spa-ps256",
            algorithm: CoreJwsSigningAlgorithm::RsaSsaPssSha256,
            auth_type: AuthType::RequestBody,
            username: "alice",
        },
        Case {
            client_id: "web-es256",
            algorithm: CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            auth_type: AuthType::RequestBody,
            username: "alice",
        },
        Case {
            client_id: "web-eddsa",
            algorithm: CoreJwsSigningAlgorithm::EdDsa,
            auth_type: AuthType::BasicAuth,
            username: "alice",
        },
    ];
    for case in &cases {
        for issuer in [fixture.text("issuer"), fixture.text("realm_issuer")] {
            sign_in(&fixture, &issuer, case)
                .await
                .map_err(|e| format!("{} at {issuer}: {e:?}", case.client_id))?;
        }
    }
    lasting(&fixture, "web-refresh").await?;
    println!(
        "ok openidconnect (Rust) 4.1: 4 applications under 2 issuers: discovery, code + PKCE, ID token in RS256, PS256, ES256, EdDSA with nonce and at_hash, userinfo, refresh, revocation; wrong nonce and replay refused, and the replay ends the token"
    );
    Ok(())
}
