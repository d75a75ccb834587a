//! What a run went through, as numbers: what a fuzzer is guided by beside the code that ran.
//!
//! That an input took a branch of the model says little: after a minute nearly every branch was taken. What makes a run
//! new is what happened *when*: a `close()` while the peer's Close waits to be read, a Pong behind our own. So a run
//! has a feature for each kind of entry with what is in it, and for each that is some connection's one in each state of
//! that. What is only a number (a payload, a position, a masking key, a function) makes no difference, or every run
//! would be new. Knobs that are not as under `standard` are features too: what they change is often seen only together
//! with something else that is rare, and such a scenario is worth keeping before it is seen.

use crate::profile::{Profile, Values, differing};
use crate::scenario::bounds::SOCKETS_MAX;
use crate::status_code::class;
use crate::trace::{
    Completion, Entry, EventType, FrameHead, HandlerValue, Interface, ReadyState, SocketId, Task, Trace,
};
use crate::wire::opcode;

/// A feature is a number below this.
pub const FEATURE_COUNT: usize = STATES + SHAPES + KNOB_VALUES;
/// Kinds of entry, each in the states that a connection can have. Few of those that occur share a number.
const STATES: usize = 1 << STATE_BITS;
const STATE_BITS: u32 = 12;

/// Kinds of entry with what is in them; the same.
const SHAPES: usize = 1 << SHAPE_BITS;
const SHAPE_BITS: u32 = 11;

/// Knobs with their values; the same.
const KNOB_VALUES: usize = 1 << KNOB_BITS;
const KNOB_BITS: u32 = 10;

/// Tells `mark` each feature of a run under `profile`, some of them several times.
///
/// ```
/// use wasclean_model::choices::Bytes;
/// use wasclean_model::harness::{FEATURE_COUNT, features};
/// use wasclean_model::scenario::bytes::decode;
/// use wasclean_model::world::run;
///
/// let mut map = [0_u8; FEATURE_COUNT];
/// let scenario = decode(b"any bytes at all");
/// features(&scenario.profile, &run(&scenario, &mut Bytes::new(&[])), |feature| map[feature] = 1);
/// assert!(map.contains(&1));
/// ```
#[inline]
pub fn features(profile: &Profile, trace: &Trace, mut mark: impl FnMut(usize)) {
    for (index, knob) in differing(profile, &Profile::STANDARD) {
        let value = (knob.read)(profile);
        let value = match knob.values {
            Values::Named(_) => value,
            // Its magnitude: that of what it bounds makes a difference, and not each number.
            Values::Amount { .. } => u64::from(u64::BITS - value.leading_zeros()),
        };
        let number = (value << 7 | index as u64) as u32;
        mark(STATES + SHAPES + spread(number, KNOB_BITS));
    }
    let mut connections = [Connection::default(); SOCKETS_MAX];
    for entry in &trace.entries {
        if is_mere_end(entry) {
            continue;
        }
        let (detail, socket) = shape(entry);
        let kind = u32::from(entry.kind() & 63);
        mark(STATES + spread(kind | detail << 6, SHAPE_BITS));
        let Some(SocketId(socket)) = socket else { continue };
        let connection = &mut connections[usize::from(socket) % SOCKETS_MAX];
        mark(spread(kind | connection.number() << 6, STATE_BITS));
        connection.observe(entry);
    }
}

/// Whether an entry only tells the end of what another one began, which every run has that has the other one: libFuzzer
/// pays for each feature of each input.
fn is_mere_end(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::TaskEnd { .. }
            | Entry::Checkpoint
            | Entry::MicrotaskEnd { completion: Completion::Normal, .. }
            | Entry::ListenerEnd { completion: Completion::Normal, .. }
            | Entry::FireEnd { default_prevented: false, .. }
    )
}

/// The number of `bits` bits for what was put together.
#[inline]
fn spread(parts: u32, bits: u32) -> usize {
    let mixed = parts.wrapping_mul(0x9e37_79b1);
    ((mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca6b) >> (u32::BITS - bits)) as usize
}

/// How far a connection and its WebSocket are.
#[derive(Debug, Clone, Copy, Default)]
struct Connection {
    /// Whether the page knows: `readyState` is CLOSING or CLOSED.
    is_known: bool,
    close_sent: bool,
    close_received: bool,
    end: End,
    backlog: Backlog,
}

/// What waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Backlog {
    #[default]
    Nothing,
    /// The peer does not read.
    Unread,
    /// And the page has sent something since.
    Data,
    /// The send buffer is full.
    Full,
}

/// What of the end of a connection has come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum End {
    #[default]
    Nothing,
    OfThePeer,
    Failure,
    Closed,
}

impl Connection {
    fn number(self) -> u32 {
        u32::from(self.is_known)
            | u32::from(self.close_sent) << 1
            | u32::from(self.close_received) << 2
            | (self.end as u32) << 3
            | (self.backlog as u32) << 5
    }

    fn observe(&mut self, entry: &Entry) {
        match entry {
            Entry::TxFrame { head, .. } => self.close_sent |= head.opcode() == opcode::CLOSE,
            Entry::RxFrame { head, .. } => self.close_received |= head.opcode() == opcode::CLOSE,
            Entry::RxFin { .. } | Entry::RxRst { .. } => self.end = self.end.max(End::OfThePeer),
            Entry::Full { .. } => self.backlog = Backlog::Full,
            Entry::SendArgument { .. } if self.backlog == Backlog::Unread => self.backlog = Backlog::Data,
            Entry::Fail { .. } => self.end = self.end.max(End::Failure),
            Entry::Closed { .. } => self.end = End::Closed,
            Entry::ReadyState { new, .. } => self.is_known = *new >= ReadyState::Closing,
            Entry::PeerReads { reads: true, .. } => self.backlog = Backlog::Nothing,
            Entry::PeerReads { reads: false, .. } => self.backlog = self.backlog.max(Backlog::Unread),
            _ => {}
        }
    }
}

/// What of an entry makes a difference beside its kind, and whose entry it is.
fn shape(entry: &Entry) -> (u32, Option<SocketId>) {
    match *entry {
        Entry::PeerStep { socket, bytes, end, .. } => {
            (u32::from(bytes != 0) | end.map_or(0, |end| 1 + end as u32) << 1, Some(socket))
        }
        Entry::RxFrame { socket, head, .. } | Entry::TxFrame { socket, head, .. } => {
            (frame(head), Some(socket))
        }
        Entry::ClosingStarted { socket, by } => (by as u32, Some(socket)),
        Entry::Fail { socket, cause, .. } => (cause as u32, Some(socket)),
        Entry::TimerFired { socket, timer } => (timer as u32, Some(socket)),
        Entry::TcpClosed { socket, by } => (by as u32, Some(socket)),
        Entry::Closed { socket, clean, error, code, .. } => {
            (u32::from(clean) | u32::from(error) << 1 | (class(code) as u32) << 2, Some(socket))
        }
        Entry::Enqueue { task: of }
        | Entry::TaskBegin { task: of }
        | Entry::TaskEnd { task: of }
        | Entry::Dropped { task: of } => (task(of), of.socket()),
        Entry::MicrotaskEnd { completion: how, .. }
        | Entry::Converted { completion: how }
        | Entry::ScriptEnd { completion: how } => (completion(how), None),
        Entry::Report { exception } => (exception as u32, None),
        Entry::ReadyState { socket, old, new } => (old as u32 | (new as u32) << 2, Some(socket)),
        Entry::FireBegin { target, event } => (
            event_type(event.event_type)
                | u32::from(event.is_trusted) << 3
                | u32::from(event.was_clean) << 4
                | u32::from(event.bubbles) << 5
                | u32::from(event.cancelable) << 6
                | (class(event.code) as u32) << 7,
            target.socket(),
        ),
        Entry::Listener { target, event_type: of, capture, handler, ready_state, .. } => (
            event_type(of) | u32::from(capture) << 3 | u32::from(handler) << 4 | (ready_state as u32) << 5,
            target.socket(),
        ),
        Entry::ListenerEnd { target, completion: how } => (completion(how), target.socket()),
        Entry::FireEnd { target, event_type: of, default_prevented } => {
            (event_type(of) | u32::from(default_prevented) << 3, target.socket())
        }
        Entry::CallBegin { target, method, ready_state } => {
            (method as u32 | (ready_state as u32) << 2, target.socket())
        }
        Entry::CallEnd { target, method, ready_state, completion: how } => {
            (method as u32 | (ready_state as u32) << 2 | completion(how) << 4, target.socket())
        }
        Entry::EventInit { event_type: of, interface, bubbles, cancelable, was_clean, .. } => (
            event_type(of)
                | u32::from(interface == Interface::CloseEvent) << 3
                | u32::from(bubbles) << 4
                | u32::from(cancelable) << 5
                | u32::from(was_clean) << 6,
            None,
        ),
        Entry::CloseArguments { socket, code, reason, .. } => {
            (code as u32 | (reason as u32) << 1, Some(socket))
        }
        Entry::SendArgument { socket, text, .. } => (u32::from(text), Some(socket)),
        Entry::AddListener { target, event_type: of, options, .. } => (
            event_type(of)
                | u32::from(options.capture) << 3
                | u32::from(options.once) << 4
                | u32::from(options.passive) << 5
                | u32::from(options.signal.is_some()) << 6,
            target.socket(),
        ),
        Entry::RemoveListener { target, event_type: of, capture, .. } => {
            (event_type(of) | u32::from(capture) << 3, target.socket())
        }
        Entry::SetHandler { target, event_type: of, value } => {
            let value = match value {
                HandlerValue::Null => 0,
                HandlerValue::NotCallable => 1,
                HandlerValue::Function(_) => 2,
            };
            (event_type(of) | value << 3, target.socket())
        }
        Entry::StopPropagation { immediate } => (u32::from(immediate), None),
        Entry::Read { socket, attribute, .. } => (attribute as u32, Some(socket)),
        Entry::Bound { bound } => (bound as u32, None),
        Entry::PeerReads { socket, reads } => (u32::from(reads), Some(socket)),
        Entry::Document { document, state } => (u32::from(document.0) | (state as u32) << 1, None),
        Entry::Worker { state } => (state as u32, None),
        Entry::ReadEvent { event, member, value } => {
            (event as u32 | (member as u32) << 1 | u32::from(value.min(3)) << 2, None)
        }
        Entry::ToNumber { from, throws, .. } | Entry::ToUsvString { from, throws, .. } => {
            (from as u32 | u32::from(throws) << 3, None)
        }
        Entry::Rx { socket, .. }
        | Entry::RxFin { socket }
        | Entry::RxRst { socket }
        | Entry::TxFin { socket }
        | Entry::Request { socket, .. }
        | Entry::Established { socket, .. }
        | Entry::Full { socket }
        | Entry::Attributes { socket, .. }
        | Entry::ConstructorArguments { socket, .. }
        | Entry::Belongs { socket, .. }
        | Entry::Disappears { socket }
        | Entry::Collected { socket }
        | Entry::TimeStamp { socket, .. }
        | Entry::SetBinaryType { socket, .. } => (0, Some(socket)),
        Entry::Elapse { .. }
        | Entry::SetTimeout { .. }
        | Entry::EventInitCode { .. }
        | Entry::MicrotaskQueued { .. }
        | Entry::MicrotaskBegin { .. }
        | Entry::Checkpoint
        | Entry::Abort { .. }
        | Entry::PreventDefault
        | Entry::Note { .. }
        | Entry::Quiescent
        | Entry::AgentStep { .. } => (0, None),
    }
}

/// The opcode, FIN, the reserved bits, and whether there is a payload.
fn frame(head: FrameHead) -> u32 {
    u32::from(head.first) | u32::from(head.second & 0x7f != 0) << 8
}

fn task(task: Task) -> u32 {
    match task {
        Task::Script => 0,
        Task::Open(_) => 1,
        Task::Message(_) => 2,
        Task::Closing(_) => 3,
        Task::Closed(_) => 4,
        Task::Timer(_) => 5,
        Task::PostedMessage(_) => 6,
        Task::Error(_) => 7,
        Task::Unload => 8,
    }
}

fn event_type(event_type: EventType) -> u32 {
    match event_type {
        EventType::Open => 0,
        EventType::Message => 1,
        EventType::Error => 2,
        EventType::Close => 3,
        EventType::Custom(_) => 4,
        EventType::PageHide => 5,
        EventType::Unload => 6,
    }
}

fn completion(completion: Completion) -> u32 {
    match completion {
        Completion::Normal => 0,
        Completion::ReturnedFalse => 1,
        Completion::Threw(exception) => 2 + exception as u32,
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;
    use crate::scenario::Scenario;
    use crate::scenario::generate::generate;
    use crate::scenario::lcg::Lcg;
    use crate::trace::PayloadId;
    use crate::world::run;

    fn features_of(entries: &[Entry]) -> BTreeSet<usize> {
        let mut trace = Trace::new();
        entries.iter().for_each(|&entry| trace.emit(entry));
        let mut found = BTreeSet::new();
        features(&Profile::STANDARD, &trace, |feature| {
            found.insert(feature);
        });
        found
    }

    const SOCKET: SocketId = SocketId(0);

    fn received(first: u8) -> Entry {
        Entry::RxFrame { socket: SOCKET, head: FrameHead { first, second: 2 }, payload: PayloadId::EMPTY }
    }

    #[test]
    fn a_map_has_room_for_each_feature_and_runs_share_most_of_theirs() {
        let mut lcg = Lcg::new(3);
        let mut scenario = Scenario::default();
        let mut found = BTreeSet::new();
        let (mut runs_with_new, mut marked) = (0, 0);
        for round in 0..2_000 {
            generate(&mut scenario, &mut lcg);
            let bytes = lcg.bytes(40);
            let trace = run(&scenario, &mut crate::choices::Bytes::new(&bytes));
            let known = found.len();
            features(&scenario.profile, &trace, |feature| {
                assert!(feature < FEATURE_COUNT);
                found.insert(feature);
                marked += 1;
            });
            runs_with_new += usize::from(round >= 1_000 && found.len() > known);
        }
        assert!((500..FEATURE_COUNT / 4).contains(&found.len()), "{}", found.len());
        assert!(runs_with_new < 250, "{runs_with_new} of 1,000");
        assert!(marked > 20 * found.len());
    }

    #[test]
    fn it_counts_when_something_happens_and_not_how_often() {
        let ping = received(0x89);
        let close = received(0x88);
        assert_eq!(features_of(&[ping, ping]), features_of(&[ping]));
        assert_ne!(features_of(&[ping, close]), features_of(&[close, ping]));
        let closing = Entry::ReadyState { socket: SOCKET, old: ReadyState::Open, new: ReadyState::Closing };
        let full = Entry::Full { socket: SOCKET };
        assert_ne!(features_of(&[closing, full]), features_of(&[full, closing]));
        let note = |note| Entry::Note { note };
        assert_eq!(features_of(&[note(1)]), features_of(&[note(2)]));
        assert_eq!(features_of(&[closing, note(1)]), features_of(&[note(1), closing]), "it is nobody's");
    }

    #[test]
    fn each_connection_has_its_own_state() {
        let end = |socket| Entry::RxFin { socket: SocketId(socket) };
        let stamp = |socket| Entry::TimeStamp { socket: SocketId(socket), ago_us: 0 };
        assert_eq!(features_of(&[end(0), stamp(1)]), features_of(&[stamp(0), end(0)]));
        assert_ne!(features_of(&[end(0), stamp(0)]), features_of(&[stamp(0), end(0)]));
    }

    #[test]
    fn a_peer_that_reads_again_is_as_one_that_never_stopped() {
        let reads = |reads| Entry::PeerReads { socket: SOCKET, reads };
        let end = Entry::RxFin { socket: SOCKET };
        let behind = |entries: &[Entry]| {
            let all = features_of(&[entries, &[end]].concat());
            all.difference(&features_of(entries)).copied().collect::<BTreeSet<_>>()
        };
        assert_eq!(behind(&[reads(false), reads(true)]), behind(&[reads(true)]));
        assert_ne!(behind(&[reads(false)]), behind(&[reads(true)]));
    }
}
