//! Which issuer an answer is from, and that no issuer takes another's for its own (RFC 9207).
use super::responses::{only, sign_in};
use crate::app::{Answer, App, Authorize, OTHER, REALM, form_of, query_of, target_of};
use grantor_tests::covers;

/// Every way an answer can come about, each with the address of the client it ends at.
async fn answers(app: &App, prefix: &str) -> Vec<(&'static str, String)> {
    let request = Authorize::of("a").under(prefix);
    let password = if prefix == OTHER {
        "alice-of-t2"
    } else {
        "alice-password"
    };
    let mut all = Vec::new();
    let at_once = |answer: Answer| answer.header("location").to_owned();
    all.push((
        "refused by GET",
        at_once(app.authorize(&request.clone().set("max_age", "x")).await),
    ));
    let body = request.clone().set("response_type", "token").query();
    let posted = app
        .send("POST", &format!("{prefix}/authorize"), super::FORM, Some(&body))
        .await;
    all.push(("refused by POST", at_once(posted)));
    all.push((
        "prompt=none",
        at_once(app.authorize(&request.clone().set("prompt", "none")).await),
    ));
    let unreadable = format!("{}&state=%ff", request.clone().without("state").url());
    all.push(("unreadable state", at_once(app.get(&unreadable).await)));
    let mut browser = app.browser();
    let asked = request.clone().set("prompt", "consent");
    let page = browser.open(&asked.url()).await;
    let page = sign_in(&mut browser, &page, password).await;
    let denied = browser.submit(&form_of(&page).set("decision", "deny")).await;
    all.push(("denied", target_of(&denied).unwrap()));
    let page = browser.open(&asked.url()).await;
    let allowed = browser.submit(&form_of(&page).set("decision", "allow")).await;
    all.push(("allowed", target_of(&allowed).unwrap()));
    all.push(("silent", at_once(browser.get(&request.url()).await)));
    let posted = browser
        .send(
            "POST",
            &format!("{prefix}/authorize"),
            super::FORM,
            Some(&request.query()),
        )
        .await;
    all.push(("silent by POST", target_of(&browser.follow(posted).await).unwrap()));
    all
}

#[tokio::test]
async fn every_answer_names_its_issuer() {
    covers!("O-299");
    let app = App::start().await;
    let application = format!("{REALM}/applications/app-a");
    for prefix in ["", REALM, &application, OTHER] {
        let metadata = app
            .get(&format!("{prefix}/.well-known/openid-configuration"))
            .await
            .json();
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        let issuer = format!("{}{prefix}", app.issuer());
        assert_eq!(metadata["issuer"], issuer.as_str());
        for (way, target) in answers(&app, prefix).await {
            assert!(target.starts_with("https://a.test/cb?"), "{way}: {target}");
            assert_eq!(only(&target, "iss"), issuer, "{way}");
            let outcome: Vec<_> = query_of(&target)
                .into_iter()
                .filter(|(n, _)| n == "code" || n == "error")
                .collect();
            assert_eq!(outcome.len(), 1, "{way}: {target}");
            assert_eq!(
                outcome[0].0 == "code",
                ["allowed", "silent", "silent by POST"].contains(&way),
                "{way}"
            );
        }
    }
}

#[tokio::test]
async fn two_tenants_share_no_address_and_no_key() {
    covers!("O-300");
    let app = App::start().await;
    let mut seen = Vec::new();
    for prefix in ["", OTHER] {
        let metadata = app
            .get(&format!("{prefix}/.well-known/openid-configuration"))
            .await
            .json();
        let keys = app.get(&format!("{prefix}/jwks")).await.json();
        let names = [
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
        ];
        seen.extend(names.map(|name| metadata[name].as_str().unwrap().to_owned()));
        let keys = keys["keys"].as_array().unwrap();
        assert!(!keys.is_empty());
        seen.extend(keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()));
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "something is shared: {seen:?}");
    // A path that only decodes to the name of another issuer is none.
    let document = ".well-known/openid-configuration";
    let known = app.get(&format!("{REALM}/applications/app-a/{document}")).await;
    assert_eq!(known.status, 200);
    let decoded = app
        .get(&format!("/v1/tenants/default%0Amain/realms/app-a/{document}"))
        .await;
    assert_eq!(decoded.status, 404);
}

#[tokio::test]
async fn an_answer_of_one_issuer_is_nothing_to_another() {
    covers!("O-300");
    let app = App::start().await;
    let (mut one, mut two) = (app.browser(), app.browser());
    // The same application id, client_id, redirect URI and user name on both sides.
    let request = Authorize::of("a");
    let page = two.open(&request.clone().under(OTHER).url()).await;
    let page = sign_in(&mut two, &page, "alice-of-t2").await;
    let end = two.submit(&form_of(&page).set("decision", "allow")).await;
    let target = target_of(&end).unwrap();
    let (theirs, ours) = (only(&target, "code"), one.code_as(&request, "alice").await);
    let back = "https://a.test/cb";
    app.client("a")
        .redeem(&theirs, back)
        .await
        .assert_json_error(400, "invalid_grant");
    app.other_client("a")
        .redeem(&ours, back)
        .await
        .assert_json_error(400, "invalid_grant");
    app.client("a")
        .under(OTHER)
        .redeem(&ours, back)
        .await
        .assert_invalid_client();
    app.other_client("a")
        .under("")
        .redeem(&theirs, back)
        .await
        .assert_invalid_client();
    // Nor to another issuer of the same realm (decision 11).
    app.client("a")
        .under(REALM)
        .redeem(&ours, back)
        .await
        .assert_json_error(400, "invalid_grant");
    app.client("a").redeem(&ours, back).await.assert_tokens();
    app.other_client("a").redeem(&theirs, back).await.assert_tokens();
    // Who is signed in at one is nobody at the other; the password of one is wrong at the other.
    let silent = request.set("prompt", "none");
    let answer = one.get(&silent.clone().under(OTHER).url()).await;
    answer.assert_redirect_error(back, "login_required", Some("st4te"));
    let answer = two.get(&silent.url()).await;
    answer.assert_redirect_error(back, "login_required", Some("st4te"));
    let page = app.browser().open(&Authorize::of("a").under(OTHER).url()).await;
    assert!(form_of(&page).action.starts_with(OTHER), "{}", form_of(&page).action);
}
