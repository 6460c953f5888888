//! Whole services: tower, hyper, and the layer.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::{Answer, RequestFuture};
use super::request::{self, Options};
use super::site::{Site, Sites};
use super::{SERVICES, UNMATCHED};
use crate::{Family, Timer};

static FAMILY: Family<Timer, 3> = Family::new(SERVICES, ["route", "method", "status"])
    .help("Time to the head of the response, for whole services");
static SITES: Sites = Sites::new(&FAMILY);

/// Times every request of a tower service. Generic, without a box.
///
/// With the feature `axum` and inside a `Router::layer`, the route is axum's `MatchedPath`; elsewhere, and around a whole
/// router, nobody knows it yet, and it is [`UNMATCHED`].
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use tollgate_probe::web::ProbeService;
/// let app: axum::Router = axum::Router::new();
/// let service = ProbeService::new(app.into_service::<axum::body::Body>());
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ProbeService<S> {
    inner: S,
    options: Options,
}

impl<S> ProbeService<S> {
    /// Registers nothing.
    #[inline]
    pub const fn new(inner: S) -> Self {
        Self {
            inner,
            options: Options::NONE,
        }
    }

    /// Whether responses carry `X-Response-Time`. Off, unless the application says that this is development: timings
    /// tell strangers more than they should know.
    #[must_use]
    pub fn response_time_header(self, on: bool) -> Self {
        Self {
            options: self.options.response_time_header(on),
            ..self
        }
    }
}

impl<S, B, R> Service<Request<B>> for ProbeService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = RequestFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let started = request::Request::start(|| site(&request), request.method(), self.options);
        RequestFuture::call(started, || self.inner.call(request))
    }
}

#[cfg(feature = "axum")]
#[inline]
fn site<B>(request: &Request<B>) -> Site {
    let path = request.extensions().get::<axum::extract::MatchedPath>();
    SITES.get(path.map_or(UNMATCHED, axum::extract::MatchedPath::as_str))
}

#[cfg(not(feature = "axum"))]
#[inline]
fn site<B>(_: &Request<B>) -> Site {
    SITES.get(UNMATCHED)
}

/// Makes [`ProbeService`]s.
///
/// As `Router::layer` of axum it is the shortest way to see every route, and the dearest: axum puts a box, a clone and a
/// boxed future around whatever a layer makes, also if that does nothing. Prefer [`probed`](super::probed) where a
/// hundred nanoseconds count.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProbeLayer {
    options: Options,
}

impl ProbeLayer {
    /// Registers nothing, and neither does [`Layer::layer`], which axum may call for every request.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            options: Options::NONE,
        }
    }

    /// See [`ProbeService::response_time_header`].
    #[must_use]
    pub fn response_time_header(self, on: bool) -> Self {
        Self {
            options: self.options.response_time_header(on),
        }
    }
}

impl<S> Layer<S> for ProbeLayer {
    type Service = ProbeService<S>;

    #[inline]
    fn layer(&self, inner: S) -> ProbeService<S> {
        ProbeService {
            inner,
            options: self.options,
        }
    }
}

/// Times the requests of a function, for example of the one that hyper's `service_fn` takes. `route` is the label: a
/// fixed word or template of the application, never the path of a request.
///
/// ```
/// use http::{Request, Response};
/// use tollgate_probe::web::probed_fn;
///
/// async fn hello(_: Request<()>) -> Result<Response<String>, std::convert::Infallible> {
///     Ok(Response::new("hello".into()))
/// }
/// let timed = probed_fn("/hello", hello);
/// let answer = timed(Request::new(()));
/// ```
pub fn probed_fn<F, B, T>(
    route: &str,
    function: F,
) -> impl Fn(Request<B>) -> RequestFuture<T> + Clone
where
    F: Fn(Request<B>) -> T + Clone,
    T: Future<Output: Answer>,
{
    let site = SITES.get(route);
    move |request| {
        let started = request::Request::start(|| site, request.method(), Options::NONE);
        RequestFuture::call(started, || function(request))
    }
}
