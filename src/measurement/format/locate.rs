//! Looks into a text that could not be read as a whole, for what an error message needs: its head, and the name of
//! the entry in which the mistake is. Whatever was found before the text turned bad counts.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The fields `format` and `version`, as far as they are there.
#[derive(Default)]
pub(super) struct Head {
    pub(super) format: Option<String>,
    pub(super) version: Option<u64>,
    /// The text is JSON to its end.
    pub(super) complete: bool,
}

pub(super) fn head(text: &[u8]) -> Head {
    let mut head = Head::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let read = HeadSeed(&mut head).deserialize(&mut deserializer);
    head.complete = read.is_ok()
        && deserializer.end().is_ok()
        // Not an object, a `format` that is no string: JSON nevertheless.
        || serde_json::from_slice::<IgnoredAny>(text).is_ok();
    head
}

/// The texts of `fields` of entry `index` of the list, joined by `/`; `None` if one was not found.
pub(super) fn label(text: &[u8], list: &str, index: usize, fields: &[&str]) -> Option<String> {
    let mut found = vec![None; fields.len()];
    let seed = RootSeed {
        list,
        index,
        fields,
        found: &mut found,
    };
    // An error is expected: the text is known to be bad. What was found before it counts.
    let _ = seed.deserialize(&mut serde_json::Deserializer::from_slice(text));
    let found: Option<Vec<String>> = found.into_iter().collect();
    found.map(|parts| parts.join("/"))
}

struct HeadSeed<'a>(&'a mut Head);

impl<'de> DeserializeSeed<'de> for HeadSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeadSeed<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "format" => self.0.format = Some(map.next_value()?),
                "version" => self.0.version = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct RootSeed<'a> {
    list: &'a str,
    index: usize,
    fields: &'a [&'a str],
    found: &'a mut [Option<String>],
}

impl<'de> DeserializeSeed<'de> for RootSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RootSeed<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == self.list {
                return map.next_value_seed(ListSeed(self));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

struct ListSeed<'a>(RootSeed<'a>);

impl<'de> DeserializeSeed<'de> for ListSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for _ in 0..self.0.index {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(EntrySeed(self.0))?;
        Ok(())
    }
}

struct EntrySeed<'a>(RootSeed<'a>);

impl<'de> DeserializeSeed<'de> for EntrySeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EntrySeed<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.0.fields.iter().position(|field| *field == key) {
                Some(field) => self.0.found[field] = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
