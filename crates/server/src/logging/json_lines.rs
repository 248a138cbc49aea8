//! One JSON object a line: `ts`, `level`, `target`, `msg`, and the fields of the event and of the spans around it, side by side.
use crate::clock::SystemClock;
use serde_json::{Map, Value};
use std::io::Write;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// The layer. `open` gives the place lines go to; a write that fails is dropped, because logging must not stop the server.
pub(super) struct JsonLines<F> {
    open: F,
}

impl<F> JsonLines<F> {
    pub(super) fn new(open: F) -> Self {
        Self { open }
    }
}

impl<S, F, W> Layer<S> for JsonLines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: Fn() -> W + 'static,
    W: Write,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut all = Fields::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(fields) = span.extensions().get::<Fields>() {
                all.0.extend(fields.0.clone());
            }
        }
        event.record(&mut all);
        let mut text = line(event, all.0);
        text.push('\n');
        // One write a line, so that lines of several threads never mix.
        let _ = (self.open)().write_all(text.as_bytes());
    }
}

/// What every line has stands first, and no field of that name replaces it.
fn line(event: &Event<'_>, fields: Map<String, Value>) -> String {
    let metadata = event.metadata();
    let mut line = Map::new();
    line.insert("ts".into(), timestamp().into());
    line.insert("level".into(), metadata.level().as_str().to_ascii_lowercase().into());
    line.insert("target".into(), metadata.target().into());
    for (name, value) in fields {
        line.entry(name).or_insert(value);
    }
    Value::Object(line).to_string()
}

fn timestamp() -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(SystemClock.now().0) * 1_000_000)
        .ok()
        .and_then(|instant| instant.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// The fields of a span or an event as JSON.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        let name = if field.name() == "message" { "msg" } else { field.name() };
        self.0.insert(name.to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, value.to_string().into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind, Result};
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt as _;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);
    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> Result<usize> {
            Err(Error::from(ErrorKind::BrokenPipe))
        }
        fn flush(&mut self) -> Result<()> {
            Err(Error::from(ErrorKind::BrokenPipe))
        }
    }

    #[test]
    fn fields_of_spans_and_event_stand_side_by_side_on_one_line() {
        let memory = Memory::default();
        let open = {
            let memory = memory.clone();
            move || memory.clone()
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(JsonLines::new(open)), || {
            let span = tracing::info_span!("request", request_id = "r1", client_id = tracing::field::Empty);
            let _entered = span.enter();
            span.record("client_id", "c1");
            tracing::warn!(
                event = "token.issued",
                ts = "forged",
                status = 200,
                duration_s = 0.5,
                "line\nbreak \"quoted\""
            );
        });
        let text = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let got: Value = serde_json::from_str(&text).unwrap();
        for (name, expected) in [
            ("level", Value::from("warn")),
            ("event", "token.issued".into()),
            ("msg", "line\nbreak \"quoted\"".into()),
            ("request_id", "r1".into()),
            ("client_id", "c1".into()),
            ("status", 200.into()),
            ("duration_s", 0.5.into()),
        ] {
            assert_eq!(got[name], expected, "{name} in {text}");
        }
        assert!(
            OffsetDateTime::parse(got["ts"].as_str().unwrap(), &Rfc3339).is_ok(),
            "{text}"
        );
    }

    #[test]
    fn a_reader_that_went_away_is_no_panic() {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(JsonLines::new(|| Closed)), || {
            tracing::error!("nobody reads this");
        });
    }
}
