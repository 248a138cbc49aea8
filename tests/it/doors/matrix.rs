//! Every case at every door.
use super::{Bases, Case, Door, Kind, applications, case, people, servers, taken};
use crate::app::App;
use crate::apply::{assert_unsaved, saved};
use grantor_tests::covers;
use serde_json::json;

fn cases() -> Vec<Case> {
    let mut all = servers::cases();
    all.extend(people::cases());
    all.extend(applications::cases());
    all
}

#[tokio::test]
async fn what_one_door_refuses_every_door_refuses_for_the_same_field() {
    covers!("A-04", "A-05", "A-13", "O-240");
    let app = App::start().await;
    let bases = Bases::make(&app).await;
    // Names that others have.
    let mark = |kind: Kind| format!("taken-{kind:?}").to_lowercase();
    for kind in [Kind::Role, Kind::ManagementRole, Kind::Group] {
        bases.fresh(&app, kind, &mark(kind)).await;
    }
    bases.fresh(&app, Kind::Identity, "taken@identity.test").await;
    app.settle().await;
    // Tokens are told of in batches.
    grantor_flows::tally::write(&app.deps).await.unwrap();
    let before = saved(&app);
    let (mut cells, mut broken) = (0, Vec::new());
    for (i, case) in cases().iter().filter(|c| !c.wrong.is_empty()).enumerate() {
        for door in case.doors {
            let mark = format!("refused-{i}");
            let said = bases.attempt(&app, (case, *door), (&mark, bases.id(case.kind))).await;
            let expected: Vec<String> = case.wrong.iter().map(|f| (*f).to_owned()).collect();
            if said != Err(expected) {
                broken.push(format!(
                    "{:?} {} at {door:?}: {said:?}, not {:?}",
                    case.kind, case.over, case.wrong
                ));
            }
            if saved(&app) != before {
                assert_unsaved(&app, &before, &format!("{:?} {} at {door:?}", case.kind, case.over));
            }
            cells += 1;
        }
    }
    assert!(broken.is_empty(), "{} of {cells}:\n{}", broken.len(), broken.join("\n"));
    println!("cells: {cells}");
}

#[tokio::test]
async fn what_one_door_takes_every_door_takes() {
    covers!("A-13", "A-17");
    let app = App::start().await;
    let bases = Bases::make(&app).await;
    let (mut cells, mut broken) = (0, Vec::new());
    for (i, case) in cases().iter().filter(|c| c.wrong.is_empty()).enumerate() {
        for door in case.doors {
            let mark = format!("taken-{i}-{door:?}").to_lowercase();
            let id = bases.fresh(&app, case.kind, &format!("base-{mark}")).await;
            let said = bases.attempt(&app, (case, *door), (&mark, &id)).await;
            if said != Ok(()) {
                broken.push(format!("{:?} {} at {door:?}: {said:?}", case.kind, case.over));
            }
            cells += 1;
        }
    }
    assert!(broken.is_empty(), "{} of {cells}:\n{}", broken.len(), broken.join("\n"));
    println!("cells: {cells}");
}

#[tokio::test]
async fn what_the_server_made_for_itself_is_changed_by_no_door() {
    covers!("T-12");
    let app = App::start().await;
    let bases = Bases::make(&app).await;
    let before = saved(&app);
    let mut cells = 0;
    for (path, name, list, id, over) in [
        (
            "resource-servers",
            "resource_server",
            "resource_servers",
            "management",
            json!({"display_name": "Mine"}),
        ),
        (
            "resource-servers",
            "resource_server",
            "resource_servers",
            "management",
            json!({"scopes": []}),
        ),
        (
            "applications",
            "application",
            "applications",
            "management-api",
            json!({"enabled": false}),
        ),
        (
            "applications",
            "application",
            "applications",
            "management-api",
            json!({"protocol_config": {"redirect_uris": ["https://mine.test/cb"]}}),
        ),
        (
            "resource-servers/management/roles",
            "role",
            "roles",
            "read-only",
            json!({"scopes": ["tenants:delete"]}),
        ),
    ] {
        let path = format!("{}/{path}/{id}", crate::app::ADMIN);
        let by_api = super::said(
            app.ask(&bases.bearer, "PATCH", &path, &json!({ name: over })).await,
            name,
        );
        let mut entry = over.clone();
        entry["id"] = id.into();
        if name == "role" {
            entry["resource_server_id"] = "management".into();
        }
        let by_document = super::applied(&app, ("admin", list), vec![entry]).await;
        for said in [by_api, by_document] {
            assert_eq!(said, Err(vec!["id".to_owned()]), "{path} {over}");
            cells += 1;
        }
    }
    assert_unsaved(&app, &before, "managed records");
    println!("cells: {cells}");
    let doors: Vec<Door> = Door::ALL.to_vec();
    assert_eq!(doors.len(), case(Kind::Group, "", json!({})).doors.len());
    assert!(taken(Kind::Group, json!({})).wrong.is_empty());
}
