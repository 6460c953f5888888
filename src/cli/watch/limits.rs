//! What a watched process may use, and whether it did.

use crate::collect::observe::{Look, Series};
use crate::units::{Unit, format_value, parse_percent, parse_quantity};
use crate::workload::leak::Leak;
use serde::Serialize;

/// The limits that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Limits {
    /// Bytes.
    pub(super) rss: Option<f64>,
    /// Bytes per minute.
    pub(super) leak: Option<f64>,
    /// Of one core, mean.
    pub(super) cpu: Option<f64>,
}

/// What a limit is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Of {
    PeakRss,
    Leak,
    Cpu,
}

/// What came of one limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Finding {
    pub(super) what: Of,
    /// `null`: it cannot be told.
    pub(super) value: Option<f64>,
    pub(super) limit: f64,
}

impl Finding {
    pub(super) fn is_broken(&self) -> bool {
        self.value.is_some_and(|value| value > self.limit)
    }

    pub(super) const fn is_unknown(&self) -> bool {
        self.value.is_none()
    }

    /// Told by a single look, and so already when it is made.
    pub(super) const fn is_of_one_look(&self) -> bool {
        matches!(self.what, Of::PeakRss)
    }

    /// `peak RSS`, and how its numbers are shown.
    pub(super) fn name(&self) -> &'static str {
        match self.what {
            Of::PeakRss => "peak RSS",
            Of::Leak => "leak",
            Of::Cpu => "mean CPU",
        }
    }

    pub(super) fn show(&self, value: f64) -> String {
        match self.what {
            Of::PeakRss => format_value(value, &Unit::Bytes),
            Of::Leak => per_minute(value),
            Of::Cpu => format_value(value, &Unit::Ratio),
        }
    }
}

/// A leak as it is written on the command line.
pub(super) fn per_minute(bytes: f64) -> String {
    format!("{}/min", format_value(bytes, &Unit::Bytes))
}

impl Limits {
    /// What one look already breaks.
    pub(super) fn of_look(&self, look: &Look) -> Option<Finding> {
        let finding = Finding {
            what: Of::PeakRss,
            value: Some(look.sample.rss as f64),
            limit: self.rss?,
        };
        finding.is_broken().then_some(finding)
    }

    /// All that were asked for.
    pub(super) fn judge(&self, series: &Series, leak: Option<&Leak>) -> Vec<Finding> {
        let found = [
            (Of::PeakRss, Some(series.peak_rss() as f64), self.rss),
            (Of::Leak, leak.and_then(Leak::rate), self.leak),
            (Of::Cpu, mean_cpu(series), self.cpu),
        ];
        (found.into_iter())
            .filter_map(|(what, value, limit)| {
                // A value that is no number is none.
                let value = value.filter(|value| value.is_finite());
                limit.map(|limit| Finding { what, value, limit })
            })
            .collect()
    }
}

/// CPU time over time, of one core; `None` before the second look.
pub(super) fn mean_cpu(series: &Series) -> Option<f64> {
    let samples = series.samples();
    let (first, last) = (samples.first()?, samples.last()?);
    super::summary::cpu_share(first, last)
}

/// `"512 MiB"`.
pub(super) fn size(text: &str) -> Result<f64, String> {
    let quantity = parse_quantity(text).map_err(|error| error.to_string())?;
    if quantity.unit == Unit::Bytes {
        Ok(quantity.value)
    } else {
        Err("expected a size like \"512 MiB\"".to_owned())
    }
}

/// `"1 MiB/min"`.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let size = text
        .trim()
        .strip_suffix("/min")
        .ok_or_else(|| "expected a rate like \"1 MiB/min\"".to_owned())?;
    self::size(size.trim_end())
}

/// `"80%"`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    parse_percent(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::leak::Shape;
    use crate::workload::record::ProcessSample;
    use std::time::Duration;

    fn series(rss: &[u64]) -> Series {
        let mut series = Series::default();
        for (second, &rss) in rss.iter().enumerate() {
            let at = Duration::from_secs(second as u64);
            let sample = ProcessSample {
                at,
                rss,
                cpu: at / 2,
                ..ProcessSample::default()
            };
            series.push(Look {
                sample,
                waited: None,
            });
        }
        series
    }

    fn leaking(low: f64, shape: Shape) -> Leak {
        Leak {
            slope: low * 1.5,
            low,
            high: low * 2.0,
            growth: 1e6,
            p: 0.001,
            resolution: 0.0,
            shape,
        }
    }

    #[test]
    fn a_limit_is_broken_above_it_and_not_at_it() {
        let limits = Limits {
            rss: Some(10.0),
            leak: Some(100.0),
            cpu: Some(0.5),
        };
        let broken = |rss: &[u64], low| {
            let leak = leaking(low, Shape::Rising);
            let findings = limits.judge(&series(rss), Some(&leak));
            assert_eq!(findings.len(), 3);
            findings
                .iter()
                .filter(|finding| finding.is_broken())
                .count()
        };
        assert_eq!(broken(&[1, 10, 3], 100.0), 0);
        assert_eq!(broken(&[1, 11, 3], 100.0), 1);
        assert_eq!(broken(&[1, 11, 3], 101.0), 2);
        let strict = Limits {
            cpu: Some(0.49),
            ..Limits::default()
        };
        assert!(strict.judge(&series(&[1, 1]), None)[0].is_broken());
    }

    #[test]
    fn what_cannot_be_told_is_unknown_and_never_fine() {
        let limits = Limits {
            rss: None,
            leak: Some(100.0),
            cpu: Some(0.5),
        };
        let short = leaking(0.0, Shape::TooShort);
        for leak in [None, Some(&short)] {
            let findings = limits.judge(&series(&[1]), leak);
            assert!(findings.iter().all(Finding::is_unknown), "{findings:?}");
            assert!(!findings.iter().any(Finding::is_broken), "{findings:?}");
        }
        let infinite = leaking(f64::INFINITY, Shape::Rising);
        assert!(limits.judge(&series(&[1, 2]), Some(&infinite))[0].is_unknown());
        let level = leaking(0.0, Shape::Level);
        assert_eq!(
            limits.judge(&series(&[1, 2]), Some(&level))[0].value,
            Some(0.0)
        );
    }

    #[test]
    fn limits_are_written_as_elsewhere() {
        assert_eq!(size("1 MiB"), Ok(1_048_576.0));
        assert_eq!(rate("1 MiB/min"), Ok(1_048_576.0));
        assert_eq!(rate("0.5 MB/min"), Ok(500_000.0));
        assert_eq!(share("150%"), Ok(1.5));
        for text in [
            "",
            "1",
            "1 s",
            "MiB",
            "-1 MiB",
            "NaN MiB",
            "1e999 MiB",
            "1 MiB/s",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
        for text in ["", "/min", "1 MiB", "1 MiB/h", "1 s/min", "-1 MiB/min"] {
            assert!(rate(text).is_err(), "{text}");
        }
        assert!(share("80").is_err());
    }

    #[test]
    fn the_first_look_above_the_limit_tells() {
        let limits = Limits {
            rss: Some(10.0),
            ..Limits::default()
        };
        let looks = series(&[10, 11]).looks();
        assert_eq!(limits.of_look(&looks[0]), None);
        assert!(limits.of_look(&looks[1]).unwrap().is_of_one_look());
        assert_eq!(Limits::default().of_look(&looks[1]), None);
    }
}
