//! A function of the page that is running: resumed, it makes one call after another.

use super::World;
use super::state::{Callback, Caller, Frame};
use crate::choices::Choices;
use crate::page::{Page, Turn};
use crate::trace::{Completion, FunctionId, Trace};

/// How far a call came.
pub(super) enum Flow {
    /// It has ended.
    Done(Completion),
    /// It waits for what it put on the stack; it goes on with its part of this number.
    Suspended {
        /// The part.
        part: u8,
    },
}

impl<P: Page> World<'_, P> {
    /// Lets the function on top of the stack make its calls, until one of them has to wait or it ends; one call only
    /// if the script can be cut off.
    ///
    /// A call that waits is made again when the function is resumed, from the part where it stopped: what the
    /// function remembers is kept from before the call, so the call itself need not be kept.
    pub(super) fn resume_callback<C: Choices>(
        &mut self,
        mut callback: Callback<P::Activation>,
        choices: &mut C,
        trace: &mut Trace,
    ) {
        while self.bound.is_none() {
            let mut after = callback.activation;
            // Calls borrow from the page, which the scenario owns and nothing changes.
            let page = self.page;
            let call = match page.resume(&mut after, callback.last) {
                Turn::Call(call) => call,
                Turn::End(completion) => {
                    self.end_callback(&callback, completion, trace);
                    return;
                }
            };
            if callback.part == 0 {
                self.spend(trace);
                self.still = 0;
            }
            match self.perform(call, &callback, choices, trace) {
                Flow::Done(completion) => {
                    callback.activation = after;
                    callback.part = 0;
                    callback.last = completion;
                    if self.can_be_cut_off() {
                        self.replace_top(Frame::Callback(callback));
                        return;
                    }
                }
                Flow::Suspended { part } => {
                    callback.part = part;
                    callback.last = Completion::Normal;
                    let below = self.state.stack.len().checked_sub(2);
                    match below.and_then(|index| self.state.stack.get_mut(index)) {
                        Some(frame) => *frame = Frame::Callback(callback),
                        // What it waits for did not fit on the stack: the run ends at its bound.
                        None => return,
                    }
                    return;
                }
            }
        }
    }

    /// Whether a script waits between two of its calls.
    #[inline]
    pub(super) fn is_script_paused(&self) -> bool {
        matches!(self.state.stack.last(), Some(Frame::Callback(_)))
    }

    /// Calls the function that an object's conversion runs; the call goes on with `part` after that.
    pub(super) fn convert(
        &mut self,
        function: FunctionId,
        callback: &Callback<P::Activation>,
        part: u8,
        trace: &Trace,
    ) -> Flow {
        self.push(
            Frame::Callback(Callback {
                activation: self.page.call(function),
                caller: Caller::Conversion,
                part: 0,
                last: Completion::Normal,
                event: callback.event,
                this: callback.this,
            }),
            trace,
        );
        Flow::Suspended { part }
    }
}
