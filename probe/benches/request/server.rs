//! A real axum server, called in this process or over TCP, with handlers that are timed by the probe.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tollgate_probe::web::probed;
use tower_service::Service;

/// What the handler does.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Answers at once: the worst denominator that there is.
    Hello,
    /// Burns about 50 us of CPU: a small query and some JSON.
    Work,
}

/// How requests reach it.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// `Service::call`: routing and handler, no connection.
    InProcess,
    /// One blocking client that keeps its connection, one thread that serves.
    Tcp,
}

/// What is counted.
#[derive(Clone, Copy)]
pub(crate) enum Clock {
    /// What the client waits. On a machine with neighbours most of the scatter is theirs.
    Wall,
    /// CPU time of this process: client and server, and what the kernel does for them. What the probe costs is CPU time, and
    /// what others take does not show.
    Cpu,
}

impl Clock {
    fn now(self) -> Duration {
        let id = match self {
            Self::Wall => ClockId::Monotonic,
            Self::Cpu => ClockId::ProcessCPUTime,
        };
        let now = clock_gettime(id);
        Duration::from_secs(now.tv_sec.unsigned_abs())
            + Duration::from_nanos(now.tv_nsec.unsigned_abs())
    }

    fn time(self, work: impl FnOnce()) -> Duration {
        let started = self.now();
        work();
        self.now().saturating_sub(started)
    }
}

/// CPU time that [`Handler::Work`] burns.
const WORK: Duration = Duration::from_micros(50);

/// Steps of a chain of multiplications, each of which waits for the one before.
fn chain(steps: u64) -> u64 {
    let mut value = black_box(1_u64);
    for step in 0..steps {
        value = value
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(step);
    }
    black_box(value)
}

/// Steps that take [`WORK`] where nothing disturbs them. Counted once, so that both sides do the same work: a handler that
/// spun until a clock says so would hide whatever the probe costs.
fn steps_of_work() -> u64 {
    const STEPS: u64 = 20_000;
    let fastest = (0..50).map(|_| {
        let started = Instant::now();
        chain(STEPS);
        started.elapsed()
    });
    let fastest = fastest.min().unwrap_or(WORK).max(Duration::from_nanos(1));
    (WORK.as_secs_f64() / fastest.as_secs_f64() * STEPS as f64) as u64
}

fn router(handler: Handler) -> Router {
    match handler {
        Handler::Hello => {
            Router::new().route("/hello", get(probed("/hello", async || "hello, world")))
        }
        Handler::Work => {
            let steps = steps_of_work();
            let work = move || async move {
                chain(steps);
                "hello, world"
            };
            Router::new().route("/hello", get(probed("/hello", work)))
        }
    }
}

/// Something that answers requests, one after the other.
pub(crate) enum Server {
    InProcess { runtime: Runtime, router: Router },
    Tcp { client: TcpStream, answer: Vec<u8> },
}

const REQUEST: &[u8] = b"GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n";

impl Server {
    pub(crate) fn start(handler: Handler, way: Way) -> Self {
        match way {
            Way::InProcess => Self::InProcess {
                runtime: runtime(),
                router: router(handler),
            },
            Way::Tcp => Self::connect(serve(handler)),
        }
    }

    fn connect(address: SocketAddr) -> Self {
        let mut client = TcpStream::connect(address).expect("a server that listens");
        client.set_nodelay(true).expect("a TCP socket");
        client.write_all(REQUEST).expect("an open connection");
        // Every answer is as long as the first: the date in its head has a fixed length.
        let mut answer = vec![0; 4096];
        let length = client.read(&mut answer).expect("an answer");
        answer.truncate(length);
        assert!(
            answer.starts_with(b"HTTP/1.1 200 OK") && answer.ends_with(b"hello, world"),
            "another answer"
        );
        Self::Tcp { client, answer }
    }

    /// Answers so many requests; how long all of them took.
    pub(crate) fn requests(&mut self, clock: Clock, count: u64) -> Duration {
        match self {
            Self::InProcess { runtime, router } => clock.time(|| {
                runtime.block_on(async {
                    for _ in 0..count {
                        let request = Request::builder()
                            .uri("/hello")
                            .body(Body::empty())
                            .expect("a valid request");
                        let answer = router.call(request).await;
                        assert!(
                            answer.is_ok_and(|answer| answer.status().is_success()),
                            "another answer"
                        );
                    }
                });
            }),
            Self::Tcp { client, answer } => {
                let took = clock.time(|| {
                    for _ in 0..count {
                        client.write_all(REQUEST).expect("an open connection");
                        client
                            .read_exact(answer)
                            .expect("an answer of the same length");
                    }
                });
                assert!(answer.ends_with(b"hello, world"), "another answer");
                took
            }
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Serves on a thread of its own until the process ends.
fn serve(handler: Handler) -> SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("a bound socket");
    std::thread::spawn(move || {
        runtime().block_on(async move {
            let listener =
                tokio::net::TcpListener::from_std(listener).expect("a socket that does not block");
            let served = axum::serve(listener, router(handler)).await;
            served.expect("a listening socket");
        });
    });
    address
}
