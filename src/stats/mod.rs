//! The statistics of the gate over plain numbers: signed ranks and the Hodges-Lehmann centre, two modes, prediction and
//! binomial intervals, Holm's procedure, trends, and descriptions of a sample.
//!
//! Knows nothing of benchmarks, budgets or units, and decides nothing: that is left to `compare` and `verdict`.
//! Pure.
//!
//! Every function of a sample answers `None` for an empty sample and for one with a NaN or an infinity in it.
//! Dropping such a value would change what is estimated without a word, so nothing here does.

mod bimodal;
mod binomial;
mod describe;
mod holm;
mod predict;
mod quantile;
mod signed_rank;
mod trend;
mod walsh;

#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
pub(crate) mod testing;

pub use bimodal::{Modes, bimodal};
pub use binomial::{binomial_upper_tail, clopper_pearson};
pub use describe::{MAD_TO_SD, mean, median, median_deviation, quantile, sd, trimmed_mean};
pub use holm::holm;
pub use predict::{Prediction, predict};
pub use quantile::{normal_quantile, student_quantile};
pub use signed_rank::{EXACT_UP_TO, critical_count, lower_tail};
pub use trend::{
    MOST_POINTS, MannKendall, Slope, inflation, mann_kendall, theil_sen, without_line,
};
pub use walsh::{Bounds, WalshAverages};
