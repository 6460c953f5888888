#[cfg(loom)]
mod loom_models {
    use loom::sync::Arc;
    use loom::thread;

    use super::super::*;

    /// One owner's labels are replaced by another's; what a reader of `labels` gets meanwhile.
    fn replaced(labels: [&'static str; 2], allowed: Option<u32>) {
        loom::model(move || {
            let state = Arc::new(AtomicU32::new(0));
            let line = Arc::new(Line::default());
            let tails: Arc<Tails> = Arc::new(Tails::new());
            let mut free = FreeTails::new();
            let (old, new) = (["a", "b"], ["c", "d"]);
            assert_eq!(write(&state, &line, &tails, &mut free, &old), Some(2));
            let writer = {
                let (state, line, tails) = (state.clone(), line.clone(), tails.clone());
                thread::spawn(move || write(&state, &line, &tails, &mut free, &new))
            };
            // In a thread of its own: see the models of the table.
            let reader = {
                let (state, line, tails) = (state.clone(), line.clone(), tails.clone());
                thread::spawn(move || {
                    let seen = matches(&state, &line, &tails, &labels);
                    assert!(seen.is_none() || seen == allowed, "{seen:?}");
                })
            };
            reader.join().unwrap();
            assert_eq!(writer.join().unwrap(), Some(4));
            assert_eq!(matches(&state, &line, &tails, &new), Some(4));
            assert_eq!(matches(&state, &line, &tails, &old), None);
        });
    }

    #[test]
    fn loom_a_reader_never_takes_one_owner_for_the_other() {
        replaced(["a", "b"], Some(2));
        replaced(["c", "d"], Some(4));
    }

    #[test]
    fn loom_a_reader_never_takes_a_mixture_of_two_owners_for_its_own() {
        replaced(["a", "d"], None);
        replaced(["c", "b"], None);
    }

    #[test]
    fn loom_a_line_that_went_to_another_series_is_not_taken_for_the_first_ones() {
        loom::model(|| {
            let states = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
            let lines = Arc::new([Line::default(), Line::default()]);
            let tails: Arc<Tails> = Arc::new(Tails::new());
            let mut free = FreeTails::new();
            // One line and one word more.
            let old = "x".repeat(48) + "oooooooo";
            let new = "x".repeat(48) + "nnnnnnnn";
            let text = old.clone();
            assert!(write(&states[0], &lines[0], &tails, &mut free, &[&text]).is_some());
            let writer = {
                let (states, lines, tails) = (states.clone(), lines.clone(), tails.clone());
                let new = new.clone();
                thread::spawn(move || {
                    // The first series gives up its tail, and the second one takes it.
                    assert_eq!(
                        write(&states[0], &lines[0], &tails, &mut free, &["short"]),
                        Some(4)
                    );
                    assert_eq!(
                        write(&states[1], &lines[1], &tails, &mut free, &[&new]),
                        Some(2)
                    );
                })
            };
            let reader = {
                let (states, lines, tails) = (states.clone(), lines.clone(), tails.clone());
                let new = new.clone();
                thread::spawn(move || {
                    assert_eq!(matches(&states[0], &lines[0], &tails, &[&new]), None);
                })
            };
            reader.join().unwrap();
            writer.join().unwrap();
            assert_eq!(matches(&states[0], &lines[0], &tails, &[&old]), None);
            assert_eq!(matches(&states[1], &lines[1], &tails, &[&new]), Some(2));
        });
    }
}

#[cfg(not(loom))]
mod models {
    use super::super::*;

    struct One {
        state: AtomicU32,
        line: Line,
        tails: Tails,
        free: FreeTails,
    }

    fn one() -> One {
        One {
            state: AtomicU32::new(0),
            line: Line::default(),
            tails: Tails::new(),
            free: FreeTails::new(),
        }
    }

    impl One {
        fn write(&mut self, labels: &[&str]) -> Option<u32> {
            write(&self.state, &self.line, &self.tails, &mut self.free, labels)
        }

        fn matches(&self, labels: &[&str]) -> Option<u32> {
            matches(&self.state, &self.line, &self.tails, labels)
        }
    }

    #[test]
    fn what_was_written_matches_and_nothing_else() {
        let mut one = one();
        assert_eq!(one.write(&["a", "bc"]), Some(2));
        assert_eq!(one.matches(&["a", "bc"]), Some(2));
        for other in [["ab", "c"], ["a", "bd"], ["", "abc"], ["a", "bc\0"]] {
            assert_eq!(one.matches(&other), None, "{other:?}");
        }
    }

    #[test]
    fn generations_rise_and_a_retired_series_matches_nothing() {
        let mut one = one();
        assert_eq!(one.write(&["a"]), Some(2));
        retire(&one.state);
        retire(&one.state);
        assert_eq!(one.matches(&["a"]), None);
        assert_eq!(one.write(&["a"]), Some(4));
        assert_eq!(one.matches(&["a"]), Some(4));
    }

    #[test]
    fn muting_changes_no_generation() {
        let mut one = one();
        one.state.store(MUTED, Relaxed);
        assert_eq!(one.write(&["a"]), Some(2));
        assert_eq!(one.state.load(Relaxed), 2 | MUTED);
        assert_eq!(one.matches(&["a"]), Some(2));
    }

    #[test]
    fn lines_of_long_text_are_used_again() {
        let mut one = one();
        let long = "x".repeat(256);
        for _ in 0..50 {
            assert!(one.write(&[&long]).is_some());
            assert!(one.matches(&[&long]).is_some());
            assert!(one.matches(&[&long[..255]]).is_none());
            assert!(one.write(&["short"]).is_some());
        }
        assert_eq!(one.free.last, 4);
        assert_eq!(one.free.free.len(), 4);
    }

    #[test]
    fn a_number_wears_out_before_its_generations_repeat() {
        let state = AtomicU32::new(0);
        assert!(!worn_out(&state));
        state.store(MUTED - 2, Relaxed);
        assert!(worn_out(&state));
    }
}
