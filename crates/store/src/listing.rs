//! Keyset pages, newest first: what stands behind a place in a list, without counting what stands before it.
use grantor_protocol::management::token_list::Position;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Only what stands behind this place.
    pub after: Option<&'a Position>,
    /// One more than is shown tells whether there is another page.
    pub limit: u64,
}

impl<'a> Wanted<'a> {
    /// A page of `size` records behind `after`, and one more.
    pub fn page(after: Option<&'a Position>, size: u64) -> Self {
        Self { after, limit: size + 1 }
    }
}

/// Narrows to the wanted part, by the time in `created` and, of the same millisecond, by `id`.
pub(crate) fn newest_first<E: EntityTrait>(
    mut select: Select<E>,
    (created, id): (E::Column, E::Column),
    wanted: Wanted<'_>,
) -> Select<E> {
    if let Some(Position { issued_at, id: last }) = wanted.after {
        // The first half bounds the index, the second splits records of the same millisecond.
        select = select
            .filter(created.lte(issued_at.0))
            .filter(created.lt(issued_at.0).or(id.lt(last.as_str())));
    }
    select.order_by_desc(created).order_by_desc(id).limit(wanted.limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatabaseSettings;
    use crate::clients::{self, ClientFilter};
    use crate::people::{self, UserFilter};
    use crate::{Store, realms};
    use grantor_migrations::{Migrator, MigratorTrait};
    use grantor_protocol::UnixMillis;
    use grantor_protocol::issuer::RealmKey;
    use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};

    /// The statements of every list: what it is of and narrowed by, and the SQL.
    fn asked(wanted: Wanted<'_>) -> Vec<(&'static str, Statement)> {
        let key = RealmKey::new("t", "r");
        let client = |change: fn(&mut ClientFilter<'static>)| {
            let mut filter = ClientFilter::default();
            change(&mut filter);
            clients::matching(&key, filter, wanted).build(DbBackend::Sqlite)
        };
        let user = |change: fn(&mut UserFilter<'static>)| {
            let mut filter = UserFilter::default();
            change(&mut filter);
            people::matching(&key, filter, wanted).build(DbBackend::Sqlite)
        };
        vec![
            ("client ", client(|_| ())),
            ("client client_id", client(|f| f.client_id = Some("a"))),
            ("client display_name", client(|f| f.display_name = Some("a"))),
            ("client resource_server", client(|f| f.resource_server = Some("a"))),
            ("client enabled", client(|f| f.enabled = Some(false))),
            ("user ", user(|_| ())),
            ("user username_key", user(|f| f.username = Some("a"))),
            ("user email_key", user(|f| f.email = Some("a"))),
            ("user enabled", user(|f| f.enabled = Some(false))),
            ("realm ", realms::realms_of("t", wanted).build(DbBackend::Sqlite)),
            ("tenant ", realms::tenants(wanted).build(DbBackend::Sqlite)),
        ]
    }

    /// However a list is narrowed, an index ends in its order: nothing is sorted, and what stands before a page is not read.
    #[tokio::test]
    async fn a_page_is_read_from_an_index_in_the_order_of_the_list()
    -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let database = Store::open_for_migration(&DatabaseSettings::in_folder(folder.path())).await?;
        Migrator::up(&database, None).await?;
        let behind = Position {
            issued_at: UnixMillis(5),
            id: "x".into(),
        };
        let first = asked(Wanted::page(None, 50));
        for (name, statement) in first.into_iter().chain(asked(Wanted::page(Some(&behind), 50))) {
            let explain = Statement {
                sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
                ..statement
            };
            let mut plan = Vec::new();
            for row in database.query_all_raw(explain).await? {
                plan.push(row.try_get::<String>("", "detail")?);
            }
            let narrowed = name.rsplit(' ').next().unwrap_or_default();
            // What is unique is one record at most, whose place nobody needs.
            let unique = matches!(narrowed, "client_id" | "username_key" | "email_key");
            let sorts = plan.iter().any(|line| line.contains("TEMP B-TREE"));
            assert!(unique || !sorts, "{name}: {plan:?}");
            assert!(plan[0].contains("USING INDEX"), "{name}: {plan:?}");
            assert!(plan[0].contains(narrowed), "{name}: {plan:?}");
        }
        Ok(())
    }
}
