//! What profiles make of the end, of `readyState` and of calls: what one of them does is wrong under `standard`.

use super::super::tale::*;
use super::tales::*;
use super::*;
use crate::profile::{
    CloseArguments, CloseCodes, CloseExceptions, ErrorEvent, HalfReset, LateReset, Loss, Profile, ReasonOnly,
    UnansweredClose,
};
use crate::trace::{Completion, Exception, Method, ReadyState, Side, TcpEnd};

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
