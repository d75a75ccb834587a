//! What the peer does: a list of steps as data.

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The script of one peer: the server that the page's n-th connection reaches.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Peer {
    /// The steps in order. After the last one the peer is silent.
    pub steps: Vec<PeerStep>,
}

/// One step of a peer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PeerStep {
    /// Writes to TCP.
    Write {
        /// What.
        item: Item,
        /// Whether it is held back and goes out together with the next step, if that writes too. Before any other step
        /// it goes out at once.
        corked: bool,
    },
    /// Waits until something comes from the client, or until the time is over.
    Wait {
        /// For what.
        until: Awaited,
        /// At most so many milliseconds of virtual time; `None` waits for ever.
        at_most_ms: Option<u32>,
    },
    /// Does nothing for so many milliseconds of virtual time.
    Delay {
        /// Milliseconds.
        ms: u32,
    },
    /// Ends its direction of TCP.
    Fin,
    /// Resets the TCP connection.
    Rst,
    /// Stops reading: what the client writes from now on stays in its send buffer.
    StopReading,
    /// Reads again.
    ResumeReading,
    /// The connection never comes to be. Counts only as the first step.
    Unreachable(Unreachable),
}

/// What a peer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Awaited {
    /// The client's opening handshake.
    Request,
    /// A text or binary frame.
    Data,
    /// A Close frame.
    Close,
    /// The end of the client's direction of TCP.
    Fin,
}

/// Why a connection cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unreachable {
    /// The name is not resolved.
    Name,
    /// There is no route.
    Route,
    /// The port is closed.
    Refused,
    /// The TLS handshake fails.
    Tls,
}

/// What a peer writes: bytes, or a symbol whose bytes only the run knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Item {
    /// These bytes.
    Bytes(Cow<'static, [u8]>),
    /// The response that accepts the client's opening handshake, with a subprotocol if one is given.
    Accept {
        /// `Sec-WebSocket-Protocol`
        protocol: Option<Cow<'static, str>>,
    },
    /// An HTTP response, in which `{accept}` stands for the value of `Sec-WebSocket-Accept` for the client's key.
    Http(Cow<'static, str>),
    /// A frame.
    Frame(Frame),
    /// A Close frame whose body is that of the client's Close; empty if there was none.
    Echo,
}

/// A frame that a peer writes, legal or not; its length is in the shortest form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// FIN.
    pub is_final: bool,
    /// RSV1 to RSV3, as the bits 4, 2 and 1.
    pub rsv: u8,
    /// 0 to 15.
    pub opcode: u8,
    /// The masking key, if the frame is masked.
    pub mask: Option<[u8; 4]>,
    /// The payload before masking.
    pub payload: Payload,
}

/// The payload of a [`Frame`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Payload {
    /// These bytes.
    Bytes(Cow<'static, [u8]>),
    /// A status code and a reason, as the body of a Close frame.
    Close(u16, Cow<'static, [u8]>),
}

impl Frame {
    /// An unmasked final frame without reserved bits.
    #[must_use]
    pub fn new(opcode: u8, payload: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { is_final: true, rsv: 0, opcode, mask: None, payload: Payload::Bytes(payload.into()) }
    }

    /// An unmasked Close frame with a status code.
    #[must_use]
    pub fn close(code: u16, reason: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { payload: Payload::Close(code, reason.into()), ..Self::new(8, &b""[..]) }
    }
}
