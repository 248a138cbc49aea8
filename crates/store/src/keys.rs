//! Signing keys of realms and data keys of the installation, sealed.
use crate::entities::{data_key, signing_key};
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::words::SigningAlgorithm;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// A signing key as stored: the private half sealed under the master key.
#[derive(Debug, Clone)]
pub struct SigningKeyRecord {
    pub kid: String,
    pub algorithm: SigningAlgorithm,
    /// The public half as a JWK.
    pub public_jwk: String,
    pub sealed: Vec<u8>,
}

/// A key of the whole installation, sealed under the master key.
#[derive(Debug, Clone)]
pub struct DataKeyRecord {
    pub purpose: String,
    pub id: String,
    pub sealed: Vec<u8>,
}

impl Store {
    /// The keys of a realm that may be published, oldest first.
    pub async fn list_signing_keys(&self, key: &RealmKey) -> Result<Vec<SigningKeyRecord>> {
        let rows = signing_key::Entity::find()
            .filter(signing_key::Column::Tenant.eq(&*key.tenant))
            .filter(signing_key::Column::Realm.eq(&*key.realm))
            .order_by_asc(signing_key::Column::CreatedAt)
            .all(self.read())
            .await?;
        rows.into_iter().map(signing_key_record).collect()
    }

    /// Stores the first key of a realm and algorithm. `Conflict` when another process was quicker.
    pub async fn insert_signing_key(&self, key: &RealmKey, record: &SigningKeyRecord, now: UnixMillis) -> Result<()> {
        let row = signing_key::ActiveModel {
            tenant: Set(key.tenant.to_string()),
            realm: Set(key.realm.to_string()),
            kid: Set(record.kid.clone()),
            algorithm: Set(record.algorithm.as_str().into()),
            state: Set("active".into()),
            public_jwk: Set(record.public_jwk.clone()),
            sealed: Set(record.sealed.clone()),
            created_at: Set(now.0),
        };
        let transaction = self.begin().await?;
        signing_key::Entity::insert(row)
            .exec_without_returning(&transaction)
            .await?;
        crate::changes::record(&transaction, key, "signing_key", &record.kid, now).await?;
        transaction.commit().await?;
        self.ring();
        Ok(())
    }

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

    /// Stores a data key. `Conflict` when its purpose has one.
    pub async fn insert_data_key(&self, record: &DataKeyRecord, now: UnixMillis) -> Result<()> {
        let row = data_key::ActiveModel {
            purpose: Set(record.purpose.clone()),
            id: Set(record.id.clone()),
            sealed: Set(record.sealed.clone()),
            created_at: Set(now.0),
        };
        data_key::Entity::insert(row)
            .exec_without_returning(self.background())
            .await?;
        Ok(())
    }
}

fn signing_key_record(row: signing_key::Model) -> Result<SigningKeyRecord> {
    let algorithm = SigningAlgorithm::parse(&row.algorithm)
        .ok_or_else(|| StoreError::corrupt("signing_key", "algorithm", &row.kid, &row.algorithm))?;
    Ok(SigningKeyRecord {
        kid: row.kid,
        algorithm,
        public_jwk: row.public_jwk,
        sealed: row.sealed,
    })
}
