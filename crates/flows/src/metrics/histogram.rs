//! How long things took, in buckets that are fixed: two atomic additions for each that is observed.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets, each included: from a tenth of a millisecond to ten seconds.
pub const BOUNDS_MICROSECONDS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];
const BUCKETS: usize = BOUNDS_MICROSECONDS.len() + 1;

/// Durations by bucket, and their sum.
#[derive(Debug, Default)]
pub struct Histogram {
    /// The last one holds what took longer than every bound.
    buckets: [AtomicU64; BUCKETS],
    sum_nanoseconds: AtomicU64,
}

impl Histogram {
    /// Counts something that took so long.
    pub fn observe(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let at = BOUNDS_MICROSECONDS.partition_point(|bound| bound * 1000 < nanoseconds);
        self.buckets[at].fetch_add(1, Ordering::Relaxed);
        self.sum_nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// How many took no longer than each bound; the last number is that of all.
    pub fn up_to_each_bound(&self) -> [u64; BUCKETS] {
        let mut so_far = 0;
        self.buckets.each_ref().map(|bucket| {
            so_far += bucket.load(Ordering::Relaxed);
            so_far
        })
    }

    /// All they took together.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_nanoseconds.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_part_of_its_bucket_and_the_rest_is_counted_too() {
        let histogram = Histogram::default();
        for microseconds in [0, 100, 101, 10_000_000, 10_000_001] {
            histogram.observe(Duration::from_micros(microseconds));
        }
        let counts = histogram.up_to_each_bound();
        assert_eq!(
            (counts[0], counts[1], counts[14], counts[15], counts[16]),
            (2, 3, 3, 4, 5)
        );
        assert_eq!(histogram.sum(), Duration::from_micros(20_000_202));
    }
}
