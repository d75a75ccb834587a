//! What the facts say about the entry that comes: the oracles move on.

use super::facts::{Facts, Finding, place};
use super::frames::{HASH_START, Next, hash_byte, hash_on, unmasked};
use super::response::Response;
use super::stack::Turn;
use crate::profile::{DataAfterClose, Loss, Profile, UnansweredClose};
use crate::trace::{Cause, Entry, Method, Payloads, Side, SocketId, Target};

impl Facts {
    /// Looks at `entry` before it is judged; moves the oracles on.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn examine(&mut self, entry: &Entry, payloads: &Payloads, profile: &Profile) -> Finding {
        match *entry {
            Entry::Rx { socket, .. }
            | Entry::RxFin { socket }
            | Entry::RxRst { socket }
            | Entry::TimerFired { socket, .. } => self.settle(place(socket), payloads, profile),
            // What came before our Close is judged without it.
            Entry::ClosingStarted { socket, by: Side::Us }
                if profile.data_after_our_close == DataAfterClose::Fail =>
            {
                self.settle(place(socket), payloads, profile)
            }
            // An offence can end TCP without a failure (row 5).
            Entry::TxFin { socket } | Entry::TcpClosed { socket, .. }
                if profile.unanswered_close == UnansweredClose::NoStatus =>
            {
                self.settle(place(socket), payloads, profile)
            }
            Entry::Quiescent => {
                let mut finding = Finding::Settled;
                for place in 0..usize::from(self.used) {
                    match self.settle(place, payloads, profile) {
                        Finding::Settled | Finding::Unknown => {}
                        missed => {
                            finding = missed;
                            break;
                        }
                    }
                }
                finding
            }
            Entry::RxFrame { socket, head, payload } => {
                let socket = self.socket_mut(socket);
                if !socket.frames_are_known {
                    return Finding::Unknown;
                }
                let rx = payloads.get(socket.rx);
                let payload = payloads.get(payload);
                let closing = socket.closing();
                let next = socket.frames.next(rx, &mut socket.rx_at, closing, profile);
                let is_it = match next {
                    Next::Frame { head: wanted, len, before, last_len, key, .. } => {
                        let last = &rx[socket.rx_at as usize - last_len..socket.rx_at as usize];
                        head == wanted
                            && payload.len() as u64 == len
                            && if last.len() == payload.len() && key == [0; 4] {
                                last == payload
                            } else {
                                unmasked(last, key).fold(before, hash_byte) == hash_on(HASH_START, payload)
                            }
                    }
                    Next::More | Next::Offence(_) => false,
                };
                socket.frames_are_known = is_it;
                Finding::Frame(is_it)
            }
            Entry::Fail { socket, cause, at } => self.examine_failure(socket, cause, at, payloads, profile),
            Entry::Listener { target, event_type, function, capture, handler, .. } => {
                if self.stack.is_lost || self.listeners.is_lost {
                    return Finding::Unknown;
                }
                let Some(dispatch) = self.stack.dispatch_mut() else {
                    return Finding::Turn(Turn::WrongTarget);
                };
                let turn = dispatch.call(&mut self.listeners, target, event_type, function, capture, handler);
                Finding::Turn(turn)
            }
            Entry::FireEnd { .. } => {
                if self.stack.is_lost || self.listeners.is_lost {
                    return Finding::Unknown;
                }
                let listeners = &self.listeners;
                match self.stack.dispatch_mut() {
                    Some(dispatch) => Finding::Turn(dispatch.end(listeners)),
                    None => Finding::Unknown,
                }
            }
            _ => Finding::Unknown,
        }
    }

    #[inline(never)]
    pub(super) fn settle(&mut self, place: usize, payloads: &Payloads, profile: &Profile) -> Finding {
        let socket = &mut self.sockets[place];
        if !socket.is_receiving() {
            return Finding::Settled;
        }
        if !socket.is_established {
            return match socket.response {
                Response::Valid { .. } | Response::Invalid => Finding::MissedResponse,
                Response::Incomplete => Finding::Settled,
                Response::Unclear { .. } => Finding::Unknown,
            };
        }
        if socket.complete.is_some() && socket.closing_by.is_none() {
            return Finding::MissedMessage;
        }
        if !socket.frames_are_known {
            return Finding::Unknown;
        }
        let closing = socket.closing();
        match socket.frames.next(payloads.get(socket.rx), &mut socket.rx_at, closing, profile) {
            Next::More => Finding::Settled,
            Next::Frame { offence: None, .. } => Finding::MissedFrame,
            Next::Frame { offence: Some(_), .. } | Next::Offence(_) => Finding::MissedOffence,
        }
    }

    #[cold]
    pub(super) fn examine_failure(
        &mut self,
        socket: SocketId,
        cause: Cause,
        at: u32,
        payloads: &Payloads,
        profile: &Profile,
    ) -> Finding {
        let is_in_close_of = |socket| {
            self.stack.call().is_some_and(|called| {
                called.method == Method::Close && called.target == Target::Socket(socket)
            })
        };
        let is_in_close = self.stack.is_lost || is_in_close_of(socket);
        let socket = self.socket_mut(socket);
        let is_justified = match cause {
            Cause::NameNotResolved
            | Cause::Unroutable
            | Cause::Refused
            | Cause::TlsFailed
            | Cause::BadPort
            | Cause::ContentSecurityPolicy => !socket.is_requested,
            Cause::HandshakeTimeout => socket.handshake_timer_fired && !socket.is_established,
            Cause::ClosedByPage => is_in_close && !socket.is_established,
            Cause::MalformedResponse
            | Cause::ResponseTooLarge
            | Cause::Status
            | Cause::Upgrade
            | Cause::Connection
            | Cause::Accept
            | Cause::Extension
            | Cause::ProtocolMissing
            | Cause::ProtocolUnrequested => {
                !socket.is_established
                    && socket.reads_len > 0
                    && !matches!(socket.response, Response::Valid { .. })
            }
            Cause::ReservedBit
            | Cause::ReservedOpcode
            | Cause::FragmentedControl
            | Cause::MaskedByServer
            | Cause::UnmaskedByClient
            | Cause::ControlTooLong
            | Cause::LengthHighBit
            | Cause::LengthNotMinimal
            | Cause::UnexpectedContinuation
            | Cause::ExpectedContinuation
            | Cause::TooBig
            | Cause::TextNotUtf8
            | Cause::CloseBodyOfOneByte
            | Cause::CloseCode
            | Cause::ReasonNotUtf8
            | Cause::FrameAfterClose => {
                if !socket.frames_are_known {
                    return Finding::Unknown;
                }
                let closing = socket.closing();
                match socket.frames.next(payloads.get(socket.rx), &mut socket.rx_at, closing, profile) {
                    // A text that ends within a character is legal as a frame and not as a message.
                    Next::Offence(offence) | Next::Frame { offence: Some(offence), .. } => {
                        offence.is(cause, at)
                    }
                    Next::More | Next::Frame { offence: None, .. } => false,
                }
            }
            Cause::EndOfStream => socket.has_rx_fin && socket.is_failed_by_fin(profile),
            Cause::Reset => socket.has_rx_rst && socket.is_failed_by_rst(profile),
            Cause::CloseTimeout => socket.close_timer_fired && profile.close_timeout == Loss::Fail,
            Cause::Disappeared => socket.has_disappeared,
        };
        Finding::Offence(is_justified)
    }
}
