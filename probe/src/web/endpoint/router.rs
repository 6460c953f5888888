//! The endpoints as a router of axum.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::RawQuery;
use axum::routing::get;
use http::header::ACCEPT;
use http::{HeaderMap, Response};

use super::{Endpoints, PIECE, negotiate, not_rendered, text_response, writer};

/// `GET /metrics` and `GET /metrics.json`, with everything since the start; [`Endpoints::router`] with windows and
/// alerts too.
///
/// ```
/// let app: axum::Router = axum::Router::new().merge(tollgate_probe::web::probe_router());
/// ```
pub fn probe_router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Endpoints::new().router()
}

impl Endpoints {
    /// `GET /metrics` and `GET /metrics.json`. The requests for them are not themselves recorded.
    pub fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        let json = self.clone();
        Router::new()
            .route(
                "/metrics",
                get(async move |headers: HeaderMap| {
                    text_in_pieces(&self, accept(&headers).as_deref()).await
                }),
            )
            .route(
                "/metrics.json",
                get(async move |RawQuery(query): RawQuery| json.json(query.as_deref())),
            )
    }
}

/// All `Accept` headers as one; a value that is not text is left out.
fn accept(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(ACCEPT).iter();
    let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// As [`metrics`](Endpoints::metrics); between pieces other tasks of the thread get their turn.
async fn text_in_pieces(endpoints: &Endpoints, accept: Option<&str>) -> Response<String> {
    let format = negotiate(accept);
    let page = endpoints.page(|_| true);
    let mut writer = writer(&page, format);
    let mut out = String::new();
    loop {
        match writer.write(&mut out, PIECE) {
            Ok(true) => Turn(false).await,
            Ok(false) => break,
            Err(std::fmt::Error) => return not_rendered(),
        }
    }
    text_response(out, format)
}

/// Ready at its second poll.
struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
