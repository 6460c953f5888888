//! The two text formats, which differ in little: Prometheus 0.0.4 and OpenMetrics 1.0.

use std::fmt::{self, Write};

use super::Options;
use super::clip::clip;
use super::names::{self, Names, kind_word, unit_word};
use super::number::Float;
use crate::snapshot::{
    Distribution, FamilySnapshot, Kind, Outcome, SeriesSnapshot, Snapshot, Unit, Value,
};

/// A text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text format 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0: ends with `# EOF`, tells units and, where known, since when things are counted.
    OpenMetrics,
}

/// Renders a snapshot piece by piece.
#[expect(
    missing_debug_implementations,
    reason = "it would print the whole snapshot"
)]
pub struct Writer<'a> {
    snapshot: &'a Snapshot,
    format: Format,
    options: Options<'a>,
    names: Vec<Names>,
    at: At,
    labels: String,
    /// The edges of families in seconds and of all others, as they are written.
    edges: [Vec<String>; 2],
}

/// What comes next.
#[derive(Clone, Copy)]
enum At {
    /// A series of a family.
    Series {
        family: usize,
        series: usize,
    },
    /// The quantiles of one series over one window.
    Quantiles {
        family: usize,
        window: usize,
        series: usize,
        headed: bool,
    },
    /// `# EOF`.
    End,
    Done,
}

pub(super) fn render(snapshot: &Snapshot, format: Format, options: Options<'_>) -> String {
    let mut text = String::new();
    let mut writer = Writer::new(snapshot, format, options);
    // Writing to a string cannot fail, and the writer has no error of its own.
    while matches!(writer.write(&mut text, usize::MAX), Ok(true)) {}
    text
}

impl<'a> Writer<'a> {
    /// A writer at the beginning. Finds names for all families; the work for series is done by [`write`](Self::write).
    #[must_use]
    pub fn new(snapshot: &'a Snapshot, format: Format, options: Options<'a>) -> Self {
        let written = |unit| {
            let edges = options.edges(unit).as_slice();
            edges.iter().map(|edge| Float(*edge).to_string()).collect()
        };
        Self {
            edges: [written(Unit::Seconds), written(Unit::None)],
            names: names::of(snapshot),
            snapshot,
            format,
            options,
            at: At::Series {
                family: 0,
                series: 0,
            },
            labels: String::new(),
        }
    }

    /// Writes the next `series` series (at least one), and returns whether there is more. Pieces end with whole lines.
    ///
    /// # Errors
    /// Those of `out`; writing to a `String` has none.
    pub fn write(&mut self, out: &mut impl Write, series: usize) -> Result<bool, fmt::Error> {
        for _ in 0..series.max(1) {
            match self.at {
                At::Series { family, series } => self.series(out, family, series)?,
                At::Quantiles {
                    family,
                    window,
                    series,
                    headed,
                } => {
                    self.window(out, family, window, series, headed)?;
                }
                At::End => {
                    if self.format == Format::OpenMetrics {
                        out.write_str("# EOF\n")?;
                    }
                    self.at = At::Done;
                }
                At::Done => return Ok(false),
            }
        }
        Ok(!matches!(self.at, At::Done))
    }

    fn series(&mut self, out: &mut impl Write, family: usize, series: usize) -> fmt::Result {
        let snapshot = self.snapshot;
        let Some(one) = snapshot.families.get(family) else {
            self.at = At::Quantiles {
                family: 0,
                window: 0,
                series: 0,
                headed: false,
            };
            return Ok(());
        };
        let Some(value) = one.series.get(series) else {
            self.at = At::Series {
                family: family + 1,
                series: 0,
            };
            return Ok(());
        };
        if series == 0 {
            let base = &self.names[family].base;
            self.head(out, base, kind_word(one.kind), one, &one.help)?;
        }
        self.labels.clear();
        let names = &self.names[family];
        labels(
            &mut self.labels,
            &names.labels,
            value,
            self.options.label_bytes,
        )?;
        self.sample(out, one, names, &value.value)?;
        self.at = At::Series {
            family,
            series: series + 1,
        };
        Ok(())
    }

    /// `# TYPE`, `# UNIT`, `# HELP`.
    fn head(
        &self,
        out: &mut impl Write,
        name: &str,
        kind: &str,
        family: &FamilySnapshot,
        help: &str,
    ) -> fmt::Result {
        let total = if self.format == Format::Prometheus && kind == "counter" {
            "_total"
        } else {
            ""
        };
        if !help.is_empty() {
            write!(out, "# HELP {name}{total} ")?;
            let help = clip(help, self.options.label_bytes);
            escape(out, &help, self.format == Format::OpenMetrics)?;
            out.write_char('\n')?;
        }
        writeln!(out, "# TYPE {name}{total} {kind}")?;
        let unit = unit_word(family.unit);
        if self.format == Format::OpenMetrics && !unit.is_empty() {
            writeln!(out, "# UNIT {name} {unit}")?;
        }
        Ok(())
    }

    /// The lines of one series; its labels are in `self.labels`.
    fn sample(
        &self,
        out: &mut impl Write,
        family: &FamilySnapshot,
        names: &Names,
        value: &Value,
    ) -> fmt::Result {
        let (base, labels) = (&names.base, Braced(&self.labels));
        match (family.kind, value) {
            (Kind::Counter, Value::Counter(count)) => {
                writeln!(out, "{base}_total{labels} {count}")?;
                self.created(out, base)
            }
            (Kind::Gauge, Value::Gauge(value)) => writeln!(out, "{base}{labels} {value}"),
            (Kind::FloatGauge, Value::Float(value)) => {
                writeln!(out, "{base}{labels} {}", Float(*value))
            }
            (Kind::Histogram, Value::Distribution(distribution)) => {
                self.histogram(out, family, base, distribution)
            }
            // The probe makes no such snapshot. Under this family's type the line would be a lie.
            _ => Ok(()),
        }
    }

    fn histogram(
        &self,
        out: &mut impl Write,
        family: &FamilySnapshot,
        base: &str,
        distribution: &Distribution,
    ) -> fmt::Result {
        let labels = &self.labels;
        let comma = if labels.is_empty() { "" } else { "," };
        let edges = self.options.edges(family.unit).as_slice();
        let written = &self.edges[usize::from(family.unit != Unit::Seconds)];
        for (edge, below) in written.iter().zip(distribution.fold(edges)) {
            writeln!(out, "{base}_bucket{{{labels}{comma}le=\"{edge}\"}} {below}")?;
        }
        let count = distribution.count();
        writeln!(out, "{base}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}")?;
        let labels = Braced(labels);
        writeln!(out, "{base}_count{labels} {count}")?;
        writeln!(
            out,
            "{base}_sum{labels} {}",
            Float(sum(distribution, count))
        )?;
        self.created(out, base)
    }

    fn created(&self, out: &mut impl Write, base: &str) -> fmt::Result {
        match self.options.created_unix_ms {
            Some(ms) if self.format == Format::OpenMetrics => {
                let labels = Braced(&self.labels);
                writeln!(out, "{base}_created{labels} {}.{:03}", ms / 1000, ms % 1000)
            }
            _ => Ok(()),
        }
    }

    fn window(
        &mut self,
        out: &mut impl Write,
        family: usize,
        window: usize,
        series: usize,
        headed: bool,
    ) -> fmt::Result {
        let snapshot = self.snapshot;
        let Some(one) = snapshot.families.get(family) else {
            self.at = At::End;
            return Ok(());
        };
        let next_family = At::Quantiles {
            family: family + 1,
            window: 0,
            series: 0,
            headed: false,
        };
        let Some((word, recorded)) = self.options.windows.get(window).copied() else {
            self.at = next_family;
            return Ok(());
        };
        if one.kind != Kind::Histogram {
            self.at = next_family;
            return Ok(());
        }
        let found = recorded.families.iter().find(|other| {
            other.name == one.name
                && other.kind == one.kind
                && other.unit == one.unit
                && other.label_names == one.label_names
        });
        let Some(value) = found.and_then(|found| found.series.get(series)) else {
            self.at = At::Quantiles {
                family,
                window: window + 1,
                series: 0,
                headed,
            };
            return Ok(());
        };
        let mut headed = headed;
        if let Value::Distribution(distribution) = &value.value
            && distribution.count() > 0
        {
            if !headed {
                let base = &self.names[family].quantiles;
                let help = "Quantiles over a window of time.";
                self.head(out, base, "gauge", one, help)?;
                headed = true;
            }
            self.labels.clear();
            let names = &self.names[family];
            labels(
                &mut self.labels,
                &names.labels,
                value,
                self.options.label_bytes,
            )?;
            let (base, labels) = (&names.quantiles, &self.labels);
            let comma = if labels.is_empty() { "" } else { "," };
            for quantile in &self.options.quantiles {
                if let Some(at) = distribution.quantile(*quantile) {
                    write!(
                        out,
                        "{base}{{{labels}{comma}quantile=\"{}\",window=\"",
                        Float(*quantile)
                    )?;
                    escape(out, &clip(word, self.options.label_bytes), true)?;
                    writeln!(out, "\"}} {}", Float(at))?;
                }
            }
        }
        self.at = At::Quantiles {
            family,
            window,
            series: series + 1,
            headed,
        };
        Ok(())
    }
}

/// In the family's unit. Nothing recorded sums up to nothing, whatever a torn reading left in the sum.
pub(super) fn sum(distribution: &Distribution, count: u64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    distribution.sum as f64 * distribution.scale
}

/// `{..}`, or nothing.
struct Braced<'a>(&'a str);

impl fmt::Display for Braced<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "{{{}}}", self.0)
    }
}

/// `a="x",b="y"`. Names are valid and distinct already.
fn labels(
    out: &mut String,
    names: &[String],
    series: &SeriesSnapshot,
    limit: usize,
) -> fmt::Result {
    let mut comma = "";
    for (name, value) in names.iter().zip(series.labels.iter()) {
        write!(out, "{comma}{name}=\"")?;
        escape(out, &clip(value, limit), true)?;
        out.push('"');
        comma = ",";
    }
    if series.outcome != Outcome::Completed {
        write!(out, "{comma}outcome=\"{}\"", series.outcome.word())?;
        comma = ",";
    }
    if series.overflow {
        write!(out, "{comma}overflow=\"true\"")?;
    }
    Ok(())
}

/// `\` and newline, and `"` where asked: nothing else is escaped in either format, in a label value or in help.
fn escape(out: &mut impl Write, text: &str, quotes: bool) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(|c| matches!(c, '\\' | '\n') || quotes && c == '"') {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'\n' => "\\n",
            _ => "\\\"",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_str(rest)
}
