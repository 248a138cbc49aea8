//! The pages people see, rendered on the server and complete without JavaScript.
//!
//! Owns: view structs (strings, numbers, bools and lists of them) and their templates. Does not own: status codes, headers,
//! cookies, or where the values come from. Every sentence comes from Fluent, every value is escaped by askama.
//!
//! The templates need no more than this policy: `default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';
//! base-uri 'none'; frame-ancestors 'none'`.
mod account;
mod consent;
mod error;
mod hand_off;
mod link;
mod sign_in;
mod sign_out;

pub use account::*;
pub use consent::{Consent, ScopeGroup, ScopeLine, oidc_group_title, oidc_scope_line};
pub use error::{ErrorKind, ErrorPage};
pub use hand_off::HandOff;
pub use sign_in::{SignIn, SignInProblem, SignInReason};
pub use sign_out::{SignOut, SignedOut};

use crate::assets;
use crate::text::Text;

/// What every page has around its own content.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The language of the whole page.
    pub text: Text,
    /// Shown as the reference people can quote to support.
    pub request_id: String,
    /// Path before `/assets`, usually empty.
    pub base_path: String,
    /// The name people know this server by.
    pub product: String,
    /// Says which installation this is (`staging`); none in production.
    pub environment: Option<String>,
}

impl Shell {
    fn asset(&self, name: &str) -> String {
        format!("{}{}", self.base_path, assets::href(name))
    }

    fn t(&self, key: &str) -> String {
        self.text.get(key)
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
