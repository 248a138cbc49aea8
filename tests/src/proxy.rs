//! A server on loopback that hands bytes on to another one, and fails it when it is told to.
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What becomes of bytes and of new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Forward,
    /// Bytes wait, in both directions.
    Hang,
    /// There is no connection, and a new one is closed at once.
    Cut,
    /// The proxy is gone.
    End,
}

struct State {
    mode: Mode,
    streams: Vec<TcpStream>,
    accepted: usize,
    /// So many of the first connections are lost: whatever is said on them goes nowhere.
    lost: usize,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    target: String,
}

/// Stands in front of one server. Hands on until it is told otherwise.
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Proxy {
    /// In front of `target`, a host and a port.
    pub fn to(target: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let state = State {
            mode: Mode::Forward,
            streams: Vec::new(),
            accepted: 0,
            lost: 0,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            target: target.to_owned(),
        });
        let accepting = shared.clone();
        thread::spawn(move || accepting.accept(&listener));
        Ok(Self { shared, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that came so far.
    pub fn accepted(&self) -> usize {
        self.shared.state().accepted
    }

    /// Hands on, also what waited.
    pub fn forward(&self) {
        self.shared.set(Mode::Forward);
    }

    /// Keeps every connection and hands nothing on.
    pub fn hang(&self) {
        self.shared.set(Mode::Hang);
    }

    /// Forgets every connection without a word, as a firewall does or a machine that loses power; hands on those that come.
    pub fn lose(&self) {
        let mut state = self.shared.state();
        state.lost = state.accepted;
        drop(state);
        self.shared.set(Mode::Forward);
    }

    /// Closes every connection, and new ones as they come.
    pub fn cut(&self) {
        self.shared.set(Mode::Cut);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.set(Mode::End);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, mode: Mode) {
        let mut state = self.state();
        state.mode = mode;
        if matches!(mode, Mode::Cut | Mode::End) {
            for stream in state.streams.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.changed.notify_all();
    }

    fn accept(self: Arc<Self>, listener: &TcpListener) {
        for from in listener.incoming().flatten() {
            let mut state = self.state();
            state.accepted += 1;
            match state.mode {
                Mode::End => return,
                Mode::Cut => continue,
                Mode::Forward | Mode::Hang => {}
            }
            let Ok(to) = TcpStream::connect(&self.target) else {
                continue;
            };
            for (from, to) in [(&from, &to), (&to, &from)] {
                let (Ok(mine), Ok(read), Ok(written)) = (from.try_clone(), from.try_clone(), to.try_clone()) else {
                    continue;
                };
                state.streams.push(mine);
                let (shared, number) = (self.clone(), state.accepted);
                thread::spawn(move || shared.copy(number, read, written));
            }
        }
    }

    fn copy(&self, number: usize, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let state = self.state();
            let hung = self.changed.wait_while(state, |state| state.mode == Mode::Hang);
            let lost = hung.map_or(0, |state| state.lost);
            if number <= lost {
                continue;
            }
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut out = stream.try_clone().unwrap();
                thread::spawn(move || io::copy(&mut &stream, &mut out));
            }
        });
        address
    }

    #[test]
    fn it_hands_on_holds_back_and_cuts() {
        let proxy = Proxy::to(&echo().to_string()).unwrap();
        let mut stream = TcpStream::connect(proxy.address()).unwrap();
        let mut answer = [0; 2];
        stream.write_all(b"ab").unwrap();
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"ab");
        proxy.hang();
        stream.write_all(b"cd").unwrap();
        stream
            .set_read_timeout(Some(std::time::Duration::from_millis(20)))
            .unwrap();
        assert!(stream.read_exact(&mut answer).is_err(), "{answer:?}");
        stream.set_read_timeout(None).unwrap();
        proxy.forward();
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"cd");
        proxy.cut();
        assert!(!matches!(stream.read(&mut answer), Ok(1..)));
        let mut stream = TcpStream::connect(proxy.address()).unwrap();
        assert!(!matches!(stream.read(&mut answer), Ok(1..)));
        assert_eq!(proxy.accepted(), 2);
    }
}
