//! A server, clients that speak raw HTTP/1.1 to it, and the counts that it left.

use std::net::SocketAddr;

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Held by tests that count what no route matched: there is one such series in a process.
#[cfg(feature = "record")]
pub(crate) static UNMATCHED_SERIES: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = axum::serve(listener, app).with_graceful_shutdown(async move {
            stopped.await.expect("the server is stopped, not forgotten");
        });
        let task = tokio::spawn(async move { serve.await });
        Self {
            address,
            stop,
            task,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address)
            .await
            .expect("a connection")
    }

    /// Returns when every connection has ended, so that all counts are in.
    pub(crate) async fn stop(self) {
        self.stop.send(()).expect("the server runs");
        self.task.await.expect("no panic").expect("no error");
    }

    /// Sends `text` on a connection of its own and reads until the server closes it.
    pub(crate) async fn send(&self, text: &[u8]) -> String {
        let mut connection = self.connect().await;
        connection.write_all(text).await.expect("sent");
        Self::read(connection).await
    }

    /// As [`send`](Self::send), and the server sees at once that nothing more comes.
    pub(crate) async fn send_all(&self, text: &[u8]) -> String {
        let mut connection = self.connect().await;
        // The server may answer and close before it has read all of a bad request.
        if connection.write_all(text).await.is_ok() {
            connection.shutdown().await.ok();
        }
        Self::read(connection).await
    }

    async fn read(mut connection: TcpStream) -> String {
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = connection.read(&mut chunk).await {
            answer.extend_from_slice(&chunk[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        self.send(request("GET", path).as_bytes()).await
    }
}

pub(crate) fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
}

#[cfg(feature = "record")]
#[expect(clippy::panic, reason = "a family of another kind fails the test")]
pub(crate) mod counts {
    use tollgate_probe::{Outcome, snapshot::Value};

    /// One series of requests.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) struct Count {
        pub(crate) labels: Vec<String>,
        pub(crate) outcome: Outcome,
        pub(crate) count: u64,
    }

    /// Every series of a family whose route passes, without the empty ones, in a fixed order.
    pub(crate) fn counts(family: &str, route: impl Fn(&str) -> bool) -> Vec<Count> {
        let snapshot = tollgate_probe::snapshot();
        let family = snapshot.families.iter().find(|f| &*f.name == family);
        let mut counts: Vec<_> = family
            .map_or(&[][..], |f| &f.series)
            .iter()
            .filter(|series| route(&series.labels[0]))
            .map(|series| Count {
                labels: series.labels.iter().map(ToString::to_string).collect(),
                outcome: series.outcome,
                count: match &series.value {
                    Value::Distribution(d) => d.buckets.iter().map(|(_, n)| n).sum(),
                    other => panic!("not a timer: {other:?}"),
                },
            })
            .filter(|count| count.count > 0)
            .collect();
        counts.sort();
        counts
    }

    /// As text, a line each: what tests compare with.
    pub(crate) fn lines(family: &str, route: &str) -> Vec<String> {
        counts(family, |r| r == route)
            .into_iter()
            .map(|c| {
                format!(
                    "{} {} {}",
                    c.labels[1..].join(" "),
                    c.outcome.word(),
                    c.count
                )
            })
            .collect()
    }
}
