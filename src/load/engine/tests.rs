//! The engine with subjects in process, in real time but short.

use crate::load::in_process_with;
use crate::workload::Workload;
use std::sync::Arc;
use std::time::Duration;

fn open(rate: f64, duration: Duration) -> Workload {
    use crate::workload::Model;
    use crate::workload::scenario::{Arrivals, Open, RateStage};
    Workload {
        model: Model::Open(Open {
            arrivals: Arrivals::Constant,
            start: rate,
            stages: vec![RateStage {
                rate,
                over: duration,
            }],
            max_in_flight: 1000,
        }),
        threads: Some(2),
        ..Workload::in_process("calls", 1, Duration::ZERO, duration)
    }
}

#[test]
fn an_open_run_makes_exactly_the_calls_of_its_schedule() {
    let mut workload = open(500.0, Duration::from_millis(600));
    workload.warm_up = Duration::from_millis(200);
    let record = in_process_with(&workload, 1, &Arc::default(), async |_| ()).unwrap();
    let driven = record.driven;
    assert_eq!(driven.window, Duration::from_millis(400));
    assert_eq!(driven.generator.due, 200);
    assert_eq!(driven.generator.dropped, 0);
    assert_eq!(driven.endpoints[0].judged.response.len(), 200);
    assert_eq!(
        driven
            .seconds
            .iter()
            .map(|second| second.calls)
            .sum::<u64>(),
        200
    );
}

#[test]
fn paced_users_make_exactly_the_calls_of_their_pace() {
    let mut workload = Workload::in_process(
        "calls",
        8,
        Duration::from_millis(10),
        Duration::from_millis(300),
    );
    workload.threads = Some(2);
    let record = in_process_with(&workload, 1, &Arc::default(), async |_| ()).unwrap();
    assert_eq!(record.driven.generator.due, 8 * 30);
    assert_eq!(record.driven.endpoints[0].judged.service.len(), 8 * 30);
}
