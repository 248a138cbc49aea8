//! One of every page in every state, for the tests here and for `examples/sample_pages.rs`.
use crate::pages::{
    Consent, ErrorKind, ErrorPage, HandOff, ScopeGroup, ScopeLine, Shell, SignIn, SignInProblem, SignInReason, SignOut,
    SignedOut, oidc_group_title, oidc_scope_line,
};
use crate::text::Text;

#[path = "samples/account.rs"]
pub(crate) mod account;

/// The values that come from people, applications and settings.
pub(crate) struct Words {
    pub(crate) product: String,
    pub(crate) application: String,
    pub(crate) username: String,
    pub(crate) host: String,
    pub(crate) uri: String,
    pub(crate) path: String,
    pub(crate) target: String,
    /// The environment, and whatever has no name of its own.
    pub(crate) other: String,
    /// What a scope or a developer row says.
    pub(crate) detail: String,
}

impl Words {
    /// Values as they are on a good day.
    pub(crate) fn ordinary() -> Self {
        Self {
            product: "Grantor".into(),
            application: "Photo Book".into(),
            username: "ada@lovelace.example".into(),
            host: "photos.example".into(),
            uri: "https://photos.example/about".into(),
            path: "/sign-in?tx=4fJx&switch=1".into(),
            target: "https://photos.example/callback?code=c0de&state=st4te&iss=https%3A%2F%2Fid.example".into(),
            other: "staging".into(),
            detail: "Your albums and the photographs in them".into(),
        }
    }
}

type Rendered = Result<String, askama::Error>;

/// Every page in every state: a name for the file, and the document.
pub(crate) fn pages(text: &Text, words: &Words) -> Vec<(String, Rendered)> {
    let shell = shell(text, words);
    let mut pages: Vec<(String, Rendered)> = sign_ins(&shell, words);
    pages.extend(consents(&shell, words));
    pages.extend([true, false].map(|ok| {
        let page = HandOff {
            shell: shell.clone(),
            target: words.target.clone(),
            host: words.host.clone(),
            ok,
        };
        (format!("hand-off-{}", if ok { "ok" } else { "refused" }), page.render())
    }));
    let sign_out = |signed_in_as| SignOut {
        shell: shell.clone(),
        action: "/logout".into(),
        csrf: "t0ken".into(),
        signed_in_as,
    };
    pages.push(("sign-out".into(), sign_out(Some(words.username.clone())).render()));
    pages.push(("sign-out-unknown".into(), sign_out(None).render()));
    pages.push(("signed-out".into(), SignedOut { shell: shell.clone() }.render()));
    pages.extend(account::pages(&shell, words));
    pages.extend(ErrorKind::ALL.map(|kind| {
        (
            format!("error-{kind:?}").to_lowercase(),
            error(&shell, words, kind).render(),
        )
    }));
    pages
}

fn shell(text: &Text, words: &Words) -> Shell {
    Shell {
        text: text.clone(),
        request_id: "01981c2e-7f40-7cc1-9d0e-5b1f3a6c2d77".into(),
        base_path: String::new(),
        product: words.product.clone(),
        environment: Some(words.other.clone()),
    }
}

fn sign_ins(shell: &Shell, words: &Words) -> Vec<(String, Rendered)> {
    let page = |name: &str, username: &str, problem, reason| {
        let application = if name == "plain" {
            String::new()
        } else {
            words.application.clone()
        };
        let page = SignIn {
            shell: Shell {
                environment: shell.environment.clone().filter(|_| name != "plain"),
                ..shell.clone()
            },
            action: "/sign-in".into(),
            tx: "4fJx".into(),
            to: String::new(),
            csrf: "t0ken".into(),
            application,
            username: username.into(),
            problem,
            reason,
        };
        (format!("sign-in-{name}"), page.render())
    };
    let again = || SignInReason::Reauthenticate {
        username: words.username.clone(),
    };
    let busy = |retry_after_seconds| Some(SignInProblem::TooBusy { retry_after_seconds });
    vec![
        page("ordinary", "", None, SignInReason::Ordinary),
        page("plain", "", None, SignInReason::Ordinary),
        page("hint", &words.username, None, SignInReason::Ordinary),
        page(
            "wrong",
            &words.username,
            Some(SignInProblem::WrongCredentials),
            SignInReason::Ordinary,
        ),
        page("missing", "", Some(SignInProblem::Missing), SignInReason::Ordinary),
        page("busy", &words.username, busy(45), SignInReason::Ordinary),
        page("busy-long", &words.username, busy(300), SignInReason::Ordinary),
        page("stale", "", Some(SignInProblem::Stale), SignInReason::Ordinary),
        page("again", "", None, again()),
        page("again-wrong", "", Some(SignInProblem::WrongCredentials), again()),
        page("choose", "", None, SignInReason::ChooseAccount),
    ]
}

fn consents(shell: &Shell, words: &Words) -> Vec<(String, Rendered)> {
    let oidc = |scope, detail: &str| oidc_scope_line(&shell.text, scope, detail);
    let own = |scope: &str, detail: &str| ScopeLine {
        scope: scope.into(),
        title: scope.into(),
        detail: detail.into(),
    };
    let page = |name: &str, host: &str, groups| {
        let page = Consent {
            shell: shell.clone(),
            action: "/consent".into(),
            tx: "4fJx".into(),
            csrf: "t0ken".into(),
            shown: "sh0wn".into(),
            application: words.application.clone(),
            application_uri: Some(words.uri.clone()),
            redirect_host: host.into(),
            signed_in_as: words.username.clone(),
            not_you: words.path.clone(),
            groups,
        };
        (format!("consent-{name}"), page.render())
    };
    let account = vec![oidc("openid", ""), oidc("profile", ""), oidc("email", &words.username)];
    let rest = ["phone", "address", "offline_access"]
        .map(|scope| oidc(scope, ""))
        .to_vec();
    let album = vec![own("albums:read", &words.detail), own("albums:write", "")];
    vec![
        page(
            "full",
            &words.host,
            vec![
                ScopeGroup {
                    title: oidc_group_title(&shell.text),
                    scopes: account,
                },
                ScopeGroup {
                    title: words.application.clone(),
                    scopes: album,
                },
            ],
        ),
        page(
            "device",
            "localhost:3000",
            vec![ScopeGroup {
                title: oidc_group_title(&shell.text),
                scopes: rest,
            }],
        ),
        page("nothing", &words.host, Vec::new()),
    ]
}

fn error(shell: &Shell, words: &Words, kind: ErrorKind) -> ErrorPage {
    let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let is_for_developers = matches!(kind, ErrorKind::RedirectUri | ErrorKind::BadRequest);
    let detail = vec![
        row("parameter", "redirect_uri"),
        row("received", &words.uri),
        row(
            "registered",
            "https://photos.example/callback\nhttps://photos.example/silent",
        ),
        row("difference", "/about, not /callback"),
        row("hint", "Register this address, or send one that is"),
        row("specification", "https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2"),
        row("tx_id", &words.other),
    ];
    ErrorPage {
        shell: shell.clone(),
        status: 400,
        kind,
        time: "2026-05-01T12:30:05Z".into(),
        detail: if is_for_developers { detail } else { Vec::new() },
        home: (kind != ErrorKind::NotFound).then(|| (words.application.clone(), words.uri.clone())),
        restart: matches!(kind, ErrorKind::Stale | ErrorKind::NoCookie).then(|| words.path.clone()),
        sign_out: (kind == ErrorKind::Forbidden).then(|| words.path.clone()),
    }
}
