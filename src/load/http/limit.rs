//! The time limit of calls.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::task::coop::unconstrained;
use tokio::time::{Sleep, sleep_until};

/// One timer for all calls of a user.
///
/// It is not set anew for every call: it rings at the end of some earlier call's time, and only then is it set to the end of
/// the present one's. So a call costs no more than a look at it, and a user costs one needless ring in each time limit.
#[derive(Debug, Default)]
pub(super) struct Limit {
    timer: Option<Pin<Box<Sleep>>>,
}

impl Limit {
    /// What `work` gives, or `None` where it has not by `deadline`. What is ready is taken, however late.
    pub(super) async fn hold<F: Future>(
        &mut self,
        deadline: Instant,
        mut work: Pin<&mut F>,
    ) -> Option<F::Output> {
        poll_fn(|cx| {
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            self.poll(deadline, cx).map(|()| None)
        })
        .await
    }

    fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = deadline.into();
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        loop {
            // A body that never ends uses up what a task may do at a time; the limit must be looked at all the same.
            std::task::ready!(Pin::new(&mut unconstrained(timer.as_mut())).poll(cx));
            if timer.deadline() == deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::pin::pin;
    use std::time::Duration;
    use tokio::time::sleep;

    fn paused<F: Future>(work: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime")
            .block_on(work)
    }

    fn now() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    #[test]
    fn each_call_has_its_whole_time_though_the_timer_is_older() {
        paused(async {
            let mut limit = Limit::default();
            let second = Duration::from_secs(1);
            for _ in 0..3 {
                let quick = pin!(sleep(second * 6 / 10));
                assert_eq!(limit.hold(now() + second, quick).await, Some(()));
            }
            let began = now();
            let never = pin!(pending::<()>());
            assert_eq!(limit.hold(began + second, never).await, None);
            let took = now() - began;
            assert!(took >= second && took < second + Duration::from_millis(5));
        });
    }

    #[test]
    fn a_shorter_time_after_a_longer_one_holds() {
        paused(async {
            let mut limit = Limit::default();
            let long = pin!(sleep(Duration::from_secs(1)));
            let deadline = now() + Duration::from_secs(100);
            assert_eq!(limit.hold(deadline, long).await, Some(()));
            let began = now();
            let never = pin!(pending::<()>());
            let deadline = began + Duration::from_secs(1);
            assert_eq!(limit.hold(deadline, never).await, None);
            assert!(now() - began < Duration::from_secs(2));
        });
    }

    #[test]
    fn what_is_ready_is_taken_though_it_is_late() {
        paused(async {
            let ready = pin!(async { 7 });
            assert_eq!(Limit::default().hold(now(), ready).await, Some(7));
        });
    }
}
