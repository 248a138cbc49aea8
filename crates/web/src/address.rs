//! The address a request comes from: the peer, or what trusted proxies in front of it say, read from the right.
use crate::state::State;
use actix_web::HttpRequest;
use std::net::IpAddr;

/// Longest `X-Forwarded-For` looked at, in entries.
const MAX_HOPS: usize = 20;

/// The right-most address that is no trusted proxy. Only addresses are read, never names, and never from an untrusted peer.
pub(crate) fn of(request: &HttpRequest, state: &State) -> String {
    let Some(peer) = request.peer_addr().map(|a| a.ip().to_canonical()) else {
        return "unknown".into();
    };
    let trusted = &state.settings.is_trusted_proxy;
    let mut address = peer;
    if trusted(peer) {
        let values = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|v| v.to_str().ok());
        let hops: Vec<&str> = values.flat_map(|v| v.split(',')).map(str::trim).collect();
        for hop in hops.iter().rev().take(MAX_HOPS) {
            let Ok(ip) = hop.parse::<IpAddr>() else { break };
            address = ip.to_canonical();
            if !trusted(address) {
                break;
            }
        }
    }
    address.to_string()
}
