//! Starting a server: a database is prepared once, then copied for every test.
use super::place::Place;
use super::{App, ManualClock, START, Sql};
use grantor_flows::install::install;
use grantor_flows::keys;
use grantor_flows::management::Requester;
use grantor_flows::{Deps, apply};
use grantor_jose::MasterKey;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_server::config::{Settings, Sources as Configuration, load};
use grantor_server::entropy::SystemEntropy;
use grantor_server::wiring::{self, Sources};
use std::net::TcpListener;
use std::sync::Arc;
use tokio::sync::OnceCell;

pub(crate) const FIXTURE: &str = include_str!("../fixtures/main.toml");
pub(super) const REFRESH: &str = include_str!("../fixtures/refresh.toml");
const OTHER: &str = include_str!("../fixtures/other.toml");

/// Where the prepared database is; it lives as long as the test program.
static PREPARED: OnceCell<Place> = OnceCell::const_new();

pub(super) fn master_key() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

fn settings(place: &Place, listen: &str) -> Settings {
    let text = |value: &str| value.to_owned();
    let configuration = Configuration {
        working_directory: place.folder().to_owned(),
        environment: vec![
            (text("GRANTOR__DATA__FOLDER"), place.folder().display().to_string()),
            (text("GRANTOR__SERVER__LISTEN"), text(listen)),
            (text("GRANTOR__SERVER__WORKERS"), text("1")),
            (text("GRANTOR__MANAGEMENT__LISTEN"), text("off")),
            (text("GRANTOR__DATABASE__READERS"), text("2")),
            // Many of them share two cores: what a busy machine delays is not what the tests are about.
            (text("GRANTOR__DATABASE__TIMEOUT_MILLISECONDS"), text("10000")),
            (text("GRANTOR__PASSWORDS__MEMORY_KIB"), text("64")),
            (text("GRANTOR__PASSWORDS__PASSES"), text("1")),
            (text("GRANTOR__FEED__POLL_MILLISECONDS"), text("100")),
            (text("GRANTOR__LOG__LEVEL"), text("error")),
            (text("GRANTOR__SECRETS__MASTER_KEY"), master_key().to_text().to_string()),
        ],
        cores: 2,
        ..Configuration::default()
    };
    let mut settings = load(&configuration).unwrap().settings;
    settings.database.url = place.url();
    settings
}

pub(super) async fn deps(settings: &Settings, clock: Arc<ManualClock>) -> Deps {
    wiring::deps(
        settings,
        Sources {
            clock,
            entropy: Arc::new(SystemEntropy),
        },
    )
    .await
    .unwrap()
}

async fn prepare() -> Place {
    let place = Place::empty().await;
    let settings = settings(&place, "127.0.0.1:1");
    wiring::migrate(&settings, false).await.unwrap();
    let deps = deps(&settings, ManualClock::new()).await;
    install(&deps, false).await.map_err(|_| "install").unwrap();
    let management = deps.store.manage(UnixMillis(START)).await.unwrap();
    management.insert_tenant("t2", "Second").await.unwrap();
    management
        .insert_realm(&RealmKey::new("t2", "main"), "Main", false)
        .await
        .unwrap();
    management.commit().await.unwrap();
    for document in [FIXTURE, REFRESH, OTHER] {
        apply::apply(
            &deps,
            &toml::from_str(document).unwrap(),
            apply::Options::default(),
            &Requester::operator(),
        )
        .await
        .unwrap();
    }
    // Keys take long to make: once for all tests.
    for (tenant, realm) in [("default", "main"), ("default", "admin"), ("t2", "main")] {
        keys::ensure(&deps, &RealmKey::new(tenant, realm), UnixMillis(START))
            .await
            .map_err(|_| "key")
            .unwrap();
    }
    drop(deps);
    // Tests begin with nothing to tell.
    Sql::durable(&settings).execute("DELETE FROM event", []).unwrap();
    place.seal().await;
    place
}

pub(super) async fn start(change: impl FnOnce(&mut Settings)) -> App {
    let prepared = PREPARED.get_or_init(prepare).await;
    let place = Place::like(prepared).await;
    let (listener, listen) = bind();
    let mut settings = settings(&place, &listen);
    change(&mut settings);
    let clock = ManualClock::new();
    serve(listener, settings, clock, Arc::new(place)).await
}

pub(super) async fn start_beside(app: &App, clock: Arc<ManualClock>) -> App {
    let (listener, listen) = bind();
    let mut settings = app.settings.clone();
    settings.server.listen = listen.parse().unwrap();
    serve(listener, settings, clock, app.place.clone()).await
}

fn bind() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let listen = listener.local_addr().unwrap().to_string();
    (listener, listen)
}

pub(super) async fn serve(
    listener: TcpListener,
    settings: Settings,
    clock: Arc<ManualClock>,
    place: Arc<Place>,
) -> App {
    let listen = listener.local_addr().unwrap();
    let kept = listener.try_clone().unwrap();
    let deps = Arc::new(deps(&settings, clock.clone()).await);
    let listening = wiring::listen(&settings, deps.clone(), listener).await.unwrap();
    let (handle, state) = (listening.handle(), listening.state.clone());
    tokio::spawn(listening.server);
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    App {
        base: format!("http://{listen}"),
        deps,
        settings,
        clock,
        http,
        state,
        handle,
        listener: kept,
        place,
    }
}

/// The entry of an application in the fixtures of the first tenant.
pub(crate) fn application(id: &str) -> toml::Table {
    for fixture in [FIXTURE, REFRESH] {
        let mut document: toml::Table = fixture.parse().unwrap();
        let applications = document["applications"].as_array_mut().unwrap();
        if let Some(found) = applications.iter().position(|a| a["id"].as_str() == Some(id)) {
            return applications.swap_remove(found).as_table().unwrap().clone();
        }
    }
    panic!("no application {id}")
}
