//! What an application holds and calls: static instruments, and bound ones that a family hands out.

mod counter;
mod gauge;
pub(crate) mod histogram;
mod lap;
pub(crate) mod sampling;
pub(crate) mod site;
mod timed;
mod timer;

pub use counter::{BoundCounter, Counter};
pub use gauge::{BoundFloatGauge, BoundGauge, FloatGauge, Gauge, GaugeGuard};
pub use histogram::{BoundHistogram, Histogram};
pub use lap::{Lap, lap};
pub use timed::Timed;
#[cfg(all(feature = "record", any(feature = "tower", feature = "tracing")))]
pub(crate) use timer::record_ticks;
pub use timer::{BoundTimer, Span, Timer, TimerSeries};

/// The constructors that every static instrument has, and `bind`.
macro_rules! static_instrument {
    ($(#[$doc:meta])* $name:ident, $bound:ident, $kind:expr, $unit:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            pub(crate) site: crate::instrument::site::Site,
        }

        impl $name {
            /// An instrument of this name, without labels. Declare it as a `static`; it registers itself at first use.
            /// Two of the same name and labels are one series.
            #[must_use]
            pub const fn new(name: &'static str) -> Self {
                let desc = crate::instrument::site::Desc { name, help: "", unit: $unit, kind: $kind, labels: &[],
                    sampling: crate::instrument::sampling::Sampling::ALL };
                Self { site: crate::instrument::site::Site::new(desc) }
            }

            /// What it counts, for people.
            #[must_use]
            pub const fn help(self, help: &'static str) -> Self {
                Self { site: self.site.help(help) }
            }

            /// Fixed labels, at most 8.
            #[must_use]
            pub const fn labels(self, labels: &'static [(&'static str, &'static str)]) -> Self {
                Self { site: self.site.labels(labels) }
            }

            /// The same series as a small `Copy` value.
            pub fn bind(&'static self) -> $bound {
                $bound { series: self.site.bind() }
            }
        }

        /// The same instrument for one series of a family. `Copy`, `'static`, holds no lock.
        #[derive(Clone, Copy, Debug)]
        pub struct $bound {
            pub(crate) series: crate::instrument::site::Bound,
        }
    };
}
pub(crate) use static_instrument;
