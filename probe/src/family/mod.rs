//! Families: instruments whose labels are known at run time.

use std::marker::PhantomData;

use crate::instrument::sampling::Sampling;
use crate::instrument::site::Bound;
use crate::instrument::{
    BoundCounter, BoundFloatGauge, BoundGauge, BoundHistogram, BoundTimer, Counter, FloatGauge,
    Gauge, Histogram, Timer,
};
use crate::snapshot::{Kind, Unit};

mod fixed;
#[cfg(feature = "record")]
mod inner;
mod labels;
#[cfg(not(feature = "record"))]
mod off;

#[cfg(feature = "record")]
use inner::{Dense, Inner, Placed};
#[cfg(not(feature = "record"))]
use off::{Dense, Inner, Placed};

pub use fixed::{EnumFamily, StaticFamily};
pub use labels::{Label, Labels, Small};

/// Most labels of a family.
pub(crate) const MOST_LABELS: usize = 8;

mod sealed {
    pub trait Sealed {}
}

/// Kinds of instruments that a family can hold: [`Counter`], [`Gauge`], [`FloatGauge`], [`Histogram`], [`Timer`].
pub trait Instrument: sealed::Sealed {
    /// What the family hands out for one set of labels.
    type Bound: Copy;
    #[doc(hidden)]
    const KIND: Kind;
    #[doc(hidden)]
    const UNIT: Unit;
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "sealed")]
    fn bound(series: Bound) -> Self::Bound;
}

macro_rules! instrument {
    ($($name:ident => $bound:ident, $kind:ident, $unit:ident;)*) => {$(
        impl sealed::Sealed for $name {}
        impl Instrument for $name {
            type Bound = $bound;
            const KIND: Kind = Kind::$kind;
            const UNIT: Unit = Unit::$unit;
            #[expect(private_interfaces, reason = "sealed")]
            fn bound(series: Bound) -> $bound {
                $bound { series }
            }
        }
    )*};
}
instrument! {
    Counter => BoundCounter, Counter, None;
    Gauge => BoundGauge, Gauge, None;
    FloatGauge => BoundFloatGauge, FloatGauge, None;
    Histogram => BoundHistogram, Histogram, None;
    Timer => BoundTimer, Histogram, Seconds;
}

/// A family whose label values are any text.
///
/// Label sets that nobody has seen get a series of their own until the family has [`cap`](Family::cap) of them; all
/// others share its overflow series, which snapshots mark. Sets that turn out to be rare make room again (see
/// [`upkeep`](crate::upkeep)). [`get`](Family::get) takes no lock once a set is known, or once there is no room.
///
/// ```
/// use tollgate_probe::{Family, Timer};
/// static REQUESTS: Family<Timer, 2> = Family::new("request_seconds", ["route", "method"]).cap(500);
/// REQUESTS.get(["/users/{id}", "GET"]).time(|| "answer");
/// ```
#[derive(Debug)]
pub struct Family<I, const N: usize> {
    inner: Inner,
    names: [&'static str; N],
    kind: PhantomData<fn() -> I>,
}

impl<I: Instrument, const N: usize> Family<I, N> {
    /// A family of this name, with these label names; at most 8, which the compiler checks.
    #[must_use]
    pub const fn new(name: &'static str, labels: [&'static str; N]) -> Self {
        const { assert!(N <= MOST_LABELS, "a family has at most 8 labels") };
        Self {
            inner: Inner::new(name, I::KIND, I::UNIT),
            names: labels,
            kind: PhantomData,
        }
    }

    /// Label sets that it has room for, 2000 unless set. Of two families of one name the larger cap holds.
    #[must_use]
    pub const fn cap(mut self, sets: u32) -> Self {
        self.inner.cap(sets);
        self
    }

    /// The instrument of these labels. Of values that are longer than 256 bytes together, the long ones are cut to their
    /// share and end in a mark and a hash of all of it.
    #[inline]
    pub fn get(&'static self, labels: [&str; N]) -> I::Bound {
        I::bound(self.inner.find(&self.names, &labels))
    }

    /// As [`get`](Self::get), for labels that must have a series of their own whatever else comes: it is made now, also
    /// beyond the cap, and never reclaimed.
    pub fn reserve(&'static self, labels: [&str; N]) -> I::Bound {
        I::bound(self.inner.reserve(&self.names, &labels))
    }
}

/// What every family can be told before it is used.
macro_rules! described {
    ($family:ident, $kind:ident, $($parameters:tt)*) => {
        impl<I: Instrument, $($parameters)*> $family<I, $kind> {
            /// What it counts, for people.
            #[must_use]
            pub const fn help(mut self, help: &'static str) -> Self {
                self.inner.help(help);
                self
            }

            /// Unit of the values. [`Unit::Seconds`] is for [`Timer`](crate::Timer).
            #[must_use]
            pub const fn unit(mut self, unit: Unit) -> Self {
                self.inner.unit(unit);
                self
            }
        }

        impl<$($parameters)*> $family<Timer, $kind> {
            /// As [`Timer::one_in`](crate::Timer::one_in), for all timers of the family.
            ///
            /// # Panics
            /// If `n` is not a power of two; in a static, the compiler says so.
            #[must_use]
            pub const fn one_in(mut self, n: u16) -> Self {
                self.inner.sampling(Sampling::one_in(n));
                self
            }
        }
    };
}
use described;

described!(Family, N, const N: usize);

#[cfg(test)]
#[cfg(feature = "record")]
mod tests;
