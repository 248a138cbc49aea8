//! The list of referential tokens: rows nothing depends on but this list.
use crate::entities::{reference_token, revocation};
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::token_list::{Position, Principal};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// A live referential token, without its string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceRecord {
    pub id: String,
    pub scope: String,
    /// The last characters of the string.
    pub suffix: String,
    pub issued_at: UnixMillis,
    pub expires_at: UnixMillis,
}

/// Which part of an application's tokens is wanted.
#[derive(Debug, Clone)]
pub struct ReferenceQuery<'a> {
    /// The application's id, and its `client_id`, which revocations name.
    pub client: &'a str,
    pub client_id: &'a str,
    pub principal: &'a Principal,
    /// Only what stands behind this place in the list.
    pub after: Option<&'a Position>,
    pub limit: u64,
}

impl Store {
    /// An application's tokens that are neither expired nor revoked, newest first.
    pub async fn list_references(
        &self,
        key: &RealmKey,
        query: &ReferenceQuery<'_>,
        now: UnixMillis,
    ) -> Result<Vec<ReferenceRecord>> {
        use reference_token::Column as C;
        let mut wanted = Condition::all()
            .add(C::Tenant.eq(&*key.tenant))
            .add(C::Realm.eq(&*key.realm))
            .add(C::Client.eq(query.client))
            .add(C::ExpiresAt.gt(now.0));
        wanted = match query.principal {
            Principal::Any => wanted,
            Principal::Application => wanted.add(C::User.is_null()),
            Principal::Users => wanted.add(C::User.is_not_null()),
            Principal::User(id) => wanted.add(C::User.eq(id.as_str())),
        };
        if let Some(Position { issued_at, id }) = query.after {
            // The first half bounds the index, the second splits tokens of the same millisecond.
            let behind = C::IssuedAt.lt(issued_at.0).or(C::Id.lt(id.as_str()));
            wanted = wanted.add(C::IssuedAt.lte(issued_at.0)).add(behind);
        }
        for revoked in ended(query.client_id) {
            wanted = wanted.add(revoked.not());
        }
        let rows = reference_token::Entity::find()
            .filter(wanted)
            .order_by_desc(C::IssuedAt)
            .order_by_desc(C::Id)
            .limit(query.limit)
            .all(self.read())
            .await?;
        Ok(rows.into_iter().map(record).collect())
    }
}

/// Whether a revocation ends the row: of the token, its grant, its user's or its client's epoch.
fn ended(client_id: &str) -> [SimpleExpr; 4] {
    use reference_token::Column as C;
    let token = |c: C| Expr::col((reference_token::Entity, c));
    [
        exists("jti", token(C::Id), false),
        exists("grant", token(C::GrantId), false),
        exists("user", token(C::User), true),
        exists("client", Expr::val(client_id), true),
    ]
}

/// Whether there is a revocation of `subject`; an epoch ends what was issued until then, by whole seconds as tokens count.
fn exists(kind: &str, subject: impl Into<SimpleExpr>, epoch: bool) -> SimpleExpr {
    use reference_token::Column as T;
    use revocation::Column as R;
    let token = |c: T| Expr::col((reference_token::Entity, c));
    let revoked = |c: R| Expr::col((Alias::new("ending"), c));
    let mut found = Query::select();
    found
        .expr(Expr::val(1))
        .from_as(revocation::Entity, Alias::new("ending"))
        .and_where(revoked(R::Tenant).eq(token(T::Tenant)))
        .and_where(revoked(R::Realm).eq(token(T::Realm)))
        .and_where(revoked(R::Kind).eq(kind))
        .and_where(revoked(R::Subject).eq(subject));
    if epoch {
        found.and_where(revoked(R::RevokedAt).div(1000).gte(token(T::IssuedAt).div(1000)));
    }
    Expr::exists(found)
}

fn record(row: reference_token::Model) -> ReferenceRecord {
    ReferenceRecord {
        id: row.id,
        scope: row.scope,
        suffix: row.suffix,
        issued_at: UnixMillis(row.issued_at),
        expires_at: UnixMillis(row.expires_at),
    }
}
