//! Families for names that are known at run time only.
//!
//! A [`Family`] is a static with its label names. Here one is made, and kept for the life of the program, for each
//! name and set of label names that the recorder meets; there are at most [`FAMILIES`] of them in a process.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use metrics::{Key, SharedString};

use super::handles::refused;
use crate::{
    BoundCounter, BoundFloatGauge, BoundHistogram, BoundTimer, Counter, Family, FloatGauge,
    Histogram, Instrument, Timer, Unit,
};

/// Names, together with their label names, that all recorders of a process tell apart.
pub const FAMILIES: usize = 1000;
/// Most labels.
const LABELS: usize = 8;

/// What a key says, with its labels in order.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) name: String,
    names: Vec<String>,
    values: Vec<String>,
    help: SharedString,
    unit: Unit,
}

impl Shape {
    /// `None`, and counted, with more labels than a family has.
    pub(super) fn new(key: &Key, help: SharedString, unit: Unit) -> Option<Self> {
        let mut labels: Vec<(&str, &str)> = Vec::new();
        for label in key.labels() {
            match labels.iter_mut().find(|(name, _)| *name == label.key()) {
                Some((_, value)) => *value = label.value(),
                None => labels.push((label.key(), label.value())),
            }
            if labels.len() > LABELS {
                refused(&super::handles::LABELS);
                return None;
            }
        }
        labels.sort_unstable();
        Some(Self {
            name: key.name().into(),
            names: labels.iter().map(|(name, _)| (*name).into()).collect(),
            values: labels.iter().map(|(_, value)| (*value).into()).collect(),
            help,
            unit,
        })
    }
}

/// The families of one kind.
type Table = Mutex<HashMap<(String, Vec<String>), Made>>;

/// A family of some number of labels, behind a function that finds a series in it.
struct Made(Box<dyn std::any::Any + Send>);

/// Families made so far, of all kinds.
static COUNT: Mutex<usize> = Mutex::new(0);

pub(super) struct Families;

impl Families {
    pub(super) fn counters(shape: &Shape) -> Option<BoundCounter> {
        static TABLE: OnceLock<Table> = OnceLock::new();
        find::<Counter>(&TABLE, shape)
    }

    pub(super) fn gauges(shape: &Shape) -> Option<BoundFloatGauge> {
        static TABLE: OnceLock<Table> = OnceLock::new();
        find::<FloatGauge>(&TABLE, shape)
    }

    pub(super) fn histograms(shape: &Shape) -> Option<BoundHistogram> {
        static TABLE: OnceLock<Table> = OnceLock::new();
        find::<Histogram>(&TABLE, shape)
    }

    pub(super) fn timers(shape: &Shape) -> Option<BoundTimer> {
        static TABLE: OnceLock<Table> = OnceLock::new();
        find::<Timer>(&TABLE, shape)
    }
}

/// Finds the series of these label values.
type Find<B> = Box<dyn Fn(&[String]) -> Option<B> + Send>;

fn find<I>(table: &OnceLock<Table>, shape: &Shape) -> Option<I::Bound>
where
    I: Instrument<Bound: 'static> + 'static,
{
    let mut table = table
        .get_or_init(Table::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let key = (shape.name.clone(), shape.names.clone());
    if !table.contains_key(&key) {
        let mut count = COUNT.lock().unwrap_or_else(PoisonError::into_inner);
        if *count >= FAMILIES {
            refused(&super::handles::FAMILIES);
            return None;
        }
        *count += 1;
        table.insert(key.clone(), Made(Box::new(make::<I>(shape))));
    }
    let find = table.get(&key)?.0.downcast_ref::<Find<I::Bound>>()?;
    find(&shape.values)
}

/// Leaks a family; the caller counts.
fn make<I: Instrument + 'static>(shape: &Shape) -> Find<I::Bound> {
    macro_rules! by_length {
        ($($n:literal)*) => {
            match shape.names.len() {
                $($n => sized::<I, $n>(shape),)*
                _ => Box::new(|_| None),
            }
        };
    }
    by_length!(0 1 2 3 4 5 6 7 8)
}

fn sized<I: Instrument + 'static, const N: usize>(shape: &Shape) -> Find<I::Bound> {
    let names = shape.names.iter().map(|name| leak(name));
    let mut array = [""; N];
    for (slot, name) in array.iter_mut().zip(names) {
        *slot = name;
    }
    let family = Family::<I, N>::new(leak(&shape.name), array)
        .help(leak(&shape.help))
        .unit(shape.unit);
    let family: &'static Family<I, N> = Box::leak(Box::new(family));
    Box::new(move |values| {
        let mut array = [""; N];
        for (slot, value) in array.iter_mut().zip(values) {
            *slot = value;
        }
        Some(family.get(array))
    })
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.into())
}
