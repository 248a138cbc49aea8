//! Roles and who holds them.
use super::Management;
use crate::Result;
use crate::entities::{role, role_group, role_member};
use crate::roles::{Holder, find_role, find_role_named, roles_of, roles_of_server};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::record::Stored;
use grantor_protocol::management::role::Role;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

impl Management<'_> {
    /// A role by id.
    pub async fn role(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<Role>>> {
        find_role(&self.transaction, key, id).await
    }

    /// A role by name.
    pub async fn role_named(&self, key: &RealmKey, name: &str) -> Result<Option<Stored<Role>>> {
        find_role_named(&self.transaction, key, name).await
    }

    /// Every role somebody holds.
    pub async fn roles_of(&self, key: &RealmKey, holder: Holder<'_>) -> Result<Vec<Stored<Role>>> {
        roles_of(&self.transaction, key, holder).await
    }

    /// Every role of a resource server.
    pub async fn roles_of_server(&self, key: &RealmKey, server: &str) -> Result<Vec<Stored<Role>>> {
        roles_of_server(&self.transaction, key, server).await
    }

    /// Makes or replaces a role; the record was judged before.
    pub async fn save_role(&self, role: &Role) -> Result<()> {
        use role::Column as C;
        if self.role(&role.key, &role.id).await?.is_some_and(|s| s.record == *role) {
            return Ok(());
        }
        let row = role::ActiveModel {
            tenant: Set(role.key.tenant.to_string()),
            realm: Set(role.key.realm.to_string()),
            id: Set(role.id.clone()),
            resource_server: Set(role.resource_server.clone()),
            name: Set(role.display_name.clone()),
            description: Set(role.description.clone()),
            is_managed: Set(role.is_managed),
            scopes: Set(role.scopes.join(" ")),
            created_at: Set(self.now.0),
            version: Set(1),
            updated_at: Set(self.now.0),
            managed_by: Set(None),
        };
        let replace = OnConflict::columns([C::Tenant, C::Realm, C::Id])
            .update_columns([C::ResourceServer, C::Name, C::Description, C::Scopes, C::UpdatedAt])
            .value(C::Version, Expr::cust("role.version + 1"))
            .to_owned();
        role::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(&role.key, "role", &role.id).await
    }

    /// Puts a user or a group into a role; whether it was not there.
    pub async fn add_to_role(&self, role: &Role, holder: Holder<'_>) -> Result<bool> {
        let (tenant, realm) = (role.key.tenant.to_string(), role.key.realm.to_string());
        let added = match holder {
            Holder::User(user) => {
                use role_member::Column as C;
                let row = role_member::ActiveModel {
                    tenant: Set(tenant),
                    realm: Set(realm),
                    role: Set(role.id.clone()),
                    user: Set(user.to_owned()),
                };
                let keep = OnConflict::columns([C::Tenant, C::Realm, C::Role, C::User])
                    .do_nothing()
                    .to_owned();
                let insert = role_member::Entity::insert(row).on_conflict(keep);
                insert.exec_without_returning(&self.transaction).await?
            }
            Holder::Group(group) => {
                use role_group::Column as C;
                let row = role_group::ActiveModel {
                    tenant: Set(tenant),
                    realm: Set(realm),
                    role: Set(role.id.clone()),
                    group_id: Set(group.to_owned()),
                };
                let keep = OnConflict::columns([C::Tenant, C::Realm, C::Role, C::GroupId])
                    .do_nothing()
                    .to_owned();
                let insert = role_group::Entity::insert(row).on_conflict(keep);
                insert.exec_without_returning(&self.transaction).await?
            }
        };
        self.role_changed_if(added != 0, role).await
    }

    /// Takes a user or a group out of a role; whether it was there.
    pub async fn remove_from_role(&self, role: &Role, holder: Holder<'_>) -> Result<bool> {
        let (tenant, realm) = (role.key.tenant.to_string(), role.key.realm.to_string());
        let removed = match holder {
            Holder::User(user) => {
                let id = (tenant, realm, role.id.clone(), user.to_owned());
                role_member::Entity::delete_by_id(id).exec(&self.transaction).await?
            }
            Holder::Group(group) => {
                let id = (tenant, realm, role.id.clone(), group.to_owned());
                role_group::Entity::delete_by_id(id).exec(&self.transaction).await?
            }
        };
        self.role_changed_if(removed.rows_affected != 0, role).await
    }

    async fn role_changed_if(&self, changed: bool, role: &Role) -> Result<bool> {
        if changed {
            self.changed(&role.key, "role", &role.id).await?;
        }
        Ok(changed)
    }

    /// The users and the groups in a role, by id.
    pub async fn holders_of_role(&self, role: &Role) -> Result<(Vec<String>, Vec<String>)> {
        let users = role_member::Entity::find()
            .filter(role_member::Column::Tenant.eq(&*role.key.tenant))
            .filter(role_member::Column::Realm.eq(&*role.key.realm))
            .filter(role_member::Column::Role.eq(&*role.id))
            .all(&self.transaction)
            .await?;
        let groups = role_group::Entity::find()
            .filter(role_group::Column::Tenant.eq(&*role.key.tenant))
            .filter(role_group::Column::Realm.eq(&*role.key.realm))
            .filter(role_group::Column::Role.eq(&*role.id))
            .all(&self.transaction)
            .await?;
        Ok((
            users.into_iter().map(|r| r.user).collect(),
            groups.into_iter().map(|r| r.group_id).collect(),
        ))
    }

    /// Deletes a role that nobody holds.
    pub async fn delete_role(&self, role: &Role) -> Result<()> {
        self.delete_where("role", &role.key, ("id", &role.id)).await?;
        self.changed(&role.key, "role", &role.id).await
    }
}
