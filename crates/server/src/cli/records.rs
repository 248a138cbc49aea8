//! The arguments of the commands on single records. Doc comments here are the texts of `--help`.
use super::RealmChoice;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make a user; without a password `grantor setup-link` lets them set one
    Create(CreateUser),
    /// Set a user's password to the first line of standard input; their sessions end
    SetPassword(NamedUser),
    /// Disable a user: sessions, codes and tokens end at once
    Disable(NamedUser),
    /// Enable a user again; what was ended stays ended
    Enable(NamedUser),
}

/// `grantor user create`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct CreateUser {
    pub username: String,
    #[command(flatten)]
    pub realm: RealmChoice,
    #[arg(long)]
    pub email: Option<String>,
    /// What people call them
    #[arg(long)]
    pub name: Option<String>,
    /// Take the first line of standard input for the password
    #[arg(long)]
    pub password_stdin: bool,
    /// Put them into this role, by its id; may be given several times
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// The user a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct NamedUser {
    /// The user name, or the id
    pub user: String,
    #[command(flatten)]
    pub realm: RealmChoice,
}

/// `grantor client create`. The secret of a confidential application goes to standard output: that it may was settled before.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct CreateClient {
    /// The name people read
    pub display_name: String,
    #[command(flatten)]
    pub realm: RealmChoice,
    /// Where users come back to; makes it an application of people
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub redirect_uris: Vec<String>,
    /// It has no secret: its code runs in a browser or on a device
    #[arg(long)]
    pub public: bool,
    /// It speaks OpenID Connect
    #[arg(long)]
    pub oidc: bool,
    /// The id of the resource server whose scopes it may be allowed
    #[arg(long, value_name = "ID")]
    pub resource_server: Option<String>,
    /// A scope it is allowed; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Print the secret even when standard output is no terminal
    #[arg(long)]
    pub print_secret: bool,
}

/// `grantor client show`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ShowClient {
    /// The client_id, or the application's id
    #[arg(allow_hyphen_values = true)]
    pub client: String,
    #[command(flatten)]
    pub realm: RealmChoice,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Say whether the token on standard input, of either kind, is active, and what is in it
    Introspect(ReadToken),
    /// Show what the token on standard input says, without asking whether it is true; opens no database
    Decode,
    /// Issue an access token to an application that uses client_credentials, without its secret
    Issue(IssueToken),
}

/// `grantor token introspect`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ReadToken {
    #[command(flatten)]
    pub realm: RealmChoice,
}

/// `grantor token issue`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct IssueToken {
    #[arg(allow_hyphen_values = true)]
    pub client_id: String,
    #[command(flatten)]
    pub realm: RealmChoice,
    /// Scopes, separated by blanks; all that the application is allowed when left out
    #[arg(long)]
    pub scope: Option<String>,
    /// Print the token even when standard output is no terminal
    #[arg(long)]
    pub print_secret: bool,
}

/// `grantor export`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Export {
    #[command(flatten)]
    pub realm: RealmChoice,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `grantor diff`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Diff {
    /// The document to compare with
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub file: PathBuf,
    /// Also what `apply --prune` would delete
    #[arg(long)]
    pub prune: bool,
}

/// `grantor doctor`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Doctor {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
