//! The applications that may use an account: by a consent that is remembered, or by a grant that is alive.
use super::Owner;
use crate::catalog::ClientEntry;
use crate::{Refusal, catalog};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::EventKind;
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::words::ConsentPolicy;
use grantor_store::AccountChange;
use grantor_store::consents::ListedConsent;
use grantor_store::events::Event;
use grantor_store::grants::ListedGrant;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An application and what it holds of an account.
pub struct HeldApplication {
    pub entry: Arc<ClientEntry>,
    pub scope: ScopeSet,
    pub granted_at: UnixMillis,
    /// Its tokens were last asked for; `None` when it has none.
    pub last_used_at: Option<UnixMillis>,
    /// When the last of its tokens ends; `None` when it has none.
    pub ends_at: Option<UnixMillis>,
    /// Whether it goes on while its user is away.
    pub is_offline: bool,
    /// Whether it needs no consent, so that it may be back with the next sign-in.
    pub is_trusted: bool,
}

/// What is known of an application before its record is.
#[derive(Default)]
struct Held {
    consent: Option<ListedConsent>,
    grants: Vec<ListedGrant>,
}

/// Every application that holds something, the last used one first.
pub async fn applications(owner: Owner<'_>) -> Result<Vec<HeldApplication>, Refusal> {
    let Owner { deps, key, now, .. } = owner;
    let mut held: BTreeMap<String, Held> = BTreeMap::new();
    for consent in deps.store.list_consents(key, owner.id()).await? {
        let client = consent.client.clone();
        held.entry(client).or_default().consent = Some(consent);
    }
    for grant in deps.store.list_grants(key, owner.id(), now).await? {
        held.entry(grant.client.clone()).or_default().grants.push(grant);
    }
    let mut all = Vec::with_capacity(held.len());
    for (client, held) in held {
        if let Some(entry) = catalog::client_by_id(deps, key, &client).await? {
            all.push(described(entry, held));
        }
    }
    all.sort_by_key(|a| std::cmp::Reverse(a.last_used_at.unwrap_or(a.granted_at)));
    Ok(all)
}

fn described(entry: Arc<ClientEntry>, held: Held) -> HeldApplication {
    let Held { consent, grants } = held;
    let first = grants.iter().map(|g| g.created_at).min();
    let consented = consent.as_ref().map(|c| c.scope.clone()).unwrap_or_default();
    HeldApplication {
        scope: grants.iter().fold(consented, |all, grant| all.union(&grant.scope)),
        granted_at: consent.map(|c| c.granted_at).or(first).unwrap_or(UnixMillis(0)),
        last_used_at: grants.iter().map(|g| g.last_used_at).max(),
        ends_at: grants
            .iter()
            .map(|g| g.refresh_ends_at.unwrap_or(g.tokens_end_at).max(g.tokens_end_at))
            .max(),
        is_offline: grants.iter().any(|g| g.refresh_ends_at.is_some() && !g.session_bound),
        is_trusted: entry.client.config.consent == ConsentPolicy::Skip,
        entry,
    }
}

/// Takes everything away from an application (by its id): consent, codes, grants with their tokens. Whether it had anything.
pub async fn withdraw(owner: Owner<'_>, application: &str) -> Result<bool, Refusal> {
    let change = AccountChange::WithdrawConsent {
        user: owner.id().to_owned(),
        client: application.to_owned(),
        event: Event {
            client: Some(application.to_owned()),
            ..owner.event(EventKind::ConsentWithdrawn)
        },
    };
    owner.change(change).await
}
