//! A slow network, made by the generator itself: no privileges, no traffic control of the kernel.
//!
//! A link has a rate each way and a round trip. What comes in is stamped as it arrives and handed on when it would have come
//! over the link: after what came before it, at the link's rate, one round trip later. Everything waits in line, so an
//! answer of many pieces is late by one round trip and not by one for each, and a TLS handshake by one for each flight.

use bytes::{Buf, Bytes, BytesMut};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes on the link at most; a sender with more waits, as for the window of TCP.
const WINDOW: usize = 1 << 20;

/// The timer knows milliseconds. Writing may be ahead of the link by so much, and the rate is exact all the same.
const AHEAD: Duration = Duration::from_millis(5);

/// Bytes that are handled at once at least: a packet.
const PACKET: usize = 1460;

/// How slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    /// One round trip.
    pub(super) delay: Duration,
    /// Bytes per second each way.
    pub(super) bandwidth: Option<u64>,
}

/// A stream over a slow link.
#[derive(Debug)]
pub(super) struct Slow<S> {
    inner: S,
    link: Link,
    piece: usize,
    /// What has come in, and when it is there.
    incoming: VecDeque<(Instant, Incoming)>,
    held: usize,
    /// When the link is free for what comes next.
    inward: Option<Instant>,
    outward: Option<Instant>,
    /// Whether the other side has ended, or failed.
    ended: bool,
    buffer: BytesMut,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
enum Incoming {
    Bytes(Bytes),
    End,
    Failure(io::Error),
}

impl<S> Slow<S> {
    pub(super) fn new(inner: S, link: Link) -> Self {
        let piece = link.bandwidth.map_or(WINDOW / 16, |rate| {
            usize::try_from(rate / 200)
                .unwrap_or(usize::MAX)
                .clamp(PACKET, WINDOW / 16)
        });
        Self {
            inner,
            link,
            piece,
            incoming: VecDeque::new(),
            held: 0,
            inward: None,
            outward: None,
            ended: false,
            buffer: BytesMut::new(),
            reading: None,
            writing: None,
        }
    }

    /// Puts what came at `now` into the line.
    fn arrived(&mut self, now: Instant, length: usize, what: Incoming) {
        // It answers what was sent, which is still on its way for as long as the link outward is busy.
        let start = [Some(now), self.inward, self.outward]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(now);
        let over = self.link.after(start, length);
        self.inward = Some(over);
        self.held += length;
        let there = over.checked_add(self.link.delay).unwrap_or(over);
        self.incoming.push_back((there, what));
    }
}

impl Link {
    /// When `length` bytes that begin at `start` are over.
    fn after(self, start: Instant, length: usize) -> Instant {
        let Some(rate) = self.bandwidth else {
            return start;
        };
        let nanoseconds =
            u128::from(length as u64).saturating_mul(1_000_000_000) / u128::from(rate.max(1));
        let time = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        start.checked_add(time).unwrap_or(start)
    }
}

/// Waits until `when`; its timer is kept for the next time.
fn wait(timer: &mut Option<Pin<Box<Sleep>>>, when: Instant, cx: &mut Context<'_>) -> Poll<()> {
    let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(when)));
    if timer.deadline() != when {
        timer.as_mut().reset(when);
    }
    timer.as_mut().poll(cx)
}

impl<S: AsyncRead + Unpin> Slow<S> {
    /// Takes in all that has come, so that it is stamped when it came.
    fn take_in(&mut self, cx: &mut Context<'_>) {
        while !self.ended && self.held < WINDOW {
            self.buffer.resize(self.piece, 0);
            let mut into = ReadBuf::new(&mut self.buffer);
            match Pin::new(&mut self.inner).poll_read(cx, &mut into) {
                Poll::Pending => return,
                Poll::Ready(Ok(())) => {
                    let length = into.filled().len();
                    self.ended = length == 0;
                    let what = if self.ended {
                        Incoming::End
                    } else {
                        Incoming::Bytes(self.buffer.split_to(length).freeze())
                    };
                    self.arrived(Instant::now(), length, what);
                }
                Poll::Ready(Err(error)) => {
                    self.ended = true;
                    self.arrived(Instant::now(), 0, Incoming::Failure(error));
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Slow<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.take_in(cx);
        let Some((there, _)) = this.incoming.front() else {
            return Poll::Pending;
        };
        let there = *there;
        ready!(wait(&mut this.reading, there, cx));
        let Some((_, what)) = this.incoming.pop_front() else {
            return Poll::Pending;
        };
        match what {
            Incoming::Bytes(mut bytes) => {
                let length = bytes.len().min(out.remaining());
                out.put_slice(&bytes[..length]);
                bytes.advance(length);
                this.held -= length;
                if !bytes.is_empty() {
                    this.incoming.push_front((there, Incoming::Bytes(bytes)));
                }
                Poll::Ready(Ok(()))
            }
            Incoming::End => {
                this.incoming.push_front((there, Incoming::End));
                Poll::Ready(Ok(()))
            }
            Incoming::Failure(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Slow<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(from) = this.outward.and_then(|free| free.checked_sub(AHEAD))
            && from > Instant::now()
        {
            ready!(wait(&mut this.writing, from, cx));
        }
        let piece = &bytes[..bytes.len().min(this.piece)];
        let written = ready!(Pin::new(&mut this.inner).poll_write(cx, piece))?;
        let now = Instant::now();
        let start = this.outward.map_or(now, |free| free.max(now));
        this.outward = Some(this.link.after(start, written));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
