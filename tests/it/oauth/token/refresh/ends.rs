//! What ends refresh tokens: their own two lives, and whatever the grant rests on.
use super::{EACH, families, first, newest};
use crate::app::{App, entry};
use grantor_tests::covers;

#[tokio::test]
async fn a_token_that_is_not_used_ends_and_so_does_one_that_is_used_for_ever() {
    covers!("O-133", "T-16");
    // Idle and absolute lifetimes of the fixture, in seconds.
    for (id, scope, idle, absolute) in [
        ("keep", "openid read", 100_000, 1_000_000),
        ("strict", "read", 100_000, 1_000_000),
        ("still", "read", 100_000, 1_000_000),
        ("spa", "openid offline_access read", 3600, 86_400),
    ] {
        let app = App::start().await;
        let client = app.client(id);
        let unused = first(&app, id, scope).await;
        let mut used = first(&app, id, scope).await;
        app.advance_seconds(idle - 1);
        used = newest(&client.refresh(&used).await, &used);
        app.advance_seconds(1);
        client.refresh(&unused).await.assert_json_error(400, "invalid_grant");
        let mut age = idle;
        while age + idle / 2 < absolute {
            app.advance_seconds(idle / 2);
            age += idle / 2;
            used = newest(&client.refresh(&used).await, &used);
        }
        app.advance_seconds(absolute - 1 - age);
        let last = client.refresh(&used).await;
        used = newest(&last, &used);
        app.advance_seconds(1);
        client.refresh(&used).await.assert_json_error(400, "invalid_grant");
        // The last access token lives its own life: RFC 6749 ties it to nothing.
        app.resource_server("r1-api")
            .introspect(&last.member("access_token"))
            .await
            .assert_active();
        assert_eq!(app.deps.counters.refresh_replayed.get(), 0, "{id}");
    }
}

#[tokio::test]
async fn repeating_a_predecessor_keeps_no_family_alive() {
    covers!("O-133");
    let app = App::start().await;
    let window = |refresh: &mut toml::Table| {
        refresh.insert("idle_after".into(), 100.into());
        refresh.insert("retry_window".into(), 600.into());
    };
    app.edit_refresh("app-keep", window).await.unwrap();
    let keep = app.client("keep");
    let old = first(&app, "keep", "read").await;
    let token = newest(&keep.refresh(&old).await, &old);
    app.advance_seconds(99);
    assert_eq!(newest(&keep.refresh(&old).await, &old), token);
    app.advance_seconds(1);
    for late in [&old, &token] {
        keep.refresh(late).await.assert_json_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn what_an_admin_shortens_counts_for_tokens_that_are_out() {
    covers!("O-133");
    for (setting, value) in [("idle_after", 60), ("expires_after", 60)] {
        let app = App::start().await;
        let keep = app.client("keep");
        let token = first(&app, "keep", "read").await;
        app.advance_seconds(60);
        let set = async |seconds: i64| {
            let edit = |refresh: &mut toml::Table| drop(refresh.insert(setting.into(), seconds.into()));
            app.edit_refresh("app-keep", edit).await.unwrap();
        };
        set(value).await;
        keep.refresh(&token).await.assert_json_error(400, "invalid_grant");
        set(value + 1).await;
        keep.refresh(&token).await.assert_tokens();
    }
    // What is lengthened does not: the end was promised when the grant was made.
    let app = App::start().await;
    let token = first(&app, "spa", "openid offline_access read").await;
    let longer = |refresh: &mut toml::Table| {
        refresh.insert("expires_after".into(), 1_000_000.into());
        refresh.insert("idle_after".into(), 1_000_000.into());
    };
    app.edit_refresh("app-spa", longer).await.unwrap();
    app.advance_seconds(86_399);
    let token = newest(&app.client("spa").refresh(&token).await, &token);
    app.advance_seconds(1);
    let answer = app.client("spa").refresh(&token).await;
    answer.assert_json_error(400, "invalid_grant");
}

/// Takes away one thing that a grant of alice with an application rests on.
async fn withdraw(app: &App, what: &str, id: &str) {
    let execute = |sql: String| app.sql(|db| db.execute_batch(&sql));
    match what {
        "user disabled" => {
            let disable =
                |d: &mut toml::Table| drop(entry(d, "users", "u-alice").insert("enabled".into(), false.into()));
            app.edit(disable).await.unwrap();
        }
        "user deleted" => {
            let sql = "DELETE FROM user WHERE tenant = 'default' AND realm = 'main' AND id = 'u-alice'";
            app.change(sql, "user", "u-alice").await;
        }
        "client disabled" => {
            let mut document: toml::Table = include_str!("../../../fixtures/refresh.toml").parse().unwrap();
            entry(&mut document, "applications", &format!("app-{id}")).insert("enabled".into(), false.into());
            app.apply(&document.to_string()).await.unwrap();
        }
        "client deleted" => {
            let sql = format!("DELETE FROM client WHERE tenant = 'default' AND realm = 'main' AND id = 'app-{id}'");
            app.change(&sql, "client", id).await;
        }
        "consent withdrawn" => execute("DELETE FROM consent".into()),
        "consent narrowed" => execute("UPDATE consent SET scope = 'openid'".into()),
        other => assert_eq!(other, "nothing"),
    }
}

#[tokio::test]
async fn what_the_grant_rests_on_must_still_stand() {
    covers!("O-134", "T-16");
    for what in [
        "nothing",
        "user disabled",
        "user deleted",
        "client disabled",
        "client deleted",
        "consent withdrawn",
        "consent narrowed",
    ] {
        for (id, scope) in EACH {
            let app = App::start().await;
            let client = app.client(id);
            let old = first(&app, id, scope).await;
            let token = newest(&client.refresh(&old).await, &old);
            let of_bob = app.tokens_for("keep", "bob", "read").await.member("refresh_token");
            withdraw(&app, what, id).await;
            if what == "nothing" {
                client.refresh(&token).await.assert_tokens();
                continue;
            }
            let before = families(&app);
            let refuse = async |presented: &str| {
                let answer = client.refresh(presented).await;
                match what {
                    "client disabled" | "client deleted" => drop(answer.assert_invalid_client()),
                    _ => drop(answer.assert_json_error(400, "invalid_grant")),
                }
            };
            // The newest one, one to be repeated or punished, the newest once more: a grant that does not stand is left alone.
            for presented in [&token, &old, &token] {
                refuse(presented).await;
                assert_eq!(families(&app), before, "{what} {id}");
            }
            if what.starts_with("user") {
                app.client("keep").refresh(&of_bob).await.assert_tokens();
            }
        }
    }
}
