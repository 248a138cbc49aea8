//! The browser sessions of an account, what hangs on each, and their ends.
use super::Owner;
use crate::{Refusal, catalog};
use grantor_protocol::UnixMillis;
use grantor_protocol::account::{Device, device};
use grantor_protocol::events::EventKind;
use grantor_store::grants::ListedGrant;
use grantor_store::sessions::ListedSession;
use grantor_store::{AccountChange, Ended};

/// A session as its owner sees it.
pub struct OwnSession {
    /// Names it in the form that ends it; it is no key to it.
    pub sid: String,
    pub is_current: bool,
    pub device: Device,
    /// What the browser said of itself.
    pub agent: String,
    pub address: String,
    pub signed_in_at: UnixMillis,
    pub last_seen_at: UnixMillis,
    pub ends_at: UnixMillis,
    /// How its user signed in (RFC 8176).
    pub amr: Vec<String>,
    /// The names of the applications that got something in it.
    pub applications: Vec<String>,
    /// Until when tokens that do not end with it may live; `None` when there are none.
    pub outlived_until: Option<UnixMillis>,
}

/// Every live session of the account, the current one first.
pub async fn list(owner: Owner<'_>) -> Result<Vec<OwnSession>, Refusal> {
    let Owner {
        deps, key, live, now, ..
    } = owner;
    let idle_since = now.plus_seconds(-deps.settings.session_idle_seconds);
    let rows = deps.store.list_sessions(key, owner.id(), (idle_since, now)).await?;
    let grants = deps.store.list_grants(key, owner.id(), now).await?;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        let of_it: Vec<&ListedGrant> = grants.iter().filter(|g| g.sid == row.session.sid).collect();
        let mut applications = Vec::new();
        for grant in &of_it {
            if let Some(entry) = catalog::client_by_id(deps, key, &grant.client).await? {
                applications.push(entry.client.display_name.clone());
            }
        }
        applications.sort();
        applications.dedup();
        let is_current = row.id_mac == live.id_mac();
        sessions.push(described(row, is_current, (applications, &of_it)));
    }
    sessions.sort_by_key(|s| !s.is_current);
    Ok(sessions)
}

fn described(
    row: ListedSession,
    is_current: bool,
    (applications, grants): (Vec<String>, &[&ListedGrant]),
) -> OwnSession {
    let outlives = grants.iter().filter(|g| !g.session_bound);
    OwnSession {
        sid: row.session.sid,
        is_current,
        device: device(&row.agent),
        agent: row.agent,
        address: row.address,
        signed_in_at: row.session.auth_time,
        last_seen_at: row.last_seen_at,
        ends_at: row.expires_at,
        amr: row.session.amr,
        applications,
        outlived_until: outlives
            .map(|g| g.refresh_ends_at.unwrap_or(g.tokens_end_at).max(g.tokens_end_at))
            .max(),
    }
}

/// Ends one other session of the account; whether there was one. The current one is ended by signing out.
pub async fn end_one(owner: Owner<'_>, sid: &str) -> Result<bool, Refusal> {
    if sid == owner.live.session.sid {
        return Ok(false);
    }
    end(owner, Ended::One(sid.to_owned())).await
}

/// Ends every other session of the account; with `offline` also what applications hold beyond sessions.
pub async fn end_others(owner: Owner<'_>, offline: bool) -> Result<(), Refusal> {
    let kept = Ended::AllBut {
        id_mac: owner.live.id_mac(),
        sid: owner.live.session.sid.clone(),
        offline,
    };
    end(owner, kept).await.map(drop)
}

async fn end(owner: Owner<'_>, ended: Ended) -> Result<bool, Refusal> {
    let change = AccountChange::EndSessions {
        user: owner.id().to_owned(),
        ended,
        event: owner.event(EventKind::OwnSessionsEnded),
    };
    owner.change(change).await
}
