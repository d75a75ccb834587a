//! Event listeners and their order (DOM, interface EventTarget; HTML, event handlers; DOM-01 to DOM-06, HANDLER-*).

use crate::bounded::{Bounded, Full};
use crate::trace::{EventType, FunctionId, HandlerValue, ListenerOptions, SignalId, Target};

/// How many listeners a world can have, over all targets.
pub const LISTENERS_MAX: usize = 64;

/// What a listener calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Callback {
    /// A function that was given to `addEventListener`.
    Function(FunctionId),
    /// The event handler of the listener's type, with its current value.
    Handler(HandlerValue),
}

impl Callback {
    /// The function to call, if there is one. An event handler whose value cannot be called takes a place in the list
    /// and does nothing (HANDLER-05).
    #[must_use]
    pub fn function(self) -> Option<FunctionId> {
        match self {
            Self::Function(function) | Self::Handler(HandlerValue::Function(function)) => Some(function),
            Self::Handler(HandlerValue::NotCallable | HandlerValue::Null) => None,
        }
    }
}

/// An event listener (DOM-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Listener {
    /// The target in whose list it is.
    pub target: Target,
    /// Its type.
    pub event_type: EventType,
    /// Its callback.
    pub callback: Callback,
    /// Its capture, once, passive and signal.
    pub options: ListenerOptions,
    /// The removed flag, which takes effect in lists that were cloned before (DOM-13).
    pub removed: bool,
}

impl Default for Listener {
    fn default() -> Self {
        Self {
            target: Target::Global,
            event_type: EventType::Error,
            callback: Callback::Handler(HandlerValue::Null),
            options: ListenerOptions::default(),
            removed: true,
        }
    }
}

/// The event listener lists of all targets, in one list in the order of registration.
///
/// A dispatch clones a target's list at the start of each pass (DOM-12). Since listeners are only ever appended
/// while a dispatch is under way, and a removed one keeps its place with its flag set, such a clone is just the
/// length that the list had: [`Listeners::len`]. Removed ones go when no dispatch is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Listeners {
    list: Bounded<Listener, LISTENERS_MAX>,
    aborted: u128,
}

/// The bit of a signal. Numbers from 128 on, which no scenario within its bounds has, share one.
fn bit(signal: SignalId) -> u128 {
    1 << signal.0.min(127)
}

impl Listeners {
    /// The length of the list, removed listeners included: a clone of every target's list.
    #[must_use]
    pub fn len(&self) -> u8 {
        u8::try_from(self.list.len()).expect("the bound is below 256")
    }

    /// Whether no target has a listener, removed ones not counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.iter().all(|listener| listener.removed)
    }

    /// The listener at a position.
    #[must_use]
    pub fn at(&self, index: u8) -> Listener {
        self.list[usize::from(index)]
    }

    /// Whether `target` has a listener for `event_type`.
    #[must_use]
    pub fn has(&self, target: Target, event_type: EventType) -> bool {
        self.list.iter().any(|listener| {
            !listener.removed && listener.target == target && listener.event_type == event_type
        })
    }

    /// `addEventListener` (DOM, add an event listener; DOM-02, DOM-03).
    ///
    /// # Errors
    ///
    /// [`Full`] if there are [`LISTENERS_MAX`] listeners.
    pub fn add(
        &mut self,
        target: Target,
        event_type: EventType,
        function: FunctionId,
        options: ListenerOptions,
    ) -> Result<(), Full> {
        // Step 2. A listener whose signal is aborted is not added.
        if options.signal.is_some_and(|signal| self.is_aborted(signal)) {
            return Ok(());
        }
        // Step 5. Once, passive and signal do not distinguish listeners. The last step, which makes the signal
        // remove the listener, then concerns one that is in no list: nothing follows from it.
        let callback = Callback::Function(function);
        if self.position(target, event_type, callback, options.capture).is_some() {
            return Ok(());
        }
        self.list.push(Listener { target, event_type, callback, options, removed: false })
    }

    /// `removeEventListener` (DOM-04).
    pub fn remove(&mut self, target: Target, event_type: EventType, function: FunctionId, capture: bool) {
        if let Some(index) = self.position(target, event_type, Callback::Function(function), capture) {
            self.list[index].removed = true;
        }
    }

    /// Removes the listener at a position, because it was to be called once (DOM-06).
    pub fn remove_at(&mut self, index: u8) {
        self.list[usize::from(index)].removed = true;
    }

    /// Sets an event handler attribute (HTML, event handler IDL attributes; HANDLER-02 to HANDLER-04).
    ///
    /// # Errors
    ///
    /// [`Full`] if there are [`LISTENERS_MAX`] listeners.
    pub fn set_handler(
        &mut self,
        target: Target,
        event_type: EventType,
        value: HandlerValue,
    ) -> Result<(), Full> {
        let active = self.list.iter_mut().find(|listener| {
            !listener.removed
                && listener.target == target
                && listener.event_type == event_type
                && matches!(listener.callback, Callback::Handler(_))
        });
        match (active, value) {
            (Some(listener), HandlerValue::Null) => listener.removed = true,
            (None, HandlerValue::Null) => {}
            // The listener keeps its place; only the value changes.
            (Some(listener), HandlerValue::Function(_) | HandlerValue::NotCallable) => {
                listener.callback = Callback::Handler(value);
            }
            (None, HandlerValue::Function(_) | HandlerValue::NotCallable) => {
                self.list.push(Listener {
                    target,
                    event_type,
                    callback: Callback::Handler(value),
                    options: ListenerOptions::default(),
                    removed: false,
                })?;
            }
        }
        Ok(())
    }

    /// `AbortController.abort()` (DOM, signal abort; DOM-05): removes the listeners that were added with the signal,
    /// in the order in which they were added.
    pub fn abort(&mut self, signal: SignalId) {
        self.aborted |= bit(signal);
        for listener in self.list.iter_mut() {
            if listener.options.signal == Some(signal) {
                listener.removed = true;
            }
        }
    }

    fn is_aborted(&self, signal: SignalId) -> bool {
        self.aborted & bit(signal) != 0
    }

    /// Lets removed listeners go. To be called only when no dispatch is under way.
    pub fn forget_removed(&mut self) {
        self.list.retain(|listener| !listener.removed);
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.list.clear();
        self.aborted = 0;
    }

    fn position(
        &self,
        target: Target,
        event_type: EventType,
        callback: Callback,
        capture: bool,
    ) -> Option<usize> {
        self.list.iter().position(|listener| {
            !listener.removed
                && listener.target == target
                && listener.event_type == event_type
                && listener.callback == callback
                && listener.options.capture == capture
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::SocketId;

    const WS: Target = Target::Socket(SocketId(0));

    fn function(number: u8) -> Callback {
        Callback::Function(FunctionId(number))
    }

    fn handler(number: u8) -> Callback {
        Callback::Handler(HandlerValue::Function(FunctionId(number)))
    }

    #[track_caller]
    fn check(listeners: &Listeners, want: &[Callback]) {
        let got: std::vec::Vec<_> = listeners
            .list
            .iter()
            .filter(|listener| !listener.removed)
            .map(|listener| listener.callback)
            .collect();
        assert_eq!(got, want);
    }

    fn add(listeners: &mut Listeners, number: u8, options: ListenerOptions) {
        listeners.add(WS, EventType::Close, FunctionId(number), options).expect("room");
    }

    fn set(listeners: &mut Listeners, value: HandlerValue) {
        listeners.set_handler(WS, EventType::Close, value).expect("room");
    }

    #[test]
    fn a_handler_keeps_its_place_until_it_is_null() {
        let mut listeners = Listeners::default();
        set(&mut listeners, HandlerValue::Function(FunctionId(1)));
        add(&mut listeners, 2, ListenerOptions::default());
        set(&mut listeners, HandlerValue::Function(FunctionId(3)));
        check(&listeners, &[handler(3), function(2)]);
        set(&mut listeners, HandlerValue::Null);
        set(&mut listeners, HandlerValue::Function(FunctionId(4)));
        check(&listeners, &[function(2), handler(4)]);
    }

    #[test]
    fn capture_distinguishes_listeners_and_once_does_not() {
        let mut listeners = Listeners::default();
        add(&mut listeners, 1, ListenerOptions::default());
        add(&mut listeners, 1, ListenerOptions { once: true, ..Default::default() });
        add(&mut listeners, 1, ListenerOptions { capture: true, ..Default::default() });
        check(&listeners, &[function(1), function(1)]);
        listeners.remove(WS, EventType::Close, FunctionId(1), false);
        check(&listeners, &[function(1)]);
    }

    #[test]
    fn a_signal_on_a_duplicate_does_nothing_to_the_first() {
        let mut listeners = Listeners::default();
        let signal = Some(SignalId(0));
        add(&mut listeners, 1, ListenerOptions::default());
        add(&mut listeners, 1, ListenerOptions { signal, ..Default::default() });
        add(&mut listeners, 2, ListenerOptions { signal, ..Default::default() });
        listeners.abort(SignalId(0));
        check(&listeners, &[function(1)]);
        add(&mut listeners, 3, ListenerOptions { signal, ..Default::default() });
        check(&listeners, &[function(1)]);
    }
}
