//! One row through the server's own writer: what a durable answer costs when nothing else is done.
use crate::client::authenticated;
use crate::keys::Keys;
use crate::{answer, refusal};
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use aws_lc_rs::rand::fill;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, DatabaseSettings, NewReference, Store};
use std::path::Path;

/// Opens a database that a server made.
pub(crate) async fn open(folder: &Path) -> Store {
    let settings = DatabaseSettings {
        file: folder.join("grantor.sqlite"),
        ephemeral_file: folder.join("grantor.ephemeral.sqlite"),
        readers: 1,
    };
    Store::open(&settings).await.expect("a database")
}

/// A row that only has to be durable.
pub(crate) async fn one_row(keys: Data<Keys>, store: Data<Store>, body: Bytes) -> HttpResponse {
    let Some(form) = authenticated(&keys, &body) else {
        return refusal();
    };
    let row = NewReference {
        id: random(),
        client: form.client_id.to_owned(),
        user: None,
        grant: None,
        subject: form.client_id.to_owned(),
        scope: "api".to_owned(),
        suffix: "abcdefgh".to_owned(),
        issued_at: UnixMillis(0),
        expires_at: UnixMillis(i64::MAX),
    };
    written(&store, Command::InsertReference(realm(), Box::new(row))).await
}

/// A revocation, and the change that tells of it.
pub(crate) async fn revocation(keys: Data<Keys>, store: Data<Store>, body: Bytes) -> HttpResponse {
    if authenticated(&keys, &body).is_none() {
        return refusal();
    }
    let revocation = NewRevocation {
        revoked: Revoked::Token(random()),
        at: UnixMillis(0),
        expires_at: UnixMillis(i64::MAX),
    };
    written(&store, Command::Revoke(realm(), revocation)).await
}

async fn written(store: &Store, command: Command) -> HttpResponse {
    store.write(command).await.expect("a write");
    answer(r#"{"written":true}"#.to_owned())
}

fn realm() -> RealmKey {
    RealmKey::new("default", "main")
}

fn random() -> String {
    let mut bytes = [0; 24];
    fill(&mut bytes).expect("randomness");
    BASE64URL.encode(bytes)
}
