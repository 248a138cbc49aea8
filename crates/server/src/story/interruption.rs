//! Somebody wants the command to end before it is through: by Ctrl-C, by SIGTERM, or by closing the terminal.
use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Heard instead of ending the process at once, so that what is to be removed is removed.
pub(super) struct Interruption {
    #[cfg(unix)]
    signals: [Signal; 3],
}

#[cfg(unix)]
impl Interruption {
    /// From here on no such signal ends the process. Needs a runtime; an error when the system refuses.
    pub(super) fn listen() -> io::Result<Self> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(signal);
        Ok(Self {
            signals: [interrupt?, terminate?, hangup?],
        })
    }

    /// Waits for the first of them.
    pub(super) async fn heard(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Interruption {
    /// Where there are no signals, Ctrl-C is heard once it is waited for.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for Ctrl-C.
    pub(super) async fn heard(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
