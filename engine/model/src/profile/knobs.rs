//! All knobs, with what each decides, who says so, what a page can see of it, and its value under `standard`.

use super::ending::*;
use super::fault::Fault;
use super::knob::{Knob, profile};
use super::lifetime::*;
use super::page::*;
use super::receiving::*;
use super::sending::*;
use super::value::Value;

/// A wait without an end.
pub const FOREVER: u64 = u64::MAX;

profile! {
    /// FIN without a Close from either side.
    fin_without_close: Loss = Loss::Drop,
        "fin-without-close", id "K-EOF",
        source "RFC 6455 section 7.2.1, whose `unexpectedly lost` may or may not mean an orderly FIN (FAIL-06)",
        page "whether `error` comes before `close`";
    /// FIN after our Close, without theirs.
    fin_after_our_close: Loss = Loss::Drop,
        "fin-after-our-close", id "K-EOF-AFTER-SENT",
        source "RFC 6455 sections 7.1.5 and 7.2.1 (CLOSE-36, A-17)",
        page "whether `error` comes before `close`",
        others "`unanswered-close = no-status` goes before it.";
    /// The closing handshake is not complete in time: the peer does not answer our Close, or does not read our answer.
    close_timeout: Loss = Loss::Drop,
        "close-timeout", id "K-T1",
        source "RFC 6455 section 7.1.1 speaks of a reasonable time and of nothing that follows; Firefox fires `error`",
        page "whether `error` comes before `close`",
        others "`unanswered-close = no-status` goes before it where the peer sent no Close; `close-timeout-us` \
                says when.";
    /// Which status codes of a received Close are accepted; another one fails the connection.
    accept_codes: AcceptCodes = AcceptCodes::NotReserved,
        "accept-codes", id "K-CODE",
        source "RFC 6455 section 7.4.1 says what must not be sent and nothing about its receipt (CLOSE-05, A-07)",
        page "`code`, or `error` and 1006 in its place",
        others "`answer-codes` accepts more in a Close that answers ours, and refuses nothing that is accepted \
                here.";
    /// What arrives after the peer's Close.
    frames_after_close: FramesAfterClose = FramesAfterClose::Discard,
        "frames-after-close", id "K-TRAIL",
        source "RFC 6455 sections 5.5.1 and 7.1.1 (WIRE-46, A-19)",
        page "whether `error` comes before `close`";
    /// The task that fires `open` runs after the page has called `close()`.
    open_task: OpenTask = OpenTask::Guard,
        "open-task", id "K-OPEN-GUARD",
        source "WebSockets Standard, when the connection is established, whose steps do not look at the state (A-01)",
        page "an `open` event after `close()`, and `readyState` in it";
    /// The task for the start of the closing handshake runs after `readyState` has become 3.
    closing_task: Guard = Guard::Guard,
        "closing-task", id "K-CLOSING-GUARD",
        source "WebSockets Standard, when the closing handshake is started (A-02)",
        page "`readyState` going from 3 back to 2";
    /// What `close(undefined, reason)` sends.
    reason_only: ReasonOnly = ReasonOnly::NormalClosure,
        "reason-only", id "K-REASON-ONLY",
        source "WebSockets Standard, close, which does not say; pull request 48 of its repository does (A-04)",
        page "an exception; the peer sees the code and the reason",
        others "`close-arguments = none` goes before it.";
    /// An event handler returns `false` for an event that is not cancelable.
    return_false: ReturnFalse = ReturnFalse::RespectCancelable,
        "return-false", id "K-RETFALSE",
        source "HTML Standard, the event handler processing algorithm, against DOM's set the canceled flag (HANDLER-10, A-10)",
        page "`defaultPrevented`";
    /// How task sources map to task queues.
    task_queues: TaskQueues = TaskQueues::PerSource,
        "task-queues", id "K-QUEUES",
        source "HTML Standard, event loops, which leaves it open (LOOP-04, LOOP-05)",
        page "whether a timer can run before an event that was queued first";
    /// T0, the wait for the answer to the opening handshake, in microseconds.
    handshake_timeout_us: u64 = 60_000_000,
        "handshake-timeout-us", id "N-11",
        source "RFC 6455 section 4.1, which sets no time",
        page "when `error` and `close` come";
    /// T1, the wait for the closing handshake to be complete once it is started, in microseconds.
    close_timeout_us: u64 = 30_000_000,
        "close-timeout-us", id "K-T1",
        source "RFC 6455 section 7.1.1, which sets no time; agents wait 5 to 60 seconds, or forever",
        page "when `close` comes, if it does";
    /// T2, the wait for the peer's FIN after both Close frames, in microseconds; 0 does not wait.
    linger_us: u64 = 2_000_000,
        "linger-us", id "K-WAIT",
        source "RFC 6455 section 7.1.1, which sets no time (CLOSE-16)",
        page "when `close` comes, if it does",
        others "`linger-result` says what follows.";
    /// The largest message that is accepted, in bytes.
    message_len_max: u32 = 16 << 20,
        "message-len-max", id "K-LIMIT",
        source "RFC 6455 section 10.4 (WIRE-16)",
        page "`error` and 1006 in place of a `message`";
    /// The send buffer, in bytes of application data. Whatever its size, it has room for ten messages.
    send_buffer_len_max: u32 = 16 << 20,
        "send-buffer-len-max", id "N-20",
        source "WebSockets Standard, send, the buffer that may be full (FAIL-12)",
        page "`error` and 1006 after a `send()`";

    /// RST without a Close from either side.
    rst_without_close: Loss = Loss::Fail,
        "rst-without-close", id "K-EOF",
        source "RFC 6455 section 7.2.1 (FAIL-06); Firefox and WebKit fire `error`, Chromium does not",
        page "whether `error` comes before `close`";
    /// RST after our Close, without theirs.
    rst_after_our_close: Loss = Loss::Fail,
        "rst-after-our-close", id "K-EOF-AFTER-SENT",
        source "RFC 6455 sections 7.1.5 and 7.2.1 (CLOSE-36, A-17)",
        page "whether `error` comes before `close`",
        others "`unanswered-close = no-status` goes before it.";
    /// RST after their Close, before our answer has gone out.
    rst_after_their_close: HalfReset = HalfReset::Fail,
        "rst-after-their-close", id "row 6",
        source "RFC 6455 sections 7.1.5 and 7.2.1; agents split",
        page "whether `error` comes before `close`",
        others "`failure-after-close = abnormal` goes before what `fail` says of the code, and `was-clean = no- \
                error` before `unclean`: what has no `error` is clean.";
    /// RST after both Close frames.
    rst_after_handshake: LateReset = LateReset::Clean,
        "rst-after-handshake", id "K-RST-AFTER",
        source "RFC 6455 section 7.1.4 (CLOSE-38); Chromium and WebKit differ",
        page "`wasClean`, and whether `error` comes before `close`",
        others "`fail` goes before `failure-after-close = as-received`: it is not clean, though both Close \
                frames were there. `failure-after-close = abnormal` says the code of `fail`. `was-clean = no- \
                error` goes before `unclean`: what has no `error` is clean.";
    /// T2 is over.
    linger_result: LingerResult = LingerResult::Clean,
        "linger-result", id "K-T2-RESULT",
        source "RFC 6455 section 7.1.4 (CLOSE-37), against an older network stack of Chromium",
        page "`code` and `wasClean`",
        others "`was-clean = no-error` goes before what `abnormal` says of `wasClean`, and `abnormal-code` \
                before its code. Where `linger-us` has no end it never comes to this.";
    /// A connection failed after the peer's Close had come.
    failure_after_close: LateFailure = LateFailure::AsReceived,
        "failure-after-close", id "row 8",
        source "RFC 6455 sections 7.1.4 and 7.1.5; Chromium and WebKit differ",
        page "`code` and `wasClean`",
        others "`rst-after-handshake = fail` and `was-clean = no-error` go before `as-received`, which is not \
                clean then; `abnormal-code` goes before the code of `abnormal`.";
    /// The peer ended the connection, in whatever way, without answering our Close.
    unanswered_close: UnansweredClose = UnansweredClose::Abnormal,
        "unanswered-close", id "row 5",
        source "RFC 6455 section 7.1.5 (CLOSE-30); Deno differs",
        page "`code` and `wasClean`",
        others "`no-status` goes before `fin-after-our-close`, `rst-after-our-close`, `close-timeout`, `refused- \
                answer` and `abnormal-code`, and before all that fail a connection for what arrives after our \
                Close.";
    /// The code that is reported where the peer sent no Close.
    abnormal_code: AbnormalCode = AbnormalCode::Abnormal,
        "abnormal-code", id "LEGACY-12",
        source "RFC 6455 section 7.1.5 (CLOSE-30); Firefox before 12 and Deno differ",
        page "`code`",
        others "`unanswered-close = no-status` and `refused-answer = code-kept` go before it. It is also the \
                code where `failure-after-close` or `linger-result` is `abnormal`.";
    /// What makes a close clean.
    was_clean: WasClean = WasClean::BothCloses,
        "was-clean", id "CLOSE-33",
        source "RFC 6455 section 7.1.4; jsdom 26 and happy-dom differ",
        page "`wasClean`",
        others "`no-error` goes before all that say `wasClean`: `rst-after-their-close`, `rst-after-handshake`, \
                `linger-result`, `failure-after-close`, `unanswered-close` and `clean-abnormal`.";
    /// The peer put 1006 on the wire, and it was accepted.
    clean_abnormal: CleanAbnormal = CleanAbnormal::AsAny,
        "clean-abnormal", id "K-1006ONWIRE",
        source "RFC 6455 sections 7.1.4 and 7.4.1",
        page "`wasClean`",
        others "`failure-after-close = abnormal` and `was-clean = no-error` go before it.";
    /// A data frame arrives after our Close and before the peer's.
    data_after_our_close: DataAfterClose = DataAfterClose::Receive,
        "data-after-our-close", id "K-TRAIL",
        source "RFC 6455 section 5.5.1, which lets the peer finish its message; Chromium differs",
        page "`error` and 1006 in place of a clean close",
        others "`unanswered-close = no-status` goes before `fail`: the connection ends without `error`.";
    /// A masked frame arrives from the server.
    mask_check: MaskCheck = MaskCheck::Fail,
        "mask-check", id "WIRE-07",
        source "RFC 6455 section 5.1 (A-21); Firefox and Deno accept it",
        page "`error` and 1006, or none of it";
    /// A Close frame is longer than a control frame can be, or its length has a longer form than it needs.
    close_length: CloseLength = CloseLength::Control,
        "close-length", id "WIRE-30",
        source "RFC 6455 sections 5.2 and 5.5 (WIRE-04); Deno accepts it",
        page "`error` and 1006, or none of it";
    /// When the header of a frame is judged.
    header_check: HeaderCheck = HeaderCheck::EachByte,
        "header-check", id "WIRE-15",
        source "RFC 6455 section 7.1.7, which sets no time; Chromium waits for all of it",
        page "`error`, where the stream ends inside a header";
    /// A Close frame has a body of one byte.
    one_byte_close: OneByteClose = OneByteClose::Fail,
        "one-byte-close", id "CLOSE-01",
        source "RFC 6455 section 5.5.1; Firefox accepts it",
        page "1005 and clean, or `error` and 1006";
    /// `Sec-WebSocket-Accept` is not the one for our key.
    accept_header: AcceptHeader = AcceptHeader::Required,
        "accept-header", id "HS-21",
        source "RFC 6455 section 4.1; Deno does not look at it",
        page "`open`, or `error` in its place";
    /// When a text message is found not to be UTF-8.
    utf8_check: Utf8Check = Utf8Check::EachByte,
        "utf8-check", id "K-UTF8-WHEN",
        source "RFC 6455 section 8.1 (UTF8-11)",
        page "when `error` comes, if the message never ends";
    /// A Ping arrives between our Close and the peer's.
    pong_after_our_close: PongAfterClose = PongAfterClose::Answer,
        "pong-after-our-close", id "K-PONG",
        source "RFC 6455 section 5.5.2 (WIRE-32), against Chromium's network stack",
        page "nothing; the peer sees it";
    /// What the answer to a Close says.
    answer: Answer = Answer::Verbatim,
        "answer", id "K-ECHO",
        source "RFC 6455 section 5.5.1, `typically echoes the status code` (CLOSE-13)",
        page "nothing; the peer sees it",
        others "what `reason-nul` cuts off is not in the answer, and what `reason-bom` takes off is.";
    /// What the answer to a Close without a status code says.
    answer_to_empty: AnswerToEmpty = AnswerToEmpty::Empty,
        "answer-to-empty", id "K-ECHO",
        source "RFC 6455 section 5.5.1 (CLOSE-13); WebKit's libsoup differs",
        page "nothing; the peer sees it",
        others "1005, 1006 and 1015, where they are accepted, are answered by an empty Close, whatever is said \
                here.";
    /// When a Close is answered.
    answer_time: AnswerTime = AnswerTime::AtOnce,
        "answer-time", id "K-ECHO",
        source "RFC 6455 section 5.5.1, `as soon as practical` (CLOSE-12)",
        page "nothing; the peer sees whose status code goes out first";
    /// Whether a Close precedes the end of TCP where a frame breaks the protocol.
    frame_failure_close: FailureClose = FailureClose::Any,
        "frame-failure-close", id "K-FAILCODE",
        source "RFC 6455 section 7.1.7, `should` (FAIL-02)",
        page "nothing; the peer sees it";
    /// The same where a status code is refused.
    code_failure_close: FailureClose = FailureClose::Any,
        "code-failure-close", id "K-FAILCODE",
        source "RFC 6455 section 7.1.7, `should` (FAIL-02)",
        page "nothing; the peer sees it";
    /// The same where a reason is not UTF-8.
    reason_failure_close: FailureClose = FailureClose::Any,
        "reason-failure-close", id "K-FAILCODE",
        source "RFC 6455 section 7.1.7, `should` (FAIL-02)",
        page "nothing; the peer sees it";
    /// The status code that is sent where a frame breaks the protocol.
    frame_failure_code: FrameFailureCode = FrameFailureCode::ProtocolError,
        "frame-failure-code", id "K-FAILCODE",
        source "RFC 6455 section 7.4.1; undici sent 1000 for a time",
        page "nothing; the peer sees it",
        others "`frame-failure-close` says whether it is sent.";
    /// The status code that is sent where the text of a message is not UTF-8.
    text_failure_code: Utf8FailureCode = Utf8FailureCode::InvalidPayload,
        "text-failure-code", id "K-FAILCODE",
        source "RFC 6455 sections 7.4.1 and 8.1; Chromium differs",
        page "nothing; the peer sees it",
        others "`frame-failure-close` says whether it is sent.";
    /// The status code that is sent where a reason is not UTF-8.
    reason_failure_code: Utf8FailureCode = Utf8FailureCode::InvalidPayload,
        "reason-failure-code", id "K-FAILCODE",
        source "RFC 6455 sections 7.4.1 and 8.1; Chromium and WebKit differ",
        page "nothing; the peer sees it",
        others "`reason-failure-close` says whether it is sent.";
    /// The reason that is sent when the connection is failed.
    failure_words: FailureWords = FailureWords::None,
        "failure-words", id "K-FAILCODE",
        source "RFC 6455 section 7.1.6, which leaves it to the implementation",
        page "nothing; the peer sees it",
        others "they go with the Close of `frame-failure-close`, `code-failure-close` and `reason-failure- \
                close`.";
    /// A reason begins with a byte order mark.
    reason_bom: ReasonBom = ReasonBom::Keep,
        "reason-bom", id "UTF8-06",
        source "WebSockets Standard, UTF-8 decode without BOM; undici takes it off",
        page "`reason`";
    /// A reason has a NUL in it.
    reason_nul: ReasonNul = ReasonNul::Keep,
        "reason-nul", id "UTF8-05",
        source "RFC 6455 section 5.5.1; WebKit's libsoup ends it there",
        page "`reason`",
        others "it goes before `reason-bom`.";
    /// A Close that answers ours has a reason that is not UTF-8, or a reserved code that `answer-codes` refuses.
    refused_answer: RefusedAnswer = RefusedAnswer::Dropped,
        "refused-answer", id "UTF8-05",
        source "RFC 6455 section 7.1.5; WebKit's libsoup keeps the code",
        page "`code`",
        others "`unanswered-close = no-status` goes before it, and it goes before `abnormal-code`.";
    /// Which status codes of a Close that answers ours are accepted.
    answer_codes: AnswerCodes = AnswerCodes::Judged,
        "answer-codes", id "K-CODE",
        source "RFC 6455 section 7.4.1 (CLOSE-05, A-07); libsoup, since 3.2.1, refuses the reserved codes and \
                judges others only where it sends them back (`receive_close`)",
        page "`code`, or `error` and 1006 in its place",
        others "it adds to what `accept-codes` accepts and takes nothing from it.";
    /// Data that the page sent in the task in which it calls `close()`.
    data_before_close: DataBeforeClose = DataBeforeClose::Sent,
        "data-before-close", id "API-14",
        source "RFC 6455 section 7.1.2; jsdom 26 loses it",
        page "nothing; the peer misses it";
    /// Whether a connection that fails gives an `error` event.
    error_event: ErrorEvent = ErrorEvent::IfFailed,
        "error-event", id "API-43",
        source "WebSockets Standard, when the connection is closed; happy-dom never fires one",
        page "whether `error` comes before `close`",
        others "`never` goes before `error-task` and `state-at-error`.";
    /// Which task fires `error`.
    error_task: ErrorTask = ErrorTask::WithClose,
        "error-task", id "API-43",
        source "WebSockets Standard, when the connection is closed; WebKit, ws and undici 6 split it",
        page "whether another task can run between `error` and `close`",
        others "where `handshake-failure` or `csp` lets `error` alone come, it has a task of its own under each \
                value.";
    /// `readyState` when `error` is fired.
    state_at_error: StateAtError = StateAtError::Closed,
        "state-at-error", id "API-44",
        source "WebSockets Standard, when the connection is closed; ws, jsdom and undici 6 differ",
        page "`readyState` in `error`";
    /// When microtasks run.
    checkpoint: Checkpoint = Checkpoint::EachListener,
        "checkpoint", id "LOOP-10",
        source "HTML Standard, clean up after running script; hosts whose events are calls of an emitter differ",
        page "whether a microtask of an `error` listener runs before `close`";
    /// Where the events are fired that follow `close()` before the connection is established.
    connecting_close: ConnectingClose = ConnectingClose::InTask,
        "connecting-close", id "FAIL-08",
        source "WebSockets Standard, close; undici fires them inside the call",
        page "events inside `close()`, and `readyState` 2 after them";
    /// What a page is told of a connection that was never established.
    handshake_failure: HandshakeFailure = HandshakeFailure::ErrorAndClose,
        "handshake-failure", id "HS-28",
        source "WebSockets Standard, when the connection is closed; undici 6 fires no `close`",
        page "whether `close` comes",
        others "`error-only` goes before `csp = error-and-close`.";
    /// Whether `readyState` is ever 2.
    closing_state: ClosingState = ClosingState::Shown,
        "closing-state", id "API-42",
        source "WebSockets Standard, close; happy-dom skips it",
        page "`readyState` after `close()`",
        others "`skipped` goes before `message-while-closing = fire`.";
    /// A `close()` throws because of its arguments.
    throwing_close: ThrowingClose = ThrowingClose::ChangesNothing,
        "throwing-close", id "API-04",
        source "WebSockets Standard, close; jsdom 31 differs",
        page "`readyState` after it",
        others "`close-arguments = none` goes before it: nothing throws.";
    /// Which status codes `close()` takes.
    close_codes: CloseCodes = CloseCodes::Page,
        "close-codes", id "API-02",
        source "WebSockets Standard, close; Bun and ws take more",
        page "whether `close(1001)` throws",
        others "`close-arguments = none` goes before it.";
    /// What `close()` throws because of its arguments.
    close_exceptions: CloseExceptions = CloseExceptions::Dom,
        "close-exceptions", id "API-02",
        source "WebSockets Standard, close; ws differs",
        page "the exception's name",
        others "`close-arguments = none` goes before it.";
    /// Whether `close()` looks at its arguments.
    close_arguments: CloseArguments = CloseArguments::Taken,
        "close-arguments", id "LEGACY-04",
        source "WebSocket API drafts of early 2011, in which `close()` has none",
        page "whether `close(1)` throws; the peer sees an empty Close",
        others "`none` goes before `close-codes`, `close-exceptions`, `reason-only` and `throwing-close`.";
    /// What `bufferedAmount` says.
    buffered_amount: BufferedAmount = BufferedAmount::Grows,
        "buffered-amount", id "API-32",
        source "WebSockets Standard, bufferedAmount; Deno and happy-dom differ",
        page "`bufferedAmount`";
    /// A message is delivered while `readyState` is 2.
    message_while_closing: MessageWhileClosing = MessageWhileClosing::Drop,
        "message-while-closing", id "LEGACY-02",
        source "WebSockets Standard, when a message is received, against drafts of early 2011 (API-41)",
        page "`message` after `close()`",
        others "`closing-state = skipped` goes before `fire`.";
    /// What the event is that tells of the end.
    close_interface: CloseInterface = CloseInterface::CloseEvent,
        "close-interface", id "LEGACY-11",
        source "WebSockets Standard, CloseEvent; Firefox before 8 and drafts differ",
        page "`wasClean`, `code` and `reason`, or their absence";
    /// Whether a `CloseEvent` has the method `initCloseEvent`.
    init_close_event: InitCloseEvent = InitCloseEvent::Absent,
        "init-close-event", id "LEGACY-09",
        source "WebSocket API drafts to 2012; Internet Explorer 10, Edge 12 to 79, Firefox 8 to 41",
        page "the method, and `document.createEvent(\"CloseEvent\")`";
    /// When the event object is made that tells of the end.
    event_made: EventMade = EventMade::WhenFired,
        "event-made", id "K-STAMP",
        source "WebSockets Standard, when the connection is closed, against drafts of early 2011 (LEGACY-01, A-26)",
        page "`timeStamp`";

    /// What becomes of the WebSockets of a document that is to be cached.
    back_forward_cache: BackForwardCache = BackForwardCache::Evict,
        "back-forward-cache", id "K-BFCACHE",
        source "HTML Standard, the unloading document cleanup steps (DOC-03, DOC-05), against the pull requests html#12349 and websockets#74 (DOC-15), as WebKit does and Chrome since 149",
        page "whether it is restored, with `error` and `close`";
    /// What becomes of the connections of a worker that was closed or terminated.
    worker_end: WorkerEnd = WorkerEnd::GoingAway,
        "worker-end", id "K-WORKER-END",
        source "no text says it: the WebSockets Standard speaks of documents and of garbage (WORKER-06, A-09)",
        page "nothing; the peer sees its Close";
    /// What a connection says that is failed because its document is cached.
    unload_wire: UnloadWire = UnloadWire::Nothing,
        "unload-wire", id "K-BFCACHE",
        source "RFC 6455 section 7.1.7, `should`, for the pull request websockets#74, which fails it (DOC-15); what is unloaded to be destroyed says 1001 (DOC-04)",
        page "nothing; the peer sees it",
        others "it is asked only under `back-forward-cache = disconnect`.";
    /// A URL that the page's Content Security Policy does not allow.
    csp: Csp = Csp::ErrorAndClose,
        "csp", id "HS-08",
        source "Fetch Standard, main fetch, which gives a network error (HS-10, PRIV-02); Chromium fires no `close`, Firefox and WebKit throw; Node.js, Deno, Bun, ws, jsdom and happy-dom have no such policy",
        page "whether the constructor throws, `readyState` after it, and whether `close` comes",
        others "`handshake-failure = error-only` goes before `error-and-close`.";
}

impl Profile {
    /// Each text word for word, even where that leads to absurd results: it exists to show them.
    pub const LITERAL: Self = Self {
        fin_without_close: Loss::Fail,
        fin_after_our_close: Loss::Fail,
        close_timeout: Loss::Fail,
        accept_codes: AcceptCodes::All,
        open_task: OpenTask::Literal,
        closing_task: Guard::Literal,
        reason_only: ReasonOnly::Any,
        return_false: ReturnFalse::SetCanceled,
        event_made: EventMade::Any,
        worker_end: WorkerEnd::Any,
        ..Self::STANDARD
    };
}
