//! Bodies and connections that would never end: each is cut off, and nobody else notices.
use crate::app::App;
use grantor_tests::covers;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// `request_timeout_seconds` of these tests is one second; whatever is cut off is cut off well within this.
const SOON: Duration = Duration::from_secs(15);
/// How long a slow sender pauses between two bytes.
const PAUSE: Duration = Duration::from_millis(200);

/// A server that waits one second for a head or a body.
async fn impatient() -> App {
    App::start_with(|s| s.server.request_timeout_seconds = 1).await
}

fn address(app: &App) -> String {
    app.base.trim_start_matches("http://").to_owned()
}

fn head(app: &App, path: &str, length: &str) -> String {
    let basic = app.client("m").basic();
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {basic}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{length}\r\n\r\n"
    )
}

/// Senders that never finish, each on a connection of its own.
struct Slow {
    senders: Vec<(JoinHandle<String>, String)>,
    address: String,
}

impl Slow {
    fn of(app: &App) -> Self {
        Self {
            senders: Vec::new(),
            address: address(app),
        }
    }

    fn send(&mut self, first: String, rest: &'static str, expected: &str) {
        let sender = tokio::spawn(trickle(self.address.clone(), first, rest));
        self.senders.push((sender, expected.to_owned()));
    }

    /// Waits for all: each was told what was expected and then cut off.
    async fn all_are_cut_off(self) {
        for (sender, expected) in self.senders {
            let answer = sender.await.unwrap();
            assert!(answer.starts_with(&expected), "{expected}: {answer}");
        }
    }
}

/// Sends `first` at once and `rest` byte by byte, over and over, until the server closes; what it said.
async fn trickle(address: String, first: String, rest: &'static str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(first.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut bytes = rest.bytes().cycle();
    let until_closed = async {
        let mut buffer = [0; 4096];
        loop {
            match timeout(PAUSE, socket.read(&mut buffer)).await {
                Ok(Ok(0) | Err(_)) => return,
                Ok(Ok(read)) => answer.extend_from_slice(&buffer[..read]),
                // A write may fail when the server has closed; the next read tells.
                Err(_) => drop(socket.write_all(bytes.next().as_slice()).await),
            }
        }
    };
    let closed = timeout(SOON, until_closed).await.is_ok();
    let answer = String::from_utf8(answer).unwrap();
    assert!(closed, "the connection stays open: {first} {rest} {answer}");
    answer
}

#[tokio::test]
async fn a_slow_sender_is_cut_off_and_others_are_served() {
    covers!("O-123");
    let app = impatient().await;
    let mut slow = Slow::of(&app);
    for path in ["/token", "/introspect", "/userinfo", "/authorize"] {
        for rest in ["", "x"] {
            slow.send(head(&app, path, "Content-Length: 60000"), rest, "HTTP/1.1 408");
        }
        for rest in ["", "1\r\nx\r\n"] {
            slow.send(head(&app, path, "Transfer-Encoding: chunked"), rest, "HTTP/1.1 408");
        }
    }
    // Slow headers, or none at all.
    for first in ["", "POST /tok", "GET / HTTP/1.1\r\nX-Slow: "] {
        for rest in ["", "x"] {
            slow.send(first.into(), rest, "HTTP/1.1 408");
        }
    }
    for _ in 0..20 {
        app.client("m").machine_token().await;
    }
    slow.all_are_cut_off().await;
    app.client("m").machine_token().await;
}

#[tokio::test]
async fn a_connection_that_was_served_once_is_cut_off_too() {
    covers!("O-123");
    let app = impatient().await;
    let mut slow = Slow::of(&app);
    let first = "GET /jwks HTTP/1.1\r\nHost: x\r\n\r\n";
    slow.send(first.into(), "", "HTTP/1.1 200");
    for next in ["POST /tok", "GET /jwks HTTP/1.1\r\nX-Slow: "] {
        for rest in ["", "x"] {
            slow.send(format!("{first}{next}"), rest, "HTTP/1.1 200");
        }
    }
    slow.all_are_cut_off().await;
}

#[tokio::test]
async fn a_refused_request_does_not_keep_its_connection_for_a_body_to_come() {
    covers!("O-122", "O-123");
    let app = impatient().await;
    let mut slow = Slow::of(&app);
    for (path, status) in [
        ("/token?x=1", 400),
        ("/introspect?x=1", 400),
        ("/nowhere", 404),
        ("/jwks", 405),
    ] {
        for rest in ["", "1\r\nx\r\n"] {
            for length in ["Content-Length: 60000", "Transfer-Encoding: chunked"] {
                slow.send(head(&app, path, length), rest, &format!("HTTP/1.1 {status}"));
            }
        }
    }
    slow.all_are_cut_off().await;
}

#[tokio::test]
async fn idle_connections_keep_nobody_out() {
    covers!("O-123");
    let app = impatient().await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        let mut socket = TcpStream::connect(address(&app)).await.unwrap();
        socket.write_all(b"POST /token HTTP/1.1\r\nHost: ").await.unwrap();
        idle.push(socket);
    }
    for _ in 0..20 {
        app.client("m").machine_token().await;
    }
    for mut socket in idle {
        let mut rest = Vec::new();
        let closed = timeout(SOON, socket.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "an idle connection stays open");
    }
    app.client("m").machine_token().await;
}

/// Writes `block` a thousand times, or until the server stops listening; what it said until it closed.
async fn flood(address: String, head: String, block: Vec<u8>) -> String {
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    writer.write_all(head.as_bytes()).await.unwrap();
    let writing = async move {
        for _ in 0..1000 {
            if writer.write_all(&block).await.is_err() {
                break;
            }
        }
        // Kept open: it is the server that has to close.
        writer
    };
    let reading = async move {
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = reader.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..read]);
        }
        String::from_utf8(answer).unwrap()
    };
    let both = timeout(SOON, async { tokio::join!(writing, reading) }).await;
    both.unwrap_or_else(|_| panic!("the server does not close: {head}")).1
}

/// The most memory this process ever held, in kilobytes, where the system tells.
fn peak() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.map_or(0, |l| l.trim().trim_end_matches(" kB").parse().unwrap())
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_never_held() {
    covers!("O-122");
    let app = impatient().await;
    let plain = vec![b'x'; 1 << 16];
    let chunk = [format!("{:x}\r\n", plain.len()).as_bytes(), &plain, b"\r\n"].concat();
    let before = peak();
    let mut floods = Vec::new();
    for path in ["/token", "/introspect", "/userinfo", "/authorize"] {
        for (length, block) in [
            ("Content-Length: 10485760", &plain),
            ("Content-Length: 10737418240", &plain),
            ("Transfer-Encoding: chunked", &chunk),
        ] {
            let head = head(&app, path, length);
            floods.push(tokio::spawn(flood(address(&app), head, block.clone())));
        }
    }
    for flood in floods {
        let answer = flood.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
    }
    // What was sent is a third of a gigabyte and more.
    let grown = peak() - before;
    assert!(grown < 128 << 10, "{grown} kB more");
    // One byte too long, and just short enough.
    for (excess, status) in [(0, 200), (1, 413)] {
        let fill = app.settings.limits.body_bytes - "grant_type=client_credentials&x=".len() + excess;
        let long = "x".repeat(fill);
        let form = [("grant_type", "client_credentials"), ("x", long.as_str())];
        let answer = app.client("m").token(&form).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}
