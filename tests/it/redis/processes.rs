//! Several servers on one database and one Redis: each step of signing in by another one.
use super::app_on;
use crate::app::{App, Authorize, Browser, form_of, query_of, target_of};
use grantor_tests::redis::address;

#[tokio::test]
async fn what_begins_at_one_server_goes_on_at_another() {
    let Some(address) = address() else { return };
    let first = app_on(&address).await;
    let second = App::start_beside(&first).await;
    let request = Authorize::of("a").set("prompt", "consent");
    let mut at = [first.browser(), second.browser()];
    let hand_over = |at: &mut [Browser<'_>; 2], from: usize| at[1 - from].cookies = at[from].cookies.clone();
    let begun = at[0].get(&request.url()).await;
    hand_over(&mut at, 0);
    let sign_in = at[1].follow(begun).await;
    hand_over(&mut at, 1);
    let form = form_of(&sign_in)
        .set("username", "alice")
        .set("password", "alice-password");
    let consent = at[0].submit(&form).await;
    hand_over(&mut at, 0);
    let done = at[1].submit(&form_of(&consent).set("decision", "allow")).await;
    let target = target_of(&done).unwrap();
    let code = query_of(&target).into_iter().find(|(n, _)| n == "code").unwrap().1;
    let redirect_uri = request.value("redirect_uri");
    first.client("a").redeem(&code, redirect_uri).await.assert_tokens();
    let again = second.client("a").redeem(&code, redirect_uri).await;
    again.assert_json_error(400, "invalid_grant");
}
