//! From the floating-point values of `metrics` to durations and whole numbers. Pure.

use std::time::Duration;

use metrics::Unit;

/// How the values of one histogram become what is recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// Seconds a unit.
    Time { seconds: f64 },
    /// Bytes a unit.
    Bytes { bytes: f64 },
    /// Steps a unit.
    Plain { factor: u32 },
}

impl Scale {
    pub(super) fn new(name: &str, unit: Option<Unit>, factor: Option<u32>) -> Self {
        if let Some(factor) = factor {
            return Self::Plain { factor };
        }
        match unit {
            Some(Unit::Seconds) => Self::Time { seconds: 1.0 },
            Some(Unit::Milliseconds) => Self::Time { seconds: 1e-3 },
            Some(Unit::Microseconds) => Self::Time { seconds: 1e-6 },
            Some(Unit::Nanoseconds) => Self::Time { seconds: 1e-9 },
            None if name.ends_with("_seconds") => Self::Time { seconds: 1.0 },
            unit => match unit.and_then(bytes) {
                Some(bytes) => Self::Bytes { bytes },
                None => Self::Plain { factor: 1 },
            },
        }
    }

    /// Unit of the family.
    pub(super) fn unit(self) -> crate::Unit {
        match self {
            Self::Time { .. } => crate::Unit::Seconds,
            Self::Bytes { .. } => crate::Unit::Bytes,
            Self::Plain { .. } => crate::Unit::None,
        }
    }

    /// What the family's name says of the factor.
    pub(super) fn suffix(self) -> Option<String> {
        match self {
            Self::Plain { factor } if factor != 1 => Some(format!("_x{factor}")),
            _ => None,
        }
    }

    /// A whole number of steps; `None` for what is none.
    pub(super) fn whole(self, value: f64) -> Option<u64> {
        let factor = match self {
            Self::Time { seconds } => seconds,
            Self::Bytes { bytes } => bytes,
            Self::Plain { factor } => f64::from(factor),
        };
        let steps = (value * factor).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked just before"
        )]
        let whole = steps as u64;
        // 2^64 as a float is exact. The negative half that rounds to -0 is below zero all the same.
        (value >= 0.0 && steps < 18_446_744_073_709_551_616.0).then_some(whole)
    }

    /// A duration; `None` for what is none.
    pub(super) fn duration(self, value: f64) -> Option<Duration> {
        match self {
            // `-0.0` is zero.
            Self::Time { seconds } if value >= 0.0 => {
                Duration::try_from_secs_f64(value * seconds).ok()
            }
            _ => None,
        }
    }
}

fn bytes(unit: Unit) -> Option<f64> {
    Some(match unit {
        Unit::Bytes => 1.0,
        Unit::Kibibytes => 1024.0,
        Unit::Mebibytes => 1_048_576.0,
        Unit::Gibibytes => 1_073_741_824.0,
        Unit::Tebibytes => 1_099_511_627_776.0,
        _ => return None,
    })
}

/// Gauges keep their value as it is, so they only carry units that need no factor.
pub(super) fn gauge_unit(unit: Option<Unit>) -> crate::Unit {
    match unit {
        Some(Unit::Seconds) => crate::Unit::Seconds,
        Some(Unit::Bytes) => crate::Unit::Bytes,
        _ => crate::Unit::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROKEN: [f64; 6] = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1e-9,
        -1.0,
        -f64::MAX,
    ];

    #[test]
    fn the_unit_decides_and_the_name_only_without_one() {
        let scale = |name, unit| Scale::new(name, unit, None);
        assert_eq!(scale("x_seconds", None), Scale::Time { seconds: 1.0 });
        assert_eq!(
            scale("x_seconds", Some(Unit::Count)),
            Scale::Plain { factor: 1 }
        );
        assert_eq!(
            scale("x", Some(Unit::Milliseconds)),
            Scale::Time { seconds: 1e-3 }
        );
        assert_eq!(
            scale("x", Some(Unit::Kibibytes)),
            Scale::Bytes { bytes: 1024.0 }
        );
        for name in ["", "seconds", "x_seconds_total", "x_SECONDS"] {
            assert_eq!(scale(name, None), Scale::Plain { factor: 1 }, "{name}");
        }
        let scale = Scale::new("x_seconds", Some(Unit::Seconds), Some(1000));
        assert_eq!(scale, Scale::Plain { factor: 1000 });
        assert_eq!(scale.suffix().as_deref(), Some("_x1000"));
    }

    #[test]
    fn whole_numbers_are_rounded_to_the_nearest() {
        let plain = Scale::Plain { factor: 1 };
        for (value, whole) in [
            (0.0, 0),
            (-0.0, 0),
            (0.4, 0),
            (0.5, 1),
            (7.6, 8),
            (1e15, 1_000_000_000_000_000),
        ] {
            assert_eq!(plain.whole(value), Some(whole), "{value}");
        }
        assert_eq!(Scale::Plain { factor: 1000 }.whole(0.25), Some(250));
        assert_eq!(Scale::Bytes { bytes: 1024.0 }.whole(1.5), Some(1536));
        assert_eq!(plain.whole(f64::MIN_POSITIVE), Some(0));
    }

    #[test]
    fn what_is_no_number_of_anything_is_refused() {
        for value in BROKEN {
            assert_eq!(Scale::Plain { factor: 1 }.whole(value), None, "{value}");
            assert_eq!(
                Scale::Time { seconds: 1.0 }.duration(value),
                None,
                "{value}"
            );
        }
        let largest = 18_446_744_073_709_549_568.0;
        assert_eq!(
            Scale::Plain { factor: 1 }.whole(largest),
            Some(largest as u64)
        );
        for value in [18_446_744_073_709_551_616.0, f64::MAX] {
            assert_eq!(Scale::Plain { factor: 1 }.whole(value), None);
            assert_eq!(Scale::Time { seconds: 1.0 }.duration(value), None);
        }
        assert_eq!(Scale::Plain { factor: u32::MAX }.whole(1e300), None);
    }

    #[test]
    fn times_become_seconds() {
        let millis = Scale::new("x", Some(Unit::Milliseconds), None);
        assert_eq!(millis.duration(12.5), Some(Duration::from_micros(12_500)));
        let nanos = Scale::new("x", Some(Unit::Nanoseconds), None);
        assert_eq!(nanos.duration(0.2), Some(Duration::ZERO));
        assert_eq!(millis.duration(-0.0), Some(Duration::ZERO));
    }
}
