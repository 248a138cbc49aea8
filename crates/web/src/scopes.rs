//! Scopes in plain words, wherever a person reads them.
use crate::pages::{ScopeGroup, ScopeLine, oidc_group_title, oidc_scope_line};
use crate::text::Text;
use grantor_protocol::resource_server::ResourceServer;
use grantor_protocol::scope::{ScopeSet, alias};
use grantor_protocol::words::OidcScope;

/// What the application learns of the user first, then what it may do at its resource server. `shown` says what exactly
/// would be told.
pub(crate) fn groups(
    text: &Text,
    server: Option<&ResourceServer>,
    scopes: &ScopeSet,
    shown: impl Fn(OidcScope) -> String,
) -> Vec<ScopeGroup> {
    let mut groups = Vec::new();
    let of_user: Vec<ScopeLine> = scopes
        .iter()
        .filter_map(OidcScope::parse)
        .map(|scope| oidc_scope_line(text, scope.as_str(), &shown(scope)))
        .collect();
    if !of_user.is_empty() {
        groups.push(ScopeGroup {
            title: oidc_group_title(text),
            scopes: of_user,
        });
    }
    if let Some(server) = server {
        let lines: Vec<ScopeLine> = server
            .scopes
            .iter()
            .filter(|s| scopes.iter().any(|asked| alias(asked) == alias(&s.name)))
            .map(|s| ScopeLine {
                scope: s.name.clone(),
                title: if s.title.is_empty() {
                    s.name.clone()
                } else {
                    s.title.clone()
                },
                detail: s.description.clone(),
            })
            .collect();
        if !lines.is_empty() {
            groups.push(ScopeGroup {
                title: server.display_name.clone(),
                scopes: lines,
            });
        }
    }
    groups
}
