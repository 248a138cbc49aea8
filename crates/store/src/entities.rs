//! Rows as they stand in the tables, a file a table. They never leave this crate and never reach the wire.
#![expect(
    unreachable_pub,
    reason = "sea-orm's derive needs public items inside a private module"
)]

pub(crate) mod authorization_code;
pub(crate) mod authorization_grant;
pub(crate) mod browser_session;
pub(crate) mod change;
pub(crate) mod client;
pub(crate) mod client_origin;
pub(crate) mod client_secret;
pub(crate) mod consent;
pub(crate) mod data_key;
pub(crate) mod ephemeral;
pub(crate) mod event;
pub(crate) mod group_member;
pub(crate) mod known;
pub(crate) mod one_time_link;
pub(crate) mod realm;
pub(crate) mod reference_token;
pub(crate) mod resource_server;
pub(crate) mod resource_server_credential;
pub(crate) mod revocation;
pub(crate) mod role;
pub(crate) mod role_group;
pub(crate) mod role_member;
pub(crate) mod signing_key;
pub(crate) mod tenant;
pub(crate) mod token_tally;
pub(crate) mod user;
pub(crate) mod user_group;
