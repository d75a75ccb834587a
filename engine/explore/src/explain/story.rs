//! What a trace tells about one WebSocket, sorted by what decides the end of its connection.

use std::collections::BTreeSet;

use wasclean_model::trace::{
    Cause, Completion, EndpointTimer, Entry, EventAttributes, EventType, FrameHead, FunctionId, Method,
    Payloads, ReadyState, Side, SocketId, Target, TcpEnd, Trace,
};

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

/// What is known about one WebSocket.
#[derive(Debug)]
pub(super) struct Story<'a> {
    pub(super) socket: SocketId,
    pub(super) payloads: &'a Payloads,
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
            Entry::Established { socket, .. } if socket == own => self.established = Some(at),
            Entry::RxFrame { socket, head, payload } if socket == own => {
                let body = self.payloads.get(payload);
                self.frames.push((at, header_len(head) + body.len()));
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
        let place = opening_len(&bytes)? + frames.map(|(_, len)| len).sum::<usize>() + offset;
        let mut end = 0;
        reads().find_map(|&(read, bytes)| {
            end += bytes.len();
            (place < end).then_some(read)
        })
    }

    /// The row of the table of outcomes, from whether the connection was established, a Close was sent, one was
    /// received, the connection was failed, and the send buffer was full.
    pub(super) fn row(&self) -> Option<&'static str> {
        self.tcp_closed?;
        let linger = self.timers.iter().any(|(_, timer)| *timer == EndpointTimer::Linger);
        let flags = (self.close_sent().is_some(), self.close_received().is_some(), self.fail.is_some());
        Some(match (self.established.is_some(), self.full.is_some(), flags) {
            (false, ..) => "1",
            (true, true, _) => "7",
            (true, false, (false, false, true)) => "2",
            (true, false, (false, false, false)) => "2'",
            (true, false, (true, false, true)) if self.is_violation() => "3",
            (true, false, (true, false, _)) => "5",
            (true, false, (true, true, true)) => "8",
            (true, false, (true, true, false)) if linger => "9",
            (true, false, (true, true, false)) => "4",
            (true, false, (false, true, _)) => "6",
        })
    }

    /// Whether the connection failed because of what the peer wrote, and not because the transport or a timer ended it.
    fn is_violation(&self) -> bool {
        self.fail.is_some_and(|(_, cause, _)| cause.status_code().is_some())
    }
}

/// How many bytes the head of a frame has (RFC 6455 section 5.2).
fn header_len(head: FrameHead) -> usize {
    let length = match head.second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mask = if head.second & 0x80 == 0 { 0 } else { 4 };
    2 + length + mask
}

/// How many bytes come before the first frame: the response to the opening handshake, and those that only say that it
/// is to come.
fn opening_len(stream: &[u8]) -> Option<usize> {
    let mut start = 0;
    loop {
        let rest = &stream[start..];
        let end = start + rest.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        if rest.get(9..12) == Some(b"101") {
            return Some(end);
        }
        start = end;
    }
}
