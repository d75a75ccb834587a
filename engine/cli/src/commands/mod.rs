//! One file for each command: its arguments, its help, and what it prints.

pub(crate) mod bench;
pub(crate) mod conform;
pub(crate) mod corpus;
pub(crate) mod decode;
pub(crate) mod explain;
pub(crate) mod faults;
pub(crate) mod fuzz;
pub(crate) mod list;
pub(crate) mod merge;
mod part;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod shrink;
mod time_line;
pub(crate) mod triage;
