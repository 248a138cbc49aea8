//! Who may reach the world: clock, randomness, files, environment, other machines.

use super::tree::{File, demand, files, has_word, places};

fn sources(folder: &str) -> Vec<File> {
    let sources: Vec<File> = files(&[".rs"])
        .into_iter()
        .filter(|file| file.path.starts_with(folder))
        .collect();
    assert!(
        !sources.is_empty(),
        "{folder} holds no source: this test looks at nothing"
    );
    sources
}

fn shipped_places(file: &File, banned: &[&str]) -> Vec<String> {
    places(&file.path, &file.shipped_code(), |line| {
        banned.iter().any(|word| has_word(line, word))
    })
}

#[test]
fn protocol_has_no_async_trait_object_clock_randomness_or_io() {
    const BANNED: [&str; 16] = [
        "async",
        "await",
        "dyn ",
        "SystemTime",
        "Instant",
        "rand",
        "tokio",
        "std::fs",
        "std::io",
        "std::env",
        "std::thread",
        "std::process",
        "TcpStream",
        "UdpSocket",
        "Mutex",
        "println!",
    ];
    let broken: Vec<String> = sources("crates/protocol/")
        .iter()
        .flat_map(|file| shipped_places(file, &BANNED))
        .collect();
    demand(
        "Every function of protocol can be called from a table test: hand the value in.",
        &broken,
    );
}

#[test]
fn time_and_randomness_are_arguments() {
    const BANNED: [&str; 7] = [
        "SystemTime::now",
        "Instant::now",
        "OffsetDateTime::now_utc",
        "Utc::now",
        "rand::rng",
        "rand::random",
        "thread_rng",
    ];
    let mut broken = Vec::new();
    for file in sources("crates/")
        .iter()
        .filter(|file| !file.path.starts_with("crates/server/"))
    {
        broken.extend(shipped_places(file, &BANNED));
    }
    demand(
        "Only server holds a clock and a source of randomness; a flow gets both from its Deps.",
        &broken,
    );
}

#[test]
fn only_server_reads_files_and_environment() {
    const BANNED: [&str; 7] = [
        "std::fs",
        "tokio::fs",
        "File::open",
        "std::env::var",
        "env::var",
        "env::vars",
        "env::args",
    ];
    let mut broken = Vec::new();
    for file in sources("crates/")
        .iter()
        .filter(|file| !file.path.starts_with("crates/server/"))
    {
        broken.extend(shipped_places(file, &BANNED));
    }
    demand("Settings come in as a struct; only server knows where from.", &broken);
}

#[test]
fn flows_know_no_http_server_and_web_knows_no_keys() {
    let mut broken = Vec::new();
    for file in sources("crates/flows/") {
        broken.extend(shipped_places(
            &file,
            &["actix_web", "HttpRequest", "HttpResponse", "StatusCode"],
        ));
    }
    for file in sources("crates/web/") {
        broken.extend(shipped_places(
            &file,
            &["grantor_jose", "josekit", "sea_orm", "rusqlite", "reqwest"],
        ));
    }
    demand(
        "A use case returns a value or an OAuthError; web alone turns it into a status.",
        &broken,
    );
}
