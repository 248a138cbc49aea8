//! `setup-link`: a link for somebody who sees it, beside a running server, and never in a log.
use crate::check;
use crate::place::Place;
use std::fs;

#[test]
fn a_link_is_printed_alone_works_beside_a_running_server_and_stands_in_no_log() {
    let place = Place::new();
    check(
        &place,
        &[
            ("setup-link", 2, "", "--print-secret"),
            (
                "setup-link nobody --print-secret",
                1,
                "",
                "nobody who may sign in to the realm default/admin is called nobody",
            ),
            (
                "setup-link --realm none --print-secret",
                1,
                "",
                "nobody who may sign in",
            ),
        ],
    );
    let server = Place::in_same(&place).variable("GRANTOR__LOG__LEVEL", "debug");
    let running = server.serve();
    assert!(
        !running.said.contains("/setup/"),
        "no terminal, no link: {}",
        running.said
    );
    let mut links = Vec::new();
    for _ in 0..2 {
        let ran = place.run("setup-link --print-secret");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
        let link = ran.out.strip_suffix('\n').unwrap().to_owned();
        let (_, path) = link.split_once("/v1/").unwrap();
        links.push(format!("/v1/{path}"));
    }
    let [old, new] = links.as_slice() else { panic!() };
    assert!(running.get(old).contains("This link is no longer good"));
    assert!(running.get(new).contains("Set your password"));
    let log = running.stop();
    for link in &links {
        let token = link.rsplit('/').next().unwrap();
        assert_eq!(token.len(), 43);
        assert!(!log.contains(token), "{log}");
        for file in ["grantor.sqlite", "grantor.sqlite-wal"] {
            let bytes = fs::read(place.path("data").join(file)).unwrap_or_default();
            assert!(!bytes.windows(token.len()).any(|w| w == token.as_bytes()), "{file}");
        }
    }
}
