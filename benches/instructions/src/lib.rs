//! Instruction counts of what campaigns spend their time in; see `benches/instructions.rs`.
#![forbid(unsafe_code)]
