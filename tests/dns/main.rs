//! DNS over real sockets of loopback: what a carrier owes its clients, whatever the answers are.

#![allow(clippy::unwrap_used)] // a test that cannot go on says so by its panic
#![allow(clippy::disallowed_methods)] // tests read clocks and their environment
#![allow(clippy::print_stdout)] // how a child process tells its parent where it serves

mod carriers;
mod descriptors;
mod doq;
mod dot;
mod encrypted;
mod kdig;
mod limit;
mod pki;
mod server;
mod tcp;
mod udp;
