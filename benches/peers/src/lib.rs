//! Parsers of WebSocket frames side by side: the same bytes, the same checks, the same answer.
//!
//! Who lacks a check gets it added here, so that all do the same work; what was added is said with each, and printed by
//! the `table` program. An answer is a status code and a reason, or a refusal; every subject gives the right one for
//! every case before it is timed, and refuses every malformed frame.

pub mod case;
pub mod close;
pub mod cpu;
pub mod frames;
pub mod ours;
pub mod own;
