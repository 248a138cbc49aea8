//! What can happen, and how often it does. Things are picked by age: 0 is the newest, so that what is left after shrinking reads well.
use super::records::Rotation;
use proptest::prelude::*;

/// Who presents a code or a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The application it was given to.
    Owner,
    /// Another application of the realm.
    Stranger,
    /// The application it was given to, under another issuer of the realm.
    Elsewhere,
}

/// What an admin changes of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Enabled(bool),
    Refresh(bool),
    /// Whether it may have the scope `write`.
    Write(bool),
    Rotation(Rotation),
}

/// What is offered to everybody who must not take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    AccessToken,
    RefreshToken,
    IdToken,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    SignIn {
        browser: usize,
        user: usize,
    },
    SignOut {
        browser: usize,
    },
    /// Without `silent` the user of the browser signs in where that is asked for.
    Authorize {
        browser: usize,
        client: usize,
        scope: &'static str,
        silent: bool,
    },
    /// A code that was not redeemed yet.
    Redeem {
        code: usize,
        by: By,
        verifier: bool,
    },
    /// A code that was.
    Replay {
        code: usize,
        by: By,
    },
    /// `age` 0 is the newest token of the grant, 1 its predecessor. An empty scope is none asked for.
    Refresh {
        grant: usize,
        age: usize,
        by: By,
        scope: &'static str,
    },
    /// By a refresh token, of this age or the oldest there is.
    Revoke {
        grant: usize,
        age: usize,
        by: By,
    },
    RevokeToken {
        token: usize,
        by: By,
    },
    NewPassword {
        user: usize,
    },
    Enable {
        user: usize,
        enabled: bool,
    },
    Change {
        client: usize,
        change: Change,
    },
    /// Seconds.
    Wait(i64),
    /// The process ends and another one opens the same files.
    Restart,
    /// The jobs run: what is over is deleted, signing keys follow each other.
    CleanUp,
    Offer {
        kind: Kind,
        age: usize,
    },
}

pub(super) const BROWSERS: usize = 3;
pub(super) const USERS: usize = 2;

/// A scope of none is not here: an application then gets all it may have.
const ASKED: [&str; 5] = [
    "openid read",
    "openid offline_access read",
    "openid read write",
    "openid offline_access read write",
    "read",
];
const NARROWER: [&str; 8] = ["", "", "", "", "", "read", "openid write", "admin"];
/// Around the end of a code and of the retry window.
const SHORT_WAITS: [i64; 5] = [1, 9, 19, 41, 60];
/// Around the end of tokens, of idle families and sessions, of everything.
const LONG_WAITS: [i64; 7] = [599, 3_600, 4_000, 43_200, 86_400, 100_000, 604_800];

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..BROWSERS, 0..USERS).prop_map(|(browser, user)| Step::SignIn { browser, user }),
        1 => (0..BROWSERS).prop_map(|browser| Step::SignOut { browser }),
        10 => authorize(),
        12 => (new(), by(), prop::bool::weighted(0.9)).prop_map(|(code, by, verifier)| Step::Redeem { code, by, verifier }),
        1 => (new(), by()).prop_map(|(code, by)| Step::Replay { code, by }),
        22 => refresh(),
        1 => (new(), new(), by()).prop_map(|(grant, age, by)| Step::Revoke { grant, age, by }),
        2 => (new(), by()).prop_map(|(token, by)| Step::RevokeToken { token, by }),
        1 => (0..USERS).prop_map(|user| Step::NewPassword { user }),
        1 => (0..USERS, mostly()).prop_map(|(user, enabled)| Step::Enable { user, enabled }),
        2 => (0..5_usize, change()).prop_map(|(client, change)| Step::Change { client, change }),
        4 => prop::sample::select(&SHORT_WAITS[..]).prop_map(Step::Wait),
        1 => prop::sample::select(&LONG_WAITS[..]).prop_map(Step::Wait),
        1 => Just(Step::Restart),
        1 => Just(Step::CleanUp),
        1 => (kind(), new()).prop_map(|(kind, age)| Step::Offer { kind, age }),
    ]
}

fn authorize() -> impl Strategy<Value = Step> {
    let whom = (
        0..BROWSERS,
        0..5_usize,
        prop::sample::select(&ASKED[..]),
        prop::bool::weighted(0.3),
    );
    whom.prop_map(|(browser, client, scope, silent)| Step::Authorize {
        browser,
        client,
        scope,
        silent,
    })
}

fn refresh() -> impl Strategy<Value = Step> {
    let age = prop_oneof![14 => Just(0_usize), 4 => Just(1), 1 => Just(2)];
    (new(), age, by(), prop::sample::select(&NARROWER[..])).prop_map(|(grant, age, by, scope)| Step::Refresh {
        grant,
        age,
        by,
        scope,
    })
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![14 => Just(By::Owner), 1 => Just(By::Stranger), 1 => Just(By::Elsewhere)]
}

/// Mostly the newest.
fn new() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0_usize), 2 => Just(1), 1 => 2..6_usize]
}

fn mostly() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.75)
}

fn change() -> impl Strategy<Value = Change> {
    let rotation = prop::sample::select(&[Rotation::UntilReceipt, Rotation::Strict, Rotation::Off][..]);
    prop_oneof![
        mostly().prop_map(Change::Enabled),
        mostly().prop_map(Change::Refresh),
        any::<bool>().prop_map(Change::Write),
        rotation.prop_map(Change::Rotation),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(&[Kind::Code, Kind::AccessToken, Kind::RefreshToken, Kind::IdToken][..])
}
