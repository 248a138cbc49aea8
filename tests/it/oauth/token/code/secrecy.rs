//! A code can be neither foreseen nor read out of the databases.
use crate::app::{App, Authorize, query_of};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_tests::covers;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Codes given at once, so that their writes share commits.
const AT_ONCE: usize = 50;

/// `count` codes for a user who is signed in, through /authorize.
async fn codes(app: &Arc<App>, count: usize) -> Vec<String> {
    let request = Authorize::of("first");
    let mut browser = app.browser();
    browser.code_as(&request, "alice").await;
    let cookies: Vec<String> = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let (url, cookies) = (request.url(), cookies.join("; "));
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (app, url, cookies) = (app.clone(), url.clone(), cookies.clone());
        tasks.spawn(async move {
            let mut codes = Vec::new();
            for _ in 0..count / AT_ONCE {
                let answer = app.send("GET", &url, &[("cookie", &cookies)], None).await;
                let query = query_of(answer.header("location"));
                codes.extend(query.into_iter().find(|(n, _)| n == "code").map(|(_, v)| v));
            }
            codes
        });
    }
    tasks.join_all().await.concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_codes_have_nothing_in_common() {
    covers!("O-092");
    const COUNT: usize = 10_000;
    let app = Arc::new(App::start().await);
    assert!(app.settings.tokens.code_seconds <= 60);
    let codes = codes(&app, COUNT).await;
    assert_eq!(codes.len(), COUNT);
    let bytes: Vec<[u8; 32]> = codes
        .iter()
        .map(|code| URL_SAFE_NO_PAD.decode(code).unwrap().try_into().unwrap())
        .collect();
    // Eight bytes anywhere in a code stand in no other code: no counter, no time, no shared prefix.
    for at in 0..=24 {
        let windows: HashSet<&[u8]> = bytes.iter().map(|code| &code[at..at + 8]).collect();
        assert_eq!(windows.len(), COUNT, "bytes {at} to {}", at + 8);
    }
    // Every bit is a fair coin; 400 is eight standard deviations.
    for bit in 0..256 {
        let ones = bytes.iter().filter(|code| code[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!(ones.abs_diff(COUNT / 2) < 400, "bit {bit}: {ones} of {COUNT}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_live_code_stands_in_the_databases() {
    covers!("O-093");
    let app = Arc::new(App::start().await);
    let codes = codes(&app, 100).await;
    assert_eq!(codes.len(), 100);
    let dump = app.stored();
    // Ten bytes of anything are enough to know it again.
    let windows: HashSet<&[u8]> = dump.windows(10).collect();
    let stands = |part: &[u8]| windows.contains(&part[..10]);
    // The dump is what it should be: what is stored next to each code is found.
    assert!(stands(b"first.test/cb"));
    let stored = "SELECT COUNT(*) FROM authorization_code WHERE redeemed_at IS NULL";
    assert_eq!(app.sql(|on| on.query_row(stored, [], |row| row.get::<i64>(0))), 101);
    let mac: Vec<u8> = app.sql(|on| on.query_row("SELECT code_mac FROM authorization_code", [], |row| row.get(0)));
    assert!(stands(&mac));
    for code in &codes {
        let raw = URL_SAFE_NO_PAD.decode(code).unwrap();
        let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
        for form in [code.as_bytes(), &raw, hex.as_bytes(), hex.to_uppercase().as_bytes()] {
            assert!(!stands(form), "{code} stands in a file");
        }
    }
}
