//! A browser with scripts off: keeps cookies, follows redirects on the server, submits forms.
use super::html::Page;
use super::wire::{Exchange, Wire};
use anyhow::{Context as _, bail};
use openidconnect::HttpRequest;
use openidconnect::http::{Request, header};
use std::collections::BTreeMap;
use std::rc::Rc;
use url::Url;
use url::form_urlencoded::Serializer;

/// Most redirects that are followed for one click.
const REDIRECTS: usize = 8;

/// Where a click ended.
pub(super) enum Stop {
    /// A page of the server.
    Page(Page),
    /// An address of somebody else, which is not visited.
    Elsewhere(Url),
}

impl Stop {
    pub(super) fn page(self) -> anyhow::Result<Page> {
        match self {
            Self::Page(page) => Ok(page),
            Self::Elsewhere(_) => bail!("expected a page, got sent on to the application"),
        }
    }

    pub(super) fn elsewhere(self) -> anyhow::Result<Url> {
        match self {
            Self::Elsewhere(url) => Ok(url),
            Self::Page(page) => bail!("expected to be sent to the application, got the page {:?}", page.title),
        }
    }
}

/// One person's browser.
pub(super) struct Browser {
    wire: Rc<Wire>,
    base: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A fresh one that knows the server at `base`.
    pub(super) fn new(wire: Rc<Wire>, base: &str) -> Self {
        Self {
            wire,
            base: base.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// Opens an address of the server.
    pub(super) async fn open(&mut self, url: &Url) -> anyhow::Result<Stop> {
        let request = Request::get(url.as_str()).body(Vec::new())?;
        self.go(request).await
    }

    /// Fills in what the person knows and submits; hidden fields go along.
    pub(super) async fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> anyhow::Result<Stop> {
        let form = page.form.as_ref().context("expected a form on the page, got none")?;
        let given = |name: &str| filled.iter().any(|(n, _)| *n == name);
        let hidden = form.fields.iter().filter(|(name, _)| !given(name));
        let body = Serializer::new(String::new())
            .extend_pairs(hidden)
            .extend_pairs(filled)
            .finish();
        let request = Request::post(self.absolute(&form.action)?.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, &self.base)
            .body(body.into_bytes())?;
        self.go(request).await
    }

    async fn go(&mut self, mut request: HttpRequest) -> anyhow::Result<Stop> {
        for _ in 0..REDIRECTS {
            let answer = self.send(request).await?;
            let location = answer.header("location");
            if location.is_empty() {
                return self.stop(&answer);
            }
            let target = self.absolute(&location)?;
            if !self.is_ours(&target) {
                return Ok(Stop::Elsewhere(target));
            }
            request = Request::get(target.as_str()).body(Vec::new())?;
        }
        bail!("expected a page, got more than {REDIRECTS} redirects")
    }

    fn stop(&self, answer: &Exchange) -> anyhow::Result<Stop> {
        let page = Page::read(&answer.body());
        if !answer.answer.status().is_success() {
            bail!("expected a page, got {} with {:?}", answer.answer.status(), page.title);
        }
        match &page.onward {
            Some(url) if !self.is_ours(&self.absolute(url)?) => Ok(Stop::Elsewhere(self.absolute(url)?)),
            _ => Ok(Stop::Page(page)),
        }
    }

    async fn send(&mut self, mut request: HttpRequest) -> anyhow::Result<Exchange> {
        let jar: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        if !jar.is_empty() {
            request.headers_mut().insert(header::COOKIE, jar.join("; ").parse()?);
        }
        let exchange = self.wire.send(request).await?;
        for line in exchange.answer.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str()?;
            let pair = line.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without a name")?;
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(exchange)
    }

    fn absolute(&self, target: &str) -> anyhow::Result<Url> {
        Ok(Url::parse(&self.base)?.join(target)?)
    }

    fn is_ours(&self, url: &Url) -> bool {
        url.origin().ascii_serialization() == self.base
    }
}
