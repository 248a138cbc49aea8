//! `tests/rows/specifications.tsv`: the rules of the specifications, where each is kept, and what proves it.
//!
//! The last cell names rows of the kept lists, whose tests then count, or tests by `file::function`.

use super::kept::Row;
use crate::is_row_id;
use std::path::Path;

/// The file, from the root of the workspace.
pub const PATH: &str = "tests/rows/specifications.tsv";
const HEADER: &str = "specification\tsection\trule\twhere\tproof";

/// One rule of one paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub specification: String,
    pub section: String,
    pub rule: String,
    /// `file::symbol` each; empty while nothing keeps the rule.
    pub places: Vec<String>,
    /// Ids of rows, or `file::function`.
    pub proof: Vec<String>,
}

/// Reads the file. The error names the line that is wrong.
pub fn parse(text: &str) -> Result<Vec<Rule>, String> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(format!("{PATH}:1: the first line must be the header {HEADER:?}"));
    }
    (2..)
        .zip(lines)
        .map(|(number, line)| parse_rule(line).map_err(|why| format!("{PATH}:{number}: {why}")))
        .collect()
}

impl Rule {
    /// Places and proofs that do not exist (any more), a sentence each.
    pub fn problems(&self, root: &Path, kept: &[Row]) -> Vec<String> {
        let rule = format!("{PATH}: {} section {}", self.specification, self.section);
        let mut problems = Vec::new();
        for id in self.proof.iter().filter(|proof| is_row_id(proof)) {
            if !kept.iter().any(|row| row.id == *id) {
                problems.push(format!("{rule} names row {id}, which no list holds"));
            }
        }
        let tests = self.proof.iter().filter(|proof| !is_row_id(proof));
        for place in self.places.iter().chain(tests) {
            if let Some(why) = missing(root, place) {
                problems.push(format!("{rule} names {place}: {why}"));
            }
        }
        problems
    }
}

fn parse_rule(line: &str) -> Result<Rule, String> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [specification, section, rule, places, proof] = cells[..] else {
        return Err(format!("a rule has five cells, this one {}", cells.len()));
    };
    if proof.trim().is_empty() {
        return Err("a rule names at least one row or test as its proof".to_owned());
    }
    let list = |cell: &str| cell.split_whitespace().map(str::to_owned).collect();
    let [specification, section, rule] = [specification, section, rule].map(str::to_owned);
    Ok(Rule {
        specification,
        section,
        rule,
        places: list(places),
        proof: list(proof),
    })
}

/// Why `file::symbol` cannot be found; nothing when it can.
fn missing(root: &Path, place: &str) -> Option<String> {
    let (file, symbol) = place.split_once("::").unwrap_or((place, ""));
    let Ok(text) = std::fs::read_to_string(root.join(file)) else {
        return Some("there is no such file".to_owned());
    };
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    if symbol.is_empty() || words.any(|word| word == symbol) {
        return None;
    }
    Some(format!("the file has no {symbol}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_found_where_it_says_or_named() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let check = |place: &str, expected: Option<&str>| assert_eq!(missing(root, place).as_deref(), expected);
        check("src/covers.rs::is_row_id", None);
        check("src/covers.rs", None);
        check("src/covers.rs::is_row", Some("the file has no is_row"));
        check("src/nowhere.rs::a", Some("there is no such file"));
    }

    #[test]
    fn a_rule_without_proof_is_refused() {
        let error = parse(&format!("{HEADER}\nRFC 1\t1\tsomething\tsrc/lib.rs\t\n")).unwrap_err();
        assert!(error.contains("at least one"), "{error}");
    }
}
