//! How many wrong passwords an account takes in a row, and how long it waits after each further one.

/// The first wait, in seconds; each further one is twice as long.
const FIRST_WAIT_SECONDS: i64 = 30;

/// What an account bears. The wait is bounded, so that nobody is locked out for good by strangers (O-278).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Wrong passwords in a row before the account waits; after each wait there is one more.
    pub attempts: u32,
    /// The longest wait, in seconds.
    pub longest_wait_seconds: i64,
}

impl Patience {
    /// Seconds to wait after so many wrong passwords in a row; 0 while there are attempts left.
    pub fn wait_seconds(self, failed: i64) -> i64 {
        match failed.saturating_sub(i64::from(self.attempts)) {
            i64::MIN..0 => 0,
            // Twenty doublings are a year; many more would overflow.
            beyond => (FIRST_WAIT_SECONDS << beyond.min(20)).min(self.longest_wait_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_at_the_limit_doubles_and_is_bounded() {
        // covers: O-278
        let patience = Patience {
            attempts: 10,
            longest_wait_seconds: 900,
        };
        for (failed, wait) in [
            (-1, 0),
            (0, 0),
            (9, 0),
            (10, 30),
            (11, 60),
            (12, 120),
            (13, 240),
            (14, 480),
            (15, 900),
            (16, 900),
            (1_000_000, 900),
            (i64::MAX, 900),
        ] {
            assert_eq!(patience.wait_seconds(failed), wait, "after {failed}");
        }
        let strict = Patience {
            attempts: 1,
            longest_wait_seconds: 10,
        };
        assert_eq!((strict.wait_seconds(0), strict.wait_seconds(1)), (0, 10));
    }
}
