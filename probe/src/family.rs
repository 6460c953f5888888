//! Families: instruments whose labels are known at run time. (Placeholder of the dynamic one.)

use std::marker::PhantomData;

use crate::instrument::site::Bound;
use crate::instrument::{
    BoundCounter, BoundFloatGauge, BoundGauge, BoundHistogram, BoundTimer, Counter, FloatGauge,
    Gauge, Histogram, Timer,
};
use crate::snapshot::{Kind, Unit};

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
#[derive(Debug)]
pub struct Family<I, const N: usize> {
    name: &'static str,
    help: &'static str,
    names: [&'static str; N],
    unit: Unit,
    kind: PhantomData<fn() -> I>,
}

impl<I: Instrument, const N: usize> Family<I, N> {
    /// A family of this name, with these label names.
    #[must_use]
    pub const fn new(name: &'static str, labels: [&'static str; N]) -> Self {
        Self {
            name,
            help: "",
            names: labels,
            unit: I::UNIT,
            kind: PhantomData,
        }
    }

    /// What it counts, for people.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// The instrument of these labels.
    pub fn get(&'static self, labels: [&str; N]) -> I::Bound {
        #[cfg(feature = "record")]
        let bound = Bound {
            id: crate::naive::series(
                self.name,
                self.help,
                I::KIND,
                self.unit,
                &self.names,
                &labels,
                crate::Outcome::Completed,
            ),
        };
        #[cfg(not(feature = "record"))]
        let bound = Bound;
        I::bound(bound)
    }
}
