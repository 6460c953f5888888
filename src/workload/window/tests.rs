use super::*;

fn window(length: u64, after: u64) -> Window {
    Window {
        endpoint: None,
        quantile: 0.5,
        length: Duration::from_secs(length),
        after: Duration::from_secs(after),
        abort_above: None,
    }
}

fn second(values: &[u64]) -> SecondOfTimes {
    let mut histogram = Histogram::new();
    for value in values {
        histogram.record(*value);
    }
    histogram.buckets().collect()
}

#[test]
fn the_worst_window_is_found_and_what_left_it_is_forgotten() {
    let mut sliding = Sliding::new(&window(2, 0));
    assert_eq!(sliding.push(second(&[10, 10])), None, "half a window");
    assert_eq!(sliding.push(second(&[20, 20, 20])), Some(20.0));
    assert_eq!(sliding.push(second(&[10; 4])), Some(10.0));
    assert_eq!(sliding.push(second(&[])), Some(10.0));
    assert_eq!(sliding.push(second(&[])), None, "no calls");
    assert_eq!(sliding.worst(), Some(20.0));
}

#[test]
fn windows_that_begin_too_early_do_not_count() {
    let mut sliding = Sliding::new(&window(2, 1));
    assert_eq!(sliding.push(second(&[1_000])), None);
    assert_eq!(sliding.push(second(&[10])), None);
    assert_eq!(sliding.push(second(&[10])), Some(10.0));
    assert_eq!(sliding.worst(), Some(10.0));
}

#[test]
fn a_run_shorter_than_its_window_has_one_over_all() {
    let mut sliding = Sliding::new(&window(30, 0));
    assert_eq!(sliding.worst(), None);
    sliding.push(second(&[]));
    assert_eq!(sliding.worst(), None, "no calls are no value");
    sliding.push(second(&[7, 7, 9]));
    assert_eq!(sliding.worst(), Some(7.0));
}

#[test]
fn a_sliding_window_says_what_a_histogram_of_its_seconds_says() {
    let mut draws = crate::workload::schedule::Draws::new(1, 0);
    let seconds: Vec<Vec<u64>> = (0..50)
        .map(|_| (0..draws.below(20)).map(|_| draws.below(1 << 30)).collect())
        .collect();
    let mut sliding = Sliding::new(&Window {
        quantile: 0.9,
        ..window(7, 0)
    });
    for end in 0..seconds.len() {
        let value = sliding.push(second(&seconds[end]));
        let mut all = Histogram::new();
        for value in seconds[(end + 1).saturating_sub(7)..=end].iter().flatten() {
            all.record(*value);
        }
        let expected = (end >= 6).then(|| all.quantile(0.9)).flatten();
        assert_eq!(value, expected.map(|value| value as f64), "{end}");
    }
}

#[test]
fn a_window_is_named_as_its_metric() {
    let mut window = window(30, 0);
    window.quantile = 0.999;
    assert_eq!(name(&window, Some("login")), "p99.9@30s of login");
    window.quantile = 0.99;
    assert_eq!(name(&window, None), "p99@30s of all");
}
