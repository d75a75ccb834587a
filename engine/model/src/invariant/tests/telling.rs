//! What profiles make of the end, of `readyState` and of calls: what one of them does is wrong under `standard`.

use super::super::tale::*;
use super::tales::*;
use super::*;
use crate::profile::{
    BufferedAmount, Checkpoint, CloseArguments, CloseCodes, CloseExceptions, ClosingState, ConnectingClose,
    DataBeforeClose, ErrorEvent, ErrorTask, FOREVER, Guard, HalfReset, HandshakeFailure, LateReset, Loss,
    MessageWhileClosing, OpenTask, Profile, ReasonOnly, StateAtError, ThrowingClose, UnansweredClose,
};
use crate::trace::{
    Attribute, Cause, Completion, EventAttributes, Exception, FunctionId, Interface, MessageData, Method,
    PayloadId, ReadyState, Side, Task, TcpEnd,
};

fn under(mut tale: Tale, profile: Profile) -> Tale {
    tale.profile = profile;
    tale
}

/// What a profile does is wrong under `standard`.
fn standard(tale: &mut Tale) {
    tale.profile = Profile::STANDARD;
}

fn is_error_event(entry: &Entry) -> bool {
    matches!(entry, Entry::FireBegin { event, .. } if event.event_type == EventType::Error)
}

/// The first `error` is not fired.
fn without_error(tale: &mut Tale) {
    let place = tale.place(is_error_event);
    tale.trace.entries.drain(place..place + 2);
}

const ERROR_IS_QUEUED: Entry = Entry::Enqueue { task: Task::Error(S) };

fn fire_close(tale: &mut Tale, was_clean: bool, code: u16) {
    let interface = Interface::CloseEvent;
    tale.dispatch(WS, EventAttributes { was_clean, code, interface, ..trusted(EventType::Close) }, nothing);
}

/// The connection is closed, and no task is queued.
fn over(tale: &mut Tale, by: TcpEnd, clean: bool, error: bool, code: u16) {
    tale.add(Entry::TcpClosed { socket: S, by });
    tale.add(Entry::Closed { socket: S, clean, error, code, reason: PayloadId::EMPTY });
}

/// An open connection is reset; `error` has a task of its own, and is fired with this `readyState`.
fn reset_apart(state_at_error: StateAtError, at_error: ReadyState) -> Tale {
    let mut tale = Tale::opened(nothing);
    (tale.profile.error_task, tale.profile.state_at_error) = (ErrorTask::Apart, state_at_error);
    tale.add(Entry::RxRst { socket: S }).fail(Cause::Reset, 0);
    over(&mut tale, TcpEnd::Reset, false, true, 1006);
    tale.add(Entry::Enqueue { task: Task::Error(S) }).add(Entry::Enqueue { task: Task::Closed(S) });
    tale.task(Task::Error(S), |t| {
        if at_error != ReadyState::Open {
            t.set(at_error);
        }
        t.fire(EventType::Error, nothing);
    });
    tale.task(Task::Closed(S), |t| {
        if at_error != ReadyState::Closed {
            t.set(ReadyState::Closed);
        }
        fire_close(t, false, 1006);
    });
    tale.quiescent();
    tale
}

#[test]
fn error_has_its_task_and_its_state() {
    use ReadyState::{Closed, Closing, Open};
    for (knob, right, wrong) in [
        (StateAtError::Closed, Closed, Closing),
        (StateAtError::Closed, Closed, Open),
        (StateAtError::ClosedUnlessClosing, Closed, Closing),
        (StateAtError::Closing, Closing, Closed),
        (StateAtError::Closing, Closing, Open),
        (StateAtError::AsItWas, Open, Closing),
        (StateAtError::AsItWas, Open, Closed),
    ] {
        check("INV-63", reset_apart(knob, right), |t| *t = reset_apart(knob, wrong));
    }
    check("INV-110", reset_apart(StateAtError::Closing, Closing), |t| {
        t.profile.state_at_error = StateAtError::Closed;
    });
    check("INV-61", reset_apart(StateAtError::Closed, Closed), standard);
    check("INV-61", refused(), |t| t.profile.error_task = ErrorTask::Apart);
    // Where no 101 response came, both are one task.
    let noticed = || {
        let mut tale = refused();
        tale.profile.error_task = ErrorTask::WhenNoticed;
        tale
    };
    check("INV-61", noticed(), |t| t.profile.error_task = ErrorTask::Apart);
    check("INV-52", reset_apart(StateAtError::Closed, Closed), without_error);
    check("INV-62", reset_apart(StateAtError::Closed, Closed), without_error);
}

#[test]
fn error_may_never_be_fired() {
    let silent = || {
        let mut tale = plain_violation();
        tale.profile.error_event = ErrorEvent::Never;
        without_error(&mut tale);
        tale
    };
    check("INV-62", silent(), standard);
    check("INV-62", silent(), |t| {
        *t = plain_violation();
        t.profile.error_event = ErrorEvent::Never;
    });
}

/// A connection is reset after these steps, without being failed.
fn reset(mut tale: Tale, (clean, error, code): (bool, bool, u16), change: impl FnOnce(&mut Profile)) -> Tale {
    change(&mut tale.profile);
    tale.add(Entry::RxRst { socket: S }).closed(TcpEnd::Reset, clean, error, code, b"");
    tale.closed_task(nothing).quiescent();
    tale
}

#[test]
fn the_profile_says_which_loss_is_a_failure() {
    let dropped = (false, false, 1006);
    let opened = || Tale::opened(nothing);
    check("INV-62", reset(opened(), dropped, |it| it.rst_without_close = Loss::Drop), standard);
    let closing = || {
        let mut tale = opened();
        tale.timer(|t| _ = t.close(None, None, b"")).closing_task();
        tale
    };
    check("INV-62", reset(closing(), dropped, |it| it.rst_after_our_close = Loss::Drop), standard);
    let unanswered = (true, false, 1005);
    let no_status = |it: &mut Profile| it.unanswered_close = UnansweredClose::NoStatus;
    check("INV-62", reset(closing(), unanswered, no_status), |t| {
        *t = reset(closing(), (true, true, 1005), no_status);
    });
    let received = || {
        let mut tale = opened();
        tale.frame(0x88, b"").start(Side::Peer).closing_task();
        tale
    };
    let unclean = |it: &mut Profile| it.rst_after_their_close = HalfReset::Unclean;
    check("INV-62", reset(received(), (false, false, 1005), unclean), standard);
    let complete = || {
        let mut tale = opened();
        tale.peer_closes(b"").closing_task();
        tale
    };
    let fail = |it: &mut Profile| it.rst_after_handshake = LateReset::Fail;
    check("INV-62", reset(complete(), (false, true, 1005), fail), standard);
}

/// `close()` on a connection that is not established fires the events of the end itself.
fn told_inside() -> Tale {
    let mut tale = Tale::new();
    tale.profile.connecting_close = ConnectingClose::Inside;
    tale.script(|t| {
        t.call(Method::Close, Completion::Normal, |t| {
            t.arguments(None, None).fail(Cause::ClosedByPage, 0);
            over(t, TcpEnd::NotConnected, false, true, 1006);
            t.set(ReadyState::Closed).fire(EventType::Error, nothing);
            fire_close(t, false, 1006);
            t.set(ReadyState::Closing);
        });
    });
    tale.quiescent();
    tale
}

/// `close()` on a connection that has ended, which the closing task does not see.
fn closed_in_vain() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.profile.closing_task = Guard::Literal;
    tale.rx_fin().ends(TcpEnd::Fin, false, false, 1006, b"");
    tale.timer(|t| {
        t.call(Method::Close, Completion::Normal, |t| {
            t.arguments(None, None).add(Entry::Enqueue { task: Task::Closing(S) });
            t.set(ReadyState::Closing);
        });
    });
    tale.closed_task(nothing).task(Task::Closing(S), |t| _ = t.set(ReadyState::Closing));
    tale.quiescent();
    tale
}

#[test]
fn a_call_can_tell_of_the_end() {
    for id in ["INV-47", "INV-61", "INV-66", "INV-110"] {
        check(id, told_inside(), standard);
    }
    check_wrong("INV-67", &under(told_inside(), Profile::STANDARD));
    check("INV-60", told_inside(), |t| {
        let place = t.place(is_close_event);
        let event = t.trace.entries[place..place + 2].to_vec();
        t.trace.entries.splice(place..place, event);
    });
    check("INV-84", told_inside(), |t| {
        let place = t.place(is_close_event);
        t.trace.entries.drain(place..place + 2);
    });
    let told_twice = || {
        let mut tale = told_inside();
        tale.profile.connecting_close = ConnectingClose::InsideAndTask;
        tale.before(|entry| matches!(entry, Entry::CallEnd { method: Method::Close, .. }), ERROR_IS_QUEUED);
        let end = tale.trace.entries.pop().expect("it is at rest");
        tale.task(Task::Error(S), |t| _ = t.set(ReadyState::Closed).fire(EventType::Error, nothing)).add(end);
        tale
    };
    check("INV-61", told_twice(), |t| t.profile.connecting_close = ConnectingClose::Inside);
    check("INV-84", told_twice(), |t| {
        let place = t.trace.entries.iter().rposition(is_error_event).expect("it is there");
        t.trace.entries.drain(place..place + 2);
    });
    // Once the connection is established, it tells of nothing.
    check("INV-47", plain_own(), |t| {
        t.profile.connecting_close = ConnectingClose::Inside;
        let error = Entry::FireBegin { target: WS, event: trusted(EventType::Error) };
        t.after(kind(Kind::CloseArguments), error);
    });
    for id in ["INV-42", "INV-66"] {
        check(id, closed_in_vain(), standard);
    }
    check_wrong("INV-67", &under(closed_in_vain(), Profile::STANDARD));
    check("INV-42", closed_in_vain(), |t| {
        t.before(kind(Kind::Quiescent), Entry::Enqueue { task: Task::Closed(S) });
    });
}

/// The connection is refused or given up before it is established; the page is told so by `error` alone.
fn error_only(by_page: bool) -> Tale {
    let mut tale = Tale::new();
    tale.profile.handshake_failure = HandshakeFailure::ErrorOnly;
    let end = |t: &mut Tale, cause| {
        t.fail(cause, 0);
        over(t, TcpEnd::NotConnected, false, true, 1006);
        t.add(Entry::Enqueue { task: Task::Error(S) });
    };
    if by_page {
        tale.script(|t| {
            t.call(Method::Close, Completion::Normal, |t| {
                t.arguments(None, None);
                end(t, Cause::ClosedByPage);
                t.set(ReadyState::Closing);
            });
        });
    } else {
        end(tale.script(nothing), Cause::Refused);
    }
    tale.task(Task::Error(S), |t| _ = t.set(ReadyState::Closed).fire(EventType::Error, nothing));
    tale.quiescent();
    tale
}

#[test]
fn error_can_come_alone() {
    check("INV-61", error_only(false), standard);
    check("INV-61", error_only(false), |t| {
        *t = refused();
        t.profile.handshake_failure = HandshakeFailure::ErrorOnly;
    });
    for wrong in [standard, without_error] {
        check("INV-83", error_only(false), wrong);
        check("INV-84", error_only(true), wrong);
    }
}

#[test]
fn microtasks_can_wait_for_the_end_of_the_task() {
    let function = FunctionId(5);
    let after_task = || {
        let mut tale = clean(
            |t| _ = t.listen(1, NO_OPTIONS).listen(2, NO_OPTIONS),
            |t| {
                t.called(1, "", |t| _ = t.add(Entry::MicrotaskQueued { function })).called(2, "", nothing);
            },
        );
        tale.profile.checkpoint = Checkpoint::EachTask;
        let end = tale.trace.entries.iter().rposition(kind(Kind::TaskEnd)).expect("it is there");
        let run = [
            Entry::MicrotaskBegin { function },
            Entry::MicrotaskEnd { function, completion: Completion::Normal },
        ];
        tale.trace.entries.splice(end + 1..=end, run);
        tale
    };
    check("INV-49", after_task(), standard);
    check("INV-49", after_task(), |t| {
        *t = with_microtask();
        t.profile.checkpoint = Checkpoint::EachTask;
    });
}

/// The page closes, and `readyState` does not show it; a message comes after that.
fn closing_unshown(task: impl FnOnce(&mut Tale)) -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.profile.closing_state = ClosingState::Skipped;
    tale.timer(|t| {
        t.call(Method::Close, Completion::Normal, |t| {
            t.arguments(None, None).start(Side::Us).tx(0x88, b"");
        });
    });
    tale.task(Task::Closing(S), nothing);
    tale.frame(0x81, b"x").add(Entry::Enqueue { task: Task::Message(S) });
    task(&mut tale);
    tale.frame(0x88, b"").rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"");
    tale.closed_task(nothing).quiescent();
    tale
}

#[test]
fn closing_need_not_be_shown() {
    let unheard = |t: &mut Tale| _ = t.task(Task::Message(S), nothing);
    let heard = |t: &mut Tale| _ = t.message_task(MessageData::Text, b"x");
    for id in ["INV-52", "INV-68"] {
        check(id, closing_unshown(unheard), standard);
    }
    check_wrong("INV-35", &under(closing_unshown(unheard), Profile::STANDARD));
    check("INV-65", closing_unshown(unheard), |t| *t = closing_unshown(heard));
    let after_call = || {
        let mut tale = Tale::opened(nothing);
        tale.profile.closing_state = ClosingState::AfterCloseCall;
        tale.peer_closes(b"").task(Task::Closing(S), nothing);
        tale.rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"").closed_task(nothing).quiescent();
        tale
    };
    check("INV-52", after_call(), standard);
    for id in ["INV-52", "INV-110"] {
        check(id, after_call(), |t| {
            *t = plain_clean();
            t.profile.closing_state = ClosingState::AfterCloseCall;
        });
    }
    check("INV-110", plain_own(), |t| t.profile.closing_state = ClosingState::Skipped);
}

/// A `close()` throws, on an open connection and after the end.
fn throwing(code: Option<f64>, reason: Option<&[u8]>, exception: Exception, changes: bool) -> Tale {
    let mut tale = Tale::opened(nothing);
    let close = |t: &mut Tale| {
        t.call(Method::Close, Completion::Threw(exception), |t| {
            t.arguments(code, reason);
            if changes {
                t.set(ReadyState::Closing);
            }
        });
    };
    tale.timer(close);
    tale.rx_fin().ends(TcpEnd::Fin, false, false, 1006, b"").closed_task(nothing);
    tale.timer(close).quiescent();
    tale
}

#[test]
fn a_throwing_close_can_change_the_state() {
    let sets = |changes| {
        let mut tale = throwing(Some(5.0), None, Exception::InvalidAccessError, changes);
        tale.profile.throwing_close = ThrowingClose::SetsClosing;
        tale
    };
    for id in ["INV-66", "INV-69"] {
        check(id, sets(true), standard);
    }
    check_wrong("INV-67", &under(sets(true), Profile::STANDARD));
    check("INV-69", sets(true), |t| *t = sets(false));
}

#[test]
fn the_profile_says_what_close_takes_and_throws() {
    let with = |mut tale: Tale, change: &dyn Fn(&mut Profile)| {
        change(&mut tale.profile);
        tale
    };
    let registered = |it: &mut Profile| it.close_codes = CloseCodes::Registered;
    check("INV-50", with(own(Some(1001.0), None, b"\x03\xe9"), &registered), standard);
    check("INV-38", with(own(Some(1001.0), None, b"\x03\xe9"), &registered), |t| {
        *t = with(own(Some(1001.0), None, b"\x03\xe8"), &registered);
    });
    for code in [999.0, 1004.0, 1005.0, 1006.0, 1015.0, 2999.0, 5000.0] {
        let throws = || throwing(Some(code), None, Exception::InvalidAccessError, false);
        check("INV-50", with(throws(), &registered), |t| {
            *t = with(own(Some(code), None, &(code as u16).to_be_bytes()), &registered);
        });
    }
    let language = |it: &mut Profile| it.close_exceptions = CloseExceptions::Language;
    check("INV-50", with(throwing(Some(1.0), None, Exception::TypeError, false), &language), standard);
    let long = [b'x'; 124];
    check("INV-50", with(throwing(None, Some(&long), Exception::RangeError, false), &language), standard);
    let throw = |it: &mut Profile| it.reason_only = ReasonOnly::Throw;
    let reason_only = || throwing(None, Some(b"x"), Exception::InvalidAccessError, false);
    check("INV-50", with(reason_only(), &throw), standard);
    check("INV-50", with(own(None, None, b""), &throw), |t| {
        *t = with(throwing(None, None, Exception::InvalidAccessError, false), &throw);
    });
    let none = |it: &mut Profile| it.close_arguments = CloseArguments::None;
    for id in ["INV-50", "INV-38"] {
        check(id, with(own(Some(999.0), Some(b"x"), b""), &none), standard);
    }
    check("INV-50", with(own(None, None, b""), &none), |t| {
        *t = with(throwing(None, None, Exception::InvalidAccessError, false), &none);
    });
}

#[test]
fn the_profile_says_what_counts_and_what_goes_out() {
    let read = |value| Entry::Read { socket: S, attribute: Attribute::BufferedAmount, value };
    let reset_to_zero = || {
        let mut tale = with_sends();
        tale.profile.buffered_amount = BufferedAmount::ZeroAfterClose;
        tale.replace(|entry| *entry == read(6), read(0));
        tale
    };
    check("INV-86", reset_to_zero(), standard);
    check("INV-86", reset_to_zero(), |t| t.replace(|entry| *entry == read(4), read(0)));
    let absent = Profile { buffered_amount: BufferedAmount::Absent, ..Profile::STANDARD };
    check_wrong("INV-86", &under(with_sends(), absent));

    let lost = |by: Side| {
        let mut tale = Tale::opened(nothing);
        tale.profile.data_before_close = DataBeforeClose::Lost;
        tale.timer(|t| _ = t.send(b"a", Completion::Normal, nothing)).tx(0x81, b"a");
        tale.timer(|t| {
            t.send(b"b", Completion::Normal, nothing);
            if by == Side::Us {
                t.close(None, None, b"");
            }
        });
        if by == Side::Peer {
            tale.peer_closes(b"").closing_task();
        } else {
            tale.closing_task().frame(0x88, b"");
        }
        tale.rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"").closed_task(nothing).quiescent();
        tale
    };
    check("INV-87", lost(Side::Us), standard);
    check("INV-87", lost(Side::Us), |t| *t = lost(Side::Peer));
    check("INV-87", lost(Side::Us), |t| {
        let frame = t.tx_entry(0x81, b"b");
        t.before(|entry| matches!(entry, Entry::TxFrame { head, .. } if head.opcode() == 8), frame);
    });
}

#[test]
fn events_can_come_while_closing() {
    let fired_only = || {
        let mut tale = Tale::established(nothing);
        tale.profile.open_task = OpenTask::FireOnly;
        tale.timer(|t| _ = t.close(None, None, b""));
        tale.task(Task::Open(S), |t| {
            let (protocol, extensions) = (PayloadId::EMPTY, PayloadId::EMPTY);
            t.add(Entry::Attributes { socket: S, protocol, extensions }).fire(EventType::Open, nothing);
        });
        tale.closing_task().frame(0x88, b"").rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"");
        tale.closed_task(nothing).quiescent();
        tale
    };
    for id in ["INV-52", "INV-64", "INV-65"] {
        check(id, fired_only(), standard);
    }
    check("INV-52", fired_only(), |t| {
        let place = t.place(kind(Kind::FireBegin));
        t.trace.entries.drain(place..place + 2);
    });
    let message = |is_fired: bool| {
        let mut tale = Tale::opened(nothing);
        tale.profile.message_while_closing = MessageWhileClosing::Fire;
        tale.timer(|t| _ = t.close(None, None, b"")).closing_task();
        tale.frame(0x81, b"x").add(Entry::Enqueue { task: Task::Message(S) });
        if is_fired {
            tale.message_task(MessageData::Text, b"x");
        } else {
            tale.task(Task::Message(S), nothing);
        }
        tale.frame(0x88, b"").rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"");
        tale.closed_task(nothing).quiescent();
        tale
    };
    for id in ["INV-64", "INV-65"] {
        check(id, message(true), standard);
    }
    check("INV-35", message(true), |t| *t = message(false));
    check("INV-66", message(true), |t| {
        let back = Entry::ReadyState { socket: S, old: ReadyState::Closing, new: ReadyState::Open };
        t.before(kind(Kind::Quiescent), back);
    });
}

#[test]
fn without_a_timer_a_connection_waits_for_ever() {
    let waiting = |mut tale: Tale| {
        let profile = &mut tale.profile;
        (profile.handshake_timeout_us, profile.close_timeout_us, profile.linger_us) =
            (FOREVER, FOREVER, FOREVER);
        tale.quiescent();
        tale
    };
    let connecting = || {
        let mut tale = Tale::new();
        tale.script(nothing).request();
        tale
    };
    let closing = || {
        let mut tale = Tale::opened(nothing);
        tale.timer(|t| _ = t.close(None, None, b"")).closing_task();
        tale
    };
    let lingering = || {
        let mut tale = Tale::opened(nothing);
        tale.peer_closes(b"").closing_task();
        tale
    };
    for tale in [connecting(), closing(), lingering()] {
        check("INV-83", waiting(tale), standard);
    }
    check("INV-84", waiting(closing()), standard);
    // Its own Close never goes out, or that of the peer is not answered.
    for id in ["INV-83", "INV-84"] {
        check(id, waiting(closing()), |t| _ = t.remove(kind(Kind::TxFrame)));
    }
    check("INV-83", waiting(lingering()), |t| _ = t.remove(kind(Kind::TxFrame)));
}
