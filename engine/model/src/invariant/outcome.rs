//! What is to be said of an end: the one rule for code, reason and `wasClean` (requirements, section 5.1), from what
//! was received and written, how TCP ended, and what the profile says of ends like that.

use super::codes;
use super::socket::{Socket, split};
use crate::profile::{
    AbnormalCode, AnswerCodes, CleanAbnormal, HalfReset, LateFailure, LateReset, LingerResult, OneByteClose,
    Profile, ReasonBom, ReasonNul, RefusedAnswer, UnansweredClose, WasClean,
};
use crate::trace::{Cause, Payloads, TcpEnd};

/// What tells how a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told<'a> {
    /// The peer's Close, by its code and its reason.
    Received(u16, &'a [u8]),
    /// The code of a Close of the peer that was refused.
    Refused(u16),
    /// Our Close, which was to be answered (row 5).
    Unanswered,
    /// Nothing: the end is abnormal.
    Nothing,
}

/// What the close event must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome<'a> {
    pub(super) told: Told<'a>,
    pub(super) clean: bool,
    pub(super) code: u16,
    pub(super) reason: &'a [u8],
}

/// Code and reason of the body of a received Close, as far as they count for the page (K reason-nul, K reason-bom).
fn read<'a>(body: &'a [u8], profile: &Profile) -> (u16, &'a [u8]) {
    let (code, mut reason) = split(body);
    if profile.reason_nul == ReasonNul::Cut {
        reason = reason.split(|&byte| byte == 0).next().unwrap_or_default();
    }
    if profile.reason_bom == ReasonBom::Strip {
        reason = reason.strip_prefix("\u{feff}".as_bytes()).unwrap_or(reason);
    }
    (code, reason)
}

/// The code of an end that nothing tells of, for a connection that failed or did not.
pub(super) fn abnormal_code(has_failed: bool, profile: &Profile) -> u16 {
    match profile.abnormal_code {
        AbnormalCode::Normal => 1000,
        AbnormalCode::Zero if has_failed => 0,
        AbnormalCode::Abnormal | AbnormalCode::Zero => 1006,
    }
}

/// Whether a Close frame may have a body of this length.
pub(super) fn is_body_len(len: usize, profile: &Profile) -> bool {
    len != 1 || profile.one_byte_close == OneByteClose::Empty
}

impl Socket {
    /// Whether the connection failed or its send buffer was full.
    #[inline]
    pub(super) fn has_failed(&self) -> bool {
        self.failed.is_some() || self.is_full
    }

    /// Whether the code of a Close is accepted here, which may be the answer to ours (K-CODE).
    pub(super) fn accepts(&self, code: u16, profile: &Profile) -> bool {
        codes::is_accepted(profile.accept_codes, code)
            || self.closed_first && codes::is_accepted_as_answer(profile.answer_codes, code)
    }

    /// Whether the answer to our Close was refused, for its reason or for a reserved code, and its code is kept.
    fn is_code_kept(&self, profile: &Profile) -> bool {
        let is_refused = match self.failed {
            Some(Cause::ReasonNotUtf8) => true,
            Some(Cause::CloseCode) => profile.answer_codes == AnswerCodes::NotReserved,
            _ => false,
        };
        is_refused && self.closed_first && profile.refused_answer == RefusedAnswer::CodeKept
    }

    /// What tells how the connection ended; `None` if the trace does not have it.
    fn told<'a>(&self, payloads: &'a Payloads, profile: &Profile) -> Option<Told<'a>> {
        let is_lost = self.has_failed() && profile.failure_after_close == LateFailure::Abnormal
            || self.linger_timer_fired && profile.linger_result == LingerResult::Abnormal;
        Some(match self.received_close {
            Some(_) if is_lost => Told::Nothing,
            Some(body) => {
                let (code, reason) = read(payloads.get(body), profile);
                Told::Received(code, reason)
            }
            None if self.closed_first
                && !self.has_failed()
                && profile.unanswered_close == UnansweredClose::NoStatus =>
            {
                Told::Unanswered
            }
            None if self.is_code_kept(profile) => {
                let code = u16::from_be_bytes(self.frames.code);
                // Where 0 stands for no code, it is none that can be kept.
                Told::Refused((self.frames_are_known && code != 0).then_some(code)?)
            }
            None => Told::Nothing,
        })
    }

    /// Whether an end is clean of which the peer's Close tells, with this code.
    fn is_clean_with(&self, code: u16, profile: &Profile) -> bool {
        let has_reset = self.end == Some(TcpEnd::Reset);
        if self.has_failed() && profile.failure_after_close == LateFailure::Unclean
            || code == 1006 && profile.clean_abnormal == CleanAbnormal::Unclean
        {
            return false;
        }
        if self.is_complete() {
            !(has_reset && profile.rst_after_handshake != LateReset::Clean)
        } else {
            has_reset && !self.has_failed() && profile.rst_after_their_close == HalfReset::Clean
        }
    }

    /// What the close event must say; `None` if the trace does not have it.
    pub(super) fn outcome<'a>(&self, payloads: &'a Payloads, profile: &Profile) -> Option<Outcome<'a>> {
        let told = self.told(payloads, profile)?;
        let (code, reason) = match told {
            Told::Received(code, reason) => (code, reason),
            Told::Refused(code) => (code, &[][..]),
            Told::Unanswered => (1005, &[][..]),
            Told::Nothing => (abnormal_code(self.has_failed(), profile), &[][..]),
        };
        let clean = match (profile.was_clean, told) {
            (WasClean::NoError, _) => !self.has_failed(),
            (WasClean::BothCloses, Told::Received(code, _)) => self.is_clean_with(code, profile),
            (WasClean::BothCloses, Told::Unanswered) => true,
            (WasClean::BothCloses, Told::Refused(_) | Told::Nothing) => false,
        };
        Some(Outcome { told, clean, code, reason })
    }
}
