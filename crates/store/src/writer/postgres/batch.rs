//! The kinds whose rows are judged: many codes redeemed, refresh tokens used and tokens revoked by one statement each.
use super::columns::Columns;
use super::session::Session;
use super::{Done, Numbered};
use crate::Result;
use crate::grants::{Row as Family, record};
use crate::revocations::NewRevocation;
use crate::writer::commands::{Command, NewReplay, Outcome, RefreshUse};
use crate::writer::unit::{Row, Unit, Value, values};
use crate::writer::{codes, events, grants, refresh};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::token::refresh_token::Refresh;
use std::collections::{HashMap, HashSet};

/// One redemption of a batch.
struct Redemption<'a> {
    place: usize,
    key: &'a RealmKey,
    code_mac: &'a [u8; 32],
    grant: &'a crate::grants::NewGrant,
    max_attempts: i64,
    replay: &'a NewReplay,
}

/// The first caller for each code; who wins is answered. The others, and whoever lost, are left to run alone.
pub(super) fn redeem(session: &Session, batch: &[Numbered<'_>]) -> Result<Done> {
    let mut redemptions = first_of_each(batch);
    // Everybody locks codes in the same order.
    redemptions.sort_by_key(|r| (r.key.clone(), *r.code_mac));
    hold_sessions(session, &redemptions)?;
    let asked = redemptions.iter().map(|r| {
        let bound = codes::is_session_bound(r.grant);
        let (now, place) = (r.replay.now.0, number(r.place));
        values![
            &*r.key.tenant,
            &*r.key.realm,
            r.code_mac,
            now,
            r.max_attempts,
            bound,
            place
        ]
        .to_vec()
    });
    let granted = redemptions.iter().map(|r| {
        let mut row = grants::row(r.key, r.grant, r.replay.now).to_vec();
        row.push(Value::Number(number(r.place)));
        row
    });
    let mut columns = Columns::default();
    let asked = columns.add(&asked.collect::<Vec<_>>())?;
    let granted = columns.add(&granted.collect::<Vec<_>>())?;
    let names = grants::INSERT.columns;
    let sql = format!(
        "WITH asked AS (SELECT * FROM {asked} AS a(tenant, realm, code_mac, at, most, bound, place)),
         won AS (UPDATE authorization_code c SET redeemed_at = a.at FROM asked a
             WHERE c.tenant = a.tenant AND c.realm = a.realm AND c.code_mac = a.code_mac
             AND c.redeemed_at IS NULL AND c.expires_at > a.at AND c.failed_attempts < a.most
             AND NOT (a.bound AND EXISTS (SELECT 1 FROM browser_session s
                     WHERE s.tenant = c.tenant AND s.realm = c.realm AND s.sid = c.sid)
                 AND NOT EXISTS (SELECT 1 FROM browser_session s
                     WHERE s.tenant = c.tenant AND s.realm = c.realm AND s.sid = c.sid AND s.ended_at IS NULL))
             RETURNING a.place),
         born AS (INSERT INTO authorization_grant ({names})
             SELECT {names} FROM {granted} AS g({names}, place) WHERE g.place IN (SELECT place FROM won))
         SELECT place FROM won"
    );
    let won = session.over(sql, columns)?;
    won.iter()
        .map(|row| Ok((place(&Row::Postgres(row))?, Outcome::Won)))
        .collect()
}

/// The redemptions of a batch, the first caller for each code.
fn first_of_each<'a>(batch: &[Numbered<'a>]) -> Vec<Redemption<'a>> {
    let mut seen = HashSet::new();
    let redemptions = batch.iter().filter_map(|(place, command)| match command {
        Command::RedeemCode {
            key,
            code_mac,
            grant,
            max_attempts,
            replay,
        } => Some(Redemption {
            place: *place,
            key,
            code_mac,
            grant,
            max_attempts: *max_attempts,
            replay,
        }),
        _ => None,
    });
    redemptions.filter(|r| seen.insert((r.key, r.code_mac))).collect()
}

/// Whoever ends a session that something is about to hang on waits, and finds it.
fn hold_sessions(session: &Session, redemptions: &[Redemption<'_>]) -> Result<()> {
    let bound = redemptions.iter().filter(|r| codes::is_session_bound(r.grant));
    let bound: Vec<_> = bound
        .map(|r| values![&*r.key.tenant, &*r.key.realm, r.code_mac].to_vec())
        .collect();
    if bound.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    let asked = columns.add(&bound)?;
    let sql = format!(
        "SELECT s.sid FROM {asked} AS a(tenant, realm, code_mac)
         JOIN authorization_code c ON c.tenant = a.tenant AND c.realm = a.realm AND c.code_mac = a.code_mac
         JOIN browser_session s ON s.tenant = c.tenant AND s.realm = c.realm AND s.sid = c.sid
         ORDER BY s.tenant, s.realm, s.id_mac FOR SHARE OF s"
    );
    session.over(sql, columns).map(drop)
}

/// The first use of each family; the others are left to run alone, after it.
pub(super) fn refresh(session: &Session, batch: &[Numbered<'_>]) -> Result<Done> {
    let mut uses: HashMap<(&RealmKey, &str), (usize, &RefreshUse)> = HashMap::new();
    for (place, command) in batch {
        if let Command::UseRefresh(used) = command {
            uses.entry((&used.client.key, &used.grant)).or_insert((*place, used));
        }
    }
    let mut uses: Vec<_> = uses.into_values().collect();
    uses.sort_by_key(|(_, used)| (used.client.key.clone(), used.grant.clone()));
    let asked = uses.iter().map(|(place, used)| {
        let key = &used.client.key;
        values![&*key.tenant, &*key.realm, &used.grant, number(*place)].to_vec()
    });
    let mut columns = Columns::default();
    let asked = columns.add(&asked.collect::<Vec<_>>())?;
    let (head, tail) = Family::parts();
    let sql = format!(
        "SELECT a.place, {head} FROM {asked} AS a(tenant, realm, id, place)
         JOIN authorization_grant g ON g.tenant = a.tenant AND g.realm = a.realm AND g.id = a.id {tail}
         ORDER BY g.tenant, g.realm, g.id FOR UPDATE OF g"
    );
    let mut records = HashMap::new();
    for row in session.over(sql, columns)? {
        let row = Row::Postgres(&row);
        if let Some(record) = record(Family::read(&row)?)? {
            records.insert(place(&row)?, record);
        }
    }
    let mut judged = Vec::new();
    let mut done = Done::new();
    for (place, used) in uses {
        match records.remove(&place) {
            Some(record) => {
                let verdict = refresh::judge(used, &record);
                judged.push((place, used, record, verdict));
            }
            None => done.push((place, Outcome::Lost)),
        }
    }
    move_on(session, judged.iter().map(|(_, used, _, verdict)| (*used, verdict)))?;
    for (place, used, record, verdict) in judged {
        done.push((
            place,
            refresh::conclude(Unit::Postgres(session), used, record, verdict)?,
        ));
    }
    Ok(done)
}

/// What [`refresh::judge_and_use`] writes for one family, for many.
fn move_on<'a>(session: &Session, uses: impl Iterator<Item = (&'a RefreshUse, &'a Refresh)>) -> Result<()> {
    let rows = uses
        .filter(|(_, verdict)| refresh::is_use(verdict))
        .map(|(used, verdict)| {
            let key = &used.client.key;
            let (moved, fresh) = (i64::from(*verdict == Refresh::Rotate), *verdict != Refresh::Repeat);
            let (now, until) = (used.now.0, used.tokens_end_at.0);
            values![&*key.tenant, &*key.realm, &used.grant, moved, now, fresh, until].to_vec()
        });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    let used = columns.add(&rows)?;
    let sql = format!(
        "WITH used AS (SELECT * FROM {used} AS u(tenant, realm, id, moved, now, fresh, until))
         UPDATE authorization_grant g SET generation = g.generation + u.moved,
         rotated_at = CASE WHEN u.moved = 1 THEN u.now ELSE g.rotated_at END,
         last_used_at = CASE WHEN u.fresh THEN GREATEST(g.last_used_at, u.now) ELSE g.last_used_at END,
         tokens_end_at = GREATEST(g.tokens_end_at, u.until), expires_at = GREATEST(g.expires_at, u.until)
         FROM used u WHERE g.tenant = u.tenant AND g.realm = u.realm AND g.id = u.id"
    );
    session.over(sql, columns).map(drop)
}

/// Revocations, their changes and their events.
pub(super) fn revoke(session: &Session, batch: &[Numbered<'_>]) -> Result<()> {
    let given = batch.iter().filter_map(|(_, command)| match command {
        Command::Revoke(key, revocation) => Some((key, revocation, None)),
        Command::RevokeToken { key, revocation, event } => Some((key, &**revocation, Some(event))),
        _ => None,
    });
    let given: Vec<(&RealmKey, &NewRevocation, _)> = given.collect();
    let rows = given.iter().map(|(key, revocation, _)| {
        let (kind, subject) = (revocation.revoked.kind(), revocation.revoked.subject());
        let (at, until) = (revocation.at.0, revocation.expires_at.0);
        values![&*key.tenant, &*key.realm, kind, subject, at, until].to_vec()
    });
    let told = given
        .iter()
        .filter_map(|(key, _, event)| Some(events::row(key, (*event)?).to_vec()));
    let told: Vec<_> = told.collect();
    let mut columns = Columns::default();
    let rows = columns.add(&rows.collect::<Vec<_>>())?;
    let told = match told.is_empty() {
        true => String::new(),
        false => {
            let (table, names) = (events::INSERT.table, events::INSERT.columns);
            format!(
                ", told AS (INSERT INTO {table} ({names}) SELECT * FROM {})",
                columns.add(&told)?
            )
        }
    };
    let sql = format!(
        "WITH given AS (SELECT * FROM {rows} AS g(tenant, realm, kind, subject, at, until)),
         widened AS (INSERT INTO revocation (tenant, realm, kind, subject, revoked_at, expires_at)
             SELECT tenant, realm, kind, subject, MAX(at), MAX(until) FROM given GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
             ON CONFLICT (tenant, realm, kind, subject) DO UPDATE SET
             revoked_at = GREATEST(revocation.revoked_at, excluded.revoked_at),
             expires_at = GREATEST(revocation.expires_at, excluded.expires_at)){told}
         INSERT INTO change (tenant, realm, kind, subject, at)
         SELECT tenant, realm, 'revocation', kind || ':' || subject, at FROM given"
    );
    session.over(sql, columns).map(drop)
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

fn place(row: &Row<'_>) -> Result<usize> {
    Ok(usize::try_from(row.number("place")?).unwrap_or(usize::MAX))
}
