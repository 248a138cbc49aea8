//! What the commands do: start, migrate, rotate a secret, apply a document; `keys` and `master_key` do theirs.
mod changes;
mod copy;
mod demo;
mod doctor;
mod export;
mod keys;
mod master_key;
mod records;
mod tokens;

pub use copy::copy;
pub use doctor::doctor;
pub use export::{diff, export};
pub use keys::{list_keys, revoke_key, rotate_keys};
pub use master_key::rotate_master_key;
pub use records::{create_client, create_user, disable_user, enable_user, set_password, show_client};
pub use tokens::{decode_token, introspect_token, issue_token};

use crate::cli::{ApplyRequest, RotateSecret, ServeOptions, SetupLink};
use crate::config::Settings;
use crate::document::Source;
use crate::operate;
use crate::signals::Signals;
use crate::wiring::{self, Sources};
use anyhow::{Context, bail};
use grantor_flows::apply::{Applied, ApplyError, Options, apply as apply_document};
use grantor_flows::install::{Installed, bring_up_to_date, install};
use grantor_flows::management::{ManagementRefusal, Requester};
use grantor_flows::{Deps, Refusal, client_secret, jobs, setup};
use grantor_store::Store;
use std::io::{IsTerminal, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

const DEMO: &str = include_str!("../../../config/demo.toml");

/// Serves until a signal says stop.
pub fn serve(settings: Settings, options: ServeOptions) -> anyhow::Result<()> {
    if options.demo && !demo::is_only_here(&settings) {
        bail!("--demo loads public passwords and secrets: it needs a loopback listen address and public_url");
    }
    let listener =
        TcpListener::bind(settings.server.listen).with_context(|| format!("listen on {}", settings.server.listen))?;
    listener.set_nonblocking(true)?;
    let operators = operate::bind(&settings)?;
    actix_web::rt::System::new().block_on(async move {
        // First of all: operators see a start that takes long.
        let health = operate::start(operators).await?;
        let terminal = std::io::stdout().is_terminal();
        let (deps, installed) = open(&settings, options.migrate, terminal).await?;
        if options.demo {
            apply_text(&deps, ("config/demo.toml", DEMO, Path::new("")), Options::default())
                .await
                .context("the demonstration realm")?;
        }
        demo::refuse_in_public(&settings, &deps).await?;
        // Where nobody sees it, no link is made.
        let link = match terminal {
            true => setup::link_for_first_admin(&deps).await.map_err(not_done)?,
            false => None,
        };
        let deps = Arc::new(deps);
        let kept = deps.clone();
        let listening = wiring::listen(&settings, deps, listener).await?;
        let stop = Signals::listen().context("listen for signals")?;
        health.started(listening.state.clone());
        greet(&settings, installed.as_ref(), options.demo);
        if let Some(path) = link {
            say_first_link(&settings, &path);
        }
        operate::until_told(listening.server, stop, (&health, &settings)).await?;
        jobs::write_batches(kept).await?;
        Ok(())
    })
}

/// Brings the databases up to date, or with `check` only says whether they are.
pub fn migrate(settings: Settings, check: bool) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        wiring::migrate(&settings, check).await?;
        say("the database is up to date");
        Ok(())
    })
}

/// Makes a new secret for an application and prints it, once.
pub fn rotate_secret(settings: Settings, request: RotateSecret) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let (deps, _) = open(&settings, true, false).await?;
        let key = request.realm.key();
        let how = (request.expires_old, &Requester::operator());
        let secret = client_secret::rotate(&deps, &key, &request.client_id, how)
            .await
            .map_err(not_done)?;
        say(&secret);
        Ok(())
    })
}

/// Makes a link that sets a user's password and prints it.
pub fn setup_link(settings: Settings, request: SetupLink) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let (deps, _) = open(&settings, true, false).await?;
        let (key, username) = (request.realm.key(), &request.username);
        let made = setup::make_link_for(&deps, &key, username).await.map_err(not_done)?;
        let path = made.with_context(|| format!("nobody who may sign in to the realm {key} is called {username}"))?;
        say(&format!("{}{path}", settings.server.public_url));
        Ok(())
    })
}

/// Applies a document to the database of these settings; a running server sees it within a second.
pub fn apply(settings: Settings, request: ApplyRequest) -> anyhow::Result<()> {
    let file = request.file.display().to_string();
    let text = std::fs::read_to_string(&request.file).with_context(|| format!("read {file}"))?;
    let folder = request.file.parent().unwrap_or(Path::new("")).to_owned();
    let options = Options {
        dry_run: request.dry_run,
        prune: request.prune,
    };
    actix_web::rt::System::new().block_on(async move {
        let deps = match request.dry_run {
            true => open_as_it_is(&settings).await?,
            false => open(&settings, true, false).await?.0,
        };
        let applied = apply_text(&deps, (&file, &text, &folder), options).await?;
        for told in applied.told.iter().filter(|_| request.dry_run) {
            say(&changes::line(told));
        }
        let verb = if request.dry_run { "would apply" } else { "applied" };
        say(&format!("{verb} {file}: {}", changes::counts(&applied)));
        Ok(())
    })
}

/// Applies a text, called by its name in errors.
pub(crate) async fn apply_text(
    deps: &Deps,
    (name, text, folder): (&str, &str, &Path),
    options: Options,
) -> anyhow::Result<Applied> {
    let source = Source::read(name, text)?;
    let document = source.document(folder)?;
    let applied = apply_document(deps, &document, options, &Requester::operator()).await;
    applied.map_err(|error| match error {
        ApplyError::Violations(found) => anyhow::anyhow!("{}", source.explain(&found)),
        other => anyhow::anyhow!("{name}: {other}"),
    })
}

pub(crate) async fn open(
    settings: &Settings,
    migrate: bool,
    with_secret: bool,
) -> anyhow::Result<(Deps, Option<Installed>)> {
    if !migrate {
        wiring::migrate(settings, true).await?;
    }
    wiring::require_master_key(settings).await?;
    match migrate {
        true => wiring::migrate(settings, false).await?,
        // It holds nothing that lasts and may have been thrown away.
        false => wiring::migrate_ephemeral(settings).await?,
    }
    let deps = wiring::deps(settings, Sources::default()).await?;
    let installed = install(&deps, with_secret).await.map_err(refused)?;
    if installed.is_none() {
        bring_up_to_date(&deps).await.map_err(refused)?;
    }
    Ok((deps, installed))
}

/// Opens a database that was started before; migrates nothing and makes nothing that lasts.
async fn open_as_it_is(settings: &Settings) -> anyhow::Result<Deps> {
    let databases = wiring::databases(settings);
    wiring::migrate(settings, true).await?;
    if !Store::is_sealed(&databases).await? {
        bail!(
            "no server was ever started on {}; there is nothing to work on",
            settings.database_name()
        );
    }
    wiring::require_master_key(settings).await?;
    // It holds nothing that lasts and may have been thrown away.
    wiring::migrate_ephemeral(settings).await?;
    wiring::deps(settings, Sources::default()).await
}

fn refused(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::OAuth(error) => anyhow::anyhow!("{}", error.cause.as_deref().unwrap_or(&error.description)),
        Refusal::TooMany(seconds) => anyhow::anyhow!("too many attempts; wait {seconds} seconds"),
    }
}

/// What management says when it does not do what it is told.
pub(crate) fn not_done(refusal: ManagementRefusal) -> anyhow::Error {
    match refusal {
        ManagementRefusal::Refusal(refusal) => refused(refusal),
        ManagementRefusal::Missing(detail) | ManagementRefusal::Invalid(detail) => anyhow::anyhow!("{detail}"),
        ManagementRefusal::Forbidden(text) | ManagementRefusal::Conflict(text) => anyhow::anyhow!("{text}"),
        ManagementRefusal::Changed => anyhow::anyhow!("the record changed meanwhile"),
    }
}

/// What a newcomer needs to see. A secret only on the start that made it, and only on a terminal (decision 27).
fn greet(settings: &Settings, installed: Option<&Installed>, demo: bool) {
    let base = &settings.server.public_url;
    say(&format!(
        "Grantor {} is ready. Issuer: {base}",
        env!("CARGO_PKG_VERSION")
    ));
    if let Some(Installed {
        key,
        client_id,
        secret: Some(secret),
    }) = installed
    {
        let issuer = format!("{base}/v1/tenants/{}/realms/{}", key.tenant, key.realm);
        let again = format!("grantor client rotate-secret {client_id} --realm {}", key.realm);
        say(&format!(
            "\nA token for the management API (this secret is shown once; `{again}` makes a new one):"
        ));
        say(&format!(
            "  curl -s -u '{client_id}:{secret}' -d grant_type=client_credentials {issuer}/token"
        ));
    }
    if demo {
        say(&demo_commands(base));
    }
}

/// As long as the first admin has no password, nobody can sign in to the realm `admin`.
fn say_first_link(settings: &Settings, path: &str) {
    let base = &settings.server.public_url;
    say(&format!(
        "\nSet the password of the first administrator, `admin`, within an hour (`grantor setup-link` makes a new link):\n  {base}{path}"
    ));
}

fn demo_commands(base: &str) -> String {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let authorize = format!(
        "{base}/authorize?response_type=code&client_id=demo-spa&redirect_uri=http%3A%2F%2F127.0.0.1%3A8090%2Fcallback&scope=openid%20profile%20notes%3Aread&state=demo&code_challenge={challenge}&code_challenge_method=S256"
    );
    let machine = "demo-machine:demo-machine-secret-0123456789abcdef";
    let referential = "demo-referential:demo-referential-secret-0123456789";
    [
        "\nDemonstration realm loaded. Users: alice / wonderland, bob / bob-the-builder.".to_owned(),
        "\nA self-contained token (JWS), and what it says:".to_owned(),
        format!("  TOKEN=$(curl -s -u {machine} -d grant_type=client_credentials {base}/token | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')"),
        format!("  curl -s -u {machine} -d token=$TOKEN {base}/introspect"),
        "\nA referential token (JWE), which only the server can read:".to_owned(),
        format!("  curl -s -u {referential} -d grant_type=client_credentials {base}/token"),
        "\nSign in with a browser (the last page, on port 8090, is the application's):".to_owned(),
        format!("  {authorize}"),
        "then redeem the code it brings, within a minute:".to_owned(),
        format!("  curl -s -d grant_type=authorization_code -d client_id=demo-spa -d redirect_uri=http://127.0.0.1:8090/callback -d code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk -d code=CODE {base}/token"),
    ]
    .join("\n")
}

/// Standard output; a closed pipe is no reason to stop.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
