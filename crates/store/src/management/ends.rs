//! What ends with a change of a record, in the transaction of the change: sessions, codes, refresh tokens, and everything issued
//! until then.
use super::Management;
use crate::Result;
use crate::entities::{authorization_code, authorization_grant, browser_session, one_time_link, revocation};
use crate::links::NewLink;
use crate::revocations::{NewRevocation, Revoked};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

impl Management<'_> {
    /// Ends every session of a user, the codes that were not redeemed yet, and what dies with a session (decision 16); and the
    /// links to set a password, whoever has them: they are a way in like a session.
    pub async fn end_sessions(&self, key: &RealmKey, user: &str) -> Result<()> {
        use browser_session::Column as C;
        browser_session::Entity::update_many()
            .col_expr(C::EndedAt, Expr::value(self.now.0))
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::User.eq(user))
            .filter(C::EndedAt.is_null())
            .exec(&self.transaction)
            .await?;
        self.end_links(key, user).await?;
        self.drop_codes(key, authorization_code::Column::User, user).await?;
        self.end_bound_grants(key, user).await
    }

    /// Ends the links that set a user's password.
    pub async fn end_links(&self, key: &RealmKey, user: &str) -> Result<()> {
        use one_time_link::Column as C;
        one_time_link::Entity::update_many()
            .col_expr(C::UsedAt, Expr::value(self.now.0))
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::User.eq(user))
            .filter(C::UsedAt.is_null())
            .exec(&self.transaction)
            .await?;
        Ok(())
    }

    /// Stores a link; it takes the place of those its user had before.
    pub async fn save_link(&self, key: &RealmKey, link: NewLink) -> Result<()> {
        self.end_links(key, &link.user).await?;
        let row = one_time_link::ActiveModel {
            tenant: Set(key.tenant.to_string()),
            realm: Set(key.realm.to_string()),
            token_mac: Set(link.token_mac.to_vec()),
            purpose: Set(link.purpose.to_owned()),
            user: Set(link.user),
            created_at: Set(self.now.0),
            expires_at: Set(link.expires_at.0),
            used_at: Set(None),
        };
        one_time_link::Entity::insert(row)
            .exec_without_returning(&self.transaction)
            .await?;
        Ok(())
    }

    /// Ends the codes of an application (by its id) that were not redeemed yet.
    pub async fn end_codes(&self, key: &RealmKey, client: &str) -> Result<()> {
        self.drop_codes(key, authorization_code::Column::Client, client).await
    }

    /// What was ended under an application's former `client_id` is ended under its new one.
    pub async fn carry_end(&self, key: &RealmKey, from: &str, to: &str) -> Result<()> {
        let (tenant, realm) = (key.tenant.to_string(), key.realm.to_string());
        let id = (tenant, realm, "client".to_owned(), from.to_owned());
        match revocation::Entity::find_by_id(id).one(&self.transaction).await? {
            Some(ended) => {
                let carried = NewRevocation {
                    revoked: Revoked::Client(to.to_owned()),
                    at: UnixMillis(ended.revoked_at),
                    expires_at: UnixMillis(ended.expires_at),
                };
                self.revoke(key, &carried).await
            }
            None => Ok(()),
        }
    }

    /// The grants of a user that die with the browser session, access tokens included.
    async fn end_bound_grants(&self, key: &RealmKey, user: &str) -> Result<()> {
        use authorization_grant::Column as C;
        let ended = authorization_grant::Entity::update_many()
            .col_expr(C::RevokedAt, Expr::value(self.now.0))
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::User.eq(user))
            .filter(C::SessionBound.eq(true))
            .filter(C::RevokedAt.is_null())
            .exec_with_returning(&self.transaction)
            .await?;
        for grant in ended {
            let revocation = NewRevocation {
                revoked: Revoked::Grant(grant.id),
                at: self.now,
                expires_at: UnixMillis(grant.tokens_end_at),
            };
            self.revoke(key, &revocation).await?;
        }
        Ok(())
    }

    /// A code that was redeemed stays: it is how a replay is seen.
    async fn drop_codes(&self, key: &RealmKey, column: authorization_code::Column, value: &str) -> Result<()> {
        use authorization_code::Column as C;
        authorization_code::Entity::delete_many()
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(column.eq(value))
            .filter(C::RedeemedAt.is_null())
            .exec(&self.transaction)
            .await?;
        Ok(())
    }

    /// Revokes; an older revocation of the same thing is widened, never narrowed.
    pub async fn revoke(&self, key: &RealmKey, new: &NewRevocation) -> Result<()> {
        use revocation::Column as C;
        let (kind, subject) = (new.revoked.kind(), new.revoked.subject());
        let row = revocation::ActiveModel {
            tenant: Set(key.tenant.to_string()),
            realm: Set(key.realm.to_string()),
            kind: Set(kind.to_owned()),
            subject: Set(subject.to_owned()),
            revoked_at: Set(new.at.0),
            expires_at: Set(new.expires_at.0),
        };
        let later = |column: C, given: i64| {
            let stored = Expr::col((revocation::Entity, column));
            let newer = stored.clone().lt(given);
            Expr::case(newer, given).finally(stored)
        };
        let widen = OnConflict::columns([C::Tenant, C::Realm, C::Kind, C::Subject])
            .value(C::RevokedAt, later(C::RevokedAt, new.at.0))
            .value(C::ExpiresAt, later(C::ExpiresAt, new.expires_at.0))
            .to_owned();
        revocation::Entity::insert(row)
            .on_conflict(widen)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(key, "revocation", &format!("{kind}:{subject}")).await
    }
}
