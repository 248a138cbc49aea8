//! A refresh token is good for the client it was given to, in one spelling, and for nothing else.
use super::{EACH, families, first, newest};
use crate::app::{App, Authorize, OTHER, REALM, entry, query_of};
use grantor_tests::covers;

#[tokio::test]
async fn another_client_gets_nothing_and_harms_nobody() {
    covers!("O-131", "O-132", "T-16");
    let app = App::start().await;
    for (id, scope) in EACH {
        let client = app.client(id);
        let old = first(&app, id, scope).await;
        let token = newest(&client.refresh(&old).await, &old);
        let access = client.refresh(&token).await;
        let (token, access) = (newest(&access, &token), access.member("access_token"));
        let before = families(&app);
        let strangers = ["keep", "strict", "still", "spa", "spa2"];
        for stranger in strangers.into_iter().filter(|stranger| *stranger != id) {
            // The newest one, and one whose use by its own client would end the grant.
            for presented in [&token, &old] {
                let answer = app.client(stranger).refresh(presented).await;
                answer.assert_json_error(400, "invalid_grant");
            }
        }
        app.client("b")
            .refresh(&token)
            .await
            .assert_json_error(400, "unauthorized_client");
        assert_eq!(families(&app), before, "{id}");
        app.resource_server("r1-api").introspect(&access).await.assert_active();
        client.refresh(&token).await.assert_tokens();
    }
}

#[tokio::test]
async fn a_token_of_another_tenant_is_none() {
    covers!("O-138");
    let app = App::start().await;
    let mut document: toml::Table = include_str!("../../../fixtures/other.toml").parse().unwrap();
    let application = entry(&mut document, "applications", "app-a");
    // The same names in both tenants: nothing but the realm tells them apart.
    application.insert("id".into(), "app-keep".into());
    application.insert("client_id".into(), "keep".into());
    let config = application["protocol_config"].as_table_mut().unwrap();
    config.insert(
        "refresh_tokens".into(),
        toml::Table::from_iter([("enabled".to_owned(), true.into())]).into(),
    );
    config.insert("redirect_uris".into(), vec!["https://keep.test/cb"].into());
    application.insert(
        "client_secrets".into(),
        vec!["keep-secret-keep-secret-keep-secret-"].into(),
    );
    app.apply(&document.to_string()).await.unwrap();
    let (here, there) = (app.client("keep"), app.client("keep").under(OTHER));
    let request = Authorize::of("keep").set("scope", "read");
    let elsewhere = request.clone().under(OTHER);
    let target = app.browser().authorize_with(&elsewhere, "alice", "alice-of-t2").await;
    let (_, code) = query_of(&target).into_iter().find(|(name, _)| name == "code").unwrap();
    let of_there = there.redeem(&code, request.value("redirect_uri")).await;
    let of_there = of_there.assert_tokens().member("refresh_token");
    let of_here = first(&app, "keep", "read").await;
    let before = families(&app);
    there.refresh(&of_here).await.assert_json_error(400, "invalid_grant");
    here.refresh(&of_there).await.assert_json_error(400, "invalid_grant");
    assert_eq!(families(&app), before);
    here.refresh(&of_here).await.assert_tokens();
    there.refresh(&of_there).await.assert_tokens();
}

#[tokio::test]
async fn every_character_of_a_token_counts() {
    covers!("O-137");
    let app = App::start().await;
    for id in ["keep", "strict"] {
        let client = app.client(id);
        let token = first(&app, id, "read").await;
        let token = newest(&client.refresh(&token).await, &token);
        let body = token.strip_prefix("grt_").unwrap();
        let mut changed: Vec<String> = (0..body.len())
            .map(|at| {
                let other = if &body[at..=at] == "A" { "B" } else { "A" };
                format!("grt_{}{other}{}", &body[..at], &body[at + 1..])
            })
            .collect();
        changed.extend([
            token[..token.len() - 1].to_owned(),
            token[..token.len() - 4].to_owned(),
            body.to_owned(),
            format!("GRT_{body}"),
            format!("grt_grt_{body}"),
            format!("grt{body}"),
            format!("{token}A"),
            format!("{token}="),
            format!("{token}===="),
            format!(" {token}"),
            format!("{token} "),
            format!("{token}\n"),
            format!("{token}.{token}"),
            body.chars().rev().collect(),
            "grt_".to_owned(),
            format!("grt_{}", "A".repeat(body.len())),
            format!("grt_{}", "A".repeat(40_000)),
            format!("grt_{}", "é".repeat(36)),
        ]);
        let before = families(&app);
        for changed in &changed {
            let answer = client.refresh(changed).await;
            answer.assert_json_error(400, "invalid_grant");
            assert!(!answer.body.contains(body), "{changed}");
        }
        assert_eq!(families(&app), before);
        client.refresh(&token).await.assert_tokens();
    }
}

#[tokio::test]
async fn no_other_token_passes_for_a_refresh_token_and_it_for_no_other() {
    covers!("O-136", "A-19", "O-094");
    let app = App::start().await;
    let manager = app.management_token("").await;
    for id in ["keep", "strict", "spa"] {
        let client = app.client(id);
        let tokens = app.tokens_for(id, "alice", "openid read").await;
        let refresh = tokens.assert_tokens().member("refresh_token");
        let request = Authorize::of(id).set("scope", "read");
        let uri = request.value("redirect_uri");
        let code = app.browser().code_as(&request, "alice").await;
        let before = families(&app);
        let access = tokens.member("access_token");
        for other in [&access, &tokens.member("id_token"), &code, &manager] {
            let answer = client.refresh(other).await;
            let error = if other.is_empty() {
                "invalid_request"
            } else {
                "invalid_grant"
            };
            answer.assert_json_error(400, error);
        }
        client
            .redeem(&refresh, uri)
            .await
            .assert_json_error(400, "invalid_grant");
        client
            .userinfo(&refresh)
            .await
            .assert_bearer_error(401, "invalid_token");
        let posted = app.post("/userinfo", &[], &[("access_token", &refresh)]).await;
        posted.assert_bearer_error(401, "invalid_token");
        let answer = app.introspect_as_bearer("", &refresh, &access).await;
        answer.assert_bearer_error(401, "invalid_token");
        app.resource_server("r1-api")
            .introspect(&refresh)
            .await
            .assert_inactive();
        let answer = app.revoke_as_bearer("", &refresh, &access).await;
        answer.assert_bearer_error(401, "invalid_token");
        let list = format!("{REALM}/applications/app-{id}/tokens");
        assert_eq!(app.manage("GET", &list, &manager).await.status, 200);
        let answer = app.manage("GET", &list, &refresh).await;
        answer.assert_management_error(401, "unauthorized");
        assert_eq!(families(&app), before, "{id}");
        // All of them were good all the while.
        app.resource_server("r1-api").introspect(&access).await.assert_active();
        client.redeem(&code, uri).await.assert_tokens();
        client.refresh(&refresh).await.assert_tokens();
    }
}

#[tokio::test]
async fn a_replayed_code_takes_the_refresh_tokens_of_the_first_use_along() {
    covers!("O-079", "T-08");
    let app = App::start().await;
    for (id, scope) in EACH {
        let client = app.client(id);
        let request = Authorize::of(id).set("scope", scope);
        let uri = request.value("redirect_uri");
        let bystander = first(&app, id, scope).await;
        for renew in [false, true] {
            let code = app.browser().code_as(&request, "alice").await;
            let tokens = client.redeem(&code, uri).await;
            let mut refresh = tokens.assert_tokens().member("refresh_token");
            let mut access = tokens.member("access_token");
            if renew {
                let renewed = client.refresh(&refresh).await;
                (refresh, access) = (newest(&renewed, &refresh), renewed.member("access_token"));
            }
            let server = app.resource_server("r1-api");
            server.introspect(&access).await.assert_active();
            client.redeem(&code, uri).await.assert_json_error(400, "invalid_grant");
            for access in [access, tokens.member("access_token")] {
                server.introspect(&access).await.assert_inactive();
            }
            for refresh in [refresh, tokens.member("refresh_token")] {
                client.refresh(&refresh).await.assert_json_error(400, "invalid_grant");
            }
        }
        client.refresh(&bystander).await.assert_tokens();
    }
}
