//! What each page says in each of its states.
use super::*;

#[test]
fn the_sign_in_page_reports_problems_at_the_fields() {
    let documents = documents(&Text::default(), &Words::ordinary());
    for (page, selector, count) in [
        (
            "ordinary",
            "input#username[autocomplete=username][required][autofocus]",
            1,
        ),
        (
            "ordinary",
            "input#password[type=password][autocomplete=current-password][required]",
            1,
        ),
        ("ordinary", "button#sign-in[type=submit]", 1),
        ("ordinary", "[role=alert], [aria-invalid]", 0),
        ("hint", "input#password[autofocus]", 1),
        (
            "wrong",
            "[role=alert] a[href='#username'], [role=alert] a[href='#password']",
            2,
        ),
        ("wrong", "input#username[aria-invalid=true][aria-describedby]", 1),
        ("wrong", "input#username[value='ada@lovelace.example']", 1),
        ("wrong", "input#password[aria-invalid=true][aria-describedby]", 1),
        ("wrong", "input[type=password][value]", 0),
        ("wrong", "[role=alert][autofocus]", 1),
        ("wrong", "[autofocus]", 1),
        ("missing", "[role=alert] li", 2),
        ("busy", "[role=alert] li", 0),
        ("stale", "[role=alert]", 1),
        ("again", "input#username[readonly][value='ada@lovelace.example']", 1),
        ("again-wrong", "[role=alert] a[href='#password']", 1),
        ("again-wrong", "[role=alert] a[href='#username']", 0),
        ("choose", "input#username:not([readonly])", 1),
    ] {
        let (_, _, document) = documents
            .iter()
            .find(|(name, ..)| *name == format!("sign-in-{page}"))
            .unwrap();
        assert_eq!(select(document, selector).len(), count, "{page}: {selector}");
    }
}

#[test]
fn waiting_times_are_said_in_words_that_fit_the_number() {
    for (seconds, expected) in [
        (0, "one second"),
        (1, "one second"),
        (45, "45 seconds"),
        (91, "2 minutes"),
        (300, "5 minutes"),
    ] {
        let page = SignIn {
            shell: shell_of("Grantor"),
            action: "/sign-in".into(),
            tx: String::new(),
            to: "home".into(),
            csrf: String::new(),
            application: String::new(),
            username: String::new(),
            problem: Some(SignInProblem::TooBusy {
                retry_after_seconds: seconds,
            }),
            reason: SignInReason::Ordinary,
        };
        let html = page.render().unwrap();
        assert!(html.contains(&format!("Please wait {expected} and")), "{seconds}");
    }
}

#[test]
fn consent_offers_both_answers_alike_and_says_where_they_go() {
    let documents = documents(&Text::default(), &Words::ordinary());
    let (_, html, document) = documents.iter().find(|(name, ..)| name == "consent-full").unwrap();
    let answers = select(document, "form button[name=decision]");
    let [deny, allow] = answers.as_slice() else {
        panic!("two answers")
    };
    assert_eq!(
        (deny.value().attr("value"), allow.value().attr("value")),
        (Some("deny"), Some("allow"))
    );
    assert_eq!((deny.value().id(), allow.value().id()), (Some("deny"), Some("allow")));
    assert_eq!(deny.value().attr("class"), allow.value().attr("class"));
    for expected in [
        "photos.example",
        "ada@lovelace.example",
        "See your e-mail address",
        "albums:write",
        "Photo Book",
    ] {
        assert!(html.contains(expected), "{expected}");
    }
    assert_eq!(select(document, "a#not-you").len(), 1);
    for (page, count) in [("consent-full", 0), ("consent-device", 1)] {
        let (_, _, document) = documents.iter().find(|(name, ..)| name == page).unwrap();
        assert_eq!(select(document, ".caution").len(), count, "{page}");
    }
}

#[test]
fn scopes_are_worded_and_an_unknown_one_is_shown_as_it_is() {
    let text = Text::default();
    for (scope, detail, expected) in [
        (
            "email",
            "ada@lovelace.example",
            ("See your e-mail address", "ada@lovelace.example"),
        ),
        (
            "openid",
            "",
            ("Know that it is you", "An identifier that stands for your account"),
        ),
        ("albums:read", "", ("albums:read", "")),
        ("a.b", "", ("a.b", "")),
    ] {
        let line = oidc_scope_line(&text, scope, detail);
        assert_eq!(
            (line.title.as_str(), line.detail.as_str(), line.scope.as_str()),
            (expected.0, expected.1, scope)
        );
    }
    for scope in grantor_protocol::words::OidcScope::ALL {
        assert!(text.find(&format!("scope-{scope}-title")).is_some(), "{scope}");
    }
}

#[test]
fn error_pages_give_a_reference_a_time_and_a_way_on() {
    let documents = documents(&Text::default(), &Words::ordinary());
    for (page, selector, count) in [
        ("generic", "#reference", 1),
        ("generic", "time[datetime='2026-05-01T12:30:05Z']", 1),
        ("generic", "a#home", 1),
        ("generic", "section.detail", 0),
        ("stale", "a#restart", 1),
        ("forbidden", "a#sign-out", 1),
        ("notfound", "a.button", 0),
        ("redirecturi", "section.detail dt", 7),
        ("redirecturi", "section.detail a", 1),
    ] {
        let (_, _, document) = documents
            .iter()
            .find(|(name, ..)| *name == format!("error-{page}"))
            .unwrap();
        assert_eq!(select(document, selector).len(), count, "{page}: {selector}");
    }
}
