//! A connection that ends when nothing comes of it, whatever its client is doing.
//!
//! Owns: when the server stops listening to a client. Does not own: how long a head or a body may take; that is answered with
//! 408 by those who read them. They do not see a head that stalls after an earlier request of the same connection, nor the rest of
//! a chunked body that was refused.
use actix_web::rt::net::TcpStream;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream that reads as ended when the server has written nothing for the time of its patience: since it wrote last, or since the
/// client was first heard after that. An answer that is still being made is written nevertheless.
pub(crate) struct Connection {
    io: TcpStream,
    patience: Duration,
    deadline: Pin<Box<Sleep>>,
    /// Whether the client was heard since the server wrote last.
    heard: bool,
}

impl Connection {
    pub(crate) fn new(io: TcpStream, patience: Duration) -> Self {
        Self {
            io,
            patience,
            deadline: Box::pin(sleep(patience)),
            heard: false,
        }
    }

    fn rearm(&mut self) {
        let at = Instant::now() + self.patience;
        self.deadline.as_mut().reset(at);
    }

    /// What was written, or an end when a client that reads nothing has used up the patience.
    fn wrote(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Ready(Ok(_)) => {
                self.heard = false;
                self.rearm();
            }
            Poll::Pending if self.deadline.as_mut().poll(cx).is_ready() => {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            _ => {}
        }
        polled
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buffer);
        if !self.heard && buffer.filled().len() > before {
            self.heard = true;
            self.rearm();
        }
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.wrote(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bytes);
        self.wrote(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
