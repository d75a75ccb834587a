//! What waits to be written to the transport, in order (RFC 6455 section 6.1; WIRE-36, WIRE-40, FAIL-12).

use super::{ClosingHandshake, Context, Sent};
use crate::bounded::Bounded;
use crate::choices::Choices;
use crate::profile::Fault;
use crate::trace::{Entry, FrameHead, PayloadId};
use crate::wire::{MessageType, Role, encode, opcode};

/// How many frames can wait. The last two places are for a Pong and a Close.
pub const SEND_SLOTS: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Waiting {
    opcode: u8,
    payload: PayloadId,
}

/// The frames that wait to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SendBuffer {
    frames: Bounded<Waiting, SEND_SLOTS>,
    data_len: u32,
    transmitted: u32,
}

impl SendBuffer {
    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// How many frames wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether a message of `len` bytes fits beside what waits, at most `len_max` bytes in all.
    #[must_use]
    pub fn has_room_for(&self, len: usize, len_max: u32) -> bool {
        let fits = u32::try_from(len)
            .ok()
            .and_then(|len| self.data_len.checked_add(len))
            .is_some_and(|len| len <= len_max);
        fits && self.frames.room() > 2
    }

    /// Appends a message; there must be room for it.
    pub fn push_data(&mut self, message_type: MessageType, payload: PayloadId, len: usize) {
        self.frames.push(Waiting { opcode: message_type.opcode(), payload }).expect("there is room");
        self.data_len = self.data_len.saturating_add(u32::try_from(len).expect("it fits"));
    }

    /// Appends a Pong. One that still waits is overtaken: answering the latest Ping suffices (WIRE-33).
    pub fn push_pong(&mut self, payload: PayloadId) {
        match self.frames.iter_mut().find(|frame| frame.opcode == opcode::PONG) {
            Some(waiting) => waiting.payload = payload,
            None => {
                self.frames.push(Waiting { opcode: opcode::PONG, payload }).expect("a place is kept for it");
            }
        }
    }

    /// Appends our Close.
    pub fn push_close(&mut self, payload: PayloadId) {
        self.frames.push(Waiting { opcode: opcode::CLOSE, payload }).expect("a place is kept for it");
    }

    /// Writes everything.
    pub(super) fn flush<C: Choices>(
        &mut self,
        role: Role,
        closing: &mut ClosingHandshake,
        cx: &mut Context<'_, C>,
    ) {
        for frame in self.frames.iter() {
            let is_overdue = frame.opcode == opcode::PONG && closing.is_complete();
            if is_overdue && !cx.profile.has(Fault::PongAfterBothCloses) {
                // After our Close only what is still required goes out, and now no Pong is (WIRE-32, WIRE-41).
                continue;
            }
            let len = cx.trace.payloads.get(frame.payload).len();
            let head: FrameHead = encode::head(frame.opcode, len as u64, role);
            let mask = match role {
                Role::Client => cx.mask(),
                Role::Server => 0,
            };
            cx.emit(Entry::TxFrame { socket: cx.socket, head, payload: frame.payload, mask });
            if let (opcode::CLOSE, Sent::Buffered(body)) = (frame.opcode, closing.sent) {
                closing.sent = Sent::Written(body);
            }
        }
        self.frames.clear();
        self.transmitted = self.transmitted.saturating_add(core::mem::take(&mut self.data_len));
    }

    /// Gives up the messages that wait.
    pub fn drop_data(&mut self) {
        let mut kept = Bounded::new();
        for frame in self.frames.iter().filter(|frame| !matches!(frame.opcode, opcode::TEXT | opcode::BINARY))
        {
            kept.push(*frame).expect("there are no more than before");
        }
        self.frames = kept;
        self.data_len = 0;
    }

    /// Gives up what waits.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.data_len = 0;
    }

    /// Takes the number of bytes of data that were written since this was asked last.
    pub fn take_transmitted(&mut self) -> u32 {
        core::mem::take(&mut self.transmitted)
    }
}
