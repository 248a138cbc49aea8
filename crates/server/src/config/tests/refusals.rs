//! Refusals name the place, what was given and what is wanted.
use super::Place;

/// The content of a file and how its refusal begins.
const WRONG_FILES: &[(&str, &str)] = &[
    (
        "[server]\nlisen = 1",
        "grantor.toml line 2: unknown key \"server.lisen\": did you mean \"server.listen\"?",
    ),
    (
        "[sever]\n\nlisten = 1",
        "grantor.toml line 3: unknown key \"sever.listen\": did you mean \"server.listen\"?",
    ),
    (
        "listen = 1",
        "grantor.toml line 1: unknown key \"listen\": did you mean \"server.listen\"?",
    ),
    (
        "sever.lisen = 1",
        "grantor.toml line 1: unknown key \"sever.lisen\": did you mean \"server.listen\"?",
    ),
    ("[sever]", "grantor.toml line 1: unknown key \"sever\""),
    (
        "server = 1",
        "grantor.toml line 1: server = a single value: wanted a section [server] with keys",
    ),
    (
        "[server]\nworkers = \"many\"",
        "grantor.toml line 2: server.workers = \"many\": wanted a whole number from 0 to 1024",
    ),
    (
        "[server]\nworkers = 1.5",
        "grantor.toml line 2: server.workers = 1.5: wanted a whole number from 0 to 1024",
    ),
    (
        "[server]\ndev_mode = 1",
        "grantor.toml line 2: server.dev_mode = 1: wanted true or false",
    ),
    (
        "[server]\nenvironment = 1",
        "grantor.toml line 2: server.environment = 1: wanted a string",
    ),
    (
        "[management]\nlisten = \"8081\"",
        "grantor.toml line 2: management.listen = \"8081\": wanted an address and a port such as \"127.0.0.1:8081\", or \"off\"",
    ),
    (
        "[management]\nlisten = \"127.0.0.1:8080\"",
        "grantor.toml line 2: management.listen = \"127.0.0.1:8080\": wanted another address than server.listen, or \"off\"",
    ),
    (
        "[server.listen]\nport = 1",
        "grantor.toml line 1: server.listen = { port = 1 }: wanted a string",
    ),
    (
        "[server]\ntrusted_proxies = [1]",
        "grantor.toml line 2: server.trusted_proxies = [1]: wanted a list of",
    ),
    ("[server]\nlisten = \"a", "grantor.toml line 2: "),
    (
        "[secrets]\nmaster_key = 123456",
        "grantor.toml line 2: secrets.master_key = [REDACTED]: wanted a string",
    ),
    (
        "[passwords]\nmemory_kib = 15\nlanes = 2",
        "grantor.toml line 2: passwords.memory_kib = 15: wanted at least 16",
    ),
    (
        "[keys]\npublish_seconds = 59\njwks_cache_seconds = 60",
        "grantor.toml line 2: keys.publish_seconds = 59: wanted at least 60",
    ),
    (
        "[keys]\njwks_cache_seconds = 3601",
        "default: keys.publish_seconds = 3600: wanted at least 3601",
    ),
];

#[test]
fn a_wrong_file_is_refused_with_its_line_and_the_nearest_name() {
    for (content, expected) in WRONG_FILES {
        let refusal = Place::new().file("grantor.toml", content).refusal();
        assert!(
            refusal.starts_with(expected),
            "{content}\n got {refusal}\nwant {expected}"
        );
    }
}

#[test]
fn a_wrong_variable_is_refused_by_name() {
    for (variable, text, expected) in [
        (
            "GRANTOR__SERVER__LISEN",
            "x",
            "environment GRANTOR__SERVER__LISEN: unknown key \"server.lisen\": did you mean \"server.listen\"? (GRANTOR__SERVER__LISTEN)",
        ),
        (
            "GRANTOR__SERVER__LISTEN_FILE",
            "x",
            "environment GRANTOR__SERVER__LISTEN_FILE: unknown key \"server.listen_file\": did you mean \"server.listen\"?",
        ),
        (
            "GRANTOR__LISTEN",
            "x",
            "environment GRANTOR__LISTEN: unknown key \"listen\": did you mean \"server.listen\"?",
        ),
        (
            "GRANTOR__SERVER__WORKERS",
            "many",
            "environment GRANTOR__SERVER__WORKERS: server.workers = \"many\": wanted a whole number from 0 to 1024",
        ),
        (
            "GRANTOR__SECRETS__MASTER_KEY",
            "hunter2",
            "environment GRANTOR__SECRETS__MASTER_KEY: secrets.master_key = [REDACTED]: wanted 32 bytes in base64",
        ),
    ] {
        let refusal = Place::new().variable(variable, text).refusal();
        assert!(refusal.starts_with(expected), "got {refusal}\nwant {expected}");
    }
    // Kubernetes sets such names for a service that is called grantor.
    Place::new()
        .variable("GRANTOR_PORT", "tcp://10.0.0.1:8080")
        .variable("GRANTORS__X", "1")
        .load();
}

#[test]
fn a_public_url_is_needed_off_loopback_and_is_https_there() {
    for (listen, public_url, expected) in [
        (
            "127.0.0.1:8080",
            "http://id.example",
            "plain http is for loopback hosts only",
        ),
        (
            "0.0.0.0:8080",
            "http://0.0.0.0:8080",
            "plain http is for loopback hosts only",
        ),
        (
            "0.0.0.0:8080",
            "",
            "server.public_url is empty and server.listen \"0.0.0.0:8080\"",
        ),
        (
            "127.0.0.1:0",
            "",
            "server.public_url is empty and server.listen \"127.0.0.1:0\"",
        ),
    ] {
        let place = Place::new().variable("GRANTOR__SERVER__LISTEN", listen);
        let refusal = place.variable("GRANTOR__SERVER__PUBLIC_URL", public_url).refusal();
        assert!(refusal.contains(expected), "{refusal}");
    }
    let place = Place::new().variable("GRANTOR__SERVER__LISTEN", "0.0.0.0:8080");
    let settings = place
        .variable("GRANTOR__SERVER__PUBLIC_URL", "https://id.example/sso")
        .load()
        .settings;
    assert_eq!(settings.server.public_url, "https://id.example/sso");
}
