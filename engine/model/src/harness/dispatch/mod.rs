//! A program of EventTarget calls, on the dispatcher of the model and on one that is written as the standards are.

mod as_scenario;
mod machine;
mod naive;
mod program;
#[cfg(test)]
mod tests;

pub use program::{Op, Program};

use self::machine::{Bound, Machine, Readable, Targets};
use self::naive::Naive;
use super::{Broken, same};
use crate::bounded::Full;
use crate::dom::{Dispatch, EventId, Events, Listeners};
use crate::profile::ReturnFalse;
use crate::trace::{
    EventAttributes, EventType, Exception, FunctionId, HandlerValue, ListenerOptions, SignalId, Target,
};

/// What is said to be broken: the dispatch as a whole, which is several invariants of a trace.
const DISPATCH: &str = "DOM dispatch";

/// Runs `program` on both dispatchers: every listener is called in the same order and sees the same, and every
/// dispatch comes to the same.
///
/// # Errors
///
/// The first difference.
pub fn dispatch(program: &Program) -> Result<(), Broken> {
    let (want, _) = Machine::run(program, Naive::default());
    agrees(program, Model::default(), &want)
}

/// Whether `targets` shows what is wanted, as far as its bounds allow.
fn agrees<T: Targets>(program: &Program, targets: T, want: &[machine::Seen]) -> Result<(), Broken> {
    let (seen, outcome) = Machine::run(program, targets);
    // The model holds a fixed number of listeners and events; what it did until then must be right.
    let want = if outcome.is_err() { &want[..seen.len().min(want.len())] } else { want };
    for (index, (seen, want)) in seen.iter().zip(want).enumerate() {
        same(
            DISPATCH,
            format_args!("observation {index} of\n{program}is not as the standard says"),
            seen,
            want,
        )?;
    }
    let what = format_args!("the number of observations of\n{program}is not as the standard says");
    same(DISPATCH, what, &seen.len(), &want.len())
}

/// The event targets of the model, put together as its world does.
#[derive(Debug, Default)]
struct Model {
    listeners: Listeners,
    events: Events,
}

impl From<Full> for Bound {
    fn from(_: Full) -> Self {
        Self
    }
}

impl Targets for Model {
    type Event = EventId;

    fn add(
        &mut self,
        on: Target,
        event_type: EventType,
        function: FunctionId,
        options: ListenerOptions,
    ) -> Result<(), Bound> {
        Ok(self.listeners.add(on, event_type, function, options)?)
    }

    fn remove(&mut self, on: Target, event_type: EventType, function: FunctionId, capture: bool) {
        self.listeners.remove(on, event_type, function, capture);
    }

    fn set_handler(&mut self, on: Target, event_type: EventType, value: HandlerValue) -> Result<(), Bound> {
        Ok(self.listeners.set_handler(on, event_type, value)?)
    }

    fn abort(&mut self, signal: SignalId) {
        self.listeners.abort(signal);
    }

    fn create(&mut self, attributes: EventAttributes) -> Result<EventId, Bound> {
        self.events.create(attributes).ok_or(Bound)
    }

    fn dispatch(
        machine: &mut Machine<'_, Self>,
        on: Target,
        event: EventId,
        is_synthetic: bool,
    ) -> Result<Result<bool, Exception>, Bound> {
        if is_synthetic && let Err(exception) = machine.targets.events[event].begin_synthetic_dispatch() {
            return Ok(Err(exception));
        }
        let Self { listeners, events } = &mut machine.targets;
        let mut dispatch = Dispatch::begin(on, &mut events[event], listeners);
        loop {
            let Self { listeners, events } = &mut machine.targets;
            if !dispatch.seek(&events[event], listeners) {
                break;
            }
            let invocation = dispatch.invoke(&mut events[event], listeners);
            let completion = machine.call(invocation.function, invocation.handler, event)?;
            if invocation.handler {
                machine.targets.events[event].handler_returned(completion, ReturnFalse::RespectCancelable);
            }
        }
        let events = &mut machine.targets.events;
        dispatch.end(&mut events[event]);
        let is_canceled = events[event].canceled;
        events.release(event);
        Ok(Ok(!is_canceled))
    }

    fn keep(&mut self, event: EventId) {
        self.events.keep(event);
    }

    fn kept(&self) -> Option<EventId> {
        self.events.kept()
    }

    fn read(&self, event: EventId) -> Readable {
        let event = &self.events[event];
        Readable {
            attributes: event.attributes,
            current_target: event.current_target,
            default_prevented: event.canceled,
        }
    }

    fn stop(&mut self, event: EventId) {
        self.events[event].stop_propagation();
    }

    fn stop_immediate(&mut self, event: EventId) {
        self.events[event].stop_immediate_propagation();
    }

    fn prevent(&mut self, event: EventId) {
        self.events[event].prevent_default();
    }

    fn init(&mut self, event: EventId, event_type: EventType, bubbles: bool, cancelable: bool) {
        self.events[event].init_event(event_type, bubbles, cancelable);
    }

    fn settle(&mut self) {
        self.listeners.forget_removed();
        self.events.settle();
    }
}
