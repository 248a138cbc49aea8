//! Redirect URIs: what may be registered, and which presented one is a registered one (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 2.1).
//!
//! Owns: inspecting, matching, explaining a mismatch. Does not own: storing them or answering a request.
//! URIs are compared as raw strings; a parser only ever looks at what is to be registered.
use crate::words::ApplicationType;

mod explain;
mod finding;
mod inspect;
mod parts;
#[cfg(test)]
mod tests;

pub use explain::{Mismatch, explain};
pub use finding::{Finding, Severity};
pub use inspect::inspect;

/// Longest redirect URI, in bytes.
pub const MAX_LENGTH: usize = 2048;

/// The hosts whose port is free for native applications. They are never equal to each other.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Whether `presented` is the registered URI: byte equality, except that for a native application an
/// `http` loopback URI may differ in its port and in nothing else (RFC 8252 section 7.3).
pub fn matches(registered: &str, presented: &str, application_type: ApplicationType) -> bool {
    if registered == presented {
        return true;
    }
    let without_port = |uri| loopback_without_port(uri);
    application_type == ApplicationType::Native
        && without_port(registered).is_some_and(|free| without_port(presented) == Some(free))
}

/// Who the user is sent to: the host of a web address, the scheme of any other. Empty when `uri` is no URI.
pub fn host_of(uri: &str) -> String {
    let Ok(parsed) = url::Url::parse(uri) else {
        return String::new();
    };
    let web = matches!(parsed.scheme(), "http" | "https");
    parsed
        .host_str()
        .filter(|_| web)
        .unwrap_or_else(|| parsed.scheme())
        .to_owned()
}

/// Loopback host and what follows the port, when `uri` is `http` on a loopback host spelled exactly so.
fn loopback_without_port(uri: &str) -> Option<(&'static str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (host, rest) = LOOPBACK
        .iter()
        .find_map(|host| Some((*host, rest.strip_prefix(host)?)))?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(port) => {
            let digits = port.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = port.split_at(digits);
            // A number the browser would spell differently is not what an application was given by its system.
            number
                .parse::<u16>()
                .ok()
                .filter(|n| *n != 0 && !number.starts_with('0'))?;
            rest
        }
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}
