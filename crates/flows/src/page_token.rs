//! The token that leads to the next page of a list: a place in it, for that list alone, for a week (O-341).
//!
//! Base64url of: when it was made and where the page ends (Unix milliseconds, 8 bytes each, big endian), the last id, 16 bytes of
//! MAC over all of it and over which list it is.
use crate::Deps;
use crate::keys::Purpose;
use crate::token::base64url;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::token_list::Position;

const WEEK_SECONDS: i64 = 7 * 86_400;
const MAC: usize = 16;
/// Longest token read, in characters.
const LONGEST: usize = 512;

/// A list in a realm: what it is of, and what it is narrowed to.
pub(crate) struct List<'a> {
    pub(crate) key: &'a RealmKey,
    pub(crate) of: &'a str,
    pub(crate) filter: &'a str,
}

/// The token for what stands behind `position`.
pub(crate) fn make(deps: &Deps, list: &List<'_>, position: &Position, now: UnixMillis) -> String {
    make_under(|signed| mac(deps, list, signed), position, now)
}

/// Where to go on; `None` for a token that was not made for this list, or not within a week.
pub(crate) fn read(deps: &Deps, list: &List<'_>, token: &str, now: UnixMillis) -> Option<Position> {
    read_under(|signed| mac(deps, list, signed), token, now)
}

/// A page token under any MAC, which says what list it is for.
pub fn make_under(mac: impl Fn(&[u8]) -> [u8; MAC], position: &Position, now: UnixMillis) -> String {
    let mut bytes = Vec::with_capacity(16 + position.id.len() + MAC);
    bytes.extend_from_slice(&now.0.to_be_bytes());
    bytes.extend_from_slice(&position.issued_at.0.to_be_bytes());
    bytes.extend_from_slice(position.id.as_bytes());
    let mac = mac(&bytes);
    bytes.extend_from_slice(&mac);
    base64url(&bytes)
}

/// What a page token under any MAC says; `None` for one that was not made under it, or not within a week.
pub fn read_under(mac: impl Fn(&[u8]) -> [u8; MAC], token: &str, now: UnixMillis) -> Option<Position> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|_| token.len() <= LONGEST)?;
    let (signed, tag) = bytes.split_last_chunk::<MAC>()?;
    if !grantor_jose::equal(&mac(signed), tag) {
        return None;
    }
    let (made_at, rest) = signed.split_first_chunk()?;
    let (issued_at, id) = rest.split_first_chunk()?;
    let made_at = UnixMillis(i64::from_be_bytes(*made_at));
    if now.seconds_since(made_at) >= WEEK_SECONDS {
        return None;
    }
    Some(Position {
        issued_at: UnixMillis(i64::from_be_bytes(*issued_at)),
        id: String::from_utf8(id.to_vec()).ok()?,
    })
}

fn mac(deps: &Deps, list: &List<'_>, signed: &[u8]) -> [u8; MAC] {
    let parts = [list.of.as_bytes(), list.filter.as_bytes(), signed];
    let mut cut = [0; MAC];
    cut.copy_from_slice(&deps.keys.mac(Purpose::PageToken, list.key, &parts)[..MAC]);
    cut
}
