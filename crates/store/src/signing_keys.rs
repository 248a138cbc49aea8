//! The signing keys of realms, sealed: each follows another, so that of processes that make one at once one does.
//!
//! Owns: the rows, and that nothing is stored under a master key that does not count any more. Does not own: which key signs
//! (`protocol::signing_keys`), sealing. Extending and retiring are commands of the writer.
use crate::entities::signing_key;
use crate::events::{By, Event, Target};
use crate::keys::sealed_under;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::signing_keys::{AboutKey, KeyFacts, signs};
use grantor_protocol::words::SigningAlgorithm;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

/// A signing key as stored: the private half sealed under the master key, or gone.
#[derive(Debug, Clone)]
pub struct SigningKeyRecord {
    pub facts: KeyFacts,
    /// The public half as a JWK.
    pub public_jwk: String,
    /// Empty once the key is retired.
    pub sealed: Vec<u8>,
}

impl AboutKey for SigningKeyRecord {
    fn facts(&self) -> &KeyFacts {
        &self.facts
    }
}

/// What came of storing something sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyWrite {
    Done,
    /// There is no such key any more, or it is already so.
    Gone,
    /// It is sealed under a master key that the database has left behind; seal it again.
    FormerMasterKey,
}

/// What signs instead of a key that is taken back.
#[derive(Debug)]
pub enum Replacement<'a> {
    /// Nothing: the key with this kid signs already, or none does. `Conflict` when that is so no more.
    None { signing: Option<&'a str> },
    /// The key with this kid, which waits.
    Waiting(&'a str),
    /// A new key, sealed under the master key whose marks these are.
    New(&'a SigningKeyRecord, &'a [u8]),
}

impl Store {
    /// Every key of a realm, retired ones too, in the order in which they sign.
    pub async fn list_signing_keys(&self, key: &RealmKey) -> Result<Vec<SigningKeyRecord>> {
        let rows = signing_key::Entity::find()
            .filter(signing_key::Column::Tenant.eq(&*key.tenant))
            .filter(signing_key::Column::Realm.eq(&*key.realm))
            .order_by_asc(signing_key::Column::ActiveFrom)
            .order_by_asc(signing_key::Column::CreatedAt)
            .order_by_asc(signing_key::Column::Kid)
            .all(self.read())
            .await?;
        rows.into_iter()
            .map(|row| record(row).map(|(_, record)| record))
            .collect()
    }

    /// The published keys there may be something to do about, for the job that looks after them: of realms and algorithms with
    /// more than one, or whose last has signed since `since` or longer. The rest is counted in an index and not read.
    pub async fn list_live_signing_keys(&self, since: UnixMillis) -> Result<Vec<(RealmKey, KeyFacts)>> {
        use signing_key::Column as C;
        let live = C::RetiredAt.is_null();
        let of_one_algorithm = [C::Tenant, C::Realm, C::Algorithm];
        let old_or_followed = signing_key::Entity::find()
            .select_only()
            .columns(of_one_algorithm)
            .filter(live.clone())
            .group_by(C::Tenant)
            .group_by(C::Realm)
            .group_by(C::Algorithm)
            .having(C::ActiveFrom.max().lte(since.0).or(C::Kid.count().gt(1)))
            .into_query();
        let rows = signing_key::Entity::find()
            .filter(live)
            .filter(Expr::tuple(of_one_algorithm.map(Expr::col)).in_subquery(old_or_followed))
            .order_by_asc(signing_key::Column::Tenant)
            .order_by_asc(signing_key::Column::Realm)
            .order_by_asc(signing_key::Column::Algorithm)
            .all(self.background())
            .await?;
        let facts = |row| record(row).map(|(key, record)| (key, record.facts));
        rows.into_iter().map(facts).collect()
    }

    /// Stores a key sealed under the master key whose marks are `under`. `Conflict` when another one follows the same predecessor.
    pub async fn insert_signing_key(
        &self,
        key: &RealmKey,
        record: &SigningKeyRecord,
        under: &[u8],
        by: &By,
    ) -> Result<KeyWrite> {
        let transaction = self.begin().await?;
        if !sealed_under(&transaction, under).await? {
            return Ok(KeyWrite::FormerMasterKey);
        }
        insert(&transaction, key, record, by).await?;
        transaction.commit().await?;
        self.ring();
        Ok(KeyWrite::Done)
    }

    /// Takes a key back for ever, its private half with it, and puts the replacement in its place, in one transaction.
    pub async fn revoke_signing_key(
        &self,
        key: &RealmKey,
        kid: &str,
        replacement: Replacement<'_>,
        (now, by): (UnixMillis, &By),
    ) -> Result<KeyWrite> {
        let transaction = self.begin().await?;
        let signed_by = signing_beside(&transaction, key, kid, now).await?;
        let revoked = update(key, kid)
            .col_expr(signing_key::Column::Revoked, Expr::value(true))
            .col_expr(
                signing_key::Column::RetiredAt,
                Expr::col(signing_key::Column::RetiredAt).if_null(now.0),
            )
            .col_expr(signing_key::Column::Sealed, Expr::value(Vec::<u8>::new()))
            .filter(signing_key::Column::Revoked.eq(false))
            .exec(&transaction)
            .await?;
        if revoked.rows_affected == 0 {
            return Ok(KeyWrite::Gone);
        }
        happened(
            &transaction,
            key,
            kid,
            Event::new(EventKind::SigningKeyRevoked, now).by(by),
        )
        .await?;
        match replacement {
            Replacement::None { signing } => {
                // Two revocations that each count on the other's key would make one sign that was followed long ago.
                if signed_by.as_deref() != signing || signing == Some(kid) {
                    return Err(StoreError::Conflict(format!(
                        "signing key {kid} signs, or another than before"
                    )));
                }
            }
            Replacement::Waiting(other) => {
                let promoted = update(key, other)
                    .col_expr(signing_key::Column::ActiveFrom, Expr::value(now.0))
                    .filter(signing_key::Column::RetiredAt.is_null())
                    .filter(signing_key::Column::ActiveFrom.gt(now.0))
                    .exec(&transaction)
                    .await?;
                if promoted.rows_affected == 0 {
                    return Err(StoreError::Conflict(format!("signing key {other} waits no more")));
                }
            }
            Replacement::New(record, under) => {
                if !sealed_under(&transaction, under).await? {
                    return Ok(KeyWrite::FormerMasterKey);
                }
                insert(&transaction, key, record, by).await?;
            }
        }
        transaction.commit().await?;
        self.ring();
        Ok(KeyWrite::Done)
    }
}

fn update(key: &RealmKey, kid: &str) -> sea_orm::UpdateMany<signing_key::Entity> {
    signing_key::Entity::update_many()
        .filter(signing_key::Column::Tenant.eq(&*key.tenant))
        .filter(signing_key::Column::Realm.eq(&*key.realm))
        .filter(signing_key::Column::Kid.eq(kid))
}

/// The kid that signs at `now` with the algorithm of the key `kid`.
async fn signing_beside(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    kid: &str,
    now: UnixMillis,
) -> Result<Option<String>> {
    let rows = signing_key::Entity::find()
        .filter(signing_key::Column::Tenant.eq(&*key.tenant))
        .filter(signing_key::Column::Realm.eq(&*key.realm))
        .all(on)
        .await?;
    let facts = |row| record(row).map(|(_, record)| record.facts);
    let mut keys = rows.into_iter().map(facts).collect::<Result<Vec<_>>>()?;
    let algorithm = keys.iter().find(|k| k.kid == kid).map(|k| k.algorithm);
    keys.retain(|k| Some(k.algorithm) == algorithm);
    Ok(signs(&keys, now).map(|k| k.kid.clone()))
}

async fn insert(on: &impl ConnectionTrait, key: &RealmKey, record: &SigningKeyRecord, by: &By) -> Result<()> {
    let facts = &record.facts;
    let row = signing_key::ActiveModel {
        tenant: Set(key.tenant.to_string()),
        realm: Set(key.realm.to_string()),
        kid: Set(facts.kid.clone()),
        algorithm: Set(facts.algorithm.as_str().into()),
        predecessor: Set(facts.predecessor.clone()),
        public_jwk: Set(record.public_jwk.clone()),
        sealed: Set(record.sealed.clone()),
        created_at: Set(facts.created_at.0),
        active_from: Set(facts.active_from.0),
        tokens_end_at: Set(facts.tokens_end_at.0),
        retired_at: Set(facts.retired_at.map(|t| t.0)),
        revoked: Set(facts.revoked),
    };
    signing_key::Entity::insert(row).exec_without_returning(on).await?;
    happened(
        on,
        key,
        &facts.kid,
        Event::new(EventKind::SigningKeyCreated, facts.created_at).by(by),
    )
    .await
}

/// Tells other processes, and whoever reads the events.
async fn happened(on: &impl ConnectionTrait, key: &RealmKey, kid: &str, event: Event) -> Result<()> {
    crate::changes::record(on, key, "signing_key", kid, event.at).await?;
    let event = Event {
        detail: kid.to_owned(),
        target: Some(Target {
            kind: RecordKind::SigningKey,
            id: kid.to_owned(),
            name: kid.to_owned(),
        }),
        ..event
    };
    crate::events::record(on, key, event).await
}

fn record(row: signing_key::Model) -> Result<(RealmKey, SigningKeyRecord)> {
    let algorithm = SigningAlgorithm::parse(&row.algorithm)
        .ok_or_else(|| StoreError::corrupt("signing_key", "algorithm", &row.kid, &row.algorithm))?;
    let facts = KeyFacts {
        kid: row.kid,
        algorithm,
        predecessor: row.predecessor,
        created_at: UnixMillis(row.created_at),
        active_from: UnixMillis(row.active_from),
        tokens_end_at: UnixMillis(row.tokens_end_at),
        retired_at: row.retired_at.map(UnixMillis),
        revoked: row.revoked,
    };
    let record = SigningKeyRecord {
        facts,
        public_jwk: row.public_jwk,
        sealed: row.sealed,
    };
    Ok((RealmKey::new(row.tenant, row.realm), record))
}
