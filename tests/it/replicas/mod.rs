//! Several servers on one database: what one does counts at the others, whatever time they think it is, and nothing is done twice.
mod behind;
mod clocks;
mod codes;
mod jobs;
mod lost;

use crate::app::App;

/// Grants there are, and those of them that are not revoked.
fn grants(app: &App) -> (i64, i64) {
    let sql = "SELECT COUNT(*), COUNT(*) FILTER (WHERE revoked_at IS NULL) FROM authorization_grant";
    app.sql(|on| on.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))))
}
