//! Redirect URIs: registered on the first line, presented on the second.
use crate::{lines, text};
use grantor_protocol::redirect_uri::{Severity, explain, host_of, inspect, matches};
use grantor_protocol::words::ApplicationType::{self, Native, Web};
use url::Url;

const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

pub(crate) fn redirect_uri(data: &[u8]) {
    let text = text(data);
    let mut lines = lines(&text);
    let (registered, presented) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    for application_type in [Web, Native] {
        registration(registered, application_type);
        comparison(registered, presented, application_type);
    }
    let said = explain(&[registered.to_owned(), format!("{registered}{presented}")], presented);
    if let (Some(nearest), Some(at)) = (said.nearest, said.first_difference) {
        assert_eq!(&nearest[..at], &presented[..at]);
    }
    let _ = host_of(presented);
}

/// Whatever may be registered is read by browsers as it is spelled: the same host, no user, no fragment.
fn registration(uri: &str, application_type: ApplicationType) {
    if inspect(uri, application_type)
        .iter()
        .any(|f| f.severity == Severity::Error)
    {
        return;
    }
    let parsed = Url::parse(uri).expect("what may be registered parses");
    assert!(parsed.fragment().is_none() && parsed.username().is_empty() && parsed.password().is_none());
    let web = matches!(parsed.scheme(), "http" | "https");
    assert!(web || application_type == Native, "{uri}");
    let host = parsed.host_str().unwrap_or_default();
    assert!(parsed.scheme() != "http" || LOOPBACK.contains(&host), "{uri}");
    if web {
        let (_, rest) = uri.split_once("://").expect("a web address has an authority");
        let spelled = rest.split(['/', '?']).next().unwrap_or_default();
        let spelled = spelled
            .rsplit_once(':')
            .filter(|(_, p)| p.bytes().all(|b| b.is_ascii_digit()))
            .map_or(spelled, |(h, _)| h);
        assert!(spelled.eq_ignore_ascii_case(host), "{uri} leads to {host}");
    }
}

/// Equal bytes, or the loopback rule as the `url` crate sees it.
fn comparison(registered: &str, presented: &str, application_type: ApplicationType) {
    assert!(matches(registered, registered, application_type));
    let same = matches(registered, presented, application_type);
    assert_eq!(same, matches(presented, registered, application_type));
    if !same || registered == presented {
        assert!(same || registered != presented);
        return;
    }
    assert_eq!(application_type, Native);
    let portless = |uri: &str| {
        let mut parsed = Url::parse(uri).expect("a loopback address parses");
        assert!(
            parsed.scheme() == "http" && LOOPBACK.contains(&parsed.host_str().unwrap_or_default()),
            "{uri}"
        );
        assert!(parsed.username().is_empty() && parsed.password().is_none(), "{uri}");
        parsed.set_port(None).expect("http has a port");
        String::from(parsed)
    };
    assert_eq!(portless(registered), portless(presented));
}
