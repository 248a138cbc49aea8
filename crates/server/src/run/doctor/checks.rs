//! What `doctor` looks at: settings, the database and what is in it, the server that should be running.
use super::Verdict::{Bad, Good, Warning};
use super::{Finding, Verdict};
use crate::config::Settings;
use anyhow::Context;
use grantor_flows::Deps;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::ADMIN_REALM;
use grantor_protocol::management::place::OPERATOR_TENANT;
use grantor_protocol::signing_keys::{KeyFacts, signs};
use grantor_store::Wanted;
use grantor_store::roles::Holder;
use std::collections::BTreeMap;
use std::time::Duration;

/// Secrets and keys that end sooner are told of, in seconds.
const SOON_SECONDS: i64 = 30 * 86_400;
const FETCH_SECONDS: u64 = 5;

pub(super) fn of_settings(settings: &Settings) -> Vec<Finding> {
    let server = &settings.server;
    let https = server.public_url.starts_with("https://");
    let loopback = server.listen.ip().is_loopback();
    let issuer = match https {
        true => Finding::new(
            "issuer",
            Good,
            format!("{} (cookies are Secure and __Host-)", server.public_url),
        ),
        false => Finding::new(
            "issuer",
            Warning,
            format!(
                "{} is plain http: for trying out on this machine alone",
                server.public_url
            ),
        ),
    };
    let proxy = match (https, loopback, server.trusted_proxies.is_empty()) {
        (true, _, true) => Finding::new(
            "proxy",
            Warning,
            "https is somebody else's here, and server.trusted_proxies is empty: every request seems to come from the proxy's address",
        ),
        _ => Finding::new(
            "proxy",
            Good,
            format!("{} trusted networks", server.trusted_proxies.len()),
        ),
    };
    let dev = match server.dev_mode {
        true => Finding::new(
            "dev_mode",
            Warning,
            "error pages tell strangers how applications are registered",
        ),
        false => Finding::new("dev_mode", Good, "off"),
    };
    vec![issuer, proxy, dev]
}

pub(super) async fn of_database(settings: &Settings, deps: &Deps) -> anyhow::Result<Vec<Finding>> {
    let name = settings.database_name();
    Ok(vec![
        Finding::new(
            "database",
            Good,
            format!("{name} is up to date, and its master key is here"),
        ),
        first_admin(deps).await?,
        keys(deps).await?,
        secrets(deps).await?,
    ])
}

async fn first_admin(deps: &Deps) -> anyhow::Result<Finding> {
    let key = RealmKey::new(OPERATOR_TENANT, ADMIN_REALM);
    let users = deps
        .store
        .list_users(&key, Default::default(), Wanted::page(None, 100))
        .await?;
    for stored in users {
        let user = &stored.record.user;
        let roles = deps.store.list_roles_of(&key, Holder::User(&user.id)).await?;
        if user.enabled && stored.record.password_hash.is_some() && !roles.is_empty() {
            return Ok(Finding::new("admin", Good, format!("{} can sign in", user.username)));
        }
    }
    let text = "nobody with a role in realm admin has a password; `grantor setup-link` prints a link that sets one";
    Ok(Finding::new("admin", Warning, text))
}

/// A realm whose key ends without a next one signs nothing when it does.
async fn keys(deps: &Deps) -> anyhow::Result<Finding> {
    let now = deps.clock.now();
    let mut chains: BTreeMap<String, Vec<KeyFacts>> = BTreeMap::new();
    for (key, facts) in deps.store.list_live_signing_keys(UnixMillis(i64::MAX)).await? {
        chains
            .entry(format!("{key} {}", facts.algorithm))
            .or_default()
            .push(facts);
    }
    let silent: Vec<&String> = chains
        .iter()
        .filter(|(_, keys)| signs(keys, now).is_none())
        .map(|(name, _)| name)
        .collect();
    Ok(match silent.first() {
        None => Finding::new(
            "keys",
            Good,
            format!("{} chains of signing keys, each with one that signs", chains.len()),
        ),
        Some(name) => Finding::new(
            "keys",
            Bad,
            format!("nothing signs for {name}; `grantor keys rotate --now` makes one"),
        ),
    })
}

/// Applications whose last secret is about to end, or has.
async fn secrets(deps: &Deps) -> anyhow::Result<Finding> {
    let soon = deps.clock.now().plus_seconds(SOON_SECONDS);
    let ending = deps.store.list_ending_secrets(soon).await?;
    let named: Vec<String> = ending
        .iter()
        .take(5)
        .map(|(key, client)| format!("{key} {client}"))
        .collect();
    Ok(match ending.len() {
        0 => Finding::new("secrets", Good, "no application is about to lose its last secret"),
        n => Finding::new(
            "secrets",
            Warning,
            format!(
                "{n} applications have no secret that lives longer than 30 days: {}",
                named.join(", ")
            ),
        ),
    })
}

/// Whether the server answers at its public URL, and says that it is the issuer of that name, byte by byte.
pub(super) async fn of_server(settings: &Settings) -> Finding {
    let url = &settings.server.public_url;
    match issuer_at(url).await {
        Ok(issuer) if issuer == *url => Finding::new("server", Good, format!("answers at {url} as that issuer")),
        Ok(issuer) => Finding::new("server", Bad, format!("at {url} somebody says to be {issuer}")),
        Err(error) => {
            let verdict: Verdict = if url.starts_with("https://") { Warning } else { Bad };
            Finding::new("server", verdict, format!("cannot be asked at {url}: {error:#}"))
        }
    }
}

async fn issuer_at(url: &str) -> anyhow::Result<String> {
    if url.starts_with("https://") {
        anyhow::bail!("this program speaks no TLS as a client; ask {url}/.well-known/openid-configuration yourself");
    }
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(FETCH_SECONDS))
        .build()?;
    let answer = client
        .get(format!("{url}/.well-known/openid-configuration"))
        .send()
        .await?;
    let document: serde_json::Value = answer.error_for_status()?.json().await?;
    let issuer = document["issuer"].as_str().context("the answer names no issuer")?;
    Ok(issuer.to_owned())
}
