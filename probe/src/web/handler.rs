//! Handlers of axum, timed one by one.

use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;

use super::future::RequestFuture;
use super::request::{self, Options};
use super::site::{Site, Sites};
use super::{REQUESTS, UNMATCHED};
use crate::{Family, Timer};

static FAMILY: Family<Timer, 3> = Family::new(REQUESTS, ["route", "method", "status"])
    .help("Time to the head of the response, by route");
static SITES: Sites = Sites::new(&FAMILY).told();

/// Times the requests of a handler under this route. The cheapest way: no box, no look-up.
///
/// ```
/// use axum::{Router, routing::get};
/// use tollgate_probe::web::probed;
///
/// async fn user() -> &'static str { "somebody" }
/// let app: Router = Router::new().route("/users/{id}", get(probed("/users/{id}", user)));
/// ```
///
/// Extractors are part of the handler: their time and their rejections count.
///
/// The [installed](crate::tracker::install) tracker hears of each request that fails, panics or is slower than an
/// immediate threshold; other trackers see requests in their windows only.
pub fn probed<H>(route: &str, handler: H) -> Probed<H> {
    Probed {
        handler,
        site: SITES.get(route),
        options: Options::NONE,
    }
}

/// Times the requests of a handler under the route that axum matched, so that nobody writes it twice. A look-up dearer
/// than [`probed`].
///
/// ```
/// use axum::{Router, routing::get};
/// use tollgate_probe::web::probed_by_path;
///
/// async fn user() -> &'static str { "somebody" }
/// let app: Router = Router::new().route("/users/{id}", get(probed_by_path(user)));
/// ```
///
/// In a fallback, where nothing matched, the route is [`UNMATCHED`].
pub fn probed_by_path<H>(handler: H) -> ProbedByPath<H> {
    ProbedByPath {
        handler,
        options: Options::NONE,
    }
}

/// See [`probed`].
#[derive(Clone, Copy, Debug)]
pub struct Probed<H> {
    handler: H,
    site: Site,
    options: Options,
}

/// See [`probed_by_path`].
#[derive(Clone, Copy, Debug)]
pub struct ProbedByPath<H> {
    handler: H,
    options: Options,
}

macro_rules! options {
    ($($name:ident)*) => {$(
        impl<H> $name<H> {
            /// Whether responses carry `X-Response-Time`. Off, unless the application says that this is development:
            /// timings tell strangers more than they should know.
            #[must_use]
            pub fn response_time_header(self, on: bool) -> Self {
                Self {
                    options: self.options.response_time_header(on),
                    ..self
                }
            }
        }
    )*};
}
options!(Probed ProbedByPath);

impl<H, T, S> Handler<T, S> for Probed<H>
where
    H: Handler<T, S>,
{
    type Future = RequestFuture<H::Future>;

    #[inline]
    fn call(self, request: Request, state: S) -> Self::Future {
        let started = request::Request::start(|| self.site, request.method(), self.options);
        RequestFuture::call(started, || self.handler.call(request, state))
    }
}

impl<H, T, S> Handler<T, S> for ProbedByPath<H>
where
    H: Handler<T, S>,
{
    type Future = RequestFuture<H::Future>;

    #[inline]
    fn call(self, request: Request, state: S) -> Self::Future {
        let started = request::Request::start(|| site(&request), request.method(), self.options);
        RequestFuture::call(started, || self.handler.call(request, state))
    }
}

#[inline]
fn site(request: &Request) -> Site {
    let path = request.extensions().get::<MatchedPath>();
    SITES.get(path.map_or(UNMATCHED, MatchedPath::as_str))
}
