//! The pages: sign-in, consent, sign-out, their forms and headers, what prompt asks of them, and what they never tell.
mod canaries;
mod consent;
mod cookies;
mod errors;
mod faults;
mod forms;
pub(crate) mod headers;
pub(crate) mod hostile;
mod lockout;
mod prompt;
mod rates;
mod recovery;
mod second_thoughts;
mod sessions;
mod sign_in;
mod sign_out;

use crate::app::{Answer, App, query_of};
use scraper::{Html, Selector};

/// The text of every element that `selector` finds.
pub(crate) fn texts(answer: &Answer, selector: &str) -> Vec<String> {
    let html = Html::parse_document(&answer.body);
    let selector = Selector::parse(selector).unwrap();
    let found = html.select(&selector);
    found.map(|e| e.text().collect::<String>().trim().to_owned()).collect()
}

/// The value of an attribute of every element that `selector` finds and that has it.
pub(crate) fn attributes(answer: &Answer, selector: &str, name: &str) -> Vec<String> {
    let html = Html::parse_document(&answer.body);
    let selector = Selector::parse(selector).unwrap();
    let found = html.select(&selector);
    found.filter_map(|e| e.attr(name).map(str::to_owned)).collect()
}

/// A parameter of the address a browser was sent on to; empty when it is not there.
fn parameter(target: &str, name: &str) -> String {
    let found = query_of(target).into_iter().find(|(n, _)| n == name);
    found.map(|(_, v)| v).unwrap_or_default()
}

/// How many answers to consent are remembered.
pub(crate) fn consents(app: &App) -> i64 {
    app.sql(|c| c.query_row("SELECT count(*) FROM consent", [], |row| row.get(0)))
}

/// Browser sessions that have not ended.
pub(crate) fn live_sessions(app: &App) -> i64 {
    let sql = "SELECT count(*) FROM browser_session WHERE ended_at IS NULL";
    app.sql(|c| c.query_row(sql, [], |row| row.get(0)))
}

/// What the page says of which page it is.
pub(crate) fn heading(answer: &Answer) -> String {
    texts(answer, "h1").concat()
}
