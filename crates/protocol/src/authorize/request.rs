//! The validated authorization request, as it is kept while a user is asked.
use crate::scope::ScopeSet;
use crate::words::Prompt;
use serde::{Deserialize, Serialize};

/// A request that passed every check. It holds nothing a browser can change afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The scopes that would be granted, as a scope string.
    pub scope: String,
    pub nonce: Option<String>,
    pub code_challenge: Option<String>,
    pub prompt: Vec<Prompt>,
    /// Seconds (OpenID Connect Core section 3.1.2.1).
    pub max_age: Option<i64>,
    pub login_hint: Option<String>,
    pub ui_locales: Option<String>,
    /// As sent; whoever loads keys turns it into a subject.
    pub id_token_hint: Option<String>,
}

impl AuthorizationRequest {
    /// The scopes that would be granted.
    pub fn scopes(&self) -> ScopeSet {
        ScopeSet::from_stored(&self.scope)
    }
    /// Whether `prompt` holds this value.
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }
}
