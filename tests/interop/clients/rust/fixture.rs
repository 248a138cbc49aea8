//! What `run` tells a client, the HTTP client both use, and the person at the other end.
use serde_json::Value;
use std::error::Error;
use std::process::Command;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The issuer and the realm's document.
pub(crate) struct Fixture(Value);

impl Fixture {
    pub(crate) fn read() -> Outcome<Self> {
        Ok(Self(serde_json::from_str(&std::fs::read_to_string(std::env::var(
            "INTEROP_FIXTURE",
        )?)?)?))
    }
    pub(crate) fn text(&self, member: &str) -> String {
        self.0[member].as_str().unwrap_or_default().to_owned()
    }
    pub(crate) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}/callback", self.0["callback_port"])
    }
    /// The first secret of an application; `None` for a public one.
    pub(crate) fn secret(&self, client_id: &str) -> Option<String> {
        let found = self.find("applications", "client_id", client_id)?;
        Some(found["client_secrets"][0].as_str()?.to_owned())
    }
    fn find(&self, list: &str, member: &str, value: &str) -> Option<&Value> {
        self.0[list].as_array()?.iter().find(|entry| entry[member] == value)
    }
    /// Lets a person sign in and answer; returns the redirect URI with the response on it.
    pub(crate) fn browse(&self, url: &str, username: &str, decision: &str) -> Outcome<url::Url> {
        let user = self.find("users", "username", username).ok_or("no such user")?;
        let password = user["password"].as_str().unwrap_or_default();
        let redirect_uri = self.redirect_uri();
        let browser = std::env::var("INTEROP_BROWSER")?;
        let arguments = [
            &browser,
            "--url",
            url,
            "--until",
            &redirect_uri,
            "--username",
            username,
            "--password",
            password,
            "--decision",
            decision,
        ];
        let output = Command::new("python3").args(arguments).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }
}

/// A parameter of a response.
pub(crate) fn parameter(url: &url::Url, name: &str) -> String {
    url.query_pairs()
        .find(|(n, _)| n == name)
        .map(|(_, v)| v.into_owned())
        .unwrap_or_default()
}

/// The same for a request that the crates send over https alone (RFC 7009 section 2): the loopback has no TLS.
pub(crate) async fn fetch_unencrypted(
    mut request: oauth2::HttpRequest,
) -> Result<oauth2::HttpResponse, reqwest::Error> {
    let plain = request.uri().to_string().replacen("https://", "http://", 1);
    if let Ok(uri) = plain.parse() {
        *request.uri_mut() = uri;
    }
    fetch(request).await
}

/// The issuer's revocation endpoint, as those requests want it named.
pub(crate) fn revocation_endpoint(issuer: &str) -> String {
    format!("{}/revoke", issuer.replacen("http://", "https://", 1))
}

/// One request; redirects are not followed, as both crates ask.
pub(crate) async fn fetch(request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, reqwest::Error> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let response = client.execute(request.try_into()?).await?;
    let mut answer = oauth2::HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}
