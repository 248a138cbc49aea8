//! An answer, and what the adversarial cases say of answers.
use serde_json::Value;

/// Status, headers and body, read once.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(super) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            body: response.text().await.unwrap(),
        }
    }

    /// A header as text; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Every value of a header.
    pub(crate) fn header_all(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|v| v.to_str().unwrap()).collect()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {} {}", self.status, self.body))
    }

    /// A member of the JSON body as text; empty when it is not there.
    #[track_caller]
    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    /// A token answer: 200, JSON, no-store.
    #[track_caller]
    pub(crate) fn assert_tokens(&self) -> &Self {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.member("token_type"), "Bearer");
        assert!(!self.member("access_token").is_empty());
        self
    }

    /// `JSON s e`: the status, the code, no-store, and no token.
    #[track_caller]
    pub(crate) fn assert_json_error(&self, status: u16, code: &str) -> &Self {
        assert_eq!(
            (self.status, self.member("error").as_str()),
            (status, code),
            "{}",
            self.body
        );
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert!(!self.body.contains("access_token"), "{}", self.body);
        self
    }

    /// `401 IC`.
    #[track_caller]
    pub(crate) fn assert_invalid_client(&self) -> &Self {
        self.assert_json_error(401, "invalid_client");
        assert!(
            self.header_all("www-authenticate")
                .iter()
                .any(|v| v.starts_with("Basic "))
        );
        self
    }

    /// `BEARER s e`.
    #[track_caller]
    pub(crate) fn assert_bearer_error(&self, status: u16, code: &str) -> &Self {
        self.assert_json_error(status, code);
        let challenge = self.header_all("www-authenticate").join(", ");
        assert!(
            challenge.contains(&format!("Bearer realm=\"grantor\", error=\"{code}\"")),
            "{challenge}"
        );
        self
    }

    /// `INACTIVE`: exactly, and nothing more.
    #[track_caller]
    pub(crate) fn assert_inactive(&self) -> &Self {
        assert_eq!((self.status, self.body.as_str()), (200, r#"{"active":false}"#));
        self
    }

    /// What revocation says when there is nothing to say: 200, no body, not kept.
    #[track_caller]
    pub(crate) fn assert_revoked(&self) -> &Self {
        assert_eq!((self.status, self.body.as_str()), (200, ""));
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert_eq!(self.header("content-type"), "");
        self
    }

    /// An active introspection answer.
    #[track_caller]
    pub(crate) fn assert_active(&self) -> &Self {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.json()["active"], true, "{}", self.body);
        self
    }

    /// `PAGE s`: HTML of our own, no Location.
    #[track_caller]
    pub(crate) fn assert_page(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(
            self.header("content-type").starts_with("text/html"),
            "{}",
            self.header("content-type")
        );
        assert_eq!(self.header("location"), "");
        assert_eq!(self.header("cache-control"), "no-store");
        self
    }

    /// The query parameters of the Location, decoded.
    #[track_caller]
    pub(crate) fn location_query(&self) -> Vec<(String, String)> {
        query_of(self.header("location"))
    }

    /// `REDIR e`: 302 or 303 to `redirect_uri` with exactly one `error`, the same state, and `iss`; and no code.
    #[track_caller]
    pub(crate) fn assert_redirect_error(&self, redirect_uri: &str, code: &str, state: Option<&str>) -> &Self {
        assert!(matches!(self.status, 302 | 303), "{} {}", self.status, self.body);
        assert!(
            self.header("location").starts_with(redirect_uri),
            "{}",
            self.header("location")
        );
        let query = self.location_query();
        let all = |name: &str| {
            query
                .iter()
                .filter(|(n, _)| n == name)
                .map(|(_, v)| v.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(all("error"), [code], "{query:?}");
        assert_eq!(all("state"), state.into_iter().collect::<Vec<_>>(), "{query:?}");
        assert_eq!(all("iss").len(), 1, "{query:?}");
        assert!(all("code").is_empty(), "{query:?}");
        self
    }
}

/// The query parameters of a URL, decoded.
pub(crate) fn query_of(url: &str) -> Vec<(String, String)> {
    let query = url
        .split_once('?')
        .map_or("", |(_, q)| q.split('#').next().unwrap_or(""));
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
