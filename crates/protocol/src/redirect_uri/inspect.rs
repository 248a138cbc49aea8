//! What is wrong or noteworthy about a redirect URI that somebody wants to register. One text for console, API and apply.
use super::MAX_LENGTH;
use super::finding::{Finding, error, note, warning};
use super::parts::Parts;
use crate::form::Params;
use crate::words::ApplicationType;

/// Schemes that run code, read local data, or reach something other than an application.
const FORBIDDEN_SCHEMES: [&str; 22] = [
    "about",
    "blob",
    "chrome",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "livescript",
    "mailto",
    "mhtml",
    "mocha",
    "sms",
    "tel",
    "urn",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// Response parameters of RFC 6749 section 4.1.2, RFC 9207, JARM and the OpenID Connect session and multiple-type
/// specifications: a callback must find only the server's (O-062).
const RESPONSE_PARAMETERS: [&str; 12] = [
    "access_token",
    "code",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "id_token",
    "iss",
    "response",
    "session_state",
    "state",
    "token_type",
];

/// Everything found about registering `uri` for an application of this type. Any [`Severity::Error`](super::Severity) refuses it;
/// nothing is normalised: what is typed is what is stored and compared.
pub fn inspect(uri: &str, application_type: ApplicationType) -> Vec<Finding> {
    if uri.len() > MAX_LENGTH {
        return vec![error(
            "too_long",
            format!("the URI is longer than {MAX_LENGTH} characters"),
        )];
    }
    let mut found = characters(uri);
    let Some(parts) = Parts::split(uri) else {
        found.push(error(
            "relative",
            "the URI must be absolute: begin it with https:// and the host",
        ));
        return found;
    };
    found.extend(
        parts
            .fragment
            .map(|_| error("fragment", "fragments (#) are not allowed; remove it")),
    );
    found.extend(query(&parts));
    let scheme = parts.scheme.to_ascii_lowercase();
    if parts.authority.as_ref().is_some_and(|a| a.userinfo.is_some()) {
        found.push(error(
            "userinfo",
            "a user name or password in front of the host is not allowed; remove it and the @",
        ));
    }
    if FORBIDDEN_SCHEMES.contains(&scheme.as_str()) {
        found.push(error(
            "scheme_forbidden",
            format!("the scheme {scheme} can never receive an answer safely"),
        ));
    } else if parts.is_web() {
        found.extend(web_address(uri, &parts, application_type));
    } else {
        found.extend(custom_scheme(uri, &parts, application_type));
    }
    found
}

/// RFC 3986 section 2: anything outside its characters would be rewritten on the way.
fn characters(uri: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    if uri.chars().any(|c| c.is_whitespace() || c.is_control()) {
        found.push(error(
            "blank",
            "the URI has a blank or a control character in it; remove it",
        ));
    }
    if uri.contains('\\') {
        found.push(error(
            "backslash",
            "a backslash is not allowed: browsers read it as a slash",
        ));
    }
    if !uri.is_ascii() {
        found.push(error(
            "non_ascii",
            "only ASCII is allowed: write the host as punycode (xn--) and the rest percent-encoded",
        ));
    }
    if uri.contains('*') {
        found.push(error("wildcard", "* is not a pattern here: list every URI exactly"));
    }
    if uri.contains(['"', '<', '>', '^', '`', '{', '|', '}']) {
        found.push(error(
            "character",
            "the URI has a character that must be percent-encoded",
        ));
    }
    let escape = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    if !uri.split('%').skip(1).all(escape) {
        found.push(error("percent", "a % must be followed by two hexadecimal digits"));
    }
    found
}

fn query(parts: &Parts<'_>) -> Option<Finding> {
    let Ok(params) = Params::parse(parts.query?.as_bytes()) else {
        return Some(error("query", "the query cannot be read as parameters"));
    };
    let taken = params.names().find(|name| RESPONSE_PARAMETERS.contains(name))?;
    Some(error(
        "query_reserved",
        format!("the query must not hold {taken}: the answer brings its own"),
    ))
}

fn web_address(uri: &str, parts: &Parts<'_>, application_type: ApplicationType) -> Vec<Finding> {
    if parts.host().is_empty() {
        return vec![error("host_missing", "write // and a host after the scheme")];
    }
    let parsed = match url::Url::parse(uri) {
        Ok(parsed) => parsed,
        Err(problem) => return vec![error("malformed", format!("this is not a valid address: {problem}"))],
    };
    let mut found = rewritten(&parsed, parts);
    found.extend(spelling(&parsed, parts));
    found.extend(reach(parts, application_type));
    found
}

/// Where a browser would go somewhere else than is spelled.
fn rewritten(parsed: &url::Url, parts: &Parts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let host = parsed.host_str().unwrap_or_default();
    if !host.eq_ignore_ascii_case(parts.host()) {
        found.push(error(
            "host_rewritten",
            format!("browsers read this host as {host}; write that if it is meant"),
        ));
    }
    if parsed.path() != parts.path && !(parts.path.is_empty() && parsed.path() == "/") {
        found.push(error(
            "path_rewritten",
            format!("browsers rewrite this path to {}; write that", parsed.path()),
        ));
    }
    let port = parsed
        .port_or_known_default()
        .filter(|port| *port != 0)
        .map(|port| port.to_string());
    if parts.port().is_some_and(|typed| Some(typed) != port.as_deref()) {
        found.push(error(
            "port",
            "the port must be a number from 1 to 65535 without leading zeros",
        ));
    }
    found
}

/// Spellings that are right but easily not what the application sends.
fn spelling(parsed: &url::Url, parts: &Parts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let upper = |text: &str| text.bytes().any(|b| b.is_ascii_uppercase());
    if upper(parts.scheme) || upper(parts.host()) {
        found.push(warning(
            "upper_case",
            "scheme and host are kept as typed, upper case included: it matches only if the application sends it so",
        ));
    }
    if parts.port().is_some() && parsed.port().is_none() {
        found.push(warning(
            "default_port",
            "the default port is kept as typed: it matches only if the application sends it too",
        ));
    }
    if !parts.is_loopback() && matches!(parsed.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_))) {
        found.push(warning(
            "ip_literal",
            "an IP address says nothing to the people who are sent there; prefer a name",
        ));
    }
    if parts
        .host()
        .to_ascii_lowercase()
        .split('.')
        .any(|label| label.starts_with("xn--"))
    {
        found.push(note(
            "punycode",
            "the host is an international name in punycode; make sure it is not a look-alike",
        ));
    }
    if parts.path.is_empty() {
        found.push(note(
            "no_path",
            "there is no path: with and without a / at the end are different URIs",
        ));
    }
    found
}

/// What scheme, host and type of application say together.
fn reach(parts: &Parts<'_>, application_type: ApplicationType) -> Option<Finding> {
    let http = parts.scheme.eq_ignore_ascii_case("http");
    match (application_type, http, parts.is_loopback()) {
        (_, true, false) => Some(error("http", "http is allowed on loopback addresses only; use https")),
        (ApplicationType::Web, _, true) => {
            Some(warning("loopback_on_web", "a loopback address is for development only"))
        }
        (ApplicationType::Native, true, true) => Some(note(
            "loopback_port",
            "the port is ignored when matching, also for the name localhost",
        )),
        (ApplicationType::Native, false, _) => Some(warning(
            "https_on_native",
            "a native application gets this only if the system hands it https links of this host",
        )),
        (ApplicationType::Web, false, false) => None,
    }
}

/// Private-use schemes (RFC 8252 section 7.1).
fn custom_scheme(uri: &str, parts: &Parts<'_>, application_type: ApplicationType) -> Vec<Finding> {
    if parts.authority.is_none() && parts.path.starts_with(|c: char| c.is_ascii_digit()) {
        return vec![error(
            "relative",
            "this looks like a host and a port: begin it with https://",
        )];
    }
    let mut found = Vec::new();
    match url::Url::parse(uri) {
        Err(problem) => found.push(error("malformed", format!("this is not a valid URI: {problem}"))),
        Ok(parsed) if !is_read_as_spelled(&parsed, parts) => {
            found.push(error(
                "path_rewritten",
                format!("browsers rewrite this to {parsed}; write that"),
            ));
        }
        Ok(_) => {}
    }
    if application_type == ApplicationType::Web {
        found.push(error(
            "custom_scheme_on_web",
            "a web application needs https; only native ones may have their own scheme",
        ));
    }
    if !parts.scheme.contains('.') {
        found.push(warning(
            "scheme_without_dot",
            "any application can claim this scheme; use one in reverse-DNS form such as com.example.app",
        ));
    }
    if parts.scheme.bytes().any(|b| b.is_ascii_uppercase()) {
        found.push(warning(
            "upper_case",
            "the scheme is kept as typed, upper case included: it matches only if the application sends it so",
        ));
    }
    found
}

fn is_read_as_spelled(parsed: &url::Url, parts: &Parts<'_>) -> bool {
    let port = parsed.port().map(|port| port.to_string());
    parsed.path() == parts.path
        && parsed.host_str().unwrap_or_default() == parts.host()
        && port.as_deref() == parts.port()
}
