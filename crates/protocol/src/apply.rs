//! The document of `grantor apply`: records of one realm. What it names becomes as it says; what it does not name stays.
//!
//! Owns: which lists and further members a document has beside the settings of each record. Does not own: judging them, which
//! is the same for every door (`management`).
use crate::client::Violation;
use crate::issuer::RealmKey;
use crate::management::merge::{Members, told, under};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Shortest secret that may be supplied; server-made ones are longer (decision 19).
pub const MIN_SECRET: usize = 32;
/// Longest `client_id`, in characters.
pub const MAX_CLIENT_ID: usize = 200;
/// Longest password read, in bytes.
pub use crate::management::identity::MAX_PASSWORD;

/// A document. Secrets stand in it by value, so it is never printed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub tenant: String,
    pub realm: String,
    /// The set of documents this one belongs to, which owns what it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_servers: Vec<Members>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<Members>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Members>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Members>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<Members>,
}

impl Document {
    /// The realm everything in it belongs to.
    pub fn key(&self) -> RealmKey {
        RealmKey::new(&*self.tenant, &*self.realm)
    }

    /// How many records it names.
    pub fn len(&self) -> usize {
        let lists = [
            &self.resource_servers,
            &self.users,
            &self.groups,
            &self.roles,
            &self.applications,
        ];
        lists.iter().map(|list| list.len()).sum()
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a resource server authenticates to the introspection endpoint with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntrospectionCredential {
    pub id: String,
    pub secret: String,
}

/// Takes a member of an entry that is no part of the record itself. `None`: the document does not say.
pub fn take<T: serde::de::DeserializeOwned>(entry: &mut Members, name: &str) -> Result<Option<T>, Vec<Violation>> {
    let Some(value) = entry.remove(name).filter(|v| *v != Value::Null) else {
        return Ok(None);
    };
    serde_path_to_error::deserialize(value).map(Some).map_err(|error| {
        let path = error.path().to_string();
        let field = match path.as_str() {
            "." => name.to_owned(),
            path if path.starts_with('[') => format!("{name}{path}"),
            path => format!("{name}.{path}"),
        };
        vec![Violation::new(&*field, told(&field, &error.into_inner().to_string()))]
    })
}

/// The name an entry must have.
pub fn take_name(entry: &mut Members, name: &str) -> Result<String, Vec<Violation>> {
    let found = take(entry, name)?;
    found.ok_or_else(|| vec![Violation::new(name, format!("missing field `{name}`"))])
}

/// Secrets that may be supplied (RFC 6749 appendix A.2).
pub fn check_secret(field: &str, secret: &str) -> Vec<Violation> {
    let legal = secret.bytes().all(|b| matches!(b, 0x20..=0x7E));
    match legal && (MIN_SECRET..=512).contains(&secret.len()) {
        true => Vec::new(),
        false => vec![Violation::new(
            field,
            format!("{MIN_SECRET} to 512 printable ASCII characters (RFC 6749 appendix A.2)"),
        )],
    }
}

/// Where an entry stands in the document.
pub fn at(list: &str, index: usize) -> String {
    format!("{list}[{index}]")
}

/// A name that stands twice in a list means two things.
pub fn check_repeated(list: &str, field: &str, entries: &[Members]) -> Vec<Violation> {
    let name = |entry: &Members| entry.get(field).and_then(Value::as_str).map(str::to_lowercase);
    let mut found = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (i, entry) in entries.iter().enumerate() {
        if name(entry).is_some_and(|name| !seen.insert(name)) {
            found.extend(under(&at(list, i), [Violation::new(field, "each once")]));
        }
    }
    found
}

/// What a document says twice.
pub fn check(document: &Document) -> Vec<Violation> {
    let Document {
        users,
        resource_servers: servers,
        applications,
        groups,
        roles,
        ..
    } = document;
    let mut found = Vec::new();
    for (list, entries, fields) in [
        ("resource_servers", servers, &["id", "identifier"][..]),
        ("users", users, &["id", "username", "email"]),
        ("groups", groups, &["id", "display_name"]),
        ("roles", roles, &["id", "display_name"]),
        ("applications", applications, &["id", "client_id"]),
    ] {
        for field in fields {
            found.extend(check_repeated(list, field, entries));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(value: Value) -> Document {
        let mut all = json!({"tenant": "t", "realm": "r"});
        all.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn a_name_means_one_thing_in_a_document() {
        for (value, expected) in [
            (json!({"users": [{"username": "a"}, {"username": "b"}]}), vec![]),
            (
                json!({"users": [{"username": "a"}, {"username": "A"}]}),
                vec!["users[1].username"],
            ),
            (
                json!({"users": [{"id": "1", "email": "a@b"}, {"id": "1", "email": "A@b"}]}),
                vec!["users[1].id", "users[1].email"],
            ),
            (
                json!({"applications": [{"client_id": "a"}, {"client_id": "a"}]}),
                vec!["applications[1].client_id"],
            ),
            (json!({"groups": [{}, {}]}), vec![]),
        ] {
            let found = check(&document(value.clone()));
            let fields: Vec<&str> = found.iter().map(|v| v.field.as_str()).collect();
            assert_eq!(fields, expected, "{value}");
        }
    }

    #[test]
    fn what_stands_beside_the_record_is_taken_out_of_it() {
        let entry = json!({"id": "a", "client_secrets": ["s"], "members": 5, "name": null});
        let mut entry = entry.as_object().unwrap().clone();
        assert_eq!(
            take::<Vec<String>>(&mut entry, "client_secrets"),
            Ok(Some(vec!["s".to_owned()]))
        );
        assert_eq!(take::<Vec<String>>(&mut entry, "client_secrets"), Ok(None));
        assert_eq!(take::<String>(&mut entry, "name"), Ok(None));
        let refused = take::<Vec<String>>(&mut entry, "members").unwrap_err();
        assert_eq!(refused[0].field, "members");
        assert_eq!(take_name(&mut entry, "id"), Ok("a".to_owned()));
        assert_eq!(take_name(&mut entry, "id").unwrap_err()[0].field, "id");
        let mut entry = json!({"client_secrets": [12345]}).as_object().unwrap().clone();
        let refused = take::<Vec<String>>(&mut entry, "client_secrets").unwrap_err();
        assert_eq!(refused[0].field, "client_secrets[0]");
        assert!(!refused[0].description.contains("12345"));
    }
}
