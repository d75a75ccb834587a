//! What is made of a received Close, and what answers it (RFC 6455 section 5.5.1; CLOSE-12, CLOSE-13).

use super::{CloseBody, Context};
use crate::choices::Choices;
use crate::profile::{Answer, AnswerToEmpty, Fault, ReasonBom, ReasonNul};
use crate::status_code::{self, NORMAL_CLOSURE};
use crate::trace::PayloadId;

impl CloseBody {
    /// A Close frame's body of two bytes or more, whose reason is UTF-8, as far as it counts.
    pub(super) fn received<C: Choices>(body: PayloadId, code: u16, cx: &mut Context<'_, C>) -> Self {
        let bytes = cx.trace.payloads.get(body);
        let len = bytes.len();
        let nul = match cx.profile.reason_nul {
            ReasonNul::Keep => None,
            ReasonNul::Cut => bytes[2..].iter().position(|&byte| byte == 0),
        };
        let end = nul.map_or(len, |at| 2 + at);
        let has_bom = cx.profile.reason_bom == ReasonBom::Strip && bytes[2..end].starts_with(b"\xef\xbb\xbf");
        let reason = cx.intern_part(body, if has_bom { 5 } else { 2 }..end);
        let body = if end == len { body } else { cx.intern_part(body, 0..end) };
        Self { body, code: Some(code), reason }
    }

    /// The body of the Close that answers this one (K-ECHO): the same, but for codes that are never written.
    pub(super) fn answer<C: Choices>(self, cx: &mut Context<'_, C>) -> Self {
        let Some(code) = self.code else {
            if cx.profile.has(Fault::ZeroForEmpty) {
                return Self { body: cx.intern(&[0, 0]), ..Self::default() };
            }
            return match cx.profile.answer_to_empty {
                AnswerToEmpty::Empty => Self::default(),
                AnswerToEmpty::NormalClosure => Self::of_code(NORMAL_CLOSURE, cx),
            };
        };
        if status_code::is_never_on_the_wire(code) {
            return Self::default();
        }
        match cx.profile.answer {
            Answer::Verbatim => self,
            Answer::VerbatimButZero if code == 0 => Self::default(),
            Answer::VerbatimButZero => self,
            Answer::CodeOnly => Self::of_code(code, cx),
            Answer::Empty => Self::default(),
        }
    }

    fn of_code<C: Choices>(code: u16, cx: &mut Context<'_, C>) -> Self {
        let body = cx.intern(&code.to_be_bytes());
        Self { body, code: Some(code), reason: PayloadId::EMPTY }
    }
}
