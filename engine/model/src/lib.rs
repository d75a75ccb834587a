#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod bounded;
pub mod choices;
pub mod dom;
pub mod endpoint;
pub mod event_loop;
pub mod harness;
pub mod invariant;
pub mod page;
pub mod profile;
pub mod scenario;
pub mod status_code;
pub mod trace;
pub mod wire;
pub mod world;
