//! What runs inside what: dispatches, callbacks and calls, as the trace nests them.

use super::arguments::Arguments;
use super::listeners::Listeners;
use crate::bounded::Bounded;
use crate::profile::ReturnFalse;
use crate::trace::{
    Completion, EventAttributes, EventType, FunctionId, Interface, Method, ReadyState, SocketId, Target,
};

/// How deep the mirror goes; beyond that nothing that depends on nesting is judged.
pub(super) const DEPTH_MAX: usize = 24;

/// What the listener that is called, or the end of a dispatch, says about the dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The listener whose turn it is; or everyone whose turn it was has been called.
    Right,
    /// It belongs to another target or type than the dispatch.
    WrongTarget,
    /// It was never registered, or it is removed.
    Removed,
    /// It had its turn in this pass.
    Twice,
    /// It was registered after the pass began.
    Late,
    /// Propagation was stopped.
    Stopped,
    /// Another function than the handler's value, or a handler without one.
    WrongValue,
    /// Others were passed over, or one that was there at the beginning was left out.
    Skipped,
    /// One that was registered in the first pass was left out of the second.
    SkippedNew,
    /// Others were left out after a listener threw.
    SkippedAfterThrow,
}

/// The event that the page kept beyond its dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kept {
    pub(super) event: EventAttributes,
    /// The canceled flag when its last dispatch ended, which stays (DOM-16).
    pub(super) canceled: bool,
}

/// A dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Dispatch {
    pub(super) target: Target,
    pub(super) event_type: EventType,
    pub(super) is_trusted: bool,
    pub(super) cancelable: bool,
    /// Whether it tells the global object of an exception; script can dispatch such an event again.
    is_error_event: bool,
    /// Whether script was running when it began.
    pub(super) in_script: bool,
    /// Whether it is in the second pass, that of the listeners that do not capture.
    pub(super) in_second_pass: bool,
    /// Propagation was stopped before it.
    second_pass_is_off: bool,
    pub(super) stopped: bool,
    pub(super) stopped_at_once: bool,
    pub(super) threw: bool,
    pub(super) report_is_due: bool,
    /// Whether the listener that was called last is passive, and whether it is an event handler.
    is_passive: bool,
    is_handler: bool,
    /// Whether a listener canceled the event, in this dispatch or in one before.
    pub(super) canceled: bool,
    /// The event, and whether it is the one that the page kept.
    event: EventAttributes,
    pub(super) is_kept: bool,
    /// Listeners that were called in either pass.
    pub(super) calls: u8,
    /// Whether a listener was called and removed ones were passed over.
    pub(super) passed_removed: bool,
    /// The positions whose turn is still to come in this pass, and those that were called.
    remaining: u64,
    called: u64,
    /// How many listeners there were when it began.
    count: u8,
}

impl Dispatch {
    /// Whether the user agent fires the event while no function of the page is running.
    pub(super) fn is_fired_by_the_user_agent(&self) -> bool {
        self.is_trusted && !self.in_script
    }

    pub(super) fn new(
        target: Target,
        event: &EventAttributes,
        in_script: bool,
        listeners: &Listeners,
    ) -> Self {
        let EventAttributes { event_type, interface, is_trusted, cancelable, .. } = *event;
        Self {
            target,
            event_type,
            is_trusted,
            cancelable,
            is_error_event: target == Target::Global
                && event_type == EventType::Error
                && interface == Interface::ErrorEvent,
            in_script,
            in_second_pass: false,
            second_pass_is_off: false,
            stopped: false,
            stopped_at_once: false,
            threw: false,
            report_is_due: false,
            is_passive: false,
            is_handler: false,
            canceled: false,
            event: *event,
            is_kept: false,
            calls: 0,
            passed_removed: false,
            remaining: listeners.clone_for(target, event_type, true),
            called: 0,
            count: u8::try_from(listeners.count()).unwrap_or(u8::MAX),
        }
    }

    /// Whether a listener was added since the dispatch began.
    pub(super) fn has_grown(&self, listeners: &Listeners) -> bool {
        listeners.count() > usize::from(self.count)
    }

    /// The same, of an event that was dispatched before.
    pub(super) fn again(self, kept: Kept) -> Self {
        Self { canceled: kept.canceled, is_kept: true, ..self }
    }

    fn enter_second_pass(&mut self, listeners: &Listeners) {
        self.in_second_pass = true;
        self.second_pass_is_off = self.stopped;
        self.called = 0;
        self.remaining =
            if self.stopped { 0 } else { listeners.clone_for(self.target, self.event_type, false) };
    }

    pub(super) fn stop(&mut self, immediate: bool) {
        self.stopped = true;
        if immediate {
            self.stopped_at_once = true;
            self.remaining = 0;
        }
    }

    /// A listener calls `preventDefault()`: nothing if the event is not cancelable or the listener is passive.
    pub(super) fn prevent_default(&mut self) {
        self.canceled |= self.cancelable && !self.is_passive;
    }

    /// A listener returns `false`, which means something from an event handler only.
    pub(super) fn return_false(&mut self, knob: ReturnFalse) {
        if !self.is_handler {
            return;
        }
        // It is canceled by `true`, which no function of a page returns (HANDLER-09).
        if self.is_error_event {
            return;
        }
        match knob {
            ReturnFalse::RespectCancelable => self.canceled |= self.cancelable,
            ReturnFalse::SetCanceled => self.canceled = true,
        }
    }

    /// A listener is called: judges whether it is its turn, and takes the turn.
    #[inline]
    pub(super) fn call(
        &mut self,
        listeners: &mut Listeners,
        target: Target,
        event_type: EventType,
        function: FunctionId,
        capture: bool,
        handler: bool,
    ) -> Turn {
        if target != self.target || event_type != self.event_type {
            return Turn::WrongTarget;
        }
        let mut skipped = false;
        if !capture && !self.in_second_pass {
            skipped = listeners.first_callable(self.remaining).is_some();
            self.enter_second_pass(listeners);
        } else if capture && self.in_second_pass {
            return Turn::Skipped;
        }
        let next = listeners.first_callable(self.remaining);
        let is_it = |index: usize| {
            let listener = listeners.at(index);
            listener.handler == handler && (handler || listener.function == function)
        };
        let turn = match next {
            Some(index) if is_it(index) => {
                if listeners.at(index).function == function {
                    Turn::Right
                } else {
                    Turn::WrongValue
                }
            }
            Some(_) | None => self.wrong(listeners, function, capture, handler),
        };
        if let (Turn::Right, Some(index)) = (turn, next) {
            let upto = u64::MAX >> (63 - index);
            self.passed_removed |= listeners.has_removed_in(self.remaining & upto);
            self.remaining &= !upto;
            self.called |= 1 << index;
            self.calls = self.calls.saturating_add(1);
            (self.is_passive, self.is_handler) = (listeners.at(index).passive, handler);
            if listeners.at(index).once {
                listeners.remove_at(index);
            }
        }
        match (turn, skipped) {
            (Turn::Right, true) if self.threw => Turn::SkippedAfterThrow,
            (Turn::Right, true) => Turn::Skipped,
            (turn, _) => turn,
        }
    }

    #[cold]
    fn wrong(&self, listeners: &Listeners, function: FunctionId, capture: bool, handler: bool) -> Turn {
        if self.stopped_at_once || self.second_pass_is_off {
            return Turn::Stopped;
        }
        let Some(index) = listeners.find(self.target, self.event_type, function, capture, handler) else {
            return Turn::Removed;
        };
        let listener = listeners.at(index);
        if self.called >> index & 1 != 0 {
            Turn::Twice
        } else if self.remaining >> index & 1 != 0 && !listeners.is_removed(index) {
            if handler && (!listeners.is_callable(index) || listener.function != function) {
                Turn::WrongValue
            } else if self.threw {
                Turn::SkippedAfterThrow
            } else {
                Turn::Skipped
            }
        } else if listeners.is_removed(index) {
            Turn::Removed
        } else {
            Turn::Late
        }
    }

    /// The dispatch ends: judges whether everyone was called.
    #[inline]
    pub(super) fn end(&mut self, listeners: &Listeners) -> Turn {
        let mut missing = listeners.first_callable(self.remaining);
        self.passed_removed |= listeners.has_removed_in(self.remaining);
        if missing.is_none() && !self.in_second_pass {
            self.enter_second_pass(listeners);
            self.passed_removed |= listeners.has_removed_in(self.remaining);
            missing = listeners.first_callable(self.remaining);
        }
        match missing {
            None => Turn::Right,
            Some(index) if index >= usize::from(self.count) => Turn::SkippedNew,
            Some(_) if self.threw => Turn::SkippedAfterThrow,
            Some(_) => Turn::Skipped,
        }
    }
}

/// What a call of a WebSocket's method changed, as bits.
pub(super) mod effect {
    /// The connection was failed.
    pub(in crate::invariant) const FAIL: u8 = 1;
    /// The closing handshake was started.
    pub(in crate::invariant) const START: u8 = 2;
    /// `readyState` became CLOSING.
    pub(in crate::invariant) const READY_STATE: u8 = 4;
    /// A frame was written.
    pub(in crate::invariant) const WRITE: u8 = 8;
    /// The connection was closed, or anything else.
    pub(in crate::invariant) const OTHER: u8 = 16;
}

/// A call of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Called {
    pub(super) target: Target,
    pub(super) method: Method,
    /// `readyState` and the column of the table of section 5.2 when the steps began, once the arguments are there.
    pub(super) steps: Option<(ReadyState, Column)>,
    pub(super) arguments: Arguments,
    /// Which event `dispatchEvent()` is called with, and whether that is under dispatch already.
    pub(super) event: WhoseEvent,
    pub(super) is_under_dispatch: bool,
    /// How the function ended that converted the last argument, if one did.
    pub(super) conversion: Option<Completion>,
    pub(super) effects: u8,
}

/// The event that `dispatchEvent()` is called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum WhoseEvent {
    /// One that script has just made.
    Made,
    /// The one that the page kept.
    Kept,
    /// The one whose listener is running.
    Current,
}

/// The columns of the table of section 5.2: where the protocol stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// Not established.
    NotEstablished,
    /// Established, and the closing handshake is not started.
    Established,
    /// The closing handshake is started.
    Closing,
    /// The WebSocket connection is closed, and the task that says so is pending or has run.
    Closed,
}

/// One level of nesting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Frame {
    /// Nothing.
    #[default]
    Empty,
    /// A dispatch.
    Dispatch(Dispatch),
    /// The callback of a listener.
    Listener,
    /// A microtask.
    Microtask,
    /// A method.
    Call(Called),
}

/// The stack of what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Stack {
    frames: Bounded<Frame, DEPTH_MAX>,
    /// The mirror overflowed, or the trace is not nested as it should be.
    pub(super) is_lost: bool,
}

impl Stack {
    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.is_lost = false;
    }

    #[inline(always)]
    pub(super) fn push(&mut self, frame: Frame) {
        self.is_lost |= self.frames.push(frame).is_err();
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop();
        self.is_lost |= frame.is_none();
        frame
    }

    #[inline(always)]
    pub(super) fn top(&self) -> &Frame {
        self.frames.last().unwrap_or(&Frame::Empty)
    }

    #[inline(always)]
    pub(super) fn top_mut(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// The method that is running, with nothing inside it.
    #[inline(always)]
    pub(super) fn call(&self) -> Option<&Called> {
        match self.top() {
            Frame::Call(called) => Some(called),
            Frame::Empty | Frame::Dispatch(_) | Frame::Listener | Frame::Microtask => None,
        }
    }

    #[inline(always)]
    pub(super) fn call_mut(&mut self) -> Option<&mut Called> {
        match self.top_mut() {
            Some(Frame::Call(called)) => Some(called),
            Some(Frame::Empty | Frame::Dispatch(_) | Frame::Listener | Frame::Microtask) | None => None,
        }
    }

    /// The dispatch that is under way, with nothing inside it.
    #[inline(always)]
    pub(super) fn dispatch(&self) -> Option<&Dispatch> {
        match self.top() {
            Frame::Dispatch(dispatch) => Some(dispatch),
            Frame::Empty | Frame::Call(_) | Frame::Listener | Frame::Microtask => None,
        }
    }

    #[inline(always)]
    pub(super) fn dispatch_mut(&mut self) -> Option<&mut Dispatch> {
        match self.top_mut() {
            Some(Frame::Dispatch(dispatch)) => Some(dispatch),
            Some(Frame::Empty | Frame::Call(_) | Frame::Listener | Frame::Microtask) | None => None,
        }
    }

    /// The dispatch whose listener is running: the innermost one, unless a microtask or nothing runs inside it.
    pub(super) fn dispatch_of_listener(&self) -> Option<&Dispatch> {
        match &self.frames[self.place_of_dispatch()?] {
            Frame::Dispatch(dispatch) => Some(dispatch),
            Frame::Empty | Frame::Call(_) | Frame::Listener | Frame::Microtask => None,
        }
    }

    /// As [`dispatch_of_listener`](Self::dispatch_of_listener).
    pub(super) fn dispatch_of_listener_mut(&mut self) -> Option<&mut Dispatch> {
        let place = self.place_of_dispatch()?;
        match &mut self.frames[place] {
            Frame::Dispatch(dispatch) => Some(dispatch),
            Frame::Empty | Frame::Call(_) | Frame::Listener | Frame::Microtask => None,
        }
    }

    fn place_of_dispatch(&self) -> Option<usize> {
        let is_function = |frame: &Frame| matches!(frame, Frame::Listener | Frame::Microtask);
        let innermost = self.frames.iter().rposition(is_function)?;
        if self.frames[innermost] == Frame::Listener { innermost.checked_sub(1) } else { None }
    }

    /// The event of the listener that is running becomes the one that the page kept, and no other is.
    pub(super) fn keep(&mut self) -> Option<Kept> {
        for frame in &mut *self.frames {
            if let Frame::Dispatch(dispatch) = frame {
                dispatch.is_kept = false;
            }
        }
        let dispatch = self.dispatch_of_listener_mut()?;
        dispatch.is_kept = true;
        Some(Kept { event: dispatch.event, canceled: dispatch.canceled })
    }

    /// The dispatch of the event that the page kept, if it is under way.
    pub(super) fn dispatch_of_kept(&self) -> Option<&Dispatch> {
        self.frames.iter().find_map(|frame| match frame {
            Frame::Dispatch(dispatch) if dispatch.is_kept => Some(dispatch),
            Frame::Dispatch(_) | Frame::Empty | Frame::Call(_) | Frame::Listener | Frame::Microtask => None,
        })
    }

    /// Whether a function of the page is running.
    #[inline]
    pub(super) fn is_in_script(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame, Frame::Listener | Frame::Microtask | Frame::Call(_)))
    }

    /// Whether a listener or a method is running below or at the top.
    #[inline]
    pub(super) fn is_in_listener_or_call(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame, Frame::Listener | Frame::Call(_)))
    }

    /// Whether a method of this socket other than `dispatchEvent` is running at any level.
    #[inline]
    pub(super) fn is_in_method_of(&self, socket: SocketId) -> bool {
        self.frames.iter().any(|frame| {
            matches!(frame, Frame::Call(called)
                if called.target == Target::Socket(socket) && called.method != Method::DispatchEvent)
        })
    }

    /// Whether `error` is being fired at the global object.
    pub(super) fn is_reporting(&self) -> bool {
        self.frames.iter().any(|frame| {
            matches!(frame, Frame::Dispatch(dispatch) if dispatch.is_trusted
                    && dispatch.target == Target::Global
                    && dispatch.event_type == EventType::Error)
        })
    }

    /// Whether a dispatch is under way at any level.
    pub(super) fn is_dispatching(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame, Frame::Dispatch(_)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}
