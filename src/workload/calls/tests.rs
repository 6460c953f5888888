use super::super::scenario::*;
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn step(endpoint: usize) -> Step {
    Step {
        endpoint,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: vec![],
        body: None,
        payload: 0,
        checks: vec![],
        captures: vec![],
    }
}

fn flow(once: bool, endpoints: &[usize]) -> Flow {
    Flow {
        name: "f".to_owned(),
        weight: 1,
        once,
        steps: endpoints.iter().map(|endpoint| step(*endpoint)).collect(),
    }
}

fn workload(model: Model, warm_up: u64, flows: Vec<Flow>) -> Workload {
    let endpoints = ["a", "b", "c"].map(|name| Endpoint {
        name: name.to_owned(),
    });
    Workload {
        name: "w".to_owned(),
        preset: None,
        target: Target::InProcess,
        model,
        warm_up: SECOND * u32::try_from(warm_up).unwrap(),
        endpoints: endpoints.to_vec(),
        flows,
        protocol: Protocol::default(),
        network: Network::default(),
        timeout: SECOND,
        body_limit: 1,
        threads: None,
        safety: Safety::default(),
        observe: SECOND,
        windows: vec![],
    }
}

fn closed(users: u32, calls_per_user: Option<u64>, delay_ms: u64, seconds: u32) -> Model {
    Model::Closed(Closed {
        start: users,
        stages: vec![UserStage {
            users,
            over: SECOND * seconds,
        }],
        calls_per_user,
        delay: Duration::from_millis(delay_ms),
    })
}

fn open(start: f64, stages: &[(f64, u32)]) -> Model {
    let stages = stages.iter().map(|(rate, seconds)| RateStage {
        rate: *rate,
        over: SECOND * *seconds,
    });
    Model::Open(Open {
        arrivals: Arrivals::Constant,
        start,
        stages: stages.collect(),
        max_in_flight: 10,
    })
}

#[test]
fn percentiles_are_read_and_other_metrics_are_not() {
    let read = |metric| percentile(metric).map(|p| (p.quantile, p.service, p.window));
    assert_eq!(read("p99"), Some((0.99, false, None)));
    assert_eq!(read("p50"), Some((0.5, false, None)));
    assert_eq!(read("p5"), Some((0.05, false, None)));
    assert_eq!(read("service-p99.9"), Some((0.999, true, None)));
    assert_eq!(read("p99@30s"), Some((0.99, false, Some(SECOND * 30))));
    for other in [
        "",
        "p",
        "p0",
        "p0.0",
        "p100",
        "p-1",
        "p99.",
        "p.9",
        "p99.9999",
        "pp99",
        "p9٩",
        "P99",
        "p99@",
        "p99@30",
        "p99@0s",
        "p99@030s",
        "p99@+3s",
        "p99@1.5s",
        "p99@99999999999999999999s",
        "pages",
        "mean",
        "service-",
        "service-mean",
        "service-service-p99",
        "p1e1",
        "p99s",
    ] {
        assert_eq!(read(other), None, "{other}");
    }
}

#[test]
fn a_percentile_needs_twenty_calls_beyond_it() {
    let cases = [
        (0.5, 40),
        (0.9, 200),
        (0.95, 400),
        (0.99, 2_000),
        (0.999, 20_000),
        (0.9999, 200_000),
    ];
    for (quantile, calls) in cases {
        assert_eq!(needed(quantile), calls, "{quantile}");
    }
    assert_eq!(needed(1.0), u64::MAX);
    assert_eq!(needed(f64::NAN), 0);
}

#[test]
fn users_who_pause_make_so_many_calls_and_no_more() {
    let one = || vec![flow(false, &[0])];
    // 9 s are measured: 91 starts at most, the one at the very beginning included.
    let paced = workload(closed(10, None, 100, 10), 1, one());
    assert_eq!(most(&paced, Of::All, None), Some(910.0));
    let counted = workload(closed(10, Some(7), 0, 10), 0, one());
    assert_eq!(most(&counted, Of::All, None), Some(70.0));
    let both = workload(closed(10, Some(1_000), 100, 10), 0, one());
    assert_eq!(most(&both, Of::All, None), Some(1_010.0));
    let free = workload(closed(10, None, 0, 10), 0, one());
    assert_eq!(most(&free, Of::All, None), None);
    assert_eq!(
        most(&free, Of::Endpoint(1), None),
        Some(0.0),
        "never called"
    );
}

#[test]
fn a_limit_of_requests_limits_them() {
    let mut free = workload(closed(10, None, 0, 10), 0, vec![flow(false, &[0])]);
    free.safety.requests = Some(30);
    assert_eq!(most(&free, Of::All, None), Some(30.0));
}

#[test]
fn arrivals_are_the_area_below_the_rate() {
    let flows = || vec![flow(false, &[0])];
    let level = workload(open(50.0, &[(50.0, 10)]), 2, flows());
    assert_eq!(most(&level, Of::All, None), Some(401.0));
    // From 0 to 100 in 10 s, of which the last 5 s count: 75 a second on average.
    let ramp = workload(open(0.0, &[(100.0, 10)]), 5, flows());
    assert_eq!(most(&ramp, Of::All, None), Some(376.0));
    let steps = workload(open(10.0, &[(10.0, 2), (0.0, 2), (0.0, 6)]), 3, flows());
    assert_eq!(most(&steps, Of::All, None), Some(3.5));
}

#[test]
fn chance_is_given_room() {
    let Model::Open(mut model) = open(100.0, &[(100.0, 4)]) else {
        unreachable!()
    };
    model.arrivals = Arrivals::Poisson;
    let random = workload(Model::Open(model), 0, vec![flow(false, &[0])]);
    assert_eq!(most(&random, Of::All, None), Some(400.0 + 1.0 + 100.0));
}

#[test]
fn steps_count_by_endpoint_and_flows_as_a_whole() {
    let flows = vec![flow(true, &[0]), flow(false, &[1, 2, 1]), flow(false, &[2])];
    let paced = workload(closed(2, None, 1_000, 9), 0, flows);
    // Two users, 10 starts each.
    assert_eq!(most(&paced, Of::Endpoint(0), None), Some(2.0));
    assert_eq!(most(&paced, Of::Endpoint(1), None), Some(40.0));
    assert_eq!(most(&paced, Of::Endpoint(2), None), Some(20.0));
    assert_eq!(most(&paced, Of::Flow(1), None), Some(20.0));
    assert_eq!(most(&paced, Of::All, None), Some(62.0));
}

#[test]
fn a_window_has_what_its_length_allows() {
    let paced = workload(closed(10, None, 100, 60), 0, vec![flow(false, &[0])]);
    assert_eq!(most(&paced, Of::All, Some(SECOND)), Some(110.0));
    assert_eq!(
        most(&paced, Of::All, Some(SECOND * 600)),
        most(&paced, Of::All, None)
    );
    let ramp = workload(open(0.0, &[(100.0, 10)]), 0, vec![flow(false, &[0])]);
    assert_eq!(most(&ramp, Of::All, Some(SECOND * 2)), Some(201.0));
}
