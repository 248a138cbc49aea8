//! The binary under an orchestrator: probes while it starts, serves and ends, and what becomes of requests in flight.
mod endings;

use crate::place::{Place, terminate};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ExitStatus, Stdio};

/// A server and where it and its operators are answered.
struct Served {
    child: Child,
    public: SocketAddr,
    management: SocketAddr,
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Served {
    /// Started, and not yet waited for.
    fn start(place: &Place) -> Self {
        let (public, management) = (free(), free());
        let log = File::create(place.path("server.log")).unwrap();
        let child = Place::in_same(place)
            .variable("GRANTOR__MANAGEMENT__LISTEN", &management.to_string())
            .command(&format!("serve --listen {public}"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            child,
            public,
            management,
        }
    }

    /// Started, and ready.
    fn ready(place: &Place) -> Self {
        let served = Self::start(place);
        served.until("readiness", || served.probe("/readyz") == (200, "ok".to_owned()));
        served
    }

    /// Status and text of a probe; 0 when nobody answers.
    fn probe(&self, path: &str) -> (u16, String) {
        let answer = ask(self.management, path);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status.unwrap_or(0), body.trim_end().to_owned())
    }

    fn metric(&self, name: &str) -> u64 {
        let page = self.probe("/metrics").1;
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().unwrap())
    }

    fn until(&self, what: &str, is: impl Fn() -> bool) {
        assert!((0..1_000_000).any(|_| is()), "{what} was never seen");
    }

    fn terminate(&self) {
        terminate(&self.child);
    }

    fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The answer to a GET on a connection of its own; empty when nobody answers.
fn ask(address: SocketAddr, path: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(address) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        // What fails here is nobody answering.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_string(&mut answer);
    }
    answer
}

#[test]
fn a_start_that_waits_is_seen_by_its_probes() {
    let place = Place::new();
    // Another one migrates.
    fs::create_dir(place.path("data")).unwrap();
    place.set_mode("data", 0o700);
    let lock = File::create(place.path("data/grantor.lock")).unwrap();
    lock.lock().unwrap();
    let served = Served::start(&place);
    served.until("life", || served.probe("/livez").0 == 200);
    for path in ["/readyz", "/startupz"] {
        assert_eq!(served.probe(path), (503, "starting".to_owned()), "{path}");
    }
    assert!(served.probe("/metrics").1.contains("grantor_build_info{version="));
    lock.unlock().unwrap();
    served.until("the end of the start", || served.probe("/startupz").0 == 200);
    assert_eq!(served.probe("/readyz"), (200, "ok".to_owned()));
}

#[test]
fn a_taken_address_is_told_with_the_name_of_its_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new();
    let serve = |management: &str, listen: &str| {
        let place = Place::in_same(&place).variable("GRANTOR__MANAGEMENT__LISTEN", management);
        place.run(&format!("serve --listen {listen}"))
    };
    let ran = serve(&address, &free().to_string());
    assert_eq!(ran.code, 1, "{ran:?}");
    let told = format!(
        "management.listen: listen on {address} (set GRANTOR__MANAGEMENT__LISTEN to a free address, or to off)"
    );
    assert!(ran.err.contains(&told), "{ran:?}");
    assert!(!place.path("data").exists(), "nothing was begun");
    let both = free().to_string();
    let ran = serve(&both, &both);
    assert!(
        ran.code == 2 && ran.err.contains("another address than server.listen"),
        "{ran:?}"
    );
    let ran = serve("8081", &both);
    assert!(ran.code == 2 && ran.err.contains("or \"off\""), "{ran:?}");
}
