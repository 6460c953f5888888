use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const MILLI: Duration = Duration::from_millis(1);

fn paused<F: Future>(work: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(work)
}

fn link(delay: u32, bandwidth: Option<u64>) -> (Slow<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(1 << 22);
    let link = Link {
        delay: MILLI * delay,
        bandwidth,
    };
    (Slow::new(near, link), far)
}

/// `time`, and what the timer's millisecond may add.
fn about(took: Duration, time: Duration) {
    assert!(
        took >= time && took <= time + 2 * MILLI,
        "{took:?}, not {time:?}"
    );
}

#[test]
fn an_answer_is_late_by_one_round_trip_whatever_its_pieces() {
    paused(async {
        let (mut near, mut far) = link(50, None);
        let began = Instant::now();
        near.write_all(b"request").await.expect("written");
        about(began.elapsed(), Duration::ZERO);
        let mut request = [0; 7];
        far.read_exact(&mut request).await.expect("read");
        let answering = tokio::spawn(async move {
            for _ in 0..10 {
                far.write_all(&[7; 100]).await.expect("written");
                tokio::time::sleep(10 * MILLI).await;
            }
            far
        });
        let mut answer = vec![0; 1000];
        near.read_exact(&mut answer).await.expect("read");
        assert_eq!(answer, [7; 1000]);
        about(began.elapsed(), 140 * MILLI);
        drop(answering);
    });
}

#[test]
fn every_exchange_waits_for_its_own_round_trip() {
    paused(async {
        let (mut near, mut far) = link(20, None);
        let began = Instant::now();
        let mut byte = [0];
        for _ in 0..5 {
            near.write_all(b"?").await.expect("written");
            far.read_exact(&mut byte).await.expect("read");
            far.write_all(b"!").await.expect("written");
            near.read_exact(&mut byte).await.expect("read");
        }
        let took = began.elapsed();
        assert!(took >= 100 * MILLI && took <= 110 * MILLI, "{took:?}");
    });
}

#[test]
fn what_comes_in_comes_at_the_rate_of_the_link() {
    paused(async {
        for rate in [100_000_u64, 10_000_000] {
            let (mut near, mut far) = link(0, Some(rate));
            let length = usize::try_from(rate / 10).expect("it fits");
            far.write_all(&vec![1; length]).await.expect("written");
            let began = Instant::now();
            let mut read = vec![0; length];
            near.read_exact(&mut read).await.expect("read");
            about(began.elapsed(), 100 * MILLI);
        }
    });
}

#[test]
fn what_goes_out_goes_at_the_rate_of_the_link_and_its_answer_waits_for_it() {
    paused(async {
        for rate in [100_000_u64, 10_000_000] {
            let (mut near, mut far) = link(30, Some(rate));
            let length = usize::try_from(rate / 10).expect("it fits");
            far.write_all(b"!").await.expect("written");
            let began = Instant::now();
            near.write_all(&vec![1; length]).await.expect("written");
            let took = began.elapsed();
            // The last piece and what may be ahead are on their way.
            assert!(
                took >= 78 * MILLI && took <= 101 * MILLI,
                "{rate}: {took:?}"
            );
            let mut byte = [0];
            near.read_exact(&mut byte).await.expect("read");
            let took = began.elapsed();
            assert!(
                took >= 130 * MILLI && took <= 133 * MILLI,
                "{rate}: {took:?}"
            );
        }
    });
}

#[test]
fn an_idle_link_saves_nothing_up() {
    paused(async {
        let (mut near, mut far) = link(0, Some(10_000));
        tokio::time::sleep(Duration::from_secs(10)).await;
        let began = Instant::now();
        far.write_all(&[1; 1000]).await.expect("written");
        let mut read = [0; 1000];
        near.read_exact(&mut read).await.expect("read");
        about(began.elapsed(), 100 * MILLI);
    });
}

#[test]
fn the_end_comes_after_everything_else_and_stays() {
    paused(async {
        let (mut near, mut far) = link(50, Some(100_000));
        far.write_all(&[1; 1000]).await.expect("written");
        drop(far);
        let began = Instant::now();
        let mut read = Vec::new();
        near.read_to_end(&mut read).await.expect("read");
        assert_eq!(read.len(), 1000);
        about(began.elapsed(), 60 * MILLI);
        assert_eq!(near.read(&mut [0; 4]).await.expect("read"), 0);
    });
}

#[test]
fn a_sender_without_end_is_held_in_bounds() {
    paused(async {
        let (mut near, mut far) = link(1000, None);
        let length = 4 * WINDOW;
        let sending = tokio::spawn(async move { far.write_all(&vec![1; length]).await });
        let mut read = vec![0; length];
        let mut filled = 0;
        while filled < length {
            filled += near.read(&mut read[filled..]).await.expect("read");
            assert!(near.held <= WINDOW + near.piece, "{}", near.held);
        }
        sending.await.expect("it ends").expect("written");
    });
}

#[test]
fn extreme_links_stay_within_time() {
    let now = Instant::now();
    let link = |bandwidth| Link {
        delay: Duration::MAX,
        bandwidth,
    };
    assert_eq!(link(None).after(now, usize::MAX), now);
    assert!(link(Some(1)).after(now, usize::MAX) >= now);
    assert_eq!(link(Some(u64::MAX)).after(now, 1), now);
    assert!(link(Some(0)).after(now, 1) > now);
}
