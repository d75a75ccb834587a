//! What a peer does: an opening, some frames, an ending.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::frame::{close, code, frame, malformed, payload, reason, text, time, write};
use super::weights::table;
use super::{Draw, bytes};
use crate::scenario::palette::{HTTP, HTTP_GOOD, HTTP_UNUSUAL, PAYLOADS, PAYLOADS_THIRDS, PROTOCOLS, RAW};
use crate::scenario::{Awaited, Frame, Item, PeerStep, Unreachable};

/// What a peer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    /// No subprotocol.
    Plain,
    /// These subprotocols, by the position of their list.
    Asks(u8),
}

#[derive(Debug, Clone, Copy)]
enum Opening {
    Accept,
    AcceptWithNext,
    AcceptLate,
    AcceptAsHttp,
    WrongProtocol,
    Refuse,
    Cut,
    Unreachable,
    Silent,
}

static OPENINGS: [Opening; 256] = table(&[
    (Opening::Accept, 200),
    (Opening::AcceptWithNext, 32),
    (Opening::AcceptLate, 6),
    (Opening::AcceptAsHttp, 8),
    (Opening::WrongProtocol, 1),
    (Opening::Refuse, 5),
    (Opening::Cut, 2),
    (Opening::Unreachable, 1),
    (Opening::Silent, 1),
]);

#[derive(Debug, Clone, Copy)]
enum Chat {
    Text,
    Binary,
    Fragments,
    Ping,
    Pong,
    Delay,
    AwaitData,
    AwaitFin,
    StopReading,
    ResumeReading,
    Malformed,
    Raw,
    Odd,
}

static CHATS: [Chat; 256] = table(&[
    (Chat::Text, 68),
    (Chat::Binary, 24),
    (Chat::Fragments, 28),
    (Chat::Ping, 34),
    (Chat::Pong, 8),
    (Chat::Delay, 24),
    (Chat::AwaitData, 20),
    (Chat::AwaitFin, 2),
    (Chat::StopReading, 10),
    (Chat::ResumeReading, 4),
    (Chat::Malformed, 20),
    (Chat::Raw, 8),
    (Chat::Odd, 6),
]);

#[derive(Debug, Clone, Copy)]
enum Ending {
    CloseThenFin,
    Close,
    CloseEmpty,
    CloseTwice,
    CloseThenData,
    CloseThenRst,
    CloseBody,
    Answer,
    AnswerLate,
    AnswerOwn,
    Echo,
    Fin,
    Rst,
    Malformed,
    Silence,
}

static ENDINGS: [Ending; 256] = table(&[
    (Ending::CloseThenFin, 60),
    (Ending::Close, 22),
    (Ending::CloseEmpty, 10),
    (Ending::CloseTwice, 10),
    (Ending::CloseThenData, 10),
    (Ending::CloseThenRst, 12),
    (Ending::CloseBody, 8),
    (Ending::Answer, 48),
    (Ending::AnswerLate, 12),
    (Ending::AnswerOwn, 14),
    (Ending::Echo, 4),
    (Ending::Fin, 14),
    (Ending::Rst, 10),
    (Ending::Malformed, 14),
    (Ending::Silence, 8),
]);

/// Writes the answer to the opening handshake; false if there is none, or one that refuses.
#[inline]
fn open(steps: &mut Vec<PeerStep>, connection: Connection, draw: &mut impl Draw) -> bool {
    let [kind, a, b] = bytes(draw);
    let protocol = match connection {
        Connection::Plain => None,
        Connection::Asks(3) => Some(PROTOCOLS[1]),
        Connection::Asks(_) => Some(PROTOCOLS[0]),
    };
    let accept = Item::Accept { protocol: protocol.map(Cow::Borrowed) };
    match OPENINGS[usize::from(kind)] {
        Opening::Accept => steps.push(write(accept)),
        Opening::AcceptWithNext => steps.push(PeerStep::Write { item: accept, corked: true }),
        Opening::AcceptLate => {
            if a & 1 == 0 {
                steps.push(PeerStep::Wait { until: Awaited::Request, at_most_ms: None });
            } else {
                steps.push(PeerStep::Delay { ms: time(b) });
            }
            steps.push(write(accept));
        }
        Opening::AcceptAsHttp => {
            let index = usize::from(a) % (HTTP_GOOD + HTTP_UNUSUAL.len());
            let place = if index < HTTP_GOOD { index } else { HTTP_UNUSUAL.start + index - HTTP_GOOD };
            steps.push(write(Item::Http(Cow::Borrowed(HTTP[place]))));
        }
        Opening::WrongProtocol => {
            let protocol = PROTOCOLS[usize::from(a) % PROTOCOLS.len()];
            steps.push(write(Item::Accept { protocol: Some(Cow::Borrowed(protocol)) }));
        }
        Opening::Refuse => {
            let index = HTTP_GOOD + usize::from(a) % (HTTP.len() - HTTP_GOOD - HTTP_UNUSUAL.len());
            let place = if index < HTTP_UNUSUAL.start { index } else { index + HTTP_UNUSUAL.len() };
            steps.push(write(Item::Http(Cow::Borrowed(HTTP[place]))));
            if b & 1 == 0 {
                steps.push(if b & 2 == 0 { PeerStep::Fin } else { PeerStep::Rst });
            }
            return false;
        }
        Opening::Cut => {
            steps.push(if a & 1 == 0 { PeerStep::Fin } else { PeerStep::Rst });
            return false;
        }
        Opening::Unreachable => {
            let kinds = [Unreachable::Name, Unreachable::Route, Unreachable::Refused, Unreachable::Tls];
            steps.push(PeerStep::Unreachable(kinds[usize::from(a) % kinds.len()]));
            return false;
        }
        Opening::Silent => return false,
    }
    true
}

#[inline]
fn chat(steps: &mut Vec<PeerStep>, draw: &mut impl Draw) {
    let [kind, a, b] = bytes(draw);
    let corked = b >= 0xe8;
    match CHATS[usize::from(kind)] {
        Chat::Text => steps.push(PeerStep::Write { item: Item::Frame(frame(1, text(a, draw))), corked }),
        Chat::Binary => steps.push(PeerStep::Write { item: Item::Frame(frame(2, payload(a, draw))), corked }),
        Chat::Fragments if a >= 0xf0 => {
            let fragments = PAYLOADS_THIRDS[usize::from(a & 3)].map(|place| PAYLOADS[place]);
            for ((opcode, is_final), payload) in
                [(1, false), (0, false), (0, true)].into_iter().zip(fragments)
            {
                let fragment = Frame { is_final, ..frame(opcode, payload) };
                steps.push(PeerStep::Write { item: Item::Frame(fragment), corked });
            }
        }
        Chat::Fragments => {
            let (first, second) =
                if a < 0xe0 { (PAYLOADS[2], PAYLOADS[3]) } else { (PAYLOADS[13], PAYLOADS[14]) };
            let first = Frame { is_final: false, ..frame(1 + (a & 1), first) };
            steps.push(PeerStep::Write { item: Item::Frame(first), corked });
            if b < 0x40 {
                // Control frames may stand between fragments.
                steps.push(write(Item::Frame(frame(9, PAYLOADS[2]))));
            }
            if b & 7 != 0 {
                steps.push(write(Item::Frame(frame(0, second))));
            }
        }
        Chat::Ping => {
            let payload = if a < 0xf8 { PAYLOADS[usize::from(a) % 5] } else { PAYLOADS[23] };
            let are_two = b & 7 == 0;
            steps.push(PeerStep::Write { item: Item::Frame(frame(9, payload)), corked: corked || are_two });
            if are_two {
                // One Pong may answer both, and then with the payload of the second (WIRE-33).
                steps.push(write(Item::Frame(frame(9, PAYLOADS[usize::from(b >> 3) % 5]))));
            }
        }
        Chat::Pong => steps.push(write(Item::Frame(frame(10, PAYLOADS[usize::from(a) & 3])))),
        Chat::Delay => steps.push(PeerStep::Delay { ms: time(a) }),
        Chat::AwaitData => {
            let at_most_ms = (b >= 0x20).then(|| time(a));
            steps.push(PeerStep::Wait { until: Awaited::Data, at_most_ms });
        }
        Chat::AwaitFin => steps.push(PeerStep::Wait { until: Awaited::Fin, at_most_ms: Some(time(a)) }),
        Chat::StopReading => steps.push(PeerStep::StopReading),
        Chat::ResumeReading => steps.push(PeerStep::ResumeReading),
        Chat::Malformed => steps.push(PeerStep::Write { item: malformed(bytes(draw)), corked }),
        Chat::Raw => {
            let raw = RAW[usize::from(a) % RAW.len()];
            steps.push(PeerStep::Write { item: Item::Bytes(Cow::Borrowed(raw)), corked });
        }
        Chat::Odd => {
            let odd = Frame {
                rsv: b & 7,
                is_final: b & 8 == 0,
                ..frame(a & 15, PAYLOADS[usize::from(a >> 4) & 3])
            };
            steps.push(write(Item::Frame(odd)));
        }
    }
}

#[inline]
fn end(steps: &mut Vec<PeerStep>, draw: &mut impl Draw) {
    let [kind, a, b] = bytes(draw);
    let closes = |corked| PeerStep::Write { item: close(code(a), reason(b)), corked };
    match ENDINGS[usize::from(kind)] {
        Ending::CloseThenFin => {
            steps.push(closes(false));
            match a & 3 {
                0 => {}
                1 => steps.push(PeerStep::Wait { until: Awaited::Close, at_most_ms: None }),
                2 => steps.push(PeerStep::Wait { until: Awaited::Close, at_most_ms: Some(time(b)) }),
                _ => steps.push(PeerStep::Delay { ms: time(b) }),
            }
            steps.push(PeerStep::Fin);
            if b >= 0xf0 {
                // An answer that waits cannot go out any more.
                steps.push(PeerStep::Rst);
            }
        }
        Ending::Close => steps.push(closes(false)),
        Ending::CloseEmpty => {
            steps.push(write(Item::Frame(frame(8, PAYLOADS[0]))));
            steps.push(PeerStep::Fin);
        }
        Ending::CloseTwice => {
            steps.push(closes(a & 1 == 0));
            steps.push(write(close(code(b), PAYLOADS[usize::from(a) & 3])));
            steps.push(PeerStep::Fin);
        }
        Ending::CloseThenData => {
            steps.push(closes(a & 1 == 0));
            let after = if b & 0x30 == 0 {
                malformed(bytes(draw))
            } else {
                Item::Frame(frame(1 + (b & 8), PAYLOADS[2]))
            };
            steps.push(write(after));
            if b & 1 == 0 {
                steps.push(PeerStep::Fin);
            }
        }
        Ending::CloseThenRst => {
            steps.push(closes(false));
            if a & 1 == 0 {
                steps.push(PeerStep::Wait { until: Awaited::Close, at_most_ms: Some(time(b)) });
            }
            steps.push(PeerStep::Rst);
        }
        Ending::CloseBody => {
            let body = [18, 19, 20, 21, 23, 26][usize::from(a) % 6];
            steps.push(write(Item::Frame(frame(8, PAYLOADS[body]))));
            steps.push(PeerStep::Fin);
        }
        Ending::Answer => {
            let at_most_ms = (a & 1 == 0).then(|| time(b));
            steps.push(PeerStep::Wait { until: Awaited::Close, at_most_ms });
            steps.push(write(Item::Echo));
            if a & 6 != 0 {
                steps.push(PeerStep::Fin);
            }
        }
        Ending::AnswerLate => {
            steps.push(PeerStep::Wait { until: Awaited::Close, at_most_ms: None });
            steps.push(PeerStep::Delay { ms: time(a) });
            steps.push(write(Item::Echo));
            steps.push(if b & 3 == 0 { PeerStep::Rst } else { PeerStep::Fin });
        }
        Ending::AnswerOwn => {
            steps.push(PeerStep::Wait { until: Awaited::Close, at_most_ms: (b & 1 == 0).then(|| time(b)) });
            if b & 2 == 0 {
                steps.push(write(Item::Frame(frame(9 - (b & 8), PAYLOADS[2]))));
            }
            steps.push(closes(false));
            steps.push(PeerStep::Fin);
        }
        Ending::Echo => steps.push(write(Item::Echo)),
        Ending::Fin => steps.push(PeerStep::Fin),
        Ending::Rst => steps.push(PeerStep::Rst),
        Ending::Malformed => {
            steps.push(write(malformed(bytes(draw))));
            match a & 3 {
                0 => {}
                1 => steps.push(PeerStep::Wait { until: Awaited::Close, at_most_ms: Some(time(b)) }),
                2 => steps.push(PeerStep::Fin),
                _ => steps.push(write(Item::Echo)),
            }
        }
        Ending::Silence => {}
    }
}

/// How many times a peer chats before the end.
static CHAT_COUNTS: [u8; 256] = table(&[(0, 64), (1, 88), (2, 60), (3, 28), (4, 12), (8, 4)]);

/// Fills `steps` with what one peer does.
pub(super) fn generate(steps: &mut Vec<PeerStep>, connection: Connection, draw: &mut impl Draw) {
    steps.clear();
    let is_open = open(steps, connection, draw);
    let [count, early, _] = bytes(draw);
    if !is_open && early >= 0x20 {
        return;
    }
    for _ in 0..CHAT_COUNTS[usize::from(count)] {
        chat(steps, draw);
    }
    end(steps, draw);
}

/// One step, of any kind.
pub(in crate::scenario) fn step(draw: &mut impl Draw) -> PeerStep {
    let mut steps = Vec::new();
    match draw.below(8) {
        0 => {
            open(&mut steps, Connection::Plain, draw);
        }
        1..4 => end(&mut steps, draw),
        _ => chat(&mut steps, draw),
    }
    let last = steps.len().saturating_sub(1);
    if steps.is_empty() { PeerStep::Fin } else { steps.swap_remove(draw.below(last as u32 + 1) as usize) }
}
