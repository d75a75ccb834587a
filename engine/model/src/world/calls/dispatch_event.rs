//! `dispatchEvent(event)` and the event objects that a page makes for it (DOM-21, IDL-07 to IDL-11).

use alloc::vec::Vec;

use super::conversion;
use crate::dom::{EventId, Value, convert};
use crate::page::{CloseEventInit, MadeBy, NewEvent, Page};
use crate::profile::InitCloseEvent;
use crate::trace::{
    Bound, Completion, Entry, EventAttributes, EventMember, EventType, Exception, Given, Interface, Method,
    PayloadId, Target, Trace, WhichEvent,
};
use crate::world::World;
use crate::world::callback::Flow;
use crate::world::occasion::Occasion;
use crate::world::state::Callback;

impl<P: Page> World<'_, P> {
    pub(super) fn dispatch_event(
        &mut self,
        target: Target,
        new_event: &NewEvent,
        callback: &Callback<P::Activation>,
        trace: &mut Trace,
    ) -> Flow {
        const CODE_CONVERTED: u8 = 1;
        const REASON_CONVERTED: u8 = 2;
        const DISPATCHED: u8 = 3;
        if callback.part == DISPATCHED {
            return Flow::Done(self.end_call(target, Method::DispatchEvent, Ok(()), trace));
        }
        let event = match new_event {
            NewEvent::Event { event_type, bubbles, cancelable } => {
                let (event_type, bubbles, cancelable) = (*event_type, *bubbles, *cancelable);
                let (was_clean, reason) = (false, PayloadId::EMPTY);
                trace.emit(Entry::EventInit {
                    event_type,
                    interface: Interface::Event,
                    bubbles,
                    cancelable,
                    was_clean,
                    reason,
                });
                let attributes =
                    EventAttributes { event_type, bubbles, cancelable, ..EventAttributes::default() };
                self.create(attributes, trace)
            }
            NewEvent::CloseEvent(event_type, init) => {
                let is_missing = init.made_by == MadeBy::InitCloseEvent
                    && self.scenario.profile.init_close_event == InitCloseEvent::Absent;
                if is_missing {
                    // LEGACY-10: `document.createEvent("CloseEvent")` knows no such event.
                    return Flow::Done(Completion::Threw(Exception::NotSupportedError));
                }
                // The constructor runs first: members in their order, code before reason (IDL-09).
                if let Completion::Threw(_) = callback.last
                    && callback.part != 0
                {
                    return Flow::Done(callback.last);
                }
                if callback.part < CODE_CONVERTED
                    && let Value::Object(function, _) = &init.code
                {
                    return self.convert(*function, callback, CODE_CONVERTED, trace);
                }
                if callback.part < REASON_CONVERTED
                    && let Value::Object(function, _) = &init.reason
                {
                    // A code that cannot be converted throws before the reason is looked at.
                    return match conversion::to_number(&init.code, trace) {
                        Ok(_) => self.convert(*function, callback, REASON_CONVERTED, trace),
                        Err(exception) => Flow::Done(Completion::Threw(exception)),
                    };
                }
                match close_event(*event_type, init, trace) {
                    Ok(attributes) => self.create(attributes, trace),
                    Err(exception) => return Flow::Done(Completion::Threw(exception)),
                }
            }
            NewEvent::Current => callback.event,
            NewEvent::Kept => self.state.events.kept(),
        };
        let Some(event) = event else {
            return Flow::Done(Completion::Threw(Exception::TypeError));
        };
        if *new_event == NewEvent::Kept {
            trace.emit(Entry::ReadEvent { event: WhichEvent::Kept, member: EventMember::Itself, value: 0 });
        }
        self.begin_call(target, Method::DispatchEvent, trace);
        match self.state.events[event].begin_synthetic_dispatch() {
            Ok(()) => {
                self.dispatch(target, event, Occasion::Event, trace);
                Flow::Suspended { part: DISPATCHED }
            }
            Err(exception) => Flow::Done(self.end_call(target, Method::DispatchEvent, Err(exception), trace)),
        }
    }

    fn create(&mut self, attributes: EventAttributes, trace: &Trace) -> Option<EventId> {
        let event = self.state.events.create(attributes);
        if event.is_none() {
            self.hit(Bound::Events, trace);
        }
        event
    }
}

/// `new CloseEvent(type, init)` (IDL-07 to IDL-11).
fn close_event(
    event_type: EventType,
    init: &CloseEventInit,
    trace: &mut Trace,
) -> Result<EventAttributes, Exception> {
    let (given, code_bits) = match &init.code {
        Value::Undefined => (Given::Missing, 0),
        // It was told when it was converted, before the reason.
        code if matches!(init.reason, Value::Object(..)) => (Given::Present, convert::to_number(code)?),
        code => (Given::Present, conversion::to_number(code, trace)?),
    };
    let reason = match &init.reason {
        Value::Undefined => PayloadId::EMPTY,
        reason => {
            let mut utf8 = Vec::new();
            conversion::to_usv_string(reason, &mut utf8, trace)?;
            trace.intern(&utf8)
        }
    };
    let CloseEventInit { bubbles, cancelable, was_clean, .. } = *init;
    let interface = Interface::CloseEvent;
    trace.emit(Entry::EventInit { event_type, interface, bubbles, cancelable, was_clean, reason });
    trace.emit(Entry::EventInitCode { code: given, code_bits });
    Ok(EventAttributes {
        event_type,
        interface,
        bubbles,
        cancelable,
        was_clean,
        code: convert::modulo_unsigned_short(code_bits),
        text: reason,
        ..EventAttributes::default()
    })
}
