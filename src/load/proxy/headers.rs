//! Headers that are of one connection and end there.

use http::header::{self, HeaderMap, HeaderName};

/// RFC 9110, 7.6.1, and what older clients send in its place.
const OF_ONE_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Takes out what is of one hop, also what `connection` names; with chunks, a length that contradicts them. hyper writes
/// the framing of the next hop itself.
pub(super) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // Named by a client who wants the server not to see how long its body is, or for whom it is.
        .filter(|name| *name != header::CONTENT_LENGTH && *name != header::HOST)
        .collect();
    if headers.contains_key(header::TRANSFER_ENCODING) {
        headers.remove(header::CONTENT_LENGTH);
    }
    for name in named {
        headers.remove(name);
    }
    for name in OF_ONE_HOP {
        headers.remove(name);
    }
}

/// Whether it asks for another protocol on this connection.
pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
}
