//! Many frames at once: those that are whole in a buffer, unmasked where they stand (RFC 6455 section 5.2).

use core::mem;

use super::decoder::State;
use super::{CONTROL_LEN_MAX, Decoder, Event, Kernel, Role, Violation, opcode};
use crate::trace::FrameHead;

/// A legal frame that is whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Whole<'a> {
    /// Its first two bytes.
    pub head: FrameHead,
    /// The length of its header: 2 to 14.
    pub header_len: u8,
    /// The payload, unmasked.
    pub payload: &'a mut [u8],
    kernel: Kernel,
    /// Whether it is UTF-8, if that was seen when it was unmasked.
    is_utf8: Option<bool>,
}

impl Whole<'_> {
    /// Whether the payload is UTF-8 by itself, as that of a text message in one frame must be (UTF8-04). What comes in
    /// fragments is judged by [`Utf8`](super::utf8::Utf8).
    ///
    /// It is about the payload as it was given out.
    #[inline]
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.is_utf8.unwrap_or_else(|| self.kernel.is_utf8(self.payload))
    }
}

/// Takes whole frames from the start of a buffer; what is left goes to [`Decoder::next`] or waits for more bytes.
#[derive(Debug)]
pub struct Frames<'d, 'a> {
    decoder: &'d mut Decoder,
    rest: &'a mut [u8],
    /// The first bytes of the rest, if there are so many. They were read before the payload in front of them was
    /// written: a load that is close behind a masked store has to wait for it.
    ahead: Option<[u8; AHEAD]>,
    kernel: Kernel,
    has_ended: bool,
}

/// A short header, in a word.
const AHEAD: usize = 8;

impl Decoder {
    /// The frames that are whole at the start of `bytes`, in their order, unmasked in place; what [`Decoder::next`]
    /// would give, at less expense.
    ///
    /// They end before the first frame that is not whole, or with the first offence, which is reported as soon as its
    /// deciding byte is there. Within a frame there are none. The decoder is behind the frames that were taken.
    #[inline]
    pub fn frames<'a>(&mut self, bytes: &'a mut [u8]) -> Frames<'_, 'a> {
        self.frames_by(Kernel::chosen(), bytes)
    }

    /// The same as [`Decoder::frames`] with a kernel of the caller's choice for what is masked.
    #[inline]
    pub fn frames_by<'a>(&mut self, kernel: Kernel, bytes: &'a mut [u8]) -> Frames<'_, 'a> {
        let has_ended = !matches!(self.state, State::Start | State::Failed(_));
        Frames { decoder: self, ahead: bytes.first_chunk().copied(), rest: bytes, kernel, has_ended }
    }
}

impl<'a> Frames<'_, 'a> {
    /// The bytes that were not taken: behind the last frame, or behind the byte that is an offence.
    #[must_use]
    pub fn into_rest(self) -> &'a mut [u8] {
        self.rest
    }

    /// The header at the start with its length and that of the payload, if it is a short and legal one, with the whole
    /// frame behind it, and not at the very end of the buffer.
    #[inline]
    fn short_header(&self) -> Option<(FrameHead, usize, usize)> {
        let [first, second, ..] = self.ahead?;
        let (mask, header_len) = match self.decoder.role {
            Role::Client => (0, 2),
            Role::Server => (0x80, 6),
        };
        // Too large also if the mask bit is the wrong one.
        let len = second ^ mask;
        let is_whole = self.rest.len() >= header_len + usize::from(len);
        let is_short = len <= CONTROL_LEN_MAX && is_whole && may_begin(first, self.decoder.in_message);
        // After an offence nothing is legal.
        let is_legal = is_short && self.decoder.state == State::Start;
        is_legal.then_some((FrameHead { first, second }, header_len, usize::from(len)))
    }

    /// The same for every header, by the decoder itself. `None` if there is no whole frame.
    #[inline(never)]
    fn long_header(&mut self) -> Result<Option<(FrameHead, usize, usize)>, Violation> {
        let mut ahead = *self.decoder;
        let mut input = &*self.rest;
        match ahead.next(&mut input) {
            Err(violation) => {
                *self.decoder = ahead;
                let used = self.rest.len() - input.len();
                self.rest = &mut mem::take(&mut self.rest)[used..];
                self.ahead = None;
                Err(violation)
            }
            Ok(Some(Event::Header(header))) if header.len <= input.len() as u64 => {
                Ok(Some((header.head, usize::from(header.header_len), header.len as usize)))
            }
            Ok(None | Some(Event::Header(_) | Event::Payload(_))) => Ok(None),
        }
    }

    /// Takes the frame that was found.
    #[inline]
    fn take(&mut self, head: FrameHead, header_len: usize, len: usize) -> Whole<'a> {
        let (header, rest) = mem::take(&mut self.rest).split_at_mut(header_len);
        let (payload, rest) = rest.split_at_mut(len);
        // A short header has its key in what was read ahead.
        let key = match self.ahead {
            Some([_, _, a, b, c, d, ..]) if header_len == 6 => Some([a, b, c, d]),
            Some(_) | None => header.last_chunk().copied(),
        };
        self.ahead = rest.first_chunk().copied();
        self.rest = rest;
        // Control frames may come between fragments and leave the message open (WIRE-23).
        self.decoder.in_message = if head.is_control() { self.decoder.in_message } else { !head.is_final() };
        let is_utf8 = match (self.decoder.role, key) {
            (Role::Server, Some(key)) if head.opcode() == opcode::TEXT => {
                Some(self.kernel.unmask_text(payload, key))
            }
            (Role::Server, Some(key)) => {
                self.kernel.unmask(payload, key);
                None
            }
            (Role::Server, None) | (Role::Client, _) => None,
        };
        Whole { head, header_len: header_len as u8, payload, kernel: self.kernel, is_utf8 }
    }
}

impl<'a> Iterator for Frames<'_, 'a> {
    type Item = Result<Whole<'a>, Violation>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let found = match self.short_header() {
            Some(found) => Ok(Some(found)),
            None => self.long_header(),
        };
        match found {
            Ok(Some((head, header_len, len))) => Some(Ok(self.take(head, header_len, len))),
            Ok(None) => {
                self.has_ended = true;
                None
            }
            Err(violation) => {
                self.has_ended = true;
                Some(Err(violation))
            }
        }
    }
}

/// Whether a frame may begin with this byte: no reserved bit, a defined opcode, a control frame only with FIN, and a
/// continuation where a message is open and only there.
#[inline]
fn may_begin(first: u8, in_message: bool) -> bool {
    // By opcode, without FIN in the lower half and with it in the upper one.
    const CONTROL: u32 = 0b0000_0111_0000_0000 << 16;
    const CONTINUATION: u32 = 0b0001 << 16 | 0b0001;
    const MESSAGE: u32 = 0b0110 << 16 | 0b0110;
    let legal = CONTROL | if in_message { CONTINUATION } else { MESSAGE };
    let index = first & 0x0f | (first & 0x80) >> 3;
    first & 0x70 == 0 && legal >> index & 1 == 1
}
