//! `doctor`: looks at an installation as its operator would, and says what is wrong and what to do.
mod checks;

use super::{open_as_it_is, say};
use crate::cli::Doctor;
use crate::config::Settings;
use serde::Serialize;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Good,
    /// Works, and will hurt.
    Warning,
    Bad,
}

/// What was looked at, and what was seen.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) verdict: Verdict,
    pub(super) text: String,
}

impl Finding {
    pub(super) fn new(check: &'static str, verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            check,
            verdict,
            text: text.into(),
        }
    }
}

/// Prints what was found; the worst of it: 0 all good, 1 warnings, 2 something is wrong.
pub fn doctor(settings: Settings, request: Doctor) -> anyhow::Result<u8> {
    actix_web::rt::System::new().block_on(async move {
        let mut findings = checks::of_settings(&settings);
        match open_as_it_is(&settings).await {
            Ok(deps) => findings.extend(checks::of_database(&settings, &deps).await?),
            Err(error) => findings.push(Finding::new("database", Verdict::Bad, format!("{error:#}"))),
        }
        findings.push(checks::of_server(&settings).await);
        say(&match request.json {
            true => serde_json::to_string_pretty(&findings)?,
            false => table(&findings),
        });
        let worst = findings.iter().map(|f| f.verdict).max().unwrap_or(Verdict::Good);
        Ok(match worst {
            Verdict::Good => 0,
            Verdict::Warning => 1,
            Verdict::Bad => 2,
        })
    })
}

fn table(findings: &[Finding]) -> String {
    let mark = |verdict| match verdict {
        Verdict::Good => "ok     ",
        Verdict::Warning => "warning",
        Verdict::Bad => "WRONG  ",
    };
    let line = |f: &Finding| format!("{} {:<14} {}", mark(f.verdict), f.check, f.text);
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}
