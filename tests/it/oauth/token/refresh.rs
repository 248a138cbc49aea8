//! The refresh grant (RFC 6749 section 6; RFC 9700 section 4.14; decision 16).
mod at_rest;
mod ends;
mod faults;
mod life;
mod races;
mod refusals;
mod scope;
mod sessions;
mod strangers;
mod wishes;

use crate::app::{Answer, App, Client};

/// One application for each way refresh tokens are kept, with a scope that lasts beyond the browser session.
const EACH: [(&str, &str); 4] = [
    ("keep", "openid offline_access read"),
    ("strict", "read"),
    ("still", "read"),
    ("spa", "openid offline_access read"),
];

/// What the row of a grant says of its refresh tokens.
#[derive(Debug, PartialEq, Eq)]
struct Family {
    id: String,
    generation: i64,
    rotated_at: i64,
    last_used_at: i64,
    revoked_at: Option<i64>,
}

fn families(app: &App) -> Vec<Family> {
    let sql = "SELECT id, generation, rotated_at, last_used_at, revoked_at FROM authorization_grant ORDER BY id";
    app.sql(|db| {
        let statement = db.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(Family {
                id: row.get(0)?,
                generation: row.get(1)?,
                rotated_at: row.get(2)?,
                last_used_at: row.get(3)?,
                revoked_at: row.get(4)?,
            })
        })?;
        rows.collect()
    })
}

/// A use with further parameters.
async fn refresh_with(client: &Client<'_>, token: &str, more: &[(&str, &str)]) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    client.token(&[&form, more].concat()).await
}

/// The control: a use that is answered with tokens. The newest refresh token from then on.
#[track_caller]
fn newest(answer: &Answer, before: &str) -> String {
    let successor = answer.assert_tokens().member("refresh_token");
    if successor.is_empty() {
        before.to_owned()
    } else {
        successor
    }
}

/// The first refresh token of alice with an application.
async fn first(app: &App, id: &str, scope: &str) -> String {
    let tokens = app.tokens_for(id, "alice", scope).await;
    let token = tokens.assert_tokens().member("refresh_token");
    assert!(!token.is_empty(), "{id}");
    token
}
