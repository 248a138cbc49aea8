//! Data keys of the installation, sealed; and everything sealed at once, for another master key.
//!
//! The database decides which master key counts: the one its data keys are sealed under. Sealed bytes begin with the marks of
//! their key, so that this can be asked without opening anything.
use crate::entities::{data_key, signing_key};
use crate::events::{self, Event};
use crate::signing_keys::KeyWrite;
use crate::{Result, Store, changes};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};

/// A key of the whole installation, sealed under the master key.
#[derive(Debug, Clone)]
pub struct DataKeyRecord {
    pub purpose: String,
    pub id: String,
    pub sealed: Vec<u8>,
}

/// What some sealed bytes hold.
#[derive(Debug)]
pub enum Holder<'a> {
    DataKey { purpose: &'a str },
    SigningKey { key: RealmKey, kid: &'a str },
}

impl Store {
    /// Every data key.
    pub async fn list_data_keys(&self) -> Result<Vec<DataKeyRecord>> {
        let rows = data_key::Entity::find().all(self.background()).await?;
        Ok(rows
            .into_iter()
            .map(|r| DataKeyRecord {
                purpose: r.purpose,
                id: r.id,
                sealed: r.sealed,
            })
            .collect())
    }

    /// Stores a data key sealed under the master key whose marks are `under`. `Conflict` when its purpose has one.
    pub async fn insert_data_key(&self, record: &DataKeyRecord, under: &[u8], now: UnixMillis) -> Result<KeyWrite> {
        let row = data_key::ActiveModel {
            purpose: Set(record.purpose.clone()),
            id: Set(record.id.clone()),
            sealed: Set(record.sealed.clone()),
            created_at: Set(now.0),
        };
        let transaction = self.begin().await?;
        if !sealed_under(&transaction, under).await? {
            return Ok(KeyWrite::FormerMasterKey);
        }
        data_key::Entity::insert(row)
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(KeyWrite::Done)
    }

    /// Seals everything anew, in one transaction that every process hears of: all of it, or nothing when `seal` fails once.
    /// `seal` gets what the bytes hold and the bytes. Returns how many there were.
    pub async fn reseal(&self, now: UnixMillis, seal: impl Fn(&Holder<'_>, &[u8]) -> Result<Vec<u8>>) -> Result<usize> {
        let transaction = self.begin().await?;
        let mut count = 0;
        for row in data_key::Entity::find().all(&transaction).await? {
            let sealed = seal(&Holder::DataKey { purpose: &row.purpose }, &row.sealed)?;
            let mut changed = row.into_active_model();
            changed.sealed = Set(sealed);
            data_key::Entity::update(changed).exec(&transaction).await?;
            count += 1;
        }
        let rows = signing_key::Entity::find().all(&transaction).await?;
        // Of a retired key nothing is left.
        for row in rows.into_iter().filter(|row| !row.sealed.is_empty()) {
            let key = RealmKey::new(row.tenant.as_str(), row.realm.as_str());
            let sealed = seal(&Holder::SigningKey { key, kid: &row.kid }, &row.sealed)?;
            let mut changed = row.into_active_model();
            changed.sealed = Set(sealed);
            signing_key::Entity::update(changed).exec(&transaction).await?;
            count += 1;
        }
        // It belongs to no realm.
        let nowhere = RealmKey::new("", "");
        changes::record(&transaction, &nowhere, "master_key", "", now).await?;
        let rotated = Event::new(EventKind::MasterKeyRotated, now);
        events::record(&transaction, &nowhere, rotated).await?;
        transaction.commit().await?;
        self.ring();
        Ok(count)
    }
}

/// Whether the data keys are sealed under the master key whose marks are `under`, or there are none yet.
pub(crate) async fn sealed_under(on: &impl ConnectionTrait, under: &[u8]) -> Result<bool> {
    let rows = data_key::Entity::find().all(on).await?;
    Ok(rows.iter().all(|row| row.sealed.starts_with(under)))
}
