//! `grantor try` as a process: what it prints, and what it leaves.
use crate::place::Place;
use std::fs;

/// Titles of the story's steps, in order.
const STEPS: [&str; 14] = [
    "Discover the server",
    "Ask for a code, with PKCE, state and nonce",
    "Sign in",
    "Consent",
    "Redeem the code",
    "A self-contained token: everybody can verify it",
    "A referential token: only the server can read it",
    "Ask who it is",
    "Introspect",
    "Refresh",
    "The answer was lost: refresh again",
    "A thief replays a token two generations old",
    "Sign in again, and revoke",
    "Introspect again",
];

/// A place whose temporary files lie in it, and whose configuration would stop any command that reads it.
fn place_of_a_story() -> Place {
    let place = Place::new().file("grantor.toml", "[server]\nlisen = 1");
    fs::create_dir(place.path("temporary")).unwrap();
    let temporary = place.path("temporary").display().to_string();
    place
        .variable("TMPDIR", &temporary)
        .variable("GRANTOR__DATA__FOLDER", "elsewhere")
}

fn files_of(place: &Place) -> Vec<String> {
    let folders = [place.path(""), place.path("temporary")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().display().to_string()).collect();
    names.sort();
    names
}

#[test]
fn the_story_is_told_to_its_end_on_80_columns_without_colours() {
    let place = place_of_a_story();
    let ran = place.run("try");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let told: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.trim_start().split_once("  "))
        .filter(|(number, _)| number.parse::<u8>().is_ok())
        .map(|(_, title)| title)
        .collect();
    assert_eq!(told, STEPS, "{}", ran.out);
    assert!(ran.out.contains("14 steps, ") && !ran.out.contains('✗'), "{}", ran.out);
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 80 && !line.contains('\x1b'), "{line}");
    }
    assert_eq!(
        files_of(&place),
        ["grantor.toml", "temporary"],
        "nothing is left behind"
    );
}

#[test]
fn the_story_shows_no_secret_and_no_whole_token() {
    let out = place_of_a_story().run("try").out;
    // Whatever was random has both cases and digits in 20 characters and more.
    let of_token = |c: char| c.is_ascii_alphanumeric() || "-_.+/".contains(c);
    let runs = out.split(|c| !of_token(c));
    let random = |run: &&str| {
        run.len() >= 20
            && run.contains(|c: char| c.is_ascii_digit())
            && run.contains(|c: char| c.is_ascii_uppercase())
            && run.contains(|c: char| c.is_ascii_lowercase())
    };
    assert_eq!(runs.filter(random).collect::<Vec<_>>(), [""; 0]);
    // The parts of what is shortened stand there, so the search above looked at the right text.
    for shown in [
        "\"access_token\": \"eyJh…",
        "refresh_token=grt_…",
        "password=…",
        "Basic bm90…",
    ] {
        assert!(out.contains(shown), "{shown}: {out}");
    }
}

#[test]
fn a_story_that_is_interrupted_leaves_nothing_behind() {
    let place = place_of_a_story();
    let (first_line, ended) = place.interrupt("try");
    assert!(first_line.starts_with("Grantor "), "{first_line}");
    assert!(
        ended.code == 1 && ended.err.ends_with("grantor: interrupted\n"),
        "{ended:?}"
    );
    assert_eq!(files_of(&place), ["grantor.toml", "temporary"]);
}
