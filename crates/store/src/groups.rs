//! Groups, and who is in them.
use crate::entities::{group_member, user, user_group};
use crate::listing::{Wanted, newest_first};
use crate::people::{UserCredential, stored_credential};
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::group::Group;
use grantor_protocol::management::record::{Meta, Stored};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

impl Store {
    /// The groups of a realm, newest first; with `name` the one of that name.
    pub async fn list_groups(
        &self,
        key: &RealmKey,
        name: Option<&str>,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Stored<Group>>> {
        use user_group::Column as C;
        let mut select = of_realm(key);
        if let Some(name) = name {
            select = select.filter(C::DisplayName.eq(name));
        }
        let rows = newest_first(select, (C::CreatedAt, C::Id), wanted);
        Ok(rows.all(self.read()).await?.into_iter().map(group_from_row).collect())
    }

    /// One group.
    pub async fn find_group(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<Group>>> {
        find_group(self.read(), key, id).await
    }

    /// The groups a user is in, by id.
    pub async fn list_groups_of(&self, key: &RealmKey, user: &str, wanted: Wanted<'_>) -> Result<Vec<Stored<Group>>> {
        use user_group::Column as C;
        let mine = group_member::Entity::find()
            .select_only()
            .column(group_member::Column::GroupId)
            .filter(group_member::Column::Tenant.eq(&*key.tenant))
            .filter(group_member::Column::Realm.eq(&*key.realm))
            .filter(group_member::Column::User.eq(user))
            .into_query();
        let select = of_realm(key).filter(C::Id.in_subquery(mine));
        let rows = newest_first(select, (C::CreatedAt, C::Id), wanted);
        Ok(rows.all(self.read()).await?.into_iter().map(group_from_row).collect())
    }

    /// The users in a group behind `after`, by id.
    pub async fn list_group_members(
        &self,
        key: &RealmKey,
        group: &str,
        (after, limit): (Option<&str>, u64),
    ) -> Result<Vec<Stored<UserCredential>>> {
        let members = group_member::Entity::find()
            .select_only()
            .column(group_member::Column::User)
            .filter(group_member::Column::Tenant.eq(&*key.tenant))
            .filter(group_member::Column::Realm.eq(&*key.realm))
            .filter(group_member::Column::GroupId.eq(group))
            .filter(group_member::Column::User.gt(after.unwrap_or_default()))
            .order_by_asc(group_member::Column::User)
            .limit(limit)
            .into_query();
        let rows = user::Entity::find()
            .filter(user::Column::Tenant.eq(&*key.tenant))
            .filter(user::Column::Realm.eq(&*key.realm))
            .filter(user::Column::Id.in_subquery(members))
            .order_by_asc(user::Column::Id)
            .all(self.read())
            .await?;
        rows.into_iter().map(stored_credential).collect()
    }
}

fn of_realm(key: &RealmKey) -> Select<user_group::Entity> {
    user_group::Entity::find()
        .filter(user_group::Column::Tenant.eq(&*key.tenant))
        .filter(user_group::Column::Realm.eq(&*key.realm))
}

pub(crate) async fn find_group(on: &impl ConnectionTrait, key: &RealmKey, id: &str) -> Result<Option<Stored<Group>>> {
    let id = (key.tenant.to_string(), key.realm.to_string(), id.to_owned());
    Ok(user_group::Entity::find_by_id(id).one(on).await?.map(group_from_row))
}

pub(crate) async fn find_group_named(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    name: &str,
) -> Result<Option<Stored<Group>>> {
    let row = of_realm(key).filter(user_group::Column::DisplayName.eq(name));
    Ok(row.one(on).await?.map(group_from_row))
}

pub(crate) fn group_from_row(row: user_group::Model) -> Stored<Group> {
    Stored {
        meta: Meta {
            version: row.version,
            managed_by: row.managed_by,
            created_at: UnixMillis(row.created_at),
            updated_at: UnixMillis(row.updated_at),
        },
        record: Group {
            key: RealmKey::new(row.tenant, row.realm),
            id: row.id,
            display_name: row.display_name,
            description: row.description,
        },
    }
}
