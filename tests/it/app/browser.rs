//! A browser: keeps cookies, follows our own redirects, fills in forms, stops where a client's address begins.
use super::answer::query_of;
use super::{Answer, App, encode};
use scraper::{Html, Selector};
use std::collections::BTreeMap;

/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its S256 challenge.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An authorization request; parameters in order, repeated if need be.
#[derive(Clone)]
pub(crate) struct Authorize {
    pub(crate) prefix: String,
    pub(crate) parameters: Vec<(String, String)>,
}

impl Authorize {
    /// A valid request of a fixture client.
    pub(crate) fn of(client_id: &str) -> Self {
        let redirect_uri = match client_id {
            "n" => "http://127.0.0.1:51004/cb".to_owned(),
            other => format!("https://{other}.test/cb"),
        };
        let scope = if matches!(client_id, "plain") { "read" } else { "openid" };
        let all = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", &redirect_uri),
            ("scope", scope),
            ("state", "st4te"),
            ("nonce", "n0nce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let parameters = all.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Self {
            prefix: String::new(),
            parameters,
        }
    }
    /// Sets a parameter, in its place or at the end.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        match self.parameters.iter_mut().find(|(n, _)| n == name) {
            Some(found) => found.1 = value.into(),
            None => self.parameters.push((name.into(), value.into())),
        }
        self
    }
    /// Leaves a parameter out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(n, _)| n != name);
        self
    }
    /// Adds a parameter, even when it is there already.
    pub(crate) fn add(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }
    /// Under another issuer prefix.
    pub(crate) fn under(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }
    /// Its query string.
    pub(crate) fn query(&self) -> String {
        let pairs: Vec<(&str, &str)> = self.parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        encode(&pairs)
    }
    /// Path and query.
    pub(crate) fn url(&self) -> String {
        format!("{}/authorize?{}", self.prefix, self.query())
    }
    /// The parameter's value.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.parameters.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
}

/// A form on a page.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    /// Sets a field.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.into(), value.into()));
        self
    }

    /// A field's value; empty when it is not there.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// Leaves a field out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self
    }
}

/// One browser.
pub(crate) struct Browser<'a> {
    app: &'a App,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        Self {
            app,
            cookies: BTreeMap::new(),
        }
    }

    /// The same cookies in another browser, as a thief would have them.
    pub(crate) fn copy(&self) -> Self {
        Self {
            app: self.app,
            cookies: self.cookies.clone(),
        }
    }

    /// One request with cookies; those that come back are kept.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let jar: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let jar = jar.join("; ");
        let mut headers = headers.to_vec();
        if !jar.is_empty() {
            headers.push(("cookie", &jar));
        }
        let answer = self.app.send(method, path, &headers, body).await;
        for line in answer.header_all("set-cookie") {
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        answer
    }

    /// A GET, without following redirects.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    /// Follows redirects within the server; stops at a page or at an address of somebody else.
    pub(crate) async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            let location = answer.header("location").to_owned();
            let base = self.app.base.clone();
            let ours = location.strip_prefix(&base).unwrap_or(&location);
            if !ours.starts_with('/') {
                return answer;
            }
            answer = self.get(ours).await;
        }
        panic!("redirects without end: {}", answer.header("location"))
    }

    /// Opens a path and follows.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let answer = self.get(path).await;
        self.follow(answer).await
    }

    /// Submits a form and follows.
    pub(crate) async fn submit(&mut self, form: &Form) -> Answer {
        let answer = self.submit_with(form, &[]).await;
        self.follow(answer).await
    }

    /// Submits a form with further headers, without following.
    pub(crate) async fn submit_with(&mut self, form: &Form, headers: &[(&str, &str)]) -> Answer {
        let fields: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        let body = encode(&fields);
        self.send("POST", &form.action, &headers, Some(&body)).await
    }

    /// Goes all the way: signs in and allows where asked; returns the address of the client it ends at.
    pub(crate) async fn authorize_as(&mut self, request: &Authorize, user: &str) -> String {
        self.authorize_with(request, user, &format!("{user}-password")).await
    }

    /// The same with a password that is not the fixture's usual one.
    pub(crate) async fn authorize_with(&mut self, request: &Authorize, user: &str, password: &str) -> String {
        let mut page = self.open(&request.url()).await;
        for _ in 0..4 {
            if let Some(target) = target_of(&page) {
                return target;
            }
            let form = form_of(&page);
            let form = if form.fields.iter().any(|(n, _)| n == "password") {
                form.set("username", user).set("password", password)
            } else {
                form.set("decision", "allow")
            };
            page = self.submit(&form).await;
        }
        panic!("never sent on: {} {}", page.status, page.body)
    }

    /// The same, and the code out of the address.
    pub(crate) async fn code_as(&mut self, request: &Authorize, user: &str) -> String {
        let target = self.authorize_as(request, user).await;
        let code = query_of(&target).into_iter().find(|(n, _)| n == "code");
        code.unwrap_or_else(|| panic!("no code in {target}")).1
    }

    /// Signs in at an application that asks for no consent; the value of the new session cookie.
    pub(crate) async fn sign_in(&mut self, user: &str) -> String {
        let request = Authorize::of("first").set("prompt", "login");
        self.authorize_as(&request, user).await;
        self.cookie("grantor-session.default.main").to_owned()
    }

    /// Whose session this browser holds, as the sign-out page of the root says.
    pub(crate) async fn signed_in_as(&self) -> Option<String> {
        let page = self.copy().get("/logout").await;
        let html = Html::parse_document(&page.body);
        let name = html.select(&Selector::parse(".account-who .name").unwrap()).next();
        name.map(|n| n.text().collect())
    }

    /// The value of the cookie of this name, `__Host-` or not; empty when there is none.
    pub(crate) fn cookie(&self, name: &str) -> &str {
        let found = self
            .cookies
            .iter()
            .find(|(n, _)| n.trim_start_matches("__Host-") == name);
        found.map_or("", |(_, v)| v)
    }
}

/// Where an answer sends the browser on to: a Location outside of us, or the hand-off page's target.
pub(crate) fn target_of(answer: &Answer) -> Option<String> {
    let location = answer.header("location");
    if !location.is_empty() {
        return Some(location.to_owned());
    }
    let html = Html::parse_document(&answer.body);
    let selector = Selector::parse(r#"meta[http-equiv="refresh"]"#).unwrap();
    let content = html.select(&selector).next()?.attr("content")?;
    content.split_once("url=").map(|(_, url)| url.to_owned())
}

/// The first form of a page, with its hidden fields filled in.
#[track_caller]
pub(crate) fn form_of(answer: &Answer) -> Form {
    let first = forms_of(answer).into_iter().next();
    first.unwrap_or_else(|| panic!("no form: {} {}", answer.status, answer.body))
}

/// Every form of a page, as it is before anybody touches it.
pub(crate) fn forms_of(answer: &Answer) -> Vec<Form> {
    let html = Html::parse_document(&answer.body);
    let inputs = Selector::parse("input:not([type=checkbox])").unwrap();
    let forms = Selector::parse("form").unwrap();
    let read = |form: scraper::ElementRef<'_>| {
        let fields = form
            .select(&inputs)
            .filter_map(|i| Some((i.attr("name")?.to_owned(), i.attr("value").unwrap_or("").to_owned())));
        Form {
            action: form.attr("action").unwrap_or_default().to_owned(),
            fields: fields.collect(),
        }
    };
    html.select(&forms).map(read).collect()
}
