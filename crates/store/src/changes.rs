//! The change feed: what every process reads to learn what others changed.
use crate::entities::change;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
};

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
    /// PostgreSQL: the view in which it was last read. What transactions from `ended` on have written was not in it, nor what
    /// those that were `open` have (decision 3). A sequence would lose what commits late.
    ended: i64,
    /// Their numbers, with commas between them.
    open: String,
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
            let page = self.transactions_from(&position, (i64::MAX, 0)).await?;
            (position.ended, position.open) = (page.ended, page.open);
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

    /// Everything that was not in the view in which it was last read.
    async fn read_transactions(&self, position: &mut FeedPosition) -> Result<FeedPage> {
        let mut changes = Vec::new();
        let (mut after, mut view) = ((0, 0), None);
        let missed = loop {
            let page = self.transactions_from(position, after).await?;
            // What was deleted unread; or the server knows fewer transactions than it did: it is another one, and what it has
            // forgotten nobody knows.
            let missed = position.began
                && (page.deleted_until.is_some_and(|last| last >= position.ended) || page.ended < position.ended);
            // The first page's view: what only the others' hold comes again.
            view.get_or_insert((page.ended, page.open));
            let (full, last) = (
                page.rows.len() == BATCH,
                page.rows.last().map(|row| (row.xact, row.seq)),
            );
            changes.extend(page.rows.into_iter().map(|row| row.change));
            match last {
                Some(last) if full => after = last,
                _ => break missed,
            }
        };
        (position.ended, position.open) = view.unwrap_or_default();
        position.began = true;
        Ok(FeedPage {
            changes,
            missed,
            more: false,
        })
    }

    async fn transactions_from(&self, position: &FeedPosition, (xact, seq): (i64, i64)) -> Result<Page> {
        let sql = "WITH here AS (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS ended,
                COALESCE((SELECT string_agg(x::text, ',') FROM pg_snapshot_xip(pg_current_snapshot()) x), '') AS open,
                (SELECT value::bigint FROM known WHERE name = 'changes_deleted') AS deleted_until)
            SELECT here.ended, here.open, here.deleted_until, c.seq, c.xact, c.tenant, c.realm, c.kind, c.subject
            FROM here LEFT JOIN LATERAL (SELECT * FROM change WHERE (xact >= ?1 OR xact = ANY(string_to_array(?2, ',')::bigint[]))
                AND (xact, seq) > (?3, ?4) ORDER BY xact, seq LIMIT 1000) c ON TRUE
            ORDER BY c.xact, c.seq";
        let values = [
            position.ended.into(),
            position.open.as_str().into(),
            xact.into(),
            seq.into(),
        ];
        let found = self.background().query_all_raw(self.statement(sql, values)).await?;
        let first = found.first();
        let first = first.ok_or_else(|| StoreError::Unavailable("the change feed is empty".into()))?;
        Ok(Page {
            ended: first.try_get("", "ended")?,
            open: first.try_get("", "open")?,
            deleted_until: first.try_get("", "deleted_until")?,
            rows: found
                .iter()
                .filter_map(|row| row_of(row).transpose())
                .collect::<Result<_>>()?,
        })
    }
}

/// Part of the feed on PostgreSQL, and the view it was read in.
struct Page {
    ended: i64,
    open: String,
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
