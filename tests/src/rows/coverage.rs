//! The search for `covers!(…)` and `covers:` comments in tests.
//!
//! Owns: finding which test claims which row. It reads text, not syntax trees: a claim stands inside its test function.

use crate::is_row_id;
use std::path::Path;

/// One claim: this test proves this row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cover {
    pub id: String,
    /// From the root of the workspace, with `/`.
    pub file: String,
    pub test: String,
}

impl Cover {
    /// `file::function`, or the file alone where a script has no function there.
    pub fn place(&self) -> String {
        if self.test.is_empty() {
            self.file.clone()
        } else {
            format!("{}::{}", self.file, self.test)
        }
    }
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    pub covers: Vec<Cover>,
    /// Claims that prove nothing: outside a test, or with an id of the wrong shape.
    pub misplaced: Vec<String>,
}

/// Searches all tests under `crates/`, `tests/` and `docker/`, in a stable order.
pub fn search(root: &Path) -> Result<Found, String> {
    let mut files = Vec::new();
    for folder in ["crates", "tests", "docker"] {
        walk(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut found = Found::default();
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('\\', "/");
        if !name.starts_with("tests/src/") {
            search_text(&name, &text, &mut found);
        }
    }
    found.covers.sort();
    found.covers.dedup();
    Ok(found)
}

/// Folders that hold what others wrote or what a build made.
const FOREIGN: [&str; 5] = ["target", "node_modules", ".venv", ".cache", "__pycache__"];

fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !FOREIGN.contains(&name.as_str()) {
                walk(&path, files)?;
            }
        } else if [".rs", ".py", ".js", ".mjs", ".go"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            files.push(path);
        }
    }
    Ok(())
}

fn search_text(file: &str, text: &str, found: &mut Found) {
    let rust = file.ends_with(".rs");
    let mut place = Place::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        place.enter(line, rust);
        if let Some(ids) = comment_claim(line) {
            let test = if rust || line.starts_with([' ', '\t']) {
                place.name.clone()
            } else {
                next_name(after)
            };
            claim(file, &place, test.unwrap_or_default(), ids.split_whitespace(), found);
        } else if let Some(at) = macro_claim(line, rust) {
            let body = rest[at..].split_once(')').map_or("", |(body, _)| body);
            claim(
                file,
                &place,
                place.name.clone().unwrap_or_default(),
                quoted(body),
                found,
            );
        }
        rest = after;
    }
}

/// The function a line belongs to.
#[derive(Default)]
struct Place {
    attribute_of_test: bool,
    name: Option<String>,
    is_test: bool,
}

impl Place {
    fn enter(&mut self, line: &str, rust: bool) {
        let line = line.trim_start();
        if line.starts_with("#[") && ["[test]", "::test]", "::test("].iter().any(|end| line.contains(end)) {
            self.attribute_of_test = true;
        } else if let Some(name) = function_name(line) {
            self.name = Some(name);
            self.is_test = !rust || self.attribute_of_test;
            self.attribute_of_test = false;
        }
    }
}

fn claim<'a>(file: &str, place: &Place, test: String, ids: impl Iterator<Item = &'a str>, found: &mut Found) {
    for id in ids {
        if !is_row_id(id) {
            found
                .misplaced
                .push(format!("{file}: covers {id:?}, which is not the id of a row"));
        } else if file.ends_with(".rs") && !place.is_test {
            found
                .misplaced
                .push(format!("{file}: the claim on {id} stands outside a test function"));
        } else {
            found.covers.push(Cover {
                id: id.to_owned(),
                file: file.to_owned(),
                test: test.clone(),
            });
        }
    }
}

fn comment_claim(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("// covers:")
        .or_else(|| line.strip_prefix("# covers:"))
}

/// Where the arguments of a `covers!` on this line begin.
fn macro_claim(line: &str, rust: bool) -> Option<usize> {
    let at = line.find("covers!(")?;
    (rust && !line[..at].contains("//")).then_some(at + "covers!(".len())
}

fn quoted(body: &str) -> impl Iterator<Item = &str> {
    body.split('"').skip(1).step_by(2)
}

fn function_name(line: &str) -> Option<String> {
    const WORDS: [&str; 8] = [
        "pub(crate) ",
        "pub ",
        "export ",
        "default ",
        "async ",
        "const ",
        "unsafe ",
        "static ",
    ];
    let mut line = line.trim_start();
    while let Some(shorter) = WORDS.iter().find_map(|word| line.strip_prefix(word)) {
        line = shorter;
    }
    let after = ["fn ", "def ", "function ", "func "]
        .iter()
        .find_map(|word| line.strip_prefix(word))?;
    let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The function declared right below a comment; nothing when the comment heads the file.
fn next_name(after: &str) -> Option<String> {
    let comment = |line: &&str| line.starts_with("//") || line.starts_with('#');
    after.lines().find(|line| !comment(line)).and_then(function_name)
}

#[cfg(test)]
mod tests;
