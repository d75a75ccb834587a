//! What fuzz targets do, as functions that tests and benchmarks call too.
//!
//! Each takes what a fuzzer has, does one thing, and says what is wrong with the result as a value; a target
//! unwraps it. None of them panics by itself on any input.

mod close_frame;
mod dispatch;
mod features;
mod frame_stream;
pub mod mutator;
mod relations;
mod reported_features;
mod target;
#[cfg(feature = "text")]
mod text;
mod two_endpoints;
mod world;

use alloc::string::String;
use core::fmt;

pub use close_frame::close_frame;
pub use dispatch::{Op, Program, dispatch};
pub use features::{FEATURE_COUNT, features};
pub use frame_stream::{FrameStreams, frame_stream};
pub use relations::{
    control_frames, determinism, privacy, refragmentation, relations, repetition, segmentation,
};
pub use reported_features::ReportedFeatures;
pub use target::{Input, TARGETS, Target, cut_stream, cuts_and_stream, target};
#[cfg(feature = "text")]
pub use text::scenario_text;
pub use two_endpoints::{two_endpoints, two_endpoints_traces};
pub use world::{Player, world};

/// An invariant that does not hold, with what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The invariant's ID, or what it is that holds no ID.
    pub invariant: &'static str,
    /// What was seen, in a sentence.
    pub detail: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is broken: {}", self.invariant, self.detail)
    }
}

impl core::error::Error for Broken {}

/// Says that `invariant` is broken unless `left` and `right` are the same.
fn same<T: PartialEq + fmt::Debug>(
    invariant: &'static str,
    what: impl fmt::Display,
    left: &T,
    right: &T,
) -> Result<(), Broken> {
    if left == right { Ok(()) } else { Err(different(invariant, &what, left, right)) }
}

#[cold]
#[inline(never)]
fn different(
    invariant: &'static str,
    what: &dyn fmt::Display,
    left: &dyn fmt::Debug,
    right: &dyn fmt::Debug,
) -> Broken {
    Broken { invariant, detail: alloc::format!("{what}: {left:?} and {right:?}") }
}
