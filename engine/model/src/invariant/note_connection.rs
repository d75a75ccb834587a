//! What an entry tells of one connection or one queue, for those entries that tell more than a flag.

use super::facts::{Facts, Unloading};
use super::frames::{HASH_START, hash_on};
use super::response::{self, Response};
use super::socket::Message;
use super::stack::Frame;
use crate::profile::{PongAfterClose, Profile};
use crate::trace::{Completion, Method, PayloadId, Payloads, ReadyState, SocketId, Target, Task};

impl Facts {
    #[inline(never)]
    pub(super) fn note_rx(
        &mut self,
        socket: SocketId,
        bytes: PayloadId,
        payloads: &Payloads,
        profile: &Profile,
    ) {
        let socket = self.socket_mut(socket);
        (socket.rx, socket.rx_at) = (bytes, 0);
        socket.was_read = socket.was_read.saturating_add(payloads.get(bytes).len() as u64);
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
            response::judge(read, socket.nonce, requested, profile.accept_header)
        } else {
            let mut bytes = [0; response::LEN_MAX];
            let mut len = 0;
            for &id in socket.reads.iter() {
                let read = payloads.get(id);
                bytes[len..len + read.len()].copy_from_slice(read);
                len += read.len();
            }
            response::judge(&bytes[..len], socket.nonce, requested, profile.accept_header)
        };
    }

    #[inline]
    pub(super) fn note_established(&mut self, socket: SocketId, protocol: PayloadId, payloads: &Payloads) {
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
    pub(super) fn note_frame(
        &mut self,
        socket: SocketId,
        first: u8,
        payload: PayloadId,
        payloads: &Payloads,
        profile: &Profile,
    ) {
        let socket = self.socket_mut(socket);
        let is_final = first & 0x80 != 0;
        let is_text = first & 0x0f == 1;
        match first & 0x0f {
            8 => socket.received_close = socket.received_close.or(Some(payload)),
            // Not to be answered, and so none that a Pong could be for (K-PONG).
            9 if socket.closing_by.is_some() && profile.pong_after_our_close == PongAfterClose::Ignore => {}
            9 if socket.received_close.is_none() => {
                socket.pings_are_lost |= socket.pings.push(payload).is_err();
                // A Pong that came before is none for this Ping, whatever it said.
                socket.last_pong = None;
            }
            1 | 2 if is_final => socket.complete = Some(Message { whole: Some(payload), is_text, hash: 0 }),
            1 | 2 => {
                let hash = hash_on(HASH_START, payloads.get(payload));
                socket.partial = Some(Message { whole: None, is_text, hash });
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
    pub(super) fn note_written(
        &mut self,
        socket: SocketId,
        opcode: u8,
        payload: PayloadId,
        payloads: &Payloads,
    ) {
        let socket = self.socket_mut(socket);
        socket.wrote_since_started |= socket.closing_by.is_some() && opcode != 8;
        match opcode {
            0..=2 => {
                if !socket.sends.is_empty() {
                    socket.sends.remove(0);
                }
                socket.written_len += payloads.get(payload).len() as u64;
            }
            8 => socket.sent_close = socket.sent_close.or(Some(payload)),
            10 => {
                // A Pong may answer several Pings at once, by the last of them (WIRE-33).
                while !socket.pings.is_empty() {
                    if socket.pings.remove(0) == payload {
                        break;
                    }
                }
                socket.last_pong = Some(payload);
            }
            _ => {}
        }
    }

    #[inline]
    pub(super) fn note_queued(&mut self, task: Task) {
        match task {
            Task::Open(socket) => self.socket_mut(socket).open_is_queued = true,
            Task::Closing(socket) => self.socket_mut(socket).closing_is_queued = true,
            Task::Closed(socket) => self.socket_mut(socket).closed_is_queued = true,
            Task::Message(socket) => {
                let socket = self.socket_mut(socket);
                let message = socket.complete.take().unwrap_or_default();
                socket.messages_are_lost |= socket.messages.push(message).is_err();
            }
            Task::Error(_) | Task::Script | Task::Timer(_) | Task::PostedMessage(_) | Task::Unload => {}
        }
        self.tasks_are_lost |= self.tasks.push(Some(task)).is_err();
    }

    #[inline]
    pub(super) fn note_task(&mut self, task: Task) {
        self.running = Some(task);
        for socket in &mut self.sockets[..usize::from(self.used)] {
            socket.written_before_task = socket.written_len;
            socket.state_before_task = socket.ready_state;
        }
        if let Some(next) = self.next_task(task.source()) {
            self.tasks.remove(next);
        }
        let Some(socket) = task.socket() else {
            self.unloading = Unloading::default();
            return;
        };
        match task {
            Task::Message(_) => {
                let socket = self.socket_mut(socket);
                socket.current = (!socket.messages.is_empty()).then(|| socket.messages.remove(0));
            }
            Task::Closing(_) => self.socket_mut(socket).closing_has_run = true,
            _ => {}
        }
    }

    #[inline(never)]
    pub(super) fn note_send(
        &mut self,
        socket: SocketId,
        text: bool,
        data: PayloadId,
        payloads: &Payloads,
        profile: &Profile,
    ) {
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
        if socket.ready_state != ReadyState::Open {
            socket.accepted_late_len += len;
        }
        if socket.takes_data(profile) {
            socket.sends_are_lost |= socket.sends.push((text, data)).is_err();
        }
    }

    #[inline]
    pub(super) fn note_return(&mut self, target: Target, method: Method, completion: Completion) {
        let Some(Frame::Call(called)) = self.stack.pop() else {
            self.stack.is_lost = true;
            return;
        };
        let Target::Socket(socket) = target else { return };
        match (method, completion) {
            (Method::Constructor, Completion::Threw(_)) => self.forget(socket),
            (Method::Close, Completion::Normal | Completion::ReturnedFalse) => {
                if matches!(called.steps, Some((ReadyState::Connecting | ReadyState::Open, _))) {
                    self.socket_mut(socket).page_closed = true;
                }
            }
            (Method::Constructor | Method::Close | Method::Send | Method::DispatchEvent, _) => {}
        }
    }
}
