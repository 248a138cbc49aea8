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
