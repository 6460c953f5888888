//! What a change of budgets.toml means: which limits it loosens, which it tightens.
//!
//! The base's budgets bind a pull request; what the candidate asks for instead is shown to whoever approves it. So it is
//! said by what the files mean, not by their lines, and what was loosened comes first.

mod parts;

use super::{Budget, Budgets, Enforcement, NameGlob, Unresolved};
use crate::units::{Change, Quantity};
use std::collections::BTreeMap;
use std::fmt;

/// Files with more budgets than this are not compared one by one.
const MOST: usize = 2_000;

/// What a change does to the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Something that failed may pass.
    Loosened,
    /// It depends on what is measured.
    Unclear,
    /// Something that passed may fail.
    Tightened,
}

/// One change, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BudgetChange {
    pub(crate) effect: Effect,
    pub(crate) text: String,
}

impl fmt::Display for BudgetChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.effect {
            Effect::Loosened => "loosened",
            Effect::Unclear => "changed",
            Effect::Tightened => "tightened",
        };
        write!(f, "{word}: {}", self.text)
    }
}

/// What `candidate` asks for that `base` does not, and the other way round: a line each, what was loosened first.
/// Empty where both mean the same, whatever their text.
#[must_use]
pub fn changes(base: &Budgets, candidate: &Budgets) -> Vec<String> {
    effects(base, candidate)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// [`changes`], with what each does.
pub(crate) fn effects(base: &Budgets, candidate: &Budgets) -> Vec<BudgetChange> {
    let mut found = Found::default();
    budgets(&base.budgets, &candidate.budgets, &mut found);
    parts::overheads(base, candidate, &mut found);
    parts::waivers(base, candidate, &mut found);
    parts::suites(base, candidate, &mut found);
    parts::settings(base, candidate, &mut found);
    found.0.sort_by_key(|change| change.effect);
    found.0
}

#[derive(Default)]
struct Found(Vec<BudgetChange>);

impl Found {
    fn push(&mut self, effect: Effect, text: impl Into<String>) {
        let text = text.into();
        self.0.push(BudgetChange { effect, text });
    }

    /// A limit that went from one value to another: `up` is what a larger one does.
    fn limit<T: PartialOrd>(
        &mut self,
        what: &str,
        from: Option<(T, String)>,
        to: Option<(T, String)>,
        up: Effect,
    ) {
        let down = match up {
            Effect::Loosened => Effect::Tightened,
            Effect::Unclear => Effect::Unclear,
            Effect::Tightened => Effect::Loosened,
        };
        match (from, to) {
            (None, None) => {}
            (Some((_, from)), None) => {
                self.push(Effect::Loosened, format!("{what} {from} -> none"));
            }
            (None, Some((_, to))) => self.push(Effect::Tightened, format!("{what} none -> {to}")),
            (Some((from, from_text)), Some((to, to_text))) => {
                let effect = match from.partial_cmp(&to) {
                    Some(std::cmp::Ordering::Equal) => return,
                    Some(std::cmp::Ordering::Less) => up,
                    Some(std::cmp::Ordering::Greater) => down,
                    None => Effect::Unclear,
                };
                self.push(effect, format!("{what} {from_text} -> {to_text}"));
            }
        }
    }

    fn severity(&mut self, what: &str, from: Enforcement, to: Enforcement) {
        match (from, to) {
            (Enforcement::Error, Enforcement::Warn) => {
                self.push(Effect::Loosened, format!("{what} severity error -> warn"));
            }
            (Enforcement::Warn, Enforcement::Error) => {
                self.push(Effect::Tightened, format!("{what} severity warn -> error"));
            }
            _ => {}
        }
    }

    fn unresolved(&mut self, what: &str, from: Unresolved, to: Unresolved) {
        match (from, to) {
            (Unresolved::Fail, Unresolved::Warn) => {
                self.push(Effect::Loosened, format!("{what} unresolved fail -> warn"));
            }
            (Unresolved::Warn, Unresolved::Fail) => {
                self.push(Effect::Tightened, format!("{what} unresolved warn -> fail"));
            }
            _ => {}
        }
    }
}

fn percent(change: Option<Change>) -> Option<(Change, String)> {
    change.map(|change| {
        let text = change.to_string();
        (change, text.trim_start_matches('+').to_owned())
    })
}

/// Limits of different units have no order.
fn quantity(quantity: Option<&Quantity>) -> Option<(Sized<'_>, String)> {
    quantity.map(|quantity| (Sized(quantity), quantity.to_string()))
}

#[derive(PartialEq)]
struct Sized<'a>(&'a Quantity);

impl PartialOrd for Sized<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        if self.0.unit != other.0.unit {
            return None;
        }
        self.0.value.partial_cmp(&other.0.value)
    }
}

/// `` `parse/*` ``, and the metric where it is not the ordinary one.
fn named(bench: &str, metric: &str) -> String {
    if metric == "time" {
        format!("`{bench}`")
    } else {
        format!("`{bench}` [{metric}]")
    }
}

fn name(budget: &Budget) -> String {
    named(budget.bench.as_str(), &budget.metric)
}

fn same(one: &Budget, other: &Budget) -> bool {
    one.slower == other.slower
        && one.max == other.max
        && one.min == other.min
        && one.severity == other.severity
        && one.unresolved == other.unresolved
}

/// Budgets of the same glob and metric are the same budget; of several, those of the same severity.
fn budgets(base: &[Budget], candidate: &[Budget], found: &mut Found) {
    if base.len() > MOST || candidate.len() > MOST {
        let text = format!(
            "{} budgets became {}: too many to be compared one by one",
            base.len(),
            candidate.len()
        );
        found.push(Effect::Unclear, text);
        return;
    }
    let key = |budget: &Budget| (budget.bench.as_str().to_owned(), budget.metric.clone());
    let mut left: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, budget) in base.iter().enumerate() {
        left.entry(key(budget)).or_default().push(index);
    }
    // Index in the base of each budget of the candidate.
    let mut partner: Vec<Option<usize>> = vec![None; candidate.len()];
    let rounds: [fn(&Budget, &Budget) -> bool; 3] = [
        same,
        |one, other| one.severity == other.severity,
        |_, _| true,
    ];
    for fits in rounds {
        for (budget, partner) in candidate.iter().zip(&mut partner) {
            if partner.is_some() {
                continue;
            }
            let Some(left) = left.get_mut(&key(budget)) else {
                continue;
            };
            if let Some(at) = left.iter().position(|index| fits(&base[*index], budget)) {
                *partner = Some(left.remove(at));
            }
        }
    }
    for index in left.into_values().flatten() {
        let budget = &base[index];
        found.push(
            Effect::Loosened,
            format!("{} {} removed", name(budget), limits(budget)),
        );
    }
    for (at, (budget, partner)) in candidate.iter().zip(&partner).enumerate() {
        match partner {
            Some(index) => one(&base[*index], budget, found),
            None => added(&candidate[..at], budget, found),
        }
    }
    let kept: Vec<usize> = partner.into_iter().flatten().collect();
    if !kept.is_sorted() {
        found.push(
            Effect::Unclear,
            "budgets stand in another order: of those that match one benchmark, the last one wins",
        );
    }
}

fn one(from: &Budget, to: &Budget, found: &mut Found) {
    let name = name(to);
    let slower = format!("{name} slower");
    found.limit(
        &slower,
        percent(from.slower),
        percent(to.slower),
        Effect::Loosened,
    );
    let (max, min) = (format!("{name} max"), format!("{name} min"));
    found.limit(
        &max,
        quantity(from.max.as_ref()),
        quantity(to.max.as_ref()),
        Effect::Loosened,
    );
    found.limit(
        &min,
        quantity(from.min.as_ref()),
        quantity(to.min.as_ref()),
        Effect::Tightened,
    );
    found.severity(&name, from.severity, to.severity);
    found.unresolved(&name, from.unresolved, to.unresolved);
}

/// A new budget is one more limit, unless it takes the place of a stricter one that stands before it.
fn added(before: &[Budget], budget: &Budget, found: &mut Found) {
    let overridden = before.iter().rev().find(|earlier| {
        let looser_max = match (&earlier.max, &budget.max) {
            (Some(earlier), Some(new)) => earlier.unit != new.unit || earlier.value < new.value,
            _ => false,
        };
        let looser_min = match (&earlier.min, &budget.min) {
            (Some(earlier), Some(new)) => earlier.unit != new.unit || earlier.value > new.value,
            _ => false,
        };
        let looser_slower = earlier.slower.is_some() && earlier.slower < budget.slower;
        earlier.metric == budget.metric
            && earlier.severity == budget.severity
            && (looser_slower || looser_max || looser_min)
            && may_overlap(&earlier.bench, &budget.bench)
    });
    match overridden {
        Some(earlier) => found.push(
            Effect::Loosened,
            format!(
                "{} {} added, which overrides {} {}",
                name(budget),
                limits(budget),
                name(earlier),
                limits(earlier)
            ),
        ),
        None => found.push(
            Effect::Tightened,
            format!("{} {} added", name(budget), limits(budget)),
        ),
    }
}

/// Whether one glob matches the other's text. Globs that merely cross (`a*` and `*b`) are not recognised.
fn may_overlap(one: &NameGlob, other: &NameGlob) -> bool {
    one.matches(other.as_str()) || other.matches(one.as_str())
}

fn limits(budget: &Budget) -> String {
    let parts = [
        percent(budget.slower).map(|(_, text)| format!("slower {text}")),
        budget.max.as_ref().map(|limit| format!("max {limit}")),
        budget.min.as_ref().map(|limit| format!("min {limit}")),
        (budget.severity == Enforcement::Warn).then(|| "warn".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
