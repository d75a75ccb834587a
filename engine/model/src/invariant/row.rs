//! Which rows of the outcome table (requirements, section 5.1) and which cells of the table of `close()` (section 5.2)
//! a run reached.

use core::slice;

use super::facts::{Facts, Finding};
use super::socket::Socket;
use super::{Column, Context};
use crate::profile::Profile;
use crate::trace::{
    Cause, Completion, DocumentId, DocumentState, Entry, FrameHead, Method, ReadyState, Side, SocketId,
    Target, Trace, WorkerState,
};

/// A row of the outcome table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Row {
    /// 1: not established.
    NotEstablished,
    /// 2: failed, and no Close went either way.
    FailedWithoutClose,
    /// 3: the peer broke the protocol, and a Close was sent.
    Violation,
    /// 4: both Close frames.
    Clean,
    /// 5: our Close alone.
    OurCloseAlone,
    /// 6: their Close alone.
    TheirCloseAlone,
    /// 7: the send buffer was full.
    Full,
    /// 8: both Close frames, and failed.
    CleanButFailed,
    /// 9: both Close frames, and T2.
    Linger,
    /// 2': the transport was lost without a Close, and that is no failure.
    LostWithoutFailure,
    /// 10: the document is destroyed, or the worker closed: no events at all.
    Destroyed,
    /// 11: navigation with an open connection: the peer sees 1001.
    GoingAway,
    /// 12: garbage collection: the peer sees an empty Close.
    Collected,
    /// 13: disconnected on the way into the back/forward cache.
    Disconnected,
}

impl Row {
    /// All rows, in the order of their declaration.
    pub const ALL: [Self; 14] = [
        Self::NotEstablished,
        Self::FailedWithoutClose,
        Self::Violation,
        Self::Clean,
        Self::OurCloseAlone,
        Self::TheirCloseAlone,
        Self::Full,
        Self::CleanButFailed,
        Self::Linger,
        Self::LostWithoutFailure,
        Self::Destroyed,
        Self::GoingAway,
        Self::Collected,
        Self::Disconnected,
    ];

    /// The number that the table gives it.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::NotEstablished => "1",
            Self::FailedWithoutClose => "2",
            Self::Violation => "3",
            Self::Clean => "4",
            Self::OurCloseAlone => "5",
            Self::TheirCloseAlone => "6",
            Self::Full => "7",
            Self::CleanButFailed => "8",
            Self::Linger => "9",
            Self::LostWithoutFailure => "2'",
            Self::Destroyed => "10",
            Self::GoingAway => "11",
            Self::Collected => "12",
            Self::Disconnected => "13",
        }
    }
}

/// A set of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Rows(u16);

impl Rows {
    /// The rows that one WebSocket of `trace` reached. They depend on no profile.
    #[must_use]
    pub fn of(socket: SocketId, trace: &Trace) -> Self {
        let (profile, payloads, finding) = (&Profile::STANDARD, &trace.payloads, Finding::Unknown);
        let mut facts = Facts::default();
        let mut rows = Self::default();
        for entry in &trace.entries {
            let is_of_another = match *entry {
                Entry::Closed { socket: other, .. } | Entry::TxFrame { socket: other, .. } => other != socket,
                _ => false,
            };
            if !is_of_another {
                let context = Context { entry, facts: &facts, finding, payloads, profile };
                rows.note_among(slice::from_ref(facts.socket(socket)), &context);
            }
            facts.note(entry, payloads, profile);
        }
        rows
    }

    /// Whether `row` was reached.
    #[must_use]
    pub fn contains(self, row: Row) -> bool {
        self.0 >> row as u8 & 1 != 0
    }

    /// The rows of either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set as bits, in the order of [`Row::ALL`].
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }

    #[inline(always)]
    pub(super) fn note(&mut self, context: &Context<'_>) {
        self.note_among(context.facts.used(), context);
    }

    /// Notes what the entry says of its WebSocket, or of those of `sockets` that belong to a page that is gone.
    #[inline(always)]
    fn note_among(&mut self, sockets: &[Socket], context: &Context<'_>) {
        let (socket, error) = match *context.entry {
            Entry::Closed { socket, error, .. } => (socket, error),
            Entry::TxFrame { head: FrameHead { first: 0x88, .. }, .. }
            | Entry::Document { .. }
            | Entry::Worker { .. } => return self.note_lifetime(sockets, context),
            _ => return,
        };
        let is_disconnected =
            |socket: &Socket| socket.failed == Some(Cause::Disappeared) && context.facts.worker.is_none();
        let socket = context.facts.socket(socket);
        let row = match (socket.sent_close.is_some(), socket.received_close.is_some()) {
            _ if !socket.is_established => Row::NotEstablished,
            _ if is_disconnected(socket) => Row::Disconnected,
            _ if socket.is_full => Row::Full,
            (true, true) if error => Row::CleanButFailed,
            (true, true) if socket.linger_timer_fired => Row::Linger,
            (true, true) => Row::Clean,
            (false, true) => Row::TheirCloseAlone,
            (true, false) if socket.is_violated() => Row::Violation,
            (true, false) => Row::OurCloseAlone,
            (false, false) if error => Row::FailedWithoutClose,
            (false, false) => Row::LostWithoutFailure,
        };
        self.0 |= 1 << row as u8;
    }

    /// The rows that say what becomes of a connection whose page is gone.
    #[inline]
    fn note_lifetime(&mut self, sockets: &[Socket], context: &Context<'_>) {
        let facts = context.facts;
        let is_silent = |socket: &Socket| socket.is_made && socket.close_count == 0;
        let row = match *context.entry {
            Entry::TxFrame { socket, payload, .. } => {
                let socket = facts.socket(socket);
                let is_own = socket.closing_by == Some(Side::Us) && !socket.page_closed;
                if socket.has_disappeared && context.payloads.get(payload) == [0x03, 0xe9] {
                    Row::GoingAway
                } else if socket.is_collected && is_own && !socket.has_disappeared {
                    Row::Collected
                } else {
                    return;
                }
            }
            // The frame goes with the page, and the page does not go with the frame.
            Entry::Document { document, state: DocumentState::Destroyed }
                if sockets.iter().any(|socket| {
                    is_silent(socket) && (document == DocumentId::PAGE || document == socket.document)
                }) =>
            {
                Row::Destroyed
            }
            Entry::Worker { state: WorkerState::Ended } if sockets.iter().any(is_silent) => Row::Destroyed,
            _ => return,
        };
        self.0 |= 1 << row as u8;
    }
}

/// A set of cells of the table of `close()`: `readyState` by where the protocol stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Cells(u16);

impl Cells {
    /// Whether a `close()` that did not throw found `ready_state` and `column`.
    #[must_use]
    pub fn contains(self, ready_state: ReadyState, column: Column) -> bool {
        self.0 >> Self::place(ready_state, column) & 1 != 0
    }

    /// The cells of either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set as bits: four columns for each `readyState`.
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }

    fn place(ready_state: ReadyState, column: Column) -> u8 {
        4 * ready_state as u8 + column as u8
    }

    #[inline(always)]
    pub(super) fn note(&mut self, context: &Context<'_>) {
        let Entry::CallEnd { target, method: Method::Close, completion: Completion::Normal, .. } =
            *context.entry
        else {
            return;
        };
        let steps = context.facts.stack.call().and_then(|called| called.steps);
        let (Some((ready_state, column)), Target::Socket(socket)) = (steps, target) else { return };
        // What was never established is closed as soon as it fails, and a page that knows finds it in the first
        // column all the same.
        let is_known = ready_state >= ReadyState::Closing && !context.facts.socket(socket).is_established;
        let column = if is_known { Column::NotEstablished } else { column };
        self.0 |= 1 << Self::place(ready_state, column);
    }
}
