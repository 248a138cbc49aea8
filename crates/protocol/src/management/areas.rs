//! Areas of management, and what seeing and editing each takes: named sets of the management scopes (decision 10).
//!
//! The one table behind roles, the console and the API's documentation.
use crate::scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a role goes in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    None,
    View,
    Edit,
}

/// A part of what there is to manage.
#[derive(Debug)]
pub struct Area {
    pub name: &'static str,
    pub title: &'static str,
    /// Scopes to see it.
    pub view: &'static [&'static str],
    /// Further scopes to change it; empty where there is nothing to change.
    pub edit: &'static [&'static str],
}

/// Every area, in the order of the console.
pub const AREAS: &[Area] = &[
    Area {
        name: "applications",
        title: "Applications",
        view: &["applications:read"],
        edit: &["applications:create", "applications:update", "applications:delete"],
    },
    Area {
        name: "resource_servers",
        title: "Resource servers",
        view: &["resource-servers:read"],
        edit: &[
            "resource-servers:create",
            "resource-servers:update",
            "resource-servers:delete",
        ],
    },
    Area {
        name: "access_tokens",
        title: "Access tokens",
        view: &["tokens:read"],
        edit: &["tokens:create", "tokens:update", "tokens:delete", "tokens:introspect"],
    },
    Area {
        name: "users",
        title: "Users",
        view: &["identities:read"],
        edit: &["identities:create", "identities:update", "identities:delete"],
    },
    Area {
        name: "groups",
        title: "Groups",
        view: &["groups:read"],
        edit: &["groups:create", "groups:update", "groups:delete"],
    },
    Area {
        name: "organizations",
        title: "Organizations",
        view: &["organizations:read"],
        edit: &["organizations:create", "organizations:update", "organizations:delete"],
    },
    Area {
        name: "roles",
        title: "Roles and permissions",
        view: &["roles:read"],
        edit: &["roles:create", "roles:update", "roles:delete"],
    },
    Area {
        name: "signing_keys",
        title: "Signing keys",
        view: &["signing-keys:read"],
        edit: &["signing-keys:create", "signing-keys:delete"],
    },
    Area {
        name: "token_validators",
        title: "External token validators",
        view: &["external-token-validators:read"],
        edit: &[
            "external-token-validators:create",
            "external-token-validators:update",
            "external-token-validators:delete",
        ],
    },
    Area {
        name: "audit",
        title: "Audit log",
        view: &["events:read"],
        edit: &[],
    },
    Area {
        name: "realms",
        title: "Realms",
        view: &["realms:read"],
        edit: &["realms:create", "realms:update", "realms:delete"],
    },
    Area {
        name: "tenants",
        title: "Tenants",
        view: &["tenants:read"],
        edit: &["tenants:create", "tenants:update", "tenants:delete"],
    },
];

impl Area {
    /// The area of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        AREAS.iter().find(|area| area.name == name)
    }
    /// The scopes a level takes.
    pub fn scopes(&self, level: Level) -> impl Iterator<Item = &'static str> {
        let (view, edit) = match level {
            Level::None => (&[][..], &[][..]),
            Level::View => (self.view, &[][..]),
            Level::Edit => (self.view, self.edit),
        };
        view.iter().chain(edit).copied()
    }
    /// The highest level whose scopes are all among `scopes`.
    pub fn level<S: AsRef<str>>(&self, scopes: &[S]) -> Level {
        let has = |wanted: &&str| scopes.iter().any(|s| scope::alias(s.as_ref()) == *wanted);
        match (
            self.view.iter().all(has),
            !self.edit.is_empty() && self.edit.iter().all(has),
        ) {
            (true, true) => Level::Edit,
            (true, false) => Level::View,
            (false, _) => Level::None,
        }
    }
}

/// What a set of scopes allows, area by area.
pub fn levels<S: AsRef<str>>(scopes: &[S]) -> BTreeMap<String, Level> {
    let level = |area: &Area| (area.name.to_owned(), area.level(scopes));
    AREAS.iter().map(level).collect()
}

/// A role every realm with a management API has. It can be copied, not edited.
#[derive(Debug)]
pub struct BuiltInRole {
    pub id: &'static str,
    pub display_name: &'static str,
    pub description: &'static str,
    /// Its level in each of these areas.
    pub edits: &'static [&'static str],
    pub views: &'static [&'static str],
}

const EVERYTHING: &[&str] = &[
    "applications",
    "resource_servers",
    "access_tokens",
    "users",
    "groups",
    "organizations",
    "roles",
    "signing_keys",
    "token_validators",
    "audit",
    "realms",
    "tenants",
];

/// The built-in roles but the one that may do everything.
pub const BUILT_IN_ROLES: &[BuiltInRole] = &[
    BuiltInRole {
        id: "security-administrators",
        display_name: "Security Administrators",
        description: "Signing keys, access tokens, token validators, roles and the audit log",
        edits: &["access_tokens", "roles", "signing_keys", "token_validators"],
        views: EVERYTHING,
    },
    BuiltInRole {
        id: "application-administrators",
        display_name: "Application Administrators",
        description: "Applications and the resource servers they use",
        edits: &["applications", "resource_servers"],
        views: &["applications", "resource_servers", "access_tokens", "audit"],
    },
    BuiltInRole {
        id: "user-administrators",
        display_name: "User Administrators",
        description: "Users, groups and organizations",
        edits: &["users", "groups", "organizations"],
        views: &["users", "groups", "organizations", "roles", "audit"],
    },
    BuiltInRole {
        id: "read-only",
        display_name: "Read Only",
        description: "Sees everything, changes nothing",
        edits: &[],
        views: EVERYTHING,
    },
];

impl BuiltInRole {
    /// The scopes of the role.
    pub fn scopes(&self) -> Vec<String> {
        let mut scopes: Vec<&str> = Vec::new();
        for area in AREAS {
            let level = match (self.edits.contains(&area.name), self.views.contains(&area.name)) {
                (true, _) => Level::Edit,
                (false, true) => Level::View,
                (false, false) => Level::None,
            };
            scopes.extend(area.scopes(level));
        }
        scopes.into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::management::SCOPES;
    use std::collections::BTreeSet;

    #[test]
    fn every_management_scope_belongs_to_one_area() {
        let mut listed: Vec<&str> = AREAS.iter().flat_map(|a| a.scopes(Level::Edit)).collect();
        let once: BTreeSet<&str> = listed.iter().copied().collect();
        assert_eq!(listed.len(), once.len());
        listed.sort_unstable();
        let mut all: Vec<&str> = SCOPES.iter().map(|(name, _)| *name).collect();
        all.sort_unstable();
        assert_eq!(listed, all);
        let names: Vec<&str> = AREAS.iter().map(|a| a.name).collect();
        assert_eq!(names, EVERYTHING);
    }

    #[test]
    fn a_level_is_what_the_scopes_add_up_to() {
        let area = Area::named("applications").unwrap();
        for (scopes, expected) in [
            (&[][..], Level::None),
            (&["applications:read"], Level::View),
            (&["applications:read", "applications:create"], Level::View),
            (&["applications:create"], Level::None),
            (
                &[
                    "applications:read",
                    "applications:create",
                    "applications:update",
                    "applications:delete",
                ],
                Level::Edit,
            ),
        ] {
            assert_eq!(area.level(scopes), expected, "{scopes:?}");
        }
        assert_eq!(Area::named("audit").unwrap().level(&["events:read"]), Level::View);
    }

    #[test]
    fn built_in_roles_are_what_their_names_say() {
        let role = |id: &str| BUILT_IN_ROLES.iter().find(|r| r.id == id).unwrap().scopes();
        assert!(role("read-only").iter().all(|s| s.ends_with(":read")));
        let applications = levels(&role("application-administrators"));
        assert_eq!(applications["applications"], Level::Edit);
        assert_eq!(applications["users"], Level::None);
        assert_eq!(levels(&role("security-administrators"))["applications"], Level::View);
    }
}
