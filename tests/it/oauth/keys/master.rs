//! Another master key while the server runs: what is in memory goes on, what is new is sealed under the key that counts.
use super::{NOBODY, jwks, kid, main_realm, rotate, start, token};
use crate::app::{App, Authorize};
use grantor_flows::Deps;
use grantor_flows::jobs::catch_up;
use grantor_flows::master_key::reseal;
use grantor_flows::signing_keys::rotate as rotate_in;
use grantor_jose::MasterKey;
use grantor_protocol::words::SigningAlgorithm::ES256;
use grantor_server::config::{Secret, Settings};
use grantor_server::wiring::{self, Sources};

fn next() -> MasterKey {
    MasterKey::from_bytes([8; 32])
}

/// A setting that holds a secret; nothing when there is no key.
fn secret(key: Option<&MasterKey>) -> Secret {
    let text = key.map(|key| key.to_text().to_string()).unwrap_or_default();
    serde_json::from_value(text.into()).unwrap()
}

fn give(settings: &mut Settings, master: &MasterKey, next: Option<&MasterKey>) {
    settings.secrets.master_key = secret(Some(master));
    settings.secrets.next_master_key = secret(next);
}

fn former() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

/// Another process, with these keys.
async fn process(app: &App, master: &MasterKey, next: Option<&MasterKey>) -> Result<Deps, String> {
    let mut settings = app.settings.clone();
    give(&mut settings, master, next);
    wiring::deps(&settings, Sources::default())
        .await
        .map_err(|e| format!("{e:#}"))
}

/// How many sealed things there are, and how many of them `key` sealed.
fn sealed(app: &App, key: &MasterKey) -> (usize, usize) {
    let sql = "SELECT sealed FROM data_key UNION ALL SELECT sealed FROM signing_key WHERE length(sealed) > 0";
    let all: Vec<Vec<u8>> = app.sql(|on| {
        let rows = on.prepare(sql)?;
        let rows = rows.query_map([], |row| row.get(0))?;
        rows.collect()
    });
    (all.len(), all.iter().filter(|s| s.starts_with(key.marks())).count())
}

#[tokio::test]
async fn everything_works_before_during_and_after_a_rotation() {
    let app = App::start_with(|s| give(s, &former(), Some(&next()))).await;
    let code = app.browser().code_as(&Authorize::of("a"), "alice").await;
    let (before, set) = (token(&app).await, jwks(&app).await);
    let referential = app.client("mref").machine_token().await;
    let (all, _) = sealed(&app, &former());
    let elsewhere = process(&app, &former(), Some(&next())).await.unwrap();
    assert_eq!(reseal(&elsewhere, &next()).await.unwrap(), all);
    assert_eq!(sealed(&app, &next()), (all, all));
    // At once, and once it has heard of it.
    for caught_up in [false, true] {
        if caught_up {
            catch_up(&app.deps).await.unwrap();
            assert_eq!(app.deps.keys.master_key_id(), next().id());
        }
        let fresh = token(&app).await;
        assert_eq!(kid(&fresh), kid(&before));
        for token in [&before, &fresh] {
            app.client("m").introspect(token).await.assert_active();
        }
        app.client("mref").introspect(&referential).await.assert_active();
        // What it makes now is sealed under the new key, also before it has heard that this one counts.
        let made = rotate_in(&app.deps, &main_realm(), &[ES256], false, &NOBODY)
            .await
            .unwrap()
            .remove(0)
            .kid;
        assert!(jwks(&app).await.contains(&made));
        let (all, under_next) = sealed(&app, &next());
        assert_eq!(all, under_next);
    }
    assert!(set.contains(&kid(&before)));
    // Secrets, codes and sessions are under the data keys, which have not changed.
    app.client("a").redeem(&code, "https://a.test/cb").await.assert_tokens();
    // From now on the new key alone will do, and the former one alone will not.
    let alone = process(&app, &next(), None).await.unwrap();
    assert_eq!(alone.keys.master_key_id(), next().id());
    let text = process(&app, &former(), None).await.err().unwrap();
    assert!(text.contains("is this the right master key?"), "{text}");
    for id in [former().id(), next().id()] {
        assert!(text.contains(&id), "{text}");
    }
    // A backup of before, with both keys at hand, and back again.
    assert_eq!(
        reseal(&process(&app, &next(), Some(&former())).await.unwrap(), &former())
            .await
            .unwrap(),
        all + 2
    );
    catch_up(&app.deps).await.unwrap();
    assert_eq!(app.deps.keys.master_key_id(), former().id());
}

#[tokio::test]
async fn a_server_without_the_new_key_goes_on_with_what_it_has_opened_and_seals_nothing_under_the_former_one() {
    let app = start().await;
    let before = token(&app).await;
    let elsewhere = process(&app, &former(), Some(&next())).await.unwrap();
    reseal(&elsewhere, &next()).await.unwrap();
    catch_up(&app.deps).await.unwrap();
    let fresh = token(&app).await;
    for token in [&before, &fresh] {
        app.client("m").introspect(token).await.assert_active();
    }
    let refused = rotate_in(&app.deps, &main_realm(), &[ES256], false, &NOBODY).await;
    let text = format!("{:?}", refused.unwrap_err());
    assert!(
        text.contains("sealed under master key") && text.contains(&next().id()),
        "{text}"
    );
    let (all, under_next) = sealed(&app, &next());
    assert_eq!(all, under_next);
    assert_eq!(kid(&token(&app).await), kid(&before));
}

#[tokio::test]
async fn a_rotation_of_signing_keys_and_of_the_master_key_at_once_loses_neither() {
    let app = App::start_with(|s| give(s, &former(), Some(&next()))).await;
    token(&app).await;
    let elsewhere = process(&app, &former(), Some(&next())).await.unwrap();
    let realm = main_realm();
    let to = next();
    app.advance_seconds(1);
    let (made, resealed) = tokio::join!(
        rotate_in(&app.deps, &realm, &[ES256], true, &NOBODY),
        reseal(&elsewhere, &to)
    );
    resealed.unwrap();
    let made = made.unwrap().remove(0).kid;
    catch_up(&app.deps).await.unwrap();
    assert_eq!(kid(&token(&app).await), made);
    let (all, under_next) = sealed(&app, &next());
    assert_eq!(all, under_next);
    let again = rotate(&app, ES256, true).await;
    assert_eq!(kid(&token(&app).await), again);
}
