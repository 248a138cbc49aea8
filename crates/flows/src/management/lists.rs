//! Pages of records: what the query asks for, the page token that leads on, the answer.
use super::ManagementRefusal;
use crate::Deps;
use crate::page_token::{self, List};
use grantor_protocol::UnixMillis;
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::{Page, PageBody, PageRequest};
use grantor_protocol::management::record::Stored;
use grantor_protocol::management::token_list::Position;
use grantor_store::Wanted;

/// A list in a realm: its name on the wire, of what it is, and what may narrow it.
pub(super) struct Listing<'a> {
    pub(super) key: &'a RealmKey,
    pub(super) name: &'static str,
    /// What the records belong to, besides the realm; empty for lists of a realm.
    pub(super) of: &'a str,
    /// Whose filters narrow it.
    pub(super) operation: Operation,
}

/// What a query asks of a list.
pub(super) struct Asked<'q> {
    pub(super) request: PageRequest<'q>,
    after: Option<Position>,
    narrowed: String,
    now: UnixMillis,
}

impl Asked<'_> {
    /// One record more than is shown tells whether there is another page.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted::page(self.after.as_ref(), self.request.size)
    }
    /// A filter, by its place in the list's.
    pub(super) fn filter(&self, index: usize) -> Option<&str> {
        self.request.filters.get(index).copied().flatten()
    }
}

impl Listing<'_> {
    /// Reads the query.
    pub(super) fn asked<'q>(&self, deps: &Deps, query: &'q Params<'_>) -> Result<Asked<'q>, ManagementRefusal> {
        let now = deps.clock.now();
        let request = PageRequest::parse(query, filters(self.operation)).map_err(ManagementRefusal::Invalid)?;
        let narrowed = request.narrowed_to();
        let of = self.whole_name();
        let list = List {
            key: self.key,
            of: &of,
            filter: &narrowed,
        };
        let after = after(deps, &list, request.token, now)?;
        Ok(Asked {
            request,
            after,
            narrowed,
            now,
        })
    }

    /// The page of what was found.
    pub(super) fn answer<T, B>(
        &self,
        deps: &Deps,
        asked: &Asked<'_>,
        found: Vec<T>,
        (place, body): (impl Fn(&T) -> Position, impl FnMut(T) -> B),
    ) -> PageBody<B> {
        let of = self.whole_name();
        let list = List {
            key: self.key,
            of: &of,
            filter: &asked.narrowed,
        };
        let page = Page::cut(found, asked.request.size, place);
        let next = page.next.as_ref();
        PageBody {
            next_page_token: next.map(|p| page_token::make(deps, &list, p, asked.now)),
            list: [(self.name, page.records.into_iter().map(body).collect())].into(),
        }
    }

    fn whole_name(&self) -> String {
        format!("{}\n{}", self.name, self.of)
    }
}

/// The filters of an operation that answers pages.
pub(super) fn filters(operation: Operation) -> &'static [&'static str] {
    operation.filters().unwrap_or_default()
}

/// Where a page token leads; a token that was not made for this list is refused (O-341).
pub(super) fn after(
    deps: &Deps,
    list: &List<'_>,
    token: Option<&str>,
    now: UnixMillis,
) -> Result<Option<Position>, ManagementRefusal> {
    let Some(token) = token else { return Ok(None) };
    match page_token::read(deps, list, token, now) {
        Some(position) => Ok(Some(position)),
        None => {
            let text = "was not made for this list, or is older than a week";
            Err(ManagementRefusal::field("page_token", text))
        }
    }
}

/// Where a record stands in a list that shows the newest first.
pub(super) fn place<T>(id: impl Fn(&T) -> &str) -> impl Fn(&Stored<T>) -> Position {
    move |stored| Position {
        issued_at: stored.meta.created_at,
        id: id(&stored.record).to_owned(),
    }
}
