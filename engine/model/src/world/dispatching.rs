//! Dispatches under way: firing events, calling listeners one at a time, and what follows a callback
//! (DOM, fire an event and inner invoke; HTML, clean up after running script).

use super::World;
use super::state::{Callback, Caller, Frame};
use crate::dom::{Dispatch, EventId};
use crate::page::Page;
use crate::trace::{
    Bound, Completion, Entry, EventAttributes, Exception, ReadyState, SocketId, Target, Trace,
};

impl<P: Page> World<'_, P> {
    /// Fires an event at `target`: makes the event object and begins its dispatch.
    pub(super) fn fire(
        &mut self,
        target: Target,
        attributes: EventAttributes,
        is_reporting: bool,
        trace: &mut Trace,
    ) {
        match self.state.events.create(attributes) {
            Some(event) => self.dispatch(target, event, is_reporting, trace),
            None => self.hit(Bound::Events),
        }
    }

    /// Begins to dispatch an event.
    pub(super) fn dispatch(&mut self, target: Target, event: EventId, is_reporting: bool, trace: &mut Trace) {
        let object = &mut self.state.events[event];
        trace.emit(Entry::FireBegin { target, event: object.attributes });
        let dispatch = Dispatch::begin(target, object, &self.state.listeners);
        self.push(Frame::Dispatch { dispatch, event, thrown: None, is_reporting });
    }

    /// Whether the next thing that the dispatch does is to call a listener with an empty stack of script: there the
    /// world lets other things happen in between.
    pub(super) fn is_before_listener(
        &self,
        mut dispatch: Dispatch,
        event: EventId,
        thrown: Option<Exception>,
    ) -> bool {
        thrown.is_none()
            && !self.state.is_script_or_checkpoint_under_way()
            && dispatch.seek(&self.state.events[event], &self.state.listeners)
    }

    /// Reports what the last listener threw, calls the next listener, or ends the dispatch.
    pub(super) fn resume_dispatch(
        &mut self,
        mut dispatch: Dispatch,
        event: EventId,
        thrown: Option<Exception>,
        is_reporting: bool,
        trace: &mut Trace,
    ) {
        if let Some(exception) = thrown {
            self.replace_top(Frame::Dispatch { dispatch, event, thrown: None, is_reporting });
            self.report(exception, trace);
            return;
        }
        let target = dispatch.target();
        let object = &mut self.state.events[event];
        if !dispatch.seek(object, &self.state.listeners) {
            dispatch.end(object);
            let event_type = object.attributes.event_type;
            trace.emit(Entry::FireEnd { target, event_type, default_prevented: object.canceled });
            self.state.events.release(event);
            self.state.stack.pop();
            return;
        }
        let invocation = dispatch.invoke(object, &mut self.state.listeners);
        let event_type = object.attributes.event_type;
        self.replace_top(Frame::Dispatch { dispatch, event, thrown: None, is_reporting });
        trace.emit(Entry::Listener {
            target,
            event_type,
            function: invocation.function,
            capture: invocation.capture,
            handler: invocation.handler,
            ready_state: self.ready_state(target),
        });
        self.push(Frame::Callback(Callback {
            activation: self.page.call(invocation.function),
            caller: Caller::Listener { is_handler: invocation.handler },
            part: 0,
            last: Completion::Normal,
            event: Some(event),
            this: target,
        }));
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
                if let (true, Some(event)) = (is_handler, callback.event) {
                    self.state.events[event].handler_returned(completion, self.scenario.profile.return_false);
                }
            }
            Caller::Microtask(function) => trace.emit(Entry::MicrotaskEnd { function, completion }),
            Caller::Conversion => trace.emit(Entry::Converted { completion }),
            Caller::Script | Caller::Task => {}
        }
        let is_last = !self.state.is_script_or_checkpoint_under_way();
        match self.state.stack.last_mut().expect("a callback has a caller") {
            Frame::Task { thrown, .. } | Frame::Dispatch { thrown, .. } | Frame::Checkpoint { thrown } => {
                *thrown = exception;
            }
            Frame::Callback(caller) => caller.last = completion,
        }
        // A callback's exception is reported after this, the first script's before it.
        if is_last {
            self.push(Frame::Checkpoint { thrown: None });
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
