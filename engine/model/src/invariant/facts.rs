//! Everything that the entries so far have told, in one flat value.

use super::arguments::Arguments;
use super::frames::{HASH_START, Next, hash_on};
use super::listeners::Listeners;
use super::response::{self, Response};
use super::socket::{Message, Socket};
use super::stack::{Called, Dispatch, Frame, Stack, Turn, effect};
use crate::bounded::Bounded;
use crate::profile::Profile;
use crate::scenario::bounds::SOCKETS_MAX;
use crate::trace::{
    Attribute, Cause, Completion, EndpointTimer, Entry, EventType, FunctionId, Method, PayloadId, Payloads,
    ReadyState, Side, SocketId, Target, Task,
};

/// Microtasks that are mirrored.
const MICROTASKS_MAX: usize = 64;

/// WebSocket tasks that are mirrored.
const TASKS_MAX: usize = 64;

/// What the facts say about the entry that comes, found once for all invariants that ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing, or the facts do not know.
    Unknown,
    /// Whether the frame is the next one in the bytes.
    Frame(bool),
    /// Whether the failure names the offence in the bytes, at its position.
    Offence(bool),
    /// The entry is a boundary, and the bytes before it were dealt with.
    Settled,
    /// The bytes before it held a frame that the trace does not have.
    MissedFrame,
    /// The bytes before it held an offence without a failure.
    MissedOffence,
    /// The response before it was valid without *established*, or invalid without a failure.
    MissedResponse,
    /// A message was complete, and no task was queued.
    MissedMessage,
    /// What a listener's call or the end of a dispatch means.
    Turn(Turn),
}

/// The facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Facts {
    pub(super) sockets: [Socket; SOCKETS_MAX],
    /// How many sockets the trace has spoken of.
    used: u8,
    /// Tasks of the WebSocket task source that are queued, in order.
    tasks: Bounded<Option<Task>, TASKS_MAX>,
    pub(super) tasks_are_lost: bool,
    pub(super) running: Option<Task>,
    pub(super) checkpoint_is_due: bool,
    pub(super) microtasks: Bounded<FunctionId, MICROTASKS_MAX>,
    pub(super) microtasks_are_lost: bool,
    pub(super) microtask_report_is_due: bool,
    pub(super) listeners: Listeners,
    pub(super) stack: Stack,
}

#[inline]
fn place(socket: SocketId) -> usize {
    // A scenario has four WebSockets at most; in a recording with more, those beyond share a place and prove nothing.
    usize::from(socket.0) % SOCKETS_MAX
}

impl Facts {
    /// Back to the beginning; what was never touched is not written.
    pub(super) fn clear(&mut self) {
        for socket in &mut self.sockets[..usize::from(self.used)] {
            *socket = Socket::default();
        }
        self.used = 0;
        self.tasks.clear();
        self.microtasks.clear();
        self.listeners.clear();
        self.stack.clear();
        self.running = None;
        (self.tasks_are_lost, self.microtasks_are_lost) = (false, false);
        (self.checkpoint_is_due, self.microtask_report_is_due) = (false, false);
    }

    #[inline]
    pub(super) fn socket(&self, socket: SocketId) -> &Socket {
        &self.sockets[place(socket)]
    }

    #[inline]
    fn socket_mut(&mut self, socket: SocketId) -> &mut Socket {
        let place = place(socket);
        self.used = self.used.max(place as u8 + 1);
        &mut self.sockets[place]
    }

    /// The sockets that the trace has spoken of.
    #[inline]
    pub(super) fn used(&self) -> &[Socket] {
        &self.sockets[..usize::from(self.used)]
    }

    /// The task of the WebSocket task source that is next in its queue.
    #[inline]
    pub(super) fn next_task(&self) -> Option<Task> {
        self.tasks.first().copied().flatten()
    }

    #[inline]
    pub(super) fn has_tasks(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Whether script is running as far as the stack shows, apart from a whole script or timer callback.
    #[inline]
    pub(super) fn stack_is_known(&self) -> bool {
        !self.stack.is_lost
    }

    /// Looks at `entry` before it is judged; moves the oracles on.
    #[inline(always)]
    pub(super) fn examine(&mut self, entry: &Entry, payloads: &Payloads, profile: &Profile) -> Finding {
        match *entry {
            Entry::Rx { socket, .. }
            | Entry::RxFin { socket }
            | Entry::RxRst { socket }
            | Entry::TimerFired { socket, .. } => self.settle(place(socket), payloads, profile),
            Entry::Quiescent => {
                let mut finding = Finding::Settled;
                for place in 0..usize::from(self.used) {
                    match self.settle(place, payloads, profile) {
                        Finding::Settled | Finding::Unknown => {}
                        missed => {
                            finding = missed;
                            break;
                        }
                    }
                }
                finding
            }
            Entry::RxFrame { socket, head, payload } => {
                let socket = self.socket_mut(socket);
                if !socket.frames_are_known {
                    return Finding::Unknown;
                }
                let rx = payloads.get(socket.rx);
                let payload = payloads.get(payload);
                let next = socket.frames.next(rx, &mut socket.rx_at, profile);
                let is_it = match next {
                    Next::Frame { head: wanted, len, before, last_len, .. } => {
                        let last = &rx[socket.rx_at as usize - last_len..socket.rx_at as usize];
                        head == wanted
                            && payload.len() as u64 == len
                            && if last.len() == payload.len() {
                                last == payload
                            } else {
                                hash_on(before, last) == hash_on(HASH_START, payload)
                            }
                    }
                    Next::More | Next::Offence(_) => false,
                };
                socket.frames_are_known = is_it;
                Finding::Frame(is_it)
            }
            Entry::Fail { socket, cause, at } => self.examine_failure(socket, cause, at, payloads, profile),
            Entry::Listener { target, event_type, function, capture, handler, .. } => {
                if self.stack.is_lost || self.listeners.is_lost {
                    return Finding::Unknown;
                }
                let Some(dispatch) = self.stack.dispatch_mut() else {
                    return Finding::Turn(Turn::WrongTarget);
                };
                let turn = dispatch.call(&mut self.listeners, target, event_type, function, capture, handler);
                Finding::Turn(turn)
            }
            Entry::FireEnd { .. } => {
                if self.stack.is_lost || self.listeners.is_lost {
                    return Finding::Unknown;
                }
                let listeners = &self.listeners;
                match self.stack.dispatch_mut() {
                    Some(dispatch) => Finding::Turn(dispatch.end(listeners)),
                    None => Finding::Unknown,
                }
            }
            _ => Finding::Unknown,
        }
    }

    #[inline(never)]
    fn settle(&mut self, place: usize, payloads: &Payloads, profile: &Profile) -> Finding {
        let socket = &mut self.sockets[place];
        if !socket.is_receiving() {
            return Finding::Settled;
        }
        if !socket.is_established {
            return match socket.response {
                Response::Valid { .. } | Response::Invalid => Finding::MissedResponse,
                Response::Incomplete => Finding::Settled,
                Response::Unclear { .. } => Finding::Unknown,
            };
        }
        if socket.complete.is_some() && socket.closing_by.is_none() {
            return Finding::MissedMessage;
        }
        if !socket.frames_are_known {
            return Finding::Unknown;
        }
        if socket.received_close.is_some() {
            return Finding::Settled;
        }
        match socket.frames.next(payloads.get(socket.rx), &mut socket.rx_at, profile) {
            Next::More => Finding::Settled,
            Next::Frame { .. } => Finding::MissedFrame,
            Next::Offence(_) => Finding::MissedOffence,
        }
    }

    #[cold]
    fn examine_failure(
        &mut self,
        socket: SocketId,
        cause: Cause,
        at: u32,
        payloads: &Payloads,
        profile: &Profile,
    ) -> Finding {
        let is_in_close_of = |socket| {
            self.stack.call().is_some_and(|called| {
                called.method == Method::Close && called.target == Target::Socket(socket)
            })
        };
        let is_in_close = self.stack.is_lost || is_in_close_of(socket);
        let socket = self.socket_mut(socket);
        let is_justified = match cause {
            Cause::NameNotResolved
            | Cause::Unroutable
            | Cause::Refused
            | Cause::TlsFailed
            | Cause::BadPort => !socket.is_requested,
            Cause::HandshakeTimeout => socket.handshake_timer_fired && !socket.is_established,
            Cause::ClosedByPage => is_in_close && !socket.is_established,
            Cause::MalformedResponse
            | Cause::ResponseTooLarge
            | Cause::Status
            | Cause::Upgrade
            | Cause::Connection
            | Cause::Accept
            | Cause::Extension
            | Cause::ProtocolMissing
            | Cause::ProtocolUnrequested => {
                !socket.is_established
                    && socket.reads_len > 0
                    && !matches!(socket.response, Response::Valid { .. })
            }
            Cause::ReservedBit
            | Cause::ReservedOpcode
            | Cause::FragmentedControl
            | Cause::MaskedByServer
            | Cause::UnmaskedByClient
            | Cause::ControlTooLong
            | Cause::LengthHighBit
            | Cause::LengthNotMinimal
            | Cause::UnexpectedContinuation
            | Cause::ExpectedContinuation
            | Cause::TooBig
            | Cause::TextNotUtf8
            | Cause::CloseBodyOfOneByte
            | Cause::CloseCode
            | Cause::ReasonNotUtf8 => {
                if !socket.frames_are_known {
                    return Finding::Unknown;
                }
                match socket.frames.next(payloads.get(socket.rx), &mut socket.rx_at, profile) {
                    Next::Offence(offence) => offence.is(cause, at) && socket.received_close.is_none(),
                    Next::More | Next::Frame { .. } => false,
                }
            }
            Cause::FrameAfterClose => {
                socket.received_close.is_some()
                    && (!socket.frames_are_known || payloads.get(socket.rx).len() > socket.rx_at as usize)
            }
            Cause::EndOfStream => socket.has_rx_fin && !socket.is_complete(),
            Cause::Reset => socket.has_rx_rst && !socket.is_complete(),
            Cause::CloseTimeout => socket.close_timer_fired,
        };
        Finding::Offence(is_justified)
    }

    /// Takes `entry` in, after it was judged.
    #[inline(always)]
    pub(super) fn note(&mut self, entry: &Entry, payloads: &Payloads, profile: &Profile) {
        match *entry {
            Entry::Elapse { by_us } => self.elapse(by_us, profile),
            Entry::Rx { socket, bytes } => self.note_rx(socket, bytes, payloads),
            Entry::RxFin { socket } => self.socket_mut(socket).has_rx_fin = true,
            Entry::RxRst { socket } => self.socket_mut(socket).has_rx_rst = true,
            Entry::TxFin { socket } => {
                self.socket_mut(socket).has_tx_fin = true;
                self.effect(socket, effect::OTHER);
            }
            Entry::TcpClosed { socket, by } => {
                self.socket_mut(socket).end = Some(by);
                self.effect(socket, effect::OTHER);
            }
            Entry::Request { socket, nonce, protocols } => {
                let socket = self.socket_mut(socket);
                socket.is_requested = true;
                (socket.nonce, socket.requested) = (nonce, protocols);
            }
            Entry::Established { socket, protocol } => self.note_established(socket, protocol, payloads),
            Entry::RxFrame { socket, head, payload } => {
                self.note_frame(socket, head.first, payload, payloads);
            }
            Entry::TxFrame { socket, head, payload, .. } => {
                self.note_written(socket, head.opcode(), payload, payloads);
                self.effect(socket, effect::WRITE);
            }
            Entry::ClosingStarted { socket, by } => {
                let asked = self.stack.call().map(|called| called.arguments);
                let socket_facts = self.socket_mut(socket);
                if socket_facts.closing_by.is_none() {
                    socket_facts.closing_by = Some(by);
                    socket_facts.asked = asked.filter(|_| by == Side::Us && socket_facts.failed.is_none());
                }
                self.effect(socket, effect::START);
            }
            Entry::Fail { socket, cause, .. } => {
                self.socket_mut(socket).failed.get_or_insert(cause);
                self.effect(socket, effect::FAIL);
            }
            Entry::Full { socket } => self.socket_mut(socket).is_full = true,
            Entry::TimerFired { socket, timer } => {
                let socket = self.socket_mut(socket);
                match timer {
                    EndpointTimer::Handshake => socket.handshake_timer_fired = true,
                    EndpointTimer::Close => socket.close_timer_fired = true,
                    EndpointTimer::Linger => socket.linger_timer_fired = true,
                }
            }
            Entry::Closed { socket, .. } => {
                self.socket_mut(socket).is_closed = true;
                self.effect(socket, effect::OTHER);
            }
            Entry::Enqueue { task } => self.note_queued(task),
            Entry::TaskBegin { task } => self.note_task(task),
            Entry::TaskEnd { task } => {
                self.running = None;
                self.checkpoint_is_due = true;
                if let Task::Closed(socket) = task {
                    self.socket_mut(socket).closed_has_run = true;
                }
            }
            Entry::MicrotaskQueued { function } => {
                self.microtasks_are_lost |= self.microtasks.push(function).is_err();
            }
            Entry::MicrotaskBegin { .. } => {
                if !self.microtasks.is_empty() {
                    self.microtasks.remove(0);
                }
                self.stack.push(Frame::Microtask);
            }
            Entry::MicrotaskEnd { completion, .. } => {
                self.stack.pop();
                self.microtask_report_is_due = matches!(completion, Completion::Threw(_));
            }
            Entry::Checkpoint => self.checkpoint_is_due = false,
            Entry::Report { .. } => {
                if self.microtask_report_is_due {
                    self.microtask_report_is_due = false;
                } else if let Some(dispatch) = self.stack.dispatch_mut() {
                    dispatch.report_is_due = false;
                }
            }
            Entry::ReadyState { socket, new, .. } => {
                self.socket_mut(socket).ready_state = new;
                self.effect(socket, effect::READY_STATE);
            }
            Entry::Attributes { socket, protocol, extensions } => {
                let len = |id| u32::try_from(payloads.get(id).len()).unwrap_or(u32::MAX);
                let socket = self.socket_mut(socket);
                socket.has_attributes = true;
                socket.attribute_lens = (len(protocol), len(extensions));
            }
            Entry::FireBegin { target, event } => {
                let in_script = self.stack.is_in_script();
                let dispatch = Dispatch::new(
                    target,
                    event.event_type,
                    event.is_trusted,
                    event.cancelable,
                    in_script,
                    &self.listeners,
                );
                self.stack.push(Frame::Dispatch(dispatch));
                if let (Target::Socket(socket), true) = (target, event.is_trusted) {
                    let socket = self.socket_mut(socket);
                    let count = match event.event_type {
                        EventType::Open => &mut socket.open_count,
                        EventType::Error => &mut socket.error_count,
                        EventType::Close => &mut socket.close_count,
                        EventType::Message => {
                            socket.current = None;
                            return;
                        }
                        EventType::Custom(_) => return,
                    };
                    *count = count.saturating_add(1);
                }
            }
            Entry::Listener { .. } => self.stack.push(Frame::Listener),
            Entry::ListenerEnd { completion, .. } => {
                self.stack.pop();
                if let (Completion::Threw(_), Some(dispatch)) = (completion, self.stack.dispatch_mut()) {
                    (dispatch.threw, dispatch.report_is_due) = (true, true);
                }
            }
            Entry::FireEnd { .. } => {
                self.stack.pop();
                if !self.stack.is_dispatching() {
                    self.listeners.compact();
                }
            }
            Entry::CallBegin { target, method, .. } => {
                if let (Target::Socket(socket), Method::Constructor) = (target, method) {
                    *self.socket_mut(socket) = Socket { is_made: true, ..Socket::default() };
                }
                self.stack.push(Frame::Call(Called {
                    target,
                    method,
                    steps: None,
                    arguments: Arguments::default(),
                    effects: 0,
                }));
            }
            Entry::CloseArguments { socket, code, reason, reason_utf8, code_bits } => {
                let facts = self.socket(socket);
                let steps = Some((facts.ready_state, facts.column()));
                let arguments =
                    Arguments::new(code, code_bits, reason, reason_utf8, payloads.get(reason_utf8).len());
                if let Some(called) = self.stack.call_mut() {
                    (called.steps, called.arguments) = (steps, arguments);
                }
            }
            Entry::SendArgument { socket, text, data } => self.note_send(socket, text, data, payloads),
            Entry::ConstructorArguments { socket, url, .. } => self.socket_mut(socket).url = url,
            Entry::CallEnd { target, method, completion, .. } => self.note_return(target, method, completion),
            Entry::AddListener { target, event_type, function, options } => {
                self.listeners.add(target, event_type, function, options);
            }
            Entry::RemoveListener { target, event_type, function, capture } => {
                self.listeners.remove(target, event_type, function, capture);
                self.compact_if_idle();
            }
            Entry::SetHandler { target, event_type, value } => {
                self.listeners.set_handler(target, event_type, value);
                self.compact_if_idle();
            }
            Entry::Abort { signal } => {
                self.listeners.abort(signal);
                self.compact_if_idle();
            }
            Entry::StopPropagation { immediate } => {
                if let Some(dispatch) = self.stack.dispatch_of_listener_mut() {
                    dispatch.stop(immediate);
                } else {
                    // Whose event it was is not said; what follows in the dispatch is not judged.
                    self.stack.is_lost |= self.stack.is_dispatching();
                }
            }
            Entry::Read { socket, attribute: Attribute::BufferedAmount, value } => {
                let socket = self.socket_mut(socket);
                (socket.read, socket.read_in_this_task) = (Some(value), true);
                (socket.read_after_end, socket.sent_since_read) = (socket.is_closed, 0);
            }
            Entry::PeerStep { .. }
            | Entry::Read { .. }
            | Entry::PreventDefault
            | Entry::Note { .. }
            | Entry::Bound { .. }
            | Entry::Quiescent => {}
        }
    }

    fn compact_if_idle(&mut self) {
        if !self.stack.is_dispatching() {
            self.listeners.compact();
        }
    }

    /// Attributes a change of `socket` to the method that is running, if it is one of that socket's.
    #[inline]
    fn effect(&mut self, socket: SocketId, effect: u8) {
        if let Some(called) = self.stack.call_mut()
            && called.target == Target::Socket(socket)
        {
            called.effects |= effect;
        }
    }

    #[inline(never)]
    fn elapse(&mut self, by_us: u64, profile: &Profile) {
        let limit = |time: u64, max: u64| time.saturating_add(by_us).min(max.saturating_add(1));
        for socket in &mut self.sockets[..usize::from(self.used)] {
            if socket.is_closed {
                continue;
            }
            if socket.is_requested && !socket.is_established {
                socket.since_request = limit(socket.since_request, profile.handshake_timeout_us);
            }
            if socket.closing_by.is_some() {
                socket.since_started = limit(socket.since_started, profile.close_timeout_us);
            }
            if socket.sent_close.is_some() {
                socket.since_sent = limit(socket.since_sent, profile.close_timeout_us);
            }
            if socket.is_complete() {
                socket.since_complete = limit(socket.since_complete, profile.linger_us);
            }
        }
    }

    #[inline(never)]
    fn note_rx(&mut self, socket: SocketId, bytes: PayloadId, payloads: &Payloads) {
        let socket = self.socket_mut(socket);
        (socket.rx, socket.rx_at) = (bytes, 0);
        if socket.is_established || !socket.is_receiving() {
            return;
        }
        let read = payloads.get(bytes);
        socket.reads_are_lost |= socket.reads.push(bytes).is_err();
        socket.reads_len = socket.reads_len.saturating_add(u32::try_from(read.len()).unwrap_or(u32::MAX));
        let requested = payloads.get(socket.requested);
        socket.response = if socket.reads_are_lost || socket.reads_len as usize > response::LEN_MAX {
            Response::Unclear { head_len: None }
        } else if socket.reads.len() == 1 {
            response::judge(read, socket.nonce, requested)
        } else {
            let mut bytes = [0; response::LEN_MAX];
            let mut len = 0;
            for &id in socket.reads.iter() {
                let read = payloads.get(id);
                bytes[len..len + read.len()].copy_from_slice(read);
                len += read.len();
            }
            response::judge(&bytes[..len], socket.nonce, requested)
        };
    }

    #[inline(never)]
    fn note_established(&mut self, socket: SocketId, protocol: PayloadId, payloads: &Payloads) {
        let socket = self.socket_mut(socket);
        (socket.is_established, socket.protocol) = (true, protocol);
        let head_len = match socket.response {
            Response::Valid { head_len, .. } => Some(head_len),
            Response::Unclear { head_len } => head_len,
            Response::Incomplete | Response::Invalid => None,
        };
        // What follows the head in the last read are frames.
        let last_len = u32::try_from(payloads.get(socket.rx).len()).unwrap_or(u32::MAX);
        let at = head_len.and_then(|head_len| head_len.checked_sub(socket.reads_len.checked_sub(last_len)?));
        socket.frames_are_known = at.is_some();
        socket.rx_at = at.unwrap_or(0);
        socket.reads.clear();
    }

    #[inline]
    fn note_frame(&mut self, socket: SocketId, first: u8, payload: PayloadId, payloads: &Payloads) {
        let socket = self.socket_mut(socket);
        let is_final = first & 0x80 != 0;
        match first & 0x0f {
            8 => socket.received_close = socket.received_close.or(Some(payload)),
            9 if socket.received_close.is_none() => {
                if socket.pings.is_empty() {
                    socket.wrote_since_ping = false;
                    socket.sends_before_ping = socket.sends.len() as u8;
                }
                socket.pings_are_lost |= socket.pings.push(payload).is_err();
            }
            1 | 2 if is_final => socket.complete = Some(Message { whole: Some(payload), hash: 0 }),
            1 | 2 => {
                let hash = hash_on(HASH_START, payloads.get(payload));
                socket.partial = Some(Message { whole: None, hash });
            }
            0 => {
                if let Some(message) = &mut socket.partial {
                    message.hash = hash_on(message.hash, payloads.get(payload));
                    if is_final {
                        socket.complete = socket.partial.take();
                    }
                }
            }
            _ => {}
        }
    }

    #[inline]
    fn note_written(&mut self, socket: SocketId, opcode: u8, payload: PayloadId, payloads: &Payloads) {
        let socket = self.socket_mut(socket);
        match opcode {
            0..=2 => {
                if !socket.sends.is_empty() {
                    socket.sends.remove(0);
                }
                socket.written_len += payloads.get(payload).len() as u64;
                match socket.sends_before_ping.checked_sub(1) {
                    Some(before) => socket.sends_before_ping = before,
                    None => socket.wrote_since_ping = true,
                }
            }
            8 => socket.sent_close = socket.sent_close.or(Some(payload)),
            10 => {
                // A Pong may answer several Pings at once, by the last of them (WIRE-33).
                while !socket.pings.is_empty() {
                    if socket.pings.remove(0) == payload {
                        break;
                    }
                }
                (socket.wrote_since_ping, socket.sends_before_ping) = (false, socket.sends.len() as u8);
            }
            _ => {}
        }
    }

    #[inline(never)]
    fn note_queued(&mut self, task: Task) {
        match task {
            Task::Open(socket) => self.socket_mut(socket).open_is_queued = true,
            Task::Closing(socket) => self.socket_mut(socket).closing_is_queued = true,
            Task::Closed(socket) => self.socket_mut(socket).closed_is_queued = true,
            Task::Message(socket) => {
                let socket = self.socket_mut(socket);
                let message = socket.complete.take().unwrap_or_default();
                socket.messages_are_lost |= socket.messages.push(message).is_err();
            }
            Task::Script | Task::Timer(_) | Task::PostedMessage(_) => return,
        }
        self.tasks_are_lost |= self.tasks.push(Some(task)).is_err();
    }

    #[inline(never)]
    fn note_task(&mut self, task: Task) {
        self.running = Some(task);
        for socket in &mut self.sockets[..usize::from(self.used)] {
            socket.read_in_this_task = false;
        }
        let Some(socket) = task.socket() else { return };
        if !self.tasks.is_empty() {
            self.tasks.remove(0);
        }
        if let Task::Message(_) = task {
            let socket = self.socket_mut(socket);
            socket.current = (!socket.messages.is_empty()).then(|| socket.messages.remove(0));
        }
    }

    #[inline(never)]
    fn note_send(&mut self, socket: SocketId, text: bool, data: PayloadId, payloads: &Payloads) {
        let facts = self.socket(socket);
        let steps = Some((facts.ready_state, facts.column()));
        if let Some(called) = self.stack.call_mut() {
            called.steps = steps;
        }
        let socket = self.socket_mut(socket);
        if socket.ready_state == ReadyState::Connecting {
            return;
        }
        let len = payloads.get(data).len() as u64;
        socket.accepted_len += len;
        socket.sent_since_read += len;
        if socket.column() == super::stack::Column::Established {
            socket.sends_are_lost |= socket.sends.push((text, data)).is_err();
        }
    }

    #[inline(never)]
    fn note_return(&mut self, target: Target, method: Method, completion: Completion) {
        let Some(Frame::Call(called)) = self.stack.pop() else {
            self.stack.is_lost = true;
            return;
        };
        let Target::Socket(socket) = target else { return };
        match (method, completion) {
            (Method::Constructor, Completion::Threw(_)) => *self.socket_mut(socket) = Socket::default(),
            (Method::Close, Completion::Normal | Completion::ReturnedFalse) => {
                if matches!(called.steps, Some((ReadyState::Connecting | ReadyState::Open, _))) {
                    self.socket_mut(socket).page_closed = true;
                }
            }
            (Method::Constructor | Method::Close | Method::Send | Method::DispatchEvent, _) => {}
        }
    }
}
