//! The arguments. Doc comments here are the texts of `--help`.
use super::records::{TokenCommand, UserCommand};
use super::{
    ApplyRequest, CopyRequest, ListKeys, RealmChoice, RevokeKey, RotateKeys, RotateSecret, ServeOptions, SetupLink,
};
use super::{CreateClient, Diff, Doctor, Export, ShowClient};
use crate::config::{DumpFormat, Flag};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Grantor, an OAuth 2.0 and OpenID Connect authorization server. Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "grantor", version)]
pub(super) struct Arguments {
    /// Configuration file, instead of GRANTOR_CONFIG or grantor.toml in the working directory
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Data folder (data.folder)
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data: Option<String>,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve until told to stop
    Serve(ServeArguments),
    /// Check or show the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Bring the database up to date
    #[command(args_conflicts_with_subcommands = true)]
    Migrate {
        /// Only say whether the database is up to date; fails when it is not
        #[arg(long)]
        check: bool,
        #[command(subcommand)]
        copy: Option<MigrateCommand>,
    },
    /// Ask a running server whether it is ready; says nothing when it is
    Healthcheck {
        /// Base URL of the server, http only: whether it answers there [default: /readyz at management.listen, else the
        /// configured listen address]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Work on one client
    #[command(subcommand)]
    Client(ClientCommand),
    /// Print a link that sets a user's password; it works once and for one hour, and ends links made before
    SetupLink(SetupLinkArguments),
    /// Look after the keys that sign tokens; a running server follows within a second
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after the key that everything secret is sealed under
    #[command(subcommand)]
    MasterKey(MasterKeyCommand),
    /// Work on one user
    #[command(subcommand)]
    User(UserCommand),
    /// Look at tokens, or issue one
    #[command(subcommand)]
    Token(TokenCommand),
    /// Create and update what a document describes
    Apply(ApplyRequest),
    /// Write a realm as the document that `apply` takes, without secrets
    Export(Export),
    /// Tell what applying a document would change; exit code 3 when it would
    Diff(Diff),
    /// Look at the installation and say what is wrong; exit code 1 for warnings, 2 for what is wrong
    Doctor(Doctor),
    /// Tell the life of a token, request by request, against a server that is started for it and leaves nothing behind
    Try,
    /// Say which build this is
    Version {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Default, Args)]
pub(super) struct ServeArguments {
    /// Load a realm to try things with
    #[arg(long)]
    demo: bool,
    /// Address and port to listen on (server.listen)
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// URL that browsers and clients use (server.public_url)
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Refuse to start on a database that is not up to date instead of migrating it
    #[arg(long)]
    no_migrate: bool,
}

impl ServeArguments {
    pub(super) fn options(&self) -> ServeOptions {
        ServeOptions {
            demo: self.demo,
            migrate: !self.no_migrate,
        }
    }
    /// The flags that set keys.
    pub(super) fn flags(&self) -> Vec<Flag> {
        let flag = |name, key, value: &Option<String>| value.clone().map(|value| Flag { name, key, value });
        let listen = flag("--listen", "server.listen", &self.listen);
        let public_url = flag("--public-url", "server.public_url", &self.public_url);
        listen.into_iter().chain(public_url).collect()
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Read and check everything, start nothing
    Check,
    /// Print every value in use and where it came from; secrets are masked
    Dump {
        #[arg(long, value_enum, default_value_t = DumpFormat::Toml)]
        format: DumpFormat,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Copy an installation from SQLite into an empty PostgreSQL database; stop its server first
    Copy(CopyRequest),
}

#[derive(Debug, Subcommand)]
pub(super) enum ClientCommand {
    /// Make an application and print it; a confidential one with its secret, which is shown once
    Create(CreateClient),
    /// Print an application
    Show(ShowClient),
    /// Make a new client secret and print it
    RotateSecret(RotateSecretArguments),
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Every key of a realm with its state: next, active, retiring, retired or revoked
    List(ListKeys),
    /// Make the next key of every algorithm, or of one; it is published first and signs after keys.publish_seconds
    Rotate(RotateKeys),
    /// Take a key back at once: it leaves the key set, its tokens are inactive, and another one signs
    Revoke(RevokeKey),
}

#[derive(Debug, Subcommand)]
pub(super) enum MasterKeyCommand {
    /// Seal everything under a new master key; safe to repeat after a crash
    Rotate,
}

#[derive(Debug, Args)]
pub(super) struct RotateSecretArguments {
    #[arg(allow_hyphen_values = true)]
    client_id: String,
    #[command(flatten)]
    realm: RealmChoice,
    /// End the present secrets after so many seconds; without it they stay valid
    #[arg(long, value_name = "SECONDS")]
    expires_old: Option<u32>,
    /// Print the secret even when standard output is no terminal
    #[arg(long)]
    print_secret: bool,
}

impl RotateSecretArguments {
    /// The request, refused before anything changes when nobody would see the new secret.
    pub(super) fn request(self, terminal: bool) -> Result<RotateSecret, String> {
        if !terminal && !self.print_secret {
            return Err("standard output is no terminal; say --print-secret to print the new secret there".to_owned());
        }
        let Self {
            client_id,
            realm,
            expires_old,
            ..
        } = self;
        Ok(RotateSecret {
            realm,
            client_id,
            expires_old,
        })
    }
}

#[derive(Debug, Args)]
pub(super) struct SetupLinkArguments {
    /// The user's name
    #[arg(default_value = "admin")]
    user: String,
    #[arg(long, default_value = "default")]
    tenant: String,
    #[arg(long, default_value = "admin")]
    realm: String,
    /// Print the link even when standard output is no terminal
    #[arg(long)]
    print_secret: bool,
}

impl SetupLinkArguments {
    /// The request, refused before anything changes when nobody would see the link.
    pub(super) fn request(self, terminal: bool) -> Result<SetupLink, String> {
        if !terminal && !self.print_secret {
            return Err("standard output is no terminal; say --print-secret to print the link there".to_owned());
        }
        let Self {
            user, tenant, realm, ..
        } = self;
        Ok(SetupLink {
            realm: RealmChoice { tenant, realm },
            username: user,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn serving_takes_flags_into_keys_and_options() {
        let line = "grantor serve --demo --listen 127.0.0.1:1 --public-url https://id.example --no-migrate --data d";
        let arguments = parse(line).unwrap();
        assert_eq!(arguments.data.as_deref(), Some("d"));
        let Some(Command::Serve(serve)) = arguments.command else {
            panic!("{line}")
        };
        assert_eq!(
            serve.options(),
            ServeOptions {
                demo: true,
                migrate: false
            }
        );
        let flags: Vec<_> = serve
            .flags()
            .into_iter()
            .map(|flag| (flag.name, flag.key, flag.value))
            .collect();
        assert_eq!(
            flags,
            [
                ("--listen", "server.listen", "127.0.0.1:1".to_owned()),
                ("--public-url", "server.public_url", "https://id.example".to_owned()),
            ]
        );
        assert!(parse("grantor").unwrap().command.is_none());
        assert_eq!(
            ServeArguments::default().options(),
            ServeOptions {
                demo: false,
                migrate: true
            }
        );
    }

    #[test]
    fn rotating_needs_somebody_who_sees_the_secret() {
        for (flags, terminal, accepted) in [
            ("", true, true),
            ("", false, false),
            (" --print-secret", false, true),
            (" --print-secret", true, true),
        ] {
            let arguments = parse(&format!("grantor client rotate-secret c1 --expires-old 60{flags}")).unwrap();
            let Some(Command::Client(ClientCommand::RotateSecret(arguments))) = arguments.command else {
                panic!()
            };
            let request = arguments.request(terminal);
            assert_eq!(request.is_ok(), accepted, "{flags} {terminal}");
            if let Ok(request) = request {
                let (tenant, realm) = ("default".to_owned(), "main".to_owned());
                let expected = RotateSecret {
                    realm: RealmChoice { tenant, realm },
                    client_id: "c1".to_owned(),
                    expires_old: Some(60),
                };
                assert_eq!(request, expected);
            }
        }
    }

    #[test]
    fn a_link_is_for_the_first_admin_unless_told_otherwise_and_needs_somebody_who_sees_it() {
        for (line, terminal, expected) in [
            ("grantor setup-link", true, Some(("default", "admin", "admin"))),
            ("grantor setup-link", false, None),
            (
                "grantor setup-link --print-secret",
                false,
                Some(("default", "admin", "admin")),
            ),
            (
                "grantor setup-link bob --realm main",
                true,
                Some(("default", "main", "bob")),
            ),
        ] {
            let Some(Command::SetupLink(arguments)) = parse(line).unwrap().command else {
                panic!("{line}")
            };
            let request = arguments.request(terminal).ok();
            let asked = request
                .as_ref()
                .map(|r| (r.realm.tenant.as_str(), r.realm.realm.as_str(), r.username.as_str()));
            assert_eq!(asked, expected, "{line} {terminal}");
        }
    }

    #[test]
    fn every_documented_command_parses_and_others_do_not() {
        for (line, accepted) in [
            ("grantor --config a.toml config check", true),
            ("grantor config check --config a.toml", true),
            ("grantor config dump --format json", true),
            ("grantor config dump --format xml", false),
            ("grantor migrate --check", true),
            ("grantor healthcheck --url http://127.0.0.1:8080", true),
            ("grantor client rotate-secret", false),
            ("grantor client rotate-secret c --tenant t --realm r", true),
            ("grantor client rotate-secret c --expires-old -1", false),
            ("grantor setup-link", true),
            ("grantor setup-link alice --realm main --tenant t --print-secret", true),
            ("grantor setup-link alice bob", false),
            ("grantor keys list", true),
            ("grantor keys list --tenant t --realm r --json", true),
            ("grantor keys rotate", true),
            ("grantor keys rotate --algorithm ES256 --now", true),
            ("grantor keys rotate --algorithm es256", false),
            ("grantor keys revoke", false),
            ("grantor keys revoke kid --realm r", true),
            // One key in 64 has such a kid.
            ("grantor keys revoke -Ur2frRd72g --realm r", true),
            ("grantor keys revoke --realm r -Ur2frRd72g", true),
            ("grantor keys", false),
            ("grantor master-key rotate", true),
            ("grantor master-key", false),
            ("grantor apply -f realm.toml --dry-run", true),
            ("grantor apply", false),
            ("grantor apply -f realm.toml --prune", true),
            ("grantor export --realm admin -o realm.toml", true),
            ("grantor diff -f realm.toml --prune", true),
            ("grantor diff", false),
            ("grantor doctor --json", true),
            (
                "grantor user create alice --email a@b --role r --role s --password-stdin",
                true,
            ),
            ("grantor user create alice --password secret", false),
            ("grantor user set-password alice", true),
            ("grantor user disable alice --realm admin", true),
            ("grantor user enable", false),
            (
                "grantor client create Shop --redirect-uri https://a --oidc --scope read --print-secret",
                true,
            ),
            ("grantor client show -x", true),
            ("grantor token introspect --realm admin", true),
            ("grantor token decode", true),
            ("grantor token decode eyJ", false),
            ("grantor token issue m --scope read", true),
            ("grantor try", true),
            ("grantor try alice", false),
            ("grantor version --json", true),
            ("grantor serve --lisen x", false),
        ] {
            assert_eq!(parse(line).is_ok(), accepted, "{line}");
        }
    }
}
