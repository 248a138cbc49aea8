//! What is known of the installation as a whole, by name, so that it is not worked out at every start.
use crate::entities::known;
use crate::{Result, Store};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

impl Store {
    /// What `name` is known to be.
    pub async fn known(&self, name: &str) -> Result<Option<String>> {
        let row = known::Entity::find_by_id(name).one(self.background()).await?;
        Ok(row.map(|row| row.value))
    }

    /// From now on `name` is known to be `value`.
    pub async fn make_known(&self, name: &str, value: &str) -> Result<()> {
        let row = known::ActiveModel {
            name: Set(name.into()),
            value: Set(value.into()),
        };
        let replace = OnConflict::column(known::Column::Name)
            .update_column(known::Column::Value)
            .to_owned();
        let transaction = self.begin().await?;
        known::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}
