use super::*;

fn log(base: &[f64], candidate: &[f64]) -> Option<f64> {
    change(base, candidate).map(Change::log)
}

#[test]
fn zero_to_zero_is_no_change() {
    assert_eq!(log(&[0.0], &[0.0]), Some(0.0));
    assert_eq!(log(&[0.0], &[-0.0]), Some(0.0));
}

#[test]
fn from_zero_and_to_zero_is_infinite() {
    assert_eq!(log(&[0.0, 0.0], &[3.0, 3.0]), Some(f64::INFINITY));
    assert_eq!(log(&[0.0, 0.0], &[3.0, 4.0]), Some(f64::INFINITY));
    assert_eq!(log(&[3.0, 4.0], &[0.0, 0.0]), Some(f64::NEG_INFINITY));
    assert_eq!(log(&[0.0, 0.0], &[0.0, 4.0]), None);
}

#[test]
fn extreme_counts_do_not_overflow() {
    let change = log(&[f64::MIN_POSITIVE], &[f64::MAX]).unwrap();
    assert!(change.is_finite() && change > 1400.0);
}

#[test]
fn what_varies_or_is_no_count_is_left_to_statistics() {
    assert_eq!(log(&[1.0, 2.0], &[1.0, 1.0]), None);
    assert_eq!(log(&[], &[1.0]), None);
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(log(&[wrong], &[1.0]), None, "{wrong}");
        assert_eq!(log(&[0.0], &[wrong]), None, "{wrong}");
        assert_eq!(log(&[0.0], &[1.0, wrong]), None, "{wrong}");
    }
}

#[test]
fn counts_repeat_and_times_do_not() {
    assert!(repeats_exactly(&Metric::lower("allocations", Unit::Count)));
    assert!(repeats_exactly(&Metric::lower("binary-size", Unit::Bytes)));
    assert!(!repeats_exactly(&Metric::lower("peak-rss", Unit::Bytes)));
    assert!(!repeats_exactly(&Metric::time()));
}
