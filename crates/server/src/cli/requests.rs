//! What the commands ask of `run`.
use std::path::PathBuf;

/// `grantor serve`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeOptions {
    /// Load the demonstration realm first.
    pub demo: bool,
    /// Bring the database up to date first; otherwise a database that is not is refused.
    pub migrate: bool,
}

/// `grantor client rotate-secret`. The new secret goes to standard output: that it may was settled before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotateSecret {
    pub tenant: String,
    pub realm: String,
    pub client_id: String,
    /// Seconds after which the present secrets end; `None` leaves them as they are, 0 ends them at once.
    pub expires_old: Option<u32>,
}

/// `grantor apply`
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct ApplyRequest {
    /// The document to apply
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub file: PathBuf,
    /// Judge the document, change nothing
    #[arg(long)]
    pub dry_run: bool,
}
