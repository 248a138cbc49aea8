//! Short-lived data without consequence if lost: interactions now; pushed requests and counters later.
use crate::Result;
use crate::connect::Reads;
use crate::entities::ephemeral;
use async_trait::async_trait;
use grantor_protocol::UnixMillis;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Keys with a value and an end, judged by the caller's clock. Losing it fails closed: the user starts again.
#[async_trait]
pub trait Ephemeral: Send + Sync {
    /// Stores or replaces.
    async fn put(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis) -> Result<()>;
    /// Reads what has not expired.
    async fn get(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>>;
    /// Reads and removes; of several callers one gets the value.
    async fn take(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>>;
    /// Stores unless a live value is there; says whether it did.
    async fn put_if_absent(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, now: UnixMillis) -> Result<bool>;
    /// Adds one to a counter and returns it; `expires_at` is set by the first.
    async fn incr(&self, id: &str, expires_at: UnixMillis, now: UnixMillis) -> Result<i64>;
    /// Removes what has expired.
    async fn delete_expired(&self, now: UnixMillis) -> Result<()>;
}

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
    async fn put(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis) -> Result<()> {
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

/// In this process; for a single process that may forget on restart, and for tests.
#[derive(Default)]
pub struct MemoryEphemeral {
    entries: Mutex<Entries>,
}

/// Value, counter and end by id.
type Entries = HashMap<String, (Vec<u8>, i64, UnixMillis)>;

impl MemoryEphemeral {
    fn with<T>(&self, change: impl FnOnce(&mut Entries) -> T) -> T {
        change(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Ephemeral for MemoryEphemeral {
    async fn put(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis) -> Result<()> {
        self.with(|all| all.insert(id.into(), (value, 0, expires_at)));
        Ok(())
    }
    async fn get(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        Ok(self.with(|all| all.get(id).filter(|e| e.2 > now).map(|e| e.0.clone())))
    }
    async fn take(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        Ok(self.with(|all| all.remove(id).filter(|e| e.2 > now).map(|e| e.0)))
    }
    async fn put_if_absent(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, now: UnixMillis) -> Result<bool> {
        Ok(self.with(|all| {
            let free = all.get(id).is_none_or(|e| e.2 <= now);
            if free {
                all.insert(id.into(), (value, 0, expires_at));
            }
            free
        }))
    }
    async fn incr(&self, id: &str, expires_at: UnixMillis, now: UnixMillis) -> Result<i64> {
        Ok(self.with(|all| {
            let entry = all.entry(id.into()).or_insert((Vec::new(), 0, expires_at));
            if entry.2 <= now {
                *entry = (Vec::new(), 0, expires_at);
            }
            entry.1 += 1;
            entry.1
        }))
    }
    async fn delete_expired(&self, now: UnixMillis) -> Result<()> {
        self.with(|all| all.retain(|_, e| e.2 > now));
        Ok(())
    }
}
