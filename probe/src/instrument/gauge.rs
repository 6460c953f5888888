//! Gauges: numbers that go up and down.

use crate::instrument::static_instrument;
use crate::snapshot::{Kind, Unit};

static_instrument!(
    /// A whole number that goes up and down.
    Gauge, BoundGauge, Kind::Gauge, Unit::None
);
static_instrument!(
    /// A floating-point number that goes up and down. Dearer than [`Gauge`] to add to.
    FloatGauge, BoundFloatGauge, Kind::FloatGauge, Unit::None
);

impl Gauge {
    /// Unit of the values.
    #[must_use]
    pub const fn unit(self, unit: Unit) -> Self {
        Self {
            site: self.site.unit(unit),
        }
    }

    /// Sets the value; of several threads that set it, the last one wins.
    #[inline]
    pub fn set(&'static self, value: i64) {
        set(self.site.cell(), value);
    }

    /// Adds `n`, which may be negative.
    #[inline]
    pub fn add(&'static self, n: i64) {
        add(self.site.cell(), n);
    }

    /// Takes `n` away.
    #[inline]
    pub fn sub(&'static self, n: i64) {
        add(self.site.cell(), n.wrapping_neg());
    }

    /// Adds one now and takes it away when the guard is dropped, also by a panic.
    #[must_use = "the guard takes the one away again when it is dropped"]
    pub fn guard(&'static self) -> GaugeGuard {
        let series = self.site.cell();
        add(series, 1);
        GaugeGuard { series }
    }
}

impl BoundGauge {
    /// Sets the value; of several threads that set it, the last one wins.
    #[inline]
    pub fn set(self, value: i64) {
        set(self.series.cell(), value);
    }

    /// Adds `n`, which may be negative.
    #[inline]
    pub fn add(self, n: i64) {
        add(self.series.cell(), n);
    }

    /// Takes `n` away.
    #[inline]
    pub fn sub(self, n: i64) {
        add(self.series.cell(), n.wrapping_neg());
    }

    /// Adds one now and takes it away when the guard is dropped, also by a panic.
    #[must_use = "the guard takes the one away again when it is dropped"]
    pub fn guard(self) -> GaugeGuard {
        let series = self.series.cell();
        add(series, 1);
        GaugeGuard { series }
    }
}

/// One more as long as it lives. Takes away exactly what it added, also when the probe was switched in between.
#[derive(Debug)]
pub struct GaugeGuard {
    series: Option<u32>,
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        add(self.series, -1);
    }
}

impl FloatGauge {
    /// Unit of the values.
    #[must_use]
    pub const fn unit(self, unit: Unit) -> Self {
        Self {
            site: self.site.unit(unit),
        }
    }

    /// Sets the value; of several threads that set it, the last one wins.
    #[inline]
    pub fn set(&'static self, value: f64) {
        set_float(self.site.cell(), value);
    }

    /// Adds `n`, which may be negative.
    #[inline]
    pub fn add(&'static self, n: f64) {
        add_float(self.site.cell(), n);
    }
}

impl BoundFloatGauge {
    /// Sets the value; of several threads that set it, the last one wins.
    #[inline]
    pub fn set(self, value: f64) {
        set_float(self.series.cell(), value);
    }

    /// Adds `n`, which may be negative.
    #[inline]
    pub fn add(self, n: f64) {
        add_float(self.series.cell(), n);
    }
}

#[inline]
fn set(series: Option<u32>, value: i64) {
    #[cfg(feature = "record")]
    if let Some(id) = series {
        crate::tier::gauge_set(id, value);
    }
}

#[inline]
fn add(series: Option<u32>, n: i64) {
    #[cfg(feature = "record")]
    if let Some(id) = series {
        crate::tier::gauge_add(id, n);
    }
}

#[inline]
fn set_float(series: Option<u32>, value: f64) {
    #[cfg(feature = "record")]
    if let Some(id) = series {
        crate::tier::float_set(id, value);
    }
}

#[inline]
fn add_float(series: Option<u32>, n: f64) {
    #[cfg(feature = "record")]
    if let Some(id) = series {
        crate::tier::float_add(id, n);
    }
}
