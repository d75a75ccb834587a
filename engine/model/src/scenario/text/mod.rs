//! The text form of a scenario: a TOML file that a person writes and reviews.
//!
//! One file is one scenario. The tables are TOML; the calls of the page and the steps of the peers are strings in
//! two small languages: the calls are written as in JavaScript, a step is a verb and its operands.
//! An error has line and column inside the file, even in the middle of such a string, and says what to write
//! instead. The form carries the same information as the value, with one exception: a Number that is not a number
//! has 2^53 - 2 bit patterns, which script cannot tell apart, and they are all written `NaN`.

mod agent;
mod call_print;
mod call_read;
mod document;
mod error;
mod knobs;
mod lexer;
mod near;
mod number;
mod origin;
mod print;
mod step_print;
mod step_read;
mod string;
mod toml_string;
mod value;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use alloc::string::String;

pub use error::TextError;

use super::Scenario;

/// The scenario that `source` describes.
///
/// ```
/// use wasclean_model::scenario::text;
///
/// let source = r#"
/// format = 1
/// profile = "standard"
///
/// [page]
/// main = [
///   'new WebSocket("ws://a.test/")',
///   'ws0.onopen = f1',
/// ]
/// f1 = ['ws0.close(1000, "bye")']
///
/// [[peer]]
/// steps = ['accept', 'wait close', 'echo', 'fin']
/// "#;
/// let scenario = text::parse(source)?;
/// assert_eq!(scenario.page.functions.len(), 2);
/// assert_eq!(scenario.peers[0].steps.len(), 4);
/// assert_eq!(text::parse(&text::print(&scenario))?, scenario);
///
/// let error = text::parse(&source.replace("echo", "ehco")).unwrap_err();
/// assert_eq!(error.to_string(), "13:35: unknown step `ehco`; did you mean `echo`?");
/// # Ok::<(), text::TextError>(())
/// ```
///
/// # Errors
///
/// The first thing in `source` that is no TOML, is unknown, or is beyond the [bounds](super::bounds) of a scenario.
pub fn parse(source: &str) -> Result<Scenario, TextError> {
    document::Document::new(source).scenario()
}

/// As [`parse`], but what the scenario is said to break must be one of `invariants`, which a scenario does not know.
///
/// # Errors
///
/// Those of [`parse`], and an ID that is none of `invariants`.
pub fn parse_among(source: &str, invariants: &[&str]) -> Result<Scenario, TextError> {
    document::Document::new(source).among(invariants).scenario()
}

/// `scenario` as a file, in the one form that every equal scenario has.
///
/// Within the [bounds](super::bounds), [`parse`] gives back an equal scenario, where all Numbers that are not a
/// number are [`f64::NAN`]. A function that is named and not there is printed as an empty one, which does the same.
#[must_use]
pub fn print(scenario: &Scenario) -> String {
    print::print(scenario)
}
