//! The server of the story: in this process, on a free loopback port, on a folder and a master key of its own.
use super::folder::Folder;
use super::interruption::Interruption;
use crate::config::{Flag, LogFormat, LogSettings, Settings, Sources, load};
use crate::entropy::SystemEntropy;
use crate::{logging, run, wiring};
use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_flows::apply::Options;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;

/// The document that the server is given.
pub(super) const REALM: &str = include_str!("realm.toml");

/// Who takes part.
pub(super) struct Cast {
    pub(super) issuer: String,
    pub(super) notebook: Credentials,
    pub(super) courier: Credentials,
    pub(super) alice: Credentials,
}

/// A name and its secret or password.
pub(super) struct Credentials {
    pub(super) name: &'static str,
    pub(super) secret: String,
}

impl Credentials {
    /// A secret that was never used before.
    fn new(name: &'static str) -> Self {
        let mut bytes = [0; 30];
        SystemEntropy.fill(&mut bytes);
        Self {
            name,
            secret: URL_SAFE_NO_PAD.encode(bytes),
        }
    }
}

/// Runs `act` beside a server with `realm` applied. Afterwards, however it ended, server and folder are gone.
pub(super) fn with_server(realm: &str, act: impl AsyncFnOnce(Cast) -> anyhow::Result<()>) -> anyhow::Result<()> {
    // What the server would log tells what the story shows; only a failure of its own is news.
    logging::init(&LogSettings {
        level: "error".to_owned(),
        format: LogFormat::Auto,
    });
    let system = actix_web::rt::System::new();
    let mut interruption = system.block_on(async { Interruption::listen() })?;
    let folder = Folder::make()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    listener.set_nonblocking(true)?;
    let settings = settings(&folder, &format!("http://{}", listener.local_addr()?))?;
    let done = system.block_on(serve(&settings, listener, realm, async |cast| {
        tokio::select! {
            done = act(cast) => done,
            () = interruption.heard() => bail!("interrupted"),
        }
    }));
    // Whoever still has files open there goes before the folder.
    drop(system);
    done
}

/// The defaults: neither a configuration file nor the environment of this process has a say.
fn settings(folder: &Folder, url: &str) -> anyhow::Result<Settings> {
    let flag = |key, value: String| Flag {
        name: "try",
        key,
        value,
    };
    let sources = Sources {
        working_directory: folder.path().to_owned(),
        flags: vec![
            flag("data.folder", folder.path().display().to_string()),
            flag("server.listen", url.replace("http://", "")),
            flag("server.public_url", url.to_owned()),
            flag("server.workers", "1".to_owned()),
        ],
        cores: 1,
        ..Sources::default()
    };
    Ok(load(&sources)?.settings)
}

async fn serve(
    settings: &Settings,
    listener: TcpListener,
    realm: &str,
    act: impl AsyncFnOnce(Cast) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let cast = Cast {
        issuer: settings.server.public_url.clone(),
        notebook: Credentials::new("notebook"),
        courier: Credentials::new("courier"),
        alice: Credentials::new("alice"),
    };
    let document = realm
        .replace("$PASSWORD", &cast.alice.secret)
        .replace("$NOTEBOOK_SECRET", &cast.notebook.secret)
        .replace("$COURIER_SECRET", &cast.courier.secret);
    let (deps, _) = run::open(settings, true, false).await?;
    run::apply_text(&deps, ("realm.toml", &document, Path::new("")), Options::default())
        .await
        .context("the realm of the story")?;
    let listening = wiring::listen(settings, Arc::new(deps), listener).await?;
    let handle = listening.handle();
    let server = actix_web::rt::spawn(listening.server);
    let done = act(cast).await;
    handle.stop(false).await;
    // It was told to stop; how it took that is not part of the story.
    let _ = server.await;
    done
}
