//! How the browser of a session is called, from what it says of itself (RFC 9110 section 10.1.5). It helps a person to tell
//! their devices apart; nothing is decided by it.

/// Longest text kept, in characters.
pub const MAX_AGENT: usize = 256;

/// What is kept of a `User-Agent`: no control characters, and not more than is worth reading.
pub fn kept_agent(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).take(MAX_AGENT).collect()
}

/// Names that people know; `None` for what says nothing we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub browser: Option<&'static str>,
    pub system: Option<&'static str>,
}

/// The more special name stands first: most browsers also name those they descend from.
const BROWSERS: [(&str, &str); 12] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("Linux", "Linux"),
];

/// What the agent is called.
pub fn device(agent: &str) -> Device {
    let first = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(part, _)| agent.contains(part))
            .map(|(_, name)| *name)
    };
    Device {
        browser: first(&BROWSERS),
        system: first(&SYSTEMS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_the_name_people_know() {
        for (agent, browser, system) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                Some("Chrome"),
                Some("Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0",
                Some("Edge"),
                Some("Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1",
                Some("Safari"),
                Some("iPhone"),
            ),
            (
                "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
                Some("Firefox"),
                Some("Android"),
            ),
            ("", None, None),
            ("<script>alert(1)</script>", None, None),
        ] {
            assert_eq!(device(agent), Device { browser, system }, "{agent}");
        }
    }

    #[test]
    fn what_is_kept_is_short_and_printable() {
        assert_eq!(kept_agent("a\r\nb\u{0}\u{9b}c"), "abc");
        assert_eq!(kept_agent(&"é".repeat(5000)).chars().count(), MAX_AGENT);
    }
}
