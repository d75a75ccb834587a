//! Invariants of the frames that our endpoint writes: RFC 6455 sections 5.5, 6.1 and 7.

use super::socket::split;
use super::telling::is_in_close;
use super::{Context, Verdict, claim, codes, invariant};
use crate::profile::{
    Answer, AnswerTime, AnswerToEmpty, DataBeforeClose, Profile, ReasonNul, ReasonOnly, UnloadWire,
};
use crate::trace::{Cause, Entry, Side, SocketId};

invariant! {
    OneCloseFrame: "INV-20", "one Close frame";
    source: "CLOSE-17", "CLOSE-18", "WIRE-41", "API-19";
    predicate: "Our endpoint writes at most one Close frame.";
    witness: "A Close frame is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: ;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, .. } if head.opcode() == 8 => {
            Verdict::of(c.facts.socket(socket).sent_close.is_none())
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NoDataAfterClose: "INV-21", "no data after our Close";
    source: "WIRE-32", "WIRE-40", "WIRE-41";
    predicate: "No data frame is written after our Close frame, and no frame at all when the peer's was received too.";
    witness: "A Close frame is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: RxFrame;
    |c| match *c.entry {
        Entry::TxFrame { socket, .. } if c.facts.socket(socket).is_complete() => Verdict::Broken,
        Entry::TxFrame { head, .. } if head.opcode() == 8 => Verdict::Holds,
        Entry::TxFrame { socket, head, .. } if !head.is_control() => {
            Verdict::broken_if(c.facts.socket(socket).sent_close.is_some())
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    SilenceAfterFailure: "INV-22", "nothing but one Close after a failure";
    source: "FAIL-01", "FAIL-02", "FAIL-12";
    predicate: "After the connection failed nothing is written but one Close frame before TCP is ended, and after the send buffer was full nothing at all.";
    witness: "TCP is closed after a failure.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame, TcpClosed;
    needs: Fail;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, .. } => {
            let socket = c.facts.socket(socket);
            let is_over = socket.has_tx_fin || socket.end.is_some() || socket.is_full;
            Verdict::broken_if(is_over || (socket.failed.is_some() && head.opcode() != 8))
        }
        Entry::TcpClosed { socket, .. } if c.facts.socket(socket).failed.is_some() => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

/// Whether our Close may be none that answers the peer's, although that came before: until the answer is given in a
/// task, the page can close (K-ECHO).
fn may_be_asked_for(c: &Context<'_>, id: SocketId) -> bool {
    let socket = c.facts.socket(id);
    c.profile.answer_time == AnswerTime::InTask
        && (socket.page_closed || socket.has_disappeared || is_in_close(c.facts, id))
}

invariant! {
    WrittenCodes: "INV-24", "only codes that may be sent";
    source: "CLOSE-03", "CLOSE-04";
    predicate: "A Close frame that is written has no body or a code that may be on the wire, or its code is the one of the peer's, which it answers; 1005, 1006 and 1015 are never written. Where the profile takes a reason without a code for the whole body, that one has none.";
    witness: "A Close frame with a code is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: RxFrame, ClosingStarted, CallBegin, CloseArguments, Disappears;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            let may_be_other = may_be_asked_for(c, socket);
            let socket = c.facts.socket(socket);
            let is_asked = socket.asked.map_or(may_be_other, |asked| asked.code.is_none());
            let is_reason =
                c.profile.reason_only == ReasonOnly::Raw && socket.failed.is_none() && is_asked;
            match *c.payloads.get(payload) {
                _ if is_reason => Verdict::Vacuous,
                [] => Verdict::Vacuous,
                [high, low, ..] => {
                    let code = u16::from_be_bytes([high, low]);
                    let received = socket.received_close.map(|body| split(c.payloads.get(body)).0);
                    let is_echo = received == Some(code);
                    let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
                    Verdict::of(!codes::is_never_written(code) && (may_be_sent || is_echo))
                }
                [_] => Verdict::Broken,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NoFrameBeforeEstablished: "INV-31", "no frame before established";
    source: "HS-15", "FAIL-08", "WIRE-40";
    predicate: "No frame is written on a connection that is not established.";
    witness: "A frame is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: Established;
    |c| match *c.entry {
        Entry::TxFrame { socket, .. } => Verdict::of(c.facts.socket(socket).is_established),
        _ => Verdict::Vacuous,
    }
}

/// Whether `body` is the body of the Close that answers one with the body `received` (K-ECHO).
fn is_answer(body: &[u8], received: &[u8], profile: &Profile) -> bool {
    let [high, low, reason @ ..] = received else {
        return match profile.answer_to_empty {
            AnswerToEmpty::Empty => body.is_empty(),
            AnswerToEmpty::NormalClosure => body == 1000_u16.to_be_bytes(),
        };
    };
    let code = u16::from_be_bytes([*high, *low]);
    let reason_len = match profile.reason_nul {
        ReasonNul::Keep => reason.len(),
        ReasonNul::Cut => reason.iter().take_while(|&&byte| byte != 0).count(),
    };
    match profile.answer {
        _ if codes::is_never_written(code) => body.is_empty(),
        Answer::VerbatimButZero if code == 0 => body.is_empty(),
        Answer::Verbatim | Answer::VerbatimButZero => body == &received[..2 + reason_len],
        Answer::CodeOnly => body == &received[..2],
        Answer::Empty => body.is_empty(),
    }
}

invariant! {
    EchoIsVerbatim: "INV-36", "the answer to a Close is its echo";
    source: "CLOSE-13", "CLOSE-03";
    predicate: "The Close that answers the peer's has the same body, or none if its code is one that is never written; or as much of the body as the profile sends back. Where the answer is given in the task that tells the page, a Close that the page asked for before is none.";
    witness: "A Close of the peer that started the closing handshake is answered.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: RxFrame, ClosingStarted, Fail, CallBegin, Disappears;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            let of = c.facts.socket(socket);
            match of.received_close {
                Some(received)
                    if of.closing_by == Some(Side::Peer)
                        && of.failed.is_none()
                        && !may_be_asked_for(c, socket) =>
                {
                    let (body, received) = (c.payloads.get(payload), c.payloads.get(received));
                    Verdict::of(is_answer(body, received, c.profile))
                }
                _ => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    FailureCode: "INV-37", "a failure is told by its code";
    source: "FAIL-02", "FAIL-07", "WIRE-07", "UTF8-04", "WIRE-16";
    predicate: "The Close that is written after a failure begins with the status code that the cause has: 1002, 1007 or 1009, or another that the profile has for it. What a connection says whose document is cached is judged by INV-101.";
    witness: "A Close is written after a failure.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: Fail;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            let failed = c.facts.socket(socket).failed;
            if failed == Some(Cause::Disappeared) && c.profile.unload_wire != UnloadWire::Nothing {
                return Verdict::Vacuous;
            }
            match failed.map(|cause| codes::of_failure_under(cause, c.profile)) {
                Some(Some(code)) => Verdict::of(c.payloads.get(payload).starts_with(&code.to_be_bytes())),
                Some(None) => Verdict::Broken,
                None => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    OwnCloseIsAsAsked: "INV-38", "our Close says what close() said";
    source: "API-11", "API-12", "API-13", "UTF8-09", "CLOSE-11";
    predicate: "The Close of a closing handshake that the page started has the code and the reason of that call, and no body if neither was given.";
    witness: "The Close that the page asked for is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: CallBegin, CloseArguments, ClosingStarted, Fail;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            let socket = c.facts.socket(socket);
            match socket.asked {
                Some(arguments) if socket.failed.is_none() => {
                    let reason = arguments.reason.map_or(&[][..], |reason| c.payloads.get(reason));
                    Verdict::of(arguments.is_body(c.payloads.get(payload), reason, c.profile))
                }
                _ => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    SentDataPrecedesClose: "INV-87", "what was sent goes out whole, in order and before the Close";
    source: "API-14", "API-31", "UTF8-09";
    predicate: "The data frames that are written are those that `send()` took while the connection was open, in their order, and all of them precede our Close frame unless the connection failed, or they are lost because the page closes (K data-before-close).";
    witness: "A data frame is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: CallBegin, SendArgument, Fail;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } => {
            let socket = c.facts.socket(socket);
            match head.opcode() {
                _ if socket.sends_are_lost => Verdict::Vacuous,
                8 => {
                    // Where a Close is answered in a task, the page can close after the peer.
                    let is_lost = c.profile.data_before_close == DataBeforeClose::Lost
                        && (socket.closing_by == Some(Side::Us) || c.profile.answer_time == AnswerTime::InTask);
                    Verdict::broken_if(!socket.sends.is_empty() && socket.failed.is_none() && !is_lost)
                }
                opcode @ (1 | 2) => {
                    let is_lost = c.profile.data_before_close == DataBeforeClose::Lost
                        && socket.closing_by == Some(Side::Us);
                    let is_next = socket.sends.first() == Some(&(opcode == 1, payload));
                    Verdict::of(is_next && !is_lost && head.is_final())
                }
                0 => Verdict::Broken,
                _ => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}
