//! Text that would like to be something else, in every member, filter and path of the API: it comes back as it was, or is refused.
mod names;
mod paths;
mod refused;

use super::admin::fields;
use crate::app::Answer;
use crate::oauth::hostile_text::check;

fn is_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Refused by its field, and nothing of the inside is said.
#[track_caller]
fn assert_refused(what: &str, answer: &Answer, field: &str) {
    check(what, answer);
    let found = fields(answer);
    assert!(found.iter().all(|f| f.starts_with(field)), "{what}: {found:?}");
}
