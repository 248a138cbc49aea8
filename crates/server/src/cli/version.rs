//! `version`: name, version, commit and platform of this build.
use serde_json::json;

/// Set by the build that makes a release.
const COMMIT: Option<&str> = option_env!("GRANTOR_COMMIT");

/// One line of text or one JSON object.
pub(super) fn describe(as_json: bool) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let platform = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    if as_json {
        let build = json!({ "name": "grantor", "version": version, "commit": COMMIT, "platform": platform });
        return format!("{build}\n");
    }
    let commit = COMMIT.map(|commit| format!(", commit {commit}")).unwrap_or_default();
    format!("grantor {version} ({platform}{commit})\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_the_version() {
        let json: serde_json::Value = serde_json::from_str(&describe(true)).unwrap();
        assert_eq!(
            (json["name"].as_str(), json["version"].as_str()),
            (Some("grantor"), Some(env!("CARGO_PKG_VERSION")))
        );
        assert!(describe(false).starts_with(concat!("grantor ", env!("CARGO_PKG_VERSION"), " (")));
    }
}
