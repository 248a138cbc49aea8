//! What the commands ask of `run`.
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::words::SigningAlgorithm;
use std::path::PathBuf;

/// `grantor serve`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeOptions {
    /// Load the demonstration realm first.
    pub demo: bool,
    /// Bring the database up to date first; otherwise a database that is not is refused.
    pub migrate: bool,
}

/// `grantor migrate copy`
#[derive(Debug, Clone, clap::Args)]
pub struct CopyRequest {
    /// The SQLite database, `sqlite:` and the path of its file [default: grantor.sqlite in the data folder]
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// The PostgreSQL database [default: the configured database.url, which other users of this machine do not see]
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
}

/// The realm a command works on.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct RealmChoice {
    #[arg(long, default_value = "default")]
    pub tenant: String,
    #[arg(long, default_value = "main")]
    pub realm: String,
}

impl RealmChoice {
    /// The realm, whether it exists or not.
    pub fn key(&self) -> RealmKey {
        RealmKey::new(self.tenant.as_str(), self.realm.as_str())
    }
}

/// `grantor client rotate-secret`. The new secret goes to standard output: that it may was settled before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotateSecret {
    pub realm: RealmChoice,
    pub client_id: String,
    /// Seconds after which the present secrets end; `None` leaves them as they are, 0 ends them at once.
    pub expires_old: Option<u32>,
}

/// `grantor setup-link`. The link goes to standard output: that it may was settled before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupLink {
    pub realm: RealmChoice,
    pub username: String,
}

/// `grantor apply`
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct ApplyRequest {
    /// The document to apply
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub file: PathBuf,
    /// Judge the document and tell what would change, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Delete what the document's `managed_by` owns and the document does not name
    #[arg(long)]
    pub prune: bool,
}

/// `grantor keys list`
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct ListKeys {
    #[command(flatten)]
    pub realm: RealmChoice,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `grantor keys rotate`
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct RotateKeys {
    #[command(flatten)]
    pub realm: RealmChoice,
    /// Only the key of this algorithm: RS256, PS256, ES256 or EdDSA
    #[arg(long, value_parser = algorithm)]
    pub algorithm: Option<SigningAlgorithm>,
    /// For emergencies: the new key signs at once. Verifiers that keep the last key set refuse its tokens until they fetch
    /// the set again; without this the new key is published first and nobody notices
    #[arg(long)]
    pub now: bool,
}

/// `grantor keys revoke`
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct RevokeKey {
    /// The key, as `keys list` names it
    #[arg(allow_hyphen_values = true)]
    pub kid: String,
    #[command(flatten)]
    pub realm: RealmChoice,
}

fn algorithm(text: &str) -> Result<SigningAlgorithm, String> {
    let names = || SigningAlgorithm::ALL.iter().map(|a| a.as_str()).collect::<Vec<_>>();
    SigningAlgorithm::parse(text).ok_or_else(|| format!("wanted one of {}", names().join(", ")))
}
