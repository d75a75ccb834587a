//! The choice points of the model and the names of their alternatives, both stable: replays contain them.

use core::fmt;

use crate::trace::{SocketId, TaskSource};

/// A place where the specifications or the environment leave open what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Point {
    /// What happens next in the world: the event loop, the network of one connection, its peer, or time (N-03).
    WorldStep,
    /// Which task queue the event loop takes a task from (N-01).
    LoopQueue,
    /// How much of what is under way arrives in one read (N-04).
    TcpSegment,
    /// After how many bytes a read ends, if it is cut.
    TcpCut,
    /// Whether what is written reaches the transport at once (N-07, N-21).
    TcpWrite,
    /// Whether a Close frame precedes the end of TCP when the connection is failed (N-12).
    FailClose,
    /// The nonce of the opening handshake (N-16).
    HandshakeNonce,
    /// The masking key of a frame (N-16).
    FrameMask,
    /// Whether the user agent means to keep a document that is navigated away from (N-25).
    NavigateCache,
    /// Whether a cached document is restored or was evicted (N-27).
    BackRestore,
    /// What becomes of the connections of a worker that has ended (N-30).
    WorkerEnd,
    /// What a `close()` with a reason and without a code sends (K-REASON-ONLY).
    CloseBody,
    /// When the `close` event is made (K-STAMP).
    CloseStamp,
}

impl Point {
    /// All choice points, in the order of their declaration.
    pub const ALL: [Self; 13] = [
        Self::WorldStep,
        Self::LoopQueue,
        Self::TcpSegment,
        Self::TcpCut,
        Self::TcpWrite,
        Self::FailClose,
        Self::HandshakeNonce,
        Self::FrameMask,
        Self::NavigateCache,
        Self::BackRestore,
        Self::WorkerEnd,
        Self::CloseBody,
        Self::CloseStamp,
    ];

    /// The name, `layer.decision`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WorldStep => "world.step",
            Self::LoopQueue => "loop.queue",
            Self::TcpSegment => "tcp.segment",
            Self::TcpCut => "tcp.cut",
            Self::TcpWrite => "tcp.write",
            Self::FailClose => "fail.close",
            Self::HandshakeNonce => "handshake.nonce",
            Self::FrameMask => "frame.mask",
            Self::NavigateCache => "navigate.cache",
            Self::BackRestore => "back.restore",
            Self::WorkerEnd => "worker.end",
            Self::CloseBody => "close.body",
            Self::CloseStamp => "close.stamp",
        }
    }

    /// What is decided, in one sentence, and what licenses it.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::WorldStep => {
                "what happens next: the event loop, a connection's network or peer, the user agent, or time (N-03)"
            }
            Self::LoopQueue => "which task queue the event loop takes a task from (N-01, LOOP-04)",
            Self::TcpSegment => "how much of what is under way arrives in one read (N-04)",
            Self::TcpCut => "after how many bytes a read ends, if it is cut (N-04)",
            Self::TcpWrite => "whether what is written reaches the transport at once or later (N-07, N-21)",
            Self::FailClose => "whether a Close precedes the end of TCP when the connection is failed (N-12)",
            Self::HandshakeNonce => "the nonce of the opening handshake (N-16, HS-13)",
            Self::FrameMask => "the masking key of a frame (N-16, WIRE-11)",
            Self::NavigateCache => {
                "whether the user agent means to keep a document that is navigated away from (N-25, DOC-06)"
            }
            Self::BackRestore => {
                "whether a cached document is restored, or was evicted in the meantime (N-27)"
            }
            Self::WorkerEnd => "what becomes of the connections of a worker that has ended (N-30, WORKER-06)",
            Self::CloseBody => {
                "what a `close()` with a reason and without a code sends (K-REASON-ONLY, API-13)"
            }
            Self::CloseStamp => {
                "when the `close` event is made, which is its `timeStamp` (K-STAMP, N-31, A-26)"
            }
        }
    }

    /// The alternatives that have names of their own. [`WorldStep`](Self::WorldStep) has others too, of each WebSocket;
    /// a choice point without any asks for a number.
    #[must_use]
    pub fn named_alternatives(self) -> &'static [Alternative] {
        match self {
            Self::WorldStep => &[Alternative::Loop, Alternative::Agent, Alternative::Time],
            Self::LoopQueue => &[
                Alternative::Source(TaskSource::Script),
                Alternative::Source(TaskSource::WebSocket),
                Alternative::Source(TaskSource::Timer),
                Alternative::Source(TaskSource::PostedMessage),
                Alternative::Source(TaskSource::Navigation),
            ],
            Self::TcpSegment => &[Alternative::All, Alternative::Step, Alternative::Cut],
            Self::TcpWrite => &[Alternative::Now, Alternative::Later],
            Self::FailClose => &[Alternative::Send, Alternative::Omit],
            Self::NavigateCache => &[Alternative::Keep, Alternative::Discard],
            Self::BackRestore => &[Alternative::Restore, Alternative::Evict],
            Self::WorkerEnd => &[Alternative::GoingAway, Alternative::Empty, Alternative::Abrupt],
            Self::CloseBody => &[Alternative::Reason, Alternative::Empty],
            Self::CloseStamp => &[Alternative::Fired, Alternative::Closed],
            Self::TcpCut | Self::HandshakeNonce | Self::FrameMask => &[],
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One alternative of a choice, by what it means and not by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Alternative {
    /// [`Point::WorldStep`]: the event loop goes on to the end of the next callback or task.
    #[default]
    Loop,
    /// [`Point::WorldStep`]: bytes, or the end of the stream, reach our endpoint.
    Deliver(SocketId),
    /// [`Point::WorldStep`]: the peer performs its next step.
    Peer(SocketId),
    /// [`Point::WorldStep`]: what waits in our send buffer is written.
    Write(SocketId),
    /// [`Point::WorldStep`]: the peer's RST overtakes the bytes that are still under way.
    Reset(SocketId),
    /// [`Point::WorldStep`]: time passes until the next timer.
    Time,
    /// [`Point::LoopQueue`]: the queue of this source.
    Source(TaskSource),
    /// [`Point::TcpSegment`]: everything that is under way.
    All,
    /// [`Point::TcpSegment`]: what the peer wrote at once.
    Step,
    /// [`Point::TcpSegment`]: a part, see [`Point::TcpCut`].
    Cut,
    /// [`Point::TcpWrite`]: at once.
    Now,
    /// [`Point::TcpWrite`]: later.
    Later,
    /// [`Point::FailClose`]: a Close frame is sent first.
    Send,
    /// [`Point::FailClose`]: TCP ends without one.
    Omit,
    /// A number: of bytes, of a nonce, of a masking key.
    Number(u32),
    /// [`Point::WorldStep`]: the user agent performs its next step.
    Agent,
    /// [`Point::NavigateCache`]: it is meant to be kept.
    Keep,
    /// [`Point::NavigateCache`]: it is not.
    Discard,
    /// [`Point::BackRestore`]: it is restored.
    Restore,
    /// [`Point::BackRestore`]: it was evicted.
    Evict,
    /// [`Point::WorkerEnd`]: a Close with 1001, as for a document.
    GoingAway,
    /// [`Point::WorkerEnd`]: a Close without a status code, as for an object that is collected.
    Empty,
    /// [`Point::WorkerEnd`]: the end of TCP without a Close.
    Abrupt,
    /// [`Point::CloseBody`]: 1000 and the reason. The other one is [`Empty`](Self::Empty).
    Reason,
    /// [`Point::CloseStamp`]: when it is fired.
    Fired,
    /// [`Point::CloseStamp`]: when the connection was closed.
    Closed,
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Loop => f.write_str("loop"),
            Self::Deliver(socket) => write!(f, "deliver-{}", socket.0),
            Self::Peer(socket) => write!(f, "peer-{}", socket.0),
            Self::Write(socket) => write!(f, "write-{}", socket.0),
            Self::Reset(socket) => write!(f, "reset-{}", socket.0),
            Self::Time => f.write_str("time"),
            Self::Source(TaskSource::Script) => f.write_str("script"),
            Self::Source(TaskSource::WebSocket) => f.write_str("websocket"),
            Self::Source(TaskSource::Timer) => f.write_str("timer"),
            Self::Source(TaskSource::PostedMessage) => f.write_str("posted-message"),
            Self::Source(TaskSource::Navigation) => f.write_str("navigation"),
            Self::All => f.write_str("all"),
            Self::Step => f.write_str("step"),
            Self::Cut => f.write_str("cut"),
            Self::Now => f.write_str("now"),
            Self::Later => f.write_str("later"),
            Self::Send => f.write_str("send"),
            Self::Omit => f.write_str("omit"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Agent => f.write_str("agent"),
            Self::Keep => f.write_str("keep"),
            Self::Discard => f.write_str("discard"),
            Self::Restore => f.write_str("restore"),
            Self::Evict => f.write_str("evict"),
            Self::GoingAway => f.write_str("going-away"),
            Self::Empty => f.write_str("empty"),
            Self::Abrupt => f.write_str("abrupt"),
            Self::Reason => f.write_str("reason"),
            Self::Fired => f.write_str("fired"),
            Self::Closed => f.write_str("closed"),
        }
    }
}

/// One answer of a run: the choice point and the alternative that was taken, written `point=alternative`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Where.
    pub point: Point,
    /// What.
    pub taken: Alternative,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.point, self.taken)
    }
}

/// Why a text is not a [`Decision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecisionError {
    /// There is no `=` in it.
    NoEqualsSign,
    /// What stands before the `=` is not the name of a choice point.
    UnknownPoint,
    /// What stands after the `=` is not an alternative of that choice point.
    UnknownAlternative(Point),
}

impl fmt::Display for DecisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEqualsSign => f.write_str("expected `point=alternative`, as in `world.step=time`"),
            Self::UnknownPoint => {
                f.write_str("unknown choice point; expected one of")?;
                for (index, point) in Point::ALL.iter().enumerate() {
                    write!(f, "{} `{point}`", if index == 0 { "" } else { "," })?;
                }
                Ok(())
            }
            Self::UnknownAlternative(point) => {
                write!(f, "unknown alternative of {point}; expected ")?;
                write_alternatives(*point, f)
            }
        }
    }
}

/// How the alternatives of [`Point::WorldStep`] that are those of one WebSocket are written.
const OF_A_SOCKET: [&str; 4] = ["deliver-N", "peer-N", "write-N", "reset-N"];

fn write_alternatives(point: Point, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let named = point.named_alternatives();
    if named.is_empty() {
        return f.write_str("a number");
    }
    let of_a_socket: &[&str] = if point == Point::WorldStep { &OF_A_SOCKET } else { &[] };
    let named = named.iter().map(|alternative| alternative as &dyn fmt::Display);
    let others = of_a_socket.iter().map(|name| name as &dyn fmt::Display);
    let count = named.len() + others.len();
    for (index, name) in named.chain(others).enumerate() {
        let before = match index {
            0 => "",
            _ if index + 1 == count => " or ",
            _ => ", ",
        };
        write!(f, "{before}`{name}`")?;
    }
    f.write_str(if of_a_socket.is_empty() { "" } else { ", N being the number of a socket" })
}

impl core::error::Error for DecisionError {}

impl core::str::FromStr for Decision {
    type Err = DecisionError;

    fn from_str(text: &str) -> Result<Self, DecisionError> {
        let (point, taken) = text.split_once('=').ok_or(DecisionError::NoEqualsSign)?;
        let point =
            Point::ALL.into_iter().find(|known| known.name() == point).ok_or(DecisionError::UnknownPoint)?;
        let named = point.named_alternatives();
        let alternative = if named.is_empty() {
            number(taken).map(Alternative::Number)
        } else {
            let found = named.iter().copied().find(|known| is_named(*known, taken));
            found.or_else(|| of_socket(taken).filter(|_| point == Point::WorldStep))
        };
        alternative.map(|taken| Self { point, taken }).ok_or(DecisionError::UnknownAlternative(point))
    }
}

/// The step of the world that is one of a WebSocket, such as `deliver-0`.
fn of_socket(text: &str) -> Option<Alternative> {
    let (name, digits) = text.split_once('-')?;
    let socket = SocketId(number(digits)?);
    match name {
        "deliver" => Some(Alternative::Deliver(socket)),
        "peer" => Some(Alternative::Peer(socket)),
        "write" => Some(Alternative::Write(socket)),
        "reset" => Some(Alternative::Reset(socket)),
        _ => None,
    }
}

/// A number as it is printed: without a sign, and without zeros or spaces before it.
fn number<N: core::str::FromStr>(digits: &str) -> Option<N> {
    let is_plain = digits == "0" || !digits.starts_with(['0', '+', '-']);
    digits.parse().ok().filter(|_| is_plain)
}

fn is_named(alternative: Alternative, name: &str) -> bool {
    use alloc::string::ToString as _;
    alternative.to_string() == name
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn decisions_are_written_and_read_back() {
        for text in [
            "world.step=loop",
            "world.step=deliver-1",
            "world.step=reset-0",
            "loop.queue=posted-message",
            "tcp.segment=cut",
            "tcp.cut=17",
            "tcp.write=later",
            "world.step=agent",
            "loop.queue=navigation",
            "navigate.cache=discard",
            "back.restore=evict",
            "worker.end=abrupt",
            "close.body=reason",
            "close.stamp=closed",
            "fail.close=omit",
            "frame.mask=255",
        ] {
            let decision: Decision = text.parse().expect(text);
            assert_eq!(decision.to_string(), text);
        }
    }

    #[test]
    fn every_alternative_of_a_point_is_read_and_is_named_in_its_error() {
        for point in Point::ALL {
            let error = DecisionError::UnknownAlternative(point).to_string();
            for &taken in point.named_alternatives() {
                let decision = Decision { point, taken };
                assert_eq!(decision.to_string().parse(), Ok(decision));
                assert!(error.contains(&alloc::format!("`{taken}`")), "{error}");
            }
        }
        assert_eq!(
            DecisionError::UnknownAlternative(Point::WorldStep).to_string(),
            "unknown alternative of world.step; expected `loop`, `agent`, `time`, `deliver-N`, `peer-N`, `write-N` or \
             `reset-N`, N being the number of a socket"
        );
        let sources: alloc::vec::Vec<_> = TaskSource::ALL.into_iter().map(Alternative::Source).collect();
        assert_eq!(Point::LoopQueue.named_alternatives(), sources);
    }

    #[test]
    fn a_wrong_decision_is_told_what_would_be_right() {
        for (text, error) in [
            ("world.step", DecisionError::NoEqualsSign),
            ("moon.phase=full", DecisionError::UnknownPoint),
            ("tcp.write=never", DecisionError::UnknownAlternative(Point::TcpWrite)),
            // Only what is printed is read.
            (" tcp.cut=0", DecisionError::UnknownPoint),
            ("tcp.cut =0", DecisionError::UnknownPoint),
            ("tcp.cut= 0", DecisionError::UnknownAlternative(Point::TcpCut)),
            ("tcp.cut=+1", DecisionError::UnknownAlternative(Point::TcpCut)),
            ("tcp.cut=01", DecisionError::UnknownAlternative(Point::TcpCut)),
            ("world.step=peer-+1", DecisionError::UnknownAlternative(Point::WorldStep)),
            ("tcp.write=later ", DecisionError::UnknownAlternative(Point::TcpWrite)),
        ] {
            assert_eq!(text.parse::<Decision>(), Err(error));
        }
    }
}
