//! What may be said of an end where the profile is not `standard`: the same trace under each value of a knob, with what
//! is right under it, and with what is not.

use super::super::tale::*;
use super::tales::*;
use super::*;
use crate::profile::{
    AbnormalCode, AcceptCodes, AnswerCodes, AnswerTime, CleanAbnormal, CloseInterface, CloseLength,
    ErrorEvent, FramesAfterClose, HalfReset, LateFailure, LateReset, LingerResult, OneByteClose, Profile,
    ReasonBom, ReasonNul, RefusedAnswer, UnansweredClose, WasClean,
};
use crate::trace::{Cause, Completion, Entry, Interface, Method, ReadyState, Side, TcpEnd};

fn is_error_event(entry: &Entry) -> bool {
    matches!(entry, Entry::FireBegin { event, .. } if event.event_type == EventType::Error)
}

/// `wasClean`, code and reason.
type End = (bool, u16, &'static [u8]);

/// `tale` under `profile` breaks nothing if it says `right`, and `id` if it says what stands beside it.
#[track_caller]
fn check_ends(profile: Profile, tale: impl Fn() -> Tale, right: End, wrong: &[(&str, End)]) {
    let mut good = tale();
    good.profile = Profile { send_buffer_len_max: good.profile.send_buffer_len_max, ..profile };
    say(&mut good, right.0, right.1, right.2);
    assert_eq!(names(good.judge().all_broken), [""; 0], "{right:?} is right");
    for &(id, (clean, code, reason)) in wrong {
        say(&mut good, clean, code, reason);
        check_wrong(id, &good);
    }
}

/// The peer's Close with `body` and our answer, and TCP ended by the peer.
fn ended(body: &'static [u8], answer: &'static [u8]) -> impl Fn() -> Tale {
    move || {
        let mut tale = Tale::opened(nothing);
        tale.frame(0x88, body).start(Side::Peer).tx(0x88, answer).closing_task();
        tale.rx_fin().ends(TcpEnd::Fin, true, false, 1000, b"").closed_task(nothing).quiescent();
        tale
    }
}

/// Our Close, and `answer` of the peer to it.
fn answered(answer: &'static [u8]) -> impl Fn() -> Tale {
    move || {
        let mut tale = Tale::opened(nothing);
        tale.timer(|t| {
            t.close(None, None, b"");
        });
        tale.closing_task().frame(0x88, answer);
        tale.rx_fin().ends(TcpEnd::Fin, true, false, 1000, b"").closed_task(nothing).quiescent();
        tale
    }
}

/// Our Close, and an `answer` that is refused.
fn refused_answer(answer: &'static [u8], cause: Cause, at: u32) -> impl Fn() -> Tale {
    move || {
        let mut tale = Tale::opened(nothing);
        tale.timer(|t| {
            t.close(None, None, b"");
        });
        tale.closing_task().rx(answer).fail(cause, at);
        tale.ends(TcpEnd::Us, false, true, 1006, b"").closed_task(nothing).quiescent();
        tale
    }
}

/// Both Close frames, and then RST.
fn reset(has_failed: bool) -> impl Fn() -> Tale {
    move || {
        let mut tale = Tale::opened(nothing);
        tale.peer_closes(b"\x03\xe8bye").closing_task().add(Entry::RxRst { socket: S });
        if has_failed {
            tale.fail(Cause::Reset, 0);
        }
        tale.closed(TcpEnd::Reset, false, has_failed, 1000, b"bye").closed_task(nothing).quiescent();
        tale
    }
}

/// Both Close frames, and then a frame for which the connection fails.
fn failed_late() -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.peer_closes(b"\x03\xe8bye").closing_task().rx(&[0x89, 0]).fail(Cause::FrameAfterClose, 0);
    tale.ends(TcpEnd::Us, false, true, 1000, b"bye").closed_task(nothing).quiescent();
    tale
}

#[test]
fn what_is_left_of_a_reason() {
    let strip = Profile { reason_bom: ReasonBom::Strip, ..Profile::STANDARD };
    let body = b"\x03\xe8\xef\xbb\xbf\xef\xbb\xbfx";
    check_ends(
        strip,
        ended(body, body),
        (true, 1000, b"\xef\xbb\xbfx"),
        &[
            ("INV-75", (true, 1000, b"\xef\xbb\xbf\xef\xbb\xbfx")),
            ("INV-75", (true, 1000, b"x")),
            ("INV-75", (true, 0xe803, b"\xef\xbb\xbfx")),
        ],
    );
    let cut = Profile { reason_nul: ReasonNul::Cut, ..Profile::STANDARD };
    check_ends(
        cut,
        ended(b"\x03\xe8ab\0c\0", b"\x03\xe8ab"),
        (true, 1000, b"ab"),
        &[
            ("INV-75", (true, 1000, b"ab\0c\0")),
            ("INV-75", (true, 1000, b"ab\0c")),
            ("INV-75", (true, 1000, b"")),
        ],
    );
}

#[test]
fn what_is_lost_after_the_peers_close() {
    let lost = Profile { linger_result: LingerResult::Abnormal, ..Profile::STANDARD };
    check_ends(
        lost,
        lingering,
        (false, 1006, b""),
        &[("INV-74", (true, 1006, b"")), ("INV-75", (false, 1005, b""))],
    );
    let late = |failure_after_close| Profile {
        frames_after_close: FramesAfterClose::Fail,
        failure_after_close,
        ..Profile::STANDARD
    };
    let (clean, unclean, lost): (End, End, End) =
        ((true, 1000, b"bye"), (false, 1000, b"bye"), (false, 1006, b""));
    check_ends(late(LateFailure::AsReceived), failed_late, clean, &[("INV-74", unclean), ("INV-75", lost)]);
    check_ends(late(LateFailure::Unclean), failed_late, unclean, &[("INV-74", clean), ("INV-75", lost)]);
    check_ends(late(LateFailure::Abnormal), failed_late, lost, &[("INV-74", clean), ("INV-75", unclean)]);
    check_ends(
        late(LateFailure::Unclean),
        failed_late,
        (false, 1000, b"bye"),
        &[("INV-08", (false, 0xe803, b"bye"))],
    );
}

#[test]
fn what_a_reset_is() {
    let late = |rst_after_handshake| Profile { rst_after_handshake, ..Profile::STANDARD };
    check_ends(
        late(LateReset::Unclean),
        reset(false),
        (false, 1000, b"bye"),
        &[("INV-74", (true, 1000, b"bye")), ("INV-75", (false, 1001, b"bye"))],
    );
    check_ends(
        late(LateReset::Fail),
        reset(true),
        (false, 1000, b"bye"),
        &[("INV-74", (true, 1000, b"bye"))],
    );
    let early = Profile { rst_after_their_close: HalfReset::Clean, ..Profile::STANDARD };
    let half = || {
        let mut tale = Tale::opened(nothing);
        tale.frame(0x88, b"\x03\xe9x").start(Side::Peer).add(Entry::RxRst { socket: S });
        tale.closed(TcpEnd::Reset, true, false, 1001, b"x").closing_task().closed_task(nothing).quiescent();
        tale
    };
    check_ends(
        early,
        half,
        (true, 1001, b"x"),
        &[("INV-74", (false, 1001, b"x")), ("INV-75", (true, 1005, b""))],
    );
    // What is no RST is not clean for that.
    check_ends(early, unread, (false, 1005, b""), &[("INV-74", (true, 1005, b""))]);
    // Both Close frames were there, and no knob says that they are not enough.
    let mut unclean = reset(false)();
    unclean.profile = late(LateReset::Clean);
    check_wrong("INV-76", &unclean);
}

#[test]
fn what_stands_for_a_close_that_did_not_come() {
    let no_status = Profile { unanswered_close: UnansweredClose::NoStatus, ..Profile::STANDARD };
    check_ends(
        no_status,
        silence,
        (true, 1005, b""),
        &[
            ("INV-73", (true, 1005, b"x")),
            ("INV-74", (false, 1005, b"")),
            ("INV-77", (true, 1006, b"")),
            ("INV-77", (true, 1000, b"")),
        ],
    );
    // Our Close was not sent, or not to close.
    for tale in [end_of_stream, plain_violation] {
        check_ends(
            no_status,
            tale,
            (false, 1006, b""),
            &[("INV-73", (false, 1005, b"")), ("INV-74", (true, 1006, b"")), ("INV-77", (false, 1005, b""))],
        );
    }
    let normal = Profile { abnormal_code: AbnormalCode::Normal, ..Profile::STANDARD };
    check_ends(
        normal,
        silence,
        (false, 1000, b""),
        &[
            ("INV-74", (true, 1000, b"")),
            ("INV-76", (false, 1002, b"")),
            ("INV-77", (false, 1006, b"")),
            ("INV-77", (false, 1000, b"x")),
        ],
    );
    let zero = Profile { abnormal_code: AbnormalCode::Zero, ..Profile::STANDARD };
    check_ends(zero, silence, (false, 1006, b""), &[("INV-77", (false, 0, b""))]);
    check_ends(zero, plain_violation, (false, 0, b""), &[("INV-77", (false, 1006, b""))]);
    let strict = Profile { accept_codes: AcceptCodes::Registered, ..zero };
    check_ends(strict, silence, (false, 1006, b""), &[("INV-79", (false, 0, b""))]);
    for (profile, code) in [(normal, 1000), (zero, 0)] {
        check_ends(
            profile,
            refused,
            (false, code, b""),
            &[("INV-80", (false, 1006, b"")), ("INV-80", (true, code, b"")), ("INV-80", (false, code, b"x"))],
        );
        check_ends(profile, full, (false, code, b""), &[("INV-53", (false, 1006, b""))]);
    }
}

#[test]
fn what_is_clean() {
    let no_error = Profile { was_clean: WasClean::NoError, ..Profile::STANDARD };
    check_ends(
        no_error,
        end_of_stream,
        (true, 1006, b""),
        &[("INV-72", (true, 1006, b"x")), ("INV-74", (false, 1006, b""))],
    );
    check_ends(no_error, plain_violation, (false, 1006, b""), &[("INV-74", (true, 1006, b""))]);
    check_ends(no_error, unread, (true, 1005, b""), &[("INV-74", (false, 1005, b""))]);
    let odd = Profile {
        accept_codes: AcceptCodes::All,
        clean_abnormal: CleanAbnormal::Unclean,
        ..Profile::STANDARD
    };
    check_ends(odd, answered(b"\x03\xeex"), (false, 1006, b"x"), &[("INV-74", (true, 1006, b"x"))]);
    check_ends(odd, answered(b"\x03\xefx"), (true, 1007, b"x"), &[("INV-74", (false, 1007, b"x"))]);
}

#[test]
fn what_an_answer_may_say() {
    let webkit = Profile {
        accept_codes: AcceptCodes::UpTo1011,
        answer_codes: AnswerCodes::NotReserved,
        refused_answer: RefusedAnswer::CodeKept,
        ..Profile::STANDARD
    };
    check_ends(
        webkit,
        answered(b"\x0b\xb7x"),
        (true, 2999, b"x"),
        &[
            ("INV-74", (false, 2999, b"x")),
            ("INV-75", (true, 0xb70b, b"x")),
            ("INV-79", (true, 1015, b"x")),
            ("INV-82", (true, 1015, b"x")),
        ],
    );
    // No answer to us, so its code is judged.
    let mut first = ended(b"\x0b\xb7x", b"\x0b\xb7x")();
    first.profile = webkit;
    say(&mut first, true, 2999, b"x");
    check_wrong("INV-79", &first);
    let bad_reason = refused_answer(b"\x88\x03\x0f\xa0\xff", Cause::ReasonNotUtf8, 4);
    check_ends(
        webkit,
        &bad_reason,
        (false, 4000, b""),
        &[
            ("INV-74", (true, 4000, b"")),
            ("INV-77", (false, 1006, b"")),
            ("INV-77", (false, 0xa00f, b"")),
            ("INV-77", (false, 4000, b"\xff")),
        ],
    );
    check_ends(
        Profile::STANDARD,
        &bad_reason,
        (false, 1006, b""),
        &[("INV-76", (false, 4000, b"")), ("INV-77", (false, 4000, b""))],
    );
    for (body, code) in [(b"\x88\x02\x03\xed", 1005), (b"\x88\x02\x03\xf7", 1015)] {
        let reserved = refused_answer(body, Cause::CloseCode, 3);
        check_ends(webkit, reserved, (false, code, b""), &[("INV-77", (false, 1006, b""))]);
    }
    check_ends(
        webkit,
        refused_answer(b"\x88\x02\x03\xf7", Cause::CloseCode, 3),
        (false, 1015, b""),
        &[("INV-73", (false, 1005, b""))],
    );
    let none_kept = Profile { refused_answer: RefusedAnswer::Dropped, ..webkit };
    let reserved = refused_answer(b"\x88\x02\x03\xf7", Cause::CloseCode, 3);
    check_ends(none_kept, reserved, (false, 1006, b""), &[("INV-82", (false, 1015, b""))]);
}

#[test]
fn a_reason_may_be_as_long_as_its_frame() {
    const REASON: [u8; 124] = [b'x'; 124];
    let any = Profile { close_length: CloseLength::Any, ..Profile::STANDARD };
    let mut tale = plain_clean();
    tale.profile = any;
    say(&mut tale, true, 1000, &REASON);
    assert!(!tale.judge().all_broken.contains(index("INV-78")));
    tale.profile = Profile::STANDARD;
    check_wrong("INV-78", &tale);
    let mut wrong = plain_clean();
    wrong.profile = any;
    say(&mut wrong, true, 1000, b"\xff");
    check_wrong("INV-78", &wrong);
}

#[test]
fn no_error_where_none_is_ever_fired() {
    let silent = || {
        let mut tale = refused();
        tale.profile.error_event = ErrorEvent::Never;
        let error = tale.place(is_error_event);
        tale.trace.entries.drain(error..error + 2);
        tale
    };
    check("INV-80", silent(), |t| t.profile.error_event = ErrorEvent::IfFailed);
    check("INV-80", refused(), |t| t.profile.error_event = ErrorEvent::Never);
}

#[test]
fn a_body_of_one_byte() {
    let empty = Profile { one_byte_close: OneByteClose::Empty, ..Profile::STANDARD };
    check_ends(
        empty,
        ended(b"\x03", b""),
        (true, 1005, b""),
        &[("INV-08", (true, 3, b"")), ("INV-73", (true, 1005, b"x")), ("INV-75", (true, 1000, b""))],
    );
    let mut taken = ended(b"\x03", b"")();
    say(&mut taken, true, 1005, b"");
    check_wrong("INV-08", &taken);
}

#[test]
fn what_an_event_does_not_say() {
    let tale = |close_interface, interface, was_clean| {
        let mut tale = plain_clean();
        tale.profile.close_interface = close_interface;
        let event = crate::trace::EventAttributes { interface, was_clean, ..trusted(EventType::Close) };
        tale.replace(is_close_event, Entry::FireBegin { target: WS, event });
        tale
    };
    let other = |close_interface, interface, was_clean| {
        move |t: &mut Tale| *t = tale(close_interface, interface, was_clean)
    };
    let (plain, close) = (Interface::Event, Interface::CloseEvent);
    let old = || tale(CloseInterface::Event, plain, false);
    check("INV-70", old(), other(CloseInterface::Event, close, false));
    check("INV-70", old(), other(CloseInterface::Event, plain, true));
    let clean_only = || tale(CloseInterface::WasCleanOnly, close, true);
    check("INV-70", clean_only(), other(CloseInterface::WasCleanOnly, plain, true));
    check("INV-74", clean_only(), other(CloseInterface::WasCleanOnly, close, false));
    for tale in [old(), clean_only()] {
        check("INV-70", tale, |t| {
            t.change(|entry| match entry {
                Entry::FireBegin { event, .. } if event.event_type == EventType::Close => {
                    event.code = 1000;
                    true
                }
                _ => false,
            });
        });
    }
    // The connection says what its event does not.
    check("INV-75", old(), |t| {
        t.change(|entry| match entry {
            Entry::Closed { code, .. } => {
                *code = 1001;
                true
            }
            _ => false,
        });
    });
    let early = || {
        let mut tale = refused();
        tale.profile.close_interface = CloseInterface::Event;
        let event = trusted(EventType::Close);
        tale.replace(is_close_event, Entry::FireBegin { target: WS, event });
        tale
    };
    check("INV-80", early(), |t| {
        t.change(|entry| match entry {
            Entry::FireBegin { event, .. } if event.event_type == EventType::Close => {
                event.code = 1006;
                true
            }
            _ => false,
        });
    });
}

/// The peer has closed, our answer is to be given in the task that tells the page, and this happens before.
fn before_the_answer(is_fin: bool, steps: impl FnOnce(&mut Tale)) -> Tale {
    let mut tale = Tale::opened(nothing);
    tale.profile.answer_time = AnswerTime::InTask;
    tale.frame(0x88, b"\x03\xe8bye").start(Side::Peer);
    if is_fin {
        tale.rx_fin();
    }
    tale.timer(steps);
    tale
}

#[test]
fn what_the_page_may_do_before_the_answer() {
    // Its own Close is the answer, for which the peer's FIN waited.
    let closed = |is_fin| {
        before_the_answer(is_fin, |t| {
            t.call(Method::Close, Completion::Normal, |t| {
                t.arguments(None, None).tx(0x88, b"");
                if is_fin {
                    t.ends(TcpEnd::Fin, true, false, 1000, b"bye");
                }
                t.set(ReadyState::Closing);
            });
        })
    };
    for is_fin in [false, true] {
        check("INV-54", closed(is_fin), |t| {
            let last = t.trace.entries.iter().rposition(kind(Kind::CallEnd)).expect("a call");
            t.trace.entries.insert(last, Entry::Fail { socket: S, cause: Cause::ClosedByPage, at: 0 });
        });
    }
    let mut early = closed(true);
    early.remove(kind(Kind::RxFin));
    check_wrong("INV-54", &early);
    // What it sends is taken, and can be too much.
    let overfull = |data: &'static [u8]| {
        move || {
            let mut tale = before_the_answer(false, |t| {
                t.profile.send_buffer_len_max = 2;
                t.send(data, Completion::Normal, |t| {
                    t.add(Entry::Full { socket: S }).ends(TcpEnd::Us, false, true, 1000, b"bye");
                });
            });
            tale.closing_task().closed_task(nothing).quiescent();
            tale
        }
    };
    check("INV-53", overfull(b"abc")(), |t| *t = overfull(b"ab")());
}
