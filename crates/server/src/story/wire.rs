//! The one HTTP client of the story. It keeps what went over the wire until it has been told.
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::cell::RefCell;
use std::pin::Pin;
use std::time::Duration;

/// Longest wait for an answer of a server in the same process.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request and its answer.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) request: HttpRequest,
    pub(super) answer: HttpResponse,
}

impl Exchange {
    /// Every value of a header of the answer, joined by `; `; empty when it is not there.
    pub(super) fn header(&self, name: &str) -> String {
        let values = self.answer.headers().get_all(name).iter();
        let texts: Vec<_> = values.map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
        texts.join("; ")
    }

    pub(super) fn body(&self) -> String {
        String::from_utf8_lossy(self.answer.body()).into_owned()
    }
}

/// The client.
pub(super) struct Wire {
    client: reqwest::Client,
    kept: RefCell<Vec<Exchange>>,
}

impl Wire {
    /// Redirects are left to the browser, and nothing goes through a proxy: the server is on this machine.
    pub(super) fn new() -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build()?;
        let kept = RefCell::default();
        Ok(Self { client, kept })
    }

    /// One request. Errors do not name the address: there may be a code in it.
    pub(super) async fn send(&self, request: HttpRequest) -> reqwest::Result<Exchange> {
        let asked = request.clone();
        let response = self.client.execute(request.try_into()?).await;
        let response = response.map_err(reqwest::Error::without_url)?;
        let mut answer = HttpResponse::new(Vec::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        *answer.body_mut() = response.bytes().await.map_err(reqwest::Error::without_url)?.into();
        let exchange = Exchange { request: asked, answer };
        self.kept.borrow_mut().push(exchange.clone());
        Ok(exchange)
    }

    /// What happened since this was asked last.
    pub(super) fn take(&self) -> Vec<Exchange> {
        self.kept.take()
    }
}

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = reqwest::Result<HttpResponse>> + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move { Ok(self.send(request).await?.answer) })
    }
}
