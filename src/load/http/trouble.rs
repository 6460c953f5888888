//! Names for what goes wrong with connections.

use crate::workload::record::Outcome;
use std::error::Error;
use std::io::{self, ErrorKind};

/// Connecting.
pub(super) fn of_connecting(error: &io::Error) -> Outcome {
    match error.kind() {
        ErrorKind::ConnectionRefused => Outcome::Refused,
        _ => Outcome::NotConnected,
    }
}

/// Sending a request and reading its answer.
pub(super) fn of_http(error: &hyper::Error) -> Outcome {
    if error.is_parse() {
        return Outcome::Garbage;
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(error) = inner.downcast_ref::<h2::Error>() {
            return match error.get_io() {
                Some(error) => of_stream(error),
                // The library's own judgement of what it was sent; all else is what the server did to a stream.
                None if error.is_library() => Outcome::Garbage,
                None => Outcome::ClosedEarly,
            };
        }
        if let Some(error) = inner.downcast_ref::<io::Error>() {
            return of_stream(error);
        }
        source = inner.source();
    }
    Outcome::ClosedEarly
}

/// Reading and writing.
fn of_stream(error: &io::Error) -> Outcome {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if inner.is_some() {
        return Outcome::Tls;
    }
    match error.kind() {
        // hyper's words for chunks that are none.
        ErrorKind::InvalidInput | ErrorKind::InvalidData => Outcome::Garbage,
        _ => Outcome::ClosedEarly,
    }
}
