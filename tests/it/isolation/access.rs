//! Each endpoint of the table asks for what its entry says, under each of its prefixes and by each of its methods.
use super::callers::{browser, interaction, machines};
use super::spellings::paths;
use crate::app::App;
use grantor_tests::covers;
use grantor_web::{Access, Endpoint};

#[tokio::test]
async fn every_endpoint_lets_in_whom_its_entry_names() {
    covers!("O-196", "O-198", "T-15");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 10_000).await;
    let mut cells = 0;
    for endpoint in Endpoint::ALL.iter().copied() {
        for path in paths(endpoint) {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
                let what = format!("{endpoint:?}: {method} {path}");
                if endpoint.methods().contains(&method) {
                    check(&app, (endpoint, method, &path), &what).await;
                } else {
                    let answer = app.send(method, &path, &[], None).await;
                    assert_eq!(answer.status, 405, "{what}");
                    assert_eq!(answer.header("allow"), endpoint.methods().join(", "), "{what}");
                }
                cells += 1;
            }
        }
    }
    println!("cells: {cells}");
}

async fn check(app: &App, (endpoint, method, path): (Endpoint, &str, &str), what: &str) {
    match endpoint.access() {
        Access::Public => {
            let answer = app.send(method, path, &[], None).await;
            assert!(
                !matches!(answer.status, 401 | 403 | 405 | 500..),
                "{what}: {}",
                answer.status
            );
        }
        Access::Client | Access::ClientOrBearer => machines(app, endpoint, path, what).await,
        Access::Bearer => {
            for bearer in ["", "Bearer ", "Bearer nothing", "Basic bm90aGluZzpub3RoaW5n"] {
                let headers = [("authorization", bearer)];
                let answer = app
                    .send(method, path, &headers[..usize::from(!bearer.is_empty())], None)
                    .await;
                assert_eq!(answer.status, 401, "{what}: {bearer}");
            }
        }
        Access::Interaction => interaction(app, endpoint, path, what).await,
        Access::Form | Access::Link => {
            // Whoever holds nothing is shown a page at most, and no form of theirs is taken.
            let answer = app
                .post(path, &[], &[("username", "alice"), ("password", "alice-password")])
                .await;
            assert!(matches!(answer.status, 400..=499), "{what}: {}", answer.status);
            assert!(
                answer.header_all("set-cookie").iter().all(|c| !c.contains("session")),
                "{what}"
            );
        }
        Access::Browser => browser(app, method, path, what).await,
    }
}
