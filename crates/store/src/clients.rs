//! Clients, their secrets, and the resource servers that bound them.
use crate::entities::{client, client_origin, client_secret, resource_server, resource_server_credential};
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Client;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::resource_server::ResourceServer;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

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
}

impl SecretRecord {
    /// Whether the secret may be used.
    pub fn is_live(&self, now: UnixMillis) -> bool {
        self.enabled && self.expires_at.is_none_or(|end| now < end)
    }
}

/// What a resource server authenticates with (decision 23).
#[derive(Debug, Clone)]
pub struct CredentialRecord {
    pub id: String,
    pub mac: Vec<u8>,
    pub expires_at: Option<UnixMillis>,
    pub resource_server: ResourceServer,
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

    /// The credential a resource server presents at the introspection endpoint.
    pub async fn find_credential(&self, key: &RealmKey, id: &str) -> Result<Option<CredentialRecord>> {
        let id_of_row = (key.tenant.to_string(), key.realm.to_string(), id.to_owned());
        let Some(row) = resource_server_credential::Entity::find_by_id(id_of_row)
            .one(self.read())
            .await?
        else {
            return Ok(None);
        };
        let Some(resource_server) = self.find_resource_server(key, &row.resource_server).await? else {
            return Ok(None);
        };
        let expires_at = row.expires_at.map(UnixMillis);
        Ok(Some(CredentialRecord {
            id: row.id,
            mac: row.mac,
            expires_at,
            resource_server,
        }))
    }

    /// A resource server by its id.
    pub async fn find_resource_server(&self, key: &RealmKey, id: &str) -> Result<Option<ResourceServer>> {
        find_resource_server(self.read(), key, id).await
    }

    /// Every resource server of a realm.
    pub async fn list_resource_servers(&self, key: &RealmKey) -> Result<Vec<ResourceServer>> {
        let of_realm = resource_server::Column::Tenant
            .eq(&*key.tenant)
            .and(resource_server::Column::Realm.eq(&*key.realm));
        let rows = resource_server::Entity::find()
            .filter(of_realm)
            .all(self.read())
            .await?;
        rows.into_iter().map(server_from_row).collect()
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

    /// The id of every resource server's credential, for fingerprints.
    pub async fn list_credential_ids(&self) -> Result<Vec<[String; 3]>> {
        use resource_server_credential::Column::{Id, Realm, Tenant};
        let query = resource_server_credential::Entity::find()
            .select_only()
            .columns([Tenant, Realm, Id]);
        let rows: Vec<(String, String, String)> = query.into_tuple().all(self.background()).await?;
        Ok(rows.into_iter().map(<[String; 3]>::from).collect())
    }

    async fn complete(&self, row: client::Model) -> Result<ClientRecord> {
        let client = client_from_row(row)?;
        use client_secret::Column as C;
        let own = C::Tenant
            .eq(&*client.key.tenant)
            .and(C::Realm.eq(&*client.key.realm))
            .and(C::Client.eq(&*client.id));
        let secrets = client_secret::Entity::find().filter(own).all(self.read()).await?;
        let resource_server = match &client.resource_server {
            Some(id) => self.find_resource_server(&client.key, id).await?,
            None => None,
        };
        Ok(ClientRecord {
            client,
            secrets: secrets.into_iter().map(secret_from_row).collect(),
            resource_server,
        })
    }
}

pub(crate) async fn find_resource_server(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    id: &str,
) -> Result<Option<ResourceServer>> {
    let row = resource_server::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string(), id.to_owned()));
    row.one(on).await?.map(server_from_row).transpose()
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
    }
}

fn server_from_row(row: resource_server::Model) -> Result<ResourceServer> {
    let scopes =
        serde_json::from_str(&row.scopes).map_err(|e| StoreError::corrupt("resource_server", "scopes", &row.id, e))?;
    Ok(ResourceServer {
        key: RealmKey::new(row.tenant, row.realm),
        id: row.id,
        identifier: row.identifier,
        display_name: row.display_name,
        is_managed: row.is_managed,
        role_bounded: row.role_bounded,
        scopes,
    })
}
