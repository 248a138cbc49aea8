//! A document is one transaction, applying it again changes nothing, and a dry run writes nothing.
use super::{assert_refused, assert_same, rows};
use crate::app::{App, FIXTURE, entry};
use grantor_flows::apply::{Applied, ApplyError, Options, apply};
use grantor_flows::management::Requester;
use toml::{Table, Value};

/// Adds an entry to a list.
fn push(document: &mut Table, list: &str, entry: &str) {
    let entry: Table = entry.parse().unwrap();
    let all = document.get_mut(list).and_then(Value::as_array_mut).unwrap();
    all.push(Value::Table(entry));
}

/// A valid change to every kind of record.
fn change_everything(document: &mut Table) {
    entry(document, "users", "u-alice").insert("email".into(), "new@example.test".into());
    push(document, "users", "username = 'carol'\npassword = 'carol-password'");
    entry(document, "resource_servers", "r1").insert("display_name".into(), "Renamed".into());
    entry(document, "applications", "app-a").insert("display_name".into(), "Renamed".into());
    let secret = Value::Array(vec!["another-secret-another-secret-another".into()]);
    entry(document, "applications", "app-b").insert("client_secrets".into(), secret);
}

#[tokio::test]
async fn applying_a_document_again_changes_no_row() {
    let app = App::start().await;
    let prepared = rows(&app);
    app.advance_seconds(100);
    app.edit(|_| {}).await.unwrap();
    assert_same(&app, &prepared, "the same document");
    app.edit(change_everything).await.unwrap();
    let changed = rows(&app);
    assert_ne!(changed, prepared);
    app.advance_seconds(100);
    app.edit(change_everything).await.unwrap();
    assert_same(&app, &changed, "the changed document");
}

#[tokio::test]
async fn the_same_secret_twice_is_one_secret_and_another_one_is_added() {
    let app = App::start().await;
    let secrets = || app.sql(|on| on.query_row("SELECT count(*) FROM client_secret", [], |r| r.get::<i64>(0)));
    let before = secrets();
    let list = |texts: &[&str]| Value::Array(texts.iter().map(|t| Value::from(*t)).collect());
    let (old, new) = (
        "m-secret-m-secret-m-secret-m-secret-",
        "n-secret-n-secret-n-secret-n-secret-",
    );
    for (texts, added) in [
        (vec![old, old], 0),
        (vec![old, new, new], 1),
        (vec![new], 1),
        (vec![], 1),
    ] {
        app.edit(|d| _ = entry(d, "applications", "app-m").insert("client_secrets".into(), list(&texts)))
            .await
            .unwrap();
        assert_eq!(secrets() - before, added, "{texts:?}");
    }
    for secret in [old, new] {
        app.client("m").with_secret(secret).machine_token().await;
    }
}

#[tokio::test]
async fn a_password_that_stays_is_not_hashed_again_and_one_that_changes_is() {
    let app = App::start().await;
    let hash = || {
        let sql = "SELECT password_hash FROM user WHERE tenant = 'default' AND id = 'u-bob'";
        app.sql(|on| on.query_row(sql, [], |r| r.get::<String>(0)))
    };
    let first = hash();
    assert!(first.starts_with("$argon2id$v=19$"), "{first}");
    for (change, same) in [
        (("password", Value::from("bob-password")), true),
        (("email", "other@example.test".into()), true),
        (("password", "builder-of-things".into()), false),
    ] {
        app.edit(|d| _ = entry(d, "users", "u-bob").insert(change.0.into(), change.1.clone()))
            .await
            .unwrap();
        assert_eq!(hash() == first, same, "{change:?}");
    }
    let changed = hash();
    app.edit(|d| _ = entry(d, "users", "u-bob").remove("password"))
        .await
        .unwrap();
    assert_eq!(hash(), changed, "an entry without a password leaves it as it is");
}

#[tokio::test]
async fn a_violation_anywhere_leaves_nothing_of_the_document() {
    let app = App::start().await;
    let check = async |what: &str, field: &str, edit: &dyn Fn(&mut Table)| {
        assert_refused(&app, what, field, |d| {
            change_everything(d);
            edit(d);
        })
        .await;
    };
    check("user", "users[1].username", &|d| {
        _ = entry(d, "users", "u-bob").insert("username".into(), " bob".into())
    })
    .await;
    check("server", "resource_servers[1].identifier", &|d| {
        _ = entry(d, "resource_servers", "r2").insert("identifier".into(), "".into());
    })
    .await;
    check("application", "applications[11].client_id", &|d| {
        _ = entry(d, "applications", "app-off").insert("client_id".into(), "ö".into());
    })
    .await;
    check("secret", "applications[8].client_secrets", &|d| {
        let short = Value::Array(vec!["too-short-too-short-too-short-".into()]);
        entry(d, "applications", "app-m").insert("client_secrets".into(), short);
    })
    .await;
    check("last user of all", "users[5].email", &|d| {
        push(d, "users", "username = 'last'\nemail = 'nobody'");
    })
    .await;
    app.edit(change_everything).await.expect("the control");
}

#[tokio::test]
async fn a_failure_in_the_middle_of_writing_leaves_nothing_either() {
    let app = App::start().await;
    app.sql(|on| on.refuse("app-late"));
    let late = "id = 'app-late'\nclient_id = 'late'\ndisplay_name = 'Late'\nprotocol_config = { type = 'oauth2', confidentiality = 'confidential', token_endpoint_auth_method = 'client_secret_basic', grant_types = ['client_credentials'] }";
    let edit = |d: &mut Table| {
        change_everything(d);
        push(d, "applications", late);
    };
    let before = rows(&app);
    app.edit(edit).await.expect_err("the trigger");
    assert_same(&app, &before, "nothing was written");
    app.sql(|on| on.accept());
    app.edit(edit).await.expect("the control");
    assert_ne!(rows(&app), before);
}

/// What a dry run says of a document.
async fn judged(app: &App, document: &Table) -> Result<Applied, ApplyError> {
    let options = Options {
        dry_run: true,
        ..Options::default()
    };
    let document = toml::from_str(&document.to_string()).unwrap();
    apply(&app.deps, &document, options, &Requester::operator()).await
}

#[tokio::test]
async fn a_dry_run_judges_everything_and_writes_nothing() {
    let app = App::start().await;
    let before = rows(&app);
    let mut changed: Table = FIXTURE.parse().unwrap();
    change_everything(&mut changed);
    let found = judged(&app, &changed).await.unwrap();
    assert_eq!((found.users, found.resource_servers, found.applications), (5, 2, 12));
    assert_same(&app, &before, "nothing was written");
    entry(&mut changed, "applications", "app-off").insert("client_id".into(), "a".into());
    let refusal = judged(&app, &changed).await.unwrap_err().to_string();
    assert!(refusal.contains("applications[11].client_id"), "{refusal}");
    assert!(!refusal.contains("secret-"), "{refusal}");
    assert_same(&app, &before, "nothing was written");
}

#[tokio::test]
async fn a_name_means_one_record_and_never_moves_to_another() {
    let app = App::start().await;
    let set = |list: &'static str, id: &'static str, field: &'static str, value: &'static str| {
        move |d: &mut Table| _ = entry(d, list, id).insert(field.into(), value.into())
    };
    let alone = |list: &'static str, text: &'static str| {
        move |d: &mut Table| {
            d.insert(list.into(), Value::Array(vec![]));
            push(d, list, text);
        }
    };
    // Against what is stored.
    let name = "users[0].username";
    assert_refused(
        &app,
        "name of a user",
        name,
        alone("users", "id = 'x'\nusername = 'ALICE'"),
    )
    .await;
    let address = alone("users", "id = 'x'\nusername = 'x'\nemail = 'Alice@example.test'");
    assert_refused(&app, "e-mail address", "users[0].email", address).await;
    let identifier = alone(
        "resource_servers",
        "id = 'x'\nidentifier = 'https://r1.test'\ndisplay_name = 'X'",
    );
    assert_refused(&app, "identifier", "resource_servers[0].identifier", identifier).await;
    let credential = alone(
        "resource_servers",
        "id = 'x'\nidentifier = 'https://x.test'\ndisplay_name = 'X'\nintrospection = [{ id = 'r1-api', secret = 'x-introspection-secret-0123456789abcd' }]",
    );
    assert_refused(&app, "credential", "resource_servers[0].introspection", credential).await;
    // Within the document.
    assert_refused(
        &app,
        "id of a user",
        "users[1].id",
        set("users", "u-bob", "id", "u-alice"),
    )
    .await;
    assert_refused(
        &app,
        "username",
        "users[1].username",
        set("users", "u-bob", "username", "Alice"),
    )
    .await;
    let address = set("users", "u-bob", "email", "ALICE@example.test");
    assert_refused(&app, "e-mail address in the document", "users[1].email", address).await;
    let client_id = set("applications", "app-b", "client_id", "a");
    assert_refused(&app, "client_id", "applications[1].client_id", client_id).await;
    let caller = set("applications", "app-b", "client_id", "r1-api");
    assert_refused(&app, "client_id of a credential", "applications[1].client_id", caller).await;
    // The control: a free name.
    app.edit(set("users", "u-alice", "username", "alice2")).await.unwrap();
}
