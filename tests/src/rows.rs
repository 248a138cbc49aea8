//! The kept lists, the tests that cover them, and the page made of both.
//!
//! Owns: reading and judging them together. The parts: `kept` (the lists), `coverage` (the search in the sources),
//! `specifications` (rules by paragraph), `page` (`docs/specs.md`).

pub mod coverage;
pub mod kept;
pub mod page;
pub mod specifications;

use coverage::Cover;
use kept::{List, Row, Status};
use specifications::Rule;
use std::path::{Path, PathBuf};

/// Where the generated page stands, from the root of the workspace.
pub const PAGE: &str = "docs/specs.md";

/// How to mend a stale list or page.
pub const MEND: &str = "cargo run -p grantor-tests --bin rows -- --write";

/// Everything the check looks at, as it stands on disk.
pub struct Rows {
    root: PathBuf,
    pub kept: Vec<Row>,
    pub rules: Vec<Rule>,
    pub covers: Vec<Cover>,
    misplaced: Vec<String>,
}

impl Rows {
    /// Reads lists and sources under `root`, the folder of the workspace. The error says which line of which list is wrong.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut kept = Vec::new();
        for list in List::ALL {
            kept.extend(kept::parse(*list, &text_of(&root.join(list.path()))?)?);
        }
        let rules = specifications::parse(&text_of(&root.join(specifications::PATH))?)?;
        let found = coverage::search(root)?;
        Ok(Self {
            root: root.to_owned(),
            kept,
            rules,
            covers: found.covers,
            misplaced: found.misplaced,
        })
    }

    /// Every row that is covered now: `open` becomes `now`. Nothing is ever flipped back, so a lost test stays a failure.
    pub fn settle(&mut self) {
        for row in &mut self.kept {
            if row.status == Status::Open && self.covers.iter().any(|cover| cover.id == row.id) {
                row.status = Status::Now;
            }
        }
    }

    /// Writes the lists and the page back.
    pub fn write(&self) -> Result<(), String> {
        for list in List::ALL {
            let rows: Vec<&Row> = self.kept.iter().filter(|row| row.list == *list).collect();
            write_to(&self.root.join(list.path()), &kept::print(&rows))?;
        }
        write_to(&self.root.join(PAGE), &page::print(self))
    }

    /// What is wrong, a sentence each; empty when every row has its test or waits.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.misplaced.clone();
        problems.extend(self.unknown_covers());
        problems.extend(self.kept.iter().filter_map(|row| self.wrong_status(row)));
        problems.extend(self.rules.iter().flat_map(|rule| rule.problems(&self.root, &self.kept)));
        if text_of(&self.root.join(PAGE)).ok() != Some(page::print(self)) {
            problems.push(format!("{PAGE} is not what the lists and tests say: run `{MEND}`"));
        }
        problems
    }

    /// The tests that cover `id`, as `file::function`.
    pub fn tests_of(&self, id: &str) -> Vec<String> {
        self.covers
            .iter()
            .filter(|cover| cover.id == id)
            .map(Cover::place)
            .collect()
    }

    fn unknown_covers(&self) -> impl Iterator<Item = String> {
        let unknown = self
            .covers
            .iter()
            .filter(|cover| !self.kept.iter().any(|row| row.id == cover.id));
        unknown.map(|cover| {
            format!(
                "{} covers {}, which no list under tests/rows holds",
                cover.place(),
                cover.id
            )
        })
    }

    fn wrong_status(&self, row: &Row) -> Option<String> {
        let id = &row.id;
        match (row.status, self.tests_of(id).first()) {
            (Status::Now, None) => Some(format!("{id} ({}) is `now` but no test covers it", row.promise)),
            (Status::Open, Some(test)) => Some(format!("{id} is `open` but {test} covers it: run `{MEND}`")),
            _ => None,
        }
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write_to(path: &Path, text: &str) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
