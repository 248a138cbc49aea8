//! What a warm request may cost: round trips to the database that it submits itself (decision 8).
//!
//! Warm means that client, realm, keys, user and the revocations are in memory and the change feed was read a moment ago.
use crate::app::{App, Authorize, Browser, Client};

/// Reads and writes.
type Cost = (u64, u64);

/// Runs before it is settled what a request costs: the revocations are loaded in the background after the start, and on a
/// busy machine a poll of the feed may come late.
const ATTEMPTS: usize = 100;

fn spent(app: &App) -> Cost {
    let (all, writes) = (app.deps.store.statements(), app.deps.store.writes());
    (all - writes, writes)
}

/// `run` must cost exactly `budget` three times in a row. More is a broken promise, less is a promise to be kept from now on.
async fn check(app: &App, name: &str, budget: Cost, mut run: impl AsyncFnMut()) {
    let mut costs = Vec::new();
    for _ in 0..ATTEMPTS {
        let before = spent(app);
        run().await;
        let after = spent(app);
        costs.push((after.0 - before.0, after.1 - before.1));
        if costs.ends_with(&[budget; 3]) {
            return;
        }
    }
    panic!("{name} may cost {budget:?} (reads, writes) and cost {costs:?}");
}

fn interactions(app: &App) -> i64 {
    app.ephemeral_sql(|on| on.query_row("SELECT COUNT(*) FROM ephemeral", [], |row| row.get(0)))
}

#[tokio::test]
async fn documents_cost_nothing() {
    let app = App::start().await;
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/jwks",
        "/v1/tenants/default/realms/main/jwks",
        "/v1/tenants/default/realms/main/applications/app-a/.well-known/openid-configuration",
    ] {
        check(&app, path, (0, 0), async || {
            assert_eq!(app.get(path).await.status, 200);
        })
        .await;
    }
}

#[tokio::test]
async fn a_machine_s_token_and_looking_at_it_cost_nothing() {
    let app = App::start().await;
    for client in ["m", "mref"] {
        let client: Client<'_> = app.client(client);
        check(&app, "client_credentials", (0, 0), async || {
            client.machine_token().await;
        })
        .await;
        let token = client.machine_token().await;
        check(&app, "introspect as its client", (0, 0), async || {
            client.introspect(&token).await.assert_active();
        })
        .await;
        let server = app.resource_server("r1-api");
        check(&app, "introspect as a resource server", (0, 0), async || {
            server.introspect(&token).await.assert_active();
        })
        .await;
        check(&app, "introspect what nobody made", (0, 0), async || {
            server.introspect(&format!("{token}x")).await.assert_inactive();
        })
        .await;
    }
    // The row of a referential token is there all the same: the queue is first in, first out.
    let code = app.browser().code_as(&Authorize::of("a"), "alice").await;
    app.client("a").redeem(&code, "https://a.test/cb").await.assert_tokens();
    let listed = "SELECT COUNT(*) FROM reference_token WHERE client = 'app-mref'";
    assert!(app.sql(|on| on.query_row(listed, [], |row| row.get::<i64>(0))) >= 4);
}

#[tokio::test]
async fn revoking_costs_one_write_and_what_is_ended_already_nothing() {
    let app = App::start_with(|settings| settings.limits.inactive_introspections_per_minute = 1_000_000).await;
    for client in ["m", "mref"] {
        let client: Client<'_> = app.client(client);
        check(&app, "issue and revoke", (0, 1), async || {
            let token = client.machine_token().await;
            client.revoke(&token).await.assert_revoked();
        })
        .await;
        let token = client.machine_token().await;
        client.revoke(&token).await.assert_revoked();
        check(&app, "revoke once more", (0, 0), async || {
            client.revoke(&token).await.assert_revoked();
        })
        .await;
        check(&app, "introspect what is revoked", (0, 0), async || {
            client.introspect(&token).await.assert_inactive();
        })
        .await;
    }
    let (mut browser, mut tokens) = (app.browser(), Vec::new());
    let request = Authorize::of("keep");
    browser.code_as(&request, "alice").await;
    for _ in 0..ATTEMPTS {
        let code = silent_code(&mut browser, &request).await;
        let redeemed = app.client("keep").redeem(&code, request.value("redirect_uri")).await;
        tokens.push(redeemed.assert_tokens().member("refresh_token"));
    }
    check(&app, "revoke a refresh token", (1, 1), async || {
        app.client("keep").revoke(&tokens.pop().unwrap()).await.assert_revoked();
    })
    .await;
}

#[tokio::test]
async fn refusing_costs_no_more_than_granting() {
    let app = App::start_with(|settings| settings.limits.failed_authentications_per_minute = 10_000).await;
    app.client("m").machine_token().await;
    let grant = [("grant_type", "client_credentials")];
    check(&app, "a wrong secret", (0, 0), async || {
        let thief = app.client("m").with_secret("wrong-wrong-wrong-wrong-wrong-wrong-");
        thief.token(&grant).await.assert_invalid_client();
    })
    .await;
    check(&app, "an unknown client", (0, 0), async || {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "unheard-of"),
            ("client_secret", "x"),
        ];
        app.post("/token", &[], &form).await.assert_invalid_client();
    })
    .await;
    check(&app, "an unknown code", (1, 0), async || {
        let answer = app.client("a").redeem("unheard-of", "https://a.test/cb").await;
        answer.assert_json_error(400, "invalid_grant");
    })
    .await;
}

/// A code without a page: the user is signed in and has allowed this before.
async fn silent_code(browser: &mut Browser<'_>, request: &Authorize) -> String {
    let answer = browser.get(&request.url()).await;
    assert_eq!(answer.status, 302, "{}", answer.body);
    let query = answer.location_query();
    query.into_iter().find(|(name, _)| name == "code").unwrap().1
}

#[tokio::test]
async fn a_code_costs_two_reads_and_a_write_and_redeeming_it_a_read_and_a_write() {
    let app = App::start().await;
    for client in ["a", "p", "first"] {
        let request = Authorize::of(client);
        let mut browser = app.browser();
        browser.code_as(&request, "alice").await;
        let kept = interactions(&app);
        check(&app, "authorize", (2, 1), async || {
            silent_code(&mut browser, &request).await;
        })
        .await;
        // Nothing is kept of a request that needs no page.
        assert_eq!(interactions(&app), kept);
        let mut codes = Vec::new();
        for _ in 0..ATTEMPTS {
            codes.push(silent_code(&mut browser, &request).await);
        }
        let mut token = String::new();
        check(&app, "redeem", (1, 1), async || {
            let code = codes.pop().unwrap();
            let redeemed = app.client(client).redeem(&code, request.value("redirect_uri")).await;
            token = redeemed.assert_tokens().member("access_token");
        })
        .await;
        check(&app, "userinfo", (0, 0), async || {
            assert_eq!(app.client(client).userinfo(&token).await.status, 200);
        })
        .await;
        // A replay: it reads, and what it ends is written.
        let replayed = silent_code(&mut browser, &request).await;
        let redirect_uri = request.value("redirect_uri");
        app.client(client).redeem(&replayed, redirect_uri).await.assert_tokens();
        check(&app, "replay", (1, 1), async || {
            let answer = app.client(client).redeem(&replayed, redirect_uri).await;
            answer.assert_json_error(400, "invalid_grant");
        })
        .await;
    }
}

#[tokio::test]
async fn refreshing_costs_a_write_and_looking_at_a_refresh_token_a_read() {
    let app = App::start_with(|settings| settings.limits.inactive_introspections_per_minute = 1_000_000).await;
    for (id, scope) in [
        ("keep", "openid read"),
        ("strict", "read"),
        ("still", "read"),
        ("spa", "read"),
    ] {
        let client = app.client(id);
        let mut token = app.tokens_for(id, "alice", scope).await.member("refresh_token");
        check(&app, "refresh", (0, 1), async || {
            let answer = client.refresh(&token).await;
            let successor = answer.assert_tokens().member("refresh_token");
            if !successor.is_empty() {
                token = successor;
            }
        })
        .await;
        for wish in [
            ("scope", "admin"),
            ("resource", "https://r2.test"),
            ("expiration_time", "9999"),
        ] {
            // What can be judged without the family is; the scope goes with the rest to the writer.
            let writes = u64::from(wish.0 == "scope");
            check(&app, wish.0, (0, writes), async || {
                let form = [("grant_type", "refresh_token"), ("refresh_token", &token), wish];
                assert_eq!(client.token(&form).await.status, 400);
            })
            .await;
        }
        check(&app, "refresh with what nobody made", (0, 0), async || {
            client
                .refresh(&format!("{token}x"))
                .await
                .assert_json_error(400, "invalid_grant");
        })
        .await;
        check(
            &app,
            "introspect a refresh token as a resource server",
            (0, 0),
            async || {
                app.resource_server("r1-api").introspect(&token).await.assert_inactive();
            },
        )
        .await;
        if id != "spa" {
            check(&app, "introspect a refresh token", (1, 0), async || {
                client.introspect(&token).await.assert_active();
            })
            .await;
            check(&app, "introspect what nobody made", (0, 0), async || {
                client.introspect(&format!("{token}x")).await.assert_inactive();
            })
            .await;
        }
    }
}
