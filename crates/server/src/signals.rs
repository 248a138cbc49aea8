//! The signals that end a server: SIGTERM, and SIGINT of a terminal. Elsewhere Ctrl-C.
use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Heard instead of ending the process at once.
pub(crate) struct Signals {
    #[cfg(unix)]
    kinds: [Signal; 3],
}

#[cfg(unix)]
impl Signals {
    /// From here on no such signal ends the process. Needs a runtime; an error when the system refuses.
    pub(crate) fn listen() -> io::Result<Self> {
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()];
        let [terminate, interrupt, quit] = kinds.map(signal);
        Ok(Self {
            kinds: [terminate?, interrupt?, quit?],
        })
    }

    /// Waits for the next of them.
    pub(crate) async fn heard(&mut self) {
        let [terminate, interrupt, quit] = &mut self.kinds;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = quit.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Where there are no signals, Ctrl-C is heard once it is waited for.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for Ctrl-C.
    pub(crate) async fn heard(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
