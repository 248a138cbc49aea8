//! How SQLite goes about every statement that is written out in this crate: by an index that tells rows of a realm apart,
//! never through a whole table or a whole realm, and never sorting what it found.
use crate::database::sqlite;
use rusqlite::Connection;
use std::path::Path;

/// What is read whole because it is small, or walked from its end: part of the statement, part of the plan.
const ALLOWED: [(&str, &str); 4] = [
    ("sqlite_master", "SCAN"),
    ("SELECT sealed FROM data_key LIMIT 1", "SCAN data_key"),
    // `grantor doctor` looks at every application, when somebody asks it to.
    ("FROM client c WHERE c.enabled AND EXISTS", "SCAN c"),
    // From the oldest on, a batch at a time.
    ("DELETE FROM change WHERE seq IN", "SCAN change"),
];

/// The sources of the crate, each whole.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What PostgreSQL alone is asked, and what is copied, whole tables, is none of it.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.contains("postgres") || name == "copy.rs" {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The string literals of a source that are statements.
fn statements(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for verb in ["SELECT ", "UPDATE ", "DELETE FROM "] {
        for (at, _) in source.match_indices(&format!("\"{verb}")) {
            let text = source[at + 1..].replace("\\\"", "\u{1}");
            found.push(text[..text.find('"').unwrap()].replace('\u{1}', "\""));
        }
    }
    found
}

/// The pairs of table and column whose rows are deleted by time, as the source of that job names them.
fn batches(source: &str) -> Vec<(String, String)> {
    let quoted = |text: &str| {
        text.split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (_, tables) = source.split_once("const TABLES").unwrap();
    let tables = quoted(tables.split_once("];").unwrap().0);
    let mut found: Vec<_> = tables.into_iter().map(|t| (t, "expires_at".to_owned())).collect();
    for call in source.split("batch(on, \"").skip(1) {
        let names = quoted(&format!("\"{}", &call[..call.find(')').unwrap()]));
        found.push((names[0].clone(), names[1].clone()));
    }
    found
}

/// Every statement, those with a place for a table and a column once for each they are used with.
fn all() -> Vec<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut found = Vec::new();
    for source in &files {
        for statement in statements(source) {
            if statement.contains("{table}") {
                let filled = batches(source).into_iter();
                found.extend(filled.map(|(t, c)| statement.replace("{table}", &t).replace("{column}", &c)));
            } else {
                found.push(statement);
            }
        }
    }
    found
}

/// What is wrong with a line of a plan.
fn fault(line: &str) -> Option<&'static str> {
    let whole_realm = line.ends_with("(tenant=? AND realm=?)");
    match line {
        _ if line.starts_with("SCAN") && line != "SCAN CONSTANT ROW" => Some("reads the whole table"),
        _ if whole_realm => Some("reads the whole realm"),
        _ if line.starts_with("USE TEMP B-TREE") => Some("sorts"),
        _ => None,
    }
}

/// Every line of every plan that is wrong, with its statement.
fn faults(connection: &Connection, statements: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    for sql in statements {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect(sql);
        for number in 1..=explain.parameter_count() {
            explain.raw_bind_parameter(number, 1).unwrap();
        }
        let mut rows = explain.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let line: String = row.get(3).unwrap();
            let allowed = ALLOWED
                .iter()
                .any(|(part, plan)| sql.contains(part) && line.starts_with(plan));
            faults.extend(
                fault(&line)
                    .filter(|_| !allowed)
                    .map(|why| format!("{why}: {line}\n  {sql}")),
            );
        }
    }
    faults
}

#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index() {
    let database = sqlite().await;
    let connection = database.sqlite().unwrap();
    let statements = all();
    let found = faults(&connection, &statements);
    assert!(found.is_empty(), "{}", found.join("\n"));
    // Without the indexes of sessions and of ends, what is found by them is not.
    let sql = "SELECT 'DROP INDEX ' || name FROM sqlite_master WHERE type = 'index' AND (sql LIKE '%\"sid\"%' OR sql LIKE '%\"expires_at\"%')";
    let mut named = connection.prepare(sql).unwrap();
    let drops: Vec<String> = named
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for drop in &drops {
        connection.execute_batch(drop).unwrap();
    }
    let found = faults(&connection, &statements);
    let whole = |what: &str| found.iter().filter(|f| f.starts_with(what)).count();
    // Redeeming a code looks at its session three times.
    let more = 2;
    assert_eq!(
        drops.len() + more,
        whole("reads the whole table") + whole("reads the whole realm"),
        "{drops:?} {found:?}"
    );
    assert_eq!(whole("reads the whole realm"), 2 + more);
}
