//! A scale of changes in characters.

use crate::report::text;
use crate::stats::median;
use crate::units::Change;

/// No change.
const ZERO: char = '|';
/// Plus and minus the floor.
pub(super) const FLOOR: char = '.';
/// Plus and minus the tolerance.
pub(super) const TOLERANCE: char = ':';
/// A value.
const MARK: char = '*';

/// Symmetric about no change, on the log scale.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    /// Log ratio at the right end; above 0.
    pub(super) range: f64,
    columns: usize,
    marks: Vec<(f64, char)>,
}

impl Scale {
    /// Wide enough for the limits and for all but the wildest changes, which are shown at the ends as `<` and `>`.
    /// `limits` are log ratios with their mark, drawn on both sides.
    pub(super) fn new(columns: usize, changes: &[f64], limits: &[(f64, char)]) -> Self {
        let sizes: Vec<f64> = (changes.iter())
            .map(|change| change.abs())
            .filter(|size| size.is_finite())
            .collect();
        let limits: Vec<(f64, char)> = (limits.iter().copied())
            .filter(|(limit, _)| limit.is_finite() && *limit > 0.0)
            .collect();
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        let usual = median(&sizes).unwrap_or(0.0);
        let outermost = limits.iter().map(|(limit, _)| *limit).fold(0.0, f64::max);
        let wild = (5.0 * usual).max(2.0 * outermost);
        let range = largest.min(wild).max(1.25 * outermost);
        Self {
            range: if range > 0.0 { range * 1.02 } else { 0.01 },
            columns: columns.max(3),
            marks: limits,
        }
    }

    /// Column of a change, ends included.
    fn column(&self, change: f64) -> usize {
        let middle = (self.columns - 1) as f64 / 2.0;
        let at = (middle + change / self.range * middle).round();
        at.clamp(0.0, (self.columns - 1) as f64) as usize
    }

    /// `-10.0%      0     +10.0%` above the scale.
    pub(super) fn heading(&self) -> String {
        let (left, right) = (
            Change::from_log(-self.range).to_string(),
            Change::from_log(self.range).to_string(),
        );
        let middle = self.column(0.0);
        let before = middle.saturating_sub(text::width(&left));
        let after = (self.columns - middle - 1).saturating_sub(text::width(&right));
        if before == 0 || after == 0 {
            // Too narrow for its labels.
            return format!("{}0", " ".repeat(middle));
        }
        format!("{left}{}0{}{right}", " ".repeat(before), " ".repeat(after))
    }

    /// One change on the scale; `None` draws the limits alone.
    pub(super) fn draw(&self, change: Option<f64>) -> String {
        let mut row = vec![' '; self.columns];
        for (limit, mark) in &self.marks {
            row[self.column(*limit)] = *mark;
            row[self.column(-limit)] = *mark;
        }
        row[self.column(0.0)] = ZERO;
        if let Some(change) = change.filter(|change| !change.is_nan()) {
            row[self.column(change)] = if change > self.range {
                '>'
            } else if change < -self.range {
                '<'
            } else {
                MARK
            };
        }
        row.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(changes: &[f64]) -> Scale {
        Scale::new(21, changes, &[(0.02, FLOOR), (0.05, TOLERANCE)])
    }

    #[test]
    fn changes_and_limits_stand_where_they_belong() {
        let scale = scale(&[0.01, -0.03]);
        assert_eq!(scale.heading(), "-6.2%     0     +6.6%");
        assert_eq!(scale.draw(Some(0.0)), "  :    .  *  .    :  ");
        assert_eq!(scale.draw(Some(0.05)), "  :    .  |  .    *  ");
        assert_eq!(scale.draw(None), "  :    .  |  .    :  ");
    }

    #[test]
    fn wild_changes_stand_at_the_ends() {
        let scale = scale(&[0.01, 0.01, 3.0]);
        assert!(scale.range < 0.2);
        assert!(scale.draw(Some(3.0)).ends_with('>'));
        assert!(scale.draw(Some(f64::INFINITY)).ends_with('>'));
        assert!(scale.draw(Some(f64::NEG_INFINITY)).starts_with('<'));
    }

    #[test]
    fn nothing_and_no_number_draw_an_empty_scale() {
        for changes in [&[][..], &[0.0], &[f64::NAN], &[f64::INFINITY]] {
            let scale = Scale::new(9, changes, &[]);
            assert!(scale.range.is_finite() && scale.range > 0.0);
            assert_eq!(scale.draw(Some(f64::NAN)), "    |    ");
        }
        let narrow = Scale::new(0, &[1e300], &[(f64::NAN, 'x'), (-1.0, 'y')]);
        assert_eq!(narrow.draw(Some(0.0)), " * ");
    }
}
