//! The kept lists: `tests/rows/behaviours.tsv` and `tests/rows/attacks.tsv`, one row a line.

use crate::is_row_id;

const HEADER: &str = "id\tsection\tpromise\tstatus\twaits for";

/// Which list a row stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Behaviours,
    Attacks,
}

impl List {
    pub const ALL: &'static [Self] = &[Self::Behaviours, Self::Attacks];

    /// The file, from the root of the workspace.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Behaviours => "tests/rows/behaviours.tsv",
            Self::Attacks => "tests/rows/attacks.tsv",
        }
    }
}

/// How far a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A test covers it; losing the test is a failure.
    Now,
    /// Due now, not yet covered; the first test that covers it flips it to `now`.
    Open,
    /// Comes with a later step.
    Step(u8),
    /// Comes with a feature that no step names yet.
    Later,
}

impl Status {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "now" => Some(Self::Now),
            "open" => Some(Self::Open),
            "later" => Some(Self::Later),
            _ => text.strip_prefix("step ")?.parse().ok().map(Self::Step),
        }
    }

    /// A waiting row must say what for; others may name the half that waits.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Step(_) | Self::Later)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Open => f.write_str("open"),
            Self::Step(number) => write!(f, "step {number}"),
            Self::Later => f.write_str("later"),
        }
    }
}

/// One promise or attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub list: List,
    pub id: String,
    pub section: String,
    pub promise: String,
    pub status: Status,
    pub waits_for: String,
}

/// Reads a list. The error names the line that is wrong.
pub fn parse(list: List, text: &str) -> Result<Vec<Row>, String> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(format!(
            "{}:1: the first line must be the header {HEADER:?}",
            list.path()
        ));
    }
    let mut rows: Vec<Row> = Vec::new();
    for (number, line) in (2..).zip(lines) {
        let row = parse_row(list, line).map_err(|problem| format!("{}:{number}: {problem}", list.path()))?;
        if rows.iter().any(|earlier| earlier.id == row.id) {
            return Err(format!("{}:{number}: {} is listed twice", list.path(), row.id));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The list as `parse` reads it.
pub fn print(rows: &[&Row]) -> String {
    let mut text = format!("{HEADER}\n");
    for row in rows {
        text += &format!(
            "{}\t{}\t{}\t{}\t{}\n",
            row.id, row.section, row.promise, row.status, row.waits_for
        );
    }
    text
}

fn parse_row(list: List, line: &str) -> Result<Row, String> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, section, promise, status, waits_for] = cells[..] else {
        return Err(format!("a row has five cells, this one {}", cells.len()));
    };
    if !is_row_id(id) {
        return Err(format!("{id:?} is not the id of a row"));
    }
    let status =
        Status::parse(status).ok_or_else(|| format!("{status:?} is none of `now`, `open`, `step N`, `later`"))?;
    if status.waits() && waits_for.is_empty() {
        return Err(format!("{id} must say what it waits for"));
    }
    let [id, section, promise, waits_for] = [id, section, promise, waits_for].map(str::to_owned);
    Ok(Row {
        list,
        id,
        section,
        promise,
        status,
        waits_for,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Vec<Row>, String> {
        parse(List::Attacks, &format!("{HEADER}\n{line}\n"))
    }

    #[test]
    fn a_list_prints_as_it_was_read() {
        let text = format!("{HEADER}\nA-01\ts\tp\topen\t\nA-02\ts\tp\tstep 2\trefresh\nA-03\ts\tp\tlater\tmail\n");
        let rows = parse(List::Behaviours, &text).unwrap();
        assert_eq!(print(&rows.iter().collect::<Vec<_>>()), text);
        assert_eq!(rows[1].status, Status::Step(2));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let check = |line: &str, expected: &str| {
            let error = read(line).unwrap_err();
            assert!(
                error.starts_with("tests/rows/attacks.tsv:") && error.contains(expected),
                "{error}"
            );
        };
        check("O-001\ts\tp\topen", "five cells");
        check("O-1\ts\tp\topen\t", "not the id");
        check("O-001\ts\tp\tdone\t", "none of");
        check("O-001\ts\tp\tstep 3\t", "waits for");
        check("O-001\ts\tp\tlater\t", "waits for");
        check("O-001\ts\tp\topen\t\nO-001\ts\tp\topen\t", "listed twice");
    }
}
