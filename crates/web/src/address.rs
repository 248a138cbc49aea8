//! The address a request comes from: the peer, or what trusted proxies in front of it say, read from the right.
use crate::state::State;
use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use std::net::IpAddr;

/// Longest `X-Forwarded-For` looked at, in entries.
const MAX_HOPS: usize = 20;

/// The address the request comes from, as text; `unknown` without a peer.
pub(crate) fn of(request: &HttpRequest, state: &State) -> String {
    let Some(peer) = request.peer_addr().map(|a| a.ip()) else {
        return "unknown".into();
    };
    let forwarded = request.headers().get_all("x-forwarded-for");
    let forwarded = forwarded.filter_map(|v| v.to_str().ok());
    behind_proxies(peer, forwarded, &state.settings.is_trusted_proxy).to_string()
}

/// What the browser says of itself, as text; empty when it says nothing.
pub(crate) fn agent(request: &HttpRequest) -> String {
    let said = request.headers().get(USER_AGENT);
    said.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
        .unwrap_or_default()
}

/// The right-most address that is no trusted proxy, out of the peer and the values of `X-Forwarded-For`. Only addresses are read,
/// never names, and never from an untrusted peer.
pub fn behind_proxies<'a>(
    peer: IpAddr,
    forwarded: impl Iterator<Item = &'a str>,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let mut address = peer.to_canonical();
    if !is_trusted(address) {
        return address;
    }
    let hops: Vec<&str> = forwarded.flat_map(|v| v.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev().take(MAX_HOPS) {
        let Ok(ip) = hop.parse::<IpAddr>() else { break };
        address = ip.to_canonical();
        if !is_trusted(address) {
            break;
        }
    }
    address
}
