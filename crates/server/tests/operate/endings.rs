//! How a server ends: what is in flight is answered, and nobody waits longer than was said.
use super::{Served, ask};
use crate::REALM;
use crate::place::Place;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const IN_FLIGHT: usize = 500;
const FORM: &str = "grant_type=client_credentials&client_id=m&client_secret=a-supplied-secret-a-supplied-secret-1";
/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn place() -> Place {
    let place = Place::new().file("realm.toml", REALM);
    let applied = place.run("apply -f realm.toml");
    assert_eq!(applied.code, 0, "{applied:?}");
    // Five hundred bodies on two cores may take a while to be finished.
    place.variable("GRANTOR__SERVER__REQUEST_TIMEOUT_SECONDS", "60")
}

/// A token request of which the last byte is not yet sent.
fn begin(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (head, length) = ("Content-Type: application/x-www-form-urlencoded", FORM.len());
    let part = &FORM[..length - 1];
    let request = format!("POST /token HTTP/1.1\r\nHost: x\r\n{head}\r\nContent-Length: {length}\r\n\r\n{part}");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Everything that still comes until the server closes.
fn finish(mut stream: TcpStream) -> String {
    stream.write_all(&FORM.as_bytes()[FORM.len() - 1..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn five_hundred_requests_in_flight_are_answered_when_the_server_is_told_to_stop() {
    // covers: O-351
    let place = place();
    let mut served = Served::ready(&place);
    // A connection that is kept after its answer.
    let mut idle = TcpStream::connect(served.public).unwrap();
    idle.set_read_timeout(Some(PATIENCE)).unwrap();
    idle.write_all(b"GET /assets/none HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 8];
    idle.read_exact(&mut first).unwrap();
    let mut requests: Vec<TcpStream> = (0..IN_FLIGHT).map(|_| begin(served.public)).collect();
    served.until("all in flight", || {
        served.metric("http_server_requests_in_flight") == IN_FLIGHT as u64
    });

    served.terminate();
    served.until("the end of readiness", || {
        served.probe("/readyz") == (503, "shutting down".to_owned())
    });
    served.until("a closed door", || TcpStream::connect(served.public).is_err());
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).unwrap();

    let last = requests.pop().unwrap();
    let answered = requests.into_iter().map(finish);
    let good = answered.filter(|answer| answer.starts_with("HTTP/1.1 200") && answer.contains("access_token"));
    assert_eq!(good.count(), IN_FLIGHT - 1);
    assert_eq!(served.probe("/livez").0, 200, "operators are answered to the end");
    assert_eq!(served.probe("/readyz").0, 503);
    assert!(finish(last).starts_with("HTTP/1.1 200"));
    assert_eq!(served.ended().code(), Some(0));
}

#[test]
fn the_door_stays_open_for_the_time_of_the_notice_and_a_second_signal_cuts_it_short() {
    let place = place().variable("GRANTOR__SERVER__SHUTDOWN_NOTICE_SECONDS", "3600");
    let mut served = Served::ready(&place);
    let management = served.management.to_string();
    let healthcheck = || {
        let place = Place::in_same(&place).variable("GRANTOR__MANAGEMENT__LISTEN", &management);
        place.run("healthcheck")
    };
    assert_eq!(healthcheck().code, 0);
    served.terminate();
    served.until("the end of readiness", || served.probe("/readyz").0 == 503);
    let ran = healthcheck();
    assert!(
        ran.code == 1 && ran.err.contains("503") && ran.err.contains("/readyz"),
        "{ran:?}"
    );
    // Who has not noticed yet is served.
    assert!(ask(served.public, "/jwks").starts_with("HTTP/1.1 200"));
    assert!(first_line(begin(served.public)).starts_with("HTTP/1.1 200"));
    served.terminate();
    assert_eq!(served.ended().code(), Some(1));
    let log = std::fs::read_to_string(place.path("server.log")).unwrap();
    assert!(log.contains("told a second time to stop"), "{log}");
}

/// The first bytes of the answer; the connection is kept.
fn first_line(mut stream: TcpStream) -> String {
    stream.write_all(&FORM.as_bytes()[FORM.len() - 1..]).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_request_that_never_ends_holds_the_server_no_longer_than_was_said() {
    let place = place().variable("GRANTOR__SERVER__SHUTDOWN_SECONDS", "1");
    let mut served = Served::ready(&place);
    let mut stuck = begin(served.public);
    served.until("a request in flight", || {
        served.metric("http_server_requests_in_flight") == 1
    });
    served.terminate();
    assert_eq!(served.ended().code(), Some(0));
    let log = std::fs::read_to_string(place.path("server.log")).unwrap();
    assert!(log.contains("requests were still running at the end"), "{log}");
    let mut rest = Vec::new();
    // Closed or reset: either way there was no answer.
    let _ = stuck.read_to_end(&mut rest);
    assert!(rest.is_empty());
}
