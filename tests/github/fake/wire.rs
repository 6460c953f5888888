//! Connections that end as a test wants them to.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Connections that can be broken by what answers on them.
pub(super) struct Lines(pub(super) TcpListener);

/// How a connection ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// When both sides are done.
    Orderly,
    /// By RST instead of the next byte.
    Reset,
    /// By FIN after the head and half of a body of so many bytes.
    HalfABody(usize),
    /// By FIN after so many bytes.
    After(usize),
}

/// The hand that a handler has on its connection.
#[derive(Clone)]
pub(super) struct Line(Arc<Mutex<Ending>>);

impl Line {
    pub(super) fn set(&self, ending: Ending) {
        *self.0.lock().unwrap() = ending;
    }
}

pub(super) struct Wire {
    stream: TcpStream,
    line: Line,
}

impl Listener for Lines {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        let line = Line(Arc::new(Mutex::new(Ending::Orderly)));
        (Wire { stream, line }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().line.clone()
    }
}

impl Wire {
    /// How much of `bytes` may still be written.
    fn allowed(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut ending = self.line.0.lock().unwrap();
        if let Ending::HalfABody(body) = *ending {
            // hyper writes the head at once.
            let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
            *ending = Ending::After(head.map_or(0, |at| at + 4) + body / 2);
        }
        match *ending {
            Ending::Orderly | Ending::HalfABody(_) => Ok(bytes.len()),
            Ending::After(0) => Err(io::ErrorKind::BrokenPipe.into()),
            Ending::After(left) => Ok(left.min(bytes.len())),
            Ending::Reset => {
                // What is unsent is thrown away on close, and the peer gets RST instead of FIN.
                self.stream.set_zero_linger()?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
    }

    fn written(&self, n: usize) {
        let mut ending = self.line.0.lock().unwrap();
        if let Ending::After(left) = *ending {
            *ending = Ending::After(left - n);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = self.allowed(bytes)?;
        let written = Pin::new(&mut self.stream).poll_write(cx, &bytes[..allowed]);
        if let Poll::Ready(Ok(n)) = written {
            self.written(n);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
