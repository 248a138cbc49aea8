//! What operators are told: probes and metrics, on a listener of their own.
mod counts;
mod page;
mod probes;

use crate::app::App;
use grantor_server::operate;
use grantor_web::operate::Health;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

/// An operator of a server, who reaches its management listener.
struct Operator {
    base: String,
    health: Arc<Health>,
    http: reqwest::Client,
}

/// What an operator is answered.
struct Told {
    status: u16,
    kind: String,
    allow: String,
    body: String,
}

impl Operator {
    /// Of a server that has not come up yet.
    fn before_the_start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let health = operate::health();
        tokio::spawn(operate::listen(listener, health.clone()).unwrap());
        let http = reqwest::Client::new();
        Self { base, health, http }
    }

    fn of(app: &App) -> Self {
        let operator = Self::before_the_start();
        operator.health.started(app.state.clone());
        operator
    }

    async fn send(&self, method: &str, path: &str) -> Told {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.base);
        let answer = self.http.request(method, url).send().await.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name).map(|value| value.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        Told {
            status: answer.status().as_u16(),
            kind: header("content-type"),
            allow: header("allow"),
            body: answer.text().await.unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Told {
        self.send("GET", path).await
    }

    /// Status and text of a probe.
    async fn probe(&self, path: &str) -> (u16, String) {
        let told = self.get(path).await;
        (told.status, told.body.trim_end().to_owned())
    }

    /// Every sample of `/metrics`.
    async fn scrape(&self) -> Scrape {
        let told = self.get("/metrics").await;
        assert_eq!(told.status, 200);
        let samples = told.body.lines().filter(|line| !line.starts_with('#'));
        let samples = samples.map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.parse().unwrap())
        });
        Scrape(samples.collect())
    }
}

/// Series, with their labels as they are written, and values.
struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    /// What grew since `before`, by how much; of series that begin with one of `families`.
    fn since(&self, before: &Self, families: &[&str]) -> Vec<(String, f64)> {
        let ours = self
            .0
            .iter()
            .filter(|(series, _)| families.iter().any(|f| series.starts_with(f)));
        let grown = ours.map(|(series, value)| (series.clone(), value - before.0.get(series).unwrap_or(&0.0)));
        grown.filter(|(_, by)| *by != 0.0).collect()
    }

    fn value(&self, series: &str) -> f64 {
        *self.0.get(series).unwrap_or_else(|| panic!("no {series}"))
    }
}
