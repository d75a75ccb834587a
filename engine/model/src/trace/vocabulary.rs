//! What entries speak of: sockets, functions, tasks and the values that calls are given.

/// A WebSocket of the world, numbered in the order of construction from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct SocketId(pub u8);

/// A function of the page, numbered from 0; number 0 is the script that runs first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct FunctionId(pub u8);

/// An `AbortController` of the page, with its signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct SignalId(pub u8);

/// A document, numbered from 0: the page's, and that of its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct DocumentId(pub u8);

impl DocumentId {
    /// The document in which the page's scripts run.
    pub const PAGE: Self = Self(0);
    /// The document of the page's frame.
    pub const FRAME: Self = Self(1);
}

/// Where a document is in its life (HTML, unloading documents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum DocumentState {
    /// It is fully active: its tasks run.
    #[default]
    Active,
    /// It is in the back/forward cache: its tasks wait.
    Cached,
    /// It is destroyed: its tasks are gone.
    Destroyed,
}

/// Where a worker is in its life (HTML, running, closing and terminating workers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum WorkerState {
    /// Its first script is about to run: the global object of the page is not a window.
    Running,
    /// The closing flag is set: the task that runs goes on, and no other one runs.
    Closing,
    /// The event loop is gone, and whatever ran in it.
    Ended,
}

/// An object at which an event can be dispatched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Target {
    /// The global object, at which uncaught exceptions are reported.
    Global,
    /// A WebSocket.
    Socket(SocketId),
}

impl Target {
    /// The WebSocket, if it is one.
    #[must_use]
    pub fn socket(self) -> Option<SocketId> {
        match self {
            Self::Global => None,
            Self::Socket(socket) => Some(socket),
        }
    }
}

/// `WebSocket.readyState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "UPPERCASE"))]
#[repr(u8)]
pub enum ReadyState {
    /// 0
    #[default]
    Connecting,
    /// 1
    Open,
    /// 2
    Closing,
    /// 3
    Closed,
}

/// A task source (HTML, generic task sources; WebSockets Standard, the WebSocket task source).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[repr(u8)]
pub enum TaskSource {
    /// Runs the page's first script.
    #[default]
    Script,
    /// Everything that a WebSocket tells its page.
    WebSocket,
    /// `setTimeout`
    Timer,
    /// `postMessage` on a message port
    PostedMessage,
    /// Navigation and traversal: a document is unloaded.
    Navigation,
}

impl TaskSource {
    /// All sources, in the order of their declaration.
    pub const ALL: [Self; 5] =
        [Self::Script, Self::WebSocket, Self::Timer, Self::PostedMessage, Self::Navigation];
}

/// A task of the event loop, as far as it can be told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Task {
    /// The page's first script runs.
    Script,
    /// The connection is established: set readyState to OPEN and fire `open`.
    Open(SocketId),
    /// A message arrived: fire `message`.
    Message(SocketId),
    /// The closing handshake is started: set readyState to CLOSING.
    Closing(SocketId),
    /// The connection is closed: set readyState to CLOSED, fire `error` if it failed, fire `close`.
    Closed(SocketId),
    /// A `setTimeout` callback.
    Timer(FunctionId),
    /// A message port's callback.
    PostedMessage(FunctionId),
    /// The connection failed: fire `error`, where that is no part of the task that fires `close`.
    Error(SocketId),
    /// The page is navigated away from: its document is unloaded.
    Unload,
}

impl Task {
    /// The task source that the task belongs to.
    #[must_use]
    pub fn source(self) -> TaskSource {
        match self {
            Self::Script => TaskSource::Script,
            Self::Open(_) | Self::Message(_) | Self::Closing(_) | Self::Closed(_) | Self::Error(_) => {
                TaskSource::WebSocket
            }
            Self::Timer(_) => TaskSource::Timer,
            Self::PostedMessage(_) => TaskSource::PostedMessage,
            Self::Unload => TaskSource::Navigation,
        }
    }

    /// The WebSocket whose task it is, if it is one's.
    #[must_use]
    pub fn socket(self) -> Option<SocketId> {
        match self {
            Self::Open(socket)
            | Self::Message(socket)
            | Self::Closing(socket)
            | Self::Closed(socket)
            | Self::Error(socket) => Some(socket),
            Self::Script | Self::Timer(_) | Self::PostedMessage(_) | Self::Unload => None,
        }
    }
}

/// Which endpoint of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Side {
    /// The endpoint that is modelled.
    Us,
    /// The one at the other end.
    Peer,
}

/// How a peer ends its direction of TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum PeerEnd {
    /// It sends FIN.
    Fin,
    /// It sends RST.
    Reset,
}

/// How the TCP connection came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum TcpEnd {
    /// It never came to be.
    NotConnected,
    /// The peer sent FIN, and we sent ours.
    Fin,
    /// The peer sent RST.
    Reset,
    /// We closed it.
    Us,
}

/// A timer of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum EndpointTimer {
    /// T0: the opening handshake is not answered (N-11).
    Handshake,
    /// T1: the closing handshake is not complete (N-10): the peer does not answer our Close, or does not read our
    /// answer.
    Close,
    /// T2: the peer does not end TCP after both Close frames (N-09).
    Linger,
}

/// The first two bytes of a frame, as they are on the wire (RFC 6455 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FrameHead {
    /// FIN, RSV1 to RSV3, opcode.
    pub first: u8,
    /// MASK and the 7-bit length.
    pub second: u8,
}

impl FrameHead {
    /// The opcode: 0 continuation, 1 text, 2 binary, 8 Close, 9 Ping, 10 Pong; the rest is reserved.
    #[must_use]
    pub fn opcode(self) -> u8 {
        self.first & 0x0f
    }

    /// Whether the frame is the last of its message.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.first & 0x80 != 0
    }

    /// Whether the frame is masked.
    #[must_use]
    pub fn is_masked(self) -> bool {
        self.second & 0x80 != 0
    }

    /// The length of the header, with the extended length and the masking key, in bytes: 2 to 14.
    #[inline]
    #[must_use]
    pub fn header_len(self) -> u8 {
        let extended = match self.second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + extended + if self.is_masked() { 4 } else { 0 }
    }

    /// Whether the opcode is one of a control frame.
    #[must_use]
    pub fn is_control(self) -> bool {
        self.first & 0x08 != 0
    }
}

/// A method or constructor of `WebSocket` that a page calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Method {
    /// `new WebSocket(url, protocols)`
    Constructor,
    /// `close(code, reason)`
    Close,
    /// `send(data)`
    Send,
    /// `dispatchEvent(event)`
    DispatchEvent,
}

/// An exception that a call can end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Exception {
    /// `SyntaxError`, a DOMException with code 12
    SyntaxError,
    /// `InvalidAccessError`, a DOMException with code 15
    InvalidAccessError,
    /// `InvalidStateError`, a DOMException with code 11
    InvalidStateError,
    /// `TypeError`, an ECMAScript error
    TypeError,
    /// A value that the page threw itself.
    Thrown,
    /// `RangeError`, an ECMAScript error
    RangeError,
    /// `NotSupportedError`, a DOMException with code 9
    NotSupportedError,
    /// `SecurityError`, a DOMException with code 18
    SecurityError,
}

impl Exception {
    /// The `name` of the object; `Thrown` for a value of the page's own.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SyntaxError => "SyntaxError",
            Self::InvalidAccessError => "InvalidAccessError",
            Self::InvalidStateError => "InvalidStateError",
            Self::TypeError => "TypeError",
            Self::Thrown => "Thrown",
            Self::RangeError => "RangeError",
            Self::NotSupportedError => "NotSupportedError",
            Self::SecurityError => "SecurityError",
        }
    }
}

/// How a call or a callback ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Completion {
    /// It returned; a callback returned anything but `false`.
    Normal,
    /// The callback returned `false`.
    ReturnedFalse,
    /// It threw.
    Threw(Exception),
}

/// An argument of `close()`, `code` after its conversion to a Number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Given {
    /// Absent or `undefined`.
    Missing,
    /// Present.
    Present,
}

/// What kind of value script passes where Web IDL converts it; of an object, what its own conversion gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum ValueType {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// `false`
    False,
    /// `true`
    True,
    /// A Number.
    Number,
    /// A BigInt.
    BigInt,
    /// A Symbol.
    Symbol,
    /// A String.
    String,
}

/// The value of an event handler attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum HandlerValue {
    /// `null`, or anything that is not an object.
    Null,
    /// A function of the page.
    Function(FunctionId),
    /// An object that cannot be called, perhaps with a `handleEvent` method.
    NotCallable,
}

/// What `addEventListener` is told besides type and callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ListenerOptions {
    /// `capture`
    pub capture: bool,
    /// `once`
    pub once: bool,
    /// `passive`; absent means the default, which is false for these targets.
    pub passive: bool,
    /// `signal`
    pub signal: Option<SignalId>,
}

/// An attribute of a WebSocket that a page reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub enum Attribute {
    /// `readyState`
    ReadyState,
    /// `bufferedAmount`, in bytes, at most 2^32 - 1
    BufferedAmount,
    /// The length of `protocol`
    Protocol,
    /// The length of `extensions`
    Extensions,
    /// `binaryType`: its place in [`BinaryType::ALL`](super::BinaryType::ALL)
    BinaryType,
}

/// A bound of the model that a run came up against; the run ends there and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Bound {
    /// Steps of one run.
    Steps,
    /// WebSockets in one world.
    Sockets,
    /// Listeners in one world.
    Listeners,
    /// Event objects that live at the same time.
    Events,
    /// Tasks that script queued and that have not run.
    Tasks,
    /// Microtasks that have not run.
    Microtasks,
    /// Timers that have not fired.
    Timers,
    /// Nested dispatches, conversions and callbacks.
    Stack,
    /// Different byte strings in one run.
    Payloads,
    /// Steps in a row of which nothing can be seen and in which the page makes no call: the world goes in circles.
    Livelock,
}
