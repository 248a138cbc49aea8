//! What people may do to their own account: which password they may choose, what of their profile they may write, and how the
//! browser they use is called.
mod agent;
mod password;
mod profile;

pub use agent::{Device, MAX_AGENT, device, kept_agent};
pub use password::{MIN_PASSWORD, PasswordFault, check_new_password, password_names};
pub use profile::{Field, FieldFault, ProfileEdit};

/// How long a one-time link is good, in seconds (O-274: one hour or less).
pub const LINK_SECONDS: i64 = 3600;
