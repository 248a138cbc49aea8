//! `healthcheck`: one GET over plain HTTP, for containers without curl: of `/readyz` where operators are answered, else of the
//! discovery document.
use crate::config::Settings;
use anyhow::{Context as _, bail};
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;
use url::Url;

/// Longest wait for connecting, for sending and for each part of the answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// OpenID Connect Discovery section 4: below the issuer, whatever its path.
const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Where the management listener says whether requests are to be sent.
const READY: &str = "/readyz";
/// Parts of an answer that are waited for, and bytes in all, until its first line has to be there.
const MAX_READS: usize = 8;
const MAX_BYTES: usize = 1024;

/// The base URL at which a server that listens on `listen` can be reached from this machine.
fn url_of(listen: SocketAddr) -> String {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    format!("http://{}", SocketAddr::new(address, listen.port()))
}

/// Succeeds when the server of these settings is ready in time; where no operator is answered, when it answers at all.
pub(super) fn check_configured(settings: &Settings) -> anyhow::Result<()> {
    match settings.management.listen.address() {
        // Where the system chose the port, nobody knows it.
        Some(address) if address.port() != 0 => check_path(&url_of(address), READY),
        _ => check(&url_of(settings.server.listen)),
    }
}

/// Succeeds when the server at `base` answers 200 in time.
pub(super) fn check(base: &str) -> anyhow::Result<()> {
    check_path(base, DISCOVERY)
}

fn check_path(base: &str, path: &str) -> anyhow::Result<()> {
    let url = Url::parse(base).with_context(|| format!("{base} is no URL"))?;
    if url.scheme() != "http" {
        bail!("{base}: healthcheck speaks plain http only; point it at the listen address");
    }
    let status = status_line(&url, path).with_context(|| format!("{base} does not answer"))?;
    match status.split(' ').nth(1) {
        Some("200") if status.starts_with("HTTP/1.") => Ok(()),
        _ => bail!("{base} answers {status:?} at {path}"),
    }
}

/// The first line of the answer.
fn status_line(url: &Url, asked: &str) -> anyhow::Result<String> {
    let mut stream = connect(url)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (path, host) = (url.path().trim_end_matches('/'), authority(url));
    let request = format!("GET {path}{asked} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let (mut answer, mut part) = (Vec::new(), [0u8; MAX_BYTES]);
    for _ in 0..MAX_READS {
        let length = stream.read(&mut part)?;
        answer.extend_from_slice(&part[..length]);
        if length == 0 || answer.len() >= MAX_BYTES || answer.contains(&b'\n') {
            break;
        }
    }
    let line = answer.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(&line[..line.len().min(100)])
        .trim_end()
        .to_owned())
}

fn connect(url: &Url) -> anyhow::Result<TcpStream> {
    let mut failure = anyhow::anyhow!("the name has no address");
    for address in authority_with_port(url).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn authority_with_port(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(80))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Asks a server that gives `answer` to one connection; returns the result and the request it saw.
    fn ask(path: &str, answer: &'static str) -> (Result<(), String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}{path}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0u8; 1024];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let result = check(&base).map_err(|error| format!("{error:#}"));
        (result, server.join().unwrap())
    }

    #[test]
    fn only_200_is_healthy() {
        for (answer, healthy) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", true),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("HTTP/1.1 404 Not Found\r\n\r\n", false),
            ("HTTP/1.1 301 Moved\r\n\r\n 200 ", false),
            ("SSH-2.0 200 x\r\n", false),
            ("", false),
        ] {
            assert_eq!(ask("", answer).0.is_ok(), healthy, "{answer}");
        }
    }

    #[test]
    fn the_document_is_asked_for_below_the_path() {
        for (path, line) in [
            ("", "GET /.well-known/openid-configuration HTTP/1.1\r\n"),
            ("/", "GET /.well-known/openid-configuration HTTP/1.1\r\n"),
            ("/sso", "GET /sso/.well-known/openid-configuration HTTP/1.1\r\n"),
        ] {
            let (result, request) = ask(path, "HTTP/1.1 200 OK\r\n\r\n");
            assert!(result.is_ok() && request.starts_with(line), "{path}: {request}");
            assert!(request.contains("\r\nHost: 127.0.0.1:"), "{request}");
        }
    }

    #[test]
    fn nobody_there_is_a_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        assert!(format!("{:#}", check(&base).unwrap_err()).contains("does not answer"));
        assert!(check("https://127.0.0.1").is_err());
        assert!(check("nonsense").is_err());
    }

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_loopback() {
        for (listen, expected) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:8080", "http://[::1]:8080"),
            ("10.1.2.3:8080", "http://10.1.2.3:8080"),
        ] {
            assert_eq!(url_of(listen.parse().unwrap()), expected);
        }
    }
}
