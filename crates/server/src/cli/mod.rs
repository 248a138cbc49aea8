//! The command line: reads arguments and configuration, calls one function for each command, turns its result into an exit code.
//!
//! Owns: arguments, exit codes, errors on standard error, and the commands that need no database. What the others do is in `run`.
mod arguments;
mod config;
mod healthcheck;
mod records;
mod requests;
mod version;

pub use records::{CreateClient, CreateUser, Diff, Doctor, Export, IssueToken, NamedUser, ReadToken, ShowClient};
pub use requests::{
    ApplyRequest, CopyRequest, ListKeys, RealmChoice, RevokeKey, RotateKeys, RotateSecret, ServeOptions, SetupLink,
};

use crate::config::{ConfigError, Flag, Loaded, Settings, Sources, load, one_line};
use crate::{logging, run, story};
use arguments::{Arguments, ClientCommand, Command, KeysCommand, MasterKeyCommand, MigrateCommand, ServeArguments};
use clap::Parser as _;
use records::{TokenCommand, UserCommand};
use std::io::{ErrorKind, IsTerminal as _, Write as _, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs the command of this process. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration;
/// `diff` 3 where there are differences, `doctor` 1 for warnings and 2 for what is wrong.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // What there was to say was said.
        Err(Failure::Status(status)) => ExitCode::from(status),
        Err(failure) => {
            // When standard error is closed as well there is nobody left to tell.
            let _ = writeln!(stderr(), "grantor: {}", one_line(&failure.to_string()));
            ExitCode::from(failure.code())
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    let global = Global {
        file: arguments.config,
        data: arguments.data,
    };
    match arguments.command.unwrap_or(Command::Serve(ServeArguments::default())) {
        Command::Serve(serve) => {
            let settings = global.start(serve.flags())?;
            Ok(run::serve(settings, serve.options())?)
        }
        Command::Migrate { check, copy: None } => Ok(run::migrate(global.start(Vec::new())?, check)?),
        Command::Migrate {
            copy: Some(MigrateCommand::Copy(request)),
            ..
        } => Ok(run::copy(global.start(Vec::new())?, request)?),
        Command::Apply(apply) => Ok(run::apply(global.start(Vec::new())?, apply)?),
        Command::SetupLink(arguments) => {
            let request = arguments.request(stdout().is_terminal()).map_err(Failure::Usage)?;
            Ok(run::setup_link(global.start(Vec::new())?, request)?)
        }
        Command::Client(command) => client(command, &global),
        Command::User(command) => user(command, global.start(Vec::new())?),
        Command::Token(command) => token(command, &global),
        Command::Export(export) => Ok(run::export(global.start(Vec::new())?, export)?),
        Command::Diff(diff) => match run::diff(global.start(Vec::new())?, diff)? {
            true => Err(Failure::Status(DIFFERENT)),
            false => Ok(()),
        },
        Command::Doctor(doctor) => match run::doctor(global.start(Vec::new())?, doctor)? {
            0 => Ok(()),
            status => Err(Failure::Status(status)),
        },
        Command::Try if global.file.is_some() || global.data.is_some() => {
            let text = "`try` starts a server of its own: it takes neither --config nor --data";
            Err(Failure::Usage(text.to_owned()))
        }
        Command::Try => Ok(story::run()?),
        Command::Keys(command) => keys(command, global.start(Vec::new())?),
        Command::MasterKey(MasterKeyCommand::Rotate) => Ok(run::rotate_master_key(global.start(Vec::new())?)?),
        Command::Config(command) => print(&config::run(&command, &global.load(Vec::new())?)?),
        Command::Healthcheck { url: Some(url) } => Ok(healthcheck::check(&url)?),
        Command::Healthcheck { url: None } => {
            let settings = global.load(Vec::new())?.settings;
            Ok(healthcheck::check_configured(&settings)?)
        }
        Command::Version { json } => print(&version::describe(json)),
    }
}

/// A secret that nobody would see is not made.
fn seen(print_secret: bool, what: &str) -> Result<(), Failure> {
    match print_secret || stdout().is_terminal() {
        true => Ok(()),
        false => Err(Failure::Usage(format!(
            "standard output is no terminal; say --print-secret to print {what} there"
        ))),
    }
}

fn client(command: ClientCommand, global: &Global) -> Result<(), Failure> {
    match command {
        ClientCommand::RotateSecret(arguments) => {
            let request = arguments.request(stdout().is_terminal()).map_err(Failure::Usage)?;
            Ok(run::rotate_secret(global.start(Vec::new())?, request)?)
        }
        ClientCommand::Create(request) => {
            seen(request.print_secret || request.public, "the new secret")?;
            Ok(run::create_client(global.start(Vec::new())?, request)?)
        }
        ClientCommand::Show(request) => Ok(run::show_client(global.start(Vec::new())?, request)?),
    }
}

fn user(command: UserCommand, settings: Settings) -> Result<(), Failure> {
    let done = match command {
        UserCommand::Create(request) => run::create_user(settings, request),
        UserCommand::SetPassword(request) => run::set_password(settings, request),
        UserCommand::Disable(request) => run::disable_user(settings, request),
        UserCommand::Enable(request) => run::enable_user(settings, request),
    };
    done.map_err(Failure::from)
}

fn token(command: TokenCommand, global: &Global) -> Result<(), Failure> {
    match command {
        TokenCommand::Decode => Ok(run::decode_token()?),
        TokenCommand::Introspect(request) => Ok(run::introspect_token(global.start(Vec::new())?, request)?),
        TokenCommand::Issue(request) => {
            seen(request.print_secret, "the token")?;
            Ok(run::issue_token(global.start(Vec::new())?, request)?)
        }
    }
}

fn keys(command: KeysCommand, settings: Settings) -> Result<(), Failure> {
    let done = match command {
        KeysCommand::List(request) => run::list_keys(settings, request),
        KeysCommand::Rotate(request) => run::rotate_keys(settings, request),
        KeysCommand::Revoke(request) => run::revoke_key(settings, request),
    };
    done.map_err(Failure::from)
}

/// The arguments every command has.
struct Global {
    file: Option<PathBuf>,
    data: Option<String>,
}

impl Global {
    fn load(&self, mut flags: Vec<Flag>) -> Result<Loaded, ConfigError> {
        flags.extend(self.data.iter().map(|folder| Flag {
            name: "--data",
            key: "data.folder",
            value: folder.clone(),
        }));
        load(&Sources::of_process(self.file.clone(), flags)?)
    }
    /// Settings for a command that does work, with its log set up.
    fn start(&self, flags: Vec<Flag>) -> Result<Settings, ConfigError> {
        let settings = self.load(flags)?.settings;
        logging::init(&settings.log);
        Ok(settings)
    }
}

/// Writes to standard output; a reader that has seen enough (`| head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Failed(error.into())),
        _ => Ok(()),
    }
}

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Usage(String),
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
    /// Nothing failed; the exit code is the answer.
    #[error("exit code {0}")]
    Status(u8),
}

/// The exit code of `diff` where there are differences.
const DIFFERENT: u8 = 3;

impl Failure {
    /// A configuration error counts as one wherever it was found, also while a command was running.
    fn code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Usage(_) => 2,
            Self::Failed(error) if error.chain().any(|cause| cause.is::<ConfigError>()) => 2,
            Self::Failed(_) => 1,
            Self::Status(status) => *status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn configuration_and_usage_are_two_and_the_rest_is_one() {
        let config = || ConfigError::Unusable("x".to_owned());
        for (failure, code) in [
            (Failure::from(config()), 2),
            (Failure::Usage("x".to_owned()), 2),
            (Failure::from(anyhow::Error::from(config())), 2),
            (
                Failure::from(Err::<(), _>(config()).context("at start").unwrap_err()),
                2,
            ),
            (Failure::from(anyhow::anyhow!("disk full")), 1),
        ] {
            assert_eq!(failure.code(), code, "{failure:?}");
        }
    }

    #[test]
    fn a_failure_is_told_with_its_causes() {
        let failure = Failure::from(anyhow::anyhow!("disk full").context("cannot migrate"));
        assert_eq!(failure.to_string(), "cannot migrate: disk full");
    }
}
