//! Items and sessions, in memory and bounded: what is oldest makes room.

use std::collections::{BTreeMap, HashMap, VecDeque};

/// Items that are kept.
pub(crate) const ITEMS: usize = 10_000;
/// Sessions that are kept.
pub(crate) const SESSIONS: usize = 10_000;
/// Items in one list.
pub(crate) const PAGE: usize = 20;
/// Longest name of an item, and of a user, in bytes.
pub(crate) const LONGEST: usize = 200;

/// Everything that the server knows.
#[derive(Debug)]
pub(crate) struct Store {
    items: BTreeMap<u64, String>,
    next: u64,
    sessions: HashMap<String, String>,
    /// Oldest first.
    order: VecDeque<String>,
    /// Of tokens: they only have to differ, this guards nothing.
    state: u64,
}

impl Store {
    /// With a page of items, so that the first list is as long as the last.
    pub(crate) fn new(seed: u64) -> Self {
        let mut store = Self {
            items: BTreeMap::new(),
            next: 1,
            sessions: HashMap::new(),
            order: VecDeque::new(),
            state: seed,
        };
        for number in 0..PAGE {
            store.create(format!("item {number}"));
        }
        store
    }

    /// A token for a user; `None` for a name that is none.
    pub(crate) fn login(&mut self, user: &str) -> Option<String> {
        if user.is_empty() || user.len() > LONGEST {
            return None;
        }
        // splitmix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let token = format!("{:016x}", z ^ (z >> 31));
        if self.order.len() >= SESSIONS
            && let Some(oldest) = self.order.pop_front()
        {
            self.sessions.remove(&oldest);
        }
        self.order.push_back(token.clone());
        self.sessions.insert(token.clone(), user.to_owned());
        Some(token)
    }

    pub(crate) fn knows(&self, token: &str) -> bool {
        self.sessions.contains_key(token)
    }

    /// The id of a new item; `None` for a name that is none.
    pub(crate) fn create(&mut self, name: String) -> Option<u64> {
        if name.is_empty() || name.len() > LONGEST {
            return None;
        }
        if self.items.len() >= ITEMS {
            self.items.pop_first();
        }
        let id = self.next;
        self.next += 1;
        self.items.insert(id, name);
        Some(id)
    }

    pub(crate) fn read(&self, id: u64) -> Option<&str> {
        self.items.get(&id).map(String::as_str)
    }

    /// The newest items first.
    pub(crate) fn list(&self) -> Vec<(u64, &str)> {
        (self.items.iter().rev().take(PAGE))
            .map(|(id, name)| (*id, name.as_str()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_created_can_be_read_and_is_listed_first() {
        let mut store = Store::new(1);
        let id = store.create("tea".to_owned()).unwrap();
        assert_eq!(store.read(id), Some("tea"));
        assert_eq!(store.list()[0], (id, "tea"));
        assert_eq!(store.list().len(), PAGE);
        assert_eq!(store.read(id + 1), None);
        assert_eq!(store.read(0), None);
    }

    #[test]
    fn what_is_oldest_makes_room() {
        let mut store = Store::new(1);
        let first = store.login("ada").unwrap();
        for number in 0..ITEMS.max(SESSIONS) {
            store.create(format!("{number}")).unwrap();
            store.login("eve").unwrap();
        }
        assert!(!store.knows(&first));
        assert_eq!(store.read(1), None);
        assert_eq!((store.items.len(), store.sessions.len()), (ITEMS, SESSIONS));
        assert_eq!(store.order.len(), SESSIONS);
    }

    #[test]
    fn tokens_differ_and_names_have_bounds() {
        let mut store = Store::new(7);
        let (one, other) = (store.login("a").unwrap(), store.login("a").unwrap());
        assert_ne!(one, other);
        assert!(store.knows(&one) && store.knows(&other) && !store.knows(""));
        for name in [String::new(), "x".repeat(LONGEST + 1)] {
            assert_eq!(store.login(&name), None);
            assert_eq!(store.create(name), None);
        }
    }
}
