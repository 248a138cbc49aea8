//! The binary as a process: exit codes, texts, what it makes on disk, and that nothing it prints holds a secret.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod keys;
mod operate;
mod place;
mod postgresql;
mod records;
mod setup_link;
mod story;

use place::Place;
use std::fs;

const REALM: &str = "tenant = 'default'\nrealm = 'main'\n[[applications]]\nid = 'm'\nclient_id = 'm'\ndisplay_name = 'M'\nclient_secrets = ['a-supplied-secret-a-supplied-secret-1']\n[applications.protocol_config]\ntype = 'oauth2'\nconfidentiality = 'confidential'\ntoken_endpoint_auth_method = 'client_secret_post'\ngrant_types = ['client_credentials']\n";
/// 32 zero bytes in base64.
const ZERO_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Arguments, exit code, and parts of standard output and standard error.
type Case = (&'static str, i32, &'static str, &'static str);

fn check(place: &Place, cases: &[Case]) {
    for (arguments, code, out, err) in cases {
        let ran = place.run(arguments);
        assert_eq!(ran.code, *code, "{arguments}: {ran:?}");
        assert!(ran.out.contains(out) && ran.err.contains(err), "{arguments}: {ran:?}");
        if *code == 0 {
            assert_eq!(ran.err, "", "{arguments}");
        } else {
            assert_eq!(ran.out, "", "{arguments}");
            assert!(
                ran.err.starts_with("grantor: ") || ran.err.starts_with("error: "),
                "{arguments}: {ran:?}"
            );
        }
    }
}

#[test]
fn commands_that_only_look_make_nothing() {
    let place = Place::new().file("realm.toml", REALM);
    check(
        &place,
        &[
            ("version", 0, "grantor 0.", ""),
            ("try alice", 2, "", "unexpected argument"),
            ("version --json", 0, "\"name\":\"grantor\"", ""),
            ("--help", 0, "healthcheck", ""),
            ("config check", 0, "The configuration is valid.", ""),
            ("config dump", 0, "listen = \"127.0.0.1:8080\" # default", ""),
            ("config dump --format json", 0, "\"source\": \"default\"", ""),
            (
                "migrate --check",
                1,
                "",
                "there is no database ./data/grantor.sqlite; run `grantor migrate`",
            ),
            (
                "serve --no-migrate",
                1,
                "",
                "there is no database ./data/grantor.sqlite; run `grantor migrate`",
            ),
            ("apply -f realm.toml --dry-run", 1, "", "there is no database"),
            ("apply -f missing.toml", 1, "", "read missing.toml: No such file"),
            ("healthcheck --url http://127.0.0.1:1", 1, "", "does not answer"),
            ("healthcheck --url https://127.0.0.1:1", 1, "", "plain http only"),
            ("client rotate-secret m", 2, "", "--print-secret"),
            ("serv", 2, "", "serve"),
            ("apply", 2, "", "--file"),
            ("config dump --format xml", 2, "", "toml, json"),
        ],
    );
    assert!(!place.path("data").exists());
}

#[test]
fn a_wrong_configuration_is_two_names_the_place_and_starts_nothing() {
    for (file, variable, expected) in [
        (
            "[server]\nlisen = 1",
            ("", ""),
            "grantor.toml line 2: unknown key \"server.lisen\": did you mean \"server.listen\"?",
        ),
        (
            "",
            ("GRANTOR__SERVER__LISEN", "x"),
            "did you mean \"server.listen\"? (GRANTOR__SERVER__LISTEN)",
        ),
        ("[server]\nworkers = 'many'", ("", ""), "wanted a whole number"),
        (
            "",
            ("GRANTOR__SECRETS__MASTER_KEY", "hunter2-hunter2"),
            "secrets.master_key = [REDACTED]: wanted 32 bytes",
        ),
        ("[secrets]\nmaster_key = 'hunter2'", ("", ""), "line 2"),
    ] {
        let place = Place::new().file("grantor.toml", file).variable(variable.0, variable.1);
        for command in [
            "config check",
            "config dump",
            "serve",
            "migrate",
            "apply -f x",
            "client rotate-secret m --print-secret",
        ] {
            let ran = place.run(command);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{command}: {ran:?}");
            assert!(
                ran.err.starts_with("grantor: ") && ran.err.contains(expected),
                "{command}: {ran:?}"
            );
            assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
            assert!(!ran.err.contains("hunter2"), "{ran:?}");
        }
        assert!(!place.path("data").exists());
    }
}

#[test]
fn a_dump_masks_the_key_and_says_where_it_came_from() {
    let place = Place::new().variable("GRANTOR__SECRETS__MASTER_KEY", ZERO_KEY);
    for format in ["toml", "json"] {
        let ran = place.run(&format!("config dump --format {format}"));
        assert!(
            ran.out.contains("[REDACTED]") && ran.out.contains("environment GRANTOR__SECRETS__MASTER_KEY"),
            "{ran:?}"
        );
        assert!(!ran.out.contains("AAAA"), "{ran:?}");
    }
}

#[test]
fn what_is_made_is_for_its_owner_alone() {
    for key_is_given in [false, true] {
        let mut place = Place::new().file("realm.toml", REALM);
        if key_is_given {
            place = place.variable("GRANTOR__SECRETS__MASTER_KEY", ZERO_KEY);
        }
        check(
            &place,
            &[
                ("migrate", 0, "the database is up to date", ""),
                ("migrate --check", 0, "the database is up to date", ""),
                (
                    "apply -f realm.toml --dry-run",
                    1,
                    "",
                    "no server was ever started on ./data/grantor.sqlite",
                ),
                (
                    "apply -f realm.toml",
                    0,
                    "applied realm.toml: 0 users, 0 groups, 0 resource servers, 0 roles, 1 applications; ",
                    "",
                ),
                ("apply -f realm.toml --dry-run", 0, "would apply realm.toml", ""),
            ],
        );
        assert_eq!(place.mode("data"), 0o700);
        assert_eq!(place.path("data/master.key").exists(), !key_is_given);
        for file in fs::read_dir(place.path("data")).unwrap() {
            let name = format!("data/{}", file.unwrap().file_name().display());
            assert_eq!(place.mode(&name), 0o600, "{name}");
        }
        let migrated = ["grantor.sqlite", "grantor.ephemeral.sqlite"].map(|f| place.path("data").join(f).exists());
        assert_eq!(migrated, [true, true]);
    }
}

#[test]
fn with_redis_there_is_one_database_file_and_its_password_is_not_shown() {
    const URL: &str = "redis://:canary-2f81@127.0.0.1:1/";
    // Nobody listens there: what only works on the database does not ask.
    let place = Place::new().file("realm.toml", REALM);
    place.closed_file("redis", URL);
    let file = place.path("redis").display().to_string();
    let place = place.variable("GRANTOR__REDIS__URL_FILE", &file);
    check(
        &place,
        &[
            ("migrate", 0, "the database is up to date", ""),
            ("apply -f realm.toml", 0, "applied realm.toml", ""),
            ("keys list", 0, "", ""),
        ],
    );
    assert!(place.path("data/grantor.sqlite").exists());
    assert!(!place.path("data/grantor.ephemeral.sqlite").exists());
    for command in ["config dump", "config dump --json", "config check", "doctor"] {
        let ran = place.run(command);
        assert!(!format!("{ran:?}").contains("canary-2f81"), "{command}: {ran:?}");
    }
    let broken = place.variable("GRANTOR__REDIS__PREFIX", "").run("config check");
    assert!(broken.code != 0 && broken.err.contains("redis.prefix"), "{broken:?}");
    let unread = place_with_authorities("none.pem").run("apply -f realm.toml");
    assert!(
        unread.code != 0 && unread.err.contains("none.pem, the redis.ca_file"),
        "{unread:?}"
    );
    let empty = place_with_authorities("realm.toml").run("apply -f realm.toml");
    assert!(
        empty.code != 0 && empty.err.contains("holds no certificate"),
        "{empty:?}"
    );
}

fn place_with_authorities(file: &str) -> Place {
    Place::new()
        .file("realm.toml", REALM)
        .variable("GRANTOR__REDIS__URL", "rediss://127.0.0.1:1")
        .variable("GRANTOR__REDIS__CA_FILE", file)
}

#[test]
fn a_lost_master_key_is_refused_and_never_replaced() {
    let place = Place::new().file("realm.toml", REALM);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    let key = fs::read_to_string(place.path("data/master.key")).unwrap();
    let commands = [
        "serve",
        "serve --no-migrate",
        "apply -f realm.toml",
        "apply -f realm.toml --dry-run",
        "client rotate-secret m --print-secret",
        "keys list",
        "keys rotate",
        "keys revoke nobody",
        "master-key rotate",
    ];
    let before = place.changes();
    fs::remove_file(place.path("data/master.key")).unwrap();
    for command in commands {
        let ran = place.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{command}: {ran:?}");
        let text = "is sealed under a master key, but ./data/master.key does not exist; restore the key from your backup or set secrets.master_key";
        assert!(ran.err.contains(text), "{command}: {ran:?}");
        assert!(!place.path("data/master.key").exists(), "{command}");
    }
    // Another key is no better.
    place.closed_file("data/master.key", ZERO_KEY);
    for command in commands {
        let ran = place.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{command}: {ran:?}");
        assert!(ran.err.contains("is this the right master key?"), "{command}: {ran:?}");
        assert!(!ran.err.contains("AAAA"), "{command}: {ran:?}");
    }
    // Nor is one that others can read.
    place.closed_file("data/master.key", &key);
    place.set_mode("data/master.key", 0o644);
    let ran = place.run("apply -f realm.toml");
    assert!(ran.code == 2 && ran.err.contains("has mode 0644; close it"), "{ran:?}");
    place.set_mode("data/master.key", 0o600);
    assert_eq!(place.changes(), before, "nothing was written meanwhile");
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    assert_eq!(fs::read_to_string(place.path("data/master.key")).unwrap(), key);
}

#[test]
fn a_refused_document_says_where_and_prints_no_secret() {
    let place = Place::new();
    for (document, expected) in [
        (
            REALM.replace("display_name", "display_nam"),
            ":6: applications[0].display_nam: unknown field `display_nam`",
        ),
        (
            REALM.replace("['a-supplied-secret-a-supplied-secret-1']", "'a-supplied-secret'"),
            ":7: applications[0].client_secrets: wanted a sequence",
        ),
        (REALM.replace("-secret-1']", "-secret-1"), "realm.toml:"),
        (
            REALM.replace("a-supplied-secret-a-supplied-secret-1", "a-supplied-secret"),
            ":7: applications[0].client_secrets[0]: 32 to 512",
        ),
        (
            REALM.replace("'main'", "'mian'"),
            "realm.toml:2: realm: there is no realm default/mian (got \"mian\")",
        ),
        (REALM.replace("'M'", "''"), "applications[0].display_name"),
    ] {
        let place = Place::in_same(&place).file("realm.toml", &document);
        let ran = place.run("apply -f realm.toml");
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        assert!(
            ran.err.starts_with("grantor: realm.toml:") && ran.err.contains(expected),
            "{expected}: {ran:?}"
        );
        assert!(!ran.err.contains("supplied"), "{ran:?}");
    }
}

#[test]
fn a_new_secret_is_printed_alone_and_stored_nowhere() {
    let place = Place::new().file("realm.toml", REALM);
    check(
        &place,
        &[
            ("apply -f realm.toml", 0, "applied", ""),
            (
                "client rotate-secret nobody --print-secret",
                1,
                "",
                "no application with client_id nobody in realm default/main",
            ),
            (
                "client rotate-secret m --realm none --print-secret",
                1,
                "",
                "no application with client_id m",
            ),
        ],
    );
    let before = place.changes();
    assert_eq!(place.run("client rotate-secret m").code, 2);
    assert_eq!(place.changes(), before, "refused before anything changed");
    let mut seen = Vec::new();
    for arguments in ["m", "m --expires-old 0", "management-api --realm admin"] {
        let ran = place.run(&format!("client rotate-secret {arguments} --print-secret"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
        let secret = ran.out.strip_suffix('\n').unwrap().to_owned();
        assert_eq!(secret.len(), 48, "{secret}");
        assert!(!seen.contains(&secret));
        seen.push(secret);
    }
    seen.push("a-supplied-secret-a-supplied-secret-1".into());
    seen.push(
        fs::read_to_string(place.path("data/master.key"))
            .unwrap()
            .trim()
            .to_owned(),
    );
    for file in ["grantor.sqlite", "grantor.sqlite-wal"] {
        let bytes = fs::read(place.path("data").join(file)).unwrap_or_default();
        for secret in &seen {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{file}");
        }
    }
}

#[test]
fn a_server_starts_answers_sees_other_commands_and_keeps_its_data() {
    let place = Place::new().file("realm.toml", REALM);
    let server = Place::in_same(&place)
        .variable("GRANTOR__FEED__POLL_MILLISECONDS", "20")
        .variable("GRANTOR__LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "1000000")
        .variable("GRANTOR__LOG__LEVEL", "debug");
    let supplied = "a-supplied-secret-a-supplied-secret-1";
    let first = server.serve();
    assert!(
        first.said.contains("is ready. Issuer: http://127.0.0.1:"),
        "{}",
        first.said
    );
    assert!(
        !first.said.contains("curl") && !first.said.contains("secret"),
        "no terminal, no secret: {}",
        first.said
    );
    assert_eq!(place.run(&format!("healthcheck --url {}", first.url)).code, 0);
    assert_eq!(first.token("m", supplied), 401);
    check(&place, &[("apply -f realm.toml", 0, "applied", "")]);
    first.until("the applied application", || first.token("m", supplied) == 200);
    let rotated = place
        .run("client rotate-secret m --expires-old 0 --print-secret")
        .out
        .trim()
        .to_owned();
    first.until("the end of the old secret", || first.token("m", supplied) == 401);
    assert_eq!(first.token("m", &rotated), 200);
    let keys = first.get("/jwks");
    let url = first.url.clone();
    let logged = first.stop();
    let unhealthy = place.run(&format!("healthcheck --url {url}"));
    assert!(
        unhealthy.code == 1 && unhealthy.err.contains("does not answer"),
        "{unhealthy:?}"
    );

    let second = server.serve();
    assert_eq!(second.token("m", &rotated), 200);
    assert_eq!(second.token("m", supplied), 401);
    assert_eq!(second.get("/jwks"), keys);
    let key = fs::read_to_string(place.path("data/master.key")).unwrap();
    for text in [second.said.clone(), logged, second.stop()] {
        for secret in [supplied, &rotated, key.trim()] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn nobody_else_is_served_on_the_secrets_of_the_demonstration() {
    // covers: O-259
    let demo = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/demo.toml")).unwrap();
    let place = Place::new().file("demo.toml", &demo);
    check(&place, &[("apply -f demo.toml", 0, "applied", "")]);
    let public = "serve --listen 127.0.0.1:0 --public-url https://id.example";
    check(
        &place,
        &[
            (public, 1, "", "has the secret of the demonstration"),
            (
                "serve --demo --public-url https://id.example",
                1,
                "",
                "--demo loads public",
            ),
        ],
    );
    // Without the applications there are still the users.
    let off = demo
        .replace("client_secrets = [", "unused = [")
        .lines()
        .filter(|line| !line.starts_with("unused"))
        .collect::<Vec<_>>()
        .join("\n");
    let place = Place::new().file("demo.toml", &off);
    check(
        &place,
        &[
            ("apply -f demo.toml", 0, "applied", ""),
            (public, 1, "", "user alice in realm default/main has the password"),
            ("user disable alice", 0, "is disabled", ""),
            (public, 1, "", "user bob"),
        ],
    );
}
