//! The form of a request and the secret of its client, read the shortest way: no percent-decoding, one client, one SHA-256.
use crate::keys::Keys;
use openssl::sha::sha256;

/// The one client and its secret.
pub(crate) const ID: &str = "bench";
pub(crate) const SECRET: &[u8] = b"bench-secret-bench-secret-bench-secret";

/// What an authenticated form holds.
#[derive(Default)]
pub(crate) struct Form<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) scope: &'a str,
    pub(crate) token: &'a str,
    pub(crate) grant_type: &'a str,
    client_secret: &'a str,
}

/// The form, when its client is known and the secret is right.
pub(crate) fn authenticated<'a>(keys: &Keys, body: &'a [u8]) -> Option<Form<'a>> {
    let form = parse(std::str::from_utf8(body).ok()?)?;
    let expected = keys.clients.get(form.client_id)?;
    openssl::memcmp::eq(expected, &sha256(form.client_secret.as_bytes())).then_some(form)
}

fn parse(body: &str) -> Option<Form<'_>> {
    let mut form = Form::default();
    for pair in body.split('&') {
        let (name, value) = pair.split_once('=')?;
        match name {
            "client_id" => form.client_id = value,
            "client_secret" => form.client_secret = value,
            "grant_type" => form.grant_type = value,
            "scope" => form.scope = value,
            "token" => form.token = value,
            _ => {}
        }
    }
    Some(form)
}
