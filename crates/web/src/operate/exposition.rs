//! Prometheus' text format, version 0.0.4: families with `# HELP` and `# TYPE`, one sample a line.
use grantor_flows::metrics::{BOUNDS_MICROSECONDS, Histogram};
use std::fmt::{Display, Write as _};

/// Names and values of a sample's labels. Both are words of ours, or numbers, so nothing has to be escaped; a label whose value is
/// empty is left out, which says the same.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

/// The text that is being written.
#[derive(Default)]
pub(super) struct Exposition(String);

impl Exposition {
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// Begins a family; its samples follow.
    pub(super) fn family(&mut self, name: &'static str, kind: &str, help: &str) -> Family<'_> {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
        Family { text: self, name }
    }

    /// A counter without labels.
    pub(super) fn counter(&mut self, name: &'static str, help: &str, value: u64) {
        self.family(name, "counter", help).sample(&[], value);
    }

    /// A gauge without labels.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, "gauge", help).sample(&[], value);
    }

    fn line(&mut self, line: impl Display) {
        // Writing to a text does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

/// A family that was begun.
pub(super) struct Family<'a> {
    text: &'a mut Exposition,
    name: &'static str,
}

impl Family<'_> {
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: impl Display) {
        let name = self.name;
        self.text.line(format_args!("{name}{} {value}", braced(labels)));
    }

    pub(super) fn histogram(&mut self, labels: Labels<'_>, of: &Histogram) {
        let (name, counts) = (self.name, of.up_to_each_bound());
        let bounds = BOUNDS_MICROSECONDS.iter().map(|bound| seconds_of(*bound).to_string());
        for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(counts) {
            let labels = [labels, &[("le", bound.as_str())]].concat();
            self.text.line(format_args!("{name}_bucket{} {count}", braced(&labels)));
        }
        let (labels, sum, count) = (braced(labels), of.sum().as_secs_f64(), counts[counts.len() - 1]);
        self.text.line(format_args!("{name}_sum{labels} {sum}"));
        self.text.line(format_args!("{name}_count{labels} {count}"));
    }
}

fn seconds_of(microseconds: u64) -> f64 {
    std::time::Duration::from_micros(microseconds).as_secs_f64()
}

fn braced(labels: Labels<'_>) -> String {
    let said = labels.iter().filter(|(_, value)| !value.is_empty());
    let said: Vec<String> = said.map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    match said.is_empty() {
        true => String::new(),
        false => format!("{{{}}}", said.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_family_is_written_as_prometheus_reads_it() {
        let mut text = Exposition::default();
        text.counter("a_total", "What is counted.", 3);
        let mut family = text.family("b_seconds", "histogram", "What is measured.");
        let histogram = Histogram::default();
        histogram.observe(Duration::from_millis(2));
        family.histogram(&[("route", "/token"), ("error", "")], &histogram);
        let text = text.into_text();
        let begins = "# HELP a_total What is counted.\n# TYPE a_total counter\na_total 3\n# HELP b_seconds What is measured.\n# TYPE b_seconds histogram\nb_seconds_bucket{route=\"/token\",le=\"0.0001\"} 0\n";
        assert!(text.starts_with(begins), "{text}");
        for line in [
            "b_seconds_bucket{route=\"/token\",le=\"0.001\"} 0",
            "b_seconds_bucket{route=\"/token\",le=\"0.0025\"} 1",
            "b_seconds_bucket{route=\"/token\",le=\"10\"} 1",
            "b_seconds_bucket{route=\"/token\",le=\"+Inf\"} 1",
            "b_seconds_sum{route=\"/token\"} 0.002",
            "b_seconds_count{route=\"/token\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}: {text}");
        }
    }
}
