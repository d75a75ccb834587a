//! What a trace tells about one WebSocket, sorted by what decides the end of its connection.

use std::collections::BTreeSet;

use wasclean_model::invariant::{Row, Rows};
use wasclean_model::profile::{AcceptHeader, Profile};
use wasclean_model::trace::{
    Cause, Completion, DocumentId, DocumentState, EndpointTimer, Entry, EventAttributes, EventType,
    FunctionId, Method, Payloads, ReadyState, Side, SocketId, Target, Task, TcpEnd, Trace, WorkerState,
};
use wasclean_model::wire::handshake::parse_response_under;

/// A Close frame: the entry, and its body.
#[derive(Debug, Clone, Copy)]
pub(super) struct CloseFrame<'a> {
    pub(super) entry: usize,
    pub(super) body: &'a [u8],
}

impl CloseFrame<'_> {
    /// The status code, if there is one.
    pub(super) fn code(&self) -> Option<u16> {
        self.body.first_chunk().map(|code| u16::from_be_bytes(*code))
    }

    /// The bytes after the status code.
    pub(super) fn reason(&self) -> &[u8] {
        self.body.get(2..).unwrap_or_default()
    }
}

/// A call of `close()`.
#[derive(Debug, Clone, Copy)]
pub(super) struct CloseCall {
    pub(super) entry: usize,
    pub(super) ready_state: ReadyState,
    pub(super) end: Option<usize>,
    pub(super) completion: Completion,
    /// The listener that made the call, with the event's type, if one did.
    pub(super) listener: Option<(FunctionId, EventType)>,
}

/// The connection's end as the endpoint told it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closed<'a> {
    pub(super) entry: usize,
    pub(super) clean: bool,
    pub(super) code: u16,
    pub(super) reason: &'a [u8],
}

/// Why we started the closing handshake.
#[derive(Debug, Clone, Copy)]
pub(super) enum Starter<'a> {
    /// A call of `close()`.
    Page(&'a CloseCall),
    /// The connection was failed.
    Failure,
    /// It was made to disappear.
    Disappearance(usize),
    /// The object was collected as garbage.
    Collection(usize),
}

/// What is known about one WebSocket.
#[derive(Debug)]
pub(super) struct Story<'a> {
    pub(super) socket: SocketId,
    pub(super) payloads: &'a Payloads,
    /// The nonce of the opening handshake, and the subprotocols that it asked for.
    request: Option<(u8, &'a [u8])>,
    pub(super) established: Option<usize>,
    pub(super) received: Vec<CloseFrame<'a>>,
    pub(super) sent: Vec<CloseFrame<'a>>,
    pub(super) started: Option<(usize, Side)>,
    pub(super) fail: Option<(usize, Cause, u32)>,
    pub(super) full: Option<usize>,
    pub(super) rx_fin: Option<usize>,
    pub(super) rx_rst: Option<usize>,
    pub(super) timers: Vec<(usize, EndpointTimer)>,
    pub(super) tcp_closed: Option<(usize, TcpEnd)>,
    pub(super) closed: Option<Closed<'a>>,
    pub(super) calls: Vec<CloseCall>,
    pub(super) error_event: Option<usize>,
    /// The event that tells of the end, which need not be a `CloseEvent`.
    pub(super) close_event: Option<(usize, EventAttributes)>,
    /// What was read.
    pub(super) reads: Vec<(usize, &'a [u8])>,
    /// The whole legal frames that were received: the entry and how many bytes of the stream it is.
    frames: Vec<(usize, usize)>,
    /// The steps of the peer: the entry and the position in its script.
    pub(super) peer_steps: Vec<(usize, u8)>,
    /// When the peer stopped reading, or went on.
    pub(super) peer_reads: Vec<(usize, bool)>,
    document: DocumentId,
    /// What becomes of its document, and of the page's, with which that of a frame goes.
    pub(super) documents: Vec<(usize, DocumentId, DocumentState)>,
    pub(super) workers: Vec<(usize, WorkerState)>,
    /// The task that unloads the page's document.
    pub(super) unload: Option<usize>,
    /// When it was made to disappear.
    pub(super) disappears: Vec<usize>,
    pub(super) collected: Option<usize>,
    /// The task that would have told the page of the end is dropped.
    pub(super) dropped: Option<usize>,
    rows: Rows,
    pub(super) end: Option<usize>,
    pub(super) is_bounded: bool,
}

/// The WebSockets of a trace: those whose constructor did not throw, and whatever else is told of.
pub(super) fn sockets(trace: &Trace) -> impl Iterator<Item = SocketId> {
    let mut found = BTreeSet::new();
    for entry in &trace.entries {
        match *entry {
            Entry::CallEnd {
                target: Target::Socket(socket),
                method: Method::Constructor,
                completion: Completion::Normal,
                ..
            } => _ = found.insert(socket),
            Entry::Request { socket, .. }
            | Entry::Established { socket, .. }
            | Entry::Closed { socket, .. } => {
                found.insert(socket);
            }
            Entry::FireBegin { target: Target::Socket(socket), event } if event.is_trusted => {
                found.insert(socket);
            }
            _ => (),
        }
    }
    found.into_iter()
}

impl<'a> Story<'a> {
    pub(super) fn new(trace: &'a Trace, socket: SocketId) -> Self {
        let mut story = Self {
            socket,
            payloads: &trace.payloads,
            request: None,
            established: None,
            received: Vec::new(),
            sent: Vec::new(),
            started: None,
            fail: None,
            full: None,
            rx_fin: None,
            rx_rst: None,
            timers: Vec::new(),
            tcp_closed: None,
            closed: None,
            calls: Vec::new(),
            error_event: None,
            close_event: None,
            reads: Vec::new(),
            frames: Vec::new(),
            peer_steps: Vec::new(),
            peer_reads: Vec::new(),
            document: DocumentId::PAGE,
            documents: Vec::new(),
            workers: Vec::new(),
            unload: None,
            disappears: Vec::new(),
            collected: None,
            dropped: None,
            rows: Rows::of(socket, trace),
            end: None,
            is_bounded: false,
        };
        let mut listeners = Vec::new();
        for (position, entry) in trace.entries.iter().enumerate() {
            match *entry {
                Entry::Listener { function, event_type, .. } => listeners.push((function, event_type)),
                Entry::ListenerEnd { .. } => _ = listeners.pop(),
                _ => (),
            }
            story.observe(position, entry, listeners.last().copied());
        }
        story
    }

    fn observe(&mut self, at: usize, entry: &Entry, listener: Option<(FunctionId, EventType)>) {
        let own = self.socket;
        match *entry {
            Entry::PeerStep { socket, step, .. } if socket == own => self.peer_steps.push((at, step)),
            Entry::PeerReads { socket, reads } if socket == own => self.peer_reads.push((at, reads)),
            Entry::Rx { socket, bytes } if socket == own => self.reads.push((at, self.payloads.get(bytes))),
            Entry::Request { socket, nonce, protocols } if socket == own => {
                self.request = Some((nonce, self.payloads.get(protocols)));
            }
            Entry::Established { socket, .. } if socket == own => self.established = Some(at),
            Entry::RxFrame { socket, head, payload } if socket == own => {
                let body = self.payloads.get(payload);
                self.frames.push((at, usize::from(head.header_len()) + body.len()));
                if head.opcode() == 8 {
                    self.received.push(CloseFrame { entry: at, body });
                }
            }
            Entry::TxFrame { socket, head, payload, .. } if socket == own && head.opcode() == 8 => {
                self.sent.push(CloseFrame { entry: at, body: self.payloads.get(payload) });
            }
            Entry::ClosingStarted { socket, by } if socket == own => {
                self.started.get_or_insert((at, by));
            }
            Entry::Fail { socket, cause, at: offset } if socket == own => {
                self.fail.get_or_insert((at, cause, offset));
            }
            Entry::Full { socket } if socket == own => self.full = self.full.or(Some(at)),
            Entry::RxFin { socket } if socket == own => self.rx_fin = self.rx_fin.or(Some(at)),
            Entry::RxRst { socket } if socket == own => self.rx_rst = self.rx_rst.or(Some(at)),
            Entry::TimerFired { socket, timer } if socket == own => self.timers.push((at, timer)),
            Entry::TcpClosed { socket, by } if socket == own => {
                self.tcp_closed.get_or_insert((at, by));
            }
            Entry::Closed { socket, clean, code, reason, .. } if socket == own => {
                let reason = self.payloads.get(reason);
                self.closed.get_or_insert(Closed { entry: at, clean, code, reason });
            }
            Entry::CallBegin { target: Target::Socket(socket), method: Method::Close, ready_state }
                if socket == own =>
            {
                let call =
                    CloseCall { entry: at, ready_state, end: None, completion: Completion::Normal, listener };
                self.calls.push(call);
            }
            Entry::CallEnd { target: Target::Socket(socket), method: Method::Close, completion, .. }
                if socket == own =>
            {
                if let Some(call) = self.calls.iter_mut().rev().find(|call| call.end.is_none()) {
                    call.end = Some(at);
                    call.completion = completion;
                }
            }
            Entry::FireBegin { target: Target::Socket(socket), event }
                if socket == own && event.is_trusted =>
            {
                if event.event_type == EventType::Error {
                    self.error_event.get_or_insert(at);
                } else if event.event_type == EventType::Close {
                    self.close_event.get_or_insert((at, event));
                }
            }
            Entry::Belongs { socket, document } if socket == own => self.document = document,
            Entry::Document { document, state }
                if document == self.document || document == DocumentId::PAGE =>
            {
                self.documents.push((at, document, state));
            }
            // That a page runs in a worker explains nothing; that the worker ends does.
            Entry::Worker { state: WorkerState::Running } => {}
            Entry::Worker { state } => self.workers.push((at, state)),
            Entry::TaskBegin { task: Task::Unload } => self.unload = Some(at),
            Entry::Disappears { socket } if socket == own => self.disappears.push(at),
            Entry::Collected { socket } if socket == own => self.collected = self.collected.or(Some(at)),
            Entry::Dropped { task: Task::Closed(socket) } if socket == own => {
                self.dropped = self.dropped.or(Some(at));
            }
            Entry::Quiescent => self.end = Some(at),
            Entry::Bound { .. } => {
                self.end = Some(at);
                self.is_bounded = true;
            }
            _ => (),
        }
    }

    /// The first Close frame that was received while the transport was there and the connection not failed.
    pub(super) fn close_received(&self) -> Option<CloseFrame<'a>> {
        self.received
            .first()
            .copied()
            .filter(|frame| self.tcp_closed.is_none_or(|(end, _)| frame.entry < end))
    }

    /// The first Close frame that was written before the transport ended.
    pub(super) fn close_sent(&self) -> Option<CloseFrame<'a>> {
        self.sent.first().copied().filter(|frame| self.tcp_closed.is_none_or(|(end, _)| frame.entry < end))
    }

    /// The code that follows from what was received (RFC 6455 section 7.1.5, CLOSE-30).
    pub(super) fn code_due(&self) -> u16 {
        match self.close_received() {
            Some(frame) => frame.code().unwrap_or(1005),
            None => 1006,
        }
    }

    /// The reason that follows from what was received (RFC 6455 section 7.1.6, CLOSE-31).
    pub(super) fn reason_due(&self) -> &'a [u8] {
        self.close_received().map_or(&[], |frame| frame.body.get(2..).unwrap_or_default())
    }

    /// Whether the closing handshake was complete before TCP ended (RFC 6455 section 7.1.4, CLOSE-33).
    pub(super) fn clean_due(&self) -> bool {
        self.close_received().is_some() && self.close_sent().is_some()
    }

    /// The call of `close()` that the entry at `at` is a part of.
    pub(super) fn call_around(&self, at: usize) -> Option<&CloseCall> {
        self.calls.iter().find(|call| call.entry < at && call.end.is_none_or(|end| at < end))
    }

    /// What made us start the closing handshake at `entry`: of all that can, what came last before it.
    pub(super) fn starter(&self, entry: usize) -> Option<Starter<'_>> {
        let call = self.call_around(entry).map(|call| (call.entry, Starter::Page(call)));
        let failure = self.fail.map(|(at, ..)| (at, Starter::Failure));
        let disappearance = self.disappears_before(entry).map(|at| (at, Starter::Disappearance(at)));
        let collection = self.collected.map(|at| (at, Starter::Collection(at)));
        let all = [call, failure, disappearance, collection].into_iter().flatten();
        all.filter(|&(at, _)| at < entry).max_by_key(|&(at, _)| at).map(|(_, starter)| starter)
    }

    /// When it was last made to disappear before `entry`.
    pub(super) fn disappears_before(&self, entry: usize) -> Option<usize> {
        self.disappears.iter().copied().rfind(|&at| at < entry)
    }

    /// Whether the peer has stopped reading before `entry`.
    pub(super) fn is_unread(&self, entry: usize) -> bool {
        self.peer_reads.iter().rfind(|(at, _)| *at < entry).is_some_and(|&(_, reads)| !reads)
    }

    /// The last read before `entry`.
    pub(super) fn last_read_before(&self, entry: usize) -> Option<usize> {
        self.reads.iter().map(|&(read, _)| read).rfind(|&read| read < entry)
    }

    /// The read before `entry` with the byte at `offset` of the frame that was not whole then, if that byte came.
    pub(super) fn read_of(&self, entry: usize, offset: usize) -> Option<usize> {
        let reads = || self.reads.iter().filter(|&&(read, _)| read < entry);
        let bytes: Vec<u8> = reads().flat_map(|(_, bytes)| *bytes).copied().collect();
        let frames = self.frames.iter().filter(|&&(frame, _)| frame < entry);
        let place = self.opening_len(&bytes)? + frames.map(|(_, len)| len).sum::<usize>() + offset;
        let mut end = 0;
        reads().find_map(|&(read, bytes)| {
            end += bytes.len();
            (place < end).then_some(read)
        })
    }

    /// How many bytes of the stream come before the first frame: the response to the opening handshake, with the
    /// interim ones before it. It was accepted, by whatever rules, so nothing is asked about the key.
    fn opening_len(&self, stream: &[u8]) -> Option<usize> {
        let profile = Profile { accept_header: AcceptHeader::Ignored, ..Profile::STANDARD };
        let (nonce, protocols) = self.request?;
        let accepted = parse_response_under(&profile, stream, nonce, protocols).ok()??;
        Some(accepted.head_len)
    }

    /// The row of the table of outcomes that tells most: of a page that was told nothing, what became of it.
    pub(super) fn row(&self) -> Option<&'static str> {
        let told: &[Row] = if self.close_event.is_some() {
            &[Row::Disconnected]
        } else if !self.workers.is_empty() {
            // Row 11 is that of navigation, though a worker's peer may see the same code.
            &[Row::Collected, Row::Destroyed]
        } else if self.rows.contains(Row::Disconnected) {
            &[Row::Collected, Row::Destroyed, Row::Disconnected]
        } else {
            &[Row::Collected, Row::GoingAway, Row::Destroyed]
        };
        let ends_page = [Row::Collected, Row::GoingAway, Row::Destroyed, Row::Disconnected];
        let ends_connection = Row::ALL.iter().filter(|row| !ends_page.contains(row));
        let mut rows = told.iter().chain(ends_connection);
        rows.find(|row| self.rows.contains(**row)).map(|row| row.number())
    }
}
