//! What happens in parallel to the event loop: connecting, delivering bytes and writing them.

use super::lifetime::Life;
use super::link::Link;
use super::peer_bytes::encode_item;
use super::state::{Address, Socket};
use super::{World, enabled};
use crate::choices::{Alternative, Choices, Point, ask, ask_number};
use crate::endpoint::{Endpoint, Fact};
use crate::event_loop::QueuedTask;
use crate::page::Page;
use crate::profile::Fault;
use crate::scenario::{Peer, PeerStep, Unreachable};
use crate::trace::{Cause, Entry, PeerEnd, SocketId, Task, Trace};
use crate::wire::opcode;

/// The peer of a connection that has none.
static NOBODY: Peer = Peer { steps: alloc::vec::Vec::new() };

/// Places in the task queues that are kept free while bytes are read: what one call of `advance` can give, and what
/// script and timers can add. The rest of a read stays under way, as it does when a real receive buffer is full.
const TASKS_KEPT_FREE: usize = 4;

/// Whether an implementation with this fault does not read now.
#[cold]
fn is_paused(fault: Fault, at: &Socket) -> bool {
    fault == Fault::ParserPaused && !at.endpoint.is_writable()
}

impl<'s, P: Page> World<'s, P> {
    pub(super) fn peer(&self, socket: SocketId) -> &'s Peer {
        self.scenario.peers.get(usize::from(socket.0)).unwrap_or(&NOBODY)
    }

    /// What can happen next to a connection, in the bits of socket 0.
    #[inline]
    pub(super) fn enabled(&self, index: usize, at: &Socket) -> u32 {
        if at.endpoint.is_closed() {
            return 0;
        }
        if at.endpoint.is_idle() {
            return if self.may_connect(index) { enabled::WRITE } else { 0 };
        }
        let peer = self.scenario.peers.get(index).unwrap_or(&NOBODY);
        let mut enabled = if at.endpoint.has_something_to_write() { enabled::WRITE } else { 0 };
        if at.link.delivered < at.link.next {
            let under_way = at.link.under_way(peer);
            let can_arrive = match under_way.first() {
                None => false,
                Some(PeerStep::Write { .. }) => at.endpoint.wants_input() && !self.is_held_up(),
                Some(_) => true,
            };
            if can_arrive && self.scenario.profile.fault.is_none_or(|fault| !is_paused(fault, at)) {
                enabled |= enabled::DELIVER;
            }
            if at.link.ended == Some(PeerEnd::Reset)
                && matches!(under_way, [PeerStep::Write { .. }, .., PeerStep::Rst])
            {
                enabled |= enabled::RESET;
            }
        }
        if at.link.next_step(peer).is_some_and(|step| Self::can_perform(at, step)) {
            enabled |= enabled::PEER;
        }
        enabled
    }

    /// Whether nothing is read until the page has run some of its tasks. Those of a cached document do not run, and the
    /// network goes on all the same (DOC-09): the run ends at its bound if they become too many.
    #[inline]
    fn is_held_up(&self) -> bool {
        self.state.tasks.room() <= TASKS_KEPT_FREE && self.state.lifetime.life != Life::Cached
    }

    // Connecting.

    /// No second connection to a host and port while one is being established; they wait in order (HS-14).
    fn may_connect(&self, index: usize) -> bool {
        let same = |other: &Address| {
            let own = self.state.sockets[index].address;
            (other.host, other.port) == (own.host, own.port)
        };
        self.state.sockets.iter().enumerate().all(|(at, other)| {
            let is_ahead = other.endpoint.is_connecting() || other.endpoint.is_idle() && at < index;
            at == index || !is_ahead || !same(&other.address)
        })
    }

    pub(super) fn write<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        if self.state.socket(socket).endpoint.is_idle() {
            self.connect(socket, choices, trace);
        } else {
            self.with_endpoint(socket, choices, trace, |endpoint, cx| endpoint.write(cx));
        }
    }

    fn connect<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        let peer = self.peer(socket);
        let address = self.state.socket(socket).address;
        let obstacle = match peer.steps.first() {
            _ if address.obstacle.is_some() => address.obstacle,
            None => Some(Cause::Refused),
            Some(PeerStep::Unreachable(why)) => {
                trace.emit(Entry::PeerStep { socket, step: 0, bytes: 0, end: None });
                Some(match why {
                    Unreachable::Name => Cause::NameNotResolved,
                    Unreachable::Route => Cause::Unroutable,
                    Unreachable::Refused => Cause::Refused,
                    Unreachable::Tls => Cause::TlsFailed,
                })
            }
            Some(_) => None,
        };
        match obstacle {
            Some(cause) => {
                self.with_endpoint(socket, choices, trace, |endpoint, cx| endpoint.fail(cause, 0, cx));
            }
            None => {
                let nonce = self.with_endpoint(socket, choices, trace, |endpoint, cx| {
                    endpoint.connect(address.protocols, cx)
                });
                let link = &mut self.state.socket(socket).link;
                link.nonce = nonce;
                link.begin_step(peer);
            }
        }
    }

    // Delivering.

    pub(super) fn reset<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        self.state.socket(socket).link.discard_under_way();
        self.with_endpoint(socket, choices, trace, Endpoint::receive_rst);
    }

    /// Delivers one read, or the end of the stream when nothing is before it.
    pub(super) fn deliver<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        let peer = self.peer(socket);
        if self.has(Fault::EndOvertakesFrames) && self.state.socket(socket).link.ended == Some(PeerEnd::Fin) {
            self.state.socket(socket).link.discard_under_way();
            self.with_endpoint(socket, choices, trace, Endpoint::receive_fin);
            return;
        }
        match self.state.socket(socket).link.under_way(peer).first() {
            Some(PeerStep::Fin) => {
                self.pass_over_delivered(socket, 1);
                self.with_endpoint(socket, choices, trace, Endpoint::receive_fin);
            }
            Some(PeerStep::Rst) => {
                self.pass_over_delivered(socket, 1);
                self.with_endpoint(socket, choices, trace, Endpoint::receive_rst);
            }
            Some(_) | None => self.deliver_bytes(socket, choices, trace),
        }
    }

    fn pass_over_delivered(&mut self, socket: SocketId, steps: u8) {
        let peer = self.peer(socket);
        let link = &mut self.state.socket(socket).link;
        link.delivered += steps;
        link.offset = 0;
        link.skip_delivered(peer);
    }

    fn deliver_bytes<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        let mut bytes = core::mem::take(&mut self.scratch);
        let first_end = self.encode_under_way(socket, trace, &mut bytes);
        let offset = self.state.socket(socket).link.offset as usize;
        if offset == bytes.len() {
            // The peer has written nothing, and nothing arrives.
            self.scratch = bytes;
            self.pass_over_writes(socket);
            return;
        }
        let len = Self::segment_len(bytes.len() - offset, first_end - offset, choices);
        let read = &bytes[offset..offset + len];

        // The entry comes first; how much of it was read is known only after that.
        let entry = trace.entries.len();
        let segment = trace.intern(read);
        trace.emit(Entry::Rx { socket, bytes: segment });
        let mut rest = read;
        let mut is_drained = true;
        while self.bound.is_none() {
            let mut cx = self.context(socket, choices, trace);
            let Some(fact) = self.state.socket(socket).endpoint.advance(&mut rest, &mut cx) else {
                break;
            };
            self.learn(socket, fact, trace);
            if self.is_held_up() {
                is_drained = false;
                break;
            }
        }
        if !rest.is_empty() && !self.state.socket(socket).endpoint.is_closed() {
            let taken = trace.intern(&read[..len - rest.len()]);
            trace.entries[entry] = Entry::Rx { socket, bytes: taken };
        }
        let taken = len - rest.len();
        let is_all = offset + taken == bytes.len();
        self.scratch = bytes;
        if is_drained {
            self.settle(socket);
        } else {
            self.after_endpoint(socket, choices, trace);
        }
        if is_all {
            self.pass_over_writes(socket);
        } else {
            self.advance_delivered(socket, taken, trace);
        }
    }

    /// Moves the place of delivery on to the end of the stream, or of what is under way.
    fn pass_over_writes(&mut self, socket: SocketId) {
        let peer = self.peer(socket);
        while let Some(PeerStep::Write { .. }) = self.state.socket(socket).link.under_way(peer).first() {
            self.pass_over_delivered(socket, 1);
        }
    }

    /// Encodes everything that is under way up to the end of the stream; returns the end of the first write of which
    /// something is left.
    fn encode_under_way(&mut self, socket: SocketId, trace: &Trace, out: &mut alloc::vec::Vec<u8>) -> usize {
        out.clear();
        let mut first_end = None;
        let peer = self.peer(socket);
        let at = &self.state.sockets[usize::from(socket.0)];
        let known = at.known(trace);
        for step in at.link.under_way(peer) {
            match step {
                PeerStep::Write { item, corked } => {
                    encode_item(item, known, out);
                    // A write of nothing does not arrive.
                    if !corked && out.len() > at.link.offset as usize {
                        first_end.get_or_insert(out.len());
                    }
                }
                PeerStep::Fin | PeerStep::Rst => break,
                PeerStep::Wait { .. }
                | PeerStep::Delay { .. }
                | PeerStep::StopReading
                | PeerStep::ResumeReading
                | PeerStep::Unreachable(_) => {}
            }
        }
        first_end.unwrap_or(out.len())
    }

    /// How many of `available` bytes arrive in one read, `step` being what the peer wrote at once.
    fn segment_len<C: Choices>(available: usize, step: usize, choices: &mut C) -> usize {
        if available < 2 {
            return available;
        }
        let alternatives: &[_] = if step < available {
            &[Alternative::All, Alternative::Step, Alternative::Cut]
        } else {
            &[Alternative::All, Alternative::Cut]
        };
        match ask(choices, Point::TcpSegment, alternatives) {
            Alternative::Step => step,
            Alternative::Cut => {
                let count = u32::try_from(available - 1).unwrap_or(u32::MAX);
                if count < 2 { 1 } else { 1 + ask_number(choices, Point::TcpCut, count) as usize }
            }
            _ => available,
        }
    }

    /// Moves the place of delivery on by `taken` bytes.
    fn advance_delivered(&mut self, socket: SocketId, taken: usize, trace: &Trace) {
        let peer = self.peer(socket);
        if self.state.socket(socket).endpoint.is_closed() {
            return;
        }
        let mut left = self.state.socket(socket).link.offset as usize + taken;
        let mut bytes = core::mem::take(&mut self.scratch);
        while let Some(step) = self.state.socket(socket).link.under_way(peer).first() {
            let PeerStep::Write { item, .. } = step else {
                break;
            };
            bytes.clear();
            encode_item(item, self.state.socket(socket).known(trace), &mut bytes);
            if left < bytes.len() {
                break;
            }
            left -= bytes.len();
            self.pass_over_delivered(socket, 1);
        }
        self.scratch = bytes;
        self.state.socket(socket).link.offset =
            u32::try_from(left).expect("a peer's steps write less than 4 GiB");
    }

    // Endpoint and above.

    /// Does something to an endpoint and lets the layer above learn what follows.
    pub(super) fn with_endpoint<C: Choices, R>(
        &mut self,
        socket: SocketId,
        choices: &mut C,
        trace: &mut Trace,
        act: impl FnOnce(&mut Endpoint, &mut crate::endpoint::Context<'_, C>) -> R,
    ) -> R {
        let mut cx = self.context(socket, choices, trace);
        let before = cx.trace.entries.len();
        let result = act(&mut self.state.socket(socket).endpoint, &mut cx);
        let is_data = |entry: &Entry| {
            let Entry::TxFrame { head, .. } = entry else { return false };
            matches!(head.opcode(), opcode::TEXT | opcode::BINARY)
        };
        for _ in trace.entries[before..].iter().filter(|entry| is_data(entry)) {
            let link = &mut self.state.socket(socket).link;
            link.data_frames = link.data_frames.saturating_add(1);
        }
        self.after_endpoint(socket, choices, trace);
        result
    }

    fn after_endpoint<C: Choices>(&mut self, socket: SocketId, choices: &mut C, trace: &mut Trace) {
        while self.bound.is_none() {
            let mut cx = self.context(socket, choices, trace);
            match self.state.socket(socket).endpoint.advance(&mut &[][..], &mut cx) {
                Some(fact) => self.learn(socket, fact, trace),
                None => break,
            }
        }
        self.settle(socket);
    }

    /// Starts and stops the endpoint's timer, and forgets what can no longer arrive.
    fn settle(&mut self, socket: SocketId) {
        let at = &mut self.state.sockets[usize::from(socket.0)];
        let needed = at.endpoint.timer(&self.scenario.profile);
        let profile = &self.scenario.profile;
        let is_other = needed.map(|(timer, _)| timer) != at.timer.map(|(timer, _)| timer);
        if (is_other || profile.has(Fault::TimerRestarted))
            && !(needed.is_none() && profile.has(Fault::TimerNotCancelled))
        {
            at.timer = needed;
        }
        if at.endpoint.is_closed() {
            // Nothing comes of it any more, so nothing of it is kept but how long that is so.
            at.link = Link { closed_for_us: at.link.closed_for_us, ..Link::default() };
        }
    }

    /// Turns a fact of the protocol into a task (WebSockets Standard, feedback from the protocol; API-40 to API-43).
    fn learn(&mut self, socket: SocketId, fact: Fact, trace: &mut Trace) {
        self.go_on(trace);
        let queued = match fact {
            Fact::Established { protocol } => {
                self.state.socket(socket).protocol_in_use = protocol;
                QueuedTask::new(Task::Open(socket))
            }
            Fact::Message { data, is_text } => QueuedTask { task: Task::Message(socket), data, is_text },
            Fact::ClosingStarted => QueuedTask::new(Task::Closing(socket)),
            Fact::Closed if self.has(Fault::TaskOfAnother) => {
                let newest = u8::try_from(self.state.sockets.len() - 1).expect("there are few sockets");
                QueuedTask::new(Task::Closed(SocketId(newest)))
            }
            Fact::Closed => {
                if !self.is_ending_inside {
                    self.enqueue_end(socket, trace);
                    if self.has(Fault::CloseTwice)
                        && self.state.socket(socket).endpoint.closing().received.is_some()
                    {
                        self.enqueue_end(socket, trace);
                    }
                }
                return;
            }
        };
        self.enqueue(queued, trace);
    }
}
