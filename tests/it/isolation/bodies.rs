//! For every operation a body with which it would do something.
use super::objects::Objects;
use crate::app::config;
use grantor_protocol::management::operations::Operation;
use serde_json::{Value, json};

impl Objects {
    /// A body with which the operation would do something; `null` for one that takes none.
    pub(super) fn body(&self, operation: Operation) -> Value {
        use Operation as O;
        let (user, group) = (self.id("identity"), self.id("group"));
        match operation {
            O::CreateTenant => json!({"tenant": {"id": "taken-over", "display_name": "x"}}),
            O::UpdateTenant => json!({"tenant": {"display_name": "taken over"}}),
            O::CreateRealm => json!({"realm": {"id": "taken-over", "display_name": "x"}}),
            O::UpdateRealm => json!({"realm": {"display_name": "taken over"}}),
            O::CreateApplication => {
                json!({"application": {"display_name": "x", "protocol_config": config(&json!([]))}})
            }
            O::UpdateApplication => json!({"application": {"display_name": "taken over", "enabled": false}}),
            O::CreateSecret => json!({"secret": {"expire_others_after": 0}}),
            O::UpdateSecret => json!({"secret": {"enabled": false}}),
            O::CreateResourceServer => {
                json!({"resource_server": {"display_name": "x", "identifier": "https://x.test"}})
            }
            O::UpdateResourceServer => json!({"resource_server": {"display_name": "taken over"}}),
            O::CreateRole => json!({"role": {"display_name": "x", "scopes": ["read"]}}),
            O::UpdateRole => json!({"role": {"display_name": "taken over", "scopes": ["read", "write"]}}),
            O::AddRoleScopes => json!({"scopes": ["write"]}),
            O::DeleteRoleScopes => json!({"scopes": ["read"]}),
            O::AddRoleMembers | O::DeleteRoleMembers => json!({"identity_ids": [user], "group_ids": [group]}),
            O::CreateIdentity => json!({"identity": {"username": "x"}}),
            O::UpdateIdentity => json!({"identity": {"username": "taken-over", "password": "taken over by x"}}),
            O::CreateGroup => json!({"group": {"display_name": "x"}}),
            O::UpdateGroup => json!({"group": {"display_name": "taken over"}}),
            O::AddGroupMembers | O::DeleteGroupMembers => json!({"identity_ids": [user]}),
            O::RotateSigningKeys => json!({"algorithm": "ES256", "at_once": true}),
            O::CreateCredential | O::CloneRole | O::CreateSetupLink => Value::Null,
            other => {
                let takes_none = matches!(other.line().method, "GET" | "DELETE");
                assert!(takes_none, "{other:?} is new: say here what body it takes");
                Value::Null
            }
        }
    }
}
