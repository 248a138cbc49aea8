//! Request headers: Authorization, Cookie, X-Forwarded-For.
use crate::{lines, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantor_protocol::OAuthErrorCode;
use grantor_protocol::client_auth::{Presented, PresentedCredentials, presented};
use grantor_protocol::form::{Params, encode};
use grantor_web::{behind_proxies, only_cookie};
use std::net::{IpAddr, Ipv4Addr};

pub(crate) fn basic(data: &[u8]) {
    for body in ["", "client_id=a", "client_id=a&client_secret=s"] {
        let params = Params::parse(body.as_bytes()).expect("a sound form");
        let read = presented(&[data], &params);
        let Ok(Presented::Client(credentials)) = read else {
            continue;
        };
        let PresentedCredentials::Basic { client_id, secret } = credentials else {
            panic!("a header was passed over");
        };
        assert!(!client_id.is_empty() && !secret.expose().is_empty() && !body.contains("secret"));
        assert!(body.is_empty() || client_id == "a", "another client in the body");
        // RFC 6749 section 2.3.1, the client's half.
        let sent = format!("{}:{}", encode(&client_id), encode(secret.expose()));
        let header = format!("Basic {}", STANDARD.encode(sent));
        match presented(&[header.as_bytes()], &params) {
            Ok(Presented::Client(PresentedCredentials::Basic {
                client_id: id,
                secret: again,
            })) => assert_eq!((id, again.expose()), (client_id, secret.expose())),
            // Encoding makes it longer, and the header has a limit.
            other => assert!(
                header.len() > grantor_protocol::client_auth::MAX_BASIC_LENGTH,
                "{other:?}"
            ),
        }
    }
}

pub(crate) fn bearer(data: &[u8]) {
    match grantor_protocol::bearer::bearer(&[data]) {
        Ok(Some(token)) => {
            let (scheme, rest) = data.split_at(7);
            assert!(scheme.eq_ignore_ascii_case(b"Bearer ") && rest == token.as_bytes());
            assert!(!token.contains([' ', ',', '\t']), "two tokens in one");
        }
        Ok(None) => assert!(!data.to_ascii_lowercase().starts_with(b"bearer ")),
        Err(error) => assert_eq!(error.code, OAuthErrorCode::InvalidToken),
    }
    assert!(grantor_protocol::bearer::bearer(&[data, data]).is_err());
}

pub(crate) fn cookie(data: &[u8]) {
    const NAME: &str = "__Host-grantor-session.t.r";
    let text = text(data);
    let sent: Vec<&str> = lines(&text)
        .flat_map(|header| header.split(';'))
        .map(str::trim)
        .filter(|pair| pair.strip_prefix(NAME).is_some_and(|rest| rest.starts_with('=')))
        .collect();
    let read = only_cookie(lines(&text), NAME);
    assert_eq!(read.is_some(), sent.len() == 1, "{sent:?}");
    assert!(read.is_none_or(|value| sent[0] == format!("{NAME}={value}")));
}

pub(crate) fn forwarded_for(data: &[u8]) {
    let text = text(data);
    let trusted = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.octets()[0] == 10,
        IpAddr::V6(ip) => ip.segments()[0] == 0xFD00,
    };
    let outside = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    assert_eq!(
        behind_proxies(outside, lines(&text), trusted),
        outside,
        "whoever asks may write the header"
    );
    let proxy = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    let read = behind_proxies(proxy, lines(&text), trusted);
    assert_eq!(read, read.to_canonical());
    // From the right: trusted proxies, then the address.
    let hops = lines(&text)
        .flat_map(|v| v.split(','))
        .map(|hop| hop.trim().parse().ok());
    let hops: Vec<Option<IpAddr>> = hops.map(|ip: Option<IpAddr>| ip.map(|ip| ip.to_canonical())).collect();
    let proxies = hops
        .iter()
        .rev()
        .take_while(|ip| ip.is_some_and(trusted))
        .count()
        .min(20);
    let next = hops.iter().rev().nth(proxies).copied().flatten();
    let last_proxy = proxies
        .checked_sub(1)
        .and_then(|at| hops[hops.len() - 1 - at])
        .unwrap_or(proxy);
    let expected = if proxies < 20 {
        next.unwrap_or(last_proxy)
    } else {
        last_proxy
    };
    assert_eq!(read, expected);
}
