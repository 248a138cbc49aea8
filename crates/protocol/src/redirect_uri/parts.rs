//! The components of a URI as it is spelled (RFC 3986 appendix B), nothing decoded and nothing normalised.

/// The components of an absolute URI.
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) authority: Option<Authority<'a>>,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) fragment: Option<&'a str>,
}

/// `[userinfo@]host[:port]`.
pub(super) struct Authority<'a> {
    pub(super) userinfo: Option<&'a str>,
    pub(super) host: &'a str,
    pub(super) port: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// `None` when `uri` does not begin with a scheme.
    pub(super) fn split(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(allowed) {
            return None;
        }
        let (rest, fragment) = cut(rest, '#');
        let (rest, query) = cut(rest, '?');
        let (authority, path) = match rest.strip_prefix("//") {
            None => (None, rest),
            Some(after) => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                (Some(Authority::split(authority)), path)
            }
        };
        Some(Self {
            scheme,
            authority,
            path,
            query,
            fragment,
        })
    }

    /// The host as spelled; empty when there is none.
    pub(super) fn host(&self) -> &'a str {
        self.authority.as_ref().map_or("", |a| a.host)
    }

    /// The port as spelled.
    pub(super) fn port(&self) -> Option<&'a str> {
        self.authority.as_ref().and_then(|a| a.port)
    }

    /// Whether the scheme is `http` or `https`.
    pub(super) fn is_web(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("http") || self.scheme.eq_ignore_ascii_case("https")
    }

    /// Whether the host is one of the three that mean this machine.
    pub(super) fn is_loopback(&self) -> bool {
        super::LOOPBACK
            .iter()
            .any(|host| host.eq_ignore_ascii_case(self.host()))
    }
}

impl<'a> Authority<'a> {
    fn split(authority: &'a str) -> Self {
        let (userinfo, rest) = authority
            .rsplit_once('@')
            .map_or((None, authority), |(u, rest)| (Some(u), rest));
        // The colons inside the brackets of an IPv6 literal separate nothing.
        let colon = rest
            .rfind(':')
            .filter(|at| rest.rfind(']').is_none_or(|bracket| bracket < *at));
        let (host, port) = colon.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
        Self { userinfo, host, port }
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at)
        .map_or((text, None), |(before, after)| (before, Some(after)))
}
