//! The steps, by what they are about. Each says what it checks and which paragraph asks for it.
pub(super) mod access_token;
pub(super) mod ends;
pub(super) mod renew;
pub(super) mod sign_in;
