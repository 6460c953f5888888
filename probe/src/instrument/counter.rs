//! Counters.

use crate::instrument::static_instrument;
use crate::snapshot::{Kind, Unit};

static_instrument!(
    /// A number that only grows.
    ///
    /// ```
    /// use tollgate_probe::Counter;
    /// static HITS: Counter = Counter::new("cache_hits_total").labels(&[("tier", "memory")]);
    /// HITS.increment();
    /// HITS.add(3);
    /// ```
    Counter, BoundCounter, Kind::Counter, Unit::None
);

#[inline]
fn add(series: Option<u32>, n: u64) {
    #[cfg(feature = "record")]
    if let Some(id) = series {
        crate::tier::add(id, n);
    }
}

impl Counter {
    /// Adds one.
    #[inline]
    pub fn increment(&'static self) {
        self.add(1);
    }

    /// Adds `n`. Wraps around after 2^64.
    #[inline]
    pub fn add(&'static self, n: u64) {
        add(self.site.cell(), n);
    }
}

impl BoundCounter {
    /// Adds one.
    #[inline]
    pub fn increment(self) {
        self.add(1);
    }

    /// Adds `n`. Wraps around after 2^64.
    #[inline]
    pub fn add(self, n: u64) {
        add(self.series.cell(), n);
    }
}
