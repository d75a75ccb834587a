//! How a page is told of an end, as the profile has it: in which task or call, with which `readyState`, and whether at
//! all.

use super::Context;
use super::facts::{Facts, Living};
use super::socket::Socket;
use crate::profile::{
    AnswerTime, ClosingState, ConnectingClose, ErrorEvent, ErrorTask, FOREVER, Guard, HandshakeFailure,
    OpenTask, Profile, StateAtError, ThrowingClose,
};
use crate::trace::{Cause, Method, ReadyState, Side, SocketId, Target, Task};

/// Whether `close()` of this WebSocket runs, with nothing inside it.
pub(super) fn is_in_close(facts: &Facts, socket: SocketId) -> bool {
    let is_it = |method, target| method == Method::Close && target == Target::Socket(socket);
    facts.stack.call().is_some_and(|called| is_it(called.method, called.target))
}

/// Whether `close()` runs and tells itself of the end of a connection that was not established (K connecting-close).
pub(super) fn is_told_inside(c: &Context<'_>, socket: SocketId) -> bool {
    c.profile.connecting_close != ConnectingClose::InTask
        && !c.facts.socket(socket).is_established
        && is_in_close(c.facts, socket)
}

/// Whether the response that the connection failed for had the status 101.
fn is_after_101(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Upgrade
            | Cause::Connection
            | Cause::Accept
            | Cause::Extension
            | Cause::ProtocolMissing
            | Cause::ProtocolUnrequested
    )
}

impl Socket {
    /// Whether the page is told of the end by `error` alone (K handshake-failure, K csp).
    pub(super) fn is_error_alone(&self, profile: &Profile) -> bool {
        self.is_refused(profile)
            || profile.handshake_failure == HandshakeFailure::ErrorOnly && !self.is_established
    }

    /// Whether the page is told by `error` once more, in a task, after its `close()` has told it (K connecting-close).
    pub(super) fn is_told_again(&self, profile: &Profile) -> bool {
        profile.connecting_close == ConnectingClose::InsideAndTask && !self.is_established
    }

    /// Whether the page was told of the end.
    pub(super) fn is_told(&self, profile: &Profile) -> bool {
        if self.is_error_alone(profile) {
            self.error_count > 0 || profile.error_event == ErrorEvent::Never
        } else {
            self.close_count > 0
        }
    }

    /// Whether `error` has a task of its own (K error-task).
    pub(super) fn is_error_apart(&self, profile: &Profile) -> bool {
        self.is_error_alone(profile)
            || match profile.error_task {
                ErrorTask::WithClose => false,
                ErrorTask::Apart => true,
                ErrorTask::WhenNoticed => self.is_established || self.failed.is_some_and(is_after_101),
            }
    }

    /// Whether the connection waits for its peer, and no timer ends that.
    pub(super) fn waits_for_ever(&self, living: Living, profile: &Profile) -> bool {
        let is_endless = if !self.is_established {
            profile.handshake_timeout_us == FOREVER && !self.peer_has_ended
        } else if self.is_complete() {
            profile.linger_us == FOREVER && !self.peer_has_ended
        } else {
            profile.close_timeout_us == FOREVER
                && match self.closing_by {
                    None => false,
                    Some(_) if self.stops_reading => true,
                    Some(Side::Us) => self.sent_close.is_some() && !self.peer_has_ended,
                    // The answer waits for a task that does not run.
                    Some(Side::Peer) => profile.answer_time == AnswerTime::InTask && living != Living::Active,
                }
        };
        is_endless && self.is_receiving()
    }
}

/// `readyState` when `error` is fired (K state-at-error).
pub(super) fn state_at_error(c: &Context<'_>, id: SocketId) -> ReadyState {
    let socket = c.facts.socket(id);
    let before = match c.facts.stack.call() {
        Some(called) if is_in_close(c.facts, id) => {
            called.steps.map_or(socket.ready_state, |(state, _)| state)
        }
        _ => socket.state_before_task,
    };
    let closing = match c.profile.closing_state {
        ClosingState::Shown | ClosingState::AfterCloseCall => ReadyState::Closing,
        ClosingState::Skipped => before,
    };
    let is_close_refused = matches!(socket.failed, Some(Cause::CloseCode | Cause::ReasonNotUtf8));
    match c.profile.state_at_error {
        StateAtError::ClosedUnlessClosing if before == ReadyState::Closing => before,
        StateAtError::Closed | StateAtError::ClosedUnlessClosing => ReadyState::Closed,
        StateAtError::Closing => before.max(closing),
        StateAtError::AsItWas if is_close_refused => closing,
        StateAtError::AsItWas => before,
    }
}

/// Whether `readyState` becomes CLOSING in this task because `error` comes next (K state-at-error).
pub(super) fn is_closing_at_error(c: &Context<'_>, socket: SocketId, task: Task) -> bool {
    let is_its_task = task == Task::Error(socket) || task == Task::Closed(socket);
    let is_shown = matches!(c.profile.state_at_error, StateAtError::Closing | StateAtError::AsItWas);
    is_its_task && is_shown && c.facts.socket(socket).error_count == 0
}

/// Whether `readyState` goes back here because the profile lets it: where the open task or the closing task is literal,
/// and in a `close()` that throws or tells of the end itself.
pub(super) fn may_go_back(c: &Context<'_>, socket: SocketId, old: ReadyState, new: ReadyState) -> bool {
    let profile = c.profile;
    let is_in = |task| c.facts.running == Some(task) && c.facts.stack.is_empty();
    match (old, new) {
        (ReadyState::Closing, ReadyState::Open) => {
            profile.open_task == OpenTask::Literal && is_in(Task::Open(socket))
        }
        (ReadyState::Closed, ReadyState::Closing) => {
            profile.closing_task == Guard::Literal && is_in(Task::Closing(socket))
                || profile.throwing_close == ThrowingClose::SetsClosing && is_in_close(c.facts, socket)
                || is_told_inside(c, socket)
        }
        _ => false,
    }
}
