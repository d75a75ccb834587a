//! The measured browser engines.

use super::*;

impl Profile {
    /// Chromium 156: its network stack ends a connection with the peer's Close and takes nothing after it; only its
    /// own failures give `error`. That it disconnects what it caches was read and not measured; that it says 1001 was
    /// measured where a document is destroyed.
    pub const CHROMIUM: Self = Self {
        rst_without_close: Loss::Drop,
        rst_after_our_close: Loss::Drop,
        rst_after_their_close: HalfReset::Unclean,
        rst_after_handshake: LateReset::Unclean,
        frames_after_close: FramesAfterClose::Fail,
        data_after_our_close: DataAfterClose::Fail,
        failure_after_close: LateFailure::Abnormal,
        header_check: HeaderCheck::Whole,
        pong_after_our_close: PongAfterClose::Ignore,
        frame_failure_close: FailureClose::Send,
        code_failure_close: FailureClose::Send,
        reason_failure_close: FailureClose::Send,
        text_failure_code: Utf8FailureCode::ProtocolError,
        reason_failure_code: Utf8FailureCode::ProtocolError,
        failure_words: FailureWords::Chromium,
        reason_only: ReasonOnly::Throw,
        close_timeout_us: 60_000_000,
        back_forward_cache: BackForwardCache::Disconnect,
        unload_wire: UnloadWire::GoingAway,
        csp: Csp::ErrorOnly,
        ..Self::STANDARD
    };

    /// Firefox 153: lenient with what it receives, silent when it fails, and quick to tell the page.
    pub const FIREFOX: Self = Self {
        close_timeout: Loss::Fail,
        accept_codes: AcceptCodes::All,
        mask_check: MaskCheck::Accept,
        one_byte_close: OneByteClose::Empty,
        answer: Answer::VerbatimButZero,
        answer_time: AnswerTime::InTask,
        frame_failure_close: FailureClose::Omit,
        code_failure_close: FailureClose::Omit,
        reason_failure_close: FailureClose::Omit,
        reason_only: ReasonOnly::Empty,
        close_timeout_us: 20_000_000,
        linger_us: 0,
        // Firefox calls it NS_ERROR_CONTENT_BLOCKED.
        csp: Csp::Throw,
        ..Self::STANDARD
    };

    /// WebKitGTK 2.50.6, whose network stack is libsoup and not the one of Safari. What the peer of a document that is
    /// cached receives was measured, what its page then sees was read. What a reserved code in the answer to our Close
    /// does was read in libsoup 3.6 (`receive_close`).
    pub const WEBKIT: Self = Self {
        accept_codes: AcceptCodes::UpTo1011,
        frames_after_close: FramesAfterClose::FailMalformed,
        rst_after_handshake: LateReset::Fail,
        failure_after_close: LateFailure::Unclean,
        refused_answer: RefusedAnswer::CodeKept,
        answer_codes: AnswerCodes::NotReserved,
        utf8_check: Utf8Check::WholeMessage,
        answer_to_empty: AnswerToEmpty::NormalClosure,
        reason_nul: ReasonNul::Cut,
        frame_failure_close: FailureClose::Send,
        code_failure_close: FailureClose::Send,
        reason_failure_close: FailureClose::Send,
        reason_failure_code: Utf8FailureCode::ProtocolError,
        error_task: ErrorTask::Apart,
        reason_only: ReasonOnly::Empty,
        close_timeout_us: 5_000_000,
        linger_us: 0,
        back_forward_cache: BackForwardCache::Disconnect,
        unload_wire: UnloadWire::Words,
        csp: Csp::Throw,
        ..Self::STANDARD
    };
}
