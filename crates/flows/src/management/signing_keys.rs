//! Signing keys as the Configuration API asks for them.
use super::{ManagementRefusal, Requester};
use crate::signing_keys as keys;
use crate::{Deps, Refusal};
use grantor_protocol::events::RecordKind;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::merge::Members;
use grantor_protocol::management::page::PageBody;
use grantor_protocol::management::signing_key::{RotateSigningKeys, SigningKeyBody};
use grantor_protocol::words::SigningAlgorithm;
use keys::ListedKey;

/// Every key of the realm with its state, by algorithm, in the order in which they sign.
pub async fn list(deps: &Deps, key: &RealmKey) -> Result<PageBody<SigningKeyBody>, ManagementRefusal> {
    let all = keys::list(deps, key).await?;
    Ok(page(all.iter().map(body).collect()))
}

/// Makes the next key of every algorithm, or of one. It signs once it was published for long enough, or at once.
pub async fn rotate(
    deps: &Deps,
    key: &RealmKey,
    members: &Members,
    requester: &Requester,
) -> Result<PageBody<SigningKeyBody>, ManagementRefusal> {
    let asked: RotateSigningKeys = super::change::parse(members)?;
    let algorithms = match asked.algorithm {
        Some(algorithm) => vec![algorithm],
        None => SigningAlgorithm::ALL.to_vec(),
    };
    let made = keys::rotate(deps, key, &algorithms, asked.at_once, &requester.by).await?;
    let all = keys::list(deps, key).await?;
    let new = all.iter().filter(|k| made.iter().any(|m| m.kid == k.facts.kid));
    Ok(page(new.map(body).collect()))
}

/// Takes a key back at once.
pub async fn revoke(deps: &Deps, key: &RealmKey, kid: &str, requester: &Requester) -> Result<(), ManagementRefusal> {
    let all = keys::list(deps, key).await?;
    let found = all.iter().find(|k| k.facts.kid == kid);
    let found = found.ok_or_else(|| ManagementRefusal::missing(RecordKind::SigningKey, kid))?;
    if found.facts.revoked {
        return Err(ManagementRefusal::Conflict("this key is revoked already".into()));
    }
    keys::revoke(deps, key, kid, &requester.by)
        .await
        .map_err(|refusal| match refusal {
            // Somebody was quicker.
            Refusal::OAuth(e) if e.code == grantor_protocol::OAuthErrorCode::InvalidRequest => {
                ManagementRefusal::Conflict(e.description)
            }
            other => other.into(),
        })?;
    Ok(())
}

fn page(keys: Vec<SigningKeyBody>) -> PageBody<SigningKeyBody> {
    PageBody {
        list: [("signing_keys", keys)].into(),
        next_page_token: None,
    }
}

fn body(key: &ListedKey) -> SigningKeyBody {
    let facts = &key.facts;
    SigningKeyBody {
        kid: facts.kid.clone(),
        algorithm: facts.algorithm,
        state: key.state.as_str(),
        created_at: facts.created_at.rfc3339(),
        active_from: facts.active_from.rfc3339(),
        tokens_end_at: facts.tokens_end_at.rfc3339(),
        retired_at: facts.retired_at.map(grantor_protocol::UnixMillis::rfc3339),
    }
}
