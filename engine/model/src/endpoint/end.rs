//! How a connection comes to its end: failing it, the ends of TCP, and the timers (RFC 6455 section 7; FAIL-*).

use core::num::NonZeroU16;

use super::{CloseBody, Context, End, Endpoint, Sent, State};

use super::failing::{failure_close, failure_words};
use crate::choices::Choices;
use crate::profile::{
    AbnormalCode, CleanAbnormal, Fault, HalfReset, LateFailure, LateReset, LingerResult, Loss, Profile,
    UnansweredClose, WasClean,
};
use crate::status_code::{ABNORMAL_CLOSURE, NO_STATUS_RECEIVED, NORMAL_CLOSURE};
use crate::trace::{Cause, EndpointTimer, Entry, PayloadId, TcpEnd};
use crate::wire::Role;

impl Endpoint {
    /// Fails the WebSocket connection (RFC 6455 section 7.1.7). `at` is the position of the deciding byte in its
    /// frame, or 0.
    ///
    /// A connection that failed, or ended, stays as it is (FAIL-10).
    pub fn fail<C: Choices>(&mut self, cause: Cause, at: u32, cx: &mut Context<'_, C>) {
        self.fail_at_frame(cause, at, 0, cx);
    }

    /// As [`fail`](Self::fail), because of a frame whose first byte is `first`.
    pub(super) fn fail_at_frame<C: Choices>(
        &mut self,
        cause: Cause,
        at: u32,
        first: u8,
        cx: &mut Context<'_, C>,
    ) {
        if self.failed.is_some() || matches!(self.state, State::Ending(_) | State::Closed(_)) {
            return;
        }
        let by = match self.state {
            State::Idle => TcpEnd::NotConnected,
            State::Connecting { .. } | State::Open | State::Ending(_) | State::Closed(_) => TcpEnd::Us,
        };
        if self.is_close_enough(cx.profile) {
            self.state = State::Ending(by);
            return;
        }
        let can_send = self.can_send_close();
        let close = failure_close(cause, cx.profile)
            .filter(|&(_, knob)| can_send && cx.sends_close_when_failing(knob));
        self.failed = Some(cause);
        cx.emit(Entry::Fail { socket: cx.socket, cause, at });
        match close {
            Some((code, _)) => {
                let words = failure_words(cause, first, cx.profile.failure_words);
                self.owe_close(code, words, cx);
            }
            None => self.state = State::Ending(by),
        }
    }

    /// Fails an established connection whose document is to be cached, with a Close of `code` and `words` (DOC-15).
    pub fn disconnect<C: Choices>(&mut self, code: u16, words: &str, cx: &mut Context<'_, C>) {
        if self.failed.is_some() || !self.can_send_close() || self.is_close_enough(cx.profile) {
            self.fail(Cause::Disappeared, 0, cx);
            return;
        }
        self.failed = Some(Cause::Disappeared);
        cx.emit(Entry::Fail { socket: cx.socket, cause: Cause::Disappeared, at: 0 });
        self.owe_close(code, words, cx);
    }

    fn can_send_close(&self) -> bool {
        self.state == State::Open && self.is_writable && self.closing.sent == Sent::No
    }

    /// A Close is due before the end of TCP.
    fn owe_close<C: Choices>(&mut self, code: u16, words: &str, cx: &mut Context<'_, C>) {
        let code_only = cx.intern(&code.to_be_bytes());
        let reason = cx.intern(words.as_bytes());
        let body = cx.concatenate(code_only, reason);
        self.closing.sent = Sent::Due(CloseBody { body, code: Some(code), reason });
    }

    /// The peer's FIN arrives.
    pub fn receive_fin<C: Choices>(&mut self, cx: &mut Context<'_, C>) {
        if !self.wants_input() {
            return;
        }
        cx.emit(Entry::RxFin { socket: cx.socket });
        if self.is_connecting() {
            // HS-30: no partial acceptance.
            self.fail_by(Cause::EndOfStream, TcpEnd::Fin, cx);
            return;
        }
        self.fin_received = true;
        // Half-closed: what waits can still go out, above all our answer to the peer's Close.
        self.write(cx);
        let loss = match (self.closing.received, self.closing.sent) {
            (Some(_), _) => Loss::Drop,
            (None, Sent::No) => cx.profile.fin_without_close,
            (None, Sent::Due(_) | Sent::Buffered(_) | Sent::Written(_)) => cx.profile.fin_after_our_close,
        };
        let is_blunder = cx.profile.has(Fault::ErrorOnEndOfStream) && self.closing.received.is_none();
        if loss == Loss::Fail || is_blunder {
            self.fail_by(Cause::EndOfStream, TcpEnd::Fin, cx);
        }
    }

    /// The peer's RST arrives.
    pub fn receive_rst<C: Choices>(&mut self, cx: &mut Context<'_, C>) {
        if !matches!(self.state, State::Connecting { .. } | State::Open) {
            return;
        }
        cx.emit(Entry::RxRst { socket: cx.socket });
        let profile = cx.profile;
        let fails = if self.is_connecting() {
            true
        } else if self.closing.is_complete() {
            // The handshake is what counts (CLOSE-38, K-RST-AFTER).
            profile.rst_after_handshake == LateReset::Fail
        } else if self.closing.received.is_some() {
            profile.rst_after_their_close == HalfReset::Fail
        } else {
            let loss = match self.closing.sent {
                Sent::No => profile.rst_without_close,
                Sent::Due(_) | Sent::Buffered(_) | Sent::Written(_) => profile.rst_after_our_close,
            };
            loss == Loss::Fail
        };
        if fails {
            self.fail_by(Cause::Reset, TcpEnd::Reset, cx);
        } else {
            self.state = State::Ending(TcpEnd::Reset);
        }
    }

    /// Whether our Close alone counts as a clean end (row 5).
    fn is_close_enough(&self, profile: &Profile) -> bool {
        profile.unanswered_close == UnansweredClose::NoStatus
            && self.closing.sent != Sent::No
            && self.closing.received.is_none()
            && self.failed.is_none()
    }

    /// The timer that [`timer`](Self::timer) asked for fires.
    pub fn timer_fired<C: Choices>(&mut self, timer: EndpointTimer, cx: &mut Context<'_, C>) {
        cx.emit(Entry::TimerFired { socket: cx.socket, timer });
        match timer {
            EndpointTimer::Handshake => self.fail(Cause::HandshakeTimeout, 0, cx),
            EndpointTimer::Close if cx.profile.close_timeout == Loss::Fail => {
                self.fail_by(Cause::CloseTimeout, TcpEnd::Us, cx);
            }
            // CLOSE-37: a completed handshake stays clean, whoever ends TCP.
            EndpointTimer::Close | EndpointTimer::Linger => self.state = State::Ending(TcpEnd::Us),
        }
    }

    /// Fails without a Close frame, because the transport is gone or the peer does not answer.
    fn fail_by<C: Choices>(&mut self, cause: Cause, by: TcpEnd, cx: &mut Context<'_, C>) {
        if self.is_close_enough(cx.profile) {
            self.state = State::Ending(by);
            return;
        }
        self.failed = Some(cause);
        cx.emit(Entry::Fail { socket: cx.socket, cause, at: 0 });
        self.state = State::Ending(by);
    }

    /// TCP is closed, and with it the connection (RFC 6455 sections 7.1.1 and 7.1.4 to 7.1.6).
    pub(super) fn close_tcp<C: Choices>(&mut self, by: TcpEnd, cx: &mut Context<'_, C>) {
        match by {
            TcpEnd::Fin | TcpEnd::Us => cx.emit(Entry::TxFin { socket: cx.socket }),
            TcpEnd::NotConnected | TcpEnd::Reset => {}
        }
        cx.emit(Entry::TcpClosed { socket: cx.socket, by });
        self.output.clear();
        let end = self.report(by, cx.profile);
        let end = match cx.profile.fault {
            None => end,
            Some(fault) => self.blunder(fault, by, end),
        };
        // What only mattered on the way here is forgotten: connections that ended alike are equal.
        *self = Self {
            role: self.role,
            state: State::Closed(end),
            is_established: self.is_established,
            closing: self.closing,
            closing_told: self.closing_told,
            output: self.output,
            ..Self::client()
        };
        cx.emit(Entry::Closed {
            socket: cx.socket,
            clean: end.clean,
            error: end.error,
            code: end.code,
            reason: end.reason,
        });
    }

    /// How an implementation with this fault judges a connection that ended like that.
    #[cold]
    fn blunder(&self, fault: Fault, by: TcpEnd, end: End) -> End {
        let is_early = self.failed == Some(Cause::ClosedByPage);
        match (fault, self.closing.written()) {
            (Fault::OwnCode, Some(own)) => {
                End { code: own.code.unwrap_or(NO_STATUS_RECEIVED), reason: own.reason, ..end }
            }
            (Fault::EmptyIsNormal, _) if end.code == NO_STATUS_RECEIVED => {
                End { code: NORMAL_CLOSURE, ..end }
            }
            (Fault::FailureIsZero, _) if self.closing.received.is_none() => End { code: 0, ..end },
            (Fault::CleanIfNormal, _) => End { clean: end.code == NORMAL_CLOSURE, ..end },
            (Fault::CleanIfNoError, _) => End { clean: !end.error, ..end },
            (Fault::CleanIfReceived, _) => End { clean: self.closing.received.is_some(), ..end },
            (Fault::CleanIfSent, own) => End { clean: own.is_some(), ..end },
            (Fault::UncleanAfterReset, _) if by == TcpEnd::Reset => End { clean: false, ..end },
            (Fault::EarlyCloseIsClean, _) if is_early => End { clean: true, code: NORMAL_CLOSURE, ..end },
            (Fault::EarlyCloseIsNoError, _) if is_early => End { error: false, ..end },
            _ => end,
        }
    }

    /// What the page is told of the end (RFC 6455 sections 7.1.4 to 7.1.6).
    fn report(&self, by: TcpEnd, profile: &Profile) -> End {
        let error = self.failed.is_some() || self.is_full;
        let abnormal = End {
            clean: false,
            error,
            code: match profile.abnormal_code {
                AbnormalCode::Abnormal => ABNORMAL_CLOSURE,
                AbnormalCode::Normal => NORMAL_CLOSURE,
                AbnormalCode::Zero if error => 0,
                AbnormalCode::Zero => ABNORMAL_CLOSURE,
            },
            reason: PayloadId::EMPTY,
            has_refused_close: self.has_refused_close,
            is_upgraded: self.is_established
                || matches!(
                    self.failed,
                    Some(
                        Cause::Upgrade
                            | Cause::Connection
                            | Cause::Accept
                            | Cause::Extension
                            | Cause::ProtocolMissing
                            | Cause::ProtocolUnrequested
                    )
                ),
        };
        let is_complete = self.closing.is_complete();
        let mut end = match self.closing.received {
            None if self.is_close_enough(profile) => {
                End { clean: true, code: NO_STATUS_RECEIVED, ..abnormal }
            }
            None => End { code: self.refused_code.map_or(abnormal.code, NonZeroU16::get), ..abnormal },
            Some(_) if error && profile.failure_after_close == LateFailure::Abnormal => abnormal,
            Some(_) if self.has_lingered(by) && profile.linger_result == LingerResult::Abnormal => abnormal,
            Some(close) => {
                let is_late_failure = error && profile.failure_after_close == LateFailure::Unclean;
                // RST before our answer has gone out has a knob of its own.
                let is_reset = by == TcpEnd::Reset;
                let is_late_reset =
                    is_reset && is_complete && profile.rst_after_handshake != LateReset::Clean;
                let is_clean_reset = is_reset && !error && profile.rst_after_their_close == HalfReset::Clean;
                let code = close.code.unwrap_or(NO_STATUS_RECEIVED);
                let is_odd = code == ABNORMAL_CLOSURE && profile.clean_abnormal == CleanAbnormal::Unclean;
                let is_enough = is_complete || is_clean_reset;
                let clean = is_enough && !is_late_failure && !is_late_reset && !is_odd;
                End { clean, code, reason: close.reason, ..abnormal }
            }
        };
        match profile.was_clean {
            WasClean::BothCloses => {}
            WasClean::NoError => end.clean = !error,
        }
        end
    }

    /// Whether we ended TCP because the peer did not after both Close frames.
    fn has_lingered(&self, by: TcpEnd) -> bool {
        by == TcpEnd::Us && self.role == Role::Client && self.closing.is_complete() && self.failed.is_none()
    }
}
