//! A role that is lost is lost at once: between every two steps, by every door that takes it, on every process (O-140).
use super::losses::{LOSSES, Loss, World};
use crate::app::{App, PASSWORD, form_of, query_of, target_of};
use crate::management::Tried;
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use serde_json::Value;

/// When it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    BeforeSignIn,
    AtTheConsentPage,
    BeforeTheCodeIsRedeemed,
    BeforeTheTokenIsUsed,
    BeforeTheRefresh,
}

const STEPS: [Step; 5] = [
    Step::BeforeSignIn,
    Step::AtTheConsentPage,
    Step::BeforeTheCodeIsRedeemed,
    Step::BeforeTheTokenIsUsed,
    Step::BeforeTheRefresh,
];

/// Goes through the flow, loses the right at `step`, and sees what is left from then on.
async fn walk(world: &World<'_>, beside: &App, (loss, step): (Loss, Step)) {
    let what = format!("{loss:?} {step:?}");
    let lose_if = async |here: Step| {
        if here == step {
            world.lose(loss).await;
        }
    };
    let granted = |by: Step| {
        if step as u8 <= by as u8 {
            world.left()
        } else {
            world.all()
        }
    };
    lose_if(Step::BeforeSignIn).await;
    let mut browser = world.app.browser();
    let page = browser.open(&world.portal.request(&world.all()).url()).await;
    if (loss, step) == (Loss::ScopeOfTheServer, Step::BeforeSignIn) {
        // Of other resource servers it is a scope still: known and not allowed (decision 17).
        page.assert_redirect_error("https://portal.test/cb", "invalid_scope", Some("st4te"));
        return;
    }
    let form = form_of(&page).set("username", &world.name).set("password", PASSWORD);
    let page = browser.submit(&form).await;
    lose_if(Step::AtTheConsentPage).await;
    let mut page = browser.submit(&form_of(&page).set("decision", "allow")).await;
    if step == Step::AtTheConsentPage {
        // Less is another question.
        let shown = |scope: &str| page.body.contains(&format!("data-scope=\"{scope}\""));
        assert!(shown(world.keep) && !shown(world.lose), "{what}: {}", page.body);
        page = browser.submit(&form_of(&page).set("decision", "allow")).await;
    }
    let target = target_of(&page).unwrap_or_else(|| panic!("{what}: {}", page.body));
    let code = query_of(&target).into_iter().find(|(n, _)| n == "code").unwrap().1;
    lose_if(Step::BeforeTheCodeIsRedeemed).await;
    let client = world.portal.client();
    let answer = client.redeem(&code, "https://portal.test/cb").await;
    assert_eq!(
        answer.assert_tokens().member("scope"),
        granted(Step::BeforeTheCodeIsRedeemed),
        "{what}"
    );
    let token = answer.member("access_token");
    lose_if(Step::BeforeTheTokenIsUsed).await;
    assert_eq!(
        client.introspect(&token).await.assert_active().member("scope"),
        granted(Step::BeforeTheTokenIsUsed),
        "{what}"
    );
    assert_eq!(client.userinfo(&token).await.status, 200, "{what}");
    lose_if(Step::BeforeTheRefresh).await;
    let answer = client.refresh(&answer.member("refresh_token")).await;
    assert_eq!(answer.assert_tokens().member("scope"), world.left(), "{what}");
    beside.catch_up().await;
    for process in [world.app, beside] {
        let client = world.portal.at(process);
        let client = client.client();
        for token in [&token, &answer.member("access_token"), &answer.member("refresh_token")] {
            let scope = client.introspect(token).await.assert_active().member("scope");
            assert_eq!(scope, world.left(), "{what}");
        }
        if world.portal.server == "management" {
            for (operation, may) in [(Operation::ListApplications, true), (Operation::ListGroups, false)] {
                let path = Tried::of(operation, "default", "main").path;
                let answer = process.ask(&token, "GET", &path, &Value::Null).await;
                assert_eq!(answer.status, if may { 200 } else { 403 }, "{what}: {}", answer.body);
            }
        }
    }
}

async fn every_loss(management: bool) {
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let bearer = app.management_token("").await;
    let mut cells = 0;
    for loss in LOSSES {
        if management && loss == Loss::ScopeOfTheServer {
            continue;
        }
        for step in STEPS {
            let mark = format!("{loss:?}-{step:?}").to_lowercase();
            let world = World::make(&app, &bearer, management, (loss, &mark)).await;
            // The other process has seen the user with the right.
            beside.catch_up().await;
            let at = world.portal.at(&beside);
            at.come_back(&mark, "openid").await;
            walk(&world, &beside, (loss, step)).await;
            cells += 1;
        }
    }
    println!("cells: {cells}");
}

#[tokio::test]
async fn a_right_of_management_that_is_lost_is_lost_at_once() {
    covers!("T-06", "O-140", "C-05", "O-252");
    every_loss(true).await;
}

#[tokio::test]
async fn a_right_at_any_bounded_resource_server_that_is_lost_is_lost_at_once() {
    covers!("T-06", "O-140");
    every_loss(false).await;
}
