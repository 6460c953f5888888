//! Histograms of whole numbers: sizes, counts, anything that is not a duration.

use crate::instrument::static_instrument;
use crate::snapshot::{Kind, Outcome, Unit};

static_instrument!(
    /// A distribution of whole numbers, with at most 1/64 error a value over all of `u64`.
    ///
    /// ```
    /// use tollgate_probe::{Histogram, Unit};
    /// static SIZES: Histogram = Histogram::new("response_bytes").unit(Unit::Bytes);
    /// SIZES.record(5_120);
    /// ```
    Histogram, BoundHistogram, Kind::Histogram, Unit::None
);

impl Histogram {
    /// Unit of the values. [`Unit::Seconds`] is for [`Timer`](crate::Timer).
    #[must_use]
    pub const fn unit(self, unit: Unit) -> Self {
        Self {
            site: self.site.unit(unit),
        }
    }

    /// Adds one value.
    #[inline]
    pub fn record(&'static self, value: u64) {
        record(self.site.histogram(Outcome::Completed), value, 1);
    }
}

impl BoundHistogram {
    /// Adds one value.
    #[inline]
    pub fn record(self, value: u64) {
        record(self.series.histogram(Outcome::Completed), value, 1);
    }
}

#[inline]
pub(crate) fn record(series: Option<u32>, value: u64, weight: u16) {
    #[cfg(feature = "record")]
    if let Some(id) = series {
        crate::tier::record(id, value, weight);
    }
}
