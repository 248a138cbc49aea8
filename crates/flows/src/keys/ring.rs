//! The master keys at hand. The database says which of them counts: the one its data keys are sealed under.
use crate::deps::MasterKeys;
use crate::keys::data::unusable;
use grantor_jose::{JoseError, MasterKey};
use grantor_store::keys::DataKeyRecord;
use grantor_store::{Store, StoreError};
use std::sync::Arc;

/// Every master key that was given, at least one, and which of them new things are sealed under.
pub(crate) struct Ring {
    keys: Vec<MasterKey>,
    current: usize,
}

impl Ring {
    /// Reads the keys where they are kept and asks the database which of them counts.
    pub(crate) async fn read(store: &Store, sources: &Arc<dyn MasterKeys>) -> Result<Self, StoreError> {
        let sources = sources.clone();
        // They may be files.
        let given = tokio::task::spawn_blocking(move || sources.read()).await;
        let given = given.map_err(|e| StoreError::Unavailable(e.to_string()))?;
        let keys = given.map_err(StoreError::Unavailable)?;
        Self::settle(keys, &store.list_data_keys().await?)
    }

    /// The first key counts while the database has no data key yet.
    fn settle(keys: Vec<MasterKey>, data_keys: &[DataKeyRecord]) -> Result<Self, StoreError> {
        if keys.is_empty() {
            return Err(StoreError::Unavailable("there is no master key".into()));
        }
        let mut current = 0;
        for record in data_keys {
            let key = MasterKey::that_sealed(&keys, &record.sealed).map_err(|e| unusable(&record.purpose, &e))?;
            current = keys.iter().position(|k| k.marks() == key.marks()).unwrap_or(0);
        }
        Ok(Self { keys, current })
    }

    /// The key that new things are sealed under.
    pub(crate) fn current(&self) -> &MasterKey {
        &self.keys[self.current]
    }

    /// The key that opens these bytes.
    pub(crate) fn that_sealed(&self, sealed: &[u8]) -> Result<&MasterKey, JoseError> {
        MasterKey::that_sealed(&self.keys, sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey::from_bytes([byte; 32])
    }

    fn sealed_by(byte: u8) -> DataKeyRecord {
        DataKeyRecord {
            purpose: "lookup".into(),
            id: "id".into(),
            sealed: key(byte).seal("data-key/lookup", [1; 12], b"secret").unwrap(),
        }
    }

    #[test]
    fn the_database_decides_which_key_counts() {
        for (given, rows, expected) in [
            (vec![1, 2], vec![], Ok(1)),
            (vec![1, 2], vec![1, 1], Ok(1)),
            (vec![1, 2], vec![2, 2], Ok(2)),
            (vec![2], vec![2], Ok(2)),
            (vec![1, 1], vec![1], Ok(1)),
            (vec![], vec![], Err("there is no master key")),
            (vec![1, 2], vec![3], Err("was given")),
        ] {
            let keys = given.iter().map(|b| key(*b)).collect();
            let records: Vec<_> = rows.iter().map(|b| sealed_by(*b)).collect();
            match (Ring::settle(keys, &records), expected) {
                (Ok(ring), Ok(byte)) => assert_eq!(ring.current().id(), key(byte).id(), "{given:?} {rows:?}"),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (found, _) => panic!("{given:?} {rows:?}: {:?}", found.map(|r| r.current().id())),
            }
        }
        let text = Ring::settle(vec![key(1), key(2)], &[sealed_by(3)])
            .err()
            .unwrap()
            .to_string();
        for id in [key(1).id(), key(2).id(), key(3).id()] {
            assert!(text.contains(&id), "{text}");
        }
    }
}
