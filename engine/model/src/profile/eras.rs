//! The endpoint alone, and historical eras, as far as documents tell of them.

use super::*;

impl Profile {
    /// RFC 6455 alone, strictly: whatever is not a closing handshake is a failure, and is said to the peer.
    pub const RFC6455: Self = Self {
        fin_without_close: Loss::Fail,
        fin_after_our_close: Loss::Fail,
        close_timeout: Loss::Fail,
        accept_codes: AcceptCodes::UpTo1011,
        frame_failure_close: FailureClose::Send,
        code_failure_close: FailureClose::Send,
        reason_failure_close: FailureClose::Send,
        ..Self::STANDARD
    };

    /// The drafts of the first half of 2011 (LEGACY-01 to LEGACY-05): the event object first and then the task;
    /// `error` is a matter of its own; messages arrive while closing; `close()` has no arguments.
    pub const DRAFT_2011: Self = Self {
        open_task: OpenTask::Literal,
        closing_task: Guard::Literal,
        error_task: ErrorTask::Apart,
        state_at_error: StateAtError::AsItWas,
        message_while_closing: MessageWhileClosing::Fire,
        close_arguments: CloseArguments::None,
        init_close_event: InitCloseEvent::Present,
        event_made: EventMade::WhenClosed,
        ..Self::STANDARD
    };

    /// The Candidate Recommendation of 2012 (LEGACY-07, LEGACY-08): steps of today, without their guards, and `error`
    /// for whatever ends without a closing handshake.
    pub const CR_2012: Self = Self {
        fin_without_close: Loss::Fail,
        fin_after_our_close: Loss::Fail,
        close_timeout: Loss::Fail,
        open_task: OpenTask::Literal,
        closing_task: Guard::Literal,
        ..Self::STANDARD
    };

    /// Internet Explorer 10 and 11: `initCloseEvent`, and `error` when the server drops the connection.
    pub const IE_10: Self = Self {
        fin_without_close: Loss::Fail,
        fin_after_our_close: Loss::Fail,
        init_close_event: InitCloseEvent::Present,
        ..Self::STANDARD
    };

    /// Edge before it was built on Chromium: `initCloseEvent`.
    pub const EDGE_12: Self = Self { init_close_event: InitCloseEvent::Present, ..Self::STANDARD };

    /// Firefox before 8: `close` is a simple event.
    pub const FIREFOX_7: Self = Self { close_interface: CloseInterface::Event, ..Self::STANDARD };

    /// Firefox 8 to 11: 1006 is reported as 1000.
    pub const FIREFOX_11: Self = Self { abnormal_code: AbnormalCode::Normal, ..Self::FIREFOX_12 };

    /// Firefox 12 to 40: `initCloseEvent`.
    pub const FIREFOX_12: Self = Self { init_close_event: InitCloseEvent::Present, ..Self::STANDARD };
}
