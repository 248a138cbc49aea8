//! Bytes on a socket, for requests no client library would send.
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long silence is waited for before the answer counts as complete.
const SILENCE: Duration = Duration::from_millis(500);

pub(super) async fn send(base: &str, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(base.trim_start_matches("http://")).await.unwrap();
    // The server may refuse and close before everything is written; what it said still counts.
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(read)) = timeout(SILENCE, socket.read(&mut buffer)).await {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}
