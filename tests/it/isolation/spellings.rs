//! A path has one spelling.
use crate::app::{ADMIN, App, OTHER, REALM};
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use grantor_web::{Endpoint, Place};

/// Where an endpoint stands, without those of other applications.
pub(super) fn paths(endpoint: Endpoint) -> Vec<String> {
    let path = endpoint
        .path()
        .replace("{name}", "nothing.css")
        .replace("{token}", "nothing");
    let application = format!("{REALM}/applications/app-a");
    match endpoint.place() {
        Place::Root => vec![path],
        Place::Issuer => ["", REALM, &application, ADMIN, OTHER]
            .iter()
            .map(|p| format!("{p}{path}"))
            .collect(),
        Place::BeforeIssuer => [REALM, &application, ADMIN, OTHER]
            .iter()
            .map(|p| format!("{path}{p}"))
            .collect(),
    }
}

#[tokio::test]
async fn a_path_that_is_in_no_table_leads_nowhere() {
    covers!("O-226");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let mut cells = 0;
    let mut known: Vec<String> = Endpoint::ALL.iter().flat_map(|e| paths(*e)).collect();
    known.extend(
        Operation::ALL
            .iter()
            .map(|o| crate::management::Tried::of(*o, "default", "main").path),
    );
    known.sort();
    known.dedup();
    for path in known.iter().filter(|p| p.len() > 1) {
        let (head, last) = path.rsplit_once('/').unwrap();
        let upper = format!("{head}/{}", last.to_uppercase());
        for other in [
            format!("{path}/"),
            format!("/{path}"),
            format!("{head}//{last}"),
            upper,
            format!("{path};x=1"),
        ] {
            if known.contains(&other) {
                continue;
            }
            let answer = app.manage("GET", &other, &bearer).await;
            // A segment that is an id may be any text: then there is nothing of that id, and the bearer is asked first.
            let nowhere = matches!(answer.status, 404 | 405 | 400 | 410);
            assert!(nowhere, "{other}: {} {}", answer.status, answer.body);
            let answer = app.get(&other).await;
            assert!(
                matches!(answer.status, 400 | 401 | 404 | 405 | 410),
                "{other}: {}",
                answer.status
            );
            cells += 1;
        }
    }
    println!("cells: {cells}");
}
