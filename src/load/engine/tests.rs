//! The engine with subjects in process, in real time but short. Nothing here is asserted of how long something took; what a
//! scripted subject says of its calls is exact, as it makes up the ends of its calls itself.

mod counts;
mod stalls;
mod stops;

use super::drive;
use crate::load::{Call, Control, Reply, Subject};
use crate::workload::Model;
use crate::workload::record::{Class, Driven, Outcome};
use crate::workload::scenario::{Arrivals, Open, RateStage, Workload};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);

fn open(rate: f64, duration: Duration) -> Workload {
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

fn closed(users: u32, delay: Duration, duration: Duration) -> Workload {
    Workload {
        threads: Some(2),
        ..Workload::in_process("calls", users, delay, duration)
    }
}

fn reply(sent: Instant, done: Instant, outcome: Outcome) -> Reply {
    Reply {
        sent,
        done,
        outcome,
        class: if outcome == Outcome::Ok {
            Class::Success
        } else {
            Class::None
        },
        failed_check: None,
        connect: None,
        tls: None,
        first_byte: None,
        bytes_sent: 0,
        bytes_received: 0,
    }
}

/// Answers as its script says, and keeps account of what is alive.
struct Scripted<F> {
    script: F,
    /// Users and calls that were not dropped yet.
    alive: Arc<AtomicU64>,
    calls: Mutex<Vec<(u64, Call)>>,
}

struct Alive(Arc<AtomicU64>);

impl Alive {
    fn new(count: &Arc<AtomicU64>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<F: AsyncFn(Call) -> Reply + Send + Sync + 'static> Subject for Scripted<F> {
    type User = (u64, Alive);

    fn user(&self, number: u64) -> Self::User {
        (number, Alive::new(&self.alive))
    }

    async fn call<'a>(&'a self, user: &'a mut Self::User, call: Call) -> Reply {
        let _alive = Alive::new(&self.alive);
        self.calls.lock().unwrap().push((user.0, call));
        (self.script)(call).await
    }
}

fn scripted<F: AsyncFn(Call) -> Reply + Send + Sync + 'static>(script: F) -> Arc<Scripted<F>> {
    Arc::new(Scripted {
        script,
        alive: Arc::default(),
        calls: Mutex::default(),
    })
}

fn run<F: AsyncFn(Call) -> Reply + Send + Sync + 'static>(
    workload: &Workload,
    subject: &Arc<Scripted<F>>,
) -> Driven {
    let driven = drive(
        subject,
        &Arc::new(workload.clone()),
        1,
        &Arc::new(Control::default()),
    );
    let driven = driven.unwrap();
    assert_eq!(subject.alive.load(Ordering::SeqCst), 0, "tasks are left");
    driven
}

/// Answers at once.
async fn at_once(_call: Call) -> Reply {
    let now = Instant::now();
    reply(now, now, Outcome::Ok)
}
