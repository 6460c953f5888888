#[cfg(loom)]
mod loom_models {
    use loom::sync::Arc;
    use loom::thread;

    use super::super::*;

    struct World {
        table: Table,
        /// What the newest series is; written before its slot.
        written: AtomicU32,
        /// The family has no room; written after the slot that filled it.
        closed: AtomicU32,
    }

    impl World {
        fn find(&self, hash: u32, id: u32) -> Result<u32, Miss> {
            self.table
                .find(hash, |found| (found == id).then_some(found))
        }
    }

    /// Runs both at once, in threads of their own: the model checker does not explore all of what the first thread
    /// does between spawning another and joining it.
    fn race(ids: &'static [u32], write: fn(&World), read: fn(&World)) {
        loom::model(move || {
            let world = Arc::new(World {
                table: Table::new(),
                written: AtomicU32::new(0),
                closed: AtomicU32::new(0),
            });
            for id in ids {
                assert!(world.table.insert(1, *id));
            }
            let threads = [write, read].map(|work| {
                let world = Arc::clone(&world);
                thread::spawn(move || work(&world))
            });
            for thread in threads {
                thread.join().unwrap();
            }
        });
    }

    #[test]
    fn loom_a_series_is_found_or_in_doubt_while_the_table_grows() {
        race(
            &[1],
            |world| assert!(world.table.insert(2, 2)),
            |world| {
                if let Err(miss) = world.find(1, 1) {
                    assert!(!world.table.unchanged(miss), "it was always there");
                }
            },
        );
    }

    #[test]
    fn loom_a_series_that_filled_the_family_is_found_or_in_doubt() {
        race(
            &[],
            |world| {
                assert!(world.table.insert(1, 3));
                world.closed.store(1, Release);
            },
            |world| {
                if let Err(miss) = world.find(1, 3) {
                    // As `Registry::missed` does: no room, and the table did not change meanwhile.
                    let closed = world.closed.load(Acquire) == 1;
                    assert!(!(closed && world.table.unchanged(miss)), "it was there");
                }
            },
        );
    }

    #[test]
    fn loom_whoever_sees_a_slot_sees_what_was_written_before_it() {
        race(
            // With three there is room for a fourth one: the table does not grow, only the slot can tell.
            &[5, 6, 7],
            |world| {
                world.written.store(1, Relaxed);
                assert!(world.table.insert(5, 3));
            },
            |world| {
                if world.find(5, 3).is_ok() {
                    assert_eq!(world.written.load(Relaxed), 1);
                }
            },
        );
    }

    #[test]
    fn loom_a_series_whose_slot_was_taken_by_the_next_one_is_found_or_in_doubt() {
        race(
            &[1, 2, 3],
            |world| assert!(world.table.remove(1, 1)),
            |world| {
                if let Err(miss) = world.find(1, 2) {
                    assert!(!world.table.unchanged(miss), "it was always there");
                }
            },
        );
    }

    #[test]
    fn loom_a_series_that_is_moved_is_found_or_in_doubt() {
        race(
            // In a row, so that taking out the first one moves the second one.
            &[1, 2],
            |world| assert!(world.table.remove(1, 1)),
            |world| {
                if let Err(miss) = world.find(1, 2) {
                    assert!(!world.table.unchanged(miss), "it was always there");
                }
            },
        );
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
