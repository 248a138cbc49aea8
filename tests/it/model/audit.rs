//! What holds after every step, whatever it was.
use super::world::{Effect, World};
use crate::app::{Row, Sql};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The tables of facts, each with the column that a refused request may change: it counts refusals, tells when something was last
/// looked at, or until when a key answers at least.
const FACTS: [(&str, &str); 10] = [
    ("authorization_code", "failed_attempts"),
    ("authorization_grant", ""),
    ("browser_session", "last_seen_at"),
    ("client", ""),
    ("consent", ""),
    ("change", ""),
    ("reference_token", ""),
    ("revocation", ""),
    ("signing_key", "tokens_end_at"),
    ("user", ""),
];

/// So many families are asked about; the rows of all are looked at.
const FAMILIES: usize = 3;

/// Looks at the database beside the server.
pub(super) struct Auditor {
    database: Sql,
    facts: [u64; FACTS.len()],
}

impl Auditor {
    pub(super) fn of(world: &World) -> Self {
        let database = world.app.open_sql();
        let facts = facts(&database);
        Self { database, facts }
    }

    pub(super) async fn audit(&mut self, world: &World, effect: Effect) {
        // Whatever was handed to the writer in the background is done when this is.
        world.app.settle().await;
        let before = std::mem::replace(&mut self.facts, facts(&self.database));
        // I5.
        if effect == Effect::Nothing {
            let changed = (0..FACTS.len()).filter(|n| before[*n] != self.facts[*n]);
            let changed: Vec<&str> = changed.map(|n| FACTS[n].0).collect();
            assert!(changed.is_empty(), "what may change nothing changed {changed:?}");
        }
        self.audit_grants(world);
        audit_tokens(world).await;
        audit_families(world).await;
    }

    /// I1 and I2: a row for each code that was redeemed, one generation in it, revoked or not.
    fn audit_grants(&self, world: &World) {
        let sql = "SELECT id, generation, revoked_at IS NOT NULL FROM authorization_grant";
        let statement = self.database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))));
        let mut rows: BTreeMap<String, (i64, bool)> = rows.unwrap().map(Result::unwrap).collect();
        for (grant, id) in world.model.grants.iter().zip(&world.grants) {
            let expected = (
                grant.family.map_or(0, |f| i64::try_from(f.generation).unwrap()),
                grant.ended,
            );
            match rows.remove(id) {
                Some(found) => assert_eq!(found, expected, "{grant:?}"),
                None => assert!(grant.kept <= world.model.now, "the row is gone of {grant:?}"),
            }
        }
        assert!(rows.is_empty(), "grants of nobody: {rows:?}");
    }
}

/// I4, I6, I8: active is what the model says is active, of everything that was ever given.
async fn audit_tokens(world: &World) {
    let server = world.app.resource_server("r1-api");
    for (token, text) in world.model.tokens.iter().zip(&world.tokens) {
        let answer = server.introspect(text).await;
        let active = answer.json()["active"] == true;
        assert_eq!(
            active,
            world.model.is_active(token),
            "{token:?} of {:?}",
            world.model.grants[token.grant]
        );
        if !active {
            answer.assert_inactive();
        }
    }
}

/// I2: of the newest families, which tokens are live; their own client is told. A public one is told nothing (I-03).
async fn audit_families(world: &World) {
    let families = world
        .refresh
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, texts)| !texts.is_empty());
    for (grant, texts) in families.take(FAMILIES) {
        let client = &world.model.clients[world.model.grants[grant].client];
        if client.public || !client.enabled {
            continue;
        }
        let owner = world.app.client(client.id);
        for (generation, text) in texts.iter().enumerate() {
            let answer = owner.introspect(text).await;
            let live = answer.json()["active"] == true;
            let expected = world.model.is_usable(grant, generation);
            assert_eq!(live, expected, "{generation} of {:?}", world.model.grants[grant]);
        }
    }
}

/// A hash of each table.
fn facts(database: &Sql) -> [u64; FACTS.len()] {
    FACTS.map(|(table, passing)| {
        let mut hasher = DefaultHasher::new();
        let kept = |row: &Row| {
            let cells = row.names().zip(row.values()).filter(|(name, _)| *name != passing);
            format!("{:?}", cells.collect::<Vec<_>>())
        };
        let mut rows: Vec<String> = database.table(table).unwrap().iter().map(kept).collect();
        rows.sort();
        rows.hash(&mut hasher);
        hasher.finish()
    })
}
