//! Logs on standard error: text for people, JSON lines for machines.
//!
//! Owns: level, shape and where lines go. Does not own what is logged; whoever logs keeps secrets, codes and tokens out.
mod json_lines;

use crate::config::{LogFormat, LogSettings};
use json_lines::JsonLines;
use std::io::{IsTerminal, stderr};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// Sends logs to standard error from here on. A second call changes nothing. A reader that went away is no error.
pub fn init(log: &LogSettings) {
    let filter = EnvFilter::new(&log.level);
    let terminal = stderr().is_terminal();
    // An error here only says that a subscriber is there already.
    let _ = tracing_subscriber::registry()
        .with(shape(log.format, terminal))
        .with(filter)
        .try_init();
}

fn shape(format: LogFormat, terminal: bool) -> Box<dyn Layer<Registry> + Send + Sync> {
    if format == LogFormat::Json || (format == LogFormat::Auto && !terminal) {
        return JsonLines::new(stderr).boxed();
    }
    let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // The layer reports failed writes with a macro that panics when standard error is closed.
    fmt::layer()
        .with_writer(stderr)
        .with_ansi(colours)
        .log_internal_errors(false)
        .boxed()
}

/// Why `level` cannot be used; `None` when it can.
/// A misspelt level would be read as the name of a module, so every part is a level or says `module=level`.
pub(crate) fn refuse_level(level: &str) -> Option<&'static str> {
    const WANTED: &str = "off, error, warn, info, debug or trace, and after commas module=level";
    let part = |part: &str| {
        let name = part.rsplit_once('=').map_or(part, |(_, level)| level);
        ["off", "error", "warn", "info", "debug", "trace"].contains(&name)
    };
    (!level.split(',').all(part) || EnvFilter::try_new(level).is_err()).then_some(WANTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_level_is_no_module() {
        for (level, accepted) in [
            ("info", true),
            ("off", true),
            ("info,grantor_flows=debug", true),
            ("warn, sqlx=error", false),
            ("inof", false),
            ("", false),
            ("info,", false),
            ("info,grantor_flows=loud", false),
            ("INFO!", false),
        ] {
            assert_eq!(refuse_level(level).is_none(), accepted, "{level}");
        }
    }
}
