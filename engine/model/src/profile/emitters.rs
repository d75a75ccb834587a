//! The measured WebSockets of Node.js: undici and ws, and what is built on them. Their events are calls of an event
//! emitter, so no microtask runs between two listeners.

use super::*;

impl Profile {
    /// What undici has in common from version 6 on: it never ends TCP by itself, and never gives up waiting.
    const UNDICI: Self = Self {
        accept_codes: AcceptCodes::Registered,
        answer: Answer::CodeOnly,
        answer_time: AnswerTime::InTask,
        failure_words: FailureWords::Undici,
        code_failure_close: FailureClose::Send,
        reason_failure_close: FailureClose::Send,
        reason_bom: ReasonBom::Strip,
        checkpoint: Checkpoint::EachTask,
        close_timeout_us: FOREVER,
        linger_us: FOREVER,
        ..Self::STANDARD
    };

    /// undici 6.24.1, in Node.js 20.20.2: a failure is told when it is noticed, and one of the opening handshake is
    /// not followed by `close`.
    pub const UNDICI_6: Self = Self {
        rst_without_close: Loss::Drop,
        rst_after_our_close: Loss::Drop,
        rst_after_their_close: HalfReset::Unclean,
        frame_failure_close: FailureClose::Omit,
        error_task: ErrorTask::WhenNoticed,
        state_at_error: StateAtError::AsItWas,
        connecting_close: ConnectingClose::InsideAndTask,
        handshake_failure: HandshakeFailure::ErrorOnly,
        reason_only: ReasonOnly::Empty,
        ..Self::UNDICI
    };

    /// undici 7.29.1, 7.30.2, 8.10.2 and 8.12.4, the first and the third of them in Node.js 24.21.0 and 26.10.0:
    /// `error` if the peer sent no Close.
    pub const UNDICI_7: Self = Self {
        fin_without_close: Loss::Fail,
        fin_after_our_close: Loss::Fail,
        rst_after_their_close: HalfReset::Clean,
        frame_failure_close: FailureClose::Send,
        connecting_close: ConnectingClose::Inside,
        ..Self::UNDICI
    };

    /// ws 8.23.0: `error` comes as soon as the failure is noticed, `close` when TCP has ended.
    pub const WS: Self = Self {
        rst_without_close: Loss::Drop,
        rst_after_our_close: Loss::Drop,
        rst_after_their_close: HalfReset::Unclean,
        accept_codes: AcceptCodes::Registered,
        answer_time: AnswerTime::InTask,
        frame_failure_close: FailureClose::Send,
        code_failure_close: FailureClose::Send,
        reason_failure_close: FailureClose::Send,
        error_task: ErrorTask::WhenNoticed,
        state_at_error: StateAtError::Closing,
        checkpoint: Checkpoint::EachTask,
        close_codes: CloseCodes::Registered,
        close_exceptions: CloseExceptions::Language,
        reason_only: ReasonOnly::Empty,
        linger_us: 0,
        ..Self::STANDARD
    };

    /// jsdom 26.1.0, which wraps ws: clean means that no error was seen.
    pub const JSDOM_26: Self = Self {
        was_clean: WasClean::NoError,
        data_before_close: DataBeforeClose::Lost,
        error_task: ErrorTask::WithClose,
        state_at_error: StateAtError::Closed,
        close_codes: CloseCodes::Page,
        close_exceptions: CloseExceptions::Dom,
        ..Self::WS
    };

    /// jsdom 31.0.1, which wraps undici and tells each event in a task of its own.
    pub const JSDOM_31: Self = Self {
        answer_time: AnswerTime::AtOnce,
        state_at_error: StateAtError::ClosedUnlessClosing,
        closing_state: ClosingState::AfterCloseCall,
        checkpoint: Checkpoint::EachListener,
        connecting_close: ConnectingClose::InTask,
        open_task: OpenTask::FireOnly,
        throwing_close: ThrowingClose::SetsClosing,
        ..Self::UNDICI_7
    };

    /// happy-dom 20.14.6 and 21.0.4, which wrap ws: no `error` at all, no `readyState` 2, no `bufferedAmount`.
    pub const HAPPY_DOM: Self = Self {
        was_clean: WasClean::NoError,
        error_event: ErrorEvent::Never,
        error_task: ErrorTask::WithClose,
        state_at_error: StateAtError::Closed,
        closing_state: ClosingState::Skipped,
        buffered_amount: BufferedAmount::Absent,
        close_codes: CloseCodes::Page,
        close_exceptions: CloseExceptions::Dom,
        ..Self::WS
    };
}
