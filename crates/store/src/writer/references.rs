//! The list of referential tokens.
use super::commands::{NewReference, Outcome};
use super::unit::{Insert, Unit, Value, values};
use crate::Result;
use grantor_protocol::issuer::RealmKey;

pub(super) static INSERT: Insert = Insert::into(
    "reference_token",
    "tenant, realm, id, client, \"user\", grant_id, subject, scope, suffix, issued_at, expires_at",
);

pub(super) fn row<'a>(key: &'a RealmKey, new: &'a NewReference) -> [Value<'a>; 11] {
    values![
        &*key.tenant,
        &*key.realm,
        &new.id,
        &new.client,
        &new.user,
        &new.grant,
        &new.subject,
        &new.scope,
        &new.suffix,
        new.issued_at.0,
        new.expires_at.0,
    ]
}

pub(super) fn insert(on: Unit<'_>, key: &RealmKey, new: &NewReference) -> Result<Outcome> {
    INSERT.one(on, &row(key, new))?;
    Ok(Outcome::Done)
}
