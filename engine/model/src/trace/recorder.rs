//! What a recording of a user agent can show of a run: the page's log and the peer's, cut as a recorder cuts them.
//!
//! This is the one projection of a trace to what was seen from outside. A recording is compared with the projections
//! of all runs that a profile allows, never with one run.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::literal::{hex, quoted};
use super::outcome::printed;
use super::{
    Attribute, Bound, Completion, Entry, EventAttributes, EventType, Interface, Method, Payloads, PeerEnd,
    ReadyState, SocketId, Target, Task, TcpEnd,
};

/// A recorder notes nothing more of the page after the `close` event has been gone for so long.
const SETTLED_US: u64 = 250_000;

/// Tokens of a log that a recorder writes; what comes after them is one `…`.
pub(super) const TOKENS_MAX: usize = 40;
/// Stands for the rest of a log that was cut.
pub(super) const ELLIPSIS: &str = "…";

/// Watches a run as a recorder of one WebSocket does, the first that the page constructs. Of others it tells how many
/// there were, [`Seen::sockets`], because a log has no place for them.
///
/// The tokens are those of an [`Outcome`](super::Outcome), with these differences, which are those of recordings:
/// `bufferedAmount` is zero or more than zero, and the peer notes nothing after its own RST. Time is what it is for a
/// page: an entry after the limit was not seen. What a recorder cuts is whole here, because not every recorder cuts;
/// only a recursion without end is told as far as a recorder writes, and ends in `…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recorder {
    limit_us: u64,
    elapsed_us: u64,
    closed_at_us: Option<u64>,
    ready_state: ReadyState,
    in_first_script: bool,
    has_peer_reset: bool,
    is_requested: bool,
    is_recursion: bool,
    page: Vec<String>,
    wire: Vec<String>,
    /// Bytes that the peer has written and our endpoint has not read.
    unread: u64,
    sockets: usize,
}

/// What was seen of one WebSocket, as tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seen {
    /// What the page saw.
    pub page: Vec<String>,
    /// What the peer saw our endpoint write.
    pub wire: Vec<String>,
    /// Whether the opening handshake was begun. If it was not, the peer may have seen a TCP connection come and go, or
    /// nothing: connecting is under way while script runs, and a recording shows either.
    pub is_requested: bool,
    /// Whether the peer's system may have told it of an RST: the peer sent one itself, or our endpoint ended TCP before
    /// it had read what the peer wrote, on which its system answers with RST and not with FIN alone.
    pub may_be_reset: bool,
    /// How many WebSockets there were, those included of which nothing is told here.
    pub sockets: usize,
}

const FIRST: Target = Target::Socket(SocketId(0));

impl Recorder {
    /// A recorder that gives up `limit_us` microseconds after the beginning.
    #[must_use]
    pub fn new(limit_us: u64) -> Self {
        Self {
            limit_us,
            elapsed_us: 0,
            closed_at_us: None,
            ready_state: ReadyState::Connecting,
            in_first_script: false,
            has_peer_reset: false,
            is_requested: false,
            is_recursion: false,
            page: Vec::new(),
            wire: Vec::new(),
            unread: 0,
            sockets: 0,
        }
    }

    /// Whether the limit is over: nothing that comes will be noted.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.elapsed_us > self.limit_us
    }

    /// Takes the next entry of the run.
    pub fn observe(&mut self, entry: &Entry, payloads: &Payloads) {
        if let Entry::Elapse { by_us } = *entry {
            self.elapsed_us = self.elapsed_us.saturating_add(by_us);
        }
        if self.is_over() {
            return;
        }
        if let Some(SocketId(number)) = socket(entry) {
            self.sockets = self.sockets.max(usize::from(number) + 1);
        }
        self.observe_wire(entry, payloads);
        let is_settled = self.closed_at_us.is_some_and(|at| self.elapsed_us > at.saturating_add(SETTLED_US));
        if !is_settled {
            self.observe_page(entry, payloads);
        }
    }

    fn observe_wire(&mut self, entry: &Entry, payloads: &Payloads) {
        match *entry {
            Entry::PeerStep { socket: SocketId(0), bytes, end, .. } => {
                self.has_peer_reset |= end == Some(PeerEnd::Reset);
                self.unread = self.unread.saturating_add(u64::from(bytes));
            }
            // What arrives behind our FIN is read by nobody.
            Entry::Rx { socket: SocketId(0), bytes } if !self.has_ended() => {
                self.unread = self.unread.saturating_sub(payloads.get(bytes).len() as u64);
            }
            Entry::Request { socket: SocketId(0), .. } => self.is_requested = true,
            Entry::TcpClosed { socket: SocketId(0), by: TcpEnd::NotConnected } => {}
            Entry::TxFrame { socket: SocketId(0), head, payload, .. } if !self.has_peer_reset => {
                let body = payloads.get(payload);
                self.wire.push(match head.opcode() {
                    8 => format!("close[{}]", hex(body)),
                    opcode => format!("op{opcode}"),
                });
            }
            Entry::TxFin { socket: SocketId(0) } if !self.has_peer_reset => {
                self.wire.push("tcp-fin".to_owned());
            }
            _ => {}
        }
    }

    fn observe_page(&mut self, entry: &Entry, payloads: &Payloads) {
        match *entry {
            Entry::TaskBegin { task } => self.in_first_script |= task == Task::Script,
            Entry::TaskEnd { task } => self.in_first_script &= task != Task::Script,
            Entry::ReadyState { socket: SocketId(0), new, .. } => self.ready_state = new,
            Entry::FireBegin { target: FIRST, event } if event.is_trusted => self.fire(&event, payloads),
            Entry::CallBegin { target: FIRST, method, ready_state } => {
                if let Some(name) = printed(method) {
                    self.page.push(format!("{{{name}@{}", ready_state as u8));
                }
            }
            Entry::CallEnd { target: FIRST, method, ready_state, completion }
                if printed(method).is_some() =>
            {
                if let Completion::Threw(exception) = completion {
                    self.page.push(format!("!{}", exception.name()));
                }
                self.page.push(format!("}}@{}", ready_state as u8));
            }
            Entry::Read { socket: SocketId(0), attribute: Attribute::BufferedAmount, value } => {
                self.page.push((if value == 0 { "[buf=0]" } else { "[buf>0]" }).to_owned());
            }
            Entry::Note { note } => self.page.push(format!("n{note}")),
            Entry::Bound { bound: Bound::Stack } => self.is_recursion = repeat(&mut self.page),
            _ => {}
        }
    }

    /// Whether the run came up against the end of the model's stack in a recursion that has none: what was seen is
    /// then told to the end of what a recorder writes.
    #[must_use]
    pub fn is_recursion(&self) -> bool {
        self.is_recursion
    }

    /// Whether the peer has seen our FIN.
    fn has_ended(&self) -> bool {
        self.wire.last().is_some_and(|token| token == "tcp-fin")
    }

    fn fire(&mut self, event: &EventAttributes, payloads: &Payloads) {
        let mut token = event.event_type.to_string();
        if event.interface == Interface::CloseEvent {
            let reason = quoted(&String::from_utf8_lossy(payloads.get(event.text)));
            let clean = if event.was_clean { "clean" } else { "unclean" };
            token.push_str(&format!("({},{reason},{clean})", event.code));
        }
        token.push_str(&format!("@{}", self.ready_state as u8));
        if self.in_first_script {
            token.push_str("SYNC");
        }
        self.page.push(token);
        if event.bubbles || event.cancelable {
            let bubbles = if event.bubbles { " bubbles" } else { "" };
            let cancelable = if event.cancelable { " cancelable" } else { "" };
            self.page.push(format!("[flags{bubbles}{cancelable}]"));
        }
        if event.event_type == EventType::Close {
            self.closed_at_us = Some(self.elapsed_us);
        }
    }

    /// What was seen, at the end of the run or of the limit.
    #[must_use]
    pub fn finish(mut self) -> Seen {
        if self.closed_at_us.is_none() {
            self.page.push("NOCLOSE".to_owned());
        }
        self.page.push(format!("final@{}", self.ready_state as u8));
        if self.is_recursion {
            self.page.truncate(TOKENS_MAX);
            self.page.push(ELLIPSIS.to_owned());
        }
        let may_be_reset = self.has_peer_reset || self.has_ended() && self.unread > 0;
        Seen {
            page: self.page,
            wire: self.wire,
            is_requested: self.is_requested,
            may_be_reset,
            sockets: self.sockets,
        }
    }
}

/// Repeats the last turn of a log that repeats itself until it is longer than a recorder writes; says whether there is
/// one.
fn repeat(page: &mut Vec<String>) -> bool {
    let len = page.len();
    let Some(turn) = (1..=len / 2).find(|turn| page[len - turn..] == page[len - 2 * turn..len - turn]) else {
        return false;
    };
    while page.len() <= TOKENS_MAX {
        let token = page[page.len() - turn].clone();
        page.push(token);
    }
    true
}

/// The WebSocket of which an entry tells that it is there. A constructor that throws makes none.
fn socket(entry: &Entry) -> Option<SocketId> {
    match *entry {
        Entry::ReadyState { socket, .. }
        | Entry::Request { socket, .. }
        | Entry::TxFrame { socket, .. }
        | Entry::TxFin { socket }
        | Entry::FireBegin { target: Target::Socket(socket), .. }
        | Entry::CallBegin { target: Target::Socket(socket), method: Method::Close | Method::Send, .. }
        | Entry::CallEnd {
            target: Target::Socket(socket),
            method: Method::Constructor,
            completion: Completion::Normal,
            ..
        } => Some(socket),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Trace, sample};
    use super::*;

    fn seen(trace: &Trace) -> Seen {
        let mut recorder = Recorder::new(1_000_000);
        for entry in &trace.entries {
            recorder.observe(entry, &trace.payloads);
        }
        recorder.finish()
    }

    #[test]
    fn a_recursion_without_end_is_told_as_far_as_a_recorder_writes() {
        let mut page = ["open@1", "{close@1", "error@1", "{close@1", "error@1"].map(str::to_owned).to_vec();
        assert!(repeat(&mut page));
        assert_eq!(page.len(), TOKENS_MAX + 1);
        assert_eq!(page[39..], ["{close@1", "error@1"]);
        assert!(!repeat(&mut ["open@1", "error@1"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_second_websocket_is_counted() {
        let mut trace = Trace::new();
        let end = |socket, completion| Entry::CallEnd {
            target: Target::Socket(SocketId(socket)),
            method: Method::Constructor,
            ready_state: ReadyState::Connecting,
            completion,
        };
        assert_eq!(seen(&trace).sockets, 0);
        for (entry, want) in [
            (end(0, Completion::Normal), 1),
            (end(1, Completion::Threw(super::super::Exception::SyntaxError)), 1),
            (end(1, Completion::Normal), 2),
            (Entry::TxFin { socket: SocketId(2) }, 3),
            (Entry::TxFin { socket: SocketId(0) }, 3),
            (Entry::Elapse { by_us: 1_000_001 }, 3),
            (Entry::TxFin { socket: SocketId(3) }, 3),
        ] {
            trace.emit(entry);
            assert_eq!(seen(&trace).sockets, want, "{entry:?}");
        }
    }

    #[test]
    fn nothing_is_seen_after_the_limit() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, SocketId(0));
        trace.emit(Entry::Elapse { by_us: 1_000_001 });
        sample::fire(&mut trace, SocketId(0), EventType::Error);
        assert_eq!(seen(&trace).page, ["NOCLOSE", "final@0"]);
    }

    #[test]
    fn time_that_is_near_its_end_does_not_overflow() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, SocketId(0));
        trace.emit(Entry::Elapse { by_us: u64::MAX - 1 });
        sample::fire(&mut trace, SocketId(0), EventType::Close);
        trace.emit(Entry::Note { note: 1 });
        let mut recorder = Recorder::new(u64::MAX);
        for entry in &trace.entries {
            recorder.observe(entry, &trace.payloads);
        }
        assert_eq!(recorder.finish().page, ["close@0", "n1", "final@0"]);
    }

    #[test]
    fn what_is_unread_at_our_end_may_bring_rst_in_place_of_fin() {
        let mut trace = Trace::new();
        let late = Entry::PeerStep { socket: SocketId(0), step: 2, bytes: 3, end: None };
        let bytes = trace.payloads.intern(b"abc").expect("room");
        let read = Entry::Rx { socket: SocketId(0), bytes };
        for entry in [late, read, Entry::TxFin { socket: SocketId(0) }] {
            trace.emit(entry);
            assert!(!seen(&trace).may_be_reset);
        }
        trace.emit(late);
        assert!(seen(&trace).may_be_reset, "it came to a closed connection");
        trace.emit(read);
        assert!(seen(&trace).may_be_reset, "nobody reads it there");

        let mut recorder = Recorder::new(1_000_000);
        let end = Some(PeerEnd::Reset);
        recorder.observe(&Entry::PeerStep { socket: SocketId(0), step: 3, bytes: 0, end }, &trace.payloads);
        assert!(recorder.finish().may_be_reset, "the peer sent one itself");
    }

    #[test]
    fn what_is_long_is_whole() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, SocketId(0));
        let text = trace.payloads.intern(&[b'a'; 123]).expect("room");
        let event = EventAttributes {
            event_type: EventType::Close,
            interface: Interface::CloseEvent,
            is_trusted: true,
            code: 1000,
            text,
            ..EventAttributes::default()
        };
        trace.emit(Entry::FireBegin { target: FIRST, event });
        sample::tx(&mut trace, SocketId(0), 0x88, &[0x61; 125]);
        let seen = seen(&trace);
        assert_eq!(seen.page[0], format!("close(1000,\"{}\",unclean)@0", "a".repeat(123)));
        assert_eq!(seen.wire, [format!("close[{}]", "61".repeat(125))]);
    }
}
