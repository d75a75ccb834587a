//! The work on the text of a WebSocket frame with the vector instructions of x86-64: unmask it (RFC 6455 section 5.3)
//! and say whether it is UTF-8 (RFC 3629).
//!
//! A [`Kernel`] is chosen once, by what the processor has, or by the environment variable `WASCLEAN_KERNEL`, which is
//! `portable`, `avx2` or `avx512`. Having a value of [`Avx2`] or [`Avx512`] proves that the processor has the
//! instructions, so that all functions here are safe. Nothing reads or writes outside of the slices that it is given.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod choose;
#[cfg(target_arch = "x86_64")]
mod tables;
mod text;

pub use choose::{Avx2, Avx512, Kernel, VARIABLE, chosen};
pub use text::ROOM;
