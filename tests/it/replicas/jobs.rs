//! What is to be done once in the whole installation is done by one server.
use crate::app::{ADMIN, App};
use grantor_flows::management::Requester;
use grantor_flows::{jobs, setup};
use grantor_protocol::issuer::RealmKey;
use grantor_tests::covers;

fn links(app: &App) -> i64 {
    app.sql(|on| on.query_row("SELECT COUNT(*) FROM one_time_link", [], |row| row.get(0)))
}

fn holder(app: &App, job: &str) -> String {
    app.sql(|on| on.query_row("SELECT holder FROM job_lease WHERE job = ?1", [job], |row| row.get(0)))
}

/// A link whose row may go; no time passes.
async fn leave_a_link(app: &App) {
    let realm = RealmKey::new("default", "admin");
    let made = setup::make_link(&app.deps, &realm, "admin", &Requester::operator()).await;
    assert!(made.unwrap().unwrap().starts_with(ADMIN));
    app.sql(|on| on.execute("UPDATE one_time_link SET expires_at = 1", []));
    assert!(links(app) > 0);
}

#[tokio::test]
async fn of_two_servers_one_deletes_and_tends_keys() {
    covers!("O-352");
    let first = App::start().await;
    let second = App::start_beside(&first).await;
    leave_a_link(&first).await;
    let (one, other) = tokio::join!(
        jobs::delete_expired(first.deps.clone()),
        jobs::delete_expired(second.deps.clone())
    );
    one.unwrap();
    other.unwrap();
    assert_eq!(links(&first), 0);
    let taken = holder(&first, "delete_expired");
    // Whoever has it does it again, and the other one leaves everything as it is, until the lease is over.
    leave_a_link(&first).await;
    jobs::delete_expired(first.deps.clone()).await.unwrap();
    let (mine, theirs) = match links(&first) {
        0 => (&first, &second),
        _ => (&second, &first),
    };
    leave_a_link(&first).await;
    jobs::delete_expired(theirs.deps.clone()).await.unwrap();
    assert!(links(&first) > 0);
    assert_eq!(holder(&first, "delete_expired"), taken);
    jobs::delete_expired(mine.deps.clone()).await.unwrap();
    assert_eq!((links(&first), holder(&first, "delete_expired")), (0, taken.clone()));
    leave_a_link(&first).await;
    first.advance_seconds(300);
    jobs::delete_expired(theirs.deps.clone()).await.unwrap();
    assert_eq!(links(&first), 0);
    let other = holder(&first, "delete_expired");
    assert_ne!(other, taken);
    for (deps, holds) in [(&theirs.deps, &other), (&mine.deps, &other)] {
        jobs::tend_signing_keys(deps.clone()).await.unwrap();
        assert_eq!(holder(&first, "signing_keys"), *holds);
    }
}
