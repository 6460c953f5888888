//! The fine buckets of a distribution, folded into the few that a classic Prometheus histogram has.

use crate::bucket;
use crate::snapshot::{Distribution, Unit};

/// Upper edges of the classic buckets, without `+Inf`; finite, rising.
///
/// A fine bucket belongs to the first edge that its middle does not exceed. For whole numbers that is exact where the edge
/// is one less than a power of two, as the default edges are. The edges of durations are fixed numbers of seconds, because
/// an edge is a label and must not move with the calibration of the clock; a duration within 1/64 (1.6 %) of an edge may
/// therefore be counted on its other side.
#[derive(Clone, Debug, PartialEq)]
pub struct Edges(Vec<f64>);

impl Edges {
    /// These edges, in the family's unit: sorted, without those that are not finite and without repetitions.
    #[must_use]
    pub fn new(edges: impl IntoIterator<Item = f64>) -> Self {
        let mut edges: Vec<f64> = edges.into_iter().filter(|edge| edge.is_finite()).collect();
        edges.sort_by(f64::total_cmp);
        // 0.0 and -0.0 are one edge: `dedup` compares with `==`.
        edges.dedup();
        Self(edges)
    }

    /// For durations: 1, 2.5 and 5 of every power of ten from 1 µs to 10 s, then 30 and 60 s.
    #[must_use]
    pub fn seconds() -> Self {
        Self(vec![
            1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2,
            2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
        ])
    }

    /// For whole numbers and bytes: the largest whole number below every second power of two, from 2^0 to 2^40. "At most 1023"
    /// is what the fine buckets know exactly; "at most 1024" is not.
    #[must_use]
    pub fn powers_of_two() -> Self {
        Self(
            (0..=40_i32)
                .step_by(2)
                .map(|power| 2_f64.powi(power) - 1.0)
                .collect(),
        )
    }

    /// The edges.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    pub(crate) fn default_of(unit: Unit) -> Self {
        match unit {
            Unit::Seconds => Self::seconds(),
            Unit::None | Unit::Bytes => Self::powers_of_two(),
        }
    }
}

/// Calls `each` with every edge and how many values are at or below it, and returns how many there are in all.
pub(super) fn fold<E>(
    distribution: &Distribution,
    edges: &Edges,
    mut each: impl FnMut(f64, u64) -> Result<(), E>,
) -> Result<u64, E> {
    let mut below = 0_u64;
    let mut buckets = distribution.buckets.iter().peekable();
    for &edge in edges.as_slice() {
        while let Some((_, count)) =
            buckets.next_if(|(bucket, _)| middle(*bucket) * distribution.scale <= edge)
        {
            below = below.saturating_add(*count);
        }
        each(edge, below)?;
    }
    Ok(buckets.fold(below, |sum, (_, count)| sum.saturating_add(*count)))
}

/// In steps. A bucket that does not exist is taken for the last one: snapshots may come from elsewhere.
fn middle(bucket: u16) -> f64 {
    bucket::middle(usize::from(bucket).min(bucket::BUCKETS - 1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn of(values: &[u64], scale: f64) -> Distribution {
        let mut counts = std::collections::BTreeMap::new();
        for value in values {
            *counts.entry(bucket::index(*value) as u16).or_insert(0) += 1;
        }
        Distribution {
            scale,
            sum: values.iter().map(|v| u128::from(*v)).sum(),
            buckets: counts.into_iter().collect(),
        }
    }

    fn folded(distribution: &Distribution, edges: &Edges) -> (Vec<(f64, u64)>, u64) {
        let mut rows = Vec::new();
        let Ok(all) = fold(distribution, edges, |edge, n| {
            rows.push((edge, n));
            Ok::<(), Infallible>(())
        });
        (rows, all)
    }

    #[test]
    fn whole_numbers_are_folded_exactly() {
        let values: Vec<u64> = (0..200)
            .chain((6..64).flat_map(|power| {
                let edge = 1_u64 << power;
                [edge - 1, edge, edge + 1]
            }))
            .chain([u64::MAX])
            .collect();
        let (rows, all) = folded(&of(&values, 1.0), &Edges::powers_of_two());
        assert_eq!(all, values.len() as u64);
        for (edge, count) in rows {
            let expected = values.iter().filter(|v| **v as f64 <= edge).count() as u64;
            assert_eq!(count, expected, "{edge}");
        }
    }

    #[test]
    fn durations_are_on_the_right_side_of_an_edge_that_they_are_not_close_to() {
        // Ticks of a 2.5 GHz counter in steps of 16.
        let scale = 16.0 / 2.5e9;
        for edge in Edges::seconds().as_slice() {
            for (factor, below) in [(0.98, 1), (1.02, 0)] {
                let step = (edge * factor / scale).round();
                // Below 1 µs a step is more than 1.6 %.
                if *edge < 2e-6 {
                    continue;
                }
                let (rows, all) = folded(&of(&[step as u64], scale), &Edges::seconds());
                let count = rows.iter().find(|(at, _)| at == edge).unwrap().1;
                assert_eq!((count, all), (below, 1), "{edge} * {factor}");
            }
        }
    }

    #[test]
    fn counts_rise_and_end_below_the_total_whatever_a_snapshot_holds() {
        let hostile = [
            Distribution::default(),
            Distribution {
                scale: f64::NAN,
                sum: 5,
                buckets: vec![(0, 1), (9, 2)],
            },
            Distribution {
                scale: f64::INFINITY,
                sum: 5,
                buckets: vec![(0, 1), (9, 2)],
            },
            Distribution {
                scale: 1.0,
                sum: u128::MAX,
                buckets: vec![(u16::MAX, u64::MAX), (3, u64::MAX)],
            },
        ];
        for distribution in hostile {
            let (rows, all) = folded(&distribution, &Edges::seconds());
            assert!(rows.is_sorted_by(|a, b| a.1 <= b.1), "{rows:?}");
            assert!(rows.iter().all(|(_, n)| *n <= all), "{rows:?}");
        }
    }

    #[test]
    fn edges_are_put_in_order() {
        let edges = Edges::new([5.0, f64::NAN, 1.0, f64::INFINITY, 5.0, -0.0, 0.0]);
        assert_eq!(edges.as_slice(), [0.0, 1.0, 5.0]);
        for default in [Edges::seconds(), Edges::powers_of_two()] {
            assert_eq!(Edges::new(default.as_slice().iter().copied()), default);
        }
    }
}
