//! What an inspection says: how grave, a name for programs, a sentence for people.

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The URI is refused.
    Error,
    /// The URI is taken; somebody should look.
    Warning,
    /// Worth knowing.
    Note,
}

/// One thing about a redirect URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// A stable name for programs.
    pub code: &'static str,
    /// Plain English for people, with what to do instead.
    pub text: String,
}

pub(super) fn error(code: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        severity: Severity::Error,
        code,
        text: text.into(),
    }
}

pub(super) fn warning(code: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        severity: Severity::Warning,
        code,
        text: text.into(),
    }
}

pub(super) fn note(code: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        severity: Severity::Note,
        code,
        text: text.into(),
    }
}
