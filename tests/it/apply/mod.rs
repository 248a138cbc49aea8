//! Applications, resource servers and users as documents. The command line is tested in `crates/server/tests`.
mod applications;
mod documents;
mod ends;
mod feed;
mod management;
mod resource_servers;

use crate::app::{App, Row};
use rusqlite::types::Value;

/// Every row of the durable database as text, in a stable order: equal before and after means that nothing was written.
pub(crate) fn rows(app: &App) -> Vec<String> {
    app.sql(|on| {
        let mut all = Vec::new();
        // Short-lived data is no part of it, wherever it is kept, nor is whose turn the jobs are.
        let apart = ["ephemeral", "job_lease"];
        for table in on
            .tables()?
            .into_iter()
            .filter(|table| !apart.contains(&table.as_str()))
        {
            let rows = on.table(&table)?;
            let cells = |row: &Row| row.values().iter().map(text).collect::<Vec<_>>().join("|");
            let mut found: Vec<String> = rows.iter().map(|row| format!("{table}: {}", cells(row))).collect();
            found.sort();
            all.append(&mut found);
        }
        Ok(all)
    })
}

/// What is saved of records: rows, without what is written in batches beside requests (when a secret was last used, tallies).
pub(crate) fn saved(app: &App) -> Vec<String> {
    let last_used = |row: String| match row.starts_with("client_secret: ") {
        true => row.rsplit_once('|').map_or(row.clone(), |(rest, _)| rest.to_owned()),
        false => row,
    };
    let kept = rows(app).into_iter().filter(|row| !row.starts_with("token_tally: "));
    kept.map(last_used).collect()
}

/// What is saved is what was saved before.
#[track_caller]
pub(crate) fn assert_unsaved(app: &App, before: &[String], what: &str) {
    let now = saved(app);
    assert!(now == before, "{what}: {}", differing(before, &now));
}

fn differing(before: &[String], now: &[String]) -> String {
    let gone: Vec<_> = before.iter().filter(|row| !now.contains(row)).collect();
    let new: Vec<_> = now.iter().filter(|row| !before.contains(row)).collect();
    format!("gone {gone:#?}, new {new:#?}")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("{bytes:02x?}"),
    }
}

/// The document is refused, the refusal names `field`, and nothing of it is written.
async fn assert_refused(app: &App, what: &str, field: &str, edit: impl FnOnce(&mut toml::Table)) {
    let before = rows(app);
    let refusal = app.edit(edit).await.expect_err(what);
    assert!(refusal.contains(field), "{what}: {refusal}");
    assert_same(app, &before, what);
}

/// The database holds what it held before; only rows that differ are printed.
#[track_caller]
fn assert_same(app: &App, before: &[String], what: &str) {
    let now = rows(app);
    assert!(now == before, "{what}: {}", differing(before, &now));
}
