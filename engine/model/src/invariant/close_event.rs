//! Invariants of the `close` event and what it says: RFC 6455 section 7.1; WebSockets Standard, CloseEvent.

use super::arguments::REASON_LEN_MAX;
use super::outcome::{Outcome, Told, abnormal_code};
use super::socket::{Socket, split};
use super::{Context, Verdict, claim, invariant, utf8};
use crate::profile::{
    CleanAbnormal, CloseInterface, CloseLength, EventMade, LateFailure, LateReset, Profile, WasClean,
};
use crate::trace::{
    Cause, Entry, EventAttributes, EventType, Interface, PayloadId, Payloads, Target, TcpEnd,
};

/// What the connection or its event says of the end.
struct Said<'a> {
    socket: &'a Socket,
    clean: bool,
    code: u16,
    reason: &'a [u8],
}

impl<'a> Said<'a> {
    /// What there is to say.
    fn outcome(&self, c: &Context<'a>) -> Option<Outcome<'a>> {
        self.socket.outcome(c.payloads, c.profile)
    }
}

/// What is said at this entry: the end of the connection, or the event about it, unless that says nothing of it
/// (LEGACY-11).
#[inline(always)]
fn said<'a>(c: &Context<'a>) -> Option<Said<'a>> {
    match *c.entry {
        Entry::Closed { socket, clean, code, reason, .. } => {
            Some(Said { socket: c.facts.socket(socket), clean, code, reason: c.payloads.get(reason) })
        }
        Entry::FireBegin { target: Target::Socket(socket), event }
            if is_close(&event) && c.profile.close_interface == CloseInterface::CloseEvent =>
        {
            Some(Said {
                socket: c.facts.socket(socket),
                clean: event.was_clean,
                code: event.code,
                reason: c.payloads.get(event.text),
            })
        }
        _ => None,
    }
}

#[inline]
fn is_close(event: &EventAttributes) -> bool {
    event.is_trusted && event.event_type == EventType::Close
}

/// What is said of `wasClean`, which an event may say that says nothing else.
#[inline(always)]
fn said_clean<'a>(c: &Context<'a>) -> Option<(&'a Socket, bool)> {
    match *c.entry {
        Entry::Closed { socket, clean, .. } => Some((c.facts.socket(socket), clean)),
        Entry::FireBegin { target: Target::Socket(socket), event }
            if is_close(&event) && c.profile.close_interface != CloseInterface::Event =>
        {
            Some((c.facts.socket(socket), event.was_clean))
        }
        _ => None,
    }
}

/// Whether a close event has the attributes that its interface has, and no others (LEGACY-11).
fn has_its_attributes(event: &EventAttributes, profile: &Profile) -> bool {
    let has_code = event.code != 0 || event.text != PayloadId::EMPTY;
    match profile.close_interface {
        CloseInterface::CloseEvent => event.interface == Interface::CloseEvent,
        CloseInterface::WasCleanOnly => event.interface == Interface::CloseEvent && !has_code,
        CloseInterface::Event => event.interface == Interface::Event && !event.was_clean && !has_code,
    }
}

/// The status code of the peer's Close, if it has one.
#[inline]
fn received_code(socket: &Socket, payloads: &Payloads) -> Option<u16> {
    let body = payloads.get(socket.received_close?);
    (body.len() >= 2).then(|| split(body).0)
}

invariant! {
    TimeStampsAreRight: "INV-108", "an event says when it was made";
    source: "API-50", "DOM-26", "LEGACY-01";
    predicate: "The `timeStamp` of an event that is fired at a WebSocket is when it is fired; that of `close` can be when the connection was closed, where K-STAMP has it so.";
    witness: "`close` is fired.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: TimeStamp, FireBegin;
    needs: Elapse, Closed;
    |c| match *c.entry {
        Entry::TimeStamp { socket, ago_us } => Verdict::broken_if(
            c.profile.event_made == EventMade::WhenFired
                || ago_us == 0
                || ago_us != c.facts.socket(socket).since_closed,
        ),
        Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
            let socket = c.facts.socket(socket);
            let was_made_before = socket.is_stamped;
            match (event.event_type, c.profile.event_made) {
                (EventType::Close, EventMade::WhenClosed) => {
                    Verdict::of(was_made_before == (socket.since_closed > 0))
                }
                (EventType::Close, EventMade::WhenFired | EventMade::Any) => Verdict::Holds,
                _ => Verdict::broken_if(was_made_before),
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    EventAttributesAreRight: "INV-70", "the events have the attributes that they must have";
    source: "API-46", "API-47", "DOM-21", "DOM-25", "HANDLER-09";
    predicate: "An event that the user agent fires at a WebSocket is trusted, does not bubble, is not cancelable and not composed; `close` is a CloseEvent with `wasClean`, `code` and `reason`, or what the profile (K close-interface) has of it, `message` a MessageEvent, `open` and `error` plain events; an event that script dispatches is not trusted.";
    witness: "An event is fired at a WebSocket.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: FireBegin;
    needs: CallBegin, CallEnd;
    |c| match *c.entry {
        Entry::FireBegin { target: Target::Socket(_), event } => {
            let by_script = c
                .facts
                .stack
                .call()
                .is_some_and(|called| called.method == crate::trace::Method::DispatchEvent);
            if by_script || !event.is_trusted {
                return Verdict::broken_if(c.facts.stack_is_known() && by_script == event.is_trusted);
            }
            let is_right = match event.event_type {
                EventType::Close => has_its_attributes(&event, c.profile),
                EventType::Message => matches!(event.interface, Interface::MessageEvent { .. }),
                EventType::Open | EventType::Error => {
                    event.interface == Interface::Event && !event.was_clean && event.code == 0
                }
                EventType::Custom(_) | EventType::PageHide | EventType::Unload => false,
            };
            Verdict::of(is_right && !event.bubbles && !event.cancelable && !event.composed)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NeverCanceled: "INV-71", "these events are never canceled";
    source: "DOM-19", "HANDLER-10", "HANDLER-11";
    predicate: "`defaultPrevented` is false after every dispatch of the user agent at a WebSocket.";
    witness: "Such a dispatch ends.";
    class: Trace;
    claimed: claim::RESPECT_CANCELABLE;
    at: FireEnd;
    needs: FireBegin;
    |c| match *c.entry {
        Entry::FireEnd { target: Target::Socket(_), default_prevented, .. } if c.facts.stack_is_known() => {
            match c.facts.stack.dispatch() {
                Some(dispatch) if dispatch.is_trusted => Verdict::of(!default_prevented),
                _ => Verdict::Vacuous,
            }
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    AbnormalIsUnclean: "INV-72", "1006 is unclean and has no reason";
    source: "CLOSE-30", "CLOSE-33", "CLOSE-34", "FAIL-04";
    predicate: "If the code is 1006 and the peer did not send 1006, `wasClean` is false and the reason is empty. Where `wasClean` says that nothing failed (K was-clean), it may be true.";
    witness: "The code is 1006.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: RxFrame;
    |c| match said(c) {
        Some(said) if said.code == 1006 && received_code(said.socket, c.payloads) != Some(1006) => {
            let may_be_clean = c.profile.was_clean == WasClean::NoError;
            Verdict::of((!said.clean || may_be_clean) && said.reason.is_empty())
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NoStatusIsAnEmptyClose: "INV-73", "1005 means an empty Close";
    source: "CLOSE-30", "CLOSE-31";
    predicate: "If the code is 1005, the peer's Close had no body, or one byte that counts as none, and the reason is empty; unless the profile has 1005 stand for a Close of ours that was not answered (K unanswered-close), or takes it from the wire (K-CODE, K answer-codes, K refused-answer).";
    witness: "The code is 1005.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: RxFrame, Fail, ClosingStarted;
    |c| match said(c) {
        Some(said) if said.code == 1005 => {
            let Said { socket, reason, .. } = said;
            let is_told = match socket.received_close {
                Some(body) if c.payloads.get(body).len() < 2 => reason.is_empty(),
                // Then the reason is that of the Close (INV-75).
                Some(_) => received_code(socket, c.payloads) == Some(1005) && socket.accepts(1005, c.profile),
                None => reason.is_empty() && said.outcome(c).is_none_or(|outcome| outcome.code == 1005),
            };
            Verdict::of(is_told)
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CleanIffCompleted: "INV-74", "clean if and only if both Close frames went over the wire";
    source: "CLOSE-14", "CLOSE-33", "CLOSE-34", "CLOSE-35", "CLOSE-36", "CLOSE-37", "CLOSE-38";
    predicate: "`wasClean` is true if and only if our Close was written and the peer's received before TCP was closed; or what the profile has it say of a connection that failed after that, was reset or lingered, or whose Close was not answered.";
    witness: "A connection is closed.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: RxFrame, TxFrame, Fail, Full, Established, ClosingStarted, TimerFired, TcpClosed;
    |c| match said_clean(c) {
        Some((socket, clean)) => match socket.outcome(c.payloads, c.profile) {
            Some(outcome) => Verdict::of(outcome.clean == clean),
            None => Verdict::Vacuous,
        },
        None => Verdict::Vacuous,
    }
}

invariant! {
    CodeAndReasonAreReceived: "INV-75", "code and reason are those of the peer's first Close";
    source: "CLOSE-30", "CLOSE-31", "CLOSE-32", "CLOSE-35", "UTF8-06", "UTF8-10", "API-09", "API-50";
    predicate: "If a Close was received, the code is its status code in network byte order, or 1005 if it has none, and the reason is the rest of its body, byte for byte, but for what the profile takes off (K reason-nul, K reason-bom); unless it has nothing count that was lost in the end (K failure-after-close, K linger-result).";
    witness: "A connection is closed after a Close was received.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: RxFrame, Fail, Full, TimerFired;
    |c| match said(c) {
        Some(said) if said.socket.received_close.is_some() => match said.outcome(c) {
            Some(outcome) => Verdict::of(outcome.code == said.code && outcome.reason == said.reason),
            None => Verdict::Vacuous,
        },
        _ => Verdict::Vacuous,
    }
}

invariant! {
    UncleanWithACode: "INV-76", "unclean with a code means that our answer did not go out";
    source: "CLOSE-35";
    predicate: "If `wasClean` is false and the code is not that of an abnormal end, the peer's Close was received and ours was not written, unless the profile has a failure (K failure-after-close) or a reset (K rst-after-handshake) after both be unclean, or keeps the code of an answer that was refused (K refused-answer).";
    witness: "Such an end.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: RxFrame, TxFrame, Fail, Full, TcpClosed, ClosingStarted;
    |c| match said(c) {
        Some(said) if !said.clean && said.code != abnormal_code(said.socket.has_failed(), c.profile) => {
            let Said { socket, code, .. } = said;
            let is_late_failure = socket.has_failed()
                && (c.profile.failure_after_close != LateFailure::AsReceived
                    || c.profile.was_clean == WasClean::NoError);
            let is_late_reset =
                socket.end == Some(TcpEnd::Reset) && c.profile.rst_after_handshake != LateReset::Clean;
            let is_odd = code == 1006 && c.profile.clean_abnormal == CleanAbnormal::Unclean;
            let is_unclean = !socket.is_complete() || is_late_failure || is_late_reset || is_odd;
            Verdict::of(match socket.received_close {
                Some(_) => is_unclean,
                None => matches!(said.outcome(c), None | Some(Outcome { told: Told::Refused(_), .. })),
            })
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    NoCloseIs1006: "INV-77", "without a received Close the code is 1006";
    source: "CLOSE-30", "CLOSE-31", "FAIL-04", "HS-25", "PRIV-01";
    predicate: "If no Close was received, whether the connection failed or not, the code is 1006, or what the profile (K abnormal-code, K unanswered-close, K refused-answer) has in its place, and the reason is empty.";
    witness: "A connection is closed without a received Close.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: RxFrame, Fail, Full, ClosingStarted;
    |c| match said(c) {
        Some(said) if said.socket.received_close.is_none() => {
            let is_told = said.outcome(c).is_none_or(|outcome| outcome.code == said.code);
            Verdict::of(is_told && said.reason.is_empty())
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    ReasonIsShortText: "INV-78", "a reason is at most 123 bytes of UTF-8";
    source: "CLOSE-02", "UTF8-05", "IDL-11";
    predicate: "The reason has 123 bytes at most, unless a Close frame may be longer (K close-length), and is UTF-8, so that no lone surrogate is in it.";
    witness: "A reason is not empty.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: ;
    |c| match said(c) {
        Some(said) if !said.reason.is_empty() => {
            let has_its_len =
                said.reason.len() <= REASON_LEN_MAX || c.profile.close_length == CloseLength::Any;
            Verdict::of(has_its_len && utf8::is_valid(said.reason))
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    CodeIsAccepted: "INV-79", "a reported code is one that the profile accepts";
    source: "CLOSE-05", "CLOSE-30";
    predicate: "The code is 1005, 1006, that of an abnormal end (K abnormal-code), or one that the profile accepts on the wire, in an answer to our Close too (K answer-codes) and if it keeps what it refuses there (K refused-answer).";
    witness: "The code is neither 1005 nor 1006.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: RxFrame, Fail, Full, ClosingStarted;
    |c| match said(c) {
        Some(said) if !matches!(said.code, 1005 | 1006) => {
            let Said { socket, code, .. } = said;
            let is_kept = || matches!(said.outcome(c), None | Some(Outcome { told: Told::Refused(_), .. }));
            let is_abnormal = code == abnormal_code(socket.has_failed(), c.profile);
            Verdict::of(is_abnormal || socket.accepts(code, c.profile) || is_kept())
        }
        _ => Verdict::Vacuous,
    }
}

invariant! {
    TlsCodeIsReceived: "INV-82", "1015 is never made up";
    source: "PRIV-03", "HS-25";
    predicate: "If the code is 1015, the peer sent it, in a Close that was received or, where its code is kept (K refused-answer), refused.";
    witness: "The TLS handshake fails, or the code is 1015.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: Closed, FireBegin;
    needs: RxFrame, Fail, ClosingStarted;
    |c| match said(c) {
        Some(said) if said.code == 1015 => {
            let is_kept = || matches!(said.outcome(c), None | Some(Outcome { told: Told::Refused(1015), .. }));
            Verdict::of(received_code(said.socket, c.payloads) == Some(1015) || is_kept())
        }
        Some(said) if said.socket.failed == Some(Cause::TlsFailed) => Verdict::Holds,
        _ => Verdict::Vacuous,
    }
}
