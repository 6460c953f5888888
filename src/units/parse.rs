//! Reading what people write.

use super::Quantity;
use std::time::Duration;

/// Why a text is no quantity; `Display` says what was meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseQuantityError(pub String);

/// `"250 us"`, `"10 MiB"`, `"1_000"`, `"0.5%"`.
///
/// # Errors
/// Not a number, negative, not finite, unknown unit.
pub fn parse_quantity(_text: &str) -> Result<Quantity, ParseQuantityError> {
    unimplemented!()
}

/// `"3%"` to 0.03. Percent sign required.
///
/// # Errors
/// Not a percentage, negative, not finite.
pub fn parse_percent(_text: &str) -> Result<f64, ParseQuantityError> {
    unimplemented!()
}

/// `"8 min"`, `"90 s"`, `"1 h 30 min"`.
///
/// # Errors
/// Not a duration, negative, not finite, unknown unit.
pub fn parse_duration(_text: &str) -> Result<Duration, ParseQuantityError> {
    unimplemented!()
}
