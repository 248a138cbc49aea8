//! `/metrics`: everything that is counted, by the names that `docs/operations.md` lists.
use super::exposition::Exposition;
use super::health::{Health, Process};
use crate::state::State;
use grantor_flows::Deps;
use grantor_flows::counters::Counter;
use grantor_flows::metrics::Metrics;
use grantor_protocol::OAuthErrorCode;

/// The whole page. Before the start is complete it tells of the process alone.
pub(super) fn page(health: &Health) -> String {
    let mut text = Exposition::default();
    let version = [("version", health.version)];
    text.family("grantor_build_info", "gauge", "The version that runs; always 1.")
        .sample(&version, 1);
    if let Some(process) = (health.process)() {
        of_process(&mut text, &process);
    }
    if let Some(state) = health.served() {
        of_requests(&mut text, state);
        of_tokens(&mut text, &state.deps.metrics);
        of_people(&mut text, &state.deps.metrics);
        of_counters(&mut text, &state.deps);
        of_inside(&mut text, &state.deps);
    }
    text.into_text()
}

fn of_process(text: &mut Exposition, process: &Process) {
    let cpu = "CPU that the process has used.";
    text.family("process_cpu_seconds_total", "counter", cpu)
        .sample(&[], process.cpu_seconds);
    let memory = "Memory of the process that is resident.";
    text.gauge("process_resident_memory_bytes", memory, process.resident_bytes);
    text.gauge("process_open_fds", "Files and sockets it has open.", process.open_files);
    let start = "When it was started, in seconds since 1970.";
    text.gauge("process_start_time_seconds", start, process.start_seconds);
}

fn of_requests(text: &mut Exposition, state: &State) {
    let help = "How long requests took, without the transport. A route is a template, whatever its prefix.";
    let mut family = text.family("http_server_request_duration_seconds", "histogram", help);
    for ([method, route, status], durations) in state.requests.durations() {
        family.histogram(&[("method", method), ("route", route), ("status", status)], durations);
    }
    let help = "Requests that are being answered.";
    text.gauge("http_server_requests_in_flight", help, state.requests.in_flight());
    let help = "Requests that were told to wait (429).";
    text.counter("grantor_rate_limited_total", help, state.requests.rate_limited.get());
}

/// The spelling of an error in a label; none where there is none.
fn code(error: Option<OAuthErrorCode>) -> &'static str {
    error.map_or("", OAuthErrorCode::as_str)
}

fn of_tokens(text: &mut Exposition, metrics: &Metrics) {
    let help = "Token requests by the grant that was asked for and what came of them.";
    let mut family = text.family("grantor_token_requests_total", "counter", help);
    for ((grant, error), count) in metrics.token_requests.all() {
        // What is refused is listed once it has been; what is granted always, so that it is seen to begin.
        let listed = count > 0 || error.is_none() && grant.is_some();
        if listed {
            let grant = grant.map_or("unknown", |grant| grant.as_str());
            let result = if error.is_none() { "issued" } else { "refused" };
            family.sample(
                &[("grant_type", grant), ("result", result), ("error", code(error))],
                count,
            );
        }
    }
    let help = "Tokens that the token endpoint issued.";
    let mut family = text.family("grantor_tokens_issued_total", "counter", help);
    for (kind, count) in metrics.tokens_issued.all() {
        family.sample(&[("type", kind.as_str())], count);
    }
    let help = "Access tokens, and grants with all their tokens, that the revocation endpoint ended.";
    text.counter("grantor_tokens_revoked_total", help, metrics.tokens_revoked.get());
    let help = "Answers of the introspection endpoint.";
    let mut family = text.family("grantor_introspections_total", "counter", help);
    for (active, count) in metrics.introspections.all() {
        family.sample(&[("active", if active { "true" } else { "false" })], count);
    }
}

fn of_people(text: &mut Exposition, metrics: &Metrics) {
    let help = "Authorization requests by what came of them; one that waits for a person counts again when it ends.";
    let mut family = text.family("grantor_authorize_requests_total", "counter", help);
    for ((result, error), count) in metrics.authorize_requests.all().filter(|(_, count)| *count > 0) {
        family.sample(&[("result", result.as_str()), ("error", code(error))], count);
    }
    let mut family = text.family("grantor_logins_total", "counter", "Sign-ins with a password.");
    for (result, count) in metrics.logins.all() {
        family.sample(&[("result", result.as_str())], count);
    }
    let mut family = text.family("grantor_consents_total", "counter", "Answers to the consent page.");
    for (decision, count) in metrics.consents.all() {
        family.sample(&[("decision", decision.as_str())], count);
    }
    let help = "Browser sessions that their people ended.";
    text.counter("grantor_logouts_total", help, metrics.logouts.get());
}

fn of_counters(text: &mut Exposition, deps: &Deps) {
    let counters = &deps.counters;
    let help = "Refresh tokens that came back when nobody honest had them any more; their grants were ended.";
    let name = "grantor_refresh_reuse_detected_total";
    text.counter(name, help, counters.refresh_replayed.get());
    let help = "Authorization codes that came back after they were redeemed.";
    text.counter("grantor_code_reuse_detected_total", help, counters.code_replayed.get());
    let uses: [(&str, &Counter); 4] = [
        ("newest", &counters.refreshed),
        ("repeated", &counters.refresh_repeated),
        ("raced", &counters.refresh_raced),
        ("late", &counters.refresh_late),
    ];
    let help = "Refresh tokens that were presented: the newest, or again because an answer was lost, at the same moment, or too late.";
    let mut family = text.family("grantor_refresh_uses_total", "counter", help);
    for (result, counter) in uses {
        family.sample(&[("result", result)], counter.get());
    }
}

fn of_inside(text: &mut Exposition, deps: &Deps) {
    let help = "How long password hashes took, without their wait in the queue.";
    text.family("grantor_password_hash_seconds", "histogram", help)
        .histogram(&[], deps.passwords.seconds());
    let (all, writes) = (deps.store.statements(), deps.store.writes());
    let help = "Round trips to the database that requests have submitted.";
    let mut family = text.family("grantor_db_statements_total", "counter", help);
    family.sample(&[("kind", "read")], all.saturating_sub(writes));
    family.sample(&[("kind", "write")], writes);
    if let Some(age) = deps.catalog.feed_age(deps.clock.uptime()) {
        let help = "Time since the change feed was last read.";
        text.gauge("grantor_feed_age_seconds", help, age.as_secs_f64());
    }
    let help = "Runs of what is done beside requests.";
    let mut family = text.family("grantor_jobs_total", "counter", help);
    for ((job, result), count) in deps.metrics.jobs.all() {
        family.sample(&[("job", job.as_str()), ("result", result.as_str())], count);
    }
}
