//! Passwords: argon2id, off the worker threads, bounded in how many run and how many wait.
use crate::Clock;
use crate::metrics::Histogram;
use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Cost of a hash and how many may be under way.
#[derive(Debug, Clone)]
pub struct PasswordSettings {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    /// Hashes at once; memory is this times `memory_kib`.
    pub at_once: usize,
    /// Callers that may wait; more are refused.
    pub queue: usize,
}

/// Too many are waiting; seconds after which to try again.
#[derive(Debug, PartialEq, Eq)]
pub struct TooBusy(pub u64);

/// The hasher.
pub struct Passwords {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    clock: Arc<dyn Clock>,
    seconds: Arc<Histogram>,
    /// A hash of nothing anybody knows, verified for unknown names so that they cost the same (O-276).
    decoy: String,
}

impl Passwords {
    pub(crate) fn new(settings: &PasswordSettings, clock: Arc<dyn Clock>) -> Self {
        let params = Params::new(settings.memory_kib, settings.passes, settings.lanes, None).unwrap_or_default();
        Self {
            decoy: decoy(&params),
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            permits: Arc::new(Semaphore::new(settings.at_once)),
            waiting: AtomicUsize::new(0),
            queue: settings.queue,
            clock,
            seconds: Arc::default(),
        }
    }

    /// How long hashes took, without their wait in the queue.
    pub fn seconds(&self) -> &Histogram {
        &self.seconds
    }

    /// A place in the queue, for whoever has something to do before the password is looked at.
    pub fn place(&self) -> Result<Place<'_>, TooBusy> {
        // Given back on drop, also when it was one too many.
        let place = Place(self);
        match self.waiting.fetch_add(1, Ordering::Relaxed) < self.queue {
            true => Ok(place),
            false => Err(TooBusy(5)),
        }
    }

    /// [`Place::verify`] for whoever comes without a place.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, TooBusy> {
        self.place()?.verify(password, hash).await
    }

    /// The PHC string to store for `password`.
    pub async fn hash(&self, password: String, salt: [u8; 16]) -> Result<Option<String>, TooBusy> {
        let argon2 = self.argon2.clone();
        self.place()?
            .run(move || {
                let salt = Salt::new(&salt).ok()?;
                Some(
                    argon2
                        .hash_password_with_salt(password.as_bytes(), &salt)
                        .ok()?
                        .to_string(),
                )
            })
            .await
    }
}

/// A place in the queue, given back on drop, also when the caller hangs up.
pub struct Place<'a>(&'a Passwords);

impl Place<'_> {
    /// Whether `password` is the one behind `hash`; without a hash the same work is done and the answer is no.
    pub async fn verify(self, password: String, hash: Option<String>) -> Result<bool, TooBusy> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.0.decoy.clone());
        let argon2 = self.0.argon2.clone();
        let verified = self
            .run(move || {
                PasswordHash::new(&hash).is_ok_and(|h| argon2.verify_password(password.as_bytes(), &h).is_ok())
            })
            .await?;
        Ok(verified && known)
    }

    async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, TooBusy> {
        let permit = self.0.permits.clone().acquire_owned().await.map_err(|_| TooBusy(5))?;
        let (clock, seconds) = (self.0.clock.clone(), self.0.seconds.clone());
        let done = tokio::task::spawn_blocking(move || {
            let began = clock.uptime();
            let done = work();
            seconds.observe(clock.uptime().saturating_sub(began));
            drop(permit);
            done
        });
        done.await.map_err(|_| TooBusy(5))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

fn decoy(params: &Params) -> String {
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    format!("$argon2id$v=19$m={m},t={t},p={p}$Z3JhbnRvci1kZWNveS1zYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
}
