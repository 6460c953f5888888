//! Fields that check themselves while they are read, so that an error knows its line.

use super::MAX_NAME_BYTES;
use super::document::quoted;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// What is wrong with a measured number; `None` if nothing is.
pub(crate) fn amount_problem(value: f64) -> Option<String> {
    if !value.is_finite() {
        Some(format!("{value} is no measurement"))
    } else if value < 0.0 {
        Some(format!("a value cannot be negative, found {value:?}"))
    } else {
        None
    }
}

/// What is wrong with a name; `None` if nothing is. Control characters are data.
pub(crate) fn name_problem(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("a name cannot be empty".to_owned())
    } else if name.len() > MAX_NAME_BYTES {
        Some(format!(
            "a name of {} bytes is longer than {MAX_NAME_BYTES}",
            name.len()
        ))
    } else {
        None
    }
}

/// What is wrong with the reason for which a metric is withheld; `None` if nothing is.
pub(crate) fn reason_problem(why: &str) -> Option<String> {
    if why.trim().is_empty() {
        Some("a metric is withheld for a reason: say it".to_owned())
    } else if why.len() > MAX_NAME_BYTES {
        Some(format!(
            "a reason of {} bytes is longer than {MAX_NAME_BYTES}",
            why.len()
        ))
    } else {
        None
    }
}

/// What is wrong with a unit; `None` if nothing is.
///
/// Any word is a unit, but budgets and reports know one unit a dimension: 3 "ms" would be compared with no limit
/// and shown beside nanoseconds.
pub(crate) fn unit_problem(unit: &str) -> Option<String> {
    if let Some(problem) = name_problem(unit) {
        return Some(problem);
    }
    let (base, factor) = match unit {
        "ps" => ("ns", "1e-3"),
        "us" | "µs" | "μs" => ("ns", "1e3"),
        "ms" => ("ns", "1e6"),
        "s" | "sec" | "second" | "seconds" => ("ns", "1e9"),
        "min" => ("ns", "60e9"),
        "nanoseconds" => ("ns", "1"),
        "B" | "byte" => ("bytes", "1"),
        "kB" | "KB" => ("bytes", "1e3"),
        "KiB" => ("bytes", "1024"),
        "MB" => ("bytes", "1e6"),
        "MiB" => ("bytes", "1048576"),
        "GB" => ("bytes", "1e9"),
        "GiB" => ("bytes", "1073741824"),
        "%" | "percent" => ("ratio", "0.01"),
        _ => return None,
    };
    Some(format!(
        "values in {unit:?} cannot be compared with budgets: multiply them by {factor} and write the unit {base:?}"
    ))
}

/// A measured number: finite, not negative.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Amount(#[cfg_attr(test, schemars(range(min = 0)))] pub(crate) f64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Amount;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, finite and not negative")
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Amount, E> {
                amount_problem(value).map_or(Ok(Amount(value)), |problem| Err(E::custom(problem)))
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a JSON number is a double for everybody else too"
            )]
            fn visit_u64<E: Error>(self, value: u64) -> Result<Amount, E> {
                Ok(Amount(value as f64))
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a JSON number is a double for everybody else too"
            )]
            fn visit_i64<E: Error>(self, value: i64) -> Result<Amount, E> {
                self.visit_f64(value as f64)
            }
        }
        deserializer.deserialize_f64(Number)
    }
}

/// A name: not empty, at most [`MAX_NAME_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Name(#[cfg_attr(test, schemars(length(min = 1, max = 4096)))] pub(crate) String);

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name_problem(&name).map_or(Ok(Self(name)), |problem| Err(D::Error::custom(problem)))
    }
}

/// A field that may be left out, but not be `null`: that is how JavaScript writes NaN.
pub(crate) fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A map in which a key that comes twice is an error; elsewhere the last one would win.
pub(crate) fn unique_map<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    K: Deserialize<'de> + Ord + AsRef<str>,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let pairs = pairs(deserializer)?;
    Ok(pairs.into_iter().collect())
}

/// The same in the order of the text.
pub(crate) fn pairs<'de, K, V, D>(deserializer: D) -> Result<Vec<(K, V)>, D::Error>
where
    K: Deserialize<'de> + Ord + AsRef<str>,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Pairs<K, V>(PhantomData<(K, V)>);
    impl<'de, K, V> Visitor<'de> for Pairs<K, V>
    where
        K: Deserialize<'de> + Ord + AsRef<str>,
        V: Deserialize<'de>,
    {
        type Value = Vec<(K, V)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs: Vec<(K, V)> = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            let mut keys: Vec<&K> = pairs.iter().map(|(key, _)| key).collect();
            keys.sort();
            match keys.windows(2).find(|two| two[0] == two[1]) {
                Some(two) => Err(A::Error::custom(format!(
                    "duplicate key {}",
                    quoted(two[0].as_ref())
                ))),
                None => Ok(pairs),
            }
        }
    }
    deserializer.deserialize_map(Pairs(PhantomData))
}
