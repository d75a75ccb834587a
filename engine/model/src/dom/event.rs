//! Event objects (DOM, interface Event; WebSockets Standard, interface CloseEvent; DOM-15 to DOM-26).

use crate::trace::{Completion, EventAttributes, EventType, Exception, Interface, Target};

/// How many event objects can live at the same time.
pub const EVENTS_MAX: usize = 8;

/// An event object, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EventId(pub u8);

/// An event object: its attributes and the flags of its dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Event {
    /// What script can read and a dispatch does not change, but for `is_trusted`.
    pub attributes: EventAttributes,
    /// The event's current target, while a listener runs.
    pub current_target: Option<Target>,
    /// The stop propagation flag.
    pub stop_propagation: bool,
    /// The stop immediate propagation flag.
    pub stop_immediate_propagation: bool,
    /// The canceled flag.
    pub canceled: bool,
    /// The in passive listener flag.
    pub in_passive_listener: bool,
    /// The dispatch flag.
    pub dispatching: bool,
}

impl Event {
    /// An event with these attributes that has not been dispatched.
    #[must_use]
    pub fn new(attributes: EventAttributes) -> Self {
        Self { attributes, ..Self::default() }
    }

    /// `stopPropagation()`
    pub fn stop_propagation(&mut self) {
        self.stop_propagation = true;
    }

    /// `stopImmediatePropagation()`
    pub fn stop_immediate_propagation(&mut self) {
        self.stop_propagation = true;
        self.stop_immediate_propagation = true;
    }

    /// `preventDefault()` (DOM, set the canceled flag): nothing for an event that is not cancelable or in a passive
    /// listener (DOM-19).
    pub fn prevent_default(&mut self) {
        if self.attributes.cancelable && !self.in_passive_listener {
            self.canceled = true;
        }
    }

    /// `initEvent(type, bubbles, cancelable)`: ignored during a dispatch; the attributes of CloseEvent stay (DOM-23).
    pub fn init_event(&mut self, event_type: EventType, bubbles: bool, cancelable: bool) {
        if self.dispatching {
            return;
        }
        self.stop_propagation = false;
        self.stop_immediate_propagation = false;
        self.canceled = false;
        self.attributes =
            EventAttributes { is_trusted: false, event_type, bubbles, cancelable, ..self.attributes };
    }

    /// The first steps of `dispatchEvent(event)` (DOM-21).
    ///
    /// # Errors
    ///
    /// `InvalidStateError` if the event is being dispatched.
    pub fn begin_synthetic_dispatch(&mut self) -> Result<(), Exception> {
        if self.dispatching {
            return Err(Exception::InvalidStateError);
        }
        self.attributes.is_trusted = false;
        Ok(())
    }

    /// `eventPhase`: AT_TARGET in both passes, as no target has a parent, and NONE outside a dispatch (DOM-11, DOM-20).
    #[must_use]
    pub fn event_phase(&self) -> u8 {
        if self.dispatching { 2 } else { 0 }
    }

    /// The length of `composedPath()`: the target alone, and nothing outside a dispatch (DOM-10, DOM-20).
    #[must_use]
    pub fn composed_path_len(&self) -> u8 {
        u8::from(self.dispatching)
    }

    /// What an event handler's return value does (HTML, the event handler processing algorithm, last step):
    /// `false` cancels, and whether it cancels an event that is not cancelable is a knob (HANDLER-10).
    ///
    /// For an `ErrorEvent` at the global object it is the other way round: `true`, which no function of a page returns,
    /// cancels, and `false` does nothing (HTML, special error event handling; HANDLER-09).
    pub fn handler_returned(&mut self, completion: Completion, return_false: crate::profile::ReturnFalse) {
        let is_special = self.attributes.interface == Interface::ErrorEvent
            && self.attributes.event_type == EventType::Error
            && self.current_target == Some(Target::Global);
        if is_special {
            return;
        }
        match (completion, return_false) {
            (Completion::ReturnedFalse, crate::profile::ReturnFalse::RespectCancelable) => {
                self.prevent_default();
            }
            (Completion::ReturnedFalse, crate::profile::ReturnFalse::SetCanceled) => self.canceled = true,
            (Completion::Normal | Completion::Threw(_), _) => {}
        }
    }
}

/// The event objects that live: those in a dispatch and the one that the page kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Events {
    slots: [Option<Event>; EVENTS_MAX],
    kept: Option<EventId>,
}

impl Events {
    /// Whether another event object can be made.
    #[inline]
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.slots.iter().any(Option::is_none)
    }

    /// Makes an event object; `None` if [`EVENTS_MAX`] of them live.
    pub fn create(&mut self, attributes: EventAttributes) -> Option<EventId> {
        let index = self.slots.iter().position(Option::is_none)?;
        self.slots[index] = Some(Event::new(attributes));
        Some(EventId(u8::try_from(index).expect("there are few slots")))
    }

    /// The page keeps the event beyond its dispatch.
    pub fn keep(&mut self, id: EventId) {
        if let Some(before) = self.kept.replace(id).filter(|before| *before != id) {
            self.release(before);
        }
    }

    /// The event that the page kept.
    #[must_use]
    pub fn kept(&self) -> Option<EventId> {
        self.kept
    }

    /// The event is no longer needed by a dispatch; it goes unless the page kept it.
    pub fn release(&mut self, id: EventId) {
        if self.kept != Some(id) && !self[id].dispatching {
            self.slots[usize::from(id.0)] = None;
        }
    }

    /// Puts the event that the page kept in the first place. To be called only when no dispatch is under way, so that
    /// nothing but the page refers to an event.
    pub fn settle(&mut self) {
        if let Some(kept) = self.kept {
            self.slots.swap(0, usize::from(kept.0));
            self.kept = Some(EventId(0));
        }
    }

    /// Removes all events.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl core::ops::Index<EventId> for Events {
    type Output = Event;

    fn index(&self, id: EventId) -> &Event {
        self.slots[usize::from(id.0)].as_ref().expect("an event lives as long as its number is used")
    }
}

impl core::ops::IndexMut<EventId> for Events {
    fn index_mut(&mut self, id: EventId) -> &mut Event {
        self.slots[usize::from(id.0)].as_mut().expect("an event lives as long as its number is used")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::ReturnFalse;
    use crate::trace::SocketId;

    #[test]
    fn an_event_that_is_not_cancelable_cannot_be_canceled() {
        let mut event = Event::new(EventAttributes::default());
        event.prevent_default();
        assert!(!event.canceled);
        event.init_event(EventType::Close, false, true);
        event.prevent_default();
        assert!(event.canceled);
    }

    #[test]
    fn false_from_the_onerror_of_the_global_object_cancels_nothing() {
        let cancelable = EventAttributes { cancelable: true, ..EventAttributes::default() };
        for (interface, target, want) in [
            (Interface::ErrorEvent, Target::Global, false),
            (Interface::ErrorEvent, Target::Socket(SocketId(0)), true),
            (Interface::Event, Target::Global, true),
        ] {
            let attributes = EventAttributes { interface, event_type: EventType::Error, ..cancelable };
            let mut event = Event { current_target: Some(target), ..Event::new(attributes) };
            event.handler_returned(Completion::ReturnedFalse, ReturnFalse::RespectCancelable);
            assert_eq!(event.canceled, want, "{interface:?} at {target:?}");
        }
    }

    #[test]
    fn init_event_keeps_the_close_code() {
        let attributes =
            EventAttributes { code: 1000, was_clean: true, is_trusted: true, ..Default::default() };
        let mut event = Event::new(attributes);
        event.init_event(EventType::Custom(0), true, true);
        assert_eq!((event.attributes.code, event.attributes.was_clean), (1000, true));
        assert!(!event.attributes.is_trusted);
        event.dispatching = true;
        event.init_event(EventType::Close, false, false);
        assert_eq!(event.attributes.event_type, EventType::Custom(0));
    }

    #[test]
    fn a_kept_event_outlives_its_dispatch() {
        let mut events = Events::default();
        let first = events.create(EventAttributes::default()).expect("room");
        events.keep(first);
        events.release(first);
        assert!(!events[first].canceled);
        let second = events.create(EventAttributes::default()).expect("room");
        events.keep(second);
        assert_eq!(events.create(EventAttributes::default()), Some(first));
    }
}
