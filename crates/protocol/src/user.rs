//! Users and what an application may learn of them (OpenID Connect Core section 5.1).
use crate::issuer::RealmKey;
use crate::scope::ScopeSet;
use crate::words::{OidcScope, SubjectField};
use serde::{Deserialize, Serialize};

/// A user as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub key: RealmKey,
    pub id: String,
    pub username: String,
    pub enabled: bool,
    pub email: Option<String>,
    pub email_verified: bool,
    pub profile: Profile,
}

/// The standard claims of OpenID Connect Core section 5.1 that a user may have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// OpenID Connect Core section 5.1.1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl User {
    /// The value of `field`, which becomes `sub` and is frozen in the grant (T-23). `None` when the user has none.
    pub fn subject(&self, field: SubjectField) -> Option<&str> {
        match field {
            SubjectField::Id => Some(&self.id),
            SubjectField::Username => Some(&self.username),
            SubjectField::Email => self.email.as_deref().filter(|e| !e.is_empty()),
        }
    }
}

/// The answer of the userinfo endpoint (OpenID Connect Core section 5.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    pub sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(flatten)]
    pub profile: Profile,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

/// What the granted scopes let an application learn (OpenID Connect Core section 5.4): nothing that no scope names.
pub fn user_info(user: &User, sub: &str, scope: &ScopeSet) -> UserInfo {
    let has = |s: OidcScope| scope.contains(s.as_str());
    let all = &user.profile;
    let mut profile = if has(OidcScope::Profile) {
        Profile {
            phone_number: None,
            phone_number_verified: None,
            address: None,
            ..all.clone()
        }
    } else {
        Profile::default()
    };
    if has(OidcScope::Phone) {
        profile.phone_number.clone_from(&all.phone_number);
        profile.phone_number_verified = all
            .phone_number
            .as_ref()
            .map(|_| all.phone_number_verified.unwrap_or(false));
    }
    if has(OidcScope::Address) {
        profile.address.clone_from(&all.address);
    }
    let email = user.email.clone().filter(|_| has(OidcScope::Email));
    UserInfo {
        sub: sub.to_owned(),
        preferred_username: has(OidcScope::Profile).then(|| user.username.clone()),
        email_verified: email.as_ref().map(|_| user.email_verified),
        email,
        profile,
    }
}

/// The claims discovery lists as obtainable (OpenID Connect Discovery section 3).
pub const CLAIMS_SUPPORTED: &[&str] = &[
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "amr",
    "at_hash",
    "sid",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> User {
        User {
            key: RealmKey::new("t", "r"),
            id: "u1".into(),
            username: "alice".into(),
            enabled: true,
            email: Some("alice@example.test".into()),
            email_verified: true,
            profile: Profile {
                name: Some("Alice".into()),
                phone_number: Some("+44 20".into()),
                address: Some(Address {
                    country: Some("GB".into()),
                    ..Address::default()
                }),
                ..Profile::default()
            },
        }
    }

    #[test]
    fn every_scope_opens_its_claims_and_no_others() {
        for (scope, expected) in [
            ("openid", r#"{"sub":"u1"}"#),
            (
                "openid profile",
                r#"{"sub":"u1","preferred_username":"alice","name":"Alice"}"#,
            ),
            (
                "openid email",
                r#"{"sub":"u1","email":"alice@example.test","email_verified":true}"#,
            ),
            (
                "openid phone",
                r#"{"sub":"u1","phone_number":"+44 20","phone_number_verified":false}"#,
            ),
            ("openid address", r#"{"sub":"u1","address":{"country":"GB"}}"#),
        ] {
            let info = user_info(&alice(), "u1", &ScopeSet::from_stored(scope));
            assert_eq!(serde_json::to_string(&info).unwrap(), expected, "{scope}");
        }
    }
}
