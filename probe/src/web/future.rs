//! The one future of all wrappers.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Response, StatusCode};

use super::request::{Request, Took, Unwinding};

mod sealed {
    pub trait Sealed {}
    impl<B> Sealed for http::Response<B> {}
    impl<B, E> Sealed for Result<http::Response<B>, E> {}
}

/// What a handler or service answers with: a response, or a result with one.
pub trait Answer: sealed::Sealed {
    #[doc(hidden)]
    fn status(&self) -> Option<StatusCode>;
    #[doc(hidden)]
    fn headers(&mut self) -> Option<&mut HeaderMap>;
}

impl<B> Answer for Response<B> {
    #[inline]
    fn status(&self) -> Option<StatusCode> {
        Some(Response::status(self))
    }

    fn headers(&mut self) -> Option<&mut HeaderMap> {
        Some(self.headers_mut())
    }
}

impl<B, E> Answer for Result<Response<B>, E> {
    #[inline]
    fn status(&self) -> Option<StatusCode> {
        self.as_ref().ok().map(Response::status)
    }

    fn headers(&mut self) -> Option<&mut HeaderMap> {
        self.as_mut().ok().map(Response::headers_mut)
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
        // The response is only read on the common path, and returned from where it was written: to hand out a `&mut` of it
        // makes the compiler copy it, which costs more than the record. So it also is with nothing to be done.
        if !request.runs() {
            return future.poll(context);
        }
        let unwinding = Unwinding::watch(request);
        let polled = future.poll(context);
        unwinding.returned();
        let Poll::Ready(answer) = &polled else {
            return polled;
        };
        match request.answered(answer.status()) {
            None => polled,
            Some(took) => with_header(polled, took),
        }
    }
}

#[cold]
fn with_header<A: Answer>(mut polled: Poll<A>, took: Took) -> Poll<A> {
    if let Poll::Ready(answer) = &mut polled
        && let Some(headers) = answer.headers()
    {
        took.tell(headers);
    }
    polled
}
