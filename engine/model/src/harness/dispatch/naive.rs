//! Event targets as the standards write them: a list for each target, clones of lists, flags, and no thought of speed
//! (DOM, sections 2.7 and 2.9; HTML, event handlers). It shares no code with the dispatcher of the model.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::Cell;

use super::machine::{Bound, Machine, Readable, Targets};
use crate::trace::{
    Completion, EventAttributes, EventType, Exception, FunctionId, HandlerValue, Interface, ListenerOptions,
    SignalId, Target,
};

/// An event listener.
#[derive(Debug, Clone)]
struct Listener {
    event_type: EventType,
    callback: Callback,
    capture: bool,
    passive: bool,
    once: bool,
    signal: Option<SignalId>,
    removed: Rc<Cell<bool>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Callback {
    Function(FunctionId),
    /// The event handler processing algorithm, for the handler of the listener's type.
    HandlerProcessing,
}

/// An event handler: its value, and its listener if it is active.
#[derive(Debug)]
struct Handler {
    target: Target,
    event_type: EventType,
    value: HandlerValue,
    listener: Option<Listener>,
}

/// `eventPhase`
#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    None,
    AtTarget,
}

#[derive(Debug)]
struct Event {
    attributes: EventAttributes,
    current_target: Option<Target>,
    phase: Phase,
    stop_propagation: bool,
    stop_immediate_propagation: bool,
    canceled: bool,
    in_passive_listener: bool,
    dispatching: bool,
}

/// Event targets, handlers, signals and events, as written.
#[derive(Debug, Default)]
pub(super) struct Naive {
    lists: Vec<(Target, Vec<Listener>)>,
    handlers: Vec<Handler>,
    aborted: Vec<SignalId>,
    events: Vec<Event>,
    kept: Option<usize>,
}

impl Naive {
    fn list(&mut self, target: Target) -> &mut Vec<Listener> {
        if let Some(index) = self.lists.iter().position(|(other, _)| *other == target) {
            return &mut self.lists[index].1;
        }
        self.lists.push((target, Vec::new()));
        &mut self.lists.last_mut().expect("it was just added").1
    }

    /// DOM, add an event listener.
    fn add_listener(&mut self, target: Target, listener: Listener) {
        // Step 2.
        if listener.signal.is_some_and(|signal| self.aborted.contains(&signal)) {
            return;
        }
        // Step 5.
        let list = self.list(target);
        let is_there = list.iter().any(|other| {
            other.event_type == listener.event_type
                && other.callback == listener.callback
                && other.capture == listener.capture
        });
        if !is_there {
            list.push(listener);
        }
        // Step 6, the abort steps, is in `abort`.
    }

    /// DOM, remove an event listener.
    fn remove_listener(&mut self, target: Target, listener: &Listener) {
        listener.removed.set(true);
        self.list(target).retain(|other| !Rc::ptr_eq(&other.removed, &listener.removed));
    }

    /// DOM, inner invoke, for the clone `listeners`.
    fn inner_invoke(
        machine: &mut Machine<'_, Self>,
        event: usize,
        target: Target,
        listeners: &[Listener],
        is_capturing: bool,
    ) -> Result<(), Bound> {
        // Step 2.
        for listener in listeners {
            if listener.removed.get() {
                continue;
            }
            // Step 2.1.
            if machine.targets.events[event].attributes.event_type != listener.event_type {
                continue;
            }
            // Steps 2.3 and 2.4.
            if is_capturing != listener.capture {
                continue;
            }
            // Step 2.5.
            if listener.once {
                machine.targets.remove_listener(target, listener);
            }
            // Step 2.9.
            machine.targets.events[event].in_passive_listener = listener.passive;
            // Step 2.11. An exception is reported, which is not a program's business, and the next listener is called.
            match listener.callback {
                Callback::Function(function) => _ = machine.call(function, false, event)?,
                Callback::HandlerProcessing => {
                    Self::process_handler(machine, target, listener.event_type, event)?;
                }
            }
            // Step 2.12.
            machine.targets.events[event].in_passive_listener = false;
            // Step 2.14.
            if machine.targets.events[event].stop_immediate_propagation {
                break;
            }
        }
        Ok(())
    }

    /// DOM, invoke, for the only struct of the path.
    fn invoke(
        machine: &mut Machine<'_, Self>,
        event: usize,
        target: Target,
        is_capturing: bool,
    ) -> Result<(), Bound> {
        // Step 1.
        if machine.targets.events[event].stop_propagation {
            return Ok(());
        }
        // Steps 2 to 6.
        machine.targets.events[event].current_target = Some(target);
        let listeners = machine.targets.list(target).clone();
        // Step 8.
        Self::inner_invoke(machine, event, target, &listeners, is_capturing)
    }

    /// HTML, the event handler processing algorithm.
    fn process_handler(
        machine: &mut Machine<'_, Self>,
        target: Target,
        event_type: EventType,
        event: usize,
    ) -> Result<(), Bound> {
        let handlers = &machine.targets.handlers;
        let handler = handlers.iter().find(|other| other.target == target && other.event_type == event_type);
        // Steps 1 and 2, and Web IDL's call of a callback function that is no function.
        let function = match handler.map(|handler| handler.value) {
            Some(HandlerValue::Function(function)) => function,
            Some(HandlerValue::Null | HandlerValue::NotCallable) | None => return Ok(()),
        };
        let completion = machine.call(function, true, event)?;
        // Step 3: at the global object, an ErrorEvent of type `error` is the special case.
        let object = &mut machine.targets.events[event];
        let is_special = object.attributes.interface == Interface::ErrorEvent
            && object.attributes.event_type == EventType::Error
            && object.current_target == Some(Target::Global);
        // Step 5: what returns false cancels; the special case cancels if true is returned, which no function does.
        if completion == Completion::ReturnedFalse && !is_special {
            machine.targets.prevent(event);
        }
        Ok(())
    }
}

impl Targets for Naive {
    type Event = usize;

    fn add(
        &mut self,
        on: Target,
        event_type: EventType,
        function: FunctionId,
        options: ListenerOptions,
    ) -> Result<(), Bound> {
        let ListenerOptions { capture, once, passive, signal } = options;
        let callback = Callback::Function(function);
        let listener =
            Listener { event_type, callback, capture, passive, once, signal, removed: Rc::default() };
        self.add_listener(on, listener);
        Ok(())
    }

    fn remove(&mut self, on: Target, event_type: EventType, function: FunctionId, capture: bool) {
        let found = self.list(on).iter().find(|listener| {
            listener.event_type == event_type
                && listener.callback == Callback::Function(function)
                && listener.capture == capture
        });
        if let Some(listener) = found.cloned() {
            self.remove_listener(on, &listener);
        }
    }

    fn set_handler(&mut self, on: Target, event_type: EventType, value: HandlerValue) -> Result<(), Bound> {
        let found =
            self.handlers.iter().position(|other| other.target == on && other.event_type == event_type);
        let index = found.unwrap_or_else(|| {
            self.handlers.push(Handler { target: on, event_type, value: HandlerValue::Null, listener: None });
            self.handlers.len() - 1
        });
        self.handlers[index].value = value;
        if value == HandlerValue::Null {
            // Deactivate an event handler.
            if let Some(listener) = self.handlers[index].listener.take() {
                self.remove_listener(on, &listener);
            }
        } else if self.handlers[index].listener.is_none() {
            // Activate an event handler.
            let listener = Listener {
                event_type,
                callback: Callback::HandlerProcessing,
                capture: false,
                passive: false,
                once: false,
                signal: None,
                removed: Rc::default(),
            };
            self.add_listener(on, listener.clone());
            self.handlers[index].listener = Some(listener);
        }
        Ok(())
    }

    fn abort(&mut self, signal: SignalId) {
        self.aborted.push(signal);
        let mut all = Vec::new();
        for (target, list) in &self.lists {
            let of_signal = list.iter().filter(|listener| listener.signal == Some(signal));
            all.extend(of_signal.map(|listener| (*target, listener.clone())));
        }
        for (target, listener) in all {
            self.remove_listener(target, &listener);
        }
    }

    fn create(&mut self, attributes: EventAttributes) -> Result<usize, Bound> {
        self.events.push(Event {
            attributes,
            current_target: None,
            phase: Phase::None,
            stop_propagation: false,
            stop_immediate_propagation: false,
            canceled: false,
            in_passive_listener: false,
            dispatching: false,
        });
        Ok(self.events.len() - 1)
    }

    fn dispatch(
        machine: &mut Machine<'_, Self>,
        on: Target,
        event: usize,
        is_synthetic: bool,
    ) -> Result<Result<bool, Exception>, Bound> {
        let object = &mut machine.targets.events[event];
        if is_synthetic {
            // dispatchEvent(), steps 1 and 2.
            if object.dispatching {
                return Ok(Err(Exception::InvalidStateError));
            }
            object.attributes.is_trusted = false;
        }
        // Dispatch, step 1.
        object.dispatching = true;
        // Step 6: the path has one struct, whose target is the event's, so both of its visits are at the target.
        let path = [on];
        for &target in path.iter().rev() {
            machine.targets.events[event].phase = Phase::AtTarget;
            Self::invoke(machine, event, target, true)?;
        }
        for &target in &path {
            machine.targets.events[event].phase = Phase::AtTarget;
            Self::invoke(machine, event, target, false)?;
        }
        // Steps 7 to 10.
        let object = &mut machine.targets.events[event];
        object.phase = Phase::None;
        object.current_target = None;
        object.dispatching = false;
        object.stop_propagation = false;
        object.stop_immediate_propagation = false;
        // Step 13.
        Ok(Ok(!object.canceled))
    }

    fn keep(&mut self, event: usize) {
        self.kept = Some(event);
    }

    fn kept(&self) -> Option<usize> {
        self.kept
    }

    fn read(&self, event: usize) -> Readable {
        let Event { attributes, current_target, canceled, phase, .. } = self.events[event];
        debug_assert_eq!(current_target.is_some(), phase == Phase::AtTarget, "one goes with the other");
        Readable { attributes, current_target, default_prevented: canceled }
    }

    fn stop(&mut self, event: usize) {
        self.events[event].stop_propagation = true;
    }

    fn stop_immediate(&mut self, event: usize) {
        self.events[event].stop_propagation = true;
        self.events[event].stop_immediate_propagation = true;
    }

    fn prevent(&mut self, event: usize) {
        // Set the canceled flag.
        let object = &mut self.events[event];
        if object.attributes.cancelable && !object.in_passive_listener {
            object.canceled = true;
        }
    }

    fn init(&mut self, event: usize, event_type: EventType, bubbles: bool, cancelable: bool) {
        let object = &mut self.events[event];
        if object.dispatching {
            return;
        }
        // Initialize, for an event that has been created before.
        object.stop_propagation = false;
        object.stop_immediate_propagation = false;
        object.canceled = false;
        object.attributes.is_trusted = false;
        object.attributes.event_type = event_type;
        object.attributes.bubbles = bubbles;
        object.attributes.cancelable = cancelable;
    }

    fn settle(&mut self) {}
}
