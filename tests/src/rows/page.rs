//! `docs/specs.md`: the rules by specification, then every row with its status and its tests.

use super::kept::{List, Row, Status};
use super::specifications::Rule;
use super::{MEND, Rows};

/// The whole page; the same lists and tests always give the same text.
pub fn print(rows: &Rows) -> String {
    let mut page = format!(
        "{}\n## How far it is\n\n{}",
        INTRODUCTION.replace("{MEND}", MEND),
        summary(&rows.kept)
    );
    page += "\n## Specifications\n";
    for specification in in_order(rows.rules.iter().map(|rule| rule.specification.as_str())) {
        page += &format!("\n### {specification}\n\n| section | rule | where | test |\n| --- | --- | --- | --- |\n");
        for rule in rows.rules.iter().filter(|rule| rule.specification == specification) {
            page += &rule_line(rule, rows);
        }
    }
    for list in List::ALL {
        page += &format!("\n## {}\n\n{}", title(*list), rows_table(*list, rows));
    }
    page
}

const INTRODUCTION: &str = "\
# Specifications, promises, attacks

Made from `tests/rows/*.tsv` and from what the tests say they cover; do not edit, run `{MEND}`.

A test claims a row by `covers!(\"A-07\")` or the comment `covers: A-07`. The statuses:

- **now**: a test covers it, and losing that test fails the build.
- **open**: due, and not yet covered by any test.
- **step N**, **later**: waits for what is named. Tests listed there cover what exists of it already.

A row that is `now` or `open` may name a half that waits.

Expected answers are short for: `PAGE s` our own HTML page with that status, no Location, nothing reflected unescaped ·
`REDIR e` a redirect to the registered URI with `error=e`, the same `state`, and `iss` · `JSON s e` that status and
`{\"error\":\"e\"}`, not stored · `401 IC` invalid_client · `BEARER s e` that status with `WWW-Authenticate: Bearer error=\"e\"` ·
`INACTIVE` exactly `{\"active\":false}`. ‡ marks an attack that blocks a release. A is a confidential web client, B another owner's,
P and P2 public ones, N a native one; R1 and R2 are resource servers, T1 and T2 tenants.
";

const fn title(list: List) -> &'static str {
    match list {
        List::Behaviours => "Promises",
        List::Attacks => "Attacks",
    }
}

fn summary(kept: &[Row]) -> String {
    let mut table = "| rows | now | open | waits for a step | later |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for list in List::ALL {
        let count = |wanted: fn(Status) -> bool| {
            kept.iter()
                .filter(|row| row.list == *list && wanted(row.status))
                .count()
                .to_string()
        };
        table += &line(&[
            title(*list),
            &count(|status| status == Status::Now),
            &count(|status| status == Status::Open),
            &count(|status| matches!(status, Status::Step(_))),
            &count(|status| status == Status::Later),
        ]);
    }
    table
}

fn rule_line(rule: &Rule, rows: &Rows) -> String {
    let (named, ids): (Vec<&String>, Vec<&String>) = rule.proof.iter().partition(|proof| proof.contains("::"));
    let mut tests: Vec<String> = named.into_iter().cloned().collect();
    tests.extend(ids.iter().flat_map(|id| rows.tests_of(id)));
    let pending = format!("**{}**", pending(&ids, rows));
    let shown = |texts: &[&str]| {
        if texts.is_empty() {
            pending.clone()
        } else {
            code_list(texts)
        }
    };
    let places = shown(&in_order(rule.places.iter().map(String::as_str)));
    let tests = shown(&in_order(tests.iter().map(String::as_str)));
    let ids = ids.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    line(&[&rule.section, &rule.rule, &places, format!("{tests} {ids}").trim_end()])
}

/// What a rule without a place or a test is: due, or waiting as all of its rows do.
fn pending(ids: &[&String], rows: &Rows) -> Status {
    let mut statuses = rows
        .kept
        .iter()
        .filter(|row| ids.contains(&&row.id))
        .map(|row| row.status);
    let first = statuses.next().unwrap_or(Status::Open);
    if first.waits() && statuses.all(Status::waits) {
        first
    } else {
        Status::Open
    }
}

fn rows_table(list: List, rows: &Rows) -> String {
    let mut table = "| id | section | promise | status | tests |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for row in rows.kept.iter().filter(|row| row.list == list) {
        let mark = if row.status.waits() { ":" } else { ";" };
        let half = if row.waits_for.is_empty() {
            String::new()
        } else {
            format!("{mark} {}", row.waits_for)
        };
        let status = format!("**{}**{half}", row.status);
        table += &line(&[
            &row.id,
            &row.section,
            &row.promise,
            &status,
            &code_list(&rows.tests_of(&row.id)),
        ]);
    }
    table
}

fn code_list<T: AsRef<str>>(texts: &[T]) -> String {
    texts
        .iter()
        .map(|text| format!("`{}`", text.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

fn line(cells: &[&str]) -> String {
    format!(
        "| {} |\n",
        cells
            .iter()
            .map(|cell| cell.replace('|', "\\|"))
            .collect::<Vec<_>>()
            .join(" | ")
    )
}

/// Each text once, in the order of first appearance.
fn in_order<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}
