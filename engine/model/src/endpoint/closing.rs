//! The closing handshake (RFC 6455 sections 5.5.1 and 7.1.2 to 7.1.6; CLOSE-10 to CLOSE-33).

use crate::trace::PayloadId;

/// The body of a Close frame: as a whole, and taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CloseBody {
    /// The whole body, as on the wire before masking.
    pub body: PayloadId,
    /// The status code, unless the body is empty.
    pub code: Option<u16>,
    /// The reason.
    pub reason: PayloadId,
}

/// How far our Close is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sent {
    /// There is none.
    #[default]
    No,
    /// It is decided and not yet in the send buffer.
    Due(CloseBody),
    /// It waits in the send buffer.
    Buffered(CloseBody),
    /// It is written to the transport.
    Written(CloseBody),
}

/// Both directions of a closing handshake; each is written once (CLOSE-18, CLOSE-32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ClosingHandshake {
    /// Our Close.
    pub sent: Sent,
    /// The peer's first Close.
    pub received: Option<CloseBody>,
}

impl ClosingHandshake {
    /// Whether a Close was sent or received (CLOSE-10).
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.sent != Sent::No || self.received.is_some()
    }

    /// Whether a Close was sent and one was received (CLOSE-14).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.sent, Sent::Written(_)) && self.received.is_some()
    }

    /// Whether the peer's Close is there and our answer has not reached the transport.
    #[must_use]
    pub fn is_answer_pending(&self) -> bool {
        self.received.is_some() && !self.is_complete()
    }

    /// The body of our Close, once it is written.
    #[must_use]
    pub fn written(&self) -> Option<CloseBody> {
        match self.sent {
            Sent::Written(body) => Some(body),
            Sent::No | Sent::Due(_) | Sent::Buffered(_) => None,
        }
    }
}
