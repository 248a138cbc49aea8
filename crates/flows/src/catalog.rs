//! The catalog: what rarely changes, kept in memory entry by entry, loaded on a miss, forgotten when the change feed says so.
use crate::issuers::IssuerEntry;
use crate::{Deps, Refusal};
use arc_swap::ArcSwapOption;
use grantor_protocol::client::Client;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::role::Role;
use grantor_protocol::resource_server::ResourceServer;
use grantor_protocol::scope::{Bounds, ScopeSet};
use grantor_protocol::user::User;
use grantor_protocol::words::{GrantType, Protocol};
use grantor_store::StoreError;
use grantor_store::clients::{ClientRecord, SecretRecord};
use grantor_store::resource_servers::CredentialRecord;
use grantor_store::roles::Holder;
use moka::sync::Cache;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

/// A feed that has not been read for this long is not trusted for revocations.
const FRESH: Duration = Duration::from_secs(1);

/// A client with what every token request needs, worked out once.
pub struct ClientEntry {
    pub client: Arc<Client>,
    pub secrets: Vec<SecretRecord>,
    pub resource_server: Option<ResourceServer>,
    /// Its scopes that its resource server still defines.
    pub allowed: Vec<String>,
    /// All of them, as granted when none is asked for.
    pub everything: ScopeSet,
}

impl ClientEntry {
    /// What bounds a grant by a user; `known` is what the realm's resource servers define.
    pub fn bounds_for_users<'a>(&'a self, known: &'a BTreeSet<String>) -> Bounds<'a> {
        Bounds {
            allowed: &self.allowed,
            oidc: self.client.config.protocol == Protocol::Oidc,
            offline: self.client.may_use(GrantType::RefreshToken),
            known,
        }
    }
}

impl From<ClientRecord> for ClientEntry {
    fn from(record: ClientRecord) -> Self {
        let allowed = record.client.effective_scopes(record.resource_server.as_ref());
        Self {
            everything: allowed.iter().cloned().collect(),
            allowed,
            client: Arc::new(record.client),
            secrets: record.secrets,
            resource_server: record.resource_server,
        }
    }
}

/// The scopes a user's roles hold, by resource server.
#[derive(Default)]
pub struct HeldScopes(BTreeMap<String, BTreeSet<String>>);

impl HeldScopes {
    /// Of one resource server.
    pub fn of(&self, server: &str) -> impl Iterator<Item = &str> {
        self.0.get(server).into_iter().flatten().map(String::as_str)
    }
}

impl FromIterator<Role> for HeldScopes {
    fn from_iter<T: IntoIterator<Item = Role>>(roles: T) -> Self {
        let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for role in roles {
            held.entry(role.resource_server).or_default().extend(role.scopes);
        }
        Self(held)
    }
}

/// What a realm's resource servers define.
pub struct RealmScopes {
    pub names: BTreeSet<String>,
    pub servers: Vec<ResourceServer>,
}

/// What a name that authenticates belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum NameKind {
    Client,
    /// Of a resource server, at the introspection endpoint.
    Credential,
}

/// Fingerprints of every name that can authenticate. Until all are loaded any may exist; what the feed brings meanwhile is kept.
#[derive(Default)]
struct KnownNames {
    all: bool,
    /// How often changes were missed.
    gaps: u64,
    fingerprints: HashSet<u64>,
}

/// The snapshots.
pub struct Catalog {
    clients: Cache<String, Arc<ClientEntry>>,
    /// From an application's id to its client_id. Apart from `clients`, so that no client_id can spell an entry of it.
    client_ids: Cache<String, Arc<str>>,
    credentials: Cache<String, Arc<CredentialRecord>>,
    users: Cache<String, Arc<User>>,
    held: Cache<String, Arc<HeldScopes>>,
    scopes: Cache<RealmKey, Arc<RealmScopes>>,
    pub(crate) issuers: Cache<String, Arc<IssuerEntry>>,
    pub(crate) root: ArcSwapOption<IssuerEntry>,
    /// Counts what was forgotten; an entry read before a change is not kept after it.
    generation: Mutex<u64>,
    known: RwLock<KnownNames>,
    hasher: RandomState,
    /// When the feed was last read, in milliseconds of uptime plus one; 0 before the first time.
    last_poll: AtomicU64,
}

impl Catalog {
    pub(crate) fn new(clients: u64, users: u64) -> Self {
        Self {
            clients: Cache::new(clients),
            client_ids: Cache::new(clients),
            credentials: Cache::new(1000),
            users: Cache::new(users),
            held: Cache::new(users),
            scopes: Cache::new(1000),
            issuers: Cache::new(10_000),
            root: ArcSwapOption::empty(),
            generation: Mutex::new(0),
            known: RwLock::default(),
            hasher: RandomState::new(),
            last_poll: AtomicU64::new(0),
        }
    }

    pub(crate) fn feed_was_read(&self, uptime: Duration) {
        self.last_poll.store(milliseconds(uptime) + 1, Ordering::Release);
    }

    /// How long ago the change feed was last read; `None` before the first time.
    pub fn feed_age(&self, uptime: Duration) -> Option<Duration> {
        let last = self.last_poll.load(Ordering::Acquire).checked_sub(1)?;
        Some(Duration::from_millis(milliseconds(uptime).saturating_sub(last)))
    }

    /// Whether the change feed was read within the last second.
    pub(crate) fn feed_is_fresh(&self, uptime: Duration) -> bool {
        let last = self.last_poll.load(Ordering::Acquire);
        last > 0 && milliseconds(uptime) < last + milliseconds(FRESH)
    }

    /// Where forgetting stands; taken before reading, given to `keep`.
    pub(crate) fn generation(&self) -> u64 {
        *self.generation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was read, unless something was forgotten meanwhile.
    pub(crate) fn keep(&self, read_at: u64, insert: impl FnOnce()) {
        let generation = self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        if *generation == read_at {
            insert();
        }
    }

    /// Runs `forget` so that no reader that started before keeps what it read.
    pub(crate) fn forget(&self, forget: impl FnOnce(&Self)) {
        let mut generation = self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        *generation += 1;
        forget(self);
    }

    pub(crate) fn forget_client(&self, key: &RealmKey, client_id: &str) {
        self.clients.invalidate(&entry_key(key, client_id));
        self.remember(NameKind::Client, key, client_id);
    }

    pub(crate) fn forget_user(&self, key: &RealmKey, id: &str) {
        self.users.invalidate(&entry_key(key, id));
        self.held.invalidate(&entry_key(key, id));
    }

    /// A user came into a group, or left it.
    pub(crate) fn forget_held(&self, key: &RealmKey, user: &str) {
        self.held.invalidate(&entry_key(key, user));
    }

    /// A role or a group changed: whoever holds it.
    pub(crate) fn forget_all_held(&self) {
        self.held.invalidate_all();
    }

    /// A realm was made or changed: what is said of issuers is worked out again.
    pub(crate) fn forget_issuers(&self) {
        self.issuers.invalidate_all();
        self.root.store(None);
    }

    pub(crate) fn forget_credential(&self, key: &RealmKey, id: &str) {
        self.credentials.invalidate(&entry_key(key, id));
        self.remember(NameKind::Credential, key, id);
    }

    /// A resource server changed: every client it bounds is read again.
    pub(crate) fn forget_resource_servers(&self, key: &RealmKey) {
        self.scopes.invalidate(key);
        self.clients.invalidate_all();
        self.credentials.invalidate_all();
    }

    /// Changes were missed: everything is read again.
    pub(crate) fn forget_everything(&self) {
        self.clients.invalidate_all();
        self.client_ids.invalidate_all();
        self.credentials.invalidate_all();
        self.users.invalidate_all();
        self.held.invalidate_all();
        self.scopes.invalidate_all();
        self.forget_issuers();
        // Names may have been missed too: from now on SQL is asked.
        let mut known = self.known_mut();
        known.all = false;
        known.gaps += 1;
    }

    pub(crate) fn add_known(&self, kind: NameKind, names: &[[String; 3]]) {
        let fingerprints = names.iter().map(|[t, r, n]| self.fingerprint(kind, (t, r), n));
        self.known_mut().fingerprints.extend(fingerprints);
    }

    pub(crate) fn gaps(&self) -> u64 {
        self.known_mut().gaps
    }

    /// Every name was added since `gaps` was read; `false` when changes were missed meanwhile.
    pub(crate) fn all_are_known(&self, gaps: u64) -> bool {
        let mut known = self.known_mut();
        known.all = known.gaps == gaps;
        known.all
    }

    fn remember(&self, kind: NameKind, key: &RealmKey, name: &str) {
        let name = self.fingerprint(kind, (&key.tenant, &key.realm), name);
        self.known_mut().fingerprints.insert(name);
    }

    fn known_mut(&self) -> RwLockWriteGuard<'_, KnownNames> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn fingerprint(&self, kind: NameKind, (tenant, realm): (&str, &str), name: &str) -> u64 {
        self.hasher.hash_one((kind, tenant, realm, name))
    }

    /// Whether a name may exist; unknown ones are refused without SQL while the feed is fresh, so as fast as known ones (O-113).
    fn may_exist(&self, kind: NameKind, key: &RealmKey, name: &str, uptime: Duration) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let name = self.fingerprint(kind, (&key.tenant, &key.realm), name);
        !known.all || !self.feed_is_fresh(uptime) || known.fingerprints.contains(&name)
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX / 2)
}

fn entry_key(key: &RealmKey, name: &str) -> String {
    let mut text = String::with_capacity(key.tenant.len() + key.realm.len() + name.len() + 2);
    for part in [&*key.tenant, "\n", &*key.realm, "\n", name] {
        text.push_str(part);
    }
    text
}

/// What is kept, while the feed tells of changes; else SQL is asked (docs/architecture.md, State).
fn fresh<T: Clone + Send + Sync + 'static>(deps: &Deps, cache: &Cache<String, T>, name: &str) -> Option<T> {
    cache
        .get(name)
        .filter(|_| deps.catalog.feed_is_fresh(deps.clock.uptime()))
}

/// The client a `client_id` names in a realm.
pub async fn client(deps: &Deps, key: &RealmKey, client_id: &str) -> Result<Option<Arc<ClientEntry>>, StoreError> {
    let name = entry_key(key, client_id);
    if let Some(found) = fresh(deps, &deps.catalog.clients, &name) {
        return Ok(Some(found));
    }
    if !deps
        .catalog
        .may_exist(NameKind::Client, key, client_id, deps.clock.uptime())
    {
        return Ok(None);
    }
    let read_at = deps.catalog.generation();
    let Some(record) = deps.store.find_client_by_client_id(key, client_id).await? else {
        return Ok(None);
    };
    let entry = Arc::new(ClientEntry::from(record));
    deps.catalog
        .keep(read_at, || deps.catalog.clients.insert(name, entry.clone()));
    Ok(Some(entry))
}

/// The client a `client_id` names, when it is in memory: for what may be left out.
pub(crate) fn known_client(deps: &Deps, key: &RealmKey, client_id: &str) -> Option<Arc<ClientEntry>> {
    deps.catalog.clients.get(&entry_key(key, client_id))
}

/// The client with an id, in whatever state.
pub async fn client_by_id(deps: &Deps, key: &RealmKey, id: &str) -> Result<Option<Arc<ClientEntry>>, StoreError> {
    let name = entry_key(key, id);
    if let Some(client_id) = deps.catalog.client_ids.get(&name) {
        // The record may have changed since: what counts is what its client_id names now.
        let current = client(deps, key, &client_id).await?.filter(|c| c.client.id == id);
        if current.is_some() {
            return Ok(current);
        }
    }
    let read_at = deps.catalog.generation();
    let Some(record) = deps.store.find_client_by_id(key, id).await? else {
        return Ok(None);
    };
    let entry = Arc::new(ClientEntry::from(record));
    deps.catalog.keep(read_at, || {
        deps.catalog
            .clients
            .insert(entry_key(key, &entry.client.client_id), entry.clone());
        deps.catalog
            .client_ids
            .insert(name, entry.client.client_id.as_str().into());
    });
    Ok(Some(entry))
}

/// A resource server's credential.
pub async fn credential(deps: &Deps, key: &RealmKey, id: &str) -> Result<Option<Arc<CredentialRecord>>, StoreError> {
    let name = entry_key(key, id);
    if let Some(found) = fresh(deps, &deps.catalog.credentials, &name) {
        return Ok(Some(found));
    }
    if !deps
        .catalog
        .may_exist(NameKind::Credential, key, id, deps.clock.uptime())
    {
        return Ok(None);
    }
    let read_at = deps.catalog.generation();
    let Some(record) = deps.store.find_credential(key, id).await? else {
        return Ok(None);
    };
    let entry = Arc::new(record);
    deps.catalog
        .keep(read_at, || deps.catalog.credentials.insert(name, entry.clone()));
    Ok(Some(entry))
}

/// A user by id.
pub async fn user(deps: &Deps, key: &RealmKey, id: &str) -> Result<Option<Arc<User>>, StoreError> {
    let name = entry_key(key, id);
    if let Some(found) = fresh(deps, &deps.catalog.users, &name) {
        return Ok(Some(found));
    }
    let read_at = deps.catalog.generation();
    let Some(user) = deps.store.find_user(key, id).await? else {
        return Ok(None);
    };
    let entry = Arc::new(user);
    deps.catalog
        .keep(read_at, || deps.catalog.users.insert(name, entry.clone()));
    Ok(Some(entry))
}

/// What a user's roles hold, directly or by a group.
pub async fn held_scopes(deps: &Deps, key: &RealmKey, user: &str) -> Result<Arc<HeldScopes>, StoreError> {
    let name = entry_key(key, user);
    if let Some(found) = fresh(deps, &deps.catalog.held, &name) {
        return Ok(found);
    }
    let read_at = deps.catalog.generation();
    let roles = deps.store.list_roles_of(key, Holder::User(user)).await?;
    let held: HeldScopes = roles.into_iter().map(|r| r.record).collect();
    let held = Arc::new(held);
    deps.catalog
        .keep(read_at, || deps.catalog.held.insert(name, held.clone()));
    Ok(held)
}

/// Every scope of a realm's resource servers.
pub async fn scopes(deps: &Deps, key: &RealmKey) -> Result<Arc<RealmScopes>, Refusal> {
    if let Some(found) = deps.catalog.scopes.get(key) {
        return Ok(found);
    }
    let read_at = deps.catalog.generation();
    let servers = deps.store.list_resource_servers(key).await?;
    let names = servers
        .iter()
        .flat_map(|s| s.scopes.iter().map(|d| d.name.clone()))
        .collect();
    let entry = Arc::new(RealmScopes { names, servers });
    deps.catalog
        .keep(read_at, || deps.catalog.scopes.insert(key.clone(), entry.clone()));
    Ok(entry)
}
