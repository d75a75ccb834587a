//! Event listeners and their order (DOM, interface EventTarget; HTML, event handlers; DOM-01 to DOM-06, HANDLER-*).

use crate::bounded::{Bounded, Full};
use crate::trace::{EventType, FunctionId, HandlerValue, ListenerOptions, SignalId, SocketId, Target};

/// How many listeners a world can have, over all targets.
pub const LISTENERS_MAX: usize = 64;

/// What a listener calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Callback {
    /// A function that was given to `addEventListener`.
    Function(FunctionId),
    /// The event handler of the listener's type, with its current value.
    Handler(HandlerValue),
}

impl Callback {
    /// The function to call, if there is one. An event handler whose value cannot be called takes a place in the list
    /// and does nothing (HANDLER-05).
    pub(super) fn function(self) -> Option<FunctionId> {
        match self {
            Self::Function(function) | Self::Handler(HandlerValue::Function(function)) => Some(function),
            Self::Handler(HandlerValue::NotCallable | HandlerValue::Null) => None,
        }
    }
}

/// Which events a listener hears: those of one type at one target, in one of the two passes of a dispatch.
///
/// They are in one word, because a search through all listeners compares nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(u32);

impl Key {
    /// The key of what hears nothing: a listener that is removed.
    const REMOVED: Self = Self(0);

    pub(super) fn new(target: Target, event_type: EventType, capture: bool) -> Self {
        let target = match target {
            Target::Global => 1,
            Target::Socket(SocketId(number)) => 2 + u32::from(number),
        };
        let event_type = match event_type {
            EventType::Open => 0,
            EventType::Message => 1,
            EventType::Error => 2,
            EventType::Close => 3,
            EventType::Custom(number) => 4 + u32::from(number),
            EventType::PageHide => 260,
            EventType::Unload => 261,
        };
        Self(target << 16 | event_type << 1 | u32::from(capture))
    }
}

/// An event listener (DOM-01), or the place of one that was removed: its removed flag takes effect in lists that were
/// cloned before (DOM-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Listener {
    key: Key,
    callback: Callback,
    /// The signal that removes it, with [`SIGNAL`].
    signal: SignalId,
    /// [`ONCE`], [`PASSIVE`] and [`SIGNAL`].
    flags: u8,
}

const ONCE: u8 = 1;
const PASSIVE: u8 = 2;
const SIGNAL: u8 = 4;

impl Default for Listener {
    fn default() -> Self {
        Self::REMOVED
    }
}

impl Listener {
    /// Nothing is kept of a listener that is removed, so that worlds that differ in that alone are equal.
    const REMOVED: Self = Self {
        key: Key::REMOVED,
        callback: Callback::Handler(HandlerValue::Null),
        signal: SignalId(0),
        flags: 0,
    };

    pub(super) fn callback(self) -> Callback {
        self.callback
    }

    pub(super) fn is_once(self) -> bool {
        self.flags & ONCE != 0
    }

    pub(super) fn is_passive(self) -> bool {
        self.flags & PASSIVE != 0
    }
}

/// The bit of a signal. Numbers from 128 on, which no scenario within its bounds has, share one.
fn bit(signal: SignalId) -> u128 {
    1 << signal.0.min(127)
}

/// The event listener lists of all targets, in one list in the order of registration.
///
/// A dispatch clones a target's list at the start of each pass (DOM-12). Since listeners are only ever appended
/// while a dispatch is under way, and a removed one keeps its place with its flag set, such a clone is just the
/// length that the list had: [`Listeners::len`]. Removed ones go when no dispatch is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Listeners {
    list: Bounded<Listener, LISTENERS_MAX>,
    /// Whether the list has places of removed listeners.
    has_gaps: bool,
    /// The signals that are aborted, as bits.
    aborted: u128,
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
        self.list.iter().all(|listener| listener.key == Key::REMOVED)
    }

    /// The listener at a position.
    pub(super) fn at(&self, index: u8) -> Listener {
        self.list[usize::from(index)]
    }

    /// The position of the first listener with this key, from `from` on and before `end`, that has something to call.
    #[inline]
    pub(super) fn find_callable(&self, key: Key, from: u8, end: u8) -> Option<u8> {
        (from..end.min(self.len())).find(|&index| {
            let listener = &self.list[usize::from(index)];
            listener.key == key && listener.callback.function().is_some()
        })
    }

    /// Whether `target` has a listener for `event_type`.
    #[must_use]
    pub fn has(&self, target: Target, event_type: EventType) -> bool {
        let keys = [false, true].map(|capture| Key::new(target, event_type, capture));
        self.list.iter().any(|listener| keys.contains(&listener.key))
    }

    /// Whether `target` has a listener for `event_type` that has something to call.
    #[inline]
    #[must_use]
    pub fn has_callable(&self, target: Target, event_type: EventType) -> bool {
        let keys = [false, true].map(|capture| Key::new(target, event_type, capture));
        self.list
            .iter()
            .any(|listener| keys.contains(&listener.key) && listener.callback.function().is_some())
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
        let key = Key::new(target, event_type, options.capture);
        let callback = Callback::Function(function);
        if self.position(key, callback).is_some() {
            return Ok(());
        }
        let flags = if options.once { ONCE } else { 0 }
            | if options.passive { PASSIVE } else { 0 }
            | if options.signal.is_some() { SIGNAL } else { 0 };
        self.list.push(Listener { key, callback, signal: options.signal.unwrap_or_default(), flags })
    }

    /// `removeEventListener` (DOM-04).
    pub fn remove(&mut self, target: Target, event_type: EventType, function: FunctionId, capture: bool) {
        let key = Key::new(target, event_type, capture);
        if let Some(index) = self.position(key, Callback::Function(function)) {
            self.remove_place(index);
        }
    }

    /// Removes the listener at a position, because it was to be called once (DOM-06).
    pub(super) fn remove_at(&mut self, index: u8) {
        self.remove_place(usize::from(index));
    }

    fn remove_place(&mut self, index: usize) {
        self.list[index] = Listener::REMOVED;
        self.has_gaps = true;
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
        let key = Key::new(target, event_type, false);
        let callback = Callback::Handler(value);
        let active = self
            .list
            .iter()
            .position(|listener| listener.key == key && matches!(listener.callback, Callback::Handler(_)));
        match (active, value) {
            (Some(index), HandlerValue::Null) => self.remove_place(index),
            (None, HandlerValue::Null) => {}
            // The listener keeps its place; only the value changes.
            (Some(index), HandlerValue::Function(_) | HandlerValue::NotCallable) => {
                self.list[index].callback = callback;
            }
            (None, HandlerValue::Function(_) | HandlerValue::NotCallable) => {
                self.list.push(Listener { key, callback, ..Listener::REMOVED })?;
            }
        }
        Ok(())
    }

    /// `AbortController.abort()` (DOM, signal abort; DOM-05): removes the listeners that were added with the signal,
    /// in the order in which they were added.
    pub fn abort(&mut self, signal: SignalId) {
        self.aborted |= bit(signal);
        for index in 0..self.list.len() {
            let listener = self.list[index];
            if listener.flags & SIGNAL != 0 && listener.signal == signal {
                self.remove_place(index);
            }
        }
    }

    fn is_aborted(&self, signal: SignalId) -> bool {
        self.aborted & bit(signal) != 0
    }

    /// Lets removed listeners go. To be called only when no dispatch is under way.
    #[inline]
    pub fn forget_removed(&mut self) {
        if self.has_gaps {
            self.list.retain(|listener| listener.key != Key::REMOVED);
            self.has_gaps = false;
        }
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.list.clear();
        self.has_gaps = false;
        self.aborted = 0;
    }

    fn position(&self, key: Key, callback: Callback) -> Option<usize> {
        self.list.iter().position(|listener| listener.key == key && listener.callback == callback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            .filter(|listener| listener.key != Key::REMOVED)
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

    #[test]
    fn every_target_type_and_pass_has_a_key_of_its_own() {
        let targets = (0..=u8::MAX).map(|number| Target::Socket(SocketId(number))).chain([Target::Global]);
        let types = [
            EventType::Open,
            EventType::Message,
            EventType::Error,
            EventType::Close,
            EventType::PageHide,
            EventType::Unload,
        ];
        let types = types.into_iter().chain((0..=u8::MAX).map(EventType::Custom));
        let mut keys = std::collections::BTreeSet::from([Key::REMOVED.0]);
        for target in targets {
            for event_type in types.clone() {
                assert!(keys.insert(Key::new(target, event_type, false).0), "{target:?} {event_type:?}");
                assert!(keys.insert(Key::new(target, event_type, true).0), "{target:?} {event_type:?}");
            }
        }
    }
}
