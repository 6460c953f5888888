//! The HTTP client of workloads against real sockets: servers that behave, and servers that do everything else.

mod driver;
mod server;
mod web;

mod checks;
mod crowd;
mod nasty;
mod plain;
mod secure;
