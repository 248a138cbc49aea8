//! The change feed: what every process reads to learn what others changed.
use crate::entities::change;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
};
use std::collections::HashSet;

/// One change: what kind of thing, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub key: RealmKey,
    pub kind: String,
    pub subject: String,
}

/// How far a process has read the feed.
#[derive(Debug, Clone, Default)]
pub struct FeedPosition {
    /// SQLite: the last change that was read. One writer commits at a time, so the sequence is the order of commits.
    seq: i64,
    /// PostgreSQL: every transaction below it has ended and was read (decision 3). A sequence would lose what commits late.
    horizon: i64,
    /// The changes of transactions from there on that were read.
    seen: HashSet<i64>,
    /// Whether anything was read: before, nothing can have been missed.
    began: bool,
}

/// What was new.
#[derive(Debug, Default)]
pub struct FeedPage {
    pub changes: Vec<Change>,
    /// Changes were deleted before they were read: nothing that is kept in memory is known to be true any more.
    pub missed: bool,
    /// There may be more at once.
    pub more: bool,
}

/// Changes read at once.
const BATCH: usize = 1000;

impl Store {
    /// Where the feed stands now.
    pub async fn feed_position(&self) -> Result<FeedPosition> {
        let mut position = FeedPosition {
            began: true,
            ..FeedPosition::default()
        };
        if self.is_postgres() {
            position.horizon = self.transactions_from((i64::MAX, 0)).await?.ended_below;
            self.read_transactions(&mut position).await?;
        } else {
            let last: Option<Option<i64>> = change::Entity::find()
                .select_only()
                .column_as(change::Column::Seq.max(), "last")
                .into_tuple()
                .one(self.background())
                .await?;
            position.seq = last.flatten().unwrap_or(0);
        }
        Ok(position)
    }

    /// Reads on from a position and moves it. Each change comes once, however late it was committed.
    pub async fn read_feed(&self, position: &mut FeedPosition) -> Result<FeedPage> {
        match self.is_postgres() {
            true => self.read_transactions(position).await,
            false => self.read_sequence(position).await,
        }
    }

    async fn read_sequence(&self, position: &mut FeedPosition) -> Result<FeedPage> {
        let rows = change::Entity::find()
            .filter(change::Column::Seq.gt(position.seq))
            .order_by_asc(change::Column::Seq)
            .limit(BATCH as u64)
            .all(self.background())
            .await?;
        let Some((first, last)) = rows.first().zip(rows.last()).map(|(f, l)| (f.seq, l.seq)) else {
            return Ok(FeedPage::default());
        };
        // The sequence has no holes: a gap means that changes were deleted unread.
        let missed = position.began && position.seq > 0 && first > position.seq + 1;
        (position.seq, position.began) = (last, true);
        let more = rows.len() == BATCH;
        let changes = rows.into_iter().map(|r| Change {
            key: RealmKey::new(r.tenant, r.realm),
            kind: r.kind,
            subject: r.subject,
        });
        Ok(FeedPage {
            changes: changes.collect(),
            missed,
            more,
        })
    }

    /// Everything of transactions that had not all ended when they were last read, without what was read of them.
    async fn read_transactions(&self, position: &mut FeedPosition) -> Result<FeedPage> {
        let mut rows = Vec::new();
        let (mut after, mut until) = ((position.horizon, 0), None);
        let missed = loop {
            let page = self.transactions_from(after).await?;
            let full = page.rows.len() == BATCH;
            // What is not in the first page's view of the database may not be in the others'.
            let until = *until.get_or_insert(page.ended_below);
            let missed = position.began && page.deleted_until.is_some_and(|last| last >= position.horizon);
            rows.extend(page.rows);
            match rows.last() {
                Some(last) if full => after = (last.xact, last.seq),
                _ => {
                    position.horizon = until.max(position.horizon);
                    break missed;
                }
            }
        };
        let fresh = rows.iter().filter(|row| !position.seen.contains(&row.seq));
        let changes = fresh.map(|row| row.change.clone()).collect();
        let open = rows.iter().filter(|row| row.xact >= position.horizon);
        position.seen = open.map(|row| row.seq).collect();
        position.began = true;
        Ok(FeedPage {
            changes,
            missed,
            more: false,
        })
    }

    async fn transactions_from(&self, (xact, seq): (i64, i64)) -> Result<Page> {
        let sql = "WITH here AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS ended_below,
                (SELECT value::bigint FROM known WHERE name = 'changes_deleted') AS deleted_until)
            SELECT here.ended_below, here.deleted_until, c.seq, c.xact, c.tenant, c.realm, c.kind, c.subject
            FROM here LEFT JOIN LATERAL (SELECT * FROM change WHERE (xact, seq) > (?1, ?2) ORDER BY xact, seq LIMIT 1000) c ON TRUE
            ORDER BY c.xact, c.seq";
        let select = self.statement(sql, [xact.into(), seq.into()]);
        let found = self.background().query_all_raw(select).await?;
        let first = found.first();
        let first = first.ok_or_else(|| StoreError::Unavailable("the change feed is empty".into()))?;
        Ok(Page {
            ended_below: first.try_get("", "ended_below")?,
            deleted_until: first.try_get("", "deleted_until")?,
            rows: found
                .iter()
                .filter_map(|row| row_of(row).transpose())
                .collect::<Result<_>>()?,
        })
    }
}

/// Part of the feed on PostgreSQL.
struct Page {
    ended_below: i64,
    deleted_until: Option<i64>,
    rows: Vec<Row>,
}

struct Row {
    xact: i64,
    seq: i64,
    change: Change,
}

/// `None` for the row that stands there when there is no change.
fn row_of(row: &QueryResult) -> Result<Option<Row>> {
    let Some(seq) = row.try_get::<Option<i64>>("", "seq")? else {
        return Ok(None);
    };
    let key = RealmKey::new(
        row.try_get::<String>("", "tenant")?,
        row.try_get::<String>("", "realm")?,
    );
    Ok(Some(Row {
        xact: row.try_get("", "xact")?,
        seq,
        change: Change {
            key,
            kind: row.try_get("", "kind")?,
            subject: row.try_get("", "subject")?,
        },
    }))
}

/// Writes a change in the transaction that makes it.
pub(crate) async fn record(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    kind: &str,
    subject: &str,
    now: UnixMillis,
) -> Result<()> {
    let row = change::ActiveModel {
        seq: NotSet,
        tenant: Set(key.tenant.to_string()),
        realm: Set(key.realm.to_string()),
        kind: Set(kind.into()),
        subject: Set(subject.into()),
        at: Set(now.0),
    };
    change::Entity::insert(row).exec_without_returning(on).await?;
    Ok(())
}
