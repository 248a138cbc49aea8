//! Revocations: four kinds, each one entry however many tokens it ends (decision 5).
use crate::entities::revocation;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// What is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Revoked {
    /// One token, by `jti`.
    Token(String),
    /// Every token of a grant.
    Grant(String),
    /// Every token of a user issued until the revocation.
    User(String),
    /// Every token of a client (by `client_id`) issued until the revocation.
    Client(String),
}

impl Revoked {
    /// How a row spells the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "jti",
            Self::Grant(_) => "grant",
            Self::User(_) => "user",
            Self::Client(_) => "client",
        }
    }
    /// The id of what is revoked.
    pub fn subject(&self) -> &str {
        match self {
            Self::Token(s) | Self::Grant(s) | Self::User(s) | Self::Client(s) => s,
        }
    }
    fn parse(kind: &str, subject: String) -> Option<Self> {
        match kind {
            "jti" => Some(Self::Token(subject)),
            "grant" => Some(Self::Grant(subject)),
            "user" => Some(Self::User(subject)),
            "client" => Some(Self::Client(subject)),
            _ => None,
        }
    }
}

/// A revocation: of what, from when, and until when anything it ends could still be presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevocation {
    pub revoked: Revoked,
    pub at: UnixMillis,
    pub expires_at: UnixMillis,
}

impl Store {
    /// Every revocation that still matters.
    pub async fn list_revocations(&self, now: UnixMillis) -> Result<Vec<(RealmKey, NewRevocation)>> {
        let live = revocation::Entity::find().filter(revocation::Column::ExpiresAt.gt(now.0));
        live.all(self.background()).await?.into_iter().map(read).collect()
    }

    /// The revocation a change names, as `kind:subject`; for the feed.
    pub async fn find_revocation(&self, key: &RealmKey, name: &str) -> Result<Option<NewRevocation>> {
        find_revocation(self.background(), key, name).await
    }

    /// The same for a request that cannot rely on what is in memory; counted against the SQL budget.
    pub async fn find_revocation_now(&self, key: &RealmKey, name: &str) -> Result<Option<NewRevocation>> {
        find_revocation(self.read(), key, name).await
    }
}

async fn find_revocation(on: &impl ConnectionTrait, key: &RealmKey, name: &str) -> Result<Option<NewRevocation>> {
    let (kind, subject) = name.split_once(':').unwrap_or((name, ""));
    let id = (
        key.tenant.to_string(),
        key.realm.to_string(),
        kind.to_owned(),
        subject.to_owned(),
    );
    let row = revocation::Entity::find_by_id(id).one(on).await?;
    Ok(row.map(read).transpose()?.map(|(_, revocation)| revocation))
}

fn read(row: revocation::Model) -> Result<(RealmKey, NewRevocation)> {
    let revoked = Revoked::parse(&row.kind, row.subject.clone())
        .ok_or_else(|| StoreError::corrupt("revocation", "kind", &row.subject, &row.kind))?;
    let revocation = NewRevocation {
        revoked,
        at: UnixMillis(row.revoked_at),
        expires_at: UnixMillis(row.expires_at),
    };
    Ok((RealmKey::new(row.tenant, row.realm), revocation))
}
