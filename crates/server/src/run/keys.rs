//! `keys list`, `keys rotate`, `keys revoke`: on the database itself, beside a running server.
use super::{open_as_it_is, refused, say};
use crate::cli::{ListKeys, RevokeKey, RotateKeys};
use crate::config::Settings;
use anyhow::Context as _;
use grantor_flows::management::Requester;
use grantor_flows::signing_keys::{ListedKey, list, revoke, rotate};
use grantor_protocol::UnixMillis;
use grantor_protocol::signing_keys::{KeyFacts, KeyState};
use grantor_protocol::words::SigningAlgorithm;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Prints every key of a realm with its state.
pub fn list_keys(settings: Settings, request: ListKeys) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let deps = open_as_it_is(&settings).await?;
        let keys = list(&deps, &request.realm.key()).await.map_err(refused)?;
        say(&if request.json {
            as_json(&keys)?
        } else {
            as_table(&keys)?
        });
        Ok(())
    })
}

/// Makes next keys and says when each signs.
pub fn rotate_keys(settings: Settings, request: RotateKeys) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let deps = open_as_it_is(&settings).await?;
        let chosen = request.algorithm.map_or(SigningAlgorithm::ALL.to_vec(), |a| vec![a]);
        let made = rotate(
            &deps,
            &request.realm.key(),
            &chosen,
            request.now,
            &Requester::operator().by,
        )
        .await
        .map_err(refused)?;
        for KeyFacts {
            kid,
            algorithm,
            active_from,
            ..
        } in made
        {
            say(&format!("{algorithm} {kid} signs from {}", utc(active_from)?));
        }
        if request.now {
            say("Verifiers that keep the key set they fetched last refuse new tokens until they fetch it again.");
        }
        Ok(())
    })
}

/// Takes a key back and says what signs in its place.
pub fn revoke_key(settings: Settings, request: RevokeKey) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let deps = open_as_it_is(&settings).await?;
        let kid = &request.kid;
        let revoked = revoke(&deps, &request.realm.key(), kid, &Requester::operator().by)
            .await
            .map_err(refused)?;
        say(&format!(
            "{} {kid} is revoked; its tokens are inactive",
            revoked.algorithm
        ));
        if let Some(other) = revoked.replacement {
            say(&format!("{} {other} signs from now on", revoked.algorithm));
        }
        Ok(())
    })
}

fn as_table(keys: &[ListedKey]) -> anyhow::Result<String> {
    let mut lines = vec![format!(
        "{:<10} {:<45} {:<9} SINCE / UNTIL (UTC)",
        "ALGORITHM", "KID", "STATE"
    )];
    for ListedKey { facts, state } in keys {
        let (algorithm, kid) = (facts.algorithm.as_str(), &facts.kid);
        lines.push(format!(
            "{algorithm:<10} {kid:<45} {:<9} {}",
            state.as_str(),
            when(facts, *state)?
        ));
    }
    Ok(lines.join("\n"))
}

fn when(facts: &KeyFacts, state: KeyState) -> anyhow::Result<String> {
    Ok(match state {
        KeyState::Next => format!("signs from {}", utc(facts.active_from)?),
        KeyState::Active => format!("since {}", utc(facts.active_from)?),
        KeyState::Retiring => format!("until {}", utc(facts.tokens_end_at)?),
        KeyState::Retired | KeyState::Revoked => {
            format!("since {}", utc(facts.retired_at.unwrap_or(facts.created_at))?)
        }
    })
}

fn as_json(keys: &[ListedKey]) -> anyhow::Result<String> {
    let one = |key: &ListedKey| -> anyhow::Result<Value> {
        let ListedKey { facts, state } = key;
        Ok(json!({
            "algorithm": facts.algorithm,
            "kid": facts.kid,
            "state": state.as_str(),
            "created_at": utc(facts.created_at)?,
            "active_from": utc(facts.active_from)?,
            "tokens_end_at": utc(facts.tokens_end_at)?,
            "retired_at": facts.retired_at.map(utc).transpose()?,
        }))
    };
    let keys: Vec<Value> = keys.iter().map(one).collect::<Result<_, _>>()?;
    Ok(serde_json::to_string_pretty(&keys)?)
}

/// RFC 3339 in whole seconds.
fn utc(time: UnixMillis) -> anyhow::Result<String> {
    let moment = OffsetDateTime::from_unix_timestamp(time.seconds()).context("a time beyond all calendars")?;
    Ok(moment.format(&Rfc3339)?)
}
