//! A mirror of the listener lists, rebuilt from what the page called, so that each dispatch is judged independently of
//! the model's own dispatcher (DOM-01 to DOM-06, HANDLER-01 to HANDLER-07).

use crate::bounded::Bounded;
use crate::trace::{EventType, FunctionId, HandlerValue, ListenerOptions, SignalId, Target};

/// Listeners that are mirrored; beyond that dispatch is not judged.
const LISTENERS_MAX: usize = 64;

/// One listener. Its position in the list is its place in the order of registration, at all targets together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Listener {
    target: u8,
    event_type: EventType,
    pub(super) function: FunctionId,
    pub(super) capture: bool,
    pub(super) once: bool,
    pub(super) passive: bool,
    pub(super) handler: bool,
    /// False for a handler whose value cannot be called.
    pub(super) callable: bool,
    pub(super) removed: bool,
    signal: Option<SignalId>,
}

/// All listeners of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Listeners {
    list: Bounded<Listener, LISTENERS_MAX>,
    aborted: u64,
    has_removed: bool,
    /// The mirror overflowed; nothing that depends on it is judged any more.
    pub(super) is_lost: bool,
}

fn number(target: Target) -> u8 {
    match target {
        Target::Global => u8::MAX,
        Target::Socket(socket) => socket.0,
    }
}

impl Listeners {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        (self.aborted, self.has_removed, self.is_lost) = (0, false, false);
    }

    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    pub(super) fn at(&self, index: usize) -> &Listener {
        &self.list[index]
    }

    /// The listeners of one pass of a dispatch as a set of positions: those that are in the list now.
    #[inline]
    pub(super) fn clone_for(&self, target: Target, event_type: EventType, capture: bool) -> u64 {
        let target = number(target);
        let mut set = 0;
        for (index, listener) in self.list.iter().enumerate() {
            let is_in = listener.target == target
                && listener.event_type == event_type
                && listener.capture == capture
                && !listener.removed;
            set |= u64::from(is_in) << index;
        }
        set
    }

    /// The first of `set` that is not removed and can be called.
    #[inline]
    pub(super) fn first_callable(&self, mut set: u64) -> Option<usize> {
        while set != 0 {
            let index = set.trailing_zeros() as usize;
            let listener = &self.list[index];
            if !listener.removed && listener.callable {
                return Some(index);
            }
            set &= set - 1;
        }
        None
    }

    /// Whether a listener of `set` is removed.
    pub(super) fn has_removed_in(&self, mut set: u64) -> bool {
        while self.has_removed && set != 0 {
            if self.list[set.trailing_zeros() as usize].removed {
                return true;
            }
            set &= set - 1;
        }
        false
    }

    /// The latest listener that was registered as this one is, removed or not.
    pub(super) fn find(
        &self,
        target: Target,
        event_type: EventType,
        function: FunctionId,
        capture: bool,
        handler: bool,
    ) -> Option<usize> {
        let target = number(target);
        self.list.iter().rposition(|listener| {
            listener.target == target
                && listener.event_type == event_type
                && listener.capture == capture
                && listener.handler == handler
                && (handler || listener.function == function)
        })
    }

    pub(super) fn add(
        &mut self,
        target: Target,
        event_type: EventType,
        function: FunctionId,
        options: ListenerOptions,
    ) {
        let is_aborted = options.signal.is_some_and(|signal| self.aborted >> (signal.0 & 63) & 1 != 0);
        let known = self.find(target, event_type, function, options.capture, false);
        if is_aborted || known.is_some_and(|index| !self.list[index].removed) {
            return;
        }
        self.append(Listener {
            target: number(target),
            event_type,
            function,
            capture: options.capture,
            once: options.once,
            passive: options.passive,
            handler: false,
            callable: true,
            removed: false,
            signal: options.signal,
        });
    }

    fn append(&mut self, listener: Listener) {
        self.is_lost |= self.list.push(listener).is_err();
    }

    pub(super) fn remove(
        &mut self,
        target: Target,
        event_type: EventType,
        function: FunctionId,
        capture: bool,
    ) {
        if let Some(index) = self.find(target, event_type, function, capture, false) {
            self.remove_at(index);
        }
    }

    pub(super) fn remove_at(&mut self, index: usize) {
        self.list[index].removed = true;
        self.has_removed = true;
    }

    pub(super) fn set_handler(&mut self, target: Target, event_type: EventType, value: HandlerValue) {
        let known = self
            .find(target, event_type, FunctionId(0), false, true)
            .filter(|&index| !self.list[index].removed);
        let (function, callable) = match value {
            HandlerValue::Null => {
                if let Some(index) = known {
                    self.remove_at(index);
                }
                return;
            }
            HandlerValue::Function(function) => (function, true),
            HandlerValue::NotCallable => (FunctionId(0), false),
        };
        match known {
            Some(index) => {
                (self.list[index].function, self.list[index].callable) = (function, callable);
            }
            None => self.append(Listener {
                target: number(target),
                event_type,
                function,
                capture: false,
                once: false,
                passive: false,
                handler: true,
                callable,
                removed: false,
                signal: None,
            }),
        }
    }

    pub(super) fn abort(&mut self, signal: SignalId) {
        self.aborted |= 1 << (signal.0 & 63);
        for index in 0..self.list.len() {
            if self.list[index].signal == Some(signal) {
                self.remove_at(index);
            }
        }
    }

    /// Forgets what was removed; only while nothing is dispatched, because positions change.
    #[inline]
    pub(super) fn compact(&mut self) {
        if self.has_removed {
            self.list.retain(|listener| !listener.removed);
            self.has_removed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::SocketId;

    const WS: Target = Target::Socket(SocketId(0));

    fn functions(listeners: &Listeners, capture: bool) -> alloc::vec::Vec<u8> {
        let mut set = listeners.clone_for(WS, EventType::Close, capture);
        let mut found = alloc::vec::Vec::new();
        while let Some(index) = listeners.first_callable(set) {
            found.push(listeners.at(index).function.0);
            set &= !(1 << index);
        }
        found
    }

    fn add(listeners: &mut Listeners, function: u8, options: ListenerOptions) {
        listeners.add(WS, EventType::Close, FunctionId(function), options);
    }

    #[test]
    fn a_handler_keeps_its_place_until_it_is_null() {
        let mut listeners = Listeners::default();
        listeners.set_handler(WS, EventType::Close, HandlerValue::Function(FunctionId(1)));
        add(&mut listeners, 2, ListenerOptions::default());
        listeners.set_handler(WS, EventType::Close, HandlerValue::Function(FunctionId(3)));
        assert_eq!(functions(&listeners, false), [3, 2]);
        listeners.set_handler(WS, EventType::Close, HandlerValue::Null);
        listeners.set_handler(WS, EventType::Close, HandlerValue::Function(FunctionId(3)));
        assert_eq!(functions(&listeners, false), [2, 3]);
        listeners.set_handler(WS, EventType::Close, HandlerValue::NotCallable);
        assert_eq!(functions(&listeners, false), [2]);
    }

    #[test]
    fn an_abort_removes_what_was_registered_with_its_signal_and_no_duplicate() {
        let signal = SignalId(0);
        let with_signal = ListenerOptions { signal: Some(signal), ..ListenerOptions::default() };
        let mut listeners = Listeners::default();
        add(&mut listeners, 1, ListenerOptions::default());
        add(&mut listeners, 1, with_signal);
        add(&mut listeners, 2, with_signal);
        listeners.abort(signal);
        assert_eq!(functions(&listeners, false), [1]);
        add(&mut listeners, 3, with_signal);
        assert_eq!(functions(&listeners, false), [1]);
    }

    #[test]
    fn type_callback_and_capture_tell_listeners_apart() {
        let mut listeners = Listeners::default();
        let capture = ListenerOptions { capture: true, ..ListenerOptions::default() };
        for options in [ListenerOptions::default(), capture, ListenerOptions { once: true, ..capture }] {
            add(&mut listeners, 1, options);
        }
        assert_eq!((functions(&listeners, true), functions(&listeners, false)), ([1].into(), [1].into()));
        listeners.remove(WS, EventType::Close, FunctionId(1), true);
        listeners.compact();
        assert_eq!((functions(&listeners, true), functions(&listeners, false)), ([].into(), [1].into()));
    }
}
