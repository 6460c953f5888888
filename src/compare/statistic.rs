//! One number for each invocation.
//!
//! What happens inside a process is not independent: batches share one memory layout, one cache state, one
//! moment of the machine. So an invocation counts once, with one number.

use crate::measurement::Evidence;
use crate::stats::{mean, trimmed_mean};

/// Share that is cut off at each end. Preemption lasts milliseconds and a batch a tenth of one: a few batches are
/// many times too long on a busy machine, and the plain mean would measure the neighbours.
pub const TRIMMED: f64 = 0.2;

/// With fewer samples than this nothing is cut off: there is too little to tell an outlier from the rest.
const TRIM_FROM: usize = 10;

/// The statistic of one invocation: 20 % trimmed mean of its samples (the mean of fewer than ten), the value
/// itself, or the median of a summary or histogram.
///
/// `None` when there is no usable number: no samples, one that is negative or not finite, a metric that was withheld. A sample is never
/// left out silently.
#[must_use]
pub fn statistic(evidence: &Evidence) -> Option<f64> {
    let number = match evidence {
        Evidence::Value(value) => *value,
        Evidence::Summary(summary) => summary.median,
        // Of times of calls the mean is ruled by its tail, which has metrics of its own.
        Evidence::Histogram(histogram) => histogram.median() as f64,
        Evidence::Withheld(_) => return None,
        Evidence::Samples(samples) => {
            let values = &samples.values;
            if values.iter().any(|&value| value < 0.0) {
                return None;
            }
            if values.len() < TRIM_FROM {
                mean(values)?
            } else {
                trimmed_mean(values, TRIMMED)?
            }
        }
    };
    // Adding zero turns -0.0 into 0.0.
    (number.is_finite() && number >= 0.0).then_some(number + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{Samples, Summary};

    fn samples(values: &[f64]) -> Evidence {
        Evidence::Samples(Box::new(Samples {
            values: values.to_vec(),
            iterations: vec![],
        }))
    }

    #[test]
    fn ten_samples_are_trimmed_and_nine_are_not() {
        let mut values = vec![1.0; 9];
        values.push(101.0);
        assert_eq!(statistic(&samples(&values)), Some(1.0));
        values.remove(0);
        assert_eq!(statistic(&samples(&values)), Some(109.0 / 9.0));
    }

    #[test]
    fn a_value_is_itself_and_a_summary_its_median() {
        assert_eq!(statistic(&Evidence::Value(3.5)), Some(3.5));
        assert_eq!(statistic(&Evidence::Value(0.0)), Some(0.0));
        let summary = Summary {
            fastest: 1.0,
            slowest: 9.0,
            median: 2.0,
            mean: 3.0,
            samples: 100,
            iterations: 1000,
        };
        assert_eq!(statistic(&Evidence::Summary(Box::new(summary))), Some(2.0));
    }

    #[test]
    fn what_is_negative_or_not_finite_is_no_number() {
        for wrong in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(statistic(&Evidence::Value(wrong)), None, "{wrong}");
            assert_eq!(statistic(&samples(&[1.0, wrong, 2.0])), None, "{wrong}");
            // Also where trimming would cut it off.
            let mut many = vec![1.0; 20];
            many[7] = wrong;
            assert_eq!(statistic(&samples(&many)), None, "{wrong}");
        }
        assert_eq!(statistic(&samples(&[])), None);
    }
}
