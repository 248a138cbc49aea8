//! The demonstration realm: loaded where only this machine can reach the server, and refused where others can.
use super::DEMO;
use crate::config::Settings;
use crate::document::Source;
use anyhow::bail;
use grantor_flows::{Deps, client_secret};
use serde_json::Value;

/// Whether nobody else can reach the server: plain http is taken for loopback addresses alone.
pub(super) fn is_only_here(settings: &Settings) -> bool {
    let server = &settings.server;
    server.listen.ip().is_loopback() && server.public_url.starts_with("http://")
}

/// Refuses to serve others on secrets and passwords that stand in this program's source.
pub(super) async fn refuse_in_public(settings: &Settings, deps: &Deps) -> anyhow::Result<()> {
    if is_only_here(settings) {
        return Ok(());
    }
    let document = Source::read("config/demo.toml", DEMO)?.parse()?;
    let key = document.key();
    for application in &document.applications {
        let id = application.get("id").and_then(Value::as_str).unwrap_or_default();
        let secrets = application.get("client_secrets").and_then(Value::as_array);
        for secret in secrets.into_iter().flatten().filter_map(Value::as_str) {
            if client_secret::is_of(deps, &key, id, secret).await? {
                bail!(
                    "application {id} in realm {key} has the secret of the demonstration, which everybody knows: delete it before others can reach this server"
                );
            }
        }
    }
    for user in &document.users {
        let text = |name: &str| user.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(found) = deps.store.find_credential_by_username(&key, text("username")).await? else {
            continue;
        };
        let known = match found.password_hash.filter(|_| found.user.enabled) {
            Some(hash) => deps.passwords.verify(text("password").to_owned(), Some(hash)).await,
            None => Ok(false),
        };
        if known.unwrap_or(true) {
            bail!(
                "user {} in realm {key} has the password of the demonstration, which everybody knows: set another one, or disable them, before others can reach this server",
                found.user.username
            );
        }
    }
    Ok(())
}
