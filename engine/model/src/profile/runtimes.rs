//! The measured runtimes with a WebSocket of their own: Deno and Bun.

use super::*;

impl Profile {
    /// Deno 2.9.6: lenient with headers, and content with whatever follows its own Close.
    pub const DENO: Self = Self {
        fin_without_close: Loss::Fail,
        fin_after_our_close: Loss::Fail,
        rst_after_their_close: HalfReset::Clean,
        unanswered_close: UnansweredClose::NoStatus,
        abnormal_code: AbnormalCode::Zero,
        accept_codes: AcceptCodes::UpTo1013,
        accept_header: AcceptHeader::Ignored,
        mask_check: MaskCheck::Accept,
        close_length: CloseLength::Any,
        frame_failure_close: FailureClose::Omit,
        code_failure_close: FailureClose::Send,
        reason_failure_close: FailureClose::Omit,
        checkpoint: Checkpoint::EachTask,
        buffered_amount: BufferedAmount::ZeroAfterClose,
        reason_only: ReasonOnly::Raw,
        close_timeout_us: FOREVER,
        linger_us: 0,
        ..Self::STANDARD
    };

    /// Bun 1.4.4: near to the browsers, with an event emitter's microtasks.
    pub const BUN: Self = Self {
        rst_without_close: Loss::Drop,
        rst_after_our_close: Loss::Drop,
        rst_after_their_close: HalfReset::Unclean,
        accept_codes: AcceptCodes::Registered,
        answer_time: AnswerTime::InTask,
        frame_failure_close: FailureClose::Send,
        code_failure_close: FailureClose::Send,
        reason_failure_close: FailureClose::Send,
        checkpoint: Checkpoint::EachTask,
        close_codes: CloseCodes::Registered,
        close_timeout_us: 36_000_000,
        linger_us: 0,
        ..Self::STANDARD
    };
}
