//! Roles: sets of scopes of one resource server; who holds them, directly or by a group.
use crate::entities::{group_member, role, role_group, role_member, user};
use crate::listing::{Wanted, newest_first};
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::record::{Meta, Stored};
use grantor_protocol::management::role::Role;
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

/// Who holds a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder<'a> {
    /// Directly or by a group.
    User(&'a str),
    Group(&'a str),
}

/// Most groups of a role that are read at once.
pub const GROUPS: u64 = 1000;

impl Store {
    /// The roles of a resource server, newest first; with `name` the one of that name.
    pub async fn list_roles(
        &self,
        key: &RealmKey,
        server: &str,
        name: Option<&str>,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Stored<Role>>> {
        use role::Column as C;
        let mut select = of_realm(key).filter(C::ResourceServer.eq(server));
        if let Some(name) = name {
            select = select.filter(C::Name.eq(name));
        }
        let rows = newest_first(select, (C::CreatedAt, C::Id), wanted);
        Ok(rows.all(self.read()).await?.into_iter().map(role_from_row).collect())
    }

    /// One role.
    pub async fn find_role(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<Role>>> {
        find_role(self.read(), key, id).await
    }

    /// Every role somebody holds.
    pub async fn list_roles_of(&self, key: &RealmKey, holder: Holder<'_>) -> Result<Vec<Stored<Role>>> {
        roles_of(self.read(), key, holder).await
    }

    /// The users (their ids) in a role behind `after`, in order.
    pub async fn list_role_users(
        &self,
        key: &RealmKey,
        role: &str,
        (after, limit): (Option<&str>, u64),
    ) -> Result<Vec<String>> {
        use role_member::Column as C;
        let select = role_member::Entity::find()
            .select_only()
            .column(C::User)
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::Role.eq(role))
            .filter(C::User.gt(after.unwrap_or_default()))
            .order_by_asc(C::User)
            .limit(limit);
        Ok(select.into_tuple().all(self.read()).await?)
    }

    /// The groups (their ids) in a role, in order.
    pub async fn list_role_groups(&self, key: &RealmKey, role: &str, after: &str) -> Result<Vec<String>> {
        use role_group::Column as C;
        let select = role_group::Entity::find()
            .select_only()
            .column(C::GroupId)
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::Role.eq(role))
            .filter(C::GroupId.gt(after))
            .order_by_asc(C::GroupId)
            .limit(GROUPS);
        Ok(select.into_tuple().all(self.read()).await?)
    }
}

fn of_realm(key: &RealmKey) -> Select<role::Entity> {
    role::Entity::find()
        .filter(role::Column::Tenant.eq(&*key.tenant))
        .filter(role::Column::Realm.eq(&*key.realm))
}

pub(crate) async fn find_role(on: &impl ConnectionTrait, key: &RealmKey, id: &str) -> Result<Option<Stored<Role>>> {
    let id = (key.tenant.to_string(), key.realm.to_string(), id.to_owned());
    Ok(role::Entity::find_by_id(id).one(on).await?.map(role_from_row))
}

pub(crate) async fn find_role_named(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    name: &str,
) -> Result<Option<Stored<Role>>> {
    let row = of_realm(key).filter(role::Column::Name.eq(name));
    Ok(row.one(on).await?.map(role_from_row))
}

pub(crate) async fn roles_of_server(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    server: &str,
) -> Result<Vec<Stored<Role>>> {
    let rows = of_realm(key).filter(role::Column::ResourceServer.eq(server));
    Ok(rows.all(on).await?.into_iter().map(role_from_row).collect())
}

pub(crate) async fn roles_of(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    holder: Holder<'_>,
) -> Result<Vec<Stored<Role>>> {
    let rows = held_by(key, holder).limit(1000);
    Ok(rows.all(on).await?.into_iter().map(role_from_row).collect())
}

/// Those of one resource server: every one of them, so that nobody who judges by them can be made to miss some.
pub(crate) async fn roles_of_in(
    on: &impl ConnectionTrait,
    (key, server): (&RealmKey, &str),
    holder: Holder<'_>,
) -> Result<Vec<Stored<Role>>> {
    let rows = held_by(key, holder).filter(role::Column::ResourceServer.eq(server));
    Ok(rows.all(on).await?.into_iter().map(role_from_row).collect())
}

fn held_by(key: &RealmKey, holder: Holder<'_>) -> Select<role::Entity> {
    use role::Column as C;
    let held = match holder {
        Holder::User(user) => C::Id
            .in_subquery(direct(key, user))
            .or(C::Id.in_subquery(by_group(key, groups_of(key, user)))),
        Holder::Group(group) => C::Id.in_subquery(of_group(key, group)),
    };
    of_realm(key).filter(held).order_by_asc(C::Id)
}

/// Whether an enabled user is in the role, directly or by a group.
pub(crate) async fn is_held(on: &impl ConnectionTrait, role: &Role) -> Result<bool> {
    use user::Column as C;
    let key = &role.key;
    let direct = role_member::Entity::find()
        .select_only()
        .column(role_member::Column::User)
        .filter(role_member::Column::Tenant.eq(&*key.tenant))
        .filter(role_member::Column::Realm.eq(&*key.realm))
        .filter(role_member::Column::Role.eq(&*role.id))
        .into_query();
    let groups = role_group::Entity::find()
        .select_only()
        .column(role_group::Column::GroupId)
        .filter(role_group::Column::Tenant.eq(&*key.tenant))
        .filter(role_group::Column::Realm.eq(&*key.realm))
        .filter(role_group::Column::Role.eq(&*role.id))
        .into_query();
    let by_group = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::User)
        .filter(group_member::Column::Tenant.eq(&*key.tenant))
        .filter(group_member::Column::Realm.eq(&*key.realm))
        .filter(group_member::Column::GroupId.in_subquery(groups))
        .into_query();
    let holder = user::Entity::find()
        .filter(C::Tenant.eq(&*key.tenant))
        .filter(C::Realm.eq(&*key.realm))
        .filter(C::Enabled.eq(true))
        .filter(C::Id.in_subquery(direct).or(C::Id.in_subquery(by_group)));
    Ok(holder.one(on).await?.is_some())
}

fn direct(key: &RealmKey, user: &str) -> SelectStatement {
    use role_member::Column as C;
    role_member::Entity::find()
        .select_only()
        .column(C::Role)
        .filter(C::Tenant.eq(&*key.tenant))
        .filter(C::Realm.eq(&*key.realm))
        .filter(C::User.eq(user))
        .into_query()
}

fn groups_of(key: &RealmKey, user: &str) -> SelectStatement {
    use group_member::Column as C;
    group_member::Entity::find()
        .select_only()
        .column(C::GroupId)
        .filter(C::Tenant.eq(&*key.tenant))
        .filter(C::Realm.eq(&*key.realm))
        .filter(C::User.eq(user))
        .into_query()
}

fn by_group(key: &RealmKey, groups: SelectStatement) -> SelectStatement {
    use role_group::Column as C;
    role_group::Entity::find()
        .select_only()
        .column(C::Role)
        .filter(C::Tenant.eq(&*key.tenant))
        .filter(C::Realm.eq(&*key.realm))
        .filter(C::GroupId.in_subquery(groups))
        .into_query()
}

fn of_group(key: &RealmKey, group: &str) -> SelectStatement {
    use role_group::Column as C;
    role_group::Entity::find()
        .select_only()
        .column(C::Role)
        .filter(C::Tenant.eq(&*key.tenant))
        .filter(C::Realm.eq(&*key.realm))
        .filter(C::GroupId.eq(group))
        .into_query()
}

pub(crate) fn role_from_row(row: role::Model) -> Stored<Role> {
    Stored {
        meta: Meta {
            version: row.version,
            managed_by: row.managed_by,
            created_at: UnixMillis(row.created_at),
            updated_at: UnixMillis(row.updated_at),
        },
        record: Role {
            key: RealmKey::new(row.tenant, row.realm),
            id: row.id,
            resource_server: row.resource_server,
            display_name: row.name,
            description: row.description,
            is_managed: row.is_managed,
            scopes: row
                .scopes
                .split(' ')
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect(),
        },
    }
}
