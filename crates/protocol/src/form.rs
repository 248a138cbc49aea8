//! `application/x-www-form-urlencoded` (RFC 6749 appendix B): reading requests strictly, writing redirects.
//!
//! Owns: splitting, decoding, repeated names, encoding. Does not own: which parameters exist or what they mean.
//! One documented way each: `;` is data, never a separator; empty pairs (`&&&`) and pairs without a name (`=x`) are
//! skipped; a key without `=` has the empty value.
mod json;

pub use json::from_json;

use crate::OAuthError;
use std::borrow::Cow;

/// Most parameters one request may have, query and body together.
pub const MAX_PARAMS: usize = 64;
/// Longest parameter name an error repeats, in bytes.
const MAX_NAMED: usize = 64;
/// Most bytes read, query and body together.
pub const MAX_BYTES: usize = 64 * 1024;

/// The decoded parameters of one request, in the order sent. Values without `%` and `+` are borrowed.
pub struct Params<'a>(Vec<Param<'a>>);

struct Param<'a> {
    name: Cow<'a, str>,
    /// `None`: invalid percent-encoding, invalid UTF-8, or a NUL.
    value: Option<Cow<'a, str>>,
    repeated: bool,
}

/// A form that cannot be read at all. The texts hold nothing that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("the request has more than {MAX_PARAMS} parameters")]
    TooManyParameters,
    #[error("the parameters are longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("a parameter name is not valid percent-encoded UTF-8")]
    Name,
}

/// One parameter that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct ParamError {
    pub name: &'static str,
    pub problem: ParamProblem,
}

/// Why a parameter cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParamProblem {
    /// RFC 6749 section 3.1: parameters must not be included more than once.
    #[error("is sent more than once")]
    Repeated,
    /// Invalid percent-encoding, invalid UTF-8, or a NUL character.
    #[error("is not valid percent-encoded UTF-8 text")]
    Encoding,
}

impl<'a> Params<'a> {
    /// Reads a query string (without `?`) or a form body. Linear in its length; a value that cannot be decoded spoils
    /// only its own parameter.
    pub fn parse(raw: &'a [u8]) -> Result<Self, FormError> {
        Self::parse_both(raw, b"")
    }

    /// Reads the query and the body of one POST together: a name in both counts as repeated.
    pub fn parse_both(query: &'a [u8], body: &'a [u8]) -> Result<Self, FormError> {
        if query.len().saturating_add(body.len()) > MAX_BYTES {
            return Err(FormError::TooLong);
        }
        let mut params = Self(Vec::with_capacity(8));
        for pair in query.split(|b| *b == b'&').chain(body.split(|b| *b == b'&')) {
            params.add(pair)?;
        }
        Ok(params)
    }

    /// The value of `name`; `None` when absent or empty (RFC 6749 section 3.1: sent without a value means omitted).
    /// An error when it is repeated, even if one of them is empty, or cannot be decoded.
    pub fn get(&self, name: &'static str) -> Result<Option<&str>, ParamError> {
        let Some(param) = self.0.iter().find(|p| p.name == name) else {
            return Ok(None);
        };
        let refuse = |problem| Err(ParamError { name, problem });
        match &param.value {
            _ if param.repeated => refuse(ParamProblem::Repeated),
            None => refuse(ParamProblem::Encoding),
            Some(value) => Ok(Some(value.as_ref()).filter(|v| !v.is_empty())),
        }
    }

    /// The first name that is sent more than once, known to anybody or not.
    pub fn first_repeated(&self) -> Option<&str> {
        self.0.iter().find(|p| p.repeated).map(|p| p.name.as_ref())
    }

    /// RFC 6749 sections 3.1 and 3.2: refuses a request in which any parameter is repeated. Names the parameter, unless
    /// somebody made the name long: an error may travel in a URL.
    pub fn check_no_repetition(&self) -> Result<(), OAuthError> {
        let text = match self.first_repeated() {
            None => return Ok(()),
            Some(name) if name.len() <= MAX_NAMED => format!("parameter {name} is repeated"),
            Some(_) => "a parameter is repeated".to_owned(),
        };
        Err(OAuthError::invalid_request(text))
    }

    /// Whether `name` is sent at all, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|p| p.name == name)
    }

    /// Whether no parameter is sent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names as sent, in order; a repeated one as often as it is sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|p| p.name.as_ref())
    }

    fn add(&mut self, pair: &'a [u8]) -> Result<(), FormError> {
        let equals = pair.iter().position(|b| *b == b'=');
        let (name, value) = equals.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]));
        if name.is_empty() {
            return Ok(());
        }
        if self.0.len() == MAX_PARAMS {
            return Err(FormError::TooManyParameters);
        }
        let name = decode(name).ok_or(FormError::Name)?;
        let earlier = self.0.iter_mut().find(|p| p.name == name);
        let repeated = earlier.map(|p| p.repeated = true).is_some();
        self.0.push(Param {
            name,
            value: decode(value),
            repeated,
        });
        Ok(())
    }
}

/// Names only: values may be secrets.
impl std::fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Params")?;
        f.debug_list().entries(self.names()).finish()
    }
}

impl From<ParamError> for OAuthError {
    fn from(error: ParamError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl From<FormError> for OAuthError {
    fn from(error: FormError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

/// `raw` with `+` as a space and `%XX` as a byte; `None` when a `%` has no two hexadecimal digits behind it, the bytes
/// are not UTF-8, or one of them is NUL.
pub fn decode(raw: &[u8]) -> Option<Cow<'_, str>> {
    if raw.contains(&0) {
        return None;
    }
    if !raw.contains(&b'%') && !raw.contains(&b'+') {
        return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (hex(*rest.next()?)? << 4) | hex(*rest.next()?)? {
                0 => return None,
                decoded => decoded,
            },
            other => *other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// `text` percent-encoded: the unreserved characters of RFC 3986 section 2.3 stay, a space becomes `%20`.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_encoded(&mut out, text);
    out
}

/// `uri` with `pairs` added to its query. What the query already holds stays as it is (RFC 6749 section 3.1.2), and a
/// fragment stays behind it.
pub fn append_query(uri: &str, pairs: &[(&str, &str)]) -> String {
    let (base, fragment) = uri.find('#').map_or((uri, ""), |at| uri.split_at(at));
    let mut out = String::with_capacity(uri.len() + pairs.iter().map(|(n, v)| n.len() + v.len() + 8).sum::<usize>());
    out.push_str(base);
    let mut asked = base.contains('?');
    for (name, value) in pairs {
        match asked {
            false => out.push('?'),
            true if out.ends_with(['?', '&']) => {}
            true => out.push('&'),
        }
        asked = true;
        push_encoded(&mut out, name);
        out.push('=');
        push_encoded(&mut out, value);
    }
    out.push_str(fragment);
    out
}

fn push_encoded(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests;
