//! An application's tokens: the list (V-07) and revoking by id.
use crate::app::{Answer, App, OTHER, REALM, base64url, encode, part_of};
use grantor_tests::covers;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn path(application: &str) -> String {
    format!("{REALM}/applications/{application}/tokens")
}

/// The list of an application; `query` as pairs.
async fn list(app: &App, bearer: &str, application: &str, query: &[(&str, &str)]) -> Answer {
    let path = format!("{}?{}", path(application), encode(query));
    app.manage("GET", &path, bearer).await
}

#[track_caller]
fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let all = answer.json()["tokens"].as_array().unwrap().clone();
    all.iter().map(|t| t["id"].as_str().unwrap().to_owned()).collect()
}

/// What introspection calls a token.
async fn id_of(app: &App, client: &str, token: &str) -> String {
    app.client(client).introspect(token).await.assert_active().member("jti")
}

#[tokio::test]
async fn the_list_shows_what_lives_and_never_a_string() {
    covers!("V-07");
    let app = App::start().await;
    let manager = app.management_token("tokens:read").await;
    let nothing = list(&app, &manager, "app-mref", &[]).await;
    assert_eq!(nothing.json(), json!({"tokens": []}));
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let token = app.client("mref").machine_token().await;
        tokens.push((id_of(&app, "mref", &token).await, token));
        app.advance_seconds(1);
    }
    let short = [("grant_type", "client_credentials"), ("expiration_time", "2")];
    let short = app.client("mref").token(&short).await.member("access_token");
    let expiring = id_of(&app, "mref", &short).await;
    app.settle().await;
    let answer = list(&app, &manager, "app-mref", &[]).await;
    let newest_first: Vec<String> = std::iter::once(&expiring)
        .chain(tokens.iter().rev().map(|(id, _)| id))
        .cloned()
        .collect();
    assert_eq!(ids(&answer), newest_first);
    let shown = answer.json()["tokens"][3].clone();
    let (id, token) = &tokens[0];
    let expected = json!({
        "id": id,
        "display_name": "Machine with referential tokens",
        "scopes": ["read"],
        "token_suffix": &token[token.len() - 8..],
        "token_format": "referential",
        "issued_at": "2027-01-15T08:00:00Z",
        "expires": "2027-01-16T08:00:00Z",
        "token_type": "access",
    });
    assert_eq!(shown, expected);
    for (_, token) in &tokens {
        assert!(!answer.body.contains(token) && !answer.body.contains(&token[..token.len() - 8]));
    }
    // Expired and revoked ones are gone.
    app.advance_seconds(2);
    app.client("mref").revoke(&tokens[1].1).await.assert_revoked();
    let left = ids(&list(&app, &manager, "app-mref", &[]).await);
    assert_eq!(left, [tokens[2].0.clone(), tokens[0].0.clone()]);
    // Nobody else's are in it; self-contained tokens have no rows.
    app.client("m").machine_token().await;
    app.settle().await;
    for application in ["app-m", "app-a", "app-off"] {
        let answer = list(&app, &manager, application, &[]).await;
        assert_eq!(ids(&answer), Vec::<String>::new(), "{application}");
    }
    for missing in ["nobody", "mref", "%27%20OR%201=1", "App-mref"] {
        let answer = list(&app, &manager, missing, &[]).await;
        let details = answer.assert_management_error(404, "not_found");
        assert_eq!(details[0]["type"], "ResourceInfo");
        assert_eq!(details[0]["resource_type"], "application");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_repetition() {
    covers!("V-07");
    let app = App::start().await;
    let manager = app.management_token("tokens:read").await;
    let mut issued = BTreeSet::new();
    for number in 0..31 {
        // Several of one millisecond.
        if number % 7 == 0 {
            app.advance_seconds(1);
        }
        let token = app.client("mref").machine_token().await;
        issued.insert(id_of(&app, "mref", &token).await);
    }
    app.settle().await;
    for (size, pages) in [("1", 31), ("7", 5), ("30", 2), ("31", 1), ("100", 1), ("", 2)] {
        let (mut seen, mut token, mut count) = (Vec::new(), String::new(), 0);
        loop {
            let query = [("page_size", size), ("page_token", token.as_str())];
            let answer = list(&app, &manager, "app-mref", &query).await;
            seen.extend(ids(&answer));
            count += 1;
            token = answer.member("next_page_token");
            if token.is_empty() {
                assert!(answer.json().get("next_page_token").is_none());
                break;
            }
        }
        assert_eq!(count, pages, "{size}");
        assert_eq!(seen.len(), issued.len());
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), issued, "{size}");
    }
    // What is issued meanwhile is newer than every page to come.
    let first = list(&app, &manager, "app-mref", &[("page_size", "30")]).await;
    app.advance_seconds(1);
    app.client("mref").machine_token().await;
    app.settle().await;
    let token = first.member("next_page_token");
    let second = list(&app, &manager, "app-mref", &[("page_token", &token)]).await;
    assert_eq!(ids(&second).len(), 1);
}

#[tokio::test]
async fn a_principal_narrows_the_list() {
    covers!("V-07", "O-340");
    let app = App::start().await;
    let manager = app.management_token("tokens:read").await;
    app.edit(|d| {
        let application = crate::app::entry(d, "applications", "app-plain");
        let config = application["protocol_config"].as_table_mut().unwrap();
        config.insert("token_format".into(), "referential".into());
    })
    .await
    .unwrap();
    let machine = app.client("plain").machine_token().await;
    let machine = id_of(&app, "plain", &machine).await;
    let mut users = Vec::new();
    for user in ["alice", "bob"] {
        app.advance_seconds(1);
        let token = app.tokens_for("plain", user, "read").await.member("access_token");
        users.push(id_of(&app, "plain", &token).await);
    }
    app.settle().await;
    let [alice, bob] = &users[..] else { panic!("two") };
    let hostile = "x".repeat(2000);
    for (query, expected) in [
        (&[][..], vec![bob, alice, &machine]),
        (&[("principal_type", "application")], vec![&machine]),
        (
            &[("principal_type", "application"), ("principal_id", "app-plain")],
            vec![&machine],
        ),
        (&[("principal_type", "identity")], vec![bob, alice]),
        (
            &[("principal_type", "identity"), ("principal_id", "u-alice")],
            vec![alice],
        ),
        (&[("principal_type", "identity"), ("principal_id", "u-nobody")], vec![]),
        (
            &[("principal_type", "identity"), ("principal_id", "' OR '1'='1")],
            vec![],
        ),
        (&[("principal_type", "identity"), ("principal_id", "u-%")], vec![]),
        (&[("principal_type", "identity"), ("principal_id", "u_alice")], vec![]),
        (&[("principal_type", "identity"), ("principal_id", "\";--\\")], vec![]),
        (&[("principal_type", "identity"), ("principal_id", &hostile)], vec![]),
    ] {
        let answer = list(&app, &manager, "app-plain", query).await;
        assert_eq!(ids(&answer).iter().collect::<Vec<_>>(), expected, "{query:?}");
    }
    for (query, field) in [
        (&[("principal_type", "user")][..], "principal_type"),
        (&[("principal_type", "'")], "principal_type"),
        (&[("principal_id", "u-alice")], "principal_type"),
        (
            &[("principal_type", "application"), ("principal_id", "app-a")],
            "principal_id",
        ),
        (
            &[("principal_type", "identity"), ("principal_type", "identity")],
            "principal_type",
        ),
        (
            &[("principal_type", "identity"), ("principal_id", "a\0b")],
            "principal_id",
        ),
    ] {
        let answer = list(&app, &manager, "app-plain", query).await;
        assert_violation(&answer, field);
    }
}

#[track_caller]
fn assert_violation(answer: &Answer, field: &str) {
    let details = answer.assert_management_error(400, "bad_request");
    assert_eq!(details[0]["type"], "FieldViolations", "{}", answer.body);
    assert_eq!(details[0]["field_violations"][0]["field"], field, "{}", answer.body);
    for word in ["SELECT", "sql", "reference_token"] {
        assert!(!answer.body.contains(word), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_page_size_that_is_none_is_refused() {
    covers!("O-344", "V-07");
    let app = App::start().await;
    let manager = app.management_token("tokens:read").await;
    app.client("mref").machine_token().await;
    app.settle().await;
    for size in [
        "0",
        "-1",
        "101",
        "2147483648",
        "9223372036854775808",
        "18446744073709551616",
        "abc",
        "1.5",
        "1e2",
        " 1",
        "+1",
        "0x10",
        "'",
        "NaN",
    ] {
        let answer = list(&app, &manager, "app-mref", &[("page_size", size)]).await;
        assert_violation(&answer, "page_size");
    }
    for size in ["1", "100", ""] {
        let answer = list(&app, &manager, "app-mref", &[("page_size", size)]).await;
        assert_eq!(ids(&answer).len(), 1, "{size}");
    }
}

#[tokio::test]
async fn a_page_token_leads_on_in_its_own_list_for_a_week() {
    covers!("O-341", "V-07");
    let app = App::start().await;
    let manager = app.management_token("tokens:read").await;
    for _ in 0..3 {
        app.client("mref").machine_token().await;
        app.advance_seconds(1);
    }
    app.tokens_for("first", "alice", "openid").await;
    app.settle().await;
    let first = list(&app, &manager, "app-mref", &[("page_size", "1")]).await;
    let token = first.member("next_page_token");
    let on = [("page_token", token.as_str())];
    assert_eq!(ids(&list(&app, &manager, "app-mref", &on).await).len(), 2);
    // Another list: of another application, narrowed otherwise.
    assert_violation(&list(&app, &manager, "app-first", &on).await, "page_token");
    for narrowed in [
        [on[0], ("principal_type", "application")],
        [on[0], ("principal_type", "identity")],
    ] {
        assert_violation(&list(&app, &manager, "app-mref", &narrowed).await, "page_token");
    }
    let other = app.other_management_token("tokens:read").await;
    let path = format!("{OTHER}/applications/app-m/tokens?page_token={token}");
    assert_violation(&app.manage("GET", &path, &other).await, "page_token");
    // Edited, cut, longer, or made by somebody else.
    let mut forged: Vec<String> = (0..token.len())
        .map(|at| {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        })
        .filter(|edited| *edited != token)
        .collect();
    forged.extend([
        token[..token.len() - 1].to_owned(),
        token[..20].to_owned(),
        format!("{token}A"),
        format!("{token}="),
        base64url([0; 80]),
        "' OR 1=1 --".into(),
        "0".into(),
        "a".repeat(4000),
        first.json()["tokens"][0]["id"].as_str().unwrap().to_owned(),
    ]);
    for edited in forged {
        let answer = list(&app, &manager, "app-mref", &[("page_token", &edited)]).await;
        assert_violation(&answer, "page_token");
    }
    let fresh = app.management_token("tokens:read").await;
    app.advance_seconds(7 * 86_400 - 1);
    assert_eq!(list(&app, &fresh, "app-mref", &on).await.status, 200);
    app.advance_seconds(1);
    assert_violation(&list(&app, &fresh, "app-mref", &on).await, "page_token");
}

/// `DELETE …/tokens/{id}`.
async fn delete(app: &App, bearer: &str, application: &str, id: &str) -> Answer {
    let path = format!("{}/{id}", path(application));
    app.manage("DELETE", &path, bearer).await
}

#[tokio::test]
async fn a_token_of_either_format_ends_by_its_id_and_stands_in_no_list_any_more() {
    covers!("V-07");
    let app = App::start().await;
    for scope in ["tokens:delete", "token:delete"] {
        let manager = app.management_token(scope).await;
        let user = app.tokens_for("a", "alice", "openid").await.member("access_token");
        for (application, client, token) in [
            ("app-m", "m", app.client("m").machine_token().await),
            ("app-mref", "mref", app.client("mref").machine_token().await),
            ("app-a", "a", user),
        ] {
            let id = id_of(&app, client, &token).await;
            assert_eq!(id.len(), 40);
            // As another application's it is unknown.
            for other in ["app-b", "app-alone"] {
                let answer = delete(&app, &manager, other, &id).await;
                let details = answer.assert_management_error(404, "not_found");
                assert_eq!(details[0]["resource_type"], "token");
            }
            app.client(client).introspect(&token).await.assert_active();
            delete(&app, &manager, application, &id).await.assert_revoked();
            app.client(client).introspect(&token).await.assert_inactive();
            // Once.
            let again = delete(&app, &manager, application, &id).await;
            again.assert_management_error(404, "not_found");
        }
    }
    let reader = app.management_token("tokens:read").await;
    assert_eq!(ids(&list(&app, &reader, "app-mref", &[]).await), Vec::<String>::new());
}

#[tokio::test]
async fn an_id_that_was_never_given_or_is_over_is_unknown() {
    covers!("V-07", "O-340");
    let app = App::start().await;
    let manager = app.management_token("tokens:delete").await;
    let token = app.client("m").machine_token().await;
    let id = part_of(&token, 1)["jti"].as_str().unwrap().to_owned();
    let short = [("grant_type", "client_credentials"), ("expiration_time", "5")];
    let short = app.client("m").token(&short).await.member("access_token");
    let over = part_of(&short, 1)["jti"].as_str().unwrap().to_owned();
    app.advance_seconds(5);
    let second = app.other_client("m").machine_token().await;
    let mut unknown: Vec<String> = (0..id.len())
        .map(|at| {
            let mut bytes = id.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        })
        .filter(|edited| *edited != id)
        .collect();
    unknown.extend([
        over,
        part_of(&second, 1)["jti"].as_str().unwrap().to_owned(),
        id[..39].to_owned(),
        format!("{id}A"),
        format!("{id}="),
        base64url([0; 30]),
        "x".into(),
        "%27%20OR%201=1".into(),
        "%00".into(),
        token.clone(),
    ]);
    for id in unknown {
        let answer = delete(&app, &manager, "app-m", &id).await;
        let details: Value = answer.assert_management_error(404, "not_found");
        assert_eq!(details[0]["resource_type"], "token", "{id}");
    }
    let answer = delete(&app, &manager, "nobody", &id).await;
    let details = answer.assert_management_error(404, "not_found");
    assert_eq!(details[0]["resource_type"], "application");
    app.client("m").introspect(&token).await.assert_active();
    // A write that fails ends nothing and says so.
    app.sql(|on| on.execute_batch("ALTER TABLE revocation RENAME TO away"));
    let answer = delete(&app, &manager, "app-m", &id).await;
    answer.assert_management_error(503, "unavailable");
    app.client("m").introspect(&token).await.assert_active();
    app.sql(|on| on.execute_batch("ALTER TABLE away RENAME TO revocation"));
    delete(&app, &manager, "app-m", &id).await.assert_revoked();
    app.client("m").introspect(&token).await.assert_inactive();
}
