//! One change of management: a transaction, who makes it, and what the audit log is told of it.
use super::ManagementRefusal;
use crate::token::base64url;
use crate::{Deps, Refusal, feed, revocations};
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Violation;
use grantor_protocol::events::{ActorKind, EventKind, RecordKind};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::merge::{Members, under};
use grantor_protocol::management::rights::Rights;
use grantor_store::StoreError;
use grantor_store::events::{Actor, By, Event, Target};
use grantor_store::management::Management;
use grantor_store::revocations::Revoked;
use serde::Serialize;
use serde_json::Value;

/// Who asks for changes, with what rights, and by which request.
#[derive(Debug, Clone)]
pub struct Requester {
    pub by: By,
    pub rights: Rights,
}

impl Requester {
    /// Somebody at the command line, who holds the server's files.
    pub fn operator() -> Self {
        let actor = Actor {
            kind: ActorKind::Operator,
            id: "operator".into(),
            name: "command line".into(),
        };
        Self {
            by: By {
                actor: Some(actor),
                ..By::default()
            },
            rights: Rights::Everything,
        }
    }
}

/// A record as it was saved.
#[derive(Debug, Clone)]
pub struct Saved<T> {
    pub record: T,
    pub version: i64,
}

/// What the audit log was told.
#[derive(Debug, Clone)]
pub struct Told {
    pub kind: EventKind,
    pub target: Target,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// A change under way. Dropping it undoes everything.
pub struct Change<'a> {
    pub deps: &'a Deps,
    /// The realm the records are of.
    pub key: RealmKey,
    pub requester: &'a Requester,
    pub(crate) tx: Management<'a>,
    told: Vec<Told>,
}

/// Other objects an event is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct About<'a> {
    pub(crate) client: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) detail: String,
}

impl<'a> Change<'a> {
    /// Begins, for what is no record of a realm: tenants and realms themselves. Others may hold the database until then: what they wrote meanwhile happened before.
    pub async fn in_installation(deps: &'a Deps, key: &RealmKey, requester: &'a Requester) -> Result<Self, StoreError> {
        let mut tx = deps.store.manage(deps.clock.now()).await?;
        tx.waited_until(deps.clock.now());
        Ok(Self {
            deps,
            key: key.clone(),
            requester,
            tx,
            told: Vec::new(),
        })
    }

    /// The same for records of the realm: one that was deleted meanwhile takes none.
    pub async fn in_realm(deps: &'a Deps, key: &RealmKey, requester: &'a Requester) -> Result<Self, ManagementRefusal> {
        let change = Self::in_installation(deps, key, requester).await?;
        match change.tx.realm(key).await? {
            Some(_) => Ok(change),
            None => Err(ManagementRefusal::missing(RecordKind::Realm, &key.to_string())),
        }
    }

    /// Makes everything durable; this process takes it in before it answers.
    pub async fn commit(self) -> Result<Vec<Told>, StoreError> {
        let Self { deps, tx, told, .. } = self;
        let changes = tx.commit().await?;
        feed::take_in(deps, &changes).await?;
        Ok(told)
    }

    /// What would be done, and nothing of it.
    pub fn undo(self) -> Vec<Told> {
        self.told
    }

    /// When it happens.
    pub fn now(&self) -> UnixMillis {
        self.tx.now()
    }

    /// A new id: 120 random bits in 24 characters that need no encoding anywhere.
    pub(crate) fn new_id(&self) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let random: [u8; 24] = self.deps.random();
        random
            .iter()
            .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
            .collect()
    }

    /// Tells the audit log in the transaction of the change. Of `before` and `after` only what differs is kept; neither ever
    /// holds a secret, because records do not.
    pub(crate) async fn tell<T: Serialize>(
        &mut self,
        kind: EventKind,
        target: Target,
        (before, after): (Option<&T>, Option<&T>),
        about: About<'_>,
    ) -> Result<(), ManagementRefusal> {
        let key = self.key.clone();
        self.tell_in(&key, kind, target, (before, after), about).await
    }

    /// The same in the log of another realm.
    pub(crate) async fn tell_in<T: Serialize>(
        &mut self,
        key: &RealmKey,
        kind: EventKind,
        target: Target,
        (before, after): (Option<&T>, Option<&T>),
        about: About<'_>,
    ) -> Result<(), ManagementRefusal> {
        let (before, after) = differing(members(before), members(after));
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let event = Event {
            client: about.client.map(str::to_owned),
            user: about.user.map(str::to_owned),
            detail: about.detail,
            target: Some(target.clone()),
            before: text(&before),
            after: text(&after),
            ..Event::new(kind, self.now())
        };
        self.tx.tell(key, event.by(&self.requester.by)).await?;
        self.told.push(Told {
            kind,
            target,
            before,
            after,
        });
        Ok(())
    }

    /// What was issued until now stays ended, whatever becomes of the record.
    pub(crate) async fn end_tokens(&self, revoked: Revoked) -> Result<(), StoreError> {
        let revocation = revocations::until_the_last_token_ends(revoked, self.now());
        self.tx.revoke(&self.key, &revocation).await
    }

    /// Refuses unless the caller has every one of these scopes of `server` (O-245, O-247).
    pub(crate) fn require<S: AsRef<str>>(
        &self,
        server: Option<&grantor_protocol::resource_server::ResourceServer>,
        scopes: &[S],
    ) -> Result<(), ManagementRefusal> {
        match self.requester.rights.reach(server, scopes) {
            true => Ok(()),
            false => Err(not_covered()),
        }
    }
}

/// Of what carries rights the caller lacks.
pub(crate) fn not_covered() -> ManagementRefusal {
    ManagementRefusal::Forbidden("this carries management scopes that the caller does not have".into())
}

/// A secret of 288 bits in 48 characters that need no encoding anywhere.
pub(crate) fn new_secret(deps: &Deps) -> String {
    base64url(&deps.random::<36>())
}

/// A target of the log.
pub(crate) fn target(kind: RecordKind, id: &str, name: &str) -> Target {
    Target {
        kind,
        id: id.to_owned(),
        name: name.to_owned(),
    }
}

/// The violations as the door spells their fields, when there are any.
pub(crate) fn refuse_if_any(at: &str, found: Vec<Violation>) -> Result<(), ManagementRefusal> {
    match found.is_empty() {
        true => Ok(()),
        false => Err(ManagementRefusal::invalid(under(at, found))),
    }
}

/// The members of a request that is no record.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(members: &Members) -> Result<T, ManagementRefusal> {
    let read = grantor_protocol::management::merge::read(members);
    read.map_err(ManagementRefusal::invalid)
}

/// The version a request was made for must be the one there is (RFC 9110 section 13.1.1).
pub(crate) fn unchanged(version: i64, wanted: Option<i64>) -> Result<(), ManagementRefusal> {
    match wanted {
        Some(wanted) if wanted != version => Err(ManagementRefusal::Changed),
        _ => Ok(()),
    }
}

/// A record of a kind that the server made may not be edited.
pub(crate) fn editable(is_managed: bool) -> Result<(), ManagementRefusal> {
    match is_managed {
        true => Err(ManagementRefusal::Forbidden("this is managed by the server".into())),
        false => Ok(()),
    }
}

/// What cannot be served because the clock or a value is beyond reason.
pub(crate) fn server_error(cause: impl ToString) -> ManagementRefusal {
    Refusal::from(grantor_protocol::OAuthError::server_error(cause.to_string())).into()
}

fn members<T: Serialize>(record: Option<&T>) -> Option<Members> {
    match serde_json::to_value(record?) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// The members in which the two differ, one level inside of objects.
fn differing(before: Option<Members>, after: Option<Members>) -> (Option<Value>, Option<Value>) {
    let (Some(before), Some(after)) = (&before, &after) else {
        return (before.map(Value::Object), after.map(Value::Object));
    };
    let (mut old, mut new) = (Members::new(), Members::new());
    let names = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)));
    for name in names {
        match (before.get(name), after.get(name)) {
            (a, b) if a == b => {}
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                let (a, b) = differing(Some(a.clone()), Some(b.clone()));
                old.extend(a.map(|a| (name.clone(), a)));
                new.extend(b.map(|b| (name.clone(), b)));
            }
            (a, b) => {
                old.extend(a.map(|a| (name.clone(), a.clone())));
                new.extend(b.map(|b| (name.clone(), b.clone())));
            }
        }
    }
    (Some(Value::Object(old)), Some(Value::Object(new)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_log_keeps_what_differs() {
        let object = |value: Value| value.as_object().cloned();
        let check = |before: Value, after: Value, old: Value, new: Value| {
            assert_eq!(differing(object(before), object(after)), (Some(old), Some(new)));
        };
        check(
            json!({"a": 1, "b": [1]}),
            json!({"a": 1, "b": [2]}),
            json!({"b": [1]}),
            json!({"b": [2]}),
        );
        check(json!({"a": 1}), json!({"b": 2}), json!({"a": 1}), json!({"b": 2}));
        check(
            json!({"c": {"x": 1, "y": {"z": 1}}}),
            json!({"c": {"x": 1, "y": {"z": 2}}}),
            json!({"c": {"y": {"z": 1}}}),
            json!({"c": {"y": {"z": 2}}}),
        );
        assert_eq!(differing(None, object(json!({"a": 1}))), (None, Some(json!({"a": 1}))));
    }
}
