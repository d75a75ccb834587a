//! The targets in a table, for whoever has bytes and the name of a target: fuzzers, corpora, triage.

use super::mutator::{self, Mutator};
use super::{Broken, Program, close_frame, dispatch, frame_stream, two_endpoints, world};

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its program, its corpus and its crash files.
    pub name: &'static str,
    /// What must hold.
    pub about: &'static str,
    /// What its inputs stand for.
    pub input: Input,
    /// Does with an input what the target does.
    pub run: fn(&[u8]) -> Result<(), Broken>,
    /// Changes an input in what it stands for.
    pub mutate: Mutator,
    /// Bytes of an input, beyond which a fuzzer finds nothing new.
    pub len_max: usize,
}

/// What the bytes of a target's inputs stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// What a peer writes: a Close frame, or what looks like one.
    CloseFrame,
    /// The text of a scenario.
    ScenarioText,
    /// Places to cut at, and the stream that a peer writes ([`cuts_and_stream`]).
    CutStream,
    /// What two endpoints of ours do.
    TwoEndpoints,
    /// A program of the event dispatcher ([`Program`]).
    Program,
    /// A scenario in the form of [`bytes`](crate::scenario::bytes).
    Scenario,
}

impl Input {
    /// How many bytes belong together: an input stays one of its kind when as many are taken out or put in.
    #[must_use]
    pub fn record_len(self) -> usize {
        match self {
            Self::Program | Self::Scenario => 4,
            Self::CloseFrame | Self::ScenarioText | Self::CutStream | Self::TwoEndpoints => 1,
        }
    }
}

/// Every target, in the order of their names.
pub const TARGETS: &[Target] = &[
    Target {
        name: "close_frame",
        about: "the parsers say the same of one Close frame, in either role",
        input: Input::CloseFrame,
        run: close_frame,
        mutate: mutator::close_frame,
        len_max: 160,
    },
    Target {
        name: "dispatch",
        about: "the dispatcher calls what the DOM standard calls, in its order",
        input: Input::Program,
        run: |bytes| dispatch(&Program::decode(bytes)),
        mutate: mutator::dispatch,
        len_max: 512,
    },
    Target {
        name: "frame_stream",
        about: "frames do not depend on how TCP cuts the bytes",
        input: Input::CutStream,
        run: cut_stream,
        mutate: mutator::frame_stream,
        len_max: 160,
    },
    #[cfg(feature = "text")]
    Target {
        name: "scenario_text",
        about: "an error points into the text, and what is read survives being printed and encoded",
        input: Input::ScenarioText,
        run: |bytes| super::scenario_text(&alloc::string::String::from_utf8_lossy(bytes)),
        mutate: mutator::scenario_text,
        len_max: 4096,
    },
    Target {
        name: "two_endpoints",
        about: "our client and our server close cleanly, or know that their connection is lost",
        input: Input::TwoEndpoints,
        run: two_endpoints,
        mutate: mutator::two_endpoints,
        len_max: 512,
    },
    Target {
        name: "world",
        about: "no run breaks an invariant that its profile claims",
        input: Input::Scenario,
        run: world,
        mutate: mutator::world,
        len_max: 256,
    },
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// What an input of the target `frame_stream` holds: four places to cut at, then the stream.
#[must_use]
pub fn cuts_and_stream(bytes: &[u8]) -> ([usize; 4], &[u8]) {
    let mut cuts = [0; 4];
    let (head, stream) = bytes.split_at(bytes.len().min(cuts.len()));
    cuts[..head.len()].copy_from_slice(head);
    (cuts.map(usize::from), stream)
}

/// [`frame_stream`] of an input that holds the cuts too.
///
/// # Errors
///
/// The first difference, for either role.
pub fn cut_stream(bytes: &[u8]) -> Result<(), Broken> {
    let (cuts, stream) = cuts_and_stream(bytes);
    frame_stream(stream, &cuts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_names() {
        assert!(TARGETS.is_sorted_by_key(|target| target.name));
        assert!(target("world").is_some_and(|target| target.name == "world") && target("moon").is_none());
    }

    #[test]
    fn no_target_refuses_the_empty_input() {
        for target in TARGETS {
            assert_eq!((target.run)(&[]), Ok(()), "{}", target.name);
        }
    }
}
