//! Numbers as text: one spelling for one number, in every format.

use std::fmt;

/// A float as exposition formats and JSON write it.
///
/// Finite numbers have the fewest digits that bring back the same bits, with an exponent below 1e-4 and from 1e6 on and
/// with `.0` where nothing else says that it is a float. That is the canonical form of OpenMetrics 1.0 ("Canonical
/// Numbers"), which `le` and `quantile` should have; it is also valid JSON. The others are `NaN`, `+Inf` and `-Inf`, which
/// are not: JSON must ask first.
pub(crate) struct Float(pub(crate) f64);

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        if value.is_nan() {
            return f.write_str("NaN");
        }
        if value.is_infinite() {
            return f.write_str(if value > 0.0 { "+Inf" } else { "-Inf" });
        }
        let magnitude = value.abs();
        if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) {
            // `1.5e-6` becomes `1.5e-06`: an exponent has a sign and two digits.
            let text = format!("{value:e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let (sign, digits) = match exponent.strip_prefix('-') {
                Some(digits) => ('-', digits),
                None => ('+', exponent),
            };
            return write!(f, "{mantissa}e{sign}{digits:0>2}");
        }
        // Between the bounds above, `{:?}` uses no exponent, and it ends whole numbers with `.0`.
        write!(f, "{value:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_canonical_form_of_openmetrics() {
        // The examples of the specification.
        for text in [
            "0.0",
            "0.001",
            "0.002",
            "0.01",
            "0.1",
            "0.9",
            "0.95",
            "0.99",
            "0.999",
            "1.0",
            "1.7",
            "10.0",
            "1e-10",
            "1e-09",
            "1e-05",
            "0.0001",
            "100000.0",
            "1e+06",
            "1e+10",
            "2.5e-06",
            "1.048575e+06",
            "-1.5e+300",
            "-0.25",
        ] {
            let value: f64 = text.parse().unwrap();
            assert_eq!(Float(value).to_string(), text);
        }
        assert_eq!(Float(f64::NAN).to_string(), "NaN");
        assert_eq!(Float(f64::INFINITY).to_string(), "+Inf");
        assert_eq!(Float(f64::NEG_INFINITY).to_string(), "-Inf");
    }

    #[test]
    fn every_float_comes_back_bit_for_bit() {
        let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
        let edges = [
            0.0,
            -0.0,
            f64::MIN_POSITIVE,
            5e-324,
            f64::MAX,
            f64::MIN,
            999_999.999_999_999_9,
        ];
        let random = (0..20_000).map(|_| {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            f64::from_bits(bits)
        });
        for value in edges.into_iter().chain(random).filter(|v| v.is_finite()) {
            let text = Float(value).to_string();
            assert_eq!(
                text.parse::<f64>().unwrap().to_bits(),
                value.to_bits(),
                "{text}"
            );
            assert!(text.len() < 26, "{text}");
        }
    }
}
