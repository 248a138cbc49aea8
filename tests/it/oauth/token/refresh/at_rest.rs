//! No refresh token stands in the databases, and what stands there makes none.
use super::{EACH, families, first, newest};
use crate::app::App;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_tests::covers;
use rusqlite::types::Value;
use std::collections::HashSet;

/// Where the MAC begins in the bytes of a token: after the grant's id and the generation, which are no secrets.
const MAC: usize = 24;

#[tokio::test]
async fn no_refresh_token_stands_in_the_databases() {
    covers!("O-142");
    let app = App::start().await;
    let mut tokens = Vec::new();
    for (id, scope) in EACH {
        let mut token = first(&app, id, scope).await;
        for _ in 0..5 {
            tokens.push(token.clone());
            token = newest(&app.client(id).refresh(&token).await, &token);
        }
        tokens.push(token);
    }
    let dump = app.stored();
    // Ten bytes of anything are enough to know it again.
    let windows: HashSet<&[u8]> = dump.windows(10).collect();
    let stands = |part: &[u8]| windows.contains(&part[..10]);
    assert!(
        stands(families(&app)[0].id.as_bytes()),
        "the control: the grant stands there"
    );
    for token in &tokens {
        let raw = URL_SAFE_NO_PAD.decode(token.strip_prefix("grt_").unwrap()).unwrap();
        let mac = &raw[MAC..];
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        let tail = &token.as_bytes()[token.len() - 40..];
        for form in [tail, mac, hex.as_bytes(), hex.to_uppercase().as_bytes()] {
            assert!(!stands(form), "{token} stands in a file");
        }
    }
    assert!(!windows.contains(&b"grt_"[..]) && !dump.windows(4).any(|part| part == b"grt_"));
}

/// Everything a thief of the database can put where the MAC should be: all it holds, and its hashes would look no different.
fn stolen(app: &App) -> Vec<Vec<u8>> {
    app.sql(|db| {
        let mut values = HashSet::new();
        for name in db.tables()? {
            for row in db.table(&name)? {
                values.extend(row.values().iter().filter_map(|value| match value {
                    Value::Text(text) => Some(text.clone().into_bytes()),
                    Value::Blob(bytes) => Some(bytes.clone()),
                    _ => None,
                }));
            }
        }
        Ok(values.into_iter().filter(|value| value.len() >= 16).collect())
    })
}

#[tokio::test]
async fn what_stands_in_the_databases_makes_no_refresh_token() {
    covers!("O-142");
    let app = App::start().await;
    let keep = app.client("keep");
    let token = first(&app, "keep", "read").await;
    let token = newest(&keep.refresh(&token).await, &token);
    let raw = URL_SAFE_NO_PAD.decode(token.strip_prefix("grt_").unwrap()).unwrap();
    let before = families(&app);
    let grant = &before[0];
    assert_eq!(
        URL_SAFE_NO_PAD.decode(&grant.id).unwrap(),
        raw[..16],
        "the control: this is the row"
    );
    assert_eq!(raw[16..MAC], grant.generation.to_be_bytes());
    let values = stolen(&app);
    assert!(values.len() > 50, "{}", values.len());
    for value in values {
        let mut forged = raw[..MAC].to_vec();
        forged.extend(value.iter().copied().chain(std::iter::repeat(0)).take(raw.len() - MAC));
        for text in [
            format!("grt_{}", URL_SAFE_NO_PAD.encode(&forged)),
            format!("grt_{}", URL_SAFE_NO_PAD.encode(&value)),
            String::from_utf8_lossy(&value).into_owned(),
        ] {
            let answer = keep.refresh(&text).await;
            assert_eq!(answer.status, 400, "{text}");
        }
    }
    assert_eq!(families(&app), before);
    keep.refresh(&token).await.assert_tokens();
}
