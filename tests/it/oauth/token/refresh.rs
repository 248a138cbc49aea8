//! The refresh grant: renewing, losing an answer, racing, replaying.
mod life;
mod races;
