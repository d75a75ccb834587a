//! What the trace has told of one WebSocket, on the wire and in the DOM.

use super::arguments::Arguments;
use super::codes;
use super::frames::{Closing, Frames, HASH_START};
use super::response::Response;
use super::stack::Column;
use crate::bounded::Bounded;
use crate::profile::{AnswerTime, Csp, HalfReset, LateReset, Loss, Profile, UnansweredClose};
use crate::trace::{BinaryType, Cause, DocumentId, PayloadId, Payloads, ReadyState, Side, TcpEnd};

/// Reads that the response to the opening handshake may come in and still be judged.
pub(super) const READS_MAX: usize = 200;

/// Messages, frames to write and Pings that are remembered; beyond that they are not judged.
pub(super) const PENDING_MAX: usize = 16;

/// A message: the payload of its only frame, or the hash of its fragments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Message {
    pub(super) whole: Option<PayloadId>,
    pub(super) is_text: bool,
    pub(super) hash: u64,
}

impl Message {
    /// Whether `data` is what the message says.
    #[inline]
    pub(super) fn is(&self, data: PayloadId, payloads: &Payloads) -> bool {
        match self.whole {
            Some(whole) => whole == data,
            None => super::frames::hash_on(HASH_START, payloads.get(data)) == self.hash,
        }
    }
}

/// One WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Socket {
    pub(super) is_made: bool,
    pub(super) url: PayloadId,

    // The opening handshake.
    pub(super) is_requested: bool,
    pub(super) nonce: u8,
    pub(super) requested: PayloadId,
    pub(super) reads: Bounded<PayloadId, READS_MAX>,
    pub(super) reads_len: u32,
    pub(super) reads_are_lost: bool,
    pub(super) response: Response,
    pub(super) is_established: bool,
    pub(super) protocol: PayloadId,

    // The peer.
    /// Whether it has stopped reading.
    pub(super) stops_reading: bool,
    /// How many bytes it has written, and how many of them were read.
    pub(super) peer_wrote: u64,
    /// Whether the peer ended its direction of TCP, whether or not that has arrived.
    pub(super) peer_has_ended: bool,
    pub(super) was_read: u64,

    // Received frames.
    /// Whether the oracle knows where it stands.
    pub(super) frames_are_known: bool,
    pub(super) frames: Frames,
    pub(super) rx: PayloadId,
    pub(super) rx_at: u32,
    /// The message whose fragments come in, and whether there was one before.
    pub(super) partial: Option<Message>,
    /// A complete message whose task is not queued.
    pub(super) complete: Option<Message>,
    pub(super) messages: Bounded<Message, PENDING_MAX>,
    pub(super) messages_are_lost: bool,
    /// The message whose task is running.
    pub(super) current: Option<Message>,
    pub(super) received_close: Option<PayloadId>,

    // Written frames.
    /// Data that `send()` took and that is not written: text or binary, and the bytes.
    pub(super) sends: Bounded<(bool, PayloadId), PENDING_MAX>,
    pub(super) sends_are_lost: bool,
    pub(super) pings: Bounded<PayloadId, PENDING_MAX>,
    pub(super) pings_are_lost: bool,
    /// The last Pong since the last Ping.
    pub(super) last_pong: Option<PayloadId>,
    pub(super) sent_close: Option<PayloadId>,
    /// Whether something was written since the closing handshake was started, but not our Close.
    pub(super) wrote_since_started: bool,
    pub(super) accepted_len: u64,
    pub(super) written_len: u64,
    /// The same when the task began that runs now.
    pub(super) written_before_task: u64,
    /// What `send()` took when `readyState` was not OPEN.
    pub(super) accepted_late_len: u64,

    // The end.
    pub(super) closing_by: Option<Side>,
    /// Whether we started the closing handshake, and not with the Close of a failure.
    pub(super) closed_first: bool,
    /// The arguments of the `close()` that started the closing handshake.
    pub(super) asked: Option<Arguments>,
    pub(super) failed: Option<Cause>,
    pub(super) is_full: bool,
    pub(super) has_rx_fin: bool,
    pub(super) has_rx_rst: bool,
    pub(super) has_tx_fin: bool,
    pub(super) end: Option<TcpEnd>,
    pub(super) is_closed: bool,
    pub(super) handshake_timer_fired: bool,
    pub(super) close_timer_fired: bool,
    pub(super) linger_timer_fired: bool,

    // Virtual time since, in microseconds, as far as it is of interest.
    pub(super) since_request: u64,
    pub(super) since_started: u64,
    pub(super) since_sent: u64,
    pub(super) since_complete: u64,
    pub(super) since_closed: u32,

    // Tasks.
    pub(super) open_is_queued: bool,
    pub(super) closing_is_queued: bool,
    /// Whether the task that tells the page of a started closing handshake has begun.
    pub(super) closing_has_run: bool,
    pub(super) closed_is_queued: bool,
    pub(super) closed_has_run: bool,

    // Lifetimes.
    pub(super) document: DocumentId,
    pub(super) has_disappeared: bool,
    pub(super) is_collected: bool,

    // The DOM object.
    pub(super) ready_state: ReadyState,
    /// The same when the task began that runs now.
    pub(super) state_before_task: ReadyState,
    pub(super) has_attributes: bool,
    pub(super) attribute_lens: (u32, u32),
    pub(super) open_count: u8,
    pub(super) error_count: u8,
    pub(super) close_count: u8,
    pub(super) binary_type: BinaryType,
    /// Whether the next event was made before it is fired.
    pub(super) is_stamped: bool,
    /// Whether a `close()` of the page returned normally while `readyState` was 0 or 1.
    pub(super) page_closed: bool,
}

/// Status code and reason of the body of a Close frame.
#[inline]
pub(super) fn split(body: &[u8]) -> (u16, &[u8]) {
    match body {
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        [] | [_] => (1005, &[]),
    }
}

impl Socket {
    /// Whether the peer broke the protocol, so that the connection was failed for a frame.
    #[inline]
    pub(super) fn is_violated(&self) -> bool {
        self.failed.is_some_and(|cause| codes::of_failure(cause).is_some())
    }

    /// Whether the Content Security Policy does not allow the URL, and the page is told so by `error` alone.
    #[inline]
    pub(super) fn is_refused(&self, profile: &Profile) -> bool {
        profile.csp == Csp::ErrorOnly && self.failed == Some(Cause::ContentSecurityPolicy)
    }

    /// Whether nothing that the peer wrote is still to be read.
    #[inline]
    pub(super) fn is_all_read(&self) -> bool {
        self.was_read >= self.peer_wrote
    }

    /// Whether both Close frames went over the wire.
    #[inline]
    pub(super) fn is_complete(&self) -> bool {
        self.sent_close.is_some() && self.received_close.is_some()
    }

    /// Which Close frames there were so far.
    #[inline]
    pub(super) fn closing(&self) -> Closing {
        let by_us = self.closing_by == Some(Side::Us);
        Closing { by_us, is_received: self.received_close.is_some() }
    }

    /// Whether the peer's FIN fails the connection here: not once there is its Close (K-EOF).
    pub(super) fn is_failed_by_fin(&self, profile: &Profile) -> bool {
        let loss =
            if self.closing_by.is_none() { profile.fin_without_close } else { profile.fin_after_our_close };
        !self.is_established || self.received_close.is_none() && loss == Loss::Fail
    }

    /// Whether the peer's RST fails the connection here (K-EOF, K-RST-AFTER).
    pub(super) fn is_failed_by_rst(&self, profile: &Profile) -> bool {
        if !self.is_established {
            true
        } else if self.is_complete() {
            profile.rst_after_handshake == LateReset::Fail
        } else if self.received_close.is_some() {
            profile.rst_after_their_close == HalfReset::Fail
        } else if self.closing_by.is_some() {
            profile.rst_after_our_close == Loss::Fail
        } else {
            profile.rst_without_close == Loss::Fail
        }
    }

    /// Whether incoming bytes still mean something.
    #[inline]
    pub(super) fn is_receiving(&self) -> bool {
        self.failed.is_none() && !self.is_full && self.end.is_none() && !self.is_closed
    }

    /// Whether the data that waits is more than the send buffer holds.
    #[inline]
    pub(super) fn is_overfull(&self, payloads: &Payloads, profile: &Profile) -> bool {
        let len: u64 = self.sends.iter().map(|&(_, data)| payloads.get(data).len() as u64).sum();
        len > u64::from(profile.send_buffer_len_max)
    }

    /// Whether what the page sends is taken: until our Close is decided, which may be in the task that tells the page
    /// of the peer's (K-ECHO).
    #[inline]
    pub(super) fn takes_data(&self, profile: &Profile) -> bool {
        match self.column() {
            Column::Established => true,
            Column::Closing => {
                profile.answer_time == AnswerTime::InTask
                    && self.closing_by == Some(Side::Peer)
                    && !self.closing_has_run
                    && !self.page_closed
            }
            Column::NotEstablished | Column::Closed => false,
        }
    }

    /// The column of the table of section 5.2.
    #[inline]
    pub(super) fn column(&self) -> Column {
        if self.is_closed || self.end.is_some() || self.failed.is_some() || self.is_full {
            Column::Closed
        } else if !self.is_established {
            Column::NotEstablished
        } else if self.closing_by.is_some() {
            Column::Closing
        } else {
            Column::Established
        }
    }

    /// Whether the connection counts as failed or the send buffer as full, from the wire and the profile.
    #[inline]
    pub(super) fn error(&self, profile: &Profile) -> Option<bool> {
        if !self.is_established || self.is_full || self.is_violated() {
            return Some(true);
        }
        if self.failed == Some(Cause::Disappeared) {
            return Some(true);
        }
        let is_unanswered = self.closing_by == Some(Side::Us) && self.received_close.is_none();
        if is_unanswered && profile.unanswered_close == UnansweredClose::NoStatus {
            return Some(false);
        }
        // Of a Close that still waits, the texts do not say whether it counts.
        let lost = |without_close: Loss, after_our_close: Loss| {
            let loss = match (self.sent_close, self.closing_by) {
                (Some(_), _) => after_our_close,
                (None, None) => without_close,
                (None, Some(_)) if without_close == after_our_close => without_close,
                (None, Some(_)) => return None,
            };
            Some(loss == Loss::Fail)
        };
        match (self.end?, self.received_close) {
            (TcpEnd::NotConnected, _) => Some(true),
            (TcpEnd::Reset, Some(_)) if self.sent_close.is_some() => {
                Some(profile.rst_after_handshake == LateReset::Fail)
            }
            (TcpEnd::Reset, Some(_)) => Some(profile.rst_after_their_close == HalfReset::Fail),
            (TcpEnd::Reset, None) => lost(profile.rst_without_close, profile.rst_after_our_close),
            (TcpEnd::Fin, Some(_)) if self.sent_close.is_some() => Some(false),
            // The answer could not go out any more.
            (TcpEnd::Fin, Some(_)) => None,
            (TcpEnd::Fin, None) => lost(profile.fin_without_close, profile.fin_after_our_close),
            (TcpEnd::Us, _) if self.linger_timer_fired => Some(false),
            (TcpEnd::Us, None) if self.close_timer_fired => Some(profile.close_timeout == Loss::Fail),
            (TcpEnd::Us, _) => None,
        }
    }
}
