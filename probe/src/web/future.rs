//! The one future of all wrappers.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Response, StatusCode};

use super::request::{Request, Unwinding};

mod sealed {
    pub trait Sealed {}
    impl<B> Sealed for http::Response<B> {}
    impl<B, E> Sealed for Result<http::Response<B>, E> {}
}

/// What a handler or service answers with: a response, or a result with one.
pub trait Answer: sealed::Sealed {
    #[doc(hidden)]
    fn head(&mut self) -> Option<(StatusCode, &mut HeaderMap)>;
}

impl<B> Answer for Response<B> {
    #[inline]
    fn head(&mut self) -> Option<(StatusCode, &mut HeaderMap)> {
        Some((self.status(), self.headers_mut()))
    }
}

impl<B, E> Answer for Result<Response<B>, E> {
    #[inline]
    fn head(&mut self) -> Option<(StatusCode, &mut HeaderMap)> {
        self.as_mut().ok()?.head()
    }
}

/// The future of a handler or service, with its request on the clock. It needs no box: it is as large as the future it
/// wraps and 24 bytes.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct RequestFuture<F> {
    // Dropped in this order: the work ends, then the request.
    future: F,
    request: Request,
}

impl<F> RequestFuture<F> {
    /// Starts the request and calls the handler; what panics in there is counted too.
    #[inline]
    pub(super) fn call(mut request: Request, call: impl FnOnce() -> F) -> Self {
        let unwinding = Unwinding::watch(&mut request);
        let future = call();
        unwinding.returned();
        Self { future, request }
    }
}

impl<F> Future for RequestFuture<F>
where
    F: Future,
    F::Output: Answer,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        #[expect(
            unsafe_code,
            reason = "projection to the wrapped future without a dependency"
        )]
        // SAFETY: `future` is structurally pinned: nothing here moves it out of `self`, there is no `Drop` that could,
        // and `Unpin` is only derived automatically, that is if `F` is. `request` is never pinned.
        let (future, request) = unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.future), &mut this.request)
        };
        // Nothing to be done: the response must not even be looked at, or it would be copied.
        if cfg!(not(feature = "record")) {
            return future.poll(context);
        }
        let unwinding = Unwinding::watch(request);
        let mut polled = future.poll(context);
        unwinding.returned();
        if let Poll::Ready(answer) = &mut polled {
            match answer.head() {
                Some((status, headers)) => request.answered(Some(status), Some(headers)),
                None => request.answered(None, None),
            }
        }
        polled
    }
}
