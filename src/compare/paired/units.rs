//! What counts once at a look: the pair, or the layout as soon as layouts repeat.

use crate::compare::Pair;

/// Groups numbers of pairs by layout. Keeps its memory.
#[derive(Debug, Default)]
pub(in crate::compare) struct Units {
    grouped: Vec<(Option<u32>, f64)>,
    means: Vec<f64>,
}

impl Units {
    /// The numbers themselves as long as every pair has a layout of its own, or none has any; else the mean for each
    /// layout. `numbers[i]` belongs to `pairs[i]`; pairs without a layout beside others with one share one layout.
    ///
    /// A mean of what is symmetric about `c` is symmetric about `c`, whatever the number of terms. So means over layouts
    /// that were run once, twice and three times may stand side by side in a signed-rank test, and the order of the
    /// pairs does not matter.
    pub(in crate::compare) fn of<'a>(
        &'a mut self,
        pairs: &[Pair],
        numbers: &'a [f64],
    ) -> &'a [f64] {
        if pairs.iter().all(|pair| pair.layout.is_none()) {
            return numbers;
        }
        self.group(pairs, numbers);
        if self.grouped.windows(2).all(|pair| pair[0].0 != pair[1].0) {
            return numbers;
        }
        self.means.clear();
        let means = self
            .grouped
            .chunk_by(|a, b| a.0 == b.0)
            .map(|layout| layout.iter().map(|unit| unit.1).sum::<f64>() / layout.len() as f64);
        self.means.extend(means);
        &self.means
    }

    /// Sorted, so that sums do not depend on the order of measuring either.
    fn group(&mut self, pairs: &[Pair], numbers: &[f64]) {
        self.grouped.clear();
        self.grouped.extend(
            pairs
                .iter()
                .map(|pair| pair.layout)
                .zip(numbers.iter().copied()),
        );
        self.grouped.sort_unstable_by(|a, b| {
            let by_size = || a.1.abs().total_cmp(&b.1.abs());
            a.0.cmp(&b.0)
                .then_with(by_size)
                .then_with(|| a.1.total_cmp(&b.1))
        });
    }
}

/// Variance of one pair around the mean of its layout, from the layouts that were run more than once. `None` where
/// there is none such.
pub(super) fn variance_within(pairs: &[Pair], numbers: &[f64]) -> Option<f64> {
    let mut units = Units::default();
    units.group(pairs, numbers);
    let (mut squares, mut freedom) = (0.0, 0.0);
    for layout in units.grouped.chunk_by(|a, b| a.0 == b.0) {
        let mean = layout.iter().map(|unit| unit.1).sum::<f64>() / layout.len() as f64;
        squares += layout
            .iter()
            .map(|unit| (unit.1 - mean).powi(2))
            .sum::<f64>();
        freedom += (layout.len() - 1) as f64;
    }
    (freedom > 0.0).then(|| squares / freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(layouts: &[Option<u32>]) -> Vec<Pair> {
        layouts
            .iter()
            .map(|&layout| Pair {
                layout,
                ..Pair::plain(1.0, 1.0)
            })
            .collect()
    }

    #[test]
    fn pairs_count_by_themselves_until_a_layout_repeats() {
        let mut units = Units::default();
        let numbers = [1.0, 2.0, 4.0];
        assert_eq!(units.of(&pairs(&[None; 3]), &numbers), numbers);
        assert_eq!(
            units.of(&pairs(&[Some(2), Some(0), Some(1)]), &numbers),
            numbers
        );
        assert_eq!(
            units.of(&pairs(&[Some(2), Some(0), Some(2)]), &numbers),
            [2.0, 2.5]
        );
        assert_eq!(units.of(&[], &[]), [0.0; 0]);
    }

    #[test]
    fn pairs_without_a_layout_beside_others_share_one() {
        let mut units = Units::default();
        let layouts = pairs(&[None, Some(0), None, Some(1)]);
        assert_eq!(units.of(&layouts, &[1.0, 5.0, 3.0, 6.0]), [2.0, 5.0, 6.0]);
    }

    #[test]
    fn the_order_of_measuring_does_not_matter() {
        let mut units = Units::default();
        let numbers = [0.1, 0.2, 0.3, 0.7, 1e-17];
        let layouts = [Some(1), Some(1), Some(1), Some(0), Some(1)];
        let forward = units.of(&pairs(&layouts), &numbers).to_vec();
        let (mut numbers, mut layouts) = (numbers, layouts);
        numbers.reverse();
        layouts.reverse();
        assert_eq!(units.of(&pairs(&layouts), &numbers), forward);
    }

    #[test]
    fn scatter_within_layouts_leaves_out_what_lies_between_them() {
        let layouts = pairs(&[Some(0), Some(0), Some(1), Some(1), Some(2)]);
        let scatter = variance_within(&layouts, &[1.0, 3.0, 101.0, 103.0, 7.0]);
        assert_eq!(scatter, Some(2.0));
        assert_eq!(variance_within(&layouts[1..3], &[1.0, 2.0]), None);
    }
}
