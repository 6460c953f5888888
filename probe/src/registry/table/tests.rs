#[cfg(loom)]
mod loom_models {
    use loom::sync::Arc;
    use loom::thread;

    use super::super::*;

    /// Series that are in use, one bit each; what a reader checks of a candidate.
    struct World {
        table: Table,
        live: AtomicU32,
        closed: AtomicU32,
    }

    fn world() -> Arc<World> {
        Arc::new(World {
            table: Table::new(),
            live: AtomicU32::new(0),
            closed: AtomicU32::new(0),
        })
    }

    impl World {
        fn add(&self, hash: u32, id: u32) {
            self.live.store(self.live.load(Relaxed) | 1 << id, Relaxed);
            assert!(self.table.insert(hash, id));
        }

        fn find(&self, hash: u32, id: u32) -> Result<u32, Miss> {
            self.table.find(hash, |found| {
                // Whoever sees a slot sees what was written before it.
                assert_ne!(self.live.load(Relaxed) & 1 << found, 0);
                (found == id).then_some(found)
            })
        }
    }

    #[test]
    fn loom_a_series_is_found_whole_or_its_absence_is_in_doubt() {
        loom::model(|| {
            let world = world();
            world.add(1, 1);
            let writer = {
                let world = Arc::clone(&world);
                // With three the smallest table grows.
                thread::spawn(move || {
                    world.add(2, 2);
                    world.add(1, 3);
                    world.closed.store(1, Release);
                })
            };
            if let Err(miss) = world.find(1, 1) {
                assert!(!world.table.unchanged(miss), "it was always there");
            }
            if let Err(miss) = world.find(1, 3) {
                // As `Registry::missed` does: the family has no room, and the table did not change meanwhile.
                let closed = world.closed.load(Acquire) == 1;
                assert!(!(closed && world.table.unchanged(miss)), "it was there");
            }
            writer.join().unwrap();
            assert_eq!(world.find(1, 3), Ok(3));
        });
    }

    #[test]
    fn loom_a_series_that_is_moved_is_found_or_in_doubt() {
        loom::model(|| {
            let world = world();
            // In a row, so that taking out the first one moves the second one.
            world.add(1, 1);
            world.add(1, 2);
            let writer = {
                let world = Arc::clone(&world);
                thread::spawn(move || assert!(world.table.remove(1, 1)))
            };
            if let Err(miss) = world.find(1, 2) {
                assert!(!world.table.unchanged(miss), "it was always there");
            }
            writer.join().unwrap();
            assert_eq!(world.find(1, 2), Ok(2));
            let miss = world.find(1, 1).unwrap_err();
            assert!(world.table.unchanged(miss));
        });
    }
}

#[cfg(not(loom))]
mod models {
    use std::collections::BTreeSet;

    use super::super::*;

    fn found(table: &Table, hash: u32, id: u32) -> bool {
        table
            .find(hash, |found| (found == id).then_some(()))
            .is_ok()
    }

    #[test]
    fn an_empty_table_finds_nothing_and_is_sure_of_it() {
        let table = Table::new();
        let miss = table.find(0, Some).unwrap_err();
        assert!(table.unchanged(miss));
        assert!(!table.remove(0, 1));
    }

    #[test]
    fn a_miss_is_in_doubt_after_any_change() {
        let table = Table::new();
        let miss = table.find(7, Some).unwrap_err();
        assert!(table.insert(7, 1));
        assert!(!table.unchanged(miss));
        let miss = table.find(8, Some).unwrap_err();
        assert!(table.remove(7, 1));
        assert!(!table.unchanged(miss));
    }

    #[test]
    fn what_was_inserted_is_found_until_it_is_removed() {
        // Hashes that crowd around the end of the table, so that rows wrap; against a set as the model.
        let (mut model, table) = (BTreeSet::new(), Table::new());
        let mut random = 1_u64;
        for step in 0..if cfg!(miri) { 200 } else { 20_000 } {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let id = (random >> 33) as u32 % 200 + 1;
            let hash = (id % 13).wrapping_sub(5);
            if model.remove(&(hash, id)) {
                assert!(table.remove(hash, id));
            } else {
                model.insert((hash, id));
                assert!(table.insert(hash, id));
            }
            assert_eq!(table.used.load(Relaxed) as usize, model.len());
            if step % 16 == 0 {
                for id in 1..=200_u32 {
                    let hash = (id % 13).wrapping_sub(5);
                    assert_eq!(found(&table, hash, id), model.contains(&(hash, id)));
                }
            }
        }
    }

    #[test]
    fn a_full_table_says_so() {
        let table = Table::new();
        let most = if cfg!(miri) {
            100
        } else {
            (SMALLEST << (LEVELS - 1)) as u32 / 2
        };
        for id in 1..=most {
            assert!(table.insert(id.wrapping_mul(0x9e37_79b9), id));
        }
        if !cfg!(miri) {
            assert!(!table.insert(1, most + 1));
        }
        assert!(found(&table, most.wrapping_mul(0x9e37_79b9), most));
    }
}
