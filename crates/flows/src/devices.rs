//! Browsers that have signed in to an account before: what strangers guess does not make them wait (O-278).
//!
//! The cookie is `id.mark.mark…`: a random id of the browser, and a mark for each account it knows, the last one first. A mark is
//! a MAC over realm, id, user and the stored password, so it ends with the password and is worth nothing anywhere else. It proves no
//! identity: it only gives the browser attempts of its own.
use crate::Deps;
use crate::keys::Purpose;
use crate::token::base64url;
use grantor_protocol::issuer::RealmKey;
use grantor_store::people::UserCredential;

/// Accounts one browser is remembered for.
const MARKS: usize = 4;

/// The browser's id, when it has signed in to this account while it had this password. The same work for every name.
pub(crate) fn known<'c>(
    deps: &Deps,
    key: &RealmKey,
    cookie: Option<&'c str>,
    account: Option<&UserCredential>,
) -> Option<&'c str> {
    let mut parts = cookie?.split('.');
    let id = parts.next()?;
    let mark = mark(deps, key, id, account);
    let mut found = false;
    for candidate in parts.take(MARKS) {
        found |= grantor_jose::equal(candidate.as_bytes(), mark.as_bytes());
    }
    Some(id).filter(|_| found && account.is_some())
}

/// The cookie after signing in to this account.
pub(crate) fn remember(deps: &Deps, key: &RealmKey, cookie: Option<&str>, account: &UserCredential) -> String {
    let mut parts = cookie.unwrap_or_default().split('.');
    let id = match parts.next() {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => base64url(&deps.random::<16>()),
    };
    let mark = mark(deps, key, &id, Some(account));
    let others = parts.filter(|m| *m != mark).take(MARKS - 1);
    let mut cookie = format!("{id}.{mark}");
    for other in others {
        cookie.push('.');
        cookie.push_str(other);
    }
    cookie
}

fn mark(deps: &Deps, key: &RealmKey, id: &str, account: Option<&UserCredential>) -> String {
    let user = account.map_or("", |a| &a.user.id);
    let password = account.and_then(|a| a.password_hash.as_deref()).unwrap_or_default();
    let parts = [id.as_bytes(), user.as_bytes(), password.as_bytes()];
    base64url(&deps.keys.mac(Purpose::Device, key, &parts))
}
