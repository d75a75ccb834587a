//! Dispatches under way: firing events, calling listeners one at a time, and what follows a callback
//! (DOM, fire an event and inner invoke; HTML, clean up after running script).

use super::World;
use super::occasion::Occasion;
use super::state::{Callback, Caller, Frame, State};
use crate::dom::{Dispatch, EventId};
use crate::page::Page;
use crate::profile::{Checkpoint, Fault};
use crate::trace::{Bound, Completion, Entry, EventAttributes, ReadyState, SocketId, Target, Trace};

impl<P: Page> World<'_, P> {
    /// Fires an event at `target`: makes the event object and begins its dispatch.
    pub(super) fn fire(
        &mut self,
        target: Target,
        mut attributes: EventAttributes,
        occasion: Occasion,
        trace: &mut Trace,
    ) {
        if self.has(Fault::EventFlags) {
            (attributes.bubbles, attributes.cancelable, attributes.is_trusted) = (true, true, false);
        }
        let event_type = attributes.event_type;
        let is_unheard = !self.state.listeners.has_callable(target, event_type);
        if is_unheard && self.state.events.has_room() && self.state.stack.room() > 0 {
            // Most events are heard by nobody: no object and no dispatch is needed to do nothing.
            trace.emit(Entry::FireBegin { target, event: attributes });
            trace.emit(Entry::FireEnd { target, event_type, default_prevented: false });
            self.has_fired |= !self.state.is_script_or_checkpoint_under_way();
            return;
        }
        match self.state.events.create(attributes) {
            Some(event) => self.dispatch(target, event, occasion, trace),
            None => self.hit(Bound::Events, trace),
        }
    }

    /// Begins to dispatch an event.
    pub(super) fn dispatch(&mut self, target: Target, event: EventId, occasion: Occasion, trace: &mut Trace) {
        let object = &mut self.state.events[event];
        trace.emit(Entry::FireBegin { target, event: object.attributes });
        let dispatch = Dispatch::begin(target, object, &self.state.listeners);
        self.push(Frame::Dispatch { dispatch, event, thrown: None, occasion }, trace);
    }

    /// Ends the dispatch on top of the stack.
    pub(super) fn end_dispatch(&mut self, trace: &mut Trace) {
        let Some(Frame::Dispatch { dispatch, event, .. }) = self.state.stack.pop() else {
            unreachable!("a dispatch is on top of the stack");
        };
        let object = &mut self.state.events[event];
        dispatch.end(object);
        trace.emit(Entry::FireEnd {
            target: dispatch.target(),
            event_type: object.attributes.event_type,
            default_prevented: object.canceled,
        });
        self.state.events.release(event);
    }

    /// Calls the listener that the dispatch on top of the stack came to.
    pub(super) fn call_listener(&mut self, trace: &mut Trace) {
        let State { stack, events, listeners, .. } = &mut *self.state;
        let Some(Frame::Dispatch { dispatch, event, .. }) = stack.last_mut() else {
            unreachable!("a dispatch is on top of the stack");
        };
        let event = *event;
        let target = dispatch.target();
        let object = &mut events[event];
        let event_type = object.attributes.event_type;
        let invocation = dispatch.invoke(object, listeners);
        trace.emit(Entry::Listener {
            target,
            event_type,
            function: invocation.function,
            capture: invocation.capture,
            handler: invocation.handler,
            ready_state: self.ready_state(target),
        });
        self.push(
            Frame::Callback(Callback {
                activation: self.page.call(invocation.function),
                caller: Caller::Listener { is_handler: invocation.handler },
                part: 0,
                last: Completion::Normal,
                event: Some(event),
                this: target,
            }),
            trace,
        );
    }

    /// A callback has ended: whoever called it learns how, and a checkpoint follows if no script is left (LOOP-10).
    pub(super) fn end_callback(
        &mut self,
        callback: &Callback<P::Activation>,
        completion: Completion,
        trace: &mut Trace,
    ) {
        self.state.stack.pop();
        let exception = match completion {
            Completion::Threw(exception) => Some(exception),
            Completion::Normal | Completion::ReturnedFalse => None,
        };
        match callback.caller {
            Caller::Listener { is_handler } => {
                trace.emit(Entry::ListenerEnd { target: callback.this, completion });
                if let (Some(event), true) =
                    (callback.event.filter(|_| exception.is_some()), self.has(Fault::ThrowEndsDispatch))
                {
                    self.state.events[event].stop_immediate_propagation();
                }
                if let (true, Some(event)) = (is_handler, callback.event) {
                    self.state.events[event].handler_returned(completion, self.scenario.profile.return_false);
                }
            }
            Caller::Microtask(function) => trace.emit(Entry::MicrotaskEnd { function, completion }),
            Caller::Conversion => trace.emit(Entry::Converted { completion }),
            Caller::Script | Caller::Task => trace.emit(Entry::ScriptEnd { completion }),
        }
        let is_last = self.scenario.profile.checkpoint == Checkpoint::EachListener
            && !self.state.is_script_or_checkpoint_under_way();
        match self.state.stack.last_mut().expect("a callback has a caller") {
            Frame::Task { thrown, .. } | Frame::Dispatch { thrown, .. } | Frame::Checkpoint { thrown } => {
                *thrown = exception;
            }
            Frame::Callback(caller) => caller.last = completion,
        }
        // A callback's exception is reported after this, the first script's before it.
        let is_listener = matches!(callback.caller, Caller::Listener { .. });
        let is_missed = is_listener && self.has(Fault::NoCheckpointBetweenListeners);
        if is_last && !is_missed {
            if self.state.tasks.has_microtask() {
                self.push(Frame::Checkpoint { thrown: None }, trace);
            } else {
                trace.emit(Entry::Checkpoint);
            }
        }
    }

    /// `readyState` of a target, CONNECTING for one that has none.
    pub(super) fn ready_state(&self, target: Target) -> ReadyState {
        match target {
            Target::Socket(SocketId(index)) => self
                .state
                .sockets
                .get(usize::from(index))
                .map_or(ReadyState::Connecting, |socket| socket.dom.ready_state),
            Target::Global => ReadyState::Connecting,
        }
    }
}
