//! The pages of an account, and the one behind a one-time link.
use super::{Rendered, Words};
use crate::pages::{
    AccountActivity, AccountApps, AccountHome, AccountPage, AccountPassword, AccountProfile, AccountSessions, AppView,
    EventLine, FilterLink, Flash, Frame, HeldApp, Moment, PasswordProblem, ProfileField, ScopeGroup, ScopeLine,
    SessionView, Setup, Shell, device_words, event_words, filter_words, method_words, oidc_group_title,
    oidc_scope_line,
};
use grantor_protocol::account::{Field, FieldFault, PasswordFault};
use grantor_protocol::events::EventKind;

/// 2026-05-01 12:30 UTC.
const AT: i64 = 1_777_638_605;

pub(super) fn pages(shell: &Shell, words: &Words) -> Vec<(String, Rendered)> {
    let mut pages = passwords(shell, words);
    pages.extend(profiles(shell, words));
    pages.extend([
        ("account-home".into(), home(shell, words, true).render()),
        ("account-home-empty".into(), home(shell, words, false).render()),
        ("account-sessions".into(), sessions(shell, words, true).render()),
        ("account-sessions-alone".into(), sessions(shell, words, false).render()),
        ("account-apps".into(), apps(shell, words, true).render()),
        ("account-apps-none".into(), apps(shell, words, false).render()),
        ("account-activity".into(), activity(shell, words, true).render()),
        ("account-activity-none".into(), activity(shell, words, false).render()),
    ]);
    let setup = |name: &str, name_fault, problem| {
        let page = Setup {
            shell: shell.clone(),
            action: "/setup/t0ken".into(),
            csrf: "t0ken".into(),
            username: words.username.clone(),
            name: words.other.clone(),
            name_fault,
            problem,
        };
        (name.to_owned(), page.render())
    };
    pages.extend([
        setup("setup", None, None),
        setup(
            "setup-refused",
            None,
            Some(PasswordProblem::Refused(PasswordFault::TooShort)),
        ),
        setup("setup-name", Some(FieldFault::Unreadable), None),
    ]);
    pages
}

fn moment() -> Moment {
    Moment::of_unix_seconds(AT)
}

fn frame(shell: &Shell, words: &Words, page: AccountPage, flash: Option<Flash>) -> Frame {
    Frame::new(&shell.text, "/", page, &words.username, flash)
}

fn passwords(shell: &Shell, words: &Words) -> Vec<(String, Rendered)> {
    let refused = PasswordProblem::Refused;
    [
        ("", None, None),
        ("-done", None, Some(Flash::PasswordChanged)),
        ("-missing", Some(PasswordProblem::MissingOld), None),
        ("-wrong", Some(PasswordProblem::WrongOld), None),
        ("-empty", Some(refused(PasswordFault::Missing)), None),
        ("-short", Some(refused(PasswordFault::TooShort)), None),
        ("-long", Some(refused(PasswordFault::TooLong)), None),
        ("-obvious", Some(refused(PasswordFault::Obvious)), None),
        ("-differs", Some(refused(PasswordFault::NotRepeated)), None),
        ("-unchanged", Some(refused(PasswordFault::Unchanged)), None),
        ("-busy", Some(PasswordProblem::TooBusy(5)), None),
        ("-locked", Some(PasswordProblem::TooMany(300)), None),
    ]
    .into_iter()
    .map(|(name, problem, flash)| {
        let page = AccountPassword {
            shell: shell.clone(),
            frame: frame(shell, words, AccountPage::Password, flash),
            action: "/account/password".into(),
            csrf: "t0ken".into(),
            username: words.username.clone(),
            problem,
        };
        (format!("account-password{name}"), page.render())
    })
    .collect()
}

fn profiles(shell: &Shell, words: &Words) -> Vec<(String, Rendered)> {
    let page = |name: &str, faults: &[(Field, FieldFault)], flash, email: &str| {
        let fault = |field| faults.iter().find(|(f, _)| *f == field).map(|(_, fault)| *fault);
        let field = |field| ProfileField::new(&shell.text, field, &words.other, fault(field));
        let page = AccountProfile {
            shell: shell.clone(),
            frame: frame(shell, words, AccountPage::Profile, flash),
            action: "/account/profile".into(),
            csrf: "t0ken".into(),
            username: words.username.clone(),
            email: email.into(),
            email_verified: faults.is_empty(),
            fields: Field::ALL.map(field).to_vec(),
        };
        (format!("account-profile{name}"), page.render())
    };
    let faults = [
        (Field::Name, FieldFault::TooLong),
        (Field::Nickname, FieldFault::Unreadable),
        (Field::Website, FieldFault::Malformed),
        (Field::Birthdate, FieldFault::Malformed),
        (Field::Locale, FieldFault::Malformed),
        (Field::Zoneinfo, FieldFault::Malformed),
    ];
    vec![
        page("", &[], Some(Flash::ProfileSaved), &words.username),
        page("-no-mail", &[], None, ""),
        page("-wrong", &faults, None, &words.username),
    ]
}

fn events(shell: &Shell, words: &Words) -> Vec<EventLine> {
    let line = |kind: &EventKind| {
        let (what, is_good) = event_words(&shell.text, *kind);
        EventLine {
            at: moment(),
            what,
            is_good,
            application: words.application.clone(),
            address: words.host.clone(),
        }
    };
    let all = EventKind::ALL.iter();
    all.filter(|kind| is_about_people(**kind)).map(line).collect()
}

/// The kinds that stand on somebody's page; the others are of the installation.
pub(crate) fn is_about_people(kind: EventKind) -> bool {
    let of_people = [
        "sign_in.",
        "account.",
        "user.",
        "role.member",
        "group.member",
        "grant.",
        "token.",
        "code.",
        "refresh_token.",
    ];
    of_people.iter().any(|start| kind.as_str().starts_with(start))
}

fn home(shell: &Shell, words: &Words, full: bool) -> AccountHome {
    let held = HeldApp {
        name: words.application.clone(),
        used: Some(moment()),
    };
    AccountHome {
        shell: shell.clone(),
        frame: frame(
            shell,
            words,
            AccountPage::Home,
            Some(Flash::AccountReady).filter(|_| full),
        ),
        name: if full { words.other.clone() } else { String::new() },
        since: moment(),
        before: full.then(|| (moment(), words.host.clone())),
        events: if full {
            events(shell, words).split_off(10)
        } else {
            Vec::new()
        },
        apps: if full {
            vec![held.clone(), HeldApp { used: None, ..held }]
        } else {
            Vec::new()
        },
        more_apps: usize::from(full),
        all_events: "/account/activity".into(),
        all_apps: "/account/apps".into(),
    }
}

fn sessions(shell: &Shell, words: &Words, full: bool) -> AccountSessions {
    let session = |is_current: bool, names: (Option<&str>, Option<&str>)| SessionView {
        id: words.detail.clone(),
        is_current,
        device: device_words(&shell.text, names.0, names.1),
        agent: words.detail.clone(),
        address: words.host.clone(),
        signed_in: moment(),
        last_seen: moment(),
        ends: moment(),
        method: method_words(&shell.text, &["pwd".to_owned()]),
        applications: if is_current {
            vec![words.application.clone(), words.other.clone()]
        } else {
            Vec::new()
        },
        outlived: (!is_current).then(moment),
    };
    let mut all = vec![session(true, (Some("Firefox"), Some("Linux")))];
    if full {
        all.push(session(false, (None, None)));
        all.push(session(false, (None, Some("Android"))));
    }
    let flash = if full {
        Flash::SessionWasGone
    } else {
        Flash::SessionsEnded
    };
    AccountSessions {
        shell: shell.clone(),
        frame: frame(shell, words, AccountPage::Sessions, Some(flash)),
        action: "/account/sessions".into(),
        csrf: "t0ken".into(),
        sessions: all,
    }
}

fn apps(shell: &Shell, words: &Words, full: bool) -> AccountApps {
    let own = ScopeLine {
        scope: words.other.clone(),
        title: words.detail.clone(),
        detail: String::new(),
    };
    let groups = vec![
        ScopeGroup {
            title: oidc_group_title(&shell.text),
            scopes: ["openid", "email", "offline_access"]
                .map(|s| oidc_scope_line(&shell.text, s, ""))
                .to_vec(),
        },
        ScopeGroup {
            title: words.application.clone(),
            scopes: vec![own],
        },
    ];
    let app = AppView {
        id: words.other.clone(),
        name: words.application.clone(),
        uri: Some(words.uri.clone()),
        host: words.host.clone(),
        groups,
        granted: moment(),
        used: Some(moment()),
        ends: Some(moment()),
        is_offline: true,
        is_trusted: false,
    };
    let idle = AppView {
        uri: None,
        groups: Vec::new(),
        used: None,
        ends: None,
        is_offline: false,
        is_trusted: true,
        ..app.clone()
    };
    let flash = if full { Flash::AppRemoved } else { Flash::AppWasGone };
    AccountApps {
        shell: shell.clone(),
        frame: frame(shell, words, AccountPage::Apps, Some(flash)),
        action: "/account/apps".into(),
        csrf: "t0ken".into(),
        apps: if full { vec![app, idle] } else { Vec::new() },
    }
}

fn activity(shell: &Shell, words: &Words, full: bool) -> AccountActivity {
    let filter = |show: &str| FilterLink {
        label: filter_words(&shell.text, show),
        href: format!("/account/activity?show={show}"),
        is_chosen: show == "all",
    };
    let page = |full: bool| full.then(|| "/account/activity?show=all&after=1-2".to_owned());
    AccountActivity {
        shell: shell.clone(),
        frame: frame(shell, words, AccountPage::Activity, Some(Flash::SessionEnded)),
        filters: ["all", "sign-ins", "apps", "account"].map(filter).to_vec(),
        events: if full { events(shell, words) } else { Vec::new() },
        next: page(full),
        newest: page(full),
    }
}
