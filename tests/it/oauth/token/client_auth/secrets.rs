//! The life of client secrets: what is stored, several at once, their ends, their last use.
use super::{WRONG, check, patient};
use crate::app::{App, entry};
use grantor_flows::management::Requester;
use grantor_flows::{client_secret, jobs};
use grantor_protocol::issuer::RealmKey;
use grantor_tests::covers;

fn main() -> RealmKey {
    RealmKey::new("default", "main")
}

/// A new secret for a client; its others end after so many seconds, if any.
async fn rotate(app: &App, client_id: &str, others: Option<u32>) -> String {
    let secret = client_secret::rotate(&app.deps, &main(), client_id, (others, &Requester::operator()))
        .await
        .unwrap();
    jobs::catch_up(&app.deps).await.unwrap();
    secret
}

/// Whether each secret of `m` is taken, at every endpoint.
async fn check_live(app: &App, secrets: &[(&str, bool)]) {
    for (secret, live) in secrets {
        let header = app.client("m").with_secret(secret).basic();
        check(app, &[&header], &[], if *live { 200 } else { 401 }).await;
    }
}

/// Fails when the text stands in the database.
#[track_caller]
pub(super) fn assert_not_stored(app: &App, text: &str) {
    let found = app.stored().windows(text.len()).any(|w| w == text.as_bytes());
    assert!(!found, "{text} is stored");
}

/// Hint, end and last use of the secrets of `m`, in Unix milliseconds, by their hints.
fn stored(app: &App, secret: &str) -> (Option<i64>, Option<i64>) {
    let hint = &secret[secret.len() - 4..];
    app.sql(|c| {
        let sql = "SELECT expires_at, last_used_at FROM client_secret WHERE tenant = 'default' AND client = 'app-m' AND hint = ?1";
        c.query_row(sql, [hint], |row| Ok((row.get(0)?, row.get(1)?)))
    })
}

/// Writes the batch of last uses and waits until `secret` has one.
async fn last_use(app: &App, secret: &str) -> i64 {
    jobs::write_secret_use(app.deps.clone()).await.unwrap();
    for _ in 0..1000 {
        if let (_, Some(at)) = stored(app, secret) {
            return at;
        }
        tokio::task::yield_now().await;
        app.get("/jwks").await;
    }
    panic!("the use of a secret was never written")
}

#[tokio::test]
async fn a_rotated_secret_works_through_the_overlap_and_not_after_it() {
    covers!("O-115");
    let app = patient().await;
    let first = super::M_SECRET;
    check_live(&app, &[(first, true)]).await;
    let second = rotate(&app, "m", Some(3600)).await;
    assert!(second.len() >= 43 && second != first);
    check_live(&app, &[(first, true), (&second, true), (WRONG, false)]).await;
    app.advance_seconds(3599);
    check_live(&app, &[(first, true), (&second, true)]).await;
    app.advance_seconds(1);
    check_live(&app, &[(first, false), (&second, true)]).await;
    app.advance_seconds(400 * 86_400);
    check_live(&app, &[(first, false), (&second, true)]).await;
    // At once, when the old one is known to somebody else.
    let third = rotate(&app, "m", Some(0)).await;
    check_live(&app, &[(first, false), (&second, false), (&third, true)]).await;
}

#[tokio::test]
async fn several_secrets_live_at_once_each_with_its_own_end_and_last_use() {
    covers!("O-115", "A-06");
    let app = patient().await;
    let start = app.now_seconds() * 1000;
    let first = super::M_SECRET;
    let second = rotate(&app, "m", None).await;
    let third = rotate(&app, "m", Some(100)).await;
    check_live(&app, &[(first, true), (&second, true), (&third, true)]).await;
    // A later rotation never prolongs what ends earlier.
    let fourth = rotate(&app, "m", Some(1000)).await;
    for (secret, end) in [
        (first, Some(100)),
        (&second, Some(100)),
        (&third, Some(1000)),
        (&fourth, None),
    ] {
        let expected = end.map(|seconds: i64| start + seconds * 1000);
        assert_eq!(stored(&app, secret).0, expected);
        assert_not_stored(&app, secret);
    }
    assert_eq!(stored(&app, &fourth).1, None);
    assert_eq!(last_use(&app, &third).await, start);
    // A use is a use that succeeds.
    app.advance_seconds(100);
    check_live(&app, &[(first, false), (&third, true), (&fourth, true)]).await;
    assert_eq!(last_use(&app, &fourth).await, start + 100_000);
    assert_eq!(stored(&app, first).1, Some(start));
}

#[tokio::test]
async fn a_public_application_gets_no_secret_and_an_unknown_one_neither() {
    covers!("A-06");
    let app = App::start().await;
    for client_id in ["p", "nobody", "app-m"] {
        assert!(
            client_secret::rotate(&app.deps, &main(), client_id, (None, &Requester::operator()))
                .await
                .is_err(),
            "{client_id}"
        );
    }
    let secrets: i64 = app.sql(|c| {
        c.query_row("SELECT count(*) FROM client_secret WHERE client = 'app-p'", [], |row| {
            row.get(0)
        })
    });
    assert_eq!(secrets, 0);
}

#[tokio::test]
async fn a_client_that_got_another_name_is_unknown_by_the_former_one() {
    let app = patient().await;
    let header = |id: &str| super::basic(&format!("{id}:{}", super::M_SECRET));
    check(&app, &[&header("m")], &[], 200).await;
    let rename = |document: &mut toml::Table| {
        entry(document, "applications", "app-m").insert("client_id".into(), "m-renamed".into());
    };
    app.edit(rename).await.unwrap();
    check(&app, &[&header("m-renamed")], &[], 200).await;
    check(&app, &[&header("m")], &[], 401).await;
}
