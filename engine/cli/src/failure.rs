//! What a command comes to.

use std::fmt;
use std::io::Write as _;

use anstream::adapter::strip_str;
use serde_json::{Value, json};

use crate::style::{ADVICE, ERROR};
use crate::words;

/// What a command came to; the program's exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing was found, and what was asked for was done.
    Fine,
    /// Something was found.
    Found,
    /// The request was wrong or could not be carried out, and that has been said.
    Wrong,
    /// Interrupted; everything is saved.
    Interrupted,
}

impl Verdict {
    /// [`Found`](Self::Found) if `found`.
    pub(crate) fn of(found: bool) -> Self {
        if found { Self::Found } else { Self::Fine }
    }
}

/// Tells on standard error what somebody should know about a request that is carried out.
pub(crate) fn note(text: impl fmt::Display) {
    // There is no place left to tell that standard error does not take it.
    _ = writeln!(anstream::stderr().lock(), "{ADVICE}note:{ADVICE:#} {text}");
}

/// Why a request could not be carried out, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    advice: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), advice: None }
    }

    pub(crate) fn advise(self, advice: impl fmt::Display) -> Self {
        Self { advice: Some(advice.to_string()), ..self }
    }

    /// What is wrong, in plain text.
    pub(crate) fn message(&self) -> String {
        strip_str(&self.message).to_string()
    }

    /// Makes it part of a summary, for programs.
    pub(crate) fn tell_in(&self, summary: &mut Value) {
        (summary["error"], summary["advice"]) = (json!(self.message()), json!(self.advice));
    }

    /// Makes all that was refused part of a summary, for programs: how many there are, and the first of them.
    pub(crate) fn tell_all_in(refused: &[Self], summary: &mut Value) {
        let [first, others @ ..] = refused else { return };
        let count = refused.len() as u64;
        summary["refused"] = json!(count);
        first.tell_in(summary);
        if !others.is_empty() {
            let told = format!("{} were refused; the first: {}", words::count(count), first.message());
            summary["error"] = json!(told);
        }
    }

    /// What programs get.
    pub(crate) fn object(&self) -> Value {
        let mut object = json!({});
        self.tell_in(&mut object);
        object
    }

    /// Tells it on standard error.
    pub(crate) fn report(&self) -> Verdict {
        let mut stream = anstream::stderr().lock();
        // There is no place left to tell that standard error does not take it.
        _ = writeln!(stream, "{ERROR}error:{ERROR:#} {}", self.message);
        if let Some(advice) = &self.advice {
            _ = writeln!(stream, "  {ADVICE}advice:{ADVICE:#} {advice}");
        }
        Verdict::Wrong
    }
}
