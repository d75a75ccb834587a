//! Invariants of framing: RFC 6455 sections 5.2 to 5.5 and 8.1.

use super::facts::Finding;
use super::outcome::{self, Outcome, Told};
use super::socket::split;
use super::{Verdict, claim, codes, invariant};
use crate::profile::{CloseLength, ClosingState, MessageWhileClosing};
use crate::trace::{Attribute, Entry, EventType, Interface, MessageData, ReadyState, Target};

invariant! {
    FramesAreThoseOfTheBytes: "INV-05", "every frame is found, as it is";
    source: "WIRE-01", "WIRE-02", "WIRE-13", "WIRE-14", "CLOSE-19", "WIRE-23";
    predicate: "The frames of the trace are exactly those that the received bytes hold, up to the peer's Close or the failure, each with its payload, unmasked where the profile accepts a mask, before the next read is looked at.";
    witness: "A frame is received.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: RxFrame, Rx, RxFin, RxRst, TimerFired, ClosingStarted, Quiescent;
    needs: Established, Request;
    |c| match c.finding {
        Finding::Frame(is_it) => Verdict::of(is_it),
        finding => Verdict::broken_if(finding == Finding::MissedFrame),
    }
}

invariant! {
    ErrorsAreSticky: "INV-06", "nothing is received after an offence";
    source: "FAIL-03", "WIRE-44";
    predicate: "After a frame that breaks the protocol no further frame is received on the connection.";
    witness: "A connection that failed for a frame is closed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: RxFrame, Closed;
    needs: Fail;
    |c| match *c.entry {
        Entry::RxFrame { socket, .. } => Verdict::broken_if(c.facts.socket(socket).is_violated()),
        Entry::Closed { socket, .. } if c.facts.socket(socket).is_violated() => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CloseBody: "INV-08", "the body of a Close frame is a code and a reason";
    source: "CLOSE-01", "CLOSE-30";
    predicate: "A Close frame that is received has no body, which means 1005, or a body of two bytes or more that begins with the status code in network byte order, which is the code of the end where that Close tells of it. A body of one byte is none where the profile (K one-byte-close) says so.";
    witness: "A Close frame is received.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: RxFrame, Closed;
    needs: Fail, Full, TimerFired;
    |c| match *c.entry {
        Entry::RxFrame { head, payload, .. } if head.opcode() == 8 => {
            Verdict::of(outcome::is_body_len(c.payloads.get(payload).len(), c.profile))
        }
        Entry::Closed { socket, code, .. } => {
            let socket = c.facts.socket(socket);
            match (socket.received_close, socket.outcome(c.payloads, c.profile)) {
                (Some(body), Some(Outcome { told: Told::Received(..), .. })) => {
                    Verdict::of(code == split(c.payloads.get(body)).0)
                }
                _ => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    FailuresAreJustified: "INV-12", "no failure without its cause";
    source: "CLOSE-20", "WIRE-24", "WIRE-25", "FAIL-07", "FAIL-10";
    predicate: "A connection fails only for what happened: for a frame, the bytes hold that offence at that position; for the response, it is not a valid one; for the transport or a timer, that end or that timer came, and the profile has it fail the connection.";
    witness: "A connection fails.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Fail;
    needs: Rx, RxFrame, RxFin, RxRst, TimerFired, Established, Request, CallBegin;
    |c| match c.finding {
        Finding::Offence(is_justified) => Verdict::of(is_justified),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    OffencesAreNoticed: "INV-13", "an offence fails the connection";
    source: "WIRE-03", "WIRE-04", "WIRE-05", "WIRE-06", "WIRE-07", "WIRE-15", "WIRE-16", "WIRE-21", "WIRE-22", "WIRE-30", "WIRE-31", "CLOSE-01", "CLOSE-03", "UTF8-02", "UTF8-03", "UTF8-04", "UTF8-05", "FAIL-07";
    predicate: "When the received bytes hold an offence, the connection fails before the next read is looked at. What is one, and at which byte of a header or a message it is found, is as the profile has it.";
    witness: "A connection fails for a frame.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Fail, Rx, RxFin, RxRst, TimerFired, ClosingStarted, Quiescent;
    needs: RxFrame, Established, Request, ClosingStarted;
    |c| match (c.finding, *c.entry) {
        (Finding::MissedOffence, _) => Verdict::Broken,
        (Finding::Offence(true), Entry::Fail { cause, .. }) if codes::of_failure(cause).is_some() => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

invariant! {
    WrittenFramesAreWellFormed: "INV-14", "what we write is well formed";
    source: "WIRE-04", "WIRE-05", "WIRE-06", "WIRE-09", "WIRE-30", "WIRE-31", "WIRE-35", "CLOSE-02", "CLOSE-06";
    predicate: "Every frame that is written is masked, has no reserved bit, a defined opcode and the shortest length, and is final with 125 bytes at most if it is a control frame, unless it is the echo of a longer Close that the profile accepts; a Ping is never written.";
    witness: "A frame is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: ;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } => {
            let payload = c.payloads.get(payload);
            let len = payload.len();
            let shortest = match len {
                0..=125 => len as u8,
                126..=0xffff => 126,
                _ => 127,
            };
            let is_known = matches!(head.opcode(), 0..=2 | 8 | 10);
            let is_echo = || {
                let received = c.facts.socket(socket).received_close.map(|body| c.payloads.get(body));
                received.is_some_and(|received| received.starts_with(payload))
            };
            let may_be_long = c.profile.close_length == CloseLength::Any && head.opcode() == 8;
            let is_short = len <= 125 || may_be_long && is_echo();
            let is_whole = !head.is_control() || (head.is_final() && is_short);
            Verdict::of(head.second == 0x80 | shortest && head.first & 0x70 == 0 && is_known && is_whole)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NothingReceivedAfterTheEnd: "INV-23", "nothing is processed after the end";
    source: "FAIL-03", "WIRE-44", "CLOSE-19", "FAIL-12";
    predicate: "After the connection failed, its send buffer was full or TCP is closed, nothing that the peer sent has an effect.";
    witness: "A connection that failed is closed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Rx, RxFrame, Established, ClosingStarted, Enqueue, Closed;
    needs: Fail, TcpClosed;
    |c| match *c.entry {
        Entry::Rx { socket, .. } => Verdict::broken_if(c.facts.socket(socket).end.is_some()),
        Entry::RxFrame { socket, .. }
        | Entry::Established { socket, .. }
        | Entry::ClosingStarted { socket, by: crate::trace::Side::Peer }
        | Entry::Enqueue { task: crate::trace::Task::Message(socket) } => {
            Verdict::broken_if(!c.facts.socket(socket).is_receiving())
        }
        Entry::Closed { socket, .. } if c.facts.socket(socket).failed.is_some() => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

invariant! {
    MessagesAreWhole: "INV-35", "messages arrive whole, once and in order";
    source: "WIRE-23", "WIRE-25", "WIRE-26", "WIRE-27", "UTF8-07", "API-41";
    predicate: "A task is queued for each message that is complete and for nothing else, and its event carries the bytes of all the fragments of that message in their order. It is not fired if `readyState` is not OPEN, or would not be if it were shown (K closing-state); K message-while-closing may have it fired in CLOSING.";
    witness: "A message is complete.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Enqueue, FireBegin, TaskEnd, Rx, RxFin, RxRst, TimerFired, Quiescent;
    needs: RxFrame;
    |c| match *c.entry {
        Entry::Enqueue { task: crate::trace::Task::Message(socket) } => {
            Verdict::of(c.facts.socket(socket).complete.is_some())
        }
        Entry::FireBegin { target: Target::Socket(socket), event }
            if event.is_trusted && event.event_type == EventType::Message =>
        {
            let socket = c.facts.socket(socket);
            match socket.current {
                _ if socket.messages_are_lost => Verdict::Vacuous,
                Some(message) => Verdict::of(message.is(event.text, c.payloads)),
                None => Verdict::Broken,
            }
        }
        Entry::TaskEnd { task: crate::trace::Task::Message(socket) } => {
            let socket = c.facts.socket(socket);
            let is_heard = match socket.ready_state {
                ReadyState::Open => c.profile.closing_state != ClosingState::Skipped || socket.closing_by.is_none(),
                ReadyState::Closing => c.profile.message_while_closing == MessageWhileClosing::Fire,
                ReadyState::Connecting | ReadyState::Closed => false,
            };
            Verdict::broken_if(socket.current.is_some() && is_heard && !socket.messages_are_lost)
        }
        _ => Verdict::broken_if(c.finding == Finding::MissedMessage),
    }
}

invariant! {
    DataIsOfItsKind: "INV-109", "data is what the message and binaryType make it";
    source: "API-41", "HS-06", "WIRE-23";
    predicate: "The data of a message event is a string exactly if the first frame of its message has opcode 1, and else a Blob or an ArrayBuffer as `binaryType` has it when the task runs. `binaryType` is `\"blob\"` until it is set, and reads as what it was last set to.";
    witness: "A binary message is fired, or `binaryType` is read.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin, Read;
    needs: RxFrame, Enqueue, TaskBegin, SetBinaryType;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(socket), event }
            if event.is_trusted && event.event_type == EventType::Message =>
        {
            let socket = c.facts.socket(socket);
            let want = match socket.current {
                Some(message) if !message.is_text => socket.binary_type.data(),
                Some(_) => MessageData::Text,
                None => return Verdict::Vacuous,
            };
            match event.interface {
                _ if socket.messages_are_lost => Verdict::Vacuous,
                Interface::MessageEvent { data } if want == MessageData::Text => Verdict::broken_if(data != want),
                Interface::MessageEvent { data } => Verdict::of(data == want),
                Interface::Event | Interface::CloseEvent | Interface::ErrorEvent => Verdict::Vacuous,
            }
        }
        Entry::Read { socket, attribute: Attribute::BinaryType, value } => {
            Verdict::of(value == c.facts.socket(socket).binary_type as u32)
        }
        _ => Verdict::Vacuous,
    }
}
