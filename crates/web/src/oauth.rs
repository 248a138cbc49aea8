//! The endpoints machines call.
pub(crate) mod authorize;
pub(crate) mod introspect;
pub(crate) mod published;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod userinfo;
