//! What every page of an account has around its own content: where one is, where else one can go, and what was just done.
use crate::text::Text;

/// The pages of an account. A way in names one of them, never an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountPage {
    Home,
    Profile,
    Password,
    Sessions,
    Apps,
    Activity,
}

impl AccountPage {
    /// Every page, in the order of the navigation.
    pub const ALL: [Self; 6] = [
        Self::Home,
        Self::Profile,
        Self::Password,
        Self::Sessions,
        Self::Apps,
        Self::Activity,
    ];

    /// Its name in `to`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Profile => "profile",
            Self::Password => "password",
            Self::Sessions => "sessions",
            Self::Apps => "apps",
            Self::Activity => "activity",
        }
    }

    /// The page of this name; home for any other text.
    pub fn named(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|page| page.name() == name)
            .unwrap_or(Self::Home)
    }

    /// Its path below an issuer, without the first slash.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Home => "account",
            Self::Profile => "account/profile",
            Self::Password => "account/password",
            Self::Sessions => "account/sessions",
            Self::Apps => "account/apps",
            Self::Activity => "account/activity",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Home => "account-nav-home",
            Self::Profile => "account-nav-profile",
            Self::Password => "account-nav-password",
            Self::Sessions => "account-nav-sessions",
            Self::Apps => "account-nav-apps",
            Self::Activity => "account-nav-activity",
        }
    }
}

/// What a form did, said once by the page after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flash {
    ProfileSaved,
    PasswordChanged,
    SessionEnded,
    SessionsEnded,
    SessionWasGone,
    AppRemoved,
    AppWasGone,
    AccountReady,
}

impl Flash {
    /// Every word.
    pub const ALL: [Self; 8] = [
        Self::ProfileSaved,
        Self::PasswordChanged,
        Self::SessionEnded,
        Self::SessionsEnded,
        Self::SessionWasGone,
        Self::AppRemoved,
        Self::AppWasGone,
        Self::AccountReady,
    ];

    /// The word in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProfileSaved => "profile-saved",
            Self::PasswordChanged => "password-changed",
            Self::SessionEnded => "session-ended",
            Self::SessionsEnded => "sessions-ended",
            Self::SessionWasGone => "session-was-gone",
            Self::AppRemoved => "app-removed",
            Self::AppWasGone => "app-was-gone",
            Self::AccountReady => "account-ready",
        }
    }

    /// Any other word says nothing.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flash| flash.as_str() == word)
    }

    fn key(self) -> &'static str {
        match self {
            Self::ProfileSaved => "flash-profile-saved",
            Self::PasswordChanged => "flash-password-changed",
            Self::SessionEnded => "flash-session-ended",
            Self::SessionsEnded => "flash-sessions-ended",
            Self::SessionWasGone => "flash-session-was-gone",
            Self::AppRemoved => "flash-app-removed",
            Self::AppWasGone => "flash-app-was-gone",
            Self::AccountReady => "flash-account-ready",
        }
    }
}

/// A link of the navigation.
#[derive(Debug, Clone)]
pub struct NavLink {
    pub label: String,
    pub href: String,
    pub is_current: bool,
}

/// The frame.
#[derive(Debug, Clone)]
pub struct Frame {
    pub nav: Vec<NavLink>,
    pub signed_in_as: String,
    /// Path of the sign-out page.
    pub sign_out: String,
    /// What was just done; may be empty.
    pub flash: String,
}

impl Frame {
    /// The frame of a page under the path `base`, which ends with a slash.
    pub fn new(text: &Text, base: &str, current: AccountPage, signed_in_as: &str, flash: Option<Flash>) -> Self {
        let link = |page: AccountPage| NavLink {
            label: text.get(page.key()),
            href: format!("{base}{}", page.path()),
            is_current: page == current,
        };
        Self {
            nav: AccountPage::ALL.map(link).to_vec(),
            signed_in_as: signed_in_as.to_owned(),
            sign_out: format!("{base}logout"),
            flash: flash.map(|f| text.get(f.key())).unwrap_or_default(),
        }
    }
}
