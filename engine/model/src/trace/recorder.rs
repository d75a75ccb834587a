//! What a recording of a user agent can show of a run: the page's log and the peer's, cut as a recorder cuts them.
//!
//! This is the one projection of a trace to what was seen from outside. A recording is compared with the projections
//! of all runs that a profile allows, never with one run.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::literal::{event_type, hex, quoted};
use super::outcome;
use super::{
    Attribute, Bound, Completion, Entry, EventAttributes, EventType, Interface, Method, Payloads, ReadyState,
    SocketId, Target, Task, TcpEnd,
};

/// A recorder notes nothing more of the page after the `close` event has been gone for so long.
const SETTLED_US: u64 = 250_000;
/// Characters of a reason that a recorder writes, its quotation marks included.
const REASON_LEN_MAX: usize = 30;
/// Bytes of a Close frame's body that a recorder writes.
const BODY_LEN_MAX: usize = 20;
/// Tokens of a log that a recorder writes; what comes after them is one `…`.
const TOKENS_MAX: usize = 40;

/// Watches a run as a recorder of one WebSocket does, the first that the page constructs.
///
/// The tokens are those of an [`Outcome`](super::Outcome), with these differences, which are those of recordings:
/// reasons and bodies are cut, `bufferedAmount` is zero or more than zero, a log that is too long ends in `…`, and the
/// peer notes nothing after its own RST. Time is what it is for a page: an entry after the limit was not seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recorder {
    limit_us: u64,
    /// The position of the peer's RST among its steps, if it sends one.
    reset_step: Option<u8>,
    elapsed_us: u64,
    closed_at_us: Option<u64>,
    ready_state: ReadyState,
    in_first_script: bool,
    has_peer_reset: bool,
    is_requested: bool,
    is_recursion: bool,
    page: Vec<String>,
    wire: Vec<String>,
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
}

const FIRST: Target = Target::Socket(SocketId(0));

impl Recorder {
    /// A recorder that gives up `limit_us` microseconds after the beginning. `reset_step` is the position of the
    /// peer's RST among its steps.
    #[must_use]
    pub fn new(limit_us: u64, reset_step: Option<u8>) -> Self {
        Self {
            limit_us,
            reset_step,
            elapsed_us: 0,
            closed_at_us: None,
            ready_state: ReadyState::Connecting,
            in_first_script: false,
            has_peer_reset: false,
            is_requested: false,
            is_recursion: false,
            page: Vec::new(),
            wire: Vec::new(),
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
        self.observe_wire(entry, payloads);
        let is_settled = self.closed_at_us.is_some_and(|at| self.elapsed_us > at + SETTLED_US);
        if !is_settled {
            self.observe_page(entry, payloads);
        }
    }

    fn observe_wire(&mut self, entry: &Entry, payloads: &Payloads) {
        match *entry {
            Entry::PeerStep { socket: SocketId(0), step, .. } => {
                self.has_peer_reset |= Some(step) == self.reset_step;
            }
            Entry::Request { socket: SocketId(0), .. } => self.is_requested = true,
            Entry::TcpClosed { socket: SocketId(0), by: TcpEnd::NotConnected } => {}
            Entry::TxFrame { socket: SocketId(0), head, payload, .. } if !self.has_peer_reset => {
                let body = payloads.get(payload);
                self.wire.push(match head.opcode() {
                    8 => format!("close[{}]", hex(&body[..body.len().min(BODY_LEN_MAX)])),
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
                if let Some(name) = name(method) {
                    self.page.push(format!("{{{name}@{}", ready_state as u8));
                }
            }
            Entry::CallEnd { target: FIRST, method, ready_state, completion } if name(method).is_some() => {
                if let Completion::Threw(exception) = completion {
                    self.page.push(format!("!{}", outcome::name(exception)));
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

    fn fire(&mut self, event: &EventAttributes, payloads: &Payloads) {
        let mut token = event_type(event.event_type);
        if event.interface == Interface::CloseEvent {
            let reason = quoted(&String::from_utf8_lossy(payloads.get(event.text)));
            let reason: String = reason.chars().take(REASON_LEN_MAX).collect();
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
        if self.page.len() > TOKENS_MAX {
            cut(&mut self.page);
        }
        Seen { page: self.page, wire: self.wire, is_requested: self.is_requested }
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

fn cut(page: &mut Vec<String>) {
    page.truncate(TOKENS_MAX);
    page.push("…".to_owned());
}

fn name(method: Method) -> Option<&'static str> {
    match method {
        Method::Close => Some("close"),
        Method::Send => Some("send"),
        Method::Constructor | Method::DispatchEvent => None,
    }
}

impl Seen {
    /// Reads the logs of a recording: see `corpus/recordings/README.md` for its tokens.
    #[must_use]
    pub fn recorded(page: &str, wire: &str) -> Self {
        let mut page: Vec<String> = tokens(page).into_iter().filter_map(page_token).collect();
        if page.len() > TOKENS_MAX {
            cut(&mut page);
        }
        let wire = wire.split_ascii_whitespace().filter_map(wire_token).collect();
        Self { page, wire, is_requested: true }
    }

    /// Whether `recorded` can be a recording of this run.
    #[must_use]
    pub fn admits(&self, recorded: &Self) -> bool {
        self.agreement(recorded).is_none()
    }

    /// The first place where `recorded` is no recording of this run.
    #[must_use]
    pub fn agreement(&self, recorded: &Self) -> Option<Difference> {
        page_difference(&self.page, &recorded.page).or_else(|| {
            let may_be_unseen = !self.is_requested;
            let is_same = self.wire == recorded.wire
                || may_be_unseen
                    && recorded.wire.iter().all(|token| token == "tcp-fin")
                    && recorded.wire.len() < 2;
            if is_same { None } else { Some(difference(Log::Wire, &self.wire, &recorded.wire)) }
        })
    }
}

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// What the page saw.
    Page,
    /// What the peer saw.
    Wire,
}

/// Where a recording parts from a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In which log.
    pub log: Log,
    /// The position of the token in the recording.
    pub at: usize,
    /// What the run has there; none if its log ends before.
    pub expected: Option<String>,
    /// What the recording has there; none if its log ends before.
    pub found: Option<String>,
}

fn difference(log: Log, expected: &[String], found: &[String]) -> Difference {
    let at = expected.iter().zip(found).take_while(|(expected, found)| expected == found).count();
    Difference { log, at, expected: expected.get(at).cloned(), found: found.get(at).cloned() }
}

/// A recorder notes the calls that its script tells it of; a `send()` that did nothing to be seen may be none of them.
fn page_difference(expected: &[String], found: &[String]) -> Option<Difference> {
    let mut rest = expected;
    let mut at = 0;
    loop {
        match (rest, found.get(at)) {
            ([], None) => return None,
            ([first, after @ ..], Some(token)) if first == token => {
                rest = after;
                at += 1;
            }
            ([begin, end, after @ ..], _) if is_silent_send(begin, end) => rest = after,
            (_, token) => {
                let (expected, found) = (rest.first().cloned(), token.cloned());
                return Some(Difference { log: Log::Page, at, expected, found });
            }
        }
    }
}

fn is_silent_send(begin: &str, end: &str) -> bool {
    begin.strip_prefix("{send@").is_some_and(|state| end.strip_prefix("}@") == Some(state))
}

/// Splits a log at its spaces, but for those in the reason of a `close` token, which need not end in a quotation mark,
/// and those in a note.
fn tokens(log: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = log.trim();
    while !rest.is_empty() {
        let end_of = |marks: &[&str]| {
            marks.iter().filter_map(|mark| rest.find(mark).map(|at| at + mark.len())).min().unwrap_or(0)
        };
        let from = if rest.starts_with("close(") {
            end_of(&[",clean)@", ",unclean)@"])
        } else if rest.starts_with('[') {
            end_of(&["]"])
        } else {
            0
        };
        let end = rest[from..].find(' ').map_or(rest.len(), |at| from + at);
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

fn page_token(token: &str) -> Option<String> {
    if token.starts_with("ms=") || token == "[buf=undefined]" {
        // A time, and an attribute that is not there.
        return None;
    }
    Some(match token {
        "u" => "n0".to_owned(),
        "T" => "n1".to_owned(),
        _ if token.starts_with("[buf") => (if token == "[buf=0]" { "[buf=0]" } else { "[buf>0]" }).to_owned(),
        _ => match token.strip_prefix('{').and_then(|call| call.rsplit_once('@')) {
            // A script has labels of its own for its calls.
            Some((label, state)) => {
                let method = if label.starts_with("send") { "send" } else { "close" };
                format!("{{{method}@{state}")
            }
            None => token.to_owned(),
        },
    })
}

fn wire_token(token: &str) -> Option<String> {
    // Milliseconds, which no two runs share; and the end of a connection that the peer itself has reset.
    let token = token.split_once('+').map_or(token, |(token, _)| token);
    (!token.starts_with("tcp-E")).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Trace, sample};
    use super::*;

    fn seen(trace: &Trace) -> Seen {
        let mut recorder = Recorder::new(1_000_000, None);
        for entry in &trace.entries {
            recorder.observe(entry, &trace.payloads);
        }
        recorder.finish()
    }

    #[track_caller]
    fn check(page: &str, wire: &str, want: bool) {
        let run = seen(&sample::clean_close());
        assert_eq!(run.admits(&Seen::recorded(page, wire)), want, "{run:?}");
    }

    #[test]
    fn a_recording_is_read_with_its_times_taken_off() {
        check(
            r#"open@1 close(1000,"bye",clean)@3 final@3 ms=60100"#,
            "close[03e8627965]+40 tcp-fin+50",
            true,
        );
        check(r#"open@1 close(1000,"bye",clean)@3 final@3"#, "close[03e8627965]", false);
        check(r#"open@1 close(1000,"b y",clean)@3 final@3"#, "close[03e8627965] tcp-fin", false);
        check(r#"close(1000,"bye",clean)@3 open@1 final@3"#, "close[03e8627965] tcp-fin", false);
    }

    #[test]
    fn a_reason_may_have_spaces_and_lack_its_end() {
        let log = r#"{close(3000)@1 close(1000,"a ,clean b,unclean)@3 [flags bubbles cancelable] u"#;
        let want = ["{close@1", r#"close(1000,"a ,clean b,unclean)@3"#, "[flags bubbles cancelable]", "n0"];
        assert_eq!(Seen::recorded(log, "").page, want);
    }

    #[test]
    fn only_a_send_without_effect_may_be_missing() {
        let run = Seen::recorded("open@1 {send@1 }@1 {send@2 }@2 [buf=5] final@2", "");
        for (log, want) in [
            ("open@1 {send@1 }@1 {send@2 }@2 [buf>0] final@2", true),
            ("open@1 {late@2 }@2 [buf>0] final@2", false),
            ("open@1 {send-late@2 }@2 [buf>0] final@2", true),
            ("open@1 {send@2 }@1 [buf>0] final@2", false),
            ("open@1 {send@2 }@2 [buf=0] final@2", false),
            ("open@1 {send@2 }@2 [buf=undefined] final@2", false),
        ] {
            assert_eq!(run.admits(&Seen::recorded(log, "")), want, "{log}");
        }
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
    fn nothing_is_seen_after_the_limit() {
        let mut trace = Trace::new();
        sample::construct(&mut trace, SocketId(0));
        trace.emit(Entry::Elapse { by_us: 1_000_001 });
        sample::fire(&mut trace, SocketId(0), EventType::Error);
        assert_eq!(seen(&trace).page, ["NOCLOSE", "final@0"]);
    }

    #[test]
    fn a_connection_that_was_never_requested_may_have_been_seen_or_not() {
        let mut run = Seen::recorded("final@2", "");
        run.is_requested = false;
        assert!(run.admits(&Seen::recorded("final@2", "")));
        assert!(run.admits(&Seen::recorded("final@2", "tcp-fin")));
        assert!(!run.admits(&Seen::recorded("final@2", "close[] tcp-fin")));
    }
}
