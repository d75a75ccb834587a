//! Campaigns, search and shrinking over the wasclean model.
//!
//! The model answers what happens for a scenario and a source of choices; this crate brings the sources that need
//! a generator, a thread or a file, and what is done with what they find.
#![forbid(unsafe_code)]

pub mod campaign;
pub mod census;
pub mod conform;
pub mod digest;
pub mod dissect;
pub mod exhaustive;
pub mod explain;
pub mod faults;
pub mod finding;
pub mod folder;
pub mod outcomes;
pub mod recording;
pub mod relation;
pub mod resume;
pub mod seeded;
pub mod shrink;
pub mod triage;

mod collector;
mod drawn;
mod judge;
mod odds;
mod plan;
mod play;
mod report;
mod watch;
mod worker;
