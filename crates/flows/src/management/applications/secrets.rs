//! The secrets of an application: several at once, each with its own end, so that a rotation interrupts nobody.
use super::{get, may_touch};
use crate::management::change::{About, target};
use crate::management::{Change, ManagementRefusal};
use crate::{Deps, client_secret};
use grantor_protocol::UnixMillis;
use grantor_protocol::client::{Client, MAX_EXPIRES_AFTER};
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::application::{SecretBody, SecretSettings};
use grantor_protocol::management::merge::{Members, merged, under};
use grantor_protocol::management::page::PageBody;
use grantor_store::clients::SecretRecord;
use serde_json::{Value, json};

/// Most secrets of one application that may be used.
const MAX_SECRETS: usize = 10;
const AT: &str = "secret";

/// Every secret of an application, without the secrets.
pub async fn list(deps: &Deps, key: &RealmKey, id: &str) -> Result<PageBody<SecretBody>, ManagementRefusal> {
    let found = deps.store.find_stored_client(key, id).await?;
    found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Application, id))?;
    let secrets = deps.store.list_client_secrets(key, id).await?;
    let secrets = secrets.into_iter().map(|s| body(s, None)).collect();
    Ok(PageBody {
        list: [("secrets", secrets)].into(),
        next_page_token: None,
    })
}

/// Makes a further secret, also of an application that is managed by the server: it is how its secret is had (T-13).
pub async fn create(change: &mut Change<'_>, id: &str, members: &Members) -> Result<SecretBody, ManagementRefusal> {
    let client = editable_client(change, id).await?;
    let settings = read(change, None, members)?;
    let now = change.now();
    let secrets = change.tx.client_secrets(&client).await?;
    not_too_many(now, &secrets, MAX_SECRETS - 1)?;
    let state = (settings.enabled, settings.ends);
    let (secret_id, secret) = add_new(change, &client, state).await?;
    if let Some(seconds) = settings.others_after {
        let end = change.now().plus_seconds(seconds);
        change.tx.expire_client_secrets(&client, &secret_id, end).await?;
        for before in secrets {
            let after = one(change, &client, &before.id).await?;
            tell_if_changed(change, &client, (before, after)).await?;
        }
    }
    let made = one(change, &client, &secret_id).await?;
    Ok(body(made, Some(secret)))
}

/// Switches a secret on or off, or sets its end.
pub async fn update(
    change: &mut Change<'_>,
    (id, secret): (&str, &str),
    members: &Members,
) -> Result<SecretBody, ManagementRefusal> {
    let client = editable_client(change, id).await?;
    let before = one(change, &client, secret).await?;
    let settings = read(change, Some(&before), members)?;
    let state = (settings.enabled, settings.ends);
    if state == (before.enabled, before.expires_at) {
        return Ok(body(before, None));
    }
    change.tx.change_client_secret(&client, secret, state).await?;
    let after = one(change, &client, secret).await?;
    if !before.is_live(change.now()) && after.is_live(change.now()) {
        let secrets = change.tx.client_secrets(&client).await?;
        not_too_many(change.now(), &secrets, MAX_SECRETS)?;
    }
    tell_if_changed(change, &client, (before, after.clone())).await?;
    Ok(body(after, None))
}

fn not_too_many(now: UnixMillis, secrets: &[SecretRecord], most: usize) -> Result<(), ManagementRefusal> {
    match secrets.iter().filter(|s| s.is_live(now)).count() <= most {
        true => Ok(()),
        false => {
            let text = format!("the application has {MAX_SECRETS} live secrets; end one first");
            Err(ManagementRefusal::Conflict(text))
        }
    }
}

/// Deletes every secret of an application that is to have none.
pub(super) async fn delete_all(change: &mut Change<'_>, client: &Client) -> Result<(), ManagementRefusal> {
    let secrets = change.tx.client_secrets(client).await?;
    change.tx.delete_client_secrets(client).await?;
    for secret in secrets {
        let states = (Some(shown(&secret)), None);
        tell(change, client, (EventKind::SecretDeleted, &secret.id), states).await?;
    }
    Ok(())
}

async fn tell_if_changed(
    change: &mut Change<'_>,
    client: &Client,
    (before, after): (SecretRecord, SecretRecord),
) -> Result<(), ManagementRefusal> {
    let states = (shown(&before), shown(&after));
    match states.0 == states.1 {
        true => Ok(()),
        false => {
            let states = (Some(states.0), Some(states.1));
            tell(change, client, (EventKind::SecretUpdated, &after.id), states).await
        }
    }
}

/// Deletes a secret; whoever still uses it is refused from then on.
pub async fn delete(change: &mut Change<'_>, (id, secret): (&str, &str)) -> Result<(), ManagementRefusal> {
    let client = editable_client(change, id).await?;
    let before = one(change, &client, secret).await?;
    change.tx.delete_client_secret(&client, secret).await?;
    let states = (Some(shown(&before)), None);
    tell(change, &client, (EventKind::SecretDeleted, secret), states).await
}

/// Makes a secret; its id and its text.
pub(super) async fn add_new(
    change: &mut Change<'_>,
    client: &Client,
    state: (bool, Option<UnixMillis>),
) -> Result<(String, String), ManagementRefusal> {
    let secret = client_secret::generate(change.deps);
    let id = client_secret::add(change.deps, &change.tx, client, &secret).await?;
    if state != (true, None) {
        change.tx.change_client_secret(client, &id, state).await?;
    }
    let after = one(change, client, &id).await?;
    let states = (None, Some(shown(&after)));
    tell(change, client, (EventKind::SecretCreated, &id), states).await?;
    Ok((id, secret))
}

/// Tells the log of a secret by its id, never by its text.
pub(super) async fn tell(
    change: &mut Change<'_>,
    client: &Client,
    (kind, secret): (EventKind, &str),
    (before, after): (Option<Value>, Option<Value>),
) -> Result<(), ManagementRefusal> {
    let about = About {
        client: Some(&client.id),
        detail: format!("secret {secret}"),
        ..About::default()
    };
    let target = target(RecordKind::Application, &client.id, &client.display_name);
    change
        .tell(kind, target, (before.as_ref(), after.as_ref()), about)
        .await
}

async fn editable_client(change: &Change<'_>, id: &str) -> Result<Client, ManagementRefusal> {
    let client = get(change, id).await?.record;
    may_touch(change, &client).await?;
    match client.is_public() {
        true => Err(ManagementRefusal::Conflict("a public application has no secret".into())),
        false => Ok(client),
    }
}

async fn one(change: &Change<'_>, client: &Client, id: &str) -> Result<SecretRecord, ManagementRefusal> {
    let secrets = change.tx.client_secrets(client).await?;
    let missing = || ManagementRefusal::Missing(grantor_protocol::management::error::Detail::missing("secret", id));
    secrets.into_iter().find(|s| s.id == id).ok_or_else(missing)
}

struct Read {
    enabled: bool,
    ends: Option<UnixMillis>,
    others_after: Option<i64>,
}

fn read(change: &Change<'_>, before: Option<&SecretRecord>, members: &Members) -> Result<Read, ManagementRefusal> {
    let current = before.map(|b| SecretSettings {
        expires_at: b.expires_at.map(UnixMillis::rfc3339),
        enabled: Some(b.enabled),
        expire_others_after: None,
    });
    let settings = merged::<SecretSettings>(current.as_ref(), members);
    let settings = settings.map_err(|v| ManagementRefusal::invalid(under(AT, v)))?;
    let ends = match &settings.expires_at {
        None => None,
        Some(text) => {
            let at = UnixMillis::from_rfc3339(text);
            let in_reach = |at: &UnixMillis| *at <= change.now().plus_seconds(MAX_EXPIRES_AFTER);
            let wanted = "a time within ten years, as RFC 3339 spells it";
            let field = format!("{AT}.expires_at");
            Some(
                at.filter(in_reach)
                    .ok_or_else(|| ManagementRefusal::field(&field, wanted))?,
            )
        }
    };
    let others_after = settings.expire_others_after;
    if others_after.is_some_and(|s| !(0..=MAX_EXPIRES_AFTER).contains(&s)) || before.is_some() && others_after.is_some()
    {
        let field = format!("{AT}.expire_others_after");
        return Err(ManagementRefusal::field(
            &field,
            "of a new secret: seconds, 0 to ten years",
        ));
    }
    Ok(Read {
        enabled: settings.enabled.unwrap_or(true),
        ends,
        others_after,
    })
}

fn shown(secret: &SecretRecord) -> Value {
    json!({
        "id": secret.id,
        "enabled": secret.enabled,
        "expires_at": secret.expires_at.map(UnixMillis::rfc3339),
    })
}

fn body(secret: SecretRecord, text: Option<String>) -> SecretBody {
    SecretBody {
        id: secret.id,
        hint: secret.hint,
        enabled: secret.enabled,
        created_at: secret.created_at.rfc3339(),
        expires_at: secret.expires_at.map(UnixMillis::rfc3339),
        last_used_at: secret.last_used_at.map(UnixMillis::rfc3339),
        client_secret: text,
    }
}
