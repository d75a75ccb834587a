//! Invariants of the endpoint: RFC 6455 sections 5.5, 6 and 7.

use super::{Verdict, claim, invariant};
use crate::status_code;
use crate::trace::{EndpointTimer, Entry, Side, Task, TcpEnd};

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
    source: "WIRE-40", "WIRE-41";
    predicate: "No data frame is written after our Close frame.";
    witness: "A Close frame is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: ;
    |c| match *c.entry {
        Entry::TxFrame { head, .. } if head.opcode() == 8 => Verdict::Holds,
        Entry::TxFrame { socket, head, .. } if !head.is_control() => {
            Verdict::unless(c.facts.socket(socket).sent_close.is_some())
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
            Verdict::unless(is_over || (socket.failed.is_some() && head.opcode() != 8))
        }
        Entry::TcpClosed { socket, .. } if c.facts.socket(socket).failed.is_some() => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

invariant! {
    WrittenCodes: "INV-24", "only codes that may be sent";
    source: "CLOSE-03", "CLOSE-04";
    predicate: "A Close frame that is written has no body or a code that may be on the wire, or it is the verbatim echo of the peer's; 1005, 1006 and 1015 are never written.";
    witness: "A Close frame with a code is written.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: RxFrame;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            match *c.payloads.get(payload) {
                [] => Verdict::Vacuous,
                [high, low, ..] => {
                    let code = u16::from_be_bytes([high, low]);
                    let is_echo = c.facts.socket(socket).received_close == Some(payload);
                    let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
                    Verdict::of(!matches!(code, 1005 | 1006 | 1015) && (may_be_sent || is_echo))
                }
                [_] => Verdict::Broken,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    FirstCloseCounts: "INV-25", "the first Close is the last frame that counts";
    source: "CLOSE-32", "WIRE-46";
    predicate: "After the peer's first Close frame no frame is received.";
    witness: "A Close frame is received.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: RxFrame;
    needs: ;
    |c| match *c.entry {
        Entry::RxFrame { socket, .. } if c.facts.socket(socket).received_close.is_some() => Verdict::Broken,
        Entry::RxFrame { head, .. } if head.opcode() == 8 => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CompletedIsClosed: "INV-26", "a completed handshake ends TCP";
    source: "CLOSE-14", "CLOSE-16", "CLOSE-19";
    predicate: "When both Close frames went over the wire, TCP is closed in the end.";
    witness: "A run ends after a completed closing handshake.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: Quiescent;
    needs: TxFrame, RxFrame, TcpClosed;
    |c| {
        let mut verdict = Verdict::Vacuous;
        for socket in c.facts.used().iter().filter(|socket| socket.is_complete()) {
            if socket.end.is_none() {
                return Verdict::Broken;
            }
            verdict = Verdict::Holds;
        }
        verdict
    }
}

invariant! {
    CloseIsAnswered: "INV-27", "a Close is answered";
    source: "CLOSE-12";
    predicate: "When the peer's Close was received, ours is written before we end TCP, unless the connection failed, the buffer was full, or T1 passed while the peer did not read.";
    witness: "A Close frame is written after the peer's.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: TxFrame, TcpClosed, Quiescent;
    needs: RxFrame, Fail, Full, TimerFired;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, .. }
            if head.opcode() == 8 && c.facts.socket(socket).received_close.is_some() =>
        {
            Verdict::Holds
        }
        Entry::TcpClosed { socket, by: TcpEnd::Us } => {
            let socket = c.facts.socket(socket);
            Verdict::unless(
                socket.received_close.is_some()
                    && socket.sent_close.is_none()
                    && socket.is_receiving()
                    && !socket.close_timer_fired,
            )
        }
        Entry::Quiescent => Verdict::unless(c.facts.used().iter().any(|socket| {
            socket.received_close.is_some() && socket.sent_close.is_none() && socket.is_receiving()
        })),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    PingIsAnswered: "INV-28", "a Ping is answered, and nothing else is";
    source: "WIRE-32", "WIRE-33", "WIRE-34", "WIRE-35";
    predicate: "Every Pong that is written carries the payload of a Ping that came before the peer's Close and is not answered, and no Ping is left over on a healthy connection that went on writing.";
    witness: "A Pong is written.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: TxFrame, Quiescent;
    needs: RxFrame;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 10 => {
            let socket = c.facts.socket(socket);
            if socket.pings_are_lost { Verdict::Vacuous } else { Verdict::of(socket.pings.contains(&payload)) }
        }
        // Whether the peer reads is not in the trace, but data that was sent after the Ping and is written shows it.
        Entry::Quiescent => Verdict::unless(c.facts.used().iter().any(|socket| {
            socket.wrote_since_ping
                && !socket.pings.is_empty()
                && !socket.pings_are_lost
                && socket.received_close.is_none()
                && socket.is_receiving()
        })),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ProtocolStateIsMonotone: "INV-29", "each step of a connection happens once";
    source: "CLOSE-10", "CLOSE-40", "FAIL-10", "FAIL-11", "HS-28", "API-45";
    predicate: "A connection is requested, established, closing, failed, and closed at most once each; it is established after its request, and closed after TCP is.";
    witness: "A connection is closed.";
    class: Trace;
    claimed: claim::CLOSING_GUARD;
    at: Request, Established, ClosingStarted, Fail, Full, TcpClosed, Closed;
    needs: ;
    |c| match *c.entry {
        Entry::Request { socket, .. } => {
            let socket = c.facts.socket(socket);
            Verdict::unless(socket.is_requested || !socket.is_receiving())
        }
        Entry::Established { socket, .. } => {
            let socket = c.facts.socket(socket);
            Verdict::unless(!socket.is_requested || socket.is_established || !socket.is_receiving())
        }
        Entry::ClosingStarted { socket, .. } => {
            let socket = c.facts.socket(socket);
            Verdict::unless(socket.closing_by.is_some() || !socket.is_established || socket.is_closed)
        }
        Entry::Fail { socket, .. } | Entry::Full { socket } => {
            let socket = c.facts.socket(socket);
            Verdict::unless(socket.failed.is_some() || socket.is_full || socket.is_closed)
        }
        Entry::TcpClosed { socket, .. } => Verdict::unless(c.facts.socket(socket).end.is_some()),
        Entry::Closed { socket, .. } => {
            let socket = c.facts.socket(socket);
            Verdict::of(!socket.is_closed && socket.end.is_some())
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    WeEndTcpForAReason: "INV-30", "we end TCP only for a reason";
    source: "CLOSE-16", "CLOSE-20", "CLOSE-37";
    predicate: "We send FIN only after the peer's, after T1 or T2, after a failure, or because the send buffer is full.";
    witness: "We send FIN.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFin;
    needs: RxFin, TimerFired, Fail, Full;
    |c| match *c.entry {
        Entry::TxFin { socket } => {
            let socket = c.facts.socket(socket);
            let is_told = socket.failed.is_some() || socket.is_full;
            Verdict::of(
                socket.has_rx_fin || is_told || socket.linger_timer_fired || socket.close_timer_fired,
            )
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

invariant! {
    EchoIsVerbatim: "INV-36", "the answer to a Close is its echo";
    source: "CLOSE-13", "CLOSE-03";
    predicate: "The Close that answers the peer's has the same body, or none if its code is one that is never written.";
    witness: "A Close of the peer that started the closing handshake is answered.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: RxFrame, ClosingStarted, Fail;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            let socket = c.facts.socket(socket);
            match socket.received_close {
                Some(received) if socket.closing_by == Some(Side::Peer) && socket.failed.is_none() => {
                    let (code, _) = super::socket::split(c.payloads.get(received));
                    let wanted = if status_code::is_never_on_the_wire(code) {
                        crate::trace::PayloadId::EMPTY
                    } else {
                        received
                    };
                    Verdict::of(payload == wanted)
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
    predicate: "The Close that is written after a failure begins with the status code that the cause has: 1002, 1007 or 1009.";
    witness: "A Close is written after a failure.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFrame;
    needs: Fail;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 8 => {
            match c.facts.socket(socket).failed.map(crate::trace::Cause::status_code) {
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
    TimersKeepTheirTime: "INV-39", "timers fire when they should, and only then";
    source: "CLOSE-16", "CLOSE-36", "CLOSE-37";
    predicate: "T0 fires that long after the request without an answer, T1 after our Close without the peer's, T2 after both without the end of TCP; not earlier, not later, not twice, and not on a connection that is closed.";
    witness: "A timer fires.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TimerFired, Elapse;
    needs: TxFrame, RxFrame, Established, Request, TcpClosed, ClosingStarted;
    |c| match *c.entry {
        Entry::TimerFired { socket, timer } => {
            let socket = c.facts.socket(socket);
            let is_due = match timer {
                EndpointTimer::Handshake => {
                    !socket.is_established
                        && !socket.handshake_timer_fired
                        && (!socket.is_requested || socket.since_request == c.profile.handshake_timeout_us)
                }
                EndpointTimer::Close => {
                    socket.closing_by.is_some()
                        && !socket.is_complete()
                        && !socket.close_timer_fired
                        && (socket.since_started == c.profile.close_timeout_us
                            || socket.since_sent == c.profile.close_timeout_us)
                }
                EndpointTimer::Linger => {
                    socket.is_complete()
                        && !socket.linger_timer_fired
                        && socket.since_complete == c.profile.linger_us
                }
            };
            Verdict::of(is_due && socket.is_receiving())
        }
        Entry::Elapse { by_us } => Verdict::unless(c.facts.used().iter().any(|socket| {
            let passes = |since: u64, limit: u64| since.saturating_add(by_us) > limit;
            let is_waiting = socket.is_receiving() && !socket.close_timer_fired && !socket.linger_timer_fired;
            let misses_handshake = socket.is_requested
                && !socket.is_established
                && !socket.handshake_timer_fired
                && passes(socket.since_request, c.profile.handshake_timeout_us);
            let misses_close = socket.sent_close.is_some()
                && socket.received_close.is_none()
                && passes(socket.since_sent, c.profile.close_timeout_us);
            let misses_linger = socket.is_complete() && passes(socket.since_complete, c.profile.linger_us);
            is_waiting && (misses_handshake || misses_close || misses_linger)
        })),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    SentDataPrecedesClose: "INV-87", "what was sent goes out whole, in order and before the Close";
    source: "API-14", "API-31", "UTF8-09";
    predicate: "The data frames that are written are those that `send()` took while the connection was open, in their order, and all of them precede our Close frame unless the connection failed.";
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
                8 => Verdict::unless(!socket.sends.is_empty() && socket.failed.is_none()),
                opcode @ (1 | 2) => {
                    Verdict::of(socket.sends.first() == Some(&(opcode == 1, payload)) && head.is_final())
                }
                0 => Verdict::Broken,
                _ => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    FullEndsTcp: "INV-53", "a full send buffer ends TCP at once";
    source: "FAIL-12";
    predicate: "When the send buffer is full, TCP is closed by us without a Close frame, and the connection code is 1006.";
    witness: "A connection whose send buffer was full is closed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, Quiescent, Enqueue;
    needs: Full, TcpClosed;
    |c| match *c.entry {
        Entry::Closed { socket, clean, error, code, .. } => {
            let socket = c.facts.socket(socket);
            if !socket.is_full {
                return Verdict::Vacuous;
            }
            let code_is_right = code == 1006 || socket.received_close.is_some();
            Verdict::of(!clean && error && code_is_right && socket.end == Some(TcpEnd::Us))
        }
        Entry::Enqueue { task: Task::Closing(socket) } => Verdict::unless(c.facts.socket(socket).is_full),
        Entry::Quiescent => {
            Verdict::unless(c.facts.used().iter().any(|socket| socket.is_full && !socket.is_closed))
        }
        _ => Verdict::Vacuous,
    }
}
