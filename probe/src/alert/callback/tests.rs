use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

use super::*;

fn publish(subscribers: &Subscribers<u32>, things: impl IntoIterator<Item = u32>) {
    for thing in things {
        subscribers.publish(&Arc::new(thing));
    }
}

/// A subscriber that writes down what it hears.
fn listener(subscribers: &Subscribers<u32>) -> (Subscription, mpsc::Receiver<u32>) {
    let (heard, hears) = mpsc::channel();
    let subscription = subscribers.subscribe(move |thing| {
        // A test that is over has dropped the other end.
        heard.send(*thing).unwrap_or_default();
    });
    (subscription, hears)
}

#[cfg(feature = "record")]
fn count(name: &str) -> u64 {
    let families = crate::snapshot().families;
    let series = families
        .into_iter()
        .filter(|f| &*f.name == name)
        .flat_map(|f| f.series);
    series
        .map(|s| match s.value {
            crate::snapshot::Value::Counter(n) => n,
            _ => 0,
        })
        .sum()
}

#[test]
fn everybody_is_told_once_and_in_order() {
    let subscribers = Subscribers::default();
    let (_first, one) = listener(&subscribers);
    let (_second, two) = listener(&subscribers);
    publish(&subscribers, [1, 2]);
    assert!(one.try_recv().is_err(), "publishing runs nothing");
    subscribers.deliver();
    publish(&subscribers, [3]);
    subscribers.deliver();
    subscribers.deliver();
    assert_eq!(one.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(two.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn dropping_and_unsubscribing_end_and_keeping_does_not() {
    let subscribers = Subscribers::default();
    let (dropped, one) = listener(&subscribers);
    let (ended, two) = listener(&subscribers);
    let (kept, three) = listener(&subscribers);
    publish(&subscribers, [1]);
    drop(dropped);
    ended.unsubscribe();
    kept.keep();
    publish(&subscribers, [2]);
    subscribers.deliver();
    assert_eq!(
        one.iter().count() + two.iter().count(),
        0,
        "their senders are gone"
    );
    assert_eq!(three.try_iter().collect::<Vec<_>>(), [1, 2]);
    assert!(subscribers.any());
}

#[test]
fn ended_subscriptions_leave_nothing_behind() {
    let subscribers = Subscribers::<u32>::default();
    for _ in 0..10_000 {
        subscribers.subscribe(|_| {}).unsubscribe();
    }
    assert!(lock(&subscribers.list).len() <= 1);
    assert!(!subscribers.any());
}

#[test]
fn a_subscription_may_outlive_what_it_listens_to() {
    let subscribers = Subscribers::<u32>::default();
    let subscription = subscribers.subscribe(|_| {});
    drop(subscribers);
    drop(subscription);
}

#[test]
fn a_panic_is_caught_and_counted_and_the_next_notice_comes() {
    #[cfg(feature = "record")]
    let before = count("probe_callback_panics_total");
    let subscribers = Subscribers::default();
    let (heard, hears) = mpsc::channel();
    let _fragile = subscribers.subscribe(move |thing: &u32| {
        heard.send(*thing).unwrap();
        assert_ne!(*thing % 2, 1, "odd");
    });
    let (_other, other) = listener(&subscribers);
    publish(&subscribers, 1..=4);
    subscribers.deliver();
    assert_eq!(hears.try_iter().collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(other.try_iter().count(), 4);
    #[cfg(feature = "record")]
    assert!(count("probe_callback_panics_total") >= before + 2);
}

#[test]
fn a_panic_whose_payload_panics_is_survived_and_so_is_a_capture_that_panics() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let subscribers = Subscribers::default();
    let bomb = subscribers.subscribe(|_: &u32| std::panic::panic_any(Bomb));
    let (_other, other) = listener(&subscribers);
    publish(&subscribers, [1]);
    subscribers.deliver();
    bomb.unsubscribe();
    let captured = Bomb;
    subscribers
        .subscribe(move |_| assert!(size_of_val(&captured) == 0))
        .unsubscribe();
    assert_eq!(other.try_iter().count(), 1);
}

/// One thread is stuck in a callback; the other delivers to everybody else, and the stuck one is not called again
/// before it returns, and then by its own thread.
#[test]
fn a_callback_that_blocks_holds_up_its_own_thread_only() {
    let subscribers = Arc::new(Subscribers::default());
    let (entered, enters) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let inside = Arc::new(AtomicUsize::new(0));
    let _stuck = subscribers.subscribe({
        let inside = Arc::clone(&inside);
        move |thing: &u32| {
            assert_eq!(inside.fetch_add(1, SeqCst), 0, "only one at a time");
            entered.send((*thing, thread::current().id())).unwrap();
            released.recv().unwrap();
            inside.fetch_sub(1, SeqCst);
        }
    });
    let (_other, other) = listener(&subscribers);
    publish(&subscribers, [1]);
    thread::scope(|scope| {
        let delivering = scope.spawn(|| subscribers.deliver());
        let blocked = enters.recv().unwrap();
        assert_eq!(blocked, (1, delivering.thread().id()));
        publish(&subscribers, [2]);
        subscribers.deliver();
        assert_eq!(other.try_iter().last(), Some(2));
        assert!(enters.try_recv().is_err(), "not called while it is blocked");
        release.send(()).unwrap();
        assert_eq!(enters.recv().unwrap(), (2, delivering.thread().id()));
        release.send(()).unwrap();
        delivering.join().unwrap();
    });
    subscribers.deliver();
    assert!(enters.try_recv().is_err(), "told once");
}

#[test]
fn what_waits_for_a_blocked_callback_is_bounded_and_the_oldest_goes() {
    #[cfg(feature = "record")]
    let before = count("probe_notices_dropped_total");
    let subscribers = Subscribers::default();
    let (_one, hears) = listener(&subscribers);
    let all = INBOX as u32 + 10;
    publish(&subscribers, 0..all);
    subscribers.deliver();
    assert_eq!(
        hears.try_iter().collect::<Vec<_>>(),
        (10..all).collect::<Vec<_>>()
    );
    #[cfg(feature = "record")]
    assert!(count("probe_notices_dropped_total") >= before + 10);
}

#[test]
fn a_callback_may_subscribe_publish_deliver_and_end_itself() {
    let subscribers = Arc::new(Subscribers::default());
    let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let (late, hears_late) = mpsc::channel();
    let mut calls = 0;
    let subscription = subscribers.subscribe({
        let (subscribers, own) = (Arc::clone(&subscribers), Arc::clone(&own));
        move |thing: &u32| {
            calls += 1;
            assert_eq!((calls, *thing), (1, 1), "it has ended itself");
            let late = late.clone();
            subscribers
                .subscribe(move |thing| late.send(*thing).unwrap())
                .keep();
            publish(&subscribers, [2]);
            subscribers.deliver();
            drop(lock(&own).take());
        }
    });
    *lock(&own) = Some(subscription);
    publish(&subscribers, [1]);
    subscribers.deliver();
    publish(&subscribers, [3]);
    subscribers.deliver();
    assert_eq!(hears_late.try_iter().collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_callback_that_causes_its_own_notices_does_not_run_forever() {
    let subscribers = Arc::new(Subscribers::default());
    let calls = Arc::new(AtomicUsize::new(0));
    let _echo = subscribers.subscribe({
        let (subscribers, calls) = (Arc::clone(&subscribers), Arc::clone(&calls));
        move |thing: &u32| {
            calls.fetch_add(1, SeqCst);
            publish(&subscribers, [*thing]);
        }
    });
    publish(&subscribers, [1]);
    subscribers.deliver();
    assert_eq!(calls.load(SeqCst), INBOX);
}

#[test]
fn many_threads_deliver_every_notice_exactly_once() {
    let subscribers = Arc::new(Subscribers::default());
    let (_one, hears) = listener(&subscribers);
    thread::scope(|scope| {
        for start in 0..4 {
            let subscribers = &subscribers;
            scope.spawn(move || {
                for thing in start * 50..start * 50 + 50 {
                    publish(subscribers, [thing]);
                    subscribers.deliver();
                }
            });
        }
    });
    subscribers.deliver();
    let mut heard: Vec<_> = hears.try_iter().collect();
    heard.sort_unstable();
    assert_eq!(heard, (0..200).collect::<Vec<_>>());
}
