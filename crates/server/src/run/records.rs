//! Commands on single records: the saves of management at the command line, in the name of the operator.
use super::{not_done, open, open_as_it_is, say};
use crate::cli::{CreateClient, CreateUser, NamedUser, ShowClient};
use crate::config::Settings;
use anyhow::{Context, bail};
use grantor_flows::Deps;
use grantor_flows::management::applications::Given;
use grantor_flows::management::{Change, Requester, applications, identities, roles};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::application::ApplicationBody;
use grantor_protocol::management::merge::Members;
use serde_json::{Value, json};
use std::io::{BufRead, IsTerminal};

/// Makes a user.
pub fn create_user(settings: Settings, request: CreateUser) -> anyhow::Result<()> {
    let mut members = object(json!({
        "username": request.username,
        "email": request.email,
        "profile": { "name": request.name },
    }));
    if request.password_stdin {
        members.insert("password".into(), password_line()?.into());
    }
    actix_web::rt::System::new().block_on(async move {
        let (deps, _) = open(&settings, true, false).await?;
        let key = request.realm.key();
        let password = identities::take_new_password(&deps, (&key, None), &mut members, "").await;
        let given = (&members, password.map_err(not_done)?);
        let requester = Requester::operator();
        let mut change = Change::in_realm(&deps, &key, &requester).await.map_err(not_done)?;
        let made = identities::create(&mut change, given, None, "").await;
        let (body, user) = made.map_err(not_done)?;
        for role in &request.roles {
            let into = roles::put_user_into(&mut change, role, &user.record.id).await;
            into.map_err(not_done).with_context(|| format!("role {role}"))?;
        }
        change.commit().await?;
        match request.json {
            true => say(&serde_json::to_string_pretty(&body)?),
            false => say(&format!(
                "user {} was made; id {}",
                user.record.username, user.record.id
            )),
        }
        Ok(())
    })
}

/// Sets a user's password to the first line of standard input.
pub fn set_password(settings: Settings, request: NamedUser) -> anyhow::Result<()> {
    let members = object(json!({ "password": password_line()? }));
    change_user(
        settings,
        request,
        members,
        "has a new password; their sessions have ended",
    )
}

/// Disables a user.
pub fn disable_user(settings: Settings, request: NamedUser) -> anyhow::Result<()> {
    let members = object(json!({ "enabled": false }));
    change_user(
        settings,
        request,
        members,
        "is disabled; what was issued for them has ended",
    )
}

/// Enables a user again.
pub fn enable_user(settings: Settings, request: NamedUser) -> anyhow::Result<()> {
    change_user(settings, request, object(json!({ "enabled": true })), "is enabled")
}

fn change_user(settings: Settings, request: NamedUser, mut members: Members, done: &str) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let (deps, _) = open(&settings, true, false).await?;
        let key = request.realm.key();
        let id = user_id(&deps, &key, &request.user).await?;
        let password = identities::take_new_password(&deps, (&key, Some(&id)), &mut members, "").await;
        let given = (&members, password.map_err(not_done)?);
        let requester = Requester::operator();
        let mut change = Change::in_realm(&deps, &key, &requester).await.map_err(not_done)?;
        identities::update(&mut change, (&id, None), given, "")
            .await
            .map_err(not_done)?;
        change.commit().await?;
        say(&format!("user {} {done}", request.user));
        Ok(())
    })
}

/// The id behind a user name, or the id itself.
pub(super) async fn user_id(deps: &Deps, key: &RealmKey, name: &str) -> anyhow::Result<String> {
    if let Some(found) = deps.store.find_credential_by_username(key, name).await? {
        return Ok(found.user.id);
    }
    match deps.store.find_user(key, name).await? {
        Some(user) => Ok(user.id),
        None => bail!("there is no user {name} in realm {key}"),
    }
}

/// Makes an application and prints it, with its secret.
pub fn create_client(settings: Settings, request: CreateClient) -> anyhow::Result<()> {
    let for_people = !request.redirect_uris.is_empty() || request.oidc || request.public;
    let grant = if for_people {
        "authorization_code"
    } else {
        "client_credentials"
    };
    let members = object(json!({
        "display_name": request.display_name,
        "resource_server_id": request.resource_server,
        "protocol_config": {
            "type": if request.oidc { "oidc" } else { "oauth2" },
            "confidentiality": if request.public { "public" } else { "confidential" },
            "grant_type": [grant],
            "redirect_uris": request.redirect_uris,
            "allowed_scopes": request.scopes,
            "token_configuration": { "token_signing_algorithm": "ES256" },
        },
    }));
    actix_web::rt::System::new().block_on(async move {
        let (deps, _) = open(&settings, true, false).await?;
        let key = request.realm.key();
        let requester = Requester::operator();
        let mut change = Change::in_realm(&deps, &key, &requester).await.map_err(not_done)?;
        let made = applications::create(&mut change, (&members, Given::default()), "").await;
        let body = made.map_err(not_done)?.body;
        change.commit().await?;
        show(&body, request.json)
    })
}

/// Prints an application.
pub fn show_client(settings: Settings, request: ShowClient) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let deps = open_as_it_is(&settings).await?;
        let key = request.realm.key();
        let named = deps.store.find_client_by_client_id(&key, &request.client).await?;
        let id = named.map_or(request.client.clone(), |record| record.client.id);
        let found = applications::read(&deps, &key, &id).await;
        let (body, _) = found.map_err(not_done)?;
        show(&body, request.json)
    })
}

fn show(body: &ApplicationBody, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        say(&serde_json::to_string_pretty(body)?);
        return Ok(());
    }
    let config = &body.protocol_config;
    let list = |all: &[String]| all.join(" ");
    let mut lines = vec![
        ("name", body.display_name.clone()),
        ("id", body.about.id.clone()),
        ("client_id", config.client_id.clone()),
    ];
    lines.extend(config.client_secret.clone().map(|secret| ("client_secret", secret)));
    let grants: Vec<&str> = config.config.grant_types.iter().map(|g| g.as_str()).collect();
    lines.extend([
        ("enabled", body.enabled.to_string()),
        ("type", config.config.protocol.to_string()),
        ("confidentiality", config.config.confidentiality.to_string()),
        ("grant_type", grants.join(" ")),
        ("redirect_uris", list(&config.config.redirect_uris)),
        ("resource_server", body.resource_server_id.clone().unwrap_or_default()),
        ("allowed_scopes", list(&config.config.allowed_scopes)),
        ("token_format", config.config.token_format.to_string()),
        (
            "expires_after",
            format!("{} s", config.config.token_configuration.expires_after),
        ),
    ]);
    let table: Vec<String> = lines
        .iter()
        .map(|(name, value)| format!("{name:<16} {value}"))
        .collect();
    say(&table.join("\n"));
    Ok(())
}

/// The password on standard input. A terminal would show it.
fn password_line() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        bail!("a terminal would show the password: pipe it in, or give a link (`grantor setup-link`)");
    }
    first_line()
}

/// The first line of standard input, without its end.
pub(super) fn first_line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("read standard input")?;
    let text = line.trim_end_matches(['\n', '\r']);
    match text.is_empty() {
        true => bail!("standard input has no first line"),
        false => Ok(text.to_owned()),
    }
}

fn object(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}
