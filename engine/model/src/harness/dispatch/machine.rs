//! Runs a program on some implementation of event targets, and writes down what its functions see.

use alloc::vec::Vec;

use super::program::{Op, Program};
use crate::trace::{
    Completion, EventAttributes, EventType, Exception, FunctionId, HandlerValue, ListenerOptions, SignalId,
    Target,
};

/// Calls of one run.
const CALLS_MAX: u32 = 400;
/// Dispatches within dispatches.
const DEPTH_MAX: u32 = 6;

/// What can be read of an event at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Readable {
    pub(super) attributes: EventAttributes,
    pub(super) current_target: Option<Target>,
    pub(super) default_prevented: bool,
}

/// What a run shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// A listener is called.
    Called {
        function: FunctionId,
        /// As an event handler, whose return value counts.
        is_handler: bool,
        event: Readable,
        kept: Option<Readable>,
    },
    /// A dispatch is over, or was refused.
    Dispatched(Result<bool, Exception>),
    /// What is left of the event that was kept.
    Kept(Option<Readable>),
}

/// A run came up against a bound of the implementation, which has no meaning for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound;

/// An implementation of event targets. Its `dispatch` calls back into the machine for each listener.
pub(super) trait Targets: Sized {
    /// How an event is named.
    type Event: Copy;

    fn add(
        &mut self,
        on: Target,
        event_type: EventType,
        function: FunctionId,
        options: ListenerOptions,
    ) -> Result<(), Bound>;
    fn remove(&mut self, on: Target, event_type: EventType, function: FunctionId, capture: bool);
    fn set_handler(&mut self, on: Target, event_type: EventType, value: HandlerValue) -> Result<(), Bound>;
    fn abort(&mut self, signal: SignalId);
    fn create(&mut self, attributes: EventAttributes) -> Result<Self::Event, Bound>;
    /// `dispatchEvent`, or the user agent's dispatch, which keeps `isTrusted` as it is.
    fn dispatch(
        machine: &mut Machine<'_, Self>,
        on: Target,
        event: Self::Event,
        is_synthetic: bool,
    ) -> Result<Result<bool, Exception>, Bound>;
    fn keep(&mut self, event: Self::Event);
    fn kept(&self) -> Option<Self::Event>;
    fn read(&self, event: Self::Event) -> Readable;
    fn stop(&mut self, event: Self::Event);
    fn stop_immediate(&mut self, event: Self::Event);
    fn prevent(&mut self, event: Self::Event);
    fn init(&mut self, event: Self::Event, event_type: EventType, bubbles: bool, cancelable: bool);
    /// No dispatch is under way.
    fn settle(&mut self);
}

/// A run of a program.
pub(super) struct Machine<'a, T: Targets> {
    program: &'a Program,
    pub(super) targets: T,
    seen: Vec<Seen>,
    calls_left: u32,
    depth: u32,
}

impl<'a, T: Targets> Machine<'a, T> {
    /// Runs `program`: what was seen, and whether the run came up against a bound.
    pub(super) fn run(program: &'a Program, targets: T) -> (Vec<Seen>, Result<(), Bound>) {
        let mut machine = Self { program, targets, seen: Vec::new(), calls_left: CALLS_MAX, depth: 0 };
        let outcome = machine.function(FunctionId(0), None).map(|_| ());
        if outcome.is_ok() {
            let kept = machine.targets.kept().map(|event| machine.targets.read(event));
            machine.seen.push(Seen::Kept(kept));
        }
        (machine.seen, outcome)
    }

    /// Calls a listener.
    pub(super) fn call(
        &mut self,
        function: FunctionId,
        is_handler: bool,
        event: T::Event,
    ) -> Result<Completion, Bound> {
        let kept = self.targets.kept().map(|kept| self.targets.read(kept));
        self.seen.push(Seen::Called { function, is_handler, event: self.targets.read(event), kept });
        self.function(function, Some(event))
    }

    fn function(&mut self, function: FunctionId, event: Option<T::Event>) -> Result<Completion, Bound> {
        let program = self.program;
        for &op in &program.functions[usize::from(function.0)] {
            if self.calls_left == 0 {
                break;
            }
            self.calls_left -= 1;
            match op {
                Op::Throw => return Ok(Completion::Threw(Exception::Thrown)),
                Op::ReturnFalse => return Ok(Completion::ReturnedFalse),
                op => self.perform(op, event)?,
            }
        }
        Ok(Completion::Normal)
    }

    fn perform(&mut self, op: Op, event: Option<T::Event>) -> Result<(), Bound> {
        let targets = &mut self.targets;
        match (op, event) {
            (Op::Add(on, event_type, function, options), _) => {
                targets.add(on, event_type, function, options)?;
            }
            (Op::Remove(on, event_type, function, capture), _) => {
                targets.remove(on, event_type, function, capture);
            }
            (Op::SetHandler(on, event_type, value), _) => targets.set_handler(on, event_type, value)?,
            (Op::Abort(signal), _) => targets.abort(signal),
            (Op::Dispatch(on, attributes), _) => {
                let event = targets.create(attributes)?;
                self.dispatch(on, event, true)?;
            }
            (Op::Fire(on, attributes), _) => {
                let event = targets.create(attributes)?;
                self.dispatch(on, event, false)?;
            }
            (Op::DispatchCurrent(on), Some(event)) => self.dispatch(on, event, true)?,
            (Op::DispatchKept(on), _) => {
                if let Some(kept) = targets.kept() {
                    self.dispatch(on, kept, true)?;
                }
            }
            (Op::Keep, Some(event)) => targets.keep(event),
            (Op::Stop, Some(event)) => targets.stop(event),
            (Op::StopImmediate, Some(event)) => targets.stop_immediate(event),
            (Op::Prevent, Some(event)) => targets.prevent(event),
            (Op::PreventKept, _) => {
                if let Some(kept) = targets.kept() {
                    targets.prevent(kept);
                }
            }
            (Op::Init { event_type, bubbles, cancelable }, Some(event)) => {
                targets.init(event, event_type, bubbles, cancelable);
            }
            (Op::InitKept { event_type, bubbles, cancelable }, _) => {
                if let Some(kept) = targets.kept() {
                    targets.init(kept, event_type, bubbles, cancelable);
                }
            }
            // The first function has no event, and the other two end a function.
            (
                Op::DispatchCurrent(_)
                | Op::Keep
                | Op::Stop
                | Op::StopImmediate
                | Op::Prevent
                | Op::Init { .. },
                None,
            )
            | (Op::Throw | Op::ReturnFalse, _) => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, on: Target, event: T::Event, is_synthetic: bool) -> Result<(), Bound> {
        if self.depth == DEPTH_MAX {
            return Err(Bound);
        }
        self.depth += 1;
        let result = T::dispatch(self, on, event, is_synthetic)?;
        self.depth -= 1;
        self.seen.push(Seen::Dispatched(result));
        if self.depth == 0 {
            self.targets.settle();
        }
        Ok(())
    }
}
