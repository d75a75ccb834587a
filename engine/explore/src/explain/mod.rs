//! Why a page saw this code, this reason, this wasClean, and an `error` event or none: a chain of facts.
//!
//! The chain is derived from the entries of a trace and from what the texts say, and from nothing else: not from the
//! model that wrote the trace. So a trace of a broken model, or a recording of a user agent, is explained just as well,
//! and where what was seen is not what follows from the facts, the chain says so. Where a knob of the scenario's
//! profile decides it, [`explain_replay`] names the knob.

mod answers;
mod knobs;
mod lifetime;
mod story;

use wasclean_model::trace::{SocketId, Trace};

use crate::conform::Setting;

pub use knobs::explain_replay;
use story::Story;

/// What is known about one WebSocket at the end of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The WebSocket.
    pub socket: SocketId,
    /// The row of the table of outcomes that tells most of what became of it, if one does: the end of its document, its
    /// worker or its object, if the page was told nothing, and else the end of its connection.
    pub row: Option<&'static str>,
    /// Questions, in the order in which one would ask them.
    pub answers: Vec<Answer>,
}

/// A question about what the page saw, the answer, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What is asked.
    pub about: Question,
    /// What the page saw.
    pub text: String,
    /// Why, each fact because of those after it.
    pub facts: Vec<Fact>,
    /// What should have been seen, if something else was: the rule that is broken.
    pub contradiction: Option<Fact>,
    /// The knobs of the profile that allow the contradiction: with their values under `standard` there would be none.
    pub knobs: Vec<Setting>,
}

/// What one asks about what the page saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Why this `code`?
    Code,
    /// Why this `reason`?
    Reason,
    /// Why this `wasClean`?
    WasClean,
    /// Why an `error` event, or none?
    Error,
    /// What set the end in motion?
    Beginning,
    /// Why is the close event a plain Event?
    CloseEvent,
    /// Why was there no close event?
    NoCloseEvent,
}

impl Question {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Reason => "reason",
            Self::WasClean => "was-clean",
            Self::Error => "error",
            Self::Beginning => "beginning",
            Self::CloseEvent => "close-event",
            Self::NoCloseEvent => "no-close-event",
        }
    }
}

impl Answer {
    /// Whether what was seen follows from the facts, or from a knob.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.contradiction.is_none() || !self.knobs.is_empty()
    }
}

/// Something that happened, or did not, or that a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The entry that shows it.
    pub entry: Option<usize>,
    /// The fact.
    pub text: String,
    /// The requirements that make it count, separated by commas.
    pub sources: &'static str,
}

impl Fact {
    fn at(entry: usize, text: impl Into<String>, sources: &'static str) -> Self {
        Self { entry: Some(entry), text: text.into(), sources }
    }

    fn rule(text: impl Into<String>, sources: &'static str) -> Self {
        Self { entry: None, text: text.into(), sources }
    }
}

impl Explanation {
    /// Whether everything that was seen follows from the facts, or from a knob.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.answers.iter().all(Answer::is_consistent)
    }
}

/// Explains what the page saw of each WebSocket of `trace`, in the order of construction.
#[must_use]
pub fn explain(trace: &Trace) -> Vec<Explanation> {
    story::sockets(trace).map(|socket| answers::explanation(&Story::new(trace, socket))).collect()
}

#[cfg(test)]
mod tests;
