//! The tree as the architecture tests see it: files with their lines, Rust with comments and texts blanked out.

use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ stands in the workspace")
        .to_owned()
}

/// One file of ours.
pub(super) struct File {
    /// From the root of the workspace, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// The text with comments, strings and characters blanked out; lines keep their numbers.
    pub(super) fn code(&self) -> String {
        code_only(&self.text)
    }

    /// `code` up to the first `#[cfg(test)]`, or nothing for a file that only tests or developers use.
    pub(super) fn shipped_code(&self) -> String {
        let path = &self.path;
        let apart = ["/tests/", "/examples/", "/benches/"]
            .iter()
            .any(|folder| path.contains(folder));
        if apart || path.starts_with("tests/") || path.ends_with("/tests.rs") {
            return String::new();
        }
        let code = self.code();
        code.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
    }
}

/// Every file of ours whose name ends in one of `endings`; an empty ending takes all text files.
pub(super) fn files(endings: &[&str]) -> Vec<File> {
    let root = root();
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let wanted = |path: &PathBuf| endings.iter().any(|end| path.to_string_lossy().ends_with(end));
    let read = |path: PathBuf| {
        let text =
            String::from_utf8(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
                .ok()?;
        Some(File {
            path: path
                .strip_prefix(&root)
                .expect("walked from the root")
                .to_string_lossy()
                .replace('\\', "/"),
            text,
        })
    };
    let files: Vec<File> = paths.into_iter().filter(wanted).filter_map(read).collect();
    assert!(
        !files.is_empty(),
        "no file ends in {endings:?}: this test looks at nothing"
    );
    files
}

/// `path:line: text` of every line of `text` that `found` likes.
pub(super) fn places(path: &str, text: &str, found: impl Fn(&str) -> bool) -> Vec<String> {
    let hits = (1..).zip(text.lines()).filter(|(_, line)| found(line));
    hits.map(|(number, line)| format!("{path}:{number}: {}", line.trim()))
        .collect()
}

/// Fails with `rule` and every place that breaks it.
pub(super) fn demand(rule: &str, broken: &[String]) {
    assert!(
        broken.is_empty(),
        "{rule}\n{} places break this:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

/// Whether `word` stands in `line` with nothing of an identifier before or after it.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part);
        let after = line[at + word.len()..].chars().next().is_some_and(part);
        !(before || after && word.ends_with(part))
    })
}

/// What a build made, what others wrote, and what is not committed.
const FOREIGN: [&str; 9] = [
    ".git",
    "target",
    "data",
    "node_modules",
    ".venv",
    ".cache",
    "__pycache__",
    "interop-go",
    ".issues",
];

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("an entry of a folder just opened").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_symlink() || FOREIGN.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            walk(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = skipped(rest).unwrap_or(0);
        if length == 0 {
            code.push(first);
            // An identifier is taken whole, so that the `r` of `for` never opens a raw string.
            let identifier = |c: char| c.is_alphanumeric() || c == '_';
            let end = if identifier(first) {
                rest.find(|c| !identifier(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            code.push_str(&rest[first.len_utf8()..end]);
            rest = &rest[end..];
        } else {
            code.extend(rest[..length].chars().filter(|c| *c == '\n'));
            rest = &rest[length..];
        }
    }
    code
}

/// How many bytes of comment, string or character begin here.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |at| at + 2));
    }
    let raw = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'));
    if let Some(raw) = raw.filter(|raw| raw.starts_with(['"', '#'])) {
        let hashes = raw.bytes().take_while(|byte| *byte == b'#').count();
        let body = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let body_at = rest.len() - body.len();
        return Some(body.find(&close).map_or(rest.len(), |at| body_at + at + close.len()));
    }
    let plain = rest
        .strip_prefix(['b', 'c'])
        .filter(|after| after.starts_with(['"', '\'']))
        .unwrap_or(rest);
    let prefix = rest.len() - plain.len();
    match plain.chars().next()? {
        '"' => Some(prefix + quoted(plain, '"')),
        '\'' if is_character(plain) => Some(prefix + quoted(plain, '\'')),
        _ => None,
    }
}

/// A character literal rather than a lifetime.
fn is_character(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn comments_and_texts_are_no_code() {
    let check = |text: &str, expected: &str| assert_eq!(code_only(text), expected, "{text}");
    check("a // b\nc", "a \nc");
    check("a /* b\n */ c", "a \n c");
    check("f(\"todo \\\" x\", 'y', b'\\'', '\\'')", "f(, , , )");
    check("r#\"dyn \" x\"# + br\"y\" + for_r(\"z\")", " +  + for_r()");
    check(
        "fn f<'a>(x: &'a str) -> &'static str",
        "fn f<'a>(x: &'a str) -> &'static str",
    );
}

#[test]
fn a_word_is_not_a_part_of_a_longer_one() {
    let check = |line: &str, word: &str, expected: bool| assert_eq!(has_word(line, word), expected, "{line} {word}");
    check("async fn f()", "async", true);
    check("use async_trait;", "async", false);
    check("dynamic(x)", "dyn ", false);
    check("Box<dyn Fn>", "dyn ", true);
}
