//! A mirror of the listener lists, rebuilt from what the page called, so that each dispatch is judged independently of
//! the model's own dispatcher (DOM-01 to DOM-06, HANDLER-01 to HANDLER-07).

use crate::bounded::Bounded;
use crate::trace::{EventType, FunctionId, HandlerValue, ListenerOptions, SignalId, Target};

/// Listeners that are mirrored; beyond that dispatch is not judged.
const LISTENERS_MAX: usize = 64;

/// One listener. Its position in the list is its place in the order of registration, at all targets together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Listener {
    pass: Pass,
    pub(super) function: FunctionId,
    pub(super) once: bool,
    pub(super) passive: bool,
    pub(super) handler: bool,
    signal: Option<SignalId>,
}

/// All listeners of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Listeners {
    list: Bounded<Listener, LISTENERS_MAX>,
    aborted: u64,
    /// The positions of those that are removed, and of handlers whose value cannot be called.
    removed: u64,
    uncallable: u64,
    /// The mirror overflowed; nothing that depends on it is judged any more.
    pub(super) is_lost: bool,
}

/// The pass of a dispatch that a listener belongs to: target, type and phase in one number, which one comparison
/// tells from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Pass(u32);

impl Pass {
    #[inline]
    fn new(target: Target, event_type: EventType, capture: bool) -> Self {
        let target = match target {
            Target::Global => u8::MAX,
            Target::Socket(socket) => socket.0,
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
        Self(u32::from(target) | event_type << 8 | u32::from(capture) << 24)
    }
}

impl Listeners {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        (self.aborted, self.removed, self.uncallable, self.is_lost) = (0, 0, 0, false);
    }

    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_removed(&self, index: usize) -> bool {
        self.removed >> index & 1 != 0
    }

    pub(super) fn is_callable(&self, index: usize) -> bool {
        self.uncallable >> index & 1 == 0
    }

    pub(super) fn at(&self, index: usize) -> &Listener {
        &self.list[index]
    }

    /// The listeners of one pass of a dispatch as a set of positions: those that are in the list now.
    #[inline]
    pub(super) fn clone_for(&self, target: Target, event_type: EventType, capture: bool) -> u64 {
        let pass = Pass::new(target, event_type, capture);
        let mut set = 0;
        for (index, listener) in self.list.iter().enumerate() {
            set |= u64::from(listener.pass == pass) << index;
        }
        set & !self.removed
    }

    /// The first of `set` that is not removed and can be called.
    #[inline]
    pub(super) fn first_callable(&self, set: u64) -> Option<usize> {
        let rest = set & !self.removed & !self.uncallable;
        (rest != 0).then(|| rest.trailing_zeros() as usize)
    }

    /// Whether a listener of `set` is removed.
    #[inline]
    pub(super) fn has_removed_in(&self, set: u64) -> bool {
        set & self.removed != 0
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
        let pass = Pass::new(target, event_type, capture);
        self.list.iter().rposition(|listener| {
            listener.pass == pass && listener.handler == handler && (handler || listener.function == function)
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
        if is_aborted || known.is_some_and(|index| !self.is_removed(index)) {
            return;
        }
        self.append(Listener {
            pass: Pass::new(target, event_type, options.capture),
            function,
            once: options.once,
            passive: options.passive,
            handler: false,
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
        self.removed |= 1 << index;
    }

    pub(super) fn set_handler(&mut self, target: Target, event_type: EventType, value: HandlerValue) {
        let known = self
            .find(target, event_type, FunctionId(0), false, true)
            .filter(|&index| !self.is_removed(index));
        let (function, is_callable) = match value {
            HandlerValue::Null => {
                if let Some(index) = known {
                    self.remove_at(index);
                }
                return;
            }
            HandlerValue::Function(function) => (function, true),
            HandlerValue::NotCallable => (FunctionId(0), false),
        };
        let index = known.unwrap_or(self.list.len());
        match known {
            Some(index) => self.list[index].function = function,
            None => self.append(Listener {
                pass: Pass::new(target, event_type, false),
                function,
                once: false,
                passive: false,
                handler: true,
                signal: None,
            }),
        }
        if index < self.list.len() {
            self.uncallable = self.uncallable & !(1 << index) | u64::from(!is_callable) << index;
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
        if self.removed != 0 {
            self.forget_removed();
        }
    }

    #[inline(never)]
    fn forget_removed(&mut self) {
        let (removed, uncallable) = (self.removed, self.uncallable);
        (self.removed, self.uncallable) = (0, 0);
        let mut kept = Bounded::new();
        for (index, &listener) in self.list.iter().enumerate() {
            if removed >> index & 1 == 0 {
                self.uncallable |= (uncallable >> index & 1) << kept.len();
                kept.push(listener).expect("no more than were there");
            }
        }
        self.list = kept;
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
