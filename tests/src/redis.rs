//! The Redis that tests run on, and questions to it behind the server's back.
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says where Redis is: `redis://127.0.0.1:6379/`.
const VARIABLE: &str = "GRANTOR_TEST_REDIS";

/// Host and port of the Redis for tests. Without one a test has nothing to do, and says that it was left out.
pub fn address() -> Option<String> {
    let url = std::env::var(VARIABLE).unwrap_or_default();
    let address = url.strip_prefix("redis://").unwrap_or(&url).trim_end_matches('/');
    if address.is_empty() {
        eprintln!("left out: {VARIABLE} is not set");
        return None;
    }
    Some(address.to_owned())
}

/// A prefix that no other test has, in no other run on the same Redis.
pub fn new_prefix() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // Its address in memory is random enough to tell runs apart whose process has the same number.
    let run = std::ptr::from_ref(&COUNT).addr();
    format!("test:{}-{run:x}-{count}:", std::process::id())
}

/// The answer to a command: its text, the elements of an array one a line.
pub fn ask(address: &str, command: &[&str]) -> io::Result<String> {
    let mut stream = BufReader::new(TcpStream::connect(address)?);
    let mut request = format!("*{}\r\n", command.len()).into_bytes();
    for part in command {
        request.extend(format!("${}\r\n{part}\r\n", part.len()).into_bytes());
    }
    stream.get_mut().write_all(&request)?;
    read(&mut stream)
}

fn read(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let number = || line.get(1..).and_then(|n| n.parse::<i64>().ok()).unwrap_or_default();
    match line.as_bytes().first() {
        Some(b'$') => {
            let Ok(length) = u64::try_from(number()) else {
                return Ok(String::new());
            };
            let mut bytes = Vec::new();
            stream.by_ref().take(length + 2).read_to_end(&mut bytes)?;
            bytes.truncate(bytes.len().saturating_sub(2));
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Some(b'*') => {
            let all = (0..number())
                .map(|_| read(stream))
                .collect::<io::Result<Vec<String>>>()?;
            Ok(all.join("\n"))
        }
        Some(b'+' | b':') => Ok(line[1..].to_owned()),
        _ => Err(io::Error::other(line.to_owned())),
    }
}

/// Every key that begins with the prefix, and its value, as a dump would show them.
pub fn dump(address: &str, prefix: &str) -> io::Result<Vec<(String, String)>> {
    let keys = ask(address, &["KEYS", &format!("{prefix}*")])?;
    let value = |key: &str| Ok((key.to_owned(), ask(address, &["GET", key])?));
    keys.lines().map(value).collect()
}

/// A Redis of a test's own, which ends with it.
pub struct Server {
    process: std::process::Child,
    folder: std::path::PathBuf,
}

impl Server {
    /// Starts `redis-server` with these arguments in this folder and waits until `address` takes connections. `None`, and a word about
    /// it, when there is no such program.
    pub fn start(arguments: &[&str], folder: &std::path::Path, address: &str) -> io::Result<Option<Self>> {
        let started = std::process::Command::new("redis-server")
            .args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir"])
            .arg(folder)
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .spawn();
        let process = match started {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                eprintln!("left out: there is no redis-server");
                return Ok(None);
            }
            other => other?,
        };
        let mut server = Self {
            process,
            folder: folder.to_owned(),
        };
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.process.try_wait()? {
                return Err(io::Error::other(format!(
                    "redis-server in {}: {status}",
                    server.folder.display()
                )));
            }
            std::thread::yield_now();
        }
        Ok(Some(server))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
