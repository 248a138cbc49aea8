//! Revocations: five kinds, each one entry however many tokens it ends (decision 5).
use crate::changes::Change;
use crate::entities::revocation;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// What is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Revoked {
    /// One token, by `jti`.
    Token(String),
    /// Every token of a grant.
    Grant(String),
    /// Every token of a user issued until the revocation.
    User(String),
    /// Every token of a client (by `client_id`) issued until the revocation.
    Client(String),
    /// Every token of the realm issued until the revocation: what a realm that gets the name of a deleted one must not revive.
    Realm,
}

impl Revoked {
    /// How a row spells the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "jti",
            Self::Grant(_) => "grant",
            Self::User(_) => "user",
            Self::Client(_) => "client",
            Self::Realm => "realm",
        }
    }
    /// The id of what is revoked.
    pub fn subject(&self) -> &str {
        match self {
            Self::Token(s) | Self::Grant(s) | Self::User(s) | Self::Client(s) => s,
            Self::Realm => "",
        }
    }
    fn parse(kind: &str, subject: String) -> Option<Self> {
        match kind {
            "jti" => Some(Self::Token(subject)),
            "grant" => Some(Self::Grant(subject)),
            "user" => Some(Self::User(subject)),
            "client" => Some(Self::Client(subject)),
            "realm" => Some(Self::Realm),
            _ => None,
        }
    }
}

/// A revocation: of what, from when, and until when anything it ends could still be presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevocation {
    pub revoked: Revoked,
    pub at: UnixMillis,
    pub expires_at: UnixMillis,
}

/// Rows read at once: of a page of the list, and of a batch of changes.
const PAGE: u64 = 5000;
const BATCH: usize = 200;

/// Tenant, realm, kind and subject: where a row stands in the list.
type Place = (String, String, String, String);

/// Part of the list of revocations.
pub struct RevocationPage {
    pub revocations: Vec<(RealmKey, NewRevocation)>,
    /// Where the next page begins; `None` when this is the last.
    pub next: Option<PageEnd>,
}

/// The last row of a page.
pub struct PageEnd(Place);

impl Store {
    /// Every revocation that still matters, a page at a time.
    pub async fn list_revocations(&self, now: UnixMillis, after: Option<&PageEnd>) -> Result<RevocationPage> {
        use revocation::Column as C;
        let columns = [C::Tenant, C::Realm, C::Kind, C::Subject];
        let mut rows = revocation::Entity::find().filter(C::ExpiresAt.gt(now.0));
        if let Some(PageEnd(place)) = after {
            // As one value: written as alternatives, every page would begin its search at the first row.
            let [tenant, realm, kind, subject] = place_values(place);
            rows = rows.filter(
                Expr::tuple(columns.map(|c| Expr::col((revocation::Entity, c))))
                    .gt(Expr::tuple([tenant, realm, kind, subject])),
            );
        }
        for column in columns {
            rows = rows.order_by_asc(column);
        }
        let rows = rows.limit(PAGE).all(self.background()).await?;
        let full = rows.len() as u64 == PAGE;
        let last = rows.last().filter(|_| full);
        let next = last.map(|r| PageEnd((r.tenant.clone(), r.realm.clone(), r.kind.clone(), r.subject.clone())));
        let revocations = rows.into_iter().map(read).collect::<Result<_>>()?;
        Ok(RevocationPage { revocations, next })
    }

    /// The revocations that changes name, as `kind:subject`; for the feed.
    pub async fn find_revocations(&self, changes: &[&Change]) -> Result<Vec<(RealmKey, NewRevocation)>> {
        use revocation::Column as C;
        let mut found = Vec::with_capacity(changes.len());
        for batch in changes.chunks(BATCH) {
            let columns = [C::Tenant, C::Realm, C::Kind, C::Subject].map(|c| Expr::col((revocation::Entity, c)));
            let places = batch.iter().map(|change| place(&change.key, &change.subject));
            let rows = revocation::Entity::find().filter(Expr::tuple(columns).in_tuples(places));
            for row in rows.all(self.background()).await? {
                found.push(read(row)?);
            }
        }
        Ok(found)
    }

    /// One by its name, for a request that cannot rely on what is in memory; counted against the SQL budget.
    pub async fn find_revocation_now(&self, key: &RealmKey, name: &str) -> Result<Option<NewRevocation>> {
        let row = revocation::Entity::find_by_id(place(key, name))
            .one(self.read())
            .await?;
        Ok(row.map(read).transpose()?.map(|(_, revocation)| revocation))
    }
}

fn place_values((tenant, realm, kind, subject): &Place) -> [Expr; 4] {
    [tenant, realm, kind, subject].map(|part| Expr::value(part.as_str()))
}

fn place(key: &RealmKey, name: &str) -> Place {
    let (kind, subject) = name.split_once(':').unwrap_or((name, ""));
    (
        key.tenant.to_string(),
        key.realm.to_string(),
        kind.to_owned(),
        subject.to_owned(),
    )
}

fn read(row: revocation::Model) -> Result<(RealmKey, NewRevocation)> {
    let revoked = Revoked::parse(&row.kind, row.subject.clone())
        .ok_or_else(|| StoreError::corrupt("revocation", "kind", &row.subject, &row.kind))?;
    let revocation = NewRevocation {
        revoked,
        at: UnixMillis(row.revoked_at),
        expires_at: UnixMillis(row.expires_at),
    };
    Ok((RealmKey::new(row.tenant, row.realm), revocation))
}
