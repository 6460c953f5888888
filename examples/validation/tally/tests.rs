use super::*;
use crate::rules::RULES;
use crate::testing::recording;

fn score(name: &str, recording: &Recording) -> RuleScore {
    let rule = RULES
        .iter()
        .find(|rule| rule.name.starts_with(name))
        .unwrap();
    RuleScore::of(rule, recording)
}

#[test]
fn names_of_rules_are_unique() {
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
}

#[test]
fn a_doubling_on_a_quiet_machine_escapes_no_rule_that_has_a_history() {
    // Ten jobs of each kind before it, for the rules that need a history.
    let mut slowdowns = vec![0; 20];
    slowdowns.extend([1500, 1500]);
    let recording = recording(&slowdowns);
    for rule in RULES {
        let score = RuleScore::of(rule, &recording);
        let found = Count {
            judged: 2,
            slower: 2,
            faster: 0,
        };
        assert_eq!(score.injected[&1500], found, "{}", rule.name);
    }
}

#[test]
fn sides_that_differ_in_nothing_are_passed_by_tollgate_at_the_first_look_that_can_claim() {
    let recording = recording(&[0; 6]);
    let score = score("tollgate, +5 %, 1 check", &recording);
    assert_eq!(
        score.unchanged(),
        Count {
            judged: 6,
            slower: 0,
            faster: 0
        }
    );
    assert_eq!(score.processes(), Some(16.0));
    assert!((score.seconds().unwrap() - 0.16).abs() < 1e-12);
    let verdicts = verdicts(&recording, Budget::new(0.05, 0.02, 1));
    let due = Verdicts {
        judged: 6,
        unchanged: 6,
        pairs: 48,
        ..Verdicts::default()
    };
    assert_eq!(verdicts, BTreeMap::from([(0, due)]));
}

#[test]
fn quiet_and_disturbed_jobs_are_counted_apart_and_have_histories_of_their_own() {
    let recording = recording(&[0; 5]);
    let sequential = score("minimum of 10 processes a side, 5 %", &recording);
    assert_eq!(
        (sequential.quiet.judged, sequential.disturbed.judged),
        (3, 2)
    );
    // The first of each kind has no previous job; Bencher needs ten.
    let previous = score("github-action-benchmark, 110", &recording);
    assert_eq!((previous.quiet.judged, previous.disturbed.judged), (2, 1));
    let history = score("Bencher, t-test", &recording);
    assert_eq!(history.unchanged().judged, 0);
    assert_eq!((history.processes(), history.seconds()), (None, None));
}

#[test]
fn estimates_are_what_was_injected() {
    let recording = recording(&[0, 30, 30]);
    let all = estimates(&recording);
    assert_eq!(all.keys().copied().collect::<Vec<_>>(), [(0, 0), (0, 30)]);
    for ((_, slowdown), estimates) in all {
        let truth = f64::from(slowdown) / 1000.0;
        assert!((estimates.quantile(0.5) - truth).abs() < 5e-4, "{slowdown}");
        assert!(estimates.covered <= estimates.len());
        assert!(estimates.scatter() < 3.0, "{}", estimates.scatter());
    }
}
