//! Families whose lookup is cheaper than one by text, because more is known about the labels.

use std::marker::PhantomData;

use super::labels::Labels;
use super::{Dense, Inner, Instrument, MOST_LABELS, Placed, described};
use crate::instrument::Timer;
use crate::instrument::sampling::Sampling;
use crate::snapshot::Unit;

/// A family whose labels have a fixed set of values: the cheapest lookup, a multiplication and one load. Its series
/// are never reclaimed, and need no cap.
///
/// ```
/// use tollgate_probe::{EnumFamily, Timer, labels};
/// labels! { enum Op { Select => "select", Insert => "insert" } }
/// labels! { enum Table { Users => "users", Orders => "orders" } }
/// static QUERIES: EnumFamily<Timer, (Op, Table)> = EnumFamily::new("query_seconds", &["op", "table"]);
/// let rows = QUERIES.get((Op::Select, Table::Users)).time(|| 3);
/// # QUERIES.get((Op::Insert, Table::Orders)).time(|| 3);
/// ```
#[derive(Debug)]
pub struct EnumFamily<I, L> {
    inner: Inner,
    names: &'static [&'static str],
    series: Dense,
    kind: PhantomData<fn(L) -> I>,
}

/// Most combinations of an [`EnumFamily`].
const MOST_COMBINATIONS: usize = 4096;

impl<I: Instrument, L: Labels> EnumFamily<I, L> {
    /// A family of this name, with a name for each label. For at most 4096 combinations, which the compiler checks; it
    /// also checks the number of names, where the family is a `static`.
    #[must_use]
    pub const fn new(name: &'static str, labels: &'static [&'static str]) -> Self {
        const {
            assert!(
                L::COUNT <= MOST_COMBINATIONS,
                "more than 4096 combinations of labels"
            );
        };
        assert!(labels.len() == L::ARITY, "one name for each label");
        Self {
            inner: Inner::new(name, I::KIND, I::UNIT),
            names: labels,
            series: Dense::new(),
            kind: PhantomData,
        }
    }

    /// The instrument of these labels.
    #[inline]
    pub fn get(&'static self, labels: L) -> I::Bound {
        let texts = || labels.texts();
        let bound = self
            .series
            .get(&self.inner, self.names, labels.index(), L::COUNT, texts);
        I::bound(bound)
    }
}

/// A family whose label values are `&'static str`s, as of a match or a table: found by their addresses, so the text is
/// not read. Equal text at different addresses is the same series. Its series are never reclaimed, and need no cap;
/// for text that comes from outside use [`Family`](crate::Family) and do not leak it.
///
/// ```
/// use tollgate_probe::{Counter, StaticFamily};
/// static EVENTS: StaticFamily<Counter, 1> = StaticFamily::new("events_total", ["kind"]);
/// let ok = true;
/// EVENTS.get([if ok { "saved" } else { "refused" }]).increment();
/// ```
#[derive(Debug)]
pub struct StaticFamily<I, const N: usize> {
    inner: Inner,
    names: [&'static str; N],
    series: Placed<N>,
    kind: PhantomData<fn() -> I>,
}

impl<I: Instrument, const N: usize> StaticFamily<I, N> {
    /// A family of this name, with these label names; at most 8, which the compiler checks.
    #[must_use]
    pub const fn new(name: &'static str, labels: [&'static str; N]) -> Self {
        const { assert!(N <= MOST_LABELS, "a family has at most 8 labels") };
        Self {
            inner: Inner::new(name, I::KIND, I::UNIT),
            names: labels,
            series: Placed::new(),
            kind: PhantomData,
        }
    }

    /// The instrument of these labels.
    #[inline]
    pub fn get(&'static self, labels: [&'static str; N]) -> I::Bound {
        I::bound(self.series.get(&self.inner, &self.names, &labels))
    }
}

described!(EnumFamily, L, L: Labels);
described!(StaticFamily, N, const N: usize);
