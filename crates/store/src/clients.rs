//! Clients and their secrets.
use crate::entities::{client, client_origin, client_secret};
use crate::listing::{Wanted, newest_first};
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Client;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::record::{Meta, Stored};
use grantor_protocol::resource_server::ResourceServer;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

/// Rows of a page where all of them are wanted: what is read is memory until it is put away.
pub const PAGE: usize = 200;

/// A client with everything a token request needs of it.
#[derive(Debug, Clone)]
pub struct ClientRecord {
    pub client: Client,
    pub secrets: Vec<SecretRecord>,
    pub resource_server: Option<ResourceServer>,
}

/// One client secret: its HMAC, never its text.
#[derive(Debug, Clone)]
pub struct SecretRecord {
    pub id: String,
    pub mac: Vec<u8>,
    pub enabled: bool,
    pub expires_at: Option<UnixMillis>,
    /// The last characters of the text.
    pub hint: String,
    pub created_at: UnixMillis,
    pub last_used_at: Option<UnixMillis>,
}

/// Which applications are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientFilter<'a> {
    pub client_id: Option<&'a str>,
    pub display_name: Option<&'a str>,
    pub resource_server: Option<&'a str>,
    pub enabled: Option<bool>,
}

impl SecretRecord {
    /// Whether the secret may be used.
    pub fn is_live(&self, now: UnixMillis) -> bool {
        self.enabled && self.expires_at.is_none_or(|end| now < end)
    }
}

impl Store {
    /// The client a request names.
    pub async fn find_client_by_client_id(&self, key: &RealmKey, client_id: &str) -> Result<Option<ClientRecord>> {
        let filter = client::Entity::find().filter(of_realm(key).and(client::Column::ClientId.eq(client_id)));
        match filter.one(self.read()).await? {
            Some(row) => Ok(Some(self.complete(row).await?)),
            None => Ok(None),
        }
    }

    /// The client an id in a path names.
    pub async fn find_client_by_id(&self, key: &RealmKey, id: &str) -> Result<Option<ClientRecord>> {
        let row = client::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string(), id.to_owned()));
        match row.one(self.read()).await? {
            Some(row) => Ok(Some(self.complete(row).await?)),
            None => Ok(None),
        }
    }

    /// The applications of a realm that match, newest first.
    pub async fn list_clients(
        &self,
        key: &RealmKey,
        filter: ClientFilter<'_>,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Stored<Client>>> {
        let rows = matching(key, filter, wanted).all(self.read()).await?;
        rows.into_iter().map(stored_client).collect()
    }

    /// One application.
    pub async fn find_stored_client(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<Client>>> {
        find_client(self.read(), key, id).await
    }

    /// The secrets of an application, oldest first.
    pub async fn list_client_secrets(&self, key: &RealmKey, client: &str) -> Result<Vec<SecretRecord>> {
        secrets_of(self.read(), key, client).await
    }

    /// Whether some client of the realm may be called from `origin`.
    pub async fn is_client_origin(&self, key: &RealmKey, origin: &str) -> Result<bool> {
        let row = client_origin::Entity::find()
            .filter(client_origin::Column::Tenant.eq(&*key.tenant))
            .filter(client_origin::Column::Realm.eq(&*key.realm))
            .filter(client_origin::Column::Origin.eq(origin));
        Ok(row.one(self.read()).await?.is_some())
    }

    /// The `client_id`s of the installation behind `after`, in order and a page at a time, for fingerprints: tenant, realm,
    /// `client_id`. A page of fewer than [`PAGE`] is the last.
    pub async fn list_client_ids(&self, after: &[String; 3]) -> Result<Vec<[String; 3]>> {
        use client::Column::{ClientId, Realm, Tenant};
        let place = Expr::tuple([Tenant, Realm, ClientId].map(Expr::col));
        let query = client::Entity::find()
            .select_only()
            .columns([Tenant, Realm, ClientId])
            .filter(place.gt(Expr::tuple(after.each_ref().map(Expr::val))))
            .order_by_asc(Tenant)
            .order_by_asc(Realm)
            .order_by_asc(ClientId)
            .limit(PAGE as u64);
        let rows: Vec<(String, String, String)> = query.into_tuple().all(self.background()).await?;
        Ok(rows.into_iter().map(<[String; 3]>::from).collect())
    }

    /// Enabled confidential applications all of whose secrets end before `end`: realm and `client_id`.
    pub async fn list_ending_secrets(&self, end: UnixMillis) -> Result<Vec<(RealmKey, String)>> {
        let sql = "SELECT c.tenant, c.realm, c.client_id FROM client c WHERE c.enabled AND EXISTS (
                SELECT 1 FROM client_secret s WHERE s.tenant = c.tenant AND s.realm = c.realm AND s.client = c.id)
            AND NOT EXISTS (
                SELECT 1 FROM client_secret s WHERE s.tenant = c.tenant AND s.realm = c.realm AND s.client = c.id
                AND s.enabled AND (s.expires_at IS NULL OR s.expires_at > ?1))
            ORDER BY c.tenant, c.realm, c.client_id LIMIT 1000";
        let select = self.statement(sql, [end.0.into()]);
        let rows = self.background().query_all_raw(select).await?;
        let one = |row: sea_orm::QueryResult| -> std::result::Result<(RealmKey, String), sea_orm::DbErr> {
            let key = RealmKey::new(
                row.try_get::<String>("", "tenant")?,
                row.try_get::<String>("", "realm")?,
            );
            Ok((key, row.try_get("", "client_id")?))
        };
        Ok(rows.into_iter().map(one).collect::<std::result::Result<_, _>>()?)
    }

    async fn complete(&self, row: client::Model) -> Result<ClientRecord> {
        let client = client_from_row(row)?;
        let secrets = secrets_of(self.read(), &client.key, &client.id).await?;
        let resource_server = match &client.resource_server {
            Some(id) => self.find_resource_server(&client.key, id).await?,
            None => None,
        };
        Ok(ClientRecord {
            client,
            secrets,
            resource_server,
        })
    }
}

pub(crate) fn matching(key: &RealmKey, filter: ClientFilter<'_>, wanted: Wanted<'_>) -> Select<client::Entity> {
    use client::Column as C;
    let mut select = client::Entity::find().filter(of_realm(key));
    let named = [
        (C::ClientId, filter.client_id),
        (C::DisplayName, filter.display_name),
        (C::ResourceServer, filter.resource_server),
    ];
    for (column, value) in named.into_iter().filter_map(|(c, v)| Some((c, v?))) {
        select = select.filter(column.eq(value));
    }
    if let Some(enabled) = filter.enabled {
        select = select.filter(C::Enabled.eq(enabled));
    }
    newest_first(select, (C::CreatedAt, C::Id), wanted)
}

pub(crate) async fn find_client(on: &impl ConnectionTrait, key: &RealmKey, id: &str) -> Result<Option<Stored<Client>>> {
    let row = client::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string(), id.to_owned()));
    row.one(on).await?.map(stored_client).transpose()
}

pub(crate) async fn find_client_named(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    client_id: &str,
) -> Result<Option<Stored<Client>>> {
    let row = client::Entity::find().filter(of_realm(key).and(client::Column::ClientId.eq(client_id)));
    row.one(on).await?.map(stored_client).transpose()
}

/// Applications linked to a resource server, some of them.
pub(crate) async fn clients_of_server(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    server: &str,
) -> Result<Vec<Stored<Client>>> {
    let rows = client::Entity::find()
        .filter(of_realm(key).and(client::Column::ResourceServer.eq(server)))
        .limit(10);
    rows.all(on).await?.into_iter().map(stored_client).collect()
}

pub(crate) async fn secrets_of(on: &impl ConnectionTrait, key: &RealmKey, client: &str) -> Result<Vec<SecretRecord>> {
    use client_secret::Column as C;
    let own = C::Tenant
        .eq(&*key.tenant)
        .and(C::Realm.eq(&*key.realm))
        .and(C::Client.eq(client));
    let rows = client_secret::Entity::find()
        .filter(own)
        .order_by_asc(C::CreatedAt)
        .order_by_asc(C::Id);
    Ok(rows.all(on).await?.into_iter().map(secret_from_row).collect())
}

pub(crate) fn stored_client(row: client::Model) -> Result<Stored<Client>> {
    let meta = Meta {
        version: row.version,
        managed_by: row.managed_by.clone(),
        created_at: UnixMillis(row.created_at),
        updated_at: UnixMillis(row.updated_at),
    };
    client_from_row(row).map(|record| Stored { record, meta })
}

fn of_realm(key: &RealmKey) -> sea_orm::sea_query::Expr {
    client::Column::Tenant
        .eq(&*key.tenant)
        .and(client::Column::Realm.eq(&*key.realm))
}

pub(crate) fn client_from_row(row: client::Model) -> Result<Client> {
    let config = serde_json::from_str(&row.config).map_err(|e| StoreError::corrupt("client", "config", &row.id, e))?;
    Ok(Client {
        key: RealmKey::new(row.tenant, row.realm),
        id: row.id,
        client_id: row.client_id,
        display_name: row.display_name,
        is_managed: row.is_managed,
        enabled: row.enabled,
        resource_server: row.resource_server,
        config,
    })
}

fn secret_from_row(row: client_secret::Model) -> SecretRecord {
    SecretRecord {
        id: row.id,
        mac: row.mac,
        enabled: row.enabled,
        expires_at: row.expires_at.map(UnixMillis),
        hint: row.hint,
        created_at: UnixMillis(row.created_at),
        last_used_at: row.last_used_at.map(UnixMillis),
    }
}
