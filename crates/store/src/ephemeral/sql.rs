//! Short-lived data in a table.
use super::Ephemeral;
use crate::Result;
use crate::connect::Reads;
use crate::entities::ephemeral;
use async_trait::async_trait;
use grantor_protocol::UnixMillis;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};

/// In a table of its own database.
pub struct SqlEphemeral {
    connection: Reads,
}

impl SqlEphemeral {
    pub(crate) fn new(connection: Reads) -> Self {
        Self { connection }
    }
    /// The connection, for migrations.
    pub fn connection(&self) -> &DatabaseConnection {
        self.connection.connection()
    }
}

fn row(id: &str, value: Vec<u8>, counter: i64, expires_at: UnixMillis) -> ephemeral::ActiveModel {
    ephemeral::ActiveModel {
        id: Set(id.into()),
        value: Set(value),
        counter: Set(counter),
        expires_at: Set(expires_at.0),
    }
}

#[async_trait]
impl Ephemeral for SqlEphemeral {
    async fn put(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, _now: UnixMillis) -> Result<()> {
        use ephemeral::Column::{Counter, ExpiresAt, Id, Value};
        let replace = OnConflict::column(Id)
            .update_columns([Value, Counter, ExpiresAt])
            .to_owned();
        let insert = ephemeral::Entity::insert(row(id, value, 0, expires_at)).on_conflict(replace);
        insert.exec_without_returning(&self.connection).await?;
        Ok(())
    }
    async fn get(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        let live = ephemeral::Entity::find_by_id(id).filter(ephemeral::Column::ExpiresAt.gt(now.0));
        Ok(live.one(&self.connection).await?.map(|r| r.value))
    }
    async fn take(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        let delete = ephemeral::Entity::delete_many().filter(ephemeral::Column::Id.eq(id));
        let taken = delete.exec_with_returning(&self.connection).await?;
        Ok(taken.into_iter().find(|r| r.expires_at > now.0).map(|r| r.value))
    }
    async fn put_if_absent(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, now: UnixMillis) -> Result<bool> {
        use ephemeral::Column::{Counter, ExpiresAt, Id, Value};
        let dead = Expr::col((ephemeral::Entity, ExpiresAt)).lte(now.0);
        let replace_dead = OnConflict::column(Id)
            .update_columns([Value, Counter, ExpiresAt])
            .action_and_where(dead)
            .to_owned();
        let insert = ephemeral::Entity::insert(row(id, value, 0, expires_at)).on_conflict(replace_dead);
        Ok(insert.exec_without_returning(&self.connection).await? > 0)
    }
    async fn incr(&self, id: &str, expires_at: UnixMillis, now: UnixMillis) -> Result<i64> {
        use ephemeral::Column::{Counter, ExpiresAt, Id};
        let col = |c| Expr::col((ephemeral::Entity, c));
        let live = || col(ExpiresAt).gt(now.0);
        let count = OnConflict::column(Id)
            .value(Counter, Expr::case(live(), col(Counter).add(1)).finally(1))
            .value(ExpiresAt, Expr::case(live(), col(ExpiresAt)).finally(expires_at.0))
            .to_owned();
        let insert = ephemeral::Entity::insert(row(id, Vec::new(), 1, expires_at)).on_conflict(count);
        Ok(insert.exec_with_returning(&self.connection).await?.counter)
    }
    async fn delete_expired(&self, now: UnixMillis) -> Result<()> {
        ephemeral::Entity::delete_many()
            .filter(ephemeral::Column::ExpiresAt.lte(now.0))
            .exec(&self.connection)
            .await?;
        Ok(())
    }
}
