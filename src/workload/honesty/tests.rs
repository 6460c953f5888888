use super::*;

fn driven(due: u64, late: u64, dropped: u64, cpu: Option<f64>) -> Driven {
    let mut driven = Driven::default();
    driven.generator.due = due;
    driven.generator.late = late;
    driven.generator.dropped = dropped;
    driven.generator.cpu = cpu;
    driven.generator.threads = 2;
    driven
}

#[test]
fn a_generator_at_its_limits_is_honest_and_one_above_is_not() {
    assert!(problems(&driven(1_000, 10, 10, Some(0.8))).is_empty());
    assert_eq!(problems(&driven(1_000, 11, 0, None)).len(), 1);
    assert_eq!(problems(&driven(1_000, 0, 11, None)).len(), 1);
    assert_eq!(problems(&driven(1_000, 0, 0, Some(0.801))).len(), 1);
}

#[test]
fn every_problem_is_told_with_its_numbers() {
    let problems = problems(&driven(2_000, 100, 50, Some(0.93))).join("\n");
    insta::assert_snapshot!(problems, @r#"
    100 of 2000 flows (5.0 %) began more than 1 ms late though nothing kept them but the generator; at most 1.0 % may. Lower the rate or the users, or give it a machine that is less busy
    50 of 2000 arrivals (2.5 %) were dropped because `max-in-flight` flows were under way; at most 1.0 % may be. The target is slower than the rate needs, or `max-in-flight` is too low
    the generator used 93.0 % of the time of its 2 threads; above 80.0 % it measures itself. Lower the rate or the users, or give it more `threads`
    "#);
}

#[test]
fn nothing_due_is_no_problem_of_the_generator_and_contradictions_are() {
    assert!(problems(&driven(0, 0, 0, None)).is_empty());
    assert!(problems(&driven(0, 0, 0, Some(0.0))).is_empty());
    assert_eq!(problems(&driven(0, 1, 0, None)).len(), 1);
    assert_eq!(problems(&driven(0, 0, 3, None)).len(), 1);
    assert_eq!(problems(&driven(10, 0, 0, Some(f64::NAN))).len(), 1);
    assert_eq!(problems(&driven(10, 0, 0, Some(f64::INFINITY))).len(), 1);
}
