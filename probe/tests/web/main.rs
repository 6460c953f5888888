//! The web adapters against a real server of axum, over TCP.
#![cfg(feature = "axum")]
#![expect(
    clippy::expect_used,
    reason = "a test fails where its server or client does"
)]
#![cfg_attr(
    not(feature = "record"),
    allow(dead_code, reason = "only what a client sees is tested then")
)]

mod server;

#[cfg(feature = "record")]
mod counting;
#[cfg(feature = "record")]
mod endpoints;
#[cfg(feature = "record")]
mod header;
#[cfg(feature = "record")]
mod hostile;
mod wire;
