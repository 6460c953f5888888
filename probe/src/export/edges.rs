//! The fine buckets of a distribution, folded into the few that a classic Prometheus histogram has.

use crate::snapshot::Unit;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Distribution;

    fn folded(distribution: &Distribution, edges: &Edges) -> Vec<(f64, u64)> {
        let counts = distribution.fold(edges.as_slice());
        edges.as_slice().iter().copied().zip(counts).collect()
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
        let all = Distribution::from_steps(1.0, values.iter().copied());
        for (edge, count) in folded(&all, &Edges::powers_of_two()) {
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
                let rows = folded(
                    &Distribution::from_steps(scale, [step as u64]),
                    &Edges::seconds(),
                );
                let count = rows
                    .iter()
                    .find(|(at, _)| at.total_cmp(edge).is_eq())
                    .unwrap()
                    .1;
                assert_eq!(count, below, "{edge} * {factor}");
            }
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
