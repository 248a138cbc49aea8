//! What is read at all.
use crate::app::{App, REALM};
use crate::management::admin::{Admin, records};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_by_its_status() {
    covers!("O-199");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let good = json!({"group": {"display_name": "G"}}).to_string();
    let (path, before) = (format!("{REALM}/groups"), records(&app));
    // What a form of another site can send, with the cookies of whoever is signed in, is not read (O-199).
    for label in [
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "application/jsonp",
        "text/json",
        "",
        "json",
    ] {
        let cookies = ("cookie", "grantor-session.default.admin=x");
        for headers in [&[("content-type", label)][..], &[("content-type", label), cookies]] {
            let answer = admin.raw("POST", &path, headers, Some(&good)).await;
            answer.assert_management_error(415, "unsupported_media_type");
        }
        // Without a bearer a cookie opens nothing, whatever the label.
        for label in [label, "application/json"] {
            let answer = app
                .send("POST", &path, &[("content-type", label), cookies], Some(&good))
                .await;
            answer.assert_management_error(401, "unauthorized");
        }
    }
    let answer = admin.raw("POST", &path, &[], Some(&good)).await;
    answer.assert_management_error(415, "unsupported_media_type");
    let deep = format!("{{\"group\":{}1{}}}", "[".repeat(40), "]".repeat(40));
    let long = json!({"group": {"display_name": "x".repeat(70_000)}}).to_string();
    for (what, body, status, code) in [
        ("nothing", "", 400, "bad_request"),
        ("half", "{\"group\":", 400, "bad_request"),
        ("two", "{} {}", 400, "bad_request"),
        ("a form", "group=1", 400, "bad_request"),
        ("a list", "[]", 400, "bad_request"),
        ("null", "null", 400, "bad_request"),
        (
            "twice",
            r#"{"group":{"display_name":"A"},"group":{}}"#,
            400,
            "bad_request",
        ),
        (
            "twice inside",
            r#"{"group":{"display_name":"A","display_name":"B"}}"#,
            400,
            "bad_request",
        ),
        (
            "twice, spelled otherwise",
            r#"{"group":{"display_name":"A","display\u005fname":"B"}}"#,
            400,
            "bad_request",
        ),
        (
            "not UTF-8 text",
            "{\"group\":{\"display_name\":\"\\ud800\"}}",
            400,
            "bad_request",
        ),
        ("deep", &deep, 400, "bad_request"),
        ("long", &long, 413, "payload_too_large"),
    ] {
        let headers = [("content-type", "application/json")];
        let answer = admin.raw("POST", &path, &headers, Some(body)).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        answer.assert_management_error(status, code);
    }
    assert_eq!(records(&app), before);
    let labelled = [("content-type", "Application/JSON; charset=utf-8")];
    assert_eq!(admin.raw("POST", &path, &labelled, Some(&good)).await.status, 200);
}
