//! Our own parsers of one Close frame.

use wasclean_model::wire::close_frame::{self, Scratch};
use wasclean_model::wire::{Kernel, Role};

use crate::close::Subject;
use crate::own;

const fn role(is_server: bool) -> Role {
    if is_server { Role::Server } else { Role::Client }
}

/// Ours, with the kernel that was chosen for the process.
#[derive(Debug)]
pub struct Ours(Scratch);

impl Subject for Ours {
    const NAME: &'static str = "wasclean";
    const ADDED: &'static str = "";

    fn new<const SERVER: bool>() -> Self {
        Self(Scratch::new())
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        let frame = close_frame::parse(frame, role(SERVER), &mut self.0).ok()??;
        let code = frame.code();
        code.is_none_or(own::is_accepted).then(|| sink(code, frame.reason().as_bytes()))
    }
}

/// Ours in safe code.
#[derive(Debug)]
pub struct Portable(Scratch);

impl Subject for Portable {
    const NAME: &'static str = "wasclean-portable";
    const ADDED: &'static str = "";

    fn new<const SERVER: bool>() -> Self {
        Self(Scratch::new())
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        let frame = close_frame::parse_by(Kernel::PORTABLE, frame, role(SERVER), &mut self.0).ok()??;
        let code = frame.code();
        code.is_none_or(own::is_accepted).then(|| sink(code, frame.reason().as_bytes()))
    }
}

/// Our reference.
#[derive(Debug)]
pub struct Reference;

impl Subject for Reference {
    const NAME: &'static str = "wasclean-reference";
    const ADDED: &'static str = "";

    fn new<const SERVER: bool>() -> Self {
        Self
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        let frame = close_frame::reference::parse(frame, role(SERVER)).ok()??;
        let code = frame.status.map(|status| status.code);
        code.is_none_or(own::is_accepted).then(|| sink(code, &frame.reason))
    }
}
