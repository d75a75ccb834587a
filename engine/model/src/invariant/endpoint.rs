//! Invariants of the endpoint: RFC 6455 sections 5.5, 6 and 7.

use super::facts::Finding;
use super::outcome::abnormal_code;
use super::socket::Socket;
use super::{Verdict, claim, invariant};
use crate::profile::{AnswerTime, FOREVER, Guard, Profile, UnansweredClose};
use crate::trace::{Cause, EndpointTimer, Entry, Method, Side, Target, Task, TcpEnd};

/// Messages that can wait in the model's send buffer, which has places too; two more are kept for a Pong and a Close.
const SEND_PLACES: usize = 10;

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
    predicate: "When both Close frames went over the wire, TCP is closed in the end; where T2 has no end, once the peer has ended it.";
    witness: "A run ends after a completed closing handshake.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: Quiescent;
    needs: TxFrame, RxFrame, TcpClosed, PeerStep;
    |c| {
        let mut verdict = Verdict::Vacuous;
        for socket in c.facts.used().iter().filter(|socket| socket.is_complete()) {
            if socket.end.is_some() {
                verdict = Verdict::Holds;
            } else if c.profile.linger_us != FOREVER || socket.peer_has_ended {
                return Verdict::Broken;
            }
        }
        verdict
    }
}

/// Whether the closing handshake is started and our Close is not written.
fn owes_close(socket: &Socket) -> bool {
    socket.closing_by.is_some() && socket.sent_close.is_none() && socket.is_receiving()
}

/// Whether our Close is to be written now, and not by the task that tells the page of the peer's (K-ECHO).
fn is_close_due(socket: &Socket, profile: &Profile) -> bool {
    profile.answer_time == AnswerTime::AtOnce || socket.closing_by == Some(Side::Us) || socket.closing_has_run
}

invariant! {
    CloseIsWritten: "INV-27", "a Close is answered, and a Close that is due is written";
    source: "CLOSE-11", "CLOSE-12", "API-14";
    predicate: "Once the closing handshake is started, our Close is written before T1 fires, before the peer's FIN fails the connection and before we end TCP, unless the connection failed, the buffer was full, or the peer does not read, whose FIN does not excuse us from an answer. Where the answer is given in the task that tells the page, it is due from that task on. What waited to be written does not go out without the Close behind it. Where T1 has no end, it may wait for a peer that does not read for ever, and where a connection that is not answered ends without a failure, an offence of the peer excuses us as one.";
    witness: "A Close frame is written.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: TxFrame, TimerFired, Fail, TcpClosed, Quiescent;
    needs: RxFrame, Fail, Full, ClosingStarted, PeerReads, TaskBegin;
    |c| match *c.entry {
        Entry::TxFrame { head, .. } => {
            if head.opcode() == 8 { Verdict::Holds } else { Verdict::Vacuous }
        }
        Entry::TimerFired { socket, timer: EndpointTimer::Close }
        | Entry::Fail { socket, cause: Cause::EndOfStream, .. }
        | Entry::TcpClosed { socket, by: TcpEnd::Us | TcpEnd::Fin } => {
            let is_fin = matches!(*c.entry, Entry::TcpClosed { by: TcpEnd::Fin, .. });
            let socket = c.facts.socket(socket);
            // Its FIN takes nothing away from the answer that we owe the peer, or that the task is to give.
            let is_answer_lost = is_fin && socket.received_close.is_some() && owes_close(socket);
            // What waits is written together: if something went out since it is due, the peer did read.
            let is_due = owes_close(socket) && is_close_due(socket, c.profile);
            let is_excused = socket.stops_reading
                && (!socket.wrote_since_started || c.profile.answer_time == AnswerTime::InTask);
            // It would have failed the connection, were our Close not enough (row 5).
            let is_offended = c.finding == Finding::MissedOffence;
            Verdict::broken_if(is_answer_lost || is_due && !is_excused && !is_offended)
        }
        Entry::Quiescent => Verdict::broken_if(c.facts.used().iter().any(|socket| {
            let waits = socket.stops_reading && c.profile.close_timeout_us == FOREVER;
            owes_close(socket) && is_close_due(socket, c.profile) && !waits
        })),
        _ => Verdict::Vacuous,
    }
}

/// Whether the latest Ping waits for its Pong, which nothing keeps from being written. It is what counts: a Pong for it
/// answers all before it (WIRE-33).
fn owes_pong(socket: &Socket) -> bool {
    !socket.stops_reading
        && !socket.pings_are_lost
        && socket.pings.last().is_some_and(|&ping| socket.last_pong != Some(ping))
        && socket.received_close.is_none()
        && socket.is_receiving()
}

invariant! {
    PingIsAnswered: "INV-28", "a Ping is answered, and nothing else is";
    source: "WIRE-32", "WIRE-33", "WIRE-34", "WIRE-35";
    predicate: "Every Pong that is written carries the payload of a Ping that came before the peer's Close and is not answered, and on a healthy connection whose peer reads the latest Ping is answered in the end, and before T1 fires if our Close was sent. Where the profile has it so, a Ping that comes after we started the closing handshake is not answered.";
    witness: "A Pong is written.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: TxFrame, TimerFired, Quiescent;
    needs: RxFrame, PeerReads;
    |c| match *c.entry {
        Entry::TxFrame { socket, head, payload, .. } if head.opcode() == 10 => {
            let socket = c.facts.socket(socket);
            if socket.pings_are_lost { Verdict::Vacuous } else { Verdict::of(socket.pings.contains(&payload)) }
        }
        // Our own Close does not lift the duty; when its time is over the connection is no longer healthy.
        Entry::TimerFired { socket, timer: EndpointTimer::Close } => {
            Verdict::broken_if(owes_pong(c.facts.socket(socket)))
        }
        Entry::Quiescent => Verdict::broken_if(c.facts.used().iter().any(owes_pong)),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ProtocolStateIsMonotone: "INV-29", "each step of a connection happens once";
    source: "CLOSE-10", "CLOSE-40", "FAIL-10", "FAIL-11", "HS-28", "API-45";
    predicate: "A connection is requested, established, closing, failed, and closed at most once each; it is established after its request, closing by the peer if and only if the peer's Close came first, and closed after TCP is, and only as a failed one if it was not established.";
    witness: "A connection is closed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Request, Established, ClosingStarted, Fail, Full, TcpClosed, Closed;
    needs: RxFrame;
    |c| match *c.entry {
        Entry::Request { socket, .. } => {
            let socket = c.facts.socket(socket);
            Verdict::broken_if(socket.is_requested || !socket.is_receiving())
        }
        Entry::Established { socket, .. } => {
            let socket = c.facts.socket(socket);
            Verdict::broken_if(!socket.is_requested || socket.is_established || !socket.is_receiving())
        }
        Entry::ClosingStarted { socket, by } => {
            let socket = c.facts.socket(socket);
            let is_late = socket.closing_by.is_some() || socket.is_closed;
            let is_right = socket.received_close.is_some() == (by == Side::Peer);
            Verdict::broken_if(is_late || !socket.is_established || !is_right)
        }
        Entry::Fail { socket, .. } | Entry::Full { socket } => {
            let socket = c.facts.socket(socket);
            Verdict::broken_if(socket.failed.is_some() || socket.is_full || socket.is_closed)
        }
        Entry::TcpClosed { socket, .. } => Verdict::broken_if(c.facts.socket(socket).end.is_some()),
        Entry::Closed { socket, .. } => {
            let socket = c.facts.socket(socket);
            let has_failed = socket.is_established || socket.failed.is_some();
            Verdict::of(!socket.is_closed && socket.end.is_some() && has_failed)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    WeEndTcpForAReason: "INV-30", "we end TCP only for a reason";
    source: "CLOSE-16", "CLOSE-20", "CLOSE-37", "FAIL-08";
    predicate: "We send FIN only on a connection that there is, and only after the peer's, after T1 or T2, after a failure, or because the send buffer is full. Where a connection that is not answered ends without a failure, what would have been one is enough.";
    witness: "We send FIN.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TxFin;
    needs: Request, RxFin, TimerFired, Fail, Full;
    |c| match *c.entry {
        Entry::TxFin { socket } => {
            let socket = c.facts.socket(socket);
            // TLS fails on a connection on which nothing was requested yet.
            if !socket.is_requested && socket.failed != Some(Cause::TlsFailed) {
                return Verdict::Broken;
            }
            let is_unanswered = c.profile.unanswered_close == UnansweredClose::NoStatus
                && (c.finding == Finding::MissedOffence || socket.has_disappeared);
            let is_told = socket.failed.is_some() || socket.is_full || is_unanswered;
            Verdict::of(
                socket.has_rx_fin || is_told || socket.linger_timer_fired || socket.close_timer_fired,
            )
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    TcpEndsAsItWasEnded: "INV-106", "TCP is closed by what ended it";
    source: "CLOSE-19", "CLOSE-40", "HS-30", "FAIL-06";
    predicate: "A connection that was not begun was never one of TCP; otherwise TCP is closed by the peer's RST, or by the FIN of both, or by ours because we end it. FIN and RST come from the peer once, and after its RST nothing is written and no timer fires; nor is anything written while the peer does not read. No time passes between its FIN and the end, unless our answer to its Close waits, nor between its RST and the end.";
    witness: "TCP is closed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: RxFin, RxRst, TcpClosed, TxFrame, TxFin, TimerFired, Elapse;
    needs: Request, PeerReads;
    |c| match *c.entry {
        Entry::TcpClosed { socket, by } => {
            let socket = c.facts.socket(socket);
            let (has_fins, has_rst) = ((socket.has_tx_fin, socket.has_rx_fin), socket.has_rx_rst);
            Verdict::of(match by {
                TcpEnd::NotConnected => !socket.is_requested,
                TcpEnd::Fin => has_fins == (true, true) && !has_rst,
                TcpEnd::Reset => has_rst,
                TcpEnd::Us => has_fins.0 && !has_rst,
            })
        }
        Entry::RxFin { socket } => {
            let socket = c.facts.socket(socket);
            Verdict::broken_if(socket.has_rx_fin || socket.has_rx_rst)
        }
        Entry::TxFrame { socket, .. } => {
            let socket = c.facts.socket(socket);
            Verdict::broken_if(socket.has_rx_rst || socket.stops_reading)
        }
        Entry::RxRst { socket }
        | Entry::TxFin { socket }
        | Entry::TimerFired { socket, .. } => Verdict::broken_if(c.facts.socket(socket).has_rx_rst),
        Entry::Elapse { .. } => Verdict::broken_if(c.facts.used().iter().any(|socket| {
            let is_answer_due = socket.received_close.is_some() && socket.sent_close.is_none();
            socket.end.is_none() && (socket.has_rx_rst || socket.has_rx_fin && !is_answer_due)
        })),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    TimersKeepTheirTime: "INV-39", "timers fire when they should, and only then";
    source: "CLOSE-16", "CLOSE-36", "CLOSE-37";
    predicate: "T0 fires that long after the request without an answer, T1 after our Close or the beginning of a closing handshake that is not completed, T2 after both Closes without the end of TCP; not earlier, not later, not twice, and not on a connection that is closed.";
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
        Entry::Elapse { by_us } => Verdict::broken_if(c.facts.used().iter().any(|socket| {
            let passes = |since: u64, limit: u64| since.saturating_add(by_us) > limit;
            let is_waiting = socket.is_receiving() && !socket.close_timer_fired && !socket.linger_timer_fired;
            let misses_handshake = socket.is_requested
                && !socket.is_established
                && !socket.handshake_timer_fired
                && passes(socket.since_request, c.profile.handshake_timeout_us);
            // Of a Close that waits, since the peer does not read, there is only the beginning of the handshake.
            let since_close =
                if socket.sent_close.is_some() { socket.since_sent } else { socket.since_started };
            let misses_close = (socket.sent_close.is_some() || socket.closing_by.is_some())
                && !socket.is_complete()
                && passes(since_close, c.profile.close_timeout_us);
            let misses_linger = socket.is_complete() && passes(socket.since_complete, c.profile.linger_us);
            is_waiting && (misses_handshake || misses_close || misses_linger)
        })),
        _ => Verdict::Vacuous,
    }
}

invariant! {
    WhatThePeerWroteIsRead: "INV-15", "what the peer wrote is read, and no more";
    source: "WIRE-13", "CLOSE-12", "FAIL-06";
    predicate: "All bytes that the peer wrote are read before its FIN is, and when a run becomes quiescent, on every connection that has not ended. No read is empty, and never are more bytes read than it wrote.";
    witness: "The peer's FIN comes after bytes.";
    class: Liveness;
    claimed: claim::ALWAYS;
    at: Rx, RxFin, Quiescent;
    needs: PeerStep, Request, TcpClosed;
    |c| match *c.entry {
        Entry::Rx { socket, bytes } => {
            let socket = c.facts.socket(socket);
            let len = c.payloads.get(bytes).len() as u64;
            Verdict::broken_if(len == 0 || socket.peer_wrote != 0 && socket.was_read + len > socket.peer_wrote)
        }
        Entry::RxFin { socket } => {
            let socket = c.facts.socket(socket);
            if socket.peer_wrote == 0 { Verdict::Vacuous } else { Verdict::of(socket.is_all_read()) }
        }
        _ => Verdict::broken_if(c.facts.used().iter().any(|socket| socket.end.is_none() && !socket.is_all_read())),
    }
}

invariant! {
    FullEndsTcp: "INV-53", "a full send buffer ends TCP at once";
    source: "FAIL-12", "API-31";
    predicate: "The send buffer is full if and only if a message does not fit beside what waits, by its bytes or because ten messages wait, which is the room of the model; then TCP is closed by us without a Close frame, and the connection code is that of an abnormal end (K abnormal-code), unless the peer's Close was received.";
    witness: "A connection whose send buffer was full is closed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Full, TxFrame, CallEnd, Closed, Quiescent, Enqueue;
    needs: Full, CallBegin, SendArgument, TcpClosed;
    |c| match *c.entry {
        Entry::Full { socket } => {
            let socket = c.facts.socket(socket);
            let has_places = socket.sends.len() + usize::from(!socket.pings.is_empty()) <= SEND_PLACES;
            Verdict::broken_if(!socket.sends_are_lost && has_places && !socket.is_overfull(c.payloads, c.profile))
        }
        // What waits is there until its frames are written.
        Entry::TxFrame { socket, .. } | Entry::CallEnd { target: Target::Socket(socket), method: Method::Send, .. } => {
            let socket = c.facts.socket(socket);
            Verdict::broken_if(!socket.is_full && socket.is_overfull(c.payloads, c.profile))
        }
        Entry::Closed { socket, clean, error, code, .. } => {
            let socket = c.facts.socket(socket);
            if !socket.is_full {
                return Verdict::Vacuous;
            }
            let code_is_right = code == abnormal_code(true, c.profile) || socket.received_close.is_some();
            Verdict::of(!clean && error && code_is_right && socket.end == Some(TcpEnd::Us))
        }
        // Where the closing task is taken literally, a later close() queues one in vain.
        Entry::Enqueue { task: Task::Closing(socket) } => {
            Verdict::broken_if(c.facts.socket(socket).is_full && c.profile.closing_task == Guard::Guard)
        }
        Entry::Quiescent => {
            Verdict::broken_if(c.facts.used().iter().any(|socket| socket.is_full && !socket.is_closed))
        }
        _ => Verdict::Vacuous,
    }
}
