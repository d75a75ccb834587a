//! One end of the pipe: an endpoint, what it wrote and what it heard.

use alloc::vec::Vec;

use crate::choices::{Alternative, Bytes, Choices, Point};
use crate::endpoint::{Context, Endpoint, Fact};
use crate::profile::Profile;
use crate::trace::{Entry, SocketId, Trace};
use crate::wire::{MessageType, Role, encode, opcode};

pub(super) const PROFILE: Profile = Profile::STANDARD;

/// One end of the pipe.
pub(super) struct Side<'a> {
    pub(super) role: Role,
    pub(super) endpoint: Endpoint,
    pub(super) trace: Trace,
    pub(super) choices: Keys<'a>,
    /// What was written and has not arrived.
    pub(super) pipe: Vec<u8>,
    /// How many entries have been put into the pipe.
    piped: usize,
    pub(super) has_ended: bool,
    /// Whether the pipe lost the connection before this side had ended.
    pub(super) has_lost: bool,
    /// The code that the page gave, if it closed.
    pub(super) code: Option<Option<u16>>,
    /// The messages that were put into the pipe, and those that came out of the other one.
    pub(super) told: Vec<(MessageType, Vec<u8>)>,
    pub(super) heard: Vec<(MessageType, Vec<u8>)>,
    /// The Pings that were put into the pipe.
    pub(super) pings: Vec<Vec<u8>>,
    /// What is wrong with what was written or answered.
    pub(super) blunder: Option<&'static str>,
}

/// Answers from bytes, and the masking keys among them.
pub(super) struct Keys<'a> {
    bytes: Bytes<'a>,
    pub(super) keys: Vec<u8>,
}

impl Choices for Keys<'_> {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        self.bytes.choose(point, alternatives)
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        let number = self.bytes.number(point, count);
        if point == Point::FrameMask {
            self.keys.extend(u8::try_from(number));
        }
        number
    }
}

/// The masking key with this number: none of its bytes is another one, but for number 0, which changes nothing.
fn key(number: u8) -> [u8; 4] {
    [1, 3, 5, 7].map(|factor| number.wrapping_mul(factor))
}

/// Lengths of messages and of Pings, most of them short, some at the borders of the forms of a length.
pub(super) const LENGTHS: [usize; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 30, 31, 64, 100, 123, 124, 125, 126, 127,
    128, 200, 1000, 65_535, 65_536,
];

/// Where the long ones begin in [`LENGTHS`].
pub(super) const LONG_FROM: usize = LENGTHS.len() - 2;

/// A text of so many bytes in which no two bytes that a masking key takes for each other are the same.
pub(super) fn text(len: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(len).collect()
}

impl<'a> Side<'a> {
    pub(super) fn new(role: Role, bytes: &'a [u8]) -> Self {
        let endpoint = match role {
            Role::Client => Endpoint::client(),
            Role::Server => Endpoint::server(),
        };
        Self {
            role,
            endpoint,
            trace: Trace::new(),
            choices: Keys { bytes: Bytes::new(bytes), keys: Vec::new() },
            pipe: Vec::new(),
            piped: 0,
            has_ended: false,
            has_lost: false,
            code: None,
            told: Vec::new(),
            heard: Vec::new(),
            pings: Vec::new(),
            blunder: None,
        }
    }

    pub(super) fn act(&mut self, act: impl FnOnce(&mut Endpoint, &mut Context<'_, Keys<'a>>)) {
        let mut cx = Context {
            socket: SocketId(0),
            profile: &PROFILE,
            trace: &mut self.trace,
            choices: &mut self.choices,
        };
        act(&mut self.endpoint, &mut cx);
        self.read(&[]);
    }

    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        let mut cx = Context {
            socket: SocketId(0),
            profile: &PROFILE,
            trace: &mut self.trace,
            choices: &mut self.choices,
        };
        while let Some(fact) = self.endpoint.advance(&mut bytes, &mut cx) {
            if let Fact::Message { data, is_text } = fact {
                let message_type = if is_text { MessageType::Text } else { MessageType::Binary };
                self.heard.push((message_type, cx.trace.payloads.get(data).to_vec()));
            }
        }
        self.fill_pipe();
    }

    /// The payloads of the Pongs that were written.
    pub(super) fn pongs(&self) -> impl Iterator<Item = &[u8]> {
        self.trace.entries.iter().filter_map(|entry| match *entry {
            Entry::TxFrame { head, payload, .. } if head.opcode() == opcode::PONG => {
                Some(self.trace.payloads.get(payload))
            }
            _ => None,
        })
    }

    /// What came last of `pings` is answered, unless the other side has closed.
    pub(super) fn must_have_answered(&mut self, pings: &[Vec<u8>]) {
        let is_open = self.endpoint.end().is_none() && self.endpoint.closing().received.is_none();
        if is_open && !self.is_full() && self.pongs().last() != pings.last().map(Vec::as_slice) {
            self.blunder = Some("the last Ping is not answered");
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.trace.entries.iter().any(|entry| matches!(entry, Entry::Full { .. }))
    }

    /// Whether more frames may follow those in the pipe.
    pub(super) fn may_write(&self) -> bool {
        self.endpoint.is_established() && self.endpoint.closing().written().is_none() && !self.has_ended
    }

    /// Encodes what was written since the last time.
    fn fill_pipe(&mut self) {
        for entry in &self.trace.entries[self.piped..] {
            match *entry {
                Entry::TxFrame { head, payload, mask, .. } => {
                    let key = (self.role == Role::Client).then(|| key(mask));
                    let payload = self.trace.payloads.get(payload);
                    let start = self.pipe.len();
                    encode::frame(&mut self.pipe, head.first, payload, key);
                    if !self.pipe[start..].starts_with(&[head.first, head.second]) {
                        self.blunder = Some("a frame has another head than the trace says");
                    }
                    if !head.is_control() {
                        // Ours has one frame for each message.
                        let is_text = head.opcode() == opcode::TEXT;
                        let message_type = if is_text { MessageType::Text } else { MessageType::Binary };
                        self.told.push((message_type, payload.to_vec()));
                    }
                }
                Entry::TxFin { .. } => self.has_ended = true,
                _ => {}
            }
        }
        self.piped = self.trace.entries.len();
    }

    /// Puts frames into the pipe that an endpoint may write and ours never does: Pings, Pongs that nobody asked for,
    /// and messages in fragments, with a Ping among them.
    pub(super) fn write_by_hand(&mut self, what: u32, len: usize, number: u8) {
        let key = (self.role == Role::Client).then(|| key(number));
        let payload = text(len);
        let pipe = &mut self.pipe;
        let short = &payload[..len.min(125)];
        match what {
            0 => {
                encode::frame(pipe, 0x80 | opcode::PING, short, key);
                self.pings.push(short.to_vec());
            }
            1 => encode::frame(pipe, 0x80 | opcode::PONG, short, key),
            what => {
                let message_type = if what & 1 == 0 { MessageType::Text } else { MessageType::Binary };
                let (first, rest) = payload.split_at(len / 3);
                let (second, third) = rest.split_at(rest.len() / 2);
                encode::frame(pipe, message_type.opcode(), first, key);
                if what & 2 == 0 {
                    encode::frame(pipe, 0x80 | opcode::PING, b"within", key);
                    self.pings.push(b"within".to_vec());
                }
                encode::frame(pipe, opcode::CONTINUATION, second, key.map(|[a, b, c, d]| [d, c, b, a]));
                encode::frame(pipe, 0x80 | opcode::CONTINUATION, third, key);
                self.told.push((message_type, payload));
            }
        }
    }
}
