//! How long requests take, by method, route and class of status. A request costs two looks at the clock and five atomic
//! additions: what is measured is found by number, never by text.
use crate::endpoints::Endpoint;
use crate::state::State;
use actix_web::body::MessageBody;
use actix_web::dev::{HttpServiceFactory, Service, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, Resource, web};
use grantor_flows::counters::Counter;
use grantor_flows::metrics::Histogram;
use grantor_protocol::management::operations::{Operation, REALM_PREFIX, Reach};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

/// The route of whatever no route is there for.
pub(crate) const UNMATCHED: Route = Route(0);

/// What a path is measured as: a template of the tables, whatever prefix it stands under, never what was sent.
static TEMPLATES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let endpoints = Endpoint::ALL.iter().map(|endpoint| endpoint.path().to_owned());
    let operations = Operation::ALL.iter().map(|operation| template(*operation));
    let mut all = vec!["unmatched".to_owned()];
    for path in endpoints.chain(operations) {
        if !all.contains(&path) {
            all.push(path);
        }
    }
    all
});

const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// A template by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route(usize);

impl Route {
    pub(crate) fn of_endpoint(endpoint: Endpoint) -> Self {
        Self::of_template(endpoint.path())
    }
    pub(crate) fn of_operation(operation: Operation) -> Self {
        Self::of_template(&template(operation))
    }
    fn of_template(path: &str) -> Self {
        TEMPLATES.iter().position(|known| known == path).map_or(UNMATCHED, Self)
    }
}

fn template(operation: Operation) -> String {
    let line = operation.line();
    match line.reach {
        Reach::Realm => format!("{REALM_PREFIX}{}", line.path),
        Reach::Installation | Reach::Tenant => line.path.to_owned(),
    }
}

fn method_of(method: &Method) -> usize {
    let last = METHODS.len() - 1;
    METHODS
        .iter()
        .position(|known| *known == method.as_str())
        .unwrap_or(last)
}

/// What is measured of requests.
pub struct Requests {
    /// One for each route, method and class of status, made when there is something in it.
    durations: Box<[OnceLock<Box<Histogram>>]>,
    in_flight: AtomicI64,
    pub(crate) rate_limited: Counter,
}

impl Default for Requests {
    fn default() -> Self {
        let cells = TEMPLATES.len() * METHODS.len() * CLASSES.len();
        Self {
            durations: (0..cells).map(|_| OnceLock::new()).collect(),
            in_flight: AtomicI64::new(0),
            rate_limited: Counter::default(),
        }
    }
}

/// A method, a route, a class of status, and what was measured of them.
pub(crate) type Measured<'a> = ([&'a str; 3], &'a Histogram);

impl Requests {
    /// Requests that are being answered.
    pub(crate) fn in_flight(&self) -> i64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Everything that happened at least once.
    pub(crate) fn durations(&self) -> impl Iterator<Item = Measured<'_>> {
        let filled = self.durations.iter().enumerate();
        filled.filter_map(|(at, cell)| {
            let (rest, class) = (at / CLASSES.len(), at % CLASSES.len());
            let (route, method) = (rest / METHODS.len(), rest % METHODS.len());
            Some(([METHODS[method], TEMPLATES.get(route)?, CLASSES[class]], &**cell.get()?))
        })
    }

    fn observe(&self, (Route(route), method): (Route, usize), status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100)
            .saturating_sub(1)
            .min(CLASSES.len() - 1);
        let at = (route * METHODS.len() + method) * CLASSES.len() + class;
        if let Some(cell) = self.durations.get(at) {
            cell.get_or_init(Box::default).observe(took);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.rate_limited.add_one();
        }
    }
}

/// A request that is being answered; counted until it is dropped, also when its client hangs up.
pub(crate) struct Running {
    state: web::Data<State>,
    route: Route,
    method: usize,
    began: Duration,
}

impl Running {
    pub(crate) fn new(state: web::Data<State>, route: Route, method: &Method) -> Self {
        state.requests.in_flight.fetch_add(1, Ordering::Relaxed);
        Self {
            began: state.deps.clock.uptime(),
            method: method_of(method),
            route,
            state,
        }
    }

    pub(crate) fn answered(&self, status: StatusCode) {
        let took = self.state.deps.clock.uptime().saturating_sub(self.began);
        self.state.requests.observe((self.route, self.method), status, took);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.state.requests.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The resource, measured as `route`.
pub(crate) fn measured(resource: Resource, route: Route) -> impl HttpServiceFactory + 'static {
    resource.wrap_fn(move |request, service| {
        let state = request.app_data::<web::Data<State>>().cloned();
        let running = state.map(|state| Running::new(state, route, request.method()));
        let answer = service.call(request);
        async move {
            let answer = answer.await;
            if let Some(running) = running {
                running.answered(status_of(&answer));
            }
            answer
        }
    })
}

fn status_of<B: MessageBody>(answer: &Result<ServiceResponse<B>, Error>) -> StatusCode {
    match answer {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    }
}
