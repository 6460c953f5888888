//! The HTTP client of workloads against real sockets: servers that behave, and servers that do everything else.

mod driver;
mod server;

mod plain;
