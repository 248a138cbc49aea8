//! Groups and who is in them.
use super::Management;
use crate::Result;
use crate::entities::{group_member, user_group};
use crate::groups::{find_group, find_group_named};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::group::Group;
use grantor_protocol::management::record::Stored;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

impl Management<'_> {
    /// A group by id.
    pub async fn group(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<Group>>> {
        find_group(&self.transaction, key, id).await
    }

    /// A group by name.
    pub async fn group_named(&self, key: &RealmKey, name: &str) -> Result<Option<Stored<Group>>> {
        find_group_named(&self.transaction, key, name).await
    }

    /// Makes or replaces a group; the record was judged before.
    pub async fn save_group(&self, group: &Group) -> Result<()> {
        use user_group::Column as C;
        if self
            .group(&group.key, &group.id)
            .await?
            .is_some_and(|s| s.record == *group)
        {
            return Ok(());
        }
        let row = user_group::ActiveModel {
            tenant: Set(group.key.tenant.to_string()),
            realm: Set(group.key.realm.to_string()),
            id: Set(group.id.clone()),
            display_name: Set(group.display_name.clone()),
            description: Set(group.description.clone()),
            managed_by: Set(None),
            version: Set(1),
            created_at: Set(self.now.0),
            updated_at: Set(self.now.0),
        };
        let replace = OnConflict::columns([C::Tenant, C::Realm, C::Id])
            .update_columns([C::DisplayName, C::Description, C::UpdatedAt])
            .value(C::Version, Expr::cust("user_group.version + 1"))
            .to_owned();
        user_group::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(&group.key, "group", &group.id).await
    }

    /// Puts a user into a group; whether they were not there.
    pub async fn add_to_group(&self, group: &Group, user: &str) -> Result<bool> {
        use group_member::Column as C;
        let row = group_member::ActiveModel {
            tenant: Set(group.key.tenant.to_string()),
            realm: Set(group.key.realm.to_string()),
            group_id: Set(group.id.clone()),
            user: Set(user.to_owned()),
        };
        let keep = OnConflict::columns([C::Tenant, C::Realm, C::GroupId, C::User])
            .do_nothing()
            .to_owned();
        let added = group_member::Entity::insert(row)
            .on_conflict(keep)
            .exec_without_returning(&self.transaction)
            .await?;
        self.member_changed_if(added != 0, group, user).await
    }

    /// Takes a user out of a group; whether they were there.
    pub async fn remove_from_group(&self, group: &Group, user: &str) -> Result<bool> {
        let (tenant, realm) = (group.key.tenant.to_string(), group.key.realm.to_string());
        let id = (tenant, realm, group.id.clone(), user.to_owned());
        let removed = group_member::Entity::delete_by_id(id).exec(&self.transaction).await?;
        self.member_changed_if(removed.rows_affected != 0, group, user).await
    }

    async fn member_changed_if(&self, changed: bool, group: &Group, user: &str) -> Result<bool> {
        if changed {
            self.changed(&group.key, "member", user).await?;
        }
        Ok(changed)
    }

    /// The users in a group, by id.
    pub async fn members_of_group(&self, group: &Group) -> Result<Vec<String>> {
        let rows = group_member::Entity::find()
            .filter(group_member::Column::Tenant.eq(&*group.key.tenant))
            .filter(group_member::Column::Realm.eq(&*group.key.realm))
            .filter(group_member::Column::GroupId.eq(&*group.id))
            .all(&self.transaction)
            .await?;
        Ok(rows.into_iter().map(|r| r.user).collect())
    }

    /// The groups a user is in, by id.
    pub async fn groups_of(&self, key: &RealmKey, user: &str) -> Result<Vec<String>> {
        let rows = group_member::Entity::find()
            .filter(group_member::Column::Tenant.eq(&*key.tenant))
            .filter(group_member::Column::Realm.eq(&*key.realm))
            .filter(group_member::Column::User.eq(user))
            .all(&self.transaction)
            .await?;
        Ok(rows.into_iter().map(|r| r.group_id).collect())
    }

    /// Deletes a group; its members stay, without the roles it gave them.
    pub async fn delete_group(&self, group: &Group) -> Result<()> {
        for (table, column) in [
            ("group_member", "group_id"),
            ("role_group", "group_id"),
            ("user_group", "id"),
        ] {
            self.delete_where(table, &group.key, (column, &group.id)).await?;
        }
        self.changed(&group.key, "group", &group.id).await
    }
}
