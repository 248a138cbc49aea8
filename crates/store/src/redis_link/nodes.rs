//! Where the servers are and how they are reached.
use super::{RedisSettings, unavailable};
use crate::{Result, StoreError};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, Pipeline, ProtocolVersion, PushInfo, PushKind};
use redis::{RedisFuture, RedisResult, TlsCertificates, Value};
use std::time::Duration;

const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// One server, or the nodes of a cluster that are asked for the others.
pub(super) struct Nodes {
    each: Vec<Client>,
    cluster: Option<Box<ClusterClient>>,
    limit: Duration,
}

/// An open way to all of them. Clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Nodes {
    /// Reads addresses and certificates; connects nowhere.
    pub(super) fn new(settings: &RedisSettings) -> Result<Self> {
        let certificates = TlsCertificates {
            client_tls: None,
            root_cert: settings.authorities.clone(),
        };
        if settings.addresses.iter().any(|address| is_tls(address)) {
            // Named, so that it does not depend on what else is compiled in; another caller may have been first.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
            refuse_empty(settings.authorities.as_deref())?;
        }
        let open = |address: &String| {
            let client = match settings.authorities.is_some() && is_tls(address) {
                true => Client::build_with_tls(address.as_str(), certificates.clone()),
                false => Client::open(address.as_str()),
            };
            // The protocol in which a server talks unasked; it also brings word of a connection that ended.
            let info = client?.get_connection_info().clone();
            let told = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
            Client::open(info.set_redis_settings(told))
        };
        let each = settings.addresses.iter().map(open).collect::<RedisResult<Vec<_>>>();
        let each = each.map_err(|e| unavailable(&e))?;
        let limit = settings.patience;
        let cluster = match each.len() {
            0 => return Err(StoreError::Unavailable("redis: no address is given".into())),
            1 => None,
            _ => Some(Box::new(cluster(settings, certificates).map_err(|e| unavailable(&e))?)),
        };
        Ok(Self { each, cluster, limit })
    }

    /// Connects, within the time limit. `gone` is called when the connection ends by itself; a cluster mends its own.
    pub(super) async fn connect(&self, gone: impl Fn() + Send + Sync + 'static) -> RedisResult<Connection> {
        if let Some(cluster) = &self.cluster {
            return cluster.get_async_connection().await.map(Connection::Cluster);
        }
        let hear = move |told: PushInfo| {
            if told.kind == PushKind::Disconnection {
                gone();
            }
            Ok::<(), ()>(())
        };
        let config = config(self.limit).set_push_sender(hear);
        let one = self.each[0].get_multiplexed_async_connection_with_config(&config).await;
        one.map(Connection::One)
    }

    /// Connects to any one of them, in their order, for what every node tells: messages reach all of a cluster. `hear` gets what
    /// comes unasked.
    pub(super) async fn listen(
        &self,
        hear: impl Fn(PushInfo) -> std::result::Result<(), ()> + Clone + Send + Sync + 'static,
    ) -> RedisResult<MultiplexedConnection> {
        let mut failed = None;
        for client in &self.each {
            let config = config(self.limit).set_push_sender(hear.clone());
            match client.get_multiplexed_async_connection_with_config(&config).await {
                Ok(connection) => return Ok(connection),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| (ErrorKind::InvalidClientConfig, "no address is given").into()))
    }
}

fn config(limit: Duration) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(limit))
        .set_response_timeout(Some(limit))
}

fn cluster(settings: &RedisSettings, certificates: TlsCertificates) -> RedisResult<ClusterClient> {
    let addresses = settings.addresses.iter().map(String::as_str);
    let builder = ClusterClient::builder(addresses)
        .connection_timeout(settings.patience)
        .response_timeout(settings.patience)
        // A slot that moved is followed; more would outlast the caller.
        .retries(2)
        .min_retry_wait(1)
        .max_retry_wait(10);
    match settings.authorities.is_some() {
        true => builder.certs(certificates).build(),
        false => builder.build(),
    }
}

fn is_tls(address: &str) -> bool {
    address.starts_with("rediss:")
}

/// A file without a certificate would believe nobody, and say so only when it connects.
fn refuse_empty(authorities: Option<&[u8]>) -> Result<()> {
    let found = authorities.is_none_or(|pem| pem.windows(PEM.len()).any(|w| w == PEM));
    match found {
        true => Ok(()),
        false => Err(StoreError::Unavailable(
            "redis: the file of authorities holds no certificate in PEM".into(),
        )),
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }
    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }
    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
