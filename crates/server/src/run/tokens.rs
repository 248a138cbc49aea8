//! Commands on tokens. A token is a secret: it is read from standard input, and printed where somebody asked for it.
use super::records::first_line;
use super::{not_done, open, open_as_it_is, refused, say};
use crate::cli::{IssueToken, ReadToken};
use crate::config::Settings;
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_flows::issuers::{self, IssuerPath};
use grantor_flows::management::applications::secrets;
use grantor_flows::management::{Change, Requester};
use grantor_flows::{introspect, jobs, token};
use grantor_protocol::client_auth::{PresentedCredentials, Secret};
use grantor_protocol::management::merge::Members;
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::{TokenRequest, Wishes};
use grantor_protocol::words::ClientAuthMethod;
use serde_json::{Value, json};

/// Prints what introspection says of the token on standard input.
pub fn introspect_token(settings: Settings, request: ReadToken) -> anyhow::Result<()> {
    let text = first_line()?;
    actix_web::rt::System::new().block_on(async move {
        let deps = open_as_it_is(&settings).await?;
        let body = introspect::for_operator(&deps, &request.realm.key(), &text)
            .await
            .map_err(refused)?;
        let value: Value = serde_json::from_slice(&body)?;
        say(&serde_json::to_string_pretty(&value)?);
        Ok(())
    })
}

/// Prints header and claims of the token on standard input, whoever made it.
pub fn decode_token() -> anyhow::Result<()> {
    let text = first_line()?;
    let parts: Vec<&str> = text.split('.').collect();
    let part = |index: usize| -> anyhow::Result<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(parts[index]).context("not base64url")?;
        serde_json::from_slice(&bytes).context("not JSON")
    };
    let shown = match parts.len() {
        3 => json!({ "header": part(0)?, "claims": part(1)?, "signature": "not verified" }),
        5 => json!({ "header": part(0)?, "claims": "sealed: only the server can read them; try `token introspect`" }),
        _ => bail!("neither a JWS (three parts) nor a JWE (five)"),
    };
    say(&serde_json::to_string_pretty(&shown)?);
    Ok(())
}

/// Issues a token as the token endpoint would, with a secret that is made for it and deleted after it.
pub fn issue_token(settings: Settings, request: IssueToken) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let (deps, _) = open(&settings, true, false).await?;
        let key = request.realm.key();
        let found = deps.store.find_client_by_client_id(&key, &request.client_id).await?;
        let client = match found {
            Some(record) => record.client,
            None => bail!("no application with client_id {} in realm {key}", request.client_id),
        };
        let requester = Requester::operator();
        let mut change = Change::in_realm(&deps, &key, &requester).await.map_err(not_done)?;
        // It ends by itself when this process does not come to delete it.
        let end = change.now().plus_seconds(60).rfc3339();
        let members = Members::from_iter([("expires_at".to_owned(), Value::from(end))]);
        let made = secrets::create(&mut change, &client.id, &members).await;
        let made = made.map_err(not_done)?;
        change.commit().await?;
        let issued = ask(
            &deps,
            &client,
            &made.client_secret.unwrap_or_default(),
            request.scope.as_deref(),
        )
        .await;
        let mut change = Change::in_realm(&deps, &key, &requester).await.map_err(not_done)?;
        secrets::delete(&mut change, (&client.id, &made.id))
            .await
            .map_err(not_done)?;
        change.commit().await?;
        jobs::write_batches(std::sync::Arc::new(deps)).await?;
        say(&serde_json::to_string_pretty(&issued?)?);
        Ok(())
    })
}

async fn ask(
    deps: &grantor_flows::Deps,
    client: &grantor_protocol::client::Client,
    secret: &str,
    scope: Option<&str>,
) -> anyhow::Result<grantor_protocol::token::TokenResponse> {
    let path = IssuerPath::Realm {
        tenant: &client.key.tenant,
        realm: &client.key.realm,
    };
    let issuer = issuers::resolve(deps, path).await.map_err(refused)?;
    let issuer = issuer.with_context(|| format!("there is no realm {}", client.key))?;
    let (client_id, secret) = (client.client_id.as_str().into(), Secret::new(secret));
    let credentials = match client.config.token_endpoint_auth_method {
        ClientAuthMethod::ClientSecretPost => PresentedCredentials::Post { client_id, secret },
        _ => PresentedCredentials::Basic { client_id, secret },
    };
    let scope = scope.map(ScopeSet::parse).transpose()?;
    let wishes = Wishes {
        scope,
        ..Wishes::default()
    };
    let asked = (TokenRequest::ClientCredentials, wishes);
    let answer = token::exchange(deps, &issuer, &credentials, asked, "command line").await;
    answer.map_err(refused)
}
