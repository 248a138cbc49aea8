//! The user of the Configuration API, which the source calls an identity.
use super::merge::{Editable, Members};
use super::record::{About, Meta, check_name};
use crate::account::{MIN_PASSWORD, PasswordFault, check_new_password};
use crate::client::{Violation, origin_of};
use crate::issuer::RealmKey;
use crate::user::{Profile, User};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Longest password read, in bytes.
pub const MAX_PASSWORD: usize = 1024;

/// What may be edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    pub username: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default, deserialize_with = "crate::json::filled")]
    pub email: Option<String>,
    #[serde(default)]
    pub email_verified: bool,
    #[serde(default)]
    pub profile: Profile,
}

fn yes() -> bool {
    true
}

impl Editable for IdentitySettings {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "tenant_id",
        "realm_id",
        "managed_by",
        "created_at",
        "updated_at",
        "has_password",
    ];
}

impl From<&User> for IdentitySettings {
    fn from(user: &User) -> Self {
        Self {
            username: user.username.clone(),
            enabled: user.enabled,
            email: user.email.clone(),
            email_verified: user.email_verified,
            profile: user.profile.clone(),
        }
    }
}

impl IdentitySettings {
    /// The user with these settings.
    pub fn onto(self, key: RealmKey, id: String) -> User {
        User {
            key,
            id,
            username: self.username,
            enabled: self.enabled,
            email: self.email,
            email_verified: self.email_verified,
            profile: self.profile,
        }
    }

    /// Judges the result, whatever the door.
    pub fn check(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let name = &self.username;
        if name.is_empty() || name.chars().count() > 200 || name.trim() != name || name.chars().any(char::is_control) {
            found.push(Violation::new(
                "username",
                "1 to 200 characters without control characters or outer blanks",
            ));
        }
        let bad = |e: &&String| e.len() > 320 || !e.contains('@') || e.chars().any(|c| c.is_control() || c == ' ');
        if self.email.as_ref().is_some_and(|e| bad(&e)) {
            found.push(Violation::new("email", "an e-mail address"));
        }
        check_profile(&self.profile, &mut found);
        found
    }
}

/// Texts of bounded length; addresses of pages are http or https, because applications link to them (O-235).
pub fn check_profile(profile: &Profile, found: &mut Vec<Violation>) {
    let texts = [
        ("name", &profile.name),
        ("given_name", &profile.given_name),
        ("family_name", &profile.family_name),
        ("middle_name", &profile.middle_name),
        ("nickname", &profile.nickname),
        ("gender", &profile.gender),
        ("birthdate", &profile.birthdate),
        ("zoneinfo", &profile.zoneinfo),
        ("locale", &profile.locale),
        ("phone_number", &profile.phone_number),
    ];
    for (field, text) in texts {
        if let Some(text) = text {
            check_name(&format!("profile.{field}"), text, 200, found);
        }
    }
    let links = [
        ("profile", &profile.profile),
        ("picture", &profile.picture),
        ("website", &profile.website),
    ];
    for (field, link) in links {
        if link.as_ref().is_some_and(|l| l.len() > 2000 || origin_of(l).is_none()) {
            found.push(Violation::new(format!("profile.{field}"), "an http or https URL"));
        }
    }
    let address = profile.address.as_ref();
    let lines = address.map(|a| {
        [
            &a.formatted,
            &a.street_address,
            &a.locality,
            &a.region,
            &a.postal_code,
            &a.country,
        ]
    });
    let long = |text: &&String| text.chars().count() > 500 || text.chars().any(|c| c.is_control() && c != '\n');
    if lines.into_iter().flatten().flatten().any(|t| long(&t)) {
        let text = "at most 500 characters a line, no control characters but line ends";
        found.push(Violation::new("profile.address", text));
    }
}

/// A password as a person may choose it, for an account with these names.
pub fn check_password(password: &str, names: &[impl AsRef<str>]) -> Vec<Violation> {
    let text = match check_new_password(password, password, names) {
        Ok(()) => return Vec::new(),
        Err(PasswordFault::Obvious) => {
            "not among those that everybody guesses first, and not a name of the account".to_owned()
        }
        Err(_) => format!("{MIN_PASSWORD} characters to {MAX_PASSWORD} bytes"),
    };
    vec![Violation::new("password", text)]
}

/// Takes the password out of a request: it is no part of the record.
pub fn take_password(members: &mut Members) -> Result<Option<String>, Vec<Violation>> {
    match members.remove("password") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(password)) => Ok(Some(password)),
        Some(_) => Err(vec![Violation::new("password", "wanted a string")]),
    }
}

/// A user as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityBody {
    #[serde(flatten)]
    pub about: About,
    #[serde(flatten)]
    pub settings: IdentitySettings,
    pub has_password: bool,
}

impl IdentityBody {
    /// The body of a user.
    pub fn new(user: &User, meta: &Meta, has_password: bool) -> Self {
        Self {
            about: About::new(&user.id, &user.key, meta),
            settings: user.into(),
            has_password,
        }
    }
}
