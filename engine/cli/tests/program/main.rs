//! The program as people and scripts meet it: what it prints, and what it exits with.

mod bad_input;
mod bench;
mod campaigns;
mod corpora;
mod faults;
#[cfg(unix)]
mod interrupted;
mod profiles;
mod reading;
mod support;
mod transcripts;
