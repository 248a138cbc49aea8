//! What a client presented to prove itself (RFC 6749 section 2.3; OpenID Connect Core section 9).
//!
//! Owns: reading credentials from the Authorization header and the body, and refusing more than one method at a time.
//! Does not own: whether they are right, nor whether the client is registered for the method.
use crate::OAuthError;
use crate::bearer::bearer;
use crate::form::{Params, decode};
use crate::words::ClientAuthMethod;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

/// Longest Basic header read, in bytes, scheme included.
pub const MAX_BASIC_LENGTH: usize = 8 * 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret as sent. Never printed, and without `==`: it is compared in constant time by who knows what to expect.
#[derive(Clone)]
pub struct Secret<'a>(Cow<'a, str>);

impl<'a> Secret<'a> {
    /// A secret that was not presented by a request.
    pub fn new(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
    /// The text, for hashing or comparing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The credentials of a client, one variant a method.
#[derive(Debug, Clone)]
pub enum PresentedCredentials<'a> {
    /// `client_secret_basic`; the secret is never empty.
    Basic {
        client_id: Cow<'a, str>,
        secret: Secret<'a>,
    },
    /// `client_secret_post`; the secret is never empty.
    Post {
        client_id: Cow<'a, str>,
        secret: Secret<'a>,
    },
    /// `none`: the client says who it is and proves nothing.
    None { client_id: Cow<'a, str> },
}

impl PresentedCredentials<'_> {
    /// Who the client says it is.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Basic { client_id, .. } | Self::Post { client_id, .. } | Self::None { client_id } => client_id,
        }
    }

    /// The method that was used.
    pub fn method(&self) -> ClientAuthMethod {
        match self {
            Self::Basic { .. } => ClientAuthMethod::ClientSecretBasic,
            Self::Post { .. } => ClientAuthMethod::ClientSecretPost,
            Self::None { .. } => ClientAuthMethod::None,
        }
    }
}

/// How the request authenticates.
#[derive(Debug, Clone)]
pub enum Presented<'a> {
    /// As a client.
    Client(PresentedCredentials<'a>),
    /// With an access token, which some endpoints take instead (RFC 7662 section 2.1); empty when it was malformed.
    Bearer(Secret<'a>),
}

/// Reads the credentials from the Authorization headers (all of them, raw) and the form body.
///
/// `invalid_request`: two headers, an oversized one, two methods, or a body `client_id` that is not the header's.
/// `invalid_client`: nothing presented, a scheme or header that cannot be read, an empty secret in the header, or a
/// client assertion, which is not supported. An empty `client_secret=` counts as absent.
pub fn presented<'a>(authorization: &[&'a [u8]], params: &'a Params<'a>) -> Result<Presented<'a>, OAuthError> {
    let body = Body::read(params)?;
    match authorization {
        [] => body.credentials().map(Presented::Client),
        [header] => by_header(header, &body),
        _ => Err(OAuthError::invalid_request(
            "the request has more than one Authorization header",
        )),
    }
}

/// What the form body says about the client.
struct Body<'a> {
    client_id: Option<&'a str>,
    client_secret: Option<&'a str>,
    assertion: bool,
}

impl<'a> Body<'a> {
    fn read(params: &'a Params<'a>) -> Result<Self, OAuthError> {
        let assertion = params.get("client_assertion")?.is_some() | params.get("client_assertion_type")?.is_some();
        Ok(Self {
            client_id: params.get("client_id")?,
            client_secret: params.get("client_secret")?,
            assertion,
        })
    }

    fn credentials(&self) -> Result<PresentedCredentials<'a>, OAuthError> {
        if self.assertion {
            return Err(OAuthError::invalid_client("client assertions are not supported"));
        }
        let client_id = self.client_id.filter(|id| is_plain(id));
        let client_id = Cow::Borrowed(client_id.ok_or_else(|| OAuthError::invalid_client("no usable client_id"))?);
        match self.client_secret {
            Some(secret) => Ok(PresentedCredentials::Post {
                client_id,
                secret: Secret(Cow::Borrowed(secret)),
            }),
            None => Ok(PresentedCredentials::None { client_id }),
        }
    }
}

fn by_header<'a>(header: &'a [u8], body: &Body<'_>) -> Result<Presented<'a>, OAuthError> {
    if body.client_secret.is_some() || body.assertion {
        return Err(OAuthError::invalid_request(
            "the client authenticates in more than one way",
        ));
    }
    // A malformed token is as useless as an empty one, and is refused like any useless token (RFC 6750 section 3.1).
    if let Some(token) = bearer(&[header]).unwrap_or(Some("")) {
        return Ok(Presented::Bearer(Secret(Cow::Borrowed(token))));
    }
    let space = header.iter().position(|b| *b == b' ');
    let (scheme, rest) = space.map_or((header, &b""[..]), |at| (&header[..at], &header[at + 1..]));
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(OAuthError::invalid_client("the Authorization scheme is not supported"));
    }
    if header.len() > MAX_BASIC_LENGTH {
        return Err(OAuthError::invalid_request("the Authorization header is too long"));
    }
    let (client_id, secret) = basic(rest).ok_or_else(|| OAuthError::invalid_client("the Basic header is malformed"))?;
    if body.client_id.is_some_and(|id| id != client_id) {
        return Err(OAuthError::invalid_request(
            "client_id differs from that of the Authorization header",
        ));
    }
    let (client_id, secret) = (Cow::Owned(client_id), Secret(Cow::Owned(secret)));
    Ok(Presented::Client(PresentedCredentials::Basic { client_id, secret }))
}

/// Id and secret of a Basic header. Both are form-encoded before base64 (RFC 6749 section 2.3.1), so a secret with `%`
/// or `+` that is sent raw does not read as itself. The standard alphabet, padding optional, no blanks.
fn basic(encoded: &[u8]) -> Option<(String, String)> {
    let raw = BASE64.decode(encoded).ok()?;
    let colon = raw.iter().position(|b| *b == b':')?;
    let (client_id, secret) = (decode(&raw[..colon])?, decode(&raw[colon + 1..])?);
    let usable = |text: &str| !text.is_empty() && is_plain(text);
    (usable(&client_id) && usable(&secret)).then(|| (client_id.into_owned(), secret.into_owned()))
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
