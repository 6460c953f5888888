//! Cells of divan's table: times, throughputs, sizes and counts. Pure.

use crate::units::Unit;

/// A number with its unit, in the unit's base: nanoseconds, bytes, events per second.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity {
    pub(super) value: f64,
    pub(super) kind: Kind,
}

/// What a cell counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Time,
    Bytes,
    Count,
    BytesPerSecond,
    CharsPerSecond,
    CyclesPerSecond,
    ItemsPerSecond,
}

impl Kind {
    /// Name of the metric and unit of a throughput.
    pub(super) fn throughput(self) -> Option<(&'static str, Unit)> {
        match self {
            Self::BytesPerSecond => Some(("bytes-per-second", Unit::BytesPerSecond)),
            Self::CharsPerSecond => Some(("chars-per-second", Unit::PerSecond)),
            Self::CyclesPerSecond => Some(("cycles-per-second", Unit::PerSecond)),
            Self::ItemsPerSecond => Some(("items-per-second", Unit::PerSecond)),
            Self::Time | Self::Bytes | Self::Count => None,
        }
    }
}

/// Reads `208.6 ns`, `1.937 GiB/s`, `100 B`, `5`.
pub(super) fn quantity(cell: &str) -> Result<Quantity, String> {
    let (number, unit) = match cell.trim().split_once(' ') {
        Some((number, unit)) => (number, unit.trim_start()),
        None => (cell.trim(), ""),
    };
    let quoted = || super::shortened(cell.trim());
    let (scale, kind) = scale(unit).ok_or_else(|| format!("`{}` has no known unit", quoted()))?;
    let value = Some(number)
        .filter(|number| {
            number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
        .and_then(|number| scale.apply(number))
        .filter(|value| value.is_finite())
        .ok_or_else(|| format!("`{}` is no finite number", quoted()))?;
    Ok(Quantity { value, kind })
}

/// What a unit's prefix multiplies by.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scale {
    /// Powers of ten move the decimal point before the number is read, so that nothing is rounded twice.
    Ten(i32),
    Times(f64),
}

impl Scale {
    fn apply(self, number: &str) -> Option<f64> {
        match self {
            Self::Ten(0) => number.parse().ok(),
            Self::Ten(exponent) => format!("{number}e{exponent}").parse().ok(),
            Self::Times(factor) => number.parse::<f64>().ok().map(|value| value * factor),
        }
    }
}

/// Times end at days; sizes and rates at peta, decimal or binary for bytes.
fn scale(unit: &str) -> Option<(Scale, Kind)> {
    let time = match unit {
        "" => return Some((Scale::Ten(0), Kind::Count)),
        "ps" => Scale::Ten(-3),
        "ns" => Scale::Ten(0),
        "µs" | "us" => Scale::Ten(3),
        "ms" => Scale::Ten(6),
        "s" => Scale::Ten(9),
        "m" => Scale::Times(60e9),
        "h" => Scale::Times(3600e9),
        "d" => Scale::Times(86_400e9),
        _ => return rate_or_size(unit),
    };
    Some((time, Kind::Time))
}

fn rate_or_size(unit: &str) -> Option<(Scale, Kind)> {
    const BASES: [(&str, Kind); 5] = [
        ("char/s", Kind::CharsPerSecond),
        ("item/s", Kind::ItemsPerSecond),
        ("Hz", Kind::CyclesPerSecond),
        ("B/s", Kind::BytesPerSecond),
        ("B", Kind::Bytes),
    ];
    let (prefix, kind) = BASES
        .iter()
        .find_map(|(base, kind)| Some((unit.strip_suffix(base)?, *kind)))?;
    let power = |letter: &str| {
        ["", "K", "M", "G", "T", "P"]
            .iter()
            .position(|l| *l == letter)
    };
    let scale = match prefix.strip_suffix('i') {
        Some(letter) if matches!(kind, Kind::Bytes | Kind::BytesPerSecond) => {
            let power = i32::try_from(power(letter)?)
                .ok()
                .filter(|power| *power > 0)?;
            Scale::Times(1024_f64.powi(power))
        }
        Some(_) => return None,
        None => Scale::Ten(3 * i32::try_from(power(prefix)?).ok()?),
    };
    Some((scale, kind))
}

/// The six cells of a row: `fastest │ slowest │ median │ mean │ samples │ iters`.
///
/// Cut from the right, because only the first cell holds text of the user's, where `│` may occur.
pub(super) fn cells(line: &str) -> Option<[&str; 6]> {
    let mut parts = line.rsplitn(6, '│');
    let mut cells = [""; 6];
    for cell in cells.iter_mut().rev() {
        *cell = parts.next()?;
    }
    Some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(cell: &str) -> (f64, Kind) {
        let quantity = quantity(cell).unwrap();
        (quantity.value, quantity.kind)
    }

    #[test]
    fn every_unit_that_divan_prints_is_known() {
        for (cell, value, kind) in [
            ("0.652 ns", 0.652, Kind::Time),
            ("12 ps", 0.012, Kind::Time),
            ("1.797 µs", 1797.0, Kind::Time),
            ("1.201 s", 1.201e9, Kind::Time),
            ("2 m", 120e9, Kind::Time),
            ("1.5 h", 5400e9, Kind::Time),
            ("3 d", 259_200e9, Kind::Time),
            ("100 B", 100.0, Kind::Bytes),
            ("4.096 KB", 4096.0, Kind::Bytes),
            ("4 KiB", 4096.0, Kind::Bytes),
            ("1 PiB", 1_125_899_906_842_624.0, Kind::Bytes),
            ("2.5 GB/s", 2.5e9, Kind::BytesPerSecond),
            ("2 MiB/s", 2_097_152.0, Kind::BytesPerSecond),
            ("6 B/s", 6.0, Kind::BytesPerSecond),
            ("186.5 Mchar/s", 186.5e6, Kind::CharsPerSecond),
            ("12.5 GHz", 12.5e9, Kind::CyclesPerSecond),
            ("601 Kitem/s", 601e3, Kind::ItemsPerSecond),
            ("5", 5.0, Kind::Count),
            ("1.25", 1.25, Kind::Count),
        ] {
            let (read, unit) = read(cell);
            assert_eq!(read.to_bits(), f64::to_bits(value), "{cell}: {read}");
            assert_eq!(unit, kind, "{cell}");
        }
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for cell in [
            "", " ", "ns", "NaN ns", "inf B/s", "inf", "-1 ns", "1e3 ns", "1..2 ns", "1 parsec",
            "1 KiHz", "1 i B", "1 iB", "1 XB", "+5", ".", "0x10",
        ] {
            assert!(quantity(cell).is_err(), "{cell:?}");
        }
        let huge = format!("{} d", "9".repeat(400));
        assert!(quantity(&huge).unwrap_err().len() < 200);
    }

    #[test]
    fn bars_in_the_first_cell_stay_there() {
        assert_eq!(
            cells("a │ b │1│2│3│4│5").unwrap(),
            ["a │ b ", "1", "2", "3", "4", "5"]
        );
        assert_eq!(cells("a │ b"), None);
    }

    proptest! {
        #[test]
        fn any_cell_is_answered(text in any::<String>()) {
            if let Ok(quantity) = quantity(&text) {
                prop_assert!(quantity.value.is_finite() && quantity.value >= 0.0);
            }
            let _ = cells(&text);
        }
    }
}
