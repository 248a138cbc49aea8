//! What may stand in a file of ours, and how long it may get.

use super::tree::{demand, files, has_word, places};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["common", "utils", "helpers", "shared", "manager", "misc"];

/// Lines in a file, tests included.
const LONGEST: usize = 500;

#[test]
fn no_file_is_longer_than_500_lines() {
    let files = files(&[".rs", ".html", ".js", ".mjs", ".py", ".go"]);
    let long = files.iter().filter(|file| file.text.lines().count() > LONGEST);
    let broken: Vec<String> = long
        .map(|file| format!("{}: {} lines", file.path, file.text.lines().count()))
        .collect();
    demand(
        "A file tells one thing; make it a folder of parts when it passes 350 lines.",
        &broken,
    );
}

#[test]
fn half_of_the_rust_files_have_at_most_120_lines_and_nine_of_ten_at_most_350() {
    let mut lengths: Vec<usize> = files(&[".rs"]).iter().map(|file| file.text.lines().count()).collect();
    lengths.sort_unstable();
    let at = |share: usize| lengths[(lengths.len() - 1) * share / 100];
    assert!(
        at(50) <= 120,
        "the median of {} files is {} lines",
        lengths.len(),
        at(50)
    );
    assert!(
        at(90) <= 350,
        "nine of ten of {} files reach {} lines",
        lengths.len(),
        at(90)
    );
}

#[test]
fn a_module_is_named_after_what_it_owns() {
    let mut broken = Vec::new();
    for file in files(&[".rs", ".html", ".js", ".mjs", ".py", ".go"]) {
        let parts = file.path.split(['/', '.']).filter(|part| EMPTY_NAMES.contains(part));
        broken.extend(parts.map(|part| format!("{} is named {part}", file.path)));
        if file.path.ends_with(".rs") {
            let empty = |line: &str| EMPTY_NAMES.iter().any(|name| has_word(line, &format!("mod {name}")));
            broken.extend(places(&file.path, &file.code(), empty));
        }
    }
    demand(
        "A name like these collects what nobody placed; name the thing.",
        &broken,
    );
}

#[test]
fn nothing_is_left_undone_silenced_or_switched_off() {
    const BANNED: [&str; 7] = [
        "todo!",
        "unimplemented!",
        "dbg!",
        "#[ignore",
        "#[allow(",
        "#![allow(",
        "cfg(FALSE)",
    ];
    let mut broken = Vec::new();
    for file in files(&[".rs"]) {
        broken.extend(places(&file.path, &file.code(), |line| {
            BANNED.iter().any(|banned| line.contains(banned))
        }));
    }
    demand(
        "Finish it, delete it, or write #[expect(lint, reason = \"…\")].",
        &broken,
    );
}

#[test]
fn tests_never_sleep() {
    let mut broken = Vec::new();
    for file in files(&[".rs"]) {
        let code = file.code();
        let shipped = file.shipped_code().lines().count();
        let sleeps = |line: &str| has_word(line, "sleep") && line.contains("sleep(");
        let in_tests = |place: &String| {
            let number = place[file.path.len() + 1..]
                .split(':')
                .next()
                .unwrap()
                .parse::<usize>()
                .unwrap();
            number > shipped
        };
        broken.extend(places(&file.path, &code, sleeps).into_iter().filter(in_tests));
    }
    demand(
        "A sleeping test is slow or wrong: move the given clock, or wait for the event itself.",
        &broken,
    );
}

#[test]
fn no_committed_file_names_a_machine() {
    // Written in two pieces so that this file does not break its own rule.
    let folders = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tm", "p/")];
    let mut broken = Vec::new();
    for file in files(&[""]) {
        broken.extend(places(&file.path, &file.text, |line| {
            folders.iter().any(|folder| names_folder(line, folder))
        }));
    }
    demand("Paths come from arguments, the manifest's folder or tempfile.", &broken);
}

/// `folder` at the beginning of a path, not inside a longer one.
fn names_folder(line: &str, folder: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "_-./{}$".contains(c);
    line.match_indices(folder)
        .any(|(at, _)| !line[..at].chars().next_back().is_some_and(inside))
}

#[test]
fn templates_escape_everything_they_print() {
    let mut broken = Vec::new();
    for file in files(&[".html", ".txt", ".rs", "askama.toml"]) {
        let template = file.path.starts_with("templates/");
        let source = file.path.starts_with("crates/web/");
        let unescaped = |line: &str| {
            let tight: String = line.split_whitespace().collect();
            (template && (tight.contains("|safe") || tight.contains("autoescape")))
                || (source && (tight.contains("escape=\"none\"") || tight.contains("filters::Safe")))
        };
        broken.extend(places(&file.path, &file.text, unescaped));
    }
    demand(
        "View structs hold strings, numbers, bools and lists of them, and askama escapes each one.",
        &broken,
    );
}

#[test]
fn entities_never_travel_on_the_wire() {
    let mut broken = Vec::new();
    for file in files(&[".rs"])
        .iter()
        .filter(|file| file.path.starts_with("crates/store/src/entit"))
    {
        broken.extend(places(&file.path, &file.code(), |line| has_word(line, "Serialize")));
    }
    demand(
        "Wire formats are structs in protocol with their own tests; a column added must not appear in an answer.",
        &broken,
    );
}
