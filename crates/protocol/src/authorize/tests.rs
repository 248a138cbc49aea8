//! Tables: the list of checks, and the decision on what a user sees next.
use super::*;
use crate::OAuthErrorCode::{AccessDenied, ConsentRequired, LoginRequired};
use crate::client::{Client, ClientConfig};
use crate::issuer::RealmKey;
use crate::scope::ScopeSet;
use crate::words::{ApplicationType, ConsentPolicy, Prompt};
use crate::{OAuthErrorCode, UnixMillis};

mod round_trip;

#[test]
fn the_list_of_checks_is_this_one_in_this_order() {
    let names: Vec<_> = CHECKS.iter().map(|c| c.name).collect();
    let expected = [
        "no parameter is repeated",
        "the client may use the code grant",
        "request objects are refused",
        "response_type",
        "response_mode",
        "state",
        "scope",
        "code_challenge",
        "nonce",
        "prompt",
        "max_age",
        "claims",
        "hints",
    ];
    assert_eq!(names, expected);
    assert!(CHECKS.iter().all(|c| c.endpoints == [Endpoint::Authorize]));
}

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const ASKED: &str = "openid read";

/// What the next step is decided from, as owned values: nobody is signed in, nothing is allowed.
struct Setting {
    request: AuthorizationRequest,
    client: Client,
    session: Option<BrowserSession>,
    consent: Option<&'static str>,
    hinted: Option<Option<&'static str>>,
    progress: Progress,
}

fn client() -> Client {
    let config = r#"{
        "type": "oidc", "confidentiality": "public", "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"], "redirect_uris": ["https://a.test/cb"]
    }"#;
    Client {
        key: RealmKey::new("t", "r"),
        id: "app-a".into(),
        client_id: "a".into(),
        display_name: "A".into(),
        is_managed: false,
        enabled: true,
        resource_server: None,
        config: serde_json::from_str::<ClientConfig>(config).unwrap(),
    }
}

/// Nobody is signed in.
fn signed_out() -> Setting {
    let scope = ASKED.to_owned();
    Setting {
        request: AuthorizationRequest {
            scope,
            ..AuthorizationRequest::default()
        },
        client: client(),
        session: None,
        consent: None,
        hinted: None,
        progress: Progress::default(),
    }
}

/// Alice signed in this many seconds ago and has allowed everything asked for.
fn known(seconds_ago: i64) -> Setting {
    let session = BrowserSession {
        sid: "s1".into(),
        user: "alice".into(),
        auth_time: NOW.plus_seconds(-seconds_ago),
        amr: vec!["pwd".into()],
    };
    Setting {
        session: Some(session),
        consent: Some(ASKED),
        ..signed_out()
    }
}

impl Setting {
    fn prompt(mut self, prompts: &[Prompt]) -> Self {
        self.request.prompt = prompts.to_vec();
        self
    }
    fn max_age(mut self, seconds: i64) -> Self {
        self.request.max_age = Some(seconds);
        self
    }
    fn hint(mut self, user: Option<&'static str>) -> Self {
        self.hinted = Some(user);
        self
    }
    fn consent(mut self, scope: Option<&'static str>) -> Self {
        self.consent = scope;
        self
    }
    fn native(mut self) -> Self {
        self.client.config.application_type = ApplicationType::Native;
        self
    }
    fn skip(mut self) -> Self {
        self.client.config.consent = ConsentPolicy::Skip;
        self
    }
    /// The sign-in page of this interaction made the session `sid`.
    fn signed_in_here(mut self, sid: &str) -> Self {
        self.progress.signed_in = Some(sid.into());
        self
    }
    fn allowed_here(self, scope: &str) -> Self {
        self.allowed_by("alice", scope)
    }
    fn allowed_by(mut self, user: &str, scope: &str) -> Self {
        let (user, scope) = (user.to_owned(), scope.to_owned());
        self.progress.consented = Some(Allowed { user, scope });
        self
    }
    fn denied(mut self) -> Self {
        self.progress.denied = true;
        self
    }
    #[track_caller]
    fn leads_to(self, expected: &Step) {
        let consent = self.consent.map(ScopeSet::from_stored);
        let step = next_step(&Situation {
            request: &self.request,
            scopes: &self.request.scopes(),
            client: &self.client,
            session: self.session.as_ref(),
            consent: consent.as_ref(),
            hinted_user: self.hinted,
            progress: &self.progress,
            now: NOW,
        });
        assert_eq!(&step, expected);
    }
}

const LOGIN: Step = Step::Login(LoginReason::SignedOut);
const FRESH: Step = Step::Login(LoginReason::Fresh);
const ACCOUNT: Step = Step::Login(LoginReason::Account);

fn consent() -> Step {
    Step::Consent(ScopeSet::from_stored(ASKED))
}

fn refuse(code: OAuthErrorCode) -> Step {
    Step::Refuse(code)
}

#[test]
fn whoever_is_not_signed_in_signs_in_first() {
    signed_out().leads_to(&LOGIN);
    signed_out().prompt(&[Prompt::Login]).leads_to(&LOGIN);
    signed_out().prompt(&[Prompt::Consent]).leads_to(&LOGIN);
    signed_out().prompt(&[Prompt::SelectAccount]).leads_to(&LOGIN);
    signed_out().max_age(0).leads_to(&LOGIN);
    signed_out().skip().leads_to(&LOGIN);
    // A hint says who is meant, never who is there (O-025).
    signed_out().hint(Some("alice")).leads_to(&LOGIN);
    signed_out().hint(None).leads_to(&LOGIN);
    // What was allowed on the interaction does not replace the session that allowed it.
    signed_out().allowed_here(ASKED).signed_in_here("s1").leads_to(&LOGIN);
    known(5).leads_to(&Step::Issue);
}

#[test]
fn with_prompt_none_nothing_is_ever_shown() {
    let none = &[Prompt::None];
    known(5).prompt(none).leads_to(&Step::Issue);
    signed_out().prompt(none).leads_to(&refuse(LoginRequired));
    signed_out()
        .prompt(none)
        .hint(Some("alice"))
        .leads_to(&refuse(LoginRequired));
    known(11).prompt(none).max_age(10).leads_to(&refuse(LoginRequired));
    known(0).prompt(none).max_age(0).leads_to(&refuse(LoginRequired));
    known(5).prompt(none).hint(None).leads_to(&refuse(LoginRequired));
    known(5).prompt(none).hint(Some("bob")).leads_to(&refuse(LoginRequired));
    known(5).prompt(none).hint(Some("alice")).leads_to(&Step::Issue);
    known(5).prompt(none).consent(None).leads_to(&refuse(ConsentRequired));
    known(5)
        .prompt(none)
        .consent(Some("openid"))
        .leads_to(&refuse(ConsentRequired));
    known(5).prompt(none).consent(None).skip().leads_to(&Step::Issue);
    known(5).prompt(none).native().leads_to(&refuse(ConsentRequired));
    known(5).prompt(none).native().skip().leads_to(&refuse(ConsentRequired));
}

#[test]
fn an_authentication_may_be_asked_to_be_fresh() {
    // The limit itself is still young enough; a negative age (clocks) is young.
    known(10).max_age(10).leads_to(&Step::Issue);
    known(11).max_age(10).leads_to(&FRESH);
    known(-3).max_age(10).leads_to(&Step::Issue);
    known(5).max_age(999_999_999_999).leads_to(&Step::Issue);
    known(0).max_age(0).leads_to(&FRESH);
    known(0).prompt(&[Prompt::Login]).leads_to(&FRESH);
    known(0).prompt(&[Prompt::Login, Prompt::Consent]).leads_to(&FRESH);
    // Signing in on this interaction satisfies it, however little time has passed ...
    known(0)
        .prompt(&[Prompt::Login])
        .signed_in_here("s1")
        .leads_to(&Step::Issue);
    known(0).max_age(0).signed_in_here("s1").leads_to(&Step::Issue);
    // ... a sign-in elsewhere does not.
    known(0).prompt(&[Prompt::Login]).signed_in_here("s2").leads_to(&FRESH);
    known(0).max_age(0).signed_in_here("s2").leads_to(&FRESH);
}

#[test]
fn the_account_that_is_asked_for_is_the_one_that_answers() {
    known(5).prompt(&[Prompt::SelectAccount]).leads_to(&ACCOUNT);
    known(5)
        .prompt(&[Prompt::SelectAccount, Prompt::Login])
        .leads_to(&ACCOUNT);
    known(5)
        .prompt(&[Prompt::SelectAccount])
        .signed_in_here("s1")
        .leads_to(&Step::Issue);
    known(5).hint(Some("alice")).leads_to(&Step::Issue);
    known(5).hint(Some("bob")).leads_to(&ACCOUNT);
    known(5).hint(None).leads_to(&ACCOUNT);
    // Asked, somebody else signed in: the client hears of it and gets no code for the wrong user.
    known(5)
        .hint(Some("bob"))
        .signed_in_here("s1")
        .leads_to(&refuse(LoginRequired));
    known(5)
        .hint(None)
        .signed_in_here("s1")
        .leads_to(&refuse(LoginRequired));
    known(5).hint(Some("alice")).signed_in_here("s1").leads_to(&Step::Issue);
    known(11).hint(Some("alice")).max_age(10).leads_to(&FRESH);
}

#[test]
fn consent_is_asked_until_it_covers_what_is_asked() {
    known(5).consent(None).leads_to(&consent());
    known(5).consent(Some("")).leads_to(&consent());
    known(5).consent(Some("openid")).leads_to(&consent());
    known(5).consent(Some("openid write")).leads_to(&consent());
    known(5).consent(Some("read openid write")).leads_to(&Step::Issue);
    known(5).consent(None).allowed_here(ASKED).leads_to(&Step::Issue);
    known(5).consent(None).allowed_here("openid").leads_to(&consent());
    // Bob allowed it, then Alice's session came along: she is asked herself.
    known(5).consent(None).allowed_by("bob", ASKED).leads_to(&consent());
    // Skipping is the application's; prompt=consent is stronger than that and than a lasting consent.
    known(5).consent(None).skip().leads_to(&Step::Issue);
    known(5).prompt(&[Prompt::Consent]).leads_to(&consent());
    known(5).prompt(&[Prompt::Consent]).skip().leads_to(&consent());
    known(5)
        .prompt(&[Prompt::Consent])
        .allowed_here(ASKED)
        .leads_to(&Step::Issue);
    // A request without scopes is asked about once, too.
    let nothing = |consent| {
        let mut setting = known(5).consent(consent);
        setting.request.scope.clear();
        setting
    };
    nothing(None).leads_to(&Step::Consent(ScopeSet::default()));
    nothing(Some("")).leads_to(&Step::Issue);
}

#[test]
fn a_native_client_never_gets_a_silent_answer() {
    known(5).native().leads_to(&consent());
    known(5).native().skip().leads_to(&consent());
    known(5)
        .native()
        .prompt(&[Prompt::Login])
        .signed_in_here("s1")
        .leads_to(&consent());
    known(5).native().allowed_here(ASKED).leads_to(&Step::Issue);
    known(5).native().allowed_here("read").leads_to(&consent());
}

#[test]
fn no_means_no_for_this_interaction() {
    known(5).denied().leads_to(&refuse(AccessDenied));
    known(5).consent(None).denied().leads_to(&refuse(AccessDenied));
    known(5).allowed_here(ASKED).denied().leads_to(&refuse(AccessDenied));
    known(5).native().denied().leads_to(&refuse(AccessDenied));
    signed_out().denied().leads_to(&refuse(AccessDenied));
}
