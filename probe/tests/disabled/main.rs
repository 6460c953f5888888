//! Without the feature `record` nothing is left: no size, no behaviour. `compare.sh` beside this compares the machine
//! code as well.
#![cfg(not(feature = "record"))]

use tollgate_probe::{
    BoundCounter, BoundFloatGauge, BoundGauge, BoundHistogram, BoundTimer, Counter, Family, Timer,
};

const fn empty<T>() {
    assert!(size_of::<T>() == 0);
}

const _: () = {
    empty::<Counter>();
    empty::<tollgate_probe::Gauge>();
    empty::<tollgate_probe::FloatGauge>();
    empty::<tollgate_probe::Histogram>();
    empty::<Timer>();
    empty::<BoundCounter>();
    empty::<BoundGauge>();
    empty::<BoundFloatGauge>();
    empty::<BoundHistogram>();
    empty::<BoundTimer>();
    empty::<tollgate_probe::Lap>();
    empty::<tollgate_probe::Span<BoundTimer>>();
};

#[test]
fn whatever_is_called_nothing_is_recorded() {
    static COUNTER: Counter = Counter::new("c");
    static FAMILY: Family<Timer, 1> = Family::new("f", ["l"]);
    tollgate_probe::set_enabled(true);
    COUNTER.increment();
    assert_eq!(FAMILY.get(["x"]).time(|| 7), 7);
    assert!(!tollgate_probe::enabled());
    assert_eq!(tollgate_probe::snapshot().families, []);
}

#[cfg(feature = "axum")]
mod web {
    use http::{Request, Response};
    use tollgate_probe::web::{ProbeLayer, ProbeService, RequestFuture, probed, probed_by_path};

    type Work = std::future::Ready<Response<[u64; 5]>>;

    const _: () = {
        super::empty::<ProbeLayer>();
        assert!(size_of::<ProbeService<[u64; 5]>>() == size_of::<[u64; 5]>());
        assert!(size_of::<RequestFuture<Work>>() == size_of::<Work>());
    };

    #[test]
    fn a_probed_handler_is_as_large_as_the_handler() {
        let number = 7_u64;
        let handler = async move || number;
        let size = size_of_val(&handler);
        assert_eq!(size, 8);
        assert_eq!(size_of_val(&probed("/", handler)), size);
        assert_eq!(size_of_val(&probed_by_path(handler)), size);
        let function = |_: Request<()>| std::future::ready(Response::new(number));
        let timed = tollgate_probe::web::probed_fn("/", function);
        assert_eq!(size_of_val(&timed), size_of_val(&function));
    }
}
