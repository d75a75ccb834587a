//! Dispatching an event to a target without a parent (DOM, dispatch, invoke and inner invoke; DOM-10 to DOM-31).

use super::event::Event;
use super::event_target::{Callback, Key, Listeners};
use crate::trace::{FunctionId, Target};

/// A dispatch under way. It yields one listener at a time and can be copied in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dispatch {
    target: Target,
    pass: Pass,
    next: u8,
    end: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pass {
    Capturing,
    Bubbling,
}

/// A listener whose callback is to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invocation {
    /// What to call.
    pub function: FunctionId,
    /// Whether it is the pass of the capturing listeners.
    pub capture: bool,
    /// Whether it is an event handler's listener.
    pub handler: bool,
}

impl Dispatch {
    /// Begins to dispatch `event` at `target`.
    ///
    /// The path has one item, because the get-the-parent of a WebSocket gives null (DOM-10). It is visited twice,
    /// also by an event that does not bubble (DOM-11).
    #[must_use]
    pub fn begin(target: Target, event: &mut Event, listeners: &Listeners) -> Self {
        event.dispatching = true;
        Self { target, pass: Pass::Capturing, next: 0, end: listeners.len() }
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// Moves on to the next listener to call; false when there is none left and the dispatch is over.
    ///
    /// Nothing is changed but the place in the list, so that the world can do something else before the call.
    #[inline]
    pub fn seek(&mut self, event: &Event, listeners: &Listeners) -> bool {
        loop {
            // Invoke, first step. In the capturing pass the flag can only be set by one of its own listeners, and
            // within a pass only the immediate one counts.
            if !event.stop_immediate_propagation {
                // Inner invoke, steps 1 to 4.
                let key = Key::new(self.target, event.attributes.event_type, self.pass == Pass::Capturing);
                if let Some(next) = listeners.find_callable(key, self.next, self.end) {
                    self.next = next;
                    return true;
                }
            }
            if self.pass == Pass::Bubbling || event.stop_propagation {
                return false;
            }
            // The second pass has a clone of the list of its own (DOM-12).
            *self = Self { pass: Pass::Bubbling, next: 0, end: listeners.len(), ..*self };
        }
    }

    /// Lets this pass see listeners that were added since it began, as if the list had not been cloned (DOM-12): what
    /// a faulty implementation does.
    pub fn see_added(&mut self, listeners: &Listeners) {
        self.end = listeners.len();
    }

    /// Takes the listener that [`seek`](Self::seek) came to.
    ///
    /// # Panics
    ///
    /// If `seek` did not just say that there is one.
    pub fn invoke(&mut self, event: &mut Event, listeners: &mut Listeners) -> Invocation {
        let listener = listeners.at(self.next);
        // Inner invoke, step 5. A listener that is called once is removed before its callback is called (DOM-06).
        if listener.is_once() {
            listeners.remove_at(self.next);
        }
        self.next += 1;
        // Step 9.
        event.in_passive_listener = listener.is_passive();
        event.current_target = Some(self.target);
        Invocation {
            function: listener.callback().function().expect("seek passes over callbacks that call nothing"),
            capture: self.pass == Pass::Capturing,
            handler: matches!(listener.callback(), Callback::Handler(_)),
        }
    }

    /// The last steps: the flags of the dispatch are cleared, the canceled flag is not (DOM-16, DOM-20).
    pub fn end(self, event: &mut Event) {
        event.current_target = None;
        event.dispatching = false;
        event.stop_propagation = false;
        event.stop_immediate_propagation = false;
        event.in_passive_listener = false;
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::trace::{EventAttributes, EventType, HandlerValue, ListenerOptions, SocketId};

    const WS: Target = Target::Socket(SocketId(0));
    const CAPTURE: ListenerOptions =
        ListenerOptions { capture: true, once: false, passive: false, signal: None };
    const BUBBLE: ListenerOptions = ListenerOptions { capture: false, ..CAPTURE };

    fn add(listeners: &mut Listeners, number: u8, options: ListenerOptions) {
        listeners.add(WS, EventType::Close, FunctionId(number), options).expect("room");
    }

    /// Dispatches a `close` event; `act` plays the callback of each listener.
    fn called(listeners: &mut Listeners, mut act: impl FnMut(u8, &mut Event, &mut Listeners)) -> Vec<u8> {
        let mut event =
            Event::new(EventAttributes { event_type: EventType::Close, ..EventAttributes::default() });
        let mut dispatch = Dispatch::begin(WS, &mut event, listeners);
        let mut called = Vec::new();
        while dispatch.seek(&event, listeners) {
            let invocation = dispatch.invoke(&mut event, listeners);
            called.push(invocation.function.0);
            act(invocation.function.0, &mut event, listeners);
        }
        dispatch.end(&mut event);
        assert!(!event.dispatching && event.current_target.is_none());
        called
    }

    #[test]
    fn capturing_listeners_come_first_whenever_they_were_added() {
        let mut listeners = Listeners::default();
        add(&mut listeners, 1, BUBBLE);
        add(&mut listeners, 2, CAPTURE);
        assert_eq!(called(&mut listeners, |_, _, _| ()), [2, 1]);
    }

    #[test]
    fn a_listener_added_in_the_first_pass_runs_in_the_second() {
        let mut listeners = Listeners::default();
        add(&mut listeners, 1, CAPTURE);
        let order = called(&mut listeners, |number, _, listeners| match number {
            1 => {
                add(listeners, 2, BUBBLE);
                add(listeners, 3, CAPTURE);
            }
            2 => add(listeners, 4, BUBBLE),
            _ => {}
        });
        assert_eq!(order, [1, 2]);
    }

    #[test]
    fn a_removed_listener_is_not_called_in_either_pass() {
        let mut listeners = Listeners::default();
        for number in [1, 2, 3] {
            add(&mut listeners, number, BUBBLE);
        }
        let order = called(&mut listeners, |number, _, listeners| {
            if number == 1 {
                listeners.remove(WS, EventType::Close, FunctionId(2), false);
            }
        });
        assert_eq!(order, [1, 3]);
    }

    #[test]
    fn stop_propagation_in_the_first_pass_ends_it_after_its_own_listeners() {
        let mut listeners = Listeners::default();
        add(&mut listeners, 1, CAPTURE);
        add(&mut listeners, 2, CAPTURE);
        add(&mut listeners, 3, BUBBLE);
        assert_eq!(called(&mut listeners, |_, event, _| event.stop_propagation()), [1, 2]);
        assert_eq!(called(&mut listeners, |_, event, _| event.stop_immediate_propagation()), [1]);
    }

    #[test]
    fn a_once_listener_is_removed_before_it_is_called() {
        let mut listeners = Listeners::default();
        add(&mut listeners, 1, ListenerOptions { once: true, ..BUBBLE });
        let mut nested = Vec::new();
        let order = called(&mut listeners, |_, _, listeners| nested = called(listeners, |_, _, _| ()));
        assert_eq!((order, nested), (alloc::vec![1], alloc::vec![]));
    }

    #[test]
    fn a_handler_nulled_and_set_again_waits_for_the_next_dispatch() {
        let mut listeners = Listeners::default();
        add(&mut listeners, 1, BUBBLE);
        let set = |listeners: &mut Listeners, value| {
            listeners.set_handler(WS, EventType::Close, value).expect("room");
        };
        set(&mut listeners, HandlerValue::Function(FunctionId(2)));
        let order = called(&mut listeners, |number, _, listeners| {
            if number == 1 {
                set(listeners, HandlerValue::Null);
                set(listeners, HandlerValue::Function(FunctionId(2)));
            }
        });
        assert_eq!(order, [1]);
        assert_eq!(called(&mut listeners, |_, _, _| ()), [1, 2]);
    }

    #[test]
    fn a_handler_changed_by_an_earlier_listener_is_called_with_its_new_value() {
        let mut listeners = Listeners::default();
        add(&mut listeners, 1, BUBBLE);
        listeners.set_handler(WS, EventType::Close, HandlerValue::Function(FunctionId(2))).expect("room");
        let order = called(&mut listeners, |number, _, listeners| {
            if number == 1 {
                listeners
                    .set_handler(WS, EventType::Close, HandlerValue::Function(FunctionId(3)))
                    .expect("room");
            }
        });
        assert_eq!(order, [1, 3]);
    }
}
