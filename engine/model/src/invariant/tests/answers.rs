//! Answers, failures and the opening handshake where a profile has its own rule: the rule is judged.

use super::super::tale::*;
use super::knobs::{over, remove_last, under};
use super::tales::*;
use super::*;
use crate::profile::{
    AcceptHeader, Answer, AnswerTime, AnswerToEmpty, FOREVER, FrameFailureCode, Loss, PongAfterClose,
    Profile, ReasonNul, ReasonOnly, UnansweredClose, Utf8FailureCode,
};
use crate::trace::{Cause, Completion, Entry, Method, PeerEnd, ReadyState, Side, Task, TcpEnd};

#[test]
fn a_response_for_another_key_establishes_where_nobody_looks() {
    let established = || {
        let mut tale = under(plain_clean(), |profile| profile.accept_header = AcceptHeader::Ignored);
        let bytes = tale.id(&Tale::response(2));
        tale.replace(kind(Kind::Rx), Entry::Rx { socket: S, bytes });
        tale
    };
    check("INV-34", established(), |t| {
        let at = t.place(kind(Kind::Established));
        t.trace.entries.truncate(at);
        t.rx_fin();
    });
    check_wrong("INV-34", &under(established(), |profile| profile.accept_header = AcceptHeader::Required));
}

#[test]
fn a_ping_after_our_close_has_no_pong_where_it_is_ignored() {
    let ignore = |profile: &mut Profile| profile.pong_after_our_close = PongAfterClose::Ignore;
    let mut tale = Tale::opened(nothing);
    tale.frame(0x89, b"p").tx(0x8a, b"p").timer(|t| {
        t.close(None, None, b"");
    });
    tale.closing_task().frame(0x89, b"q");
    let at = tale.trace.entries.len();
    tale.frame(0x88, b"");
    tale.rx_fin().ends(TcpEnd::Fin, true, false, 1005, b"").closed_task(nothing).quiescent();
    check("INV-28", under(tale, ignore), |t| {
        let pong = t.tx_entry(0x8a, b"q");
        t.trace.entries.insert(at, pong);
    });
    // The one before it is owed.
    check("INV-28", under(with_message(), ignore), |t| {
        let at = t.place(kind(Kind::TxFrame));
        t.trace.entries.truncate(at);
        t.quiescent();
    });
}

#[test]
fn an_answer_says_what_the_profile_sends_back() {
    let answered = |set: fn(&mut Profile), received: &[u8], answer: &[u8]| {
        let mut tale = under(Tale::opened(nothing), set);
        tale.frame(0x88, received).start(Side::Peer).tx(0x88, answer).quiescent();
        tale
    };
    let code_only = |profile: &mut Profile| profile.answer = Answer::CodeOnly;
    let but_zero = |profile: &mut Profile| profile.answer = Answer::VerbatimButZero;
    let empty = |profile: &mut Profile| profile.answer = Answer::Empty;
    let normal = |profile: &mut Profile| profile.answer_to_empty = AnswerToEmpty::NormalClosure;
    let cut = |profile: &mut Profile| profile.reason_nul = ReasonNul::Cut;
    type Case<'a> = (fn(&mut Profile), &'a [u8], &'a [u8], &'a [u8]);
    let cases: [Case<'_>; 8] = [
        (code_only, b"\x03\xe8x", b"\x03\xe8", b"\x03\xe8x"),
        (code_only, b"\x03\xe8x", b"\x03\xe8", b"\xe8\x03"),
        (code_only, b"", b"", b"\0\0"),
        (but_zero, b"\0\0x", b"", b"\0\0x"),
        (but_zero, b"\x03\xe8x", b"\x03\xe8x", b""),
        (empty, b"\x03\xe8x", b"", b"\x03\xe8x"),
        (normal, b"", b"\x03\xe8", b""),
        (cut, b"\x03\xe8x\0y", b"\x03\xe8x", b"\x03\xe8x\0y"),
    ];
    for (set, received, good, wrong) in cases {
        let good = answered(set, received, good);
        assert!(!good.judge().all_broken.contains(index("INV-36")), "{received:x?}");
        assert!(good.judge().witnessed.contains(index("INV-36")), "{received:x?}");
        check_wrong("INV-36", &answered(set, received, wrong));
    }
}

#[test]
fn a_close_in_a_task_is_the_answer_unless_the_page_closed_first() {
    let in_task = |profile: &mut Profile| profile.answer_time = AnswerTime::InTask;
    let tale = || {
        let mut tale = under(Tale::opened(nothing), in_task);
        tale.frame(0x88, b"\x03\xe9x").start(Side::Peer);
        tale
    };
    let mut answered = tale();
    answered.task(Task::Closing(S), |t| {
        t.set(ReadyState::Closing).tx(0x88, b"\x03\xe9x");
    });
    answered.rx_fin().ends(TcpEnd::Fin, true, false, 1001, b"x").closed_task(nothing).quiescent();
    check("INV-36", answered, |t| {
        let other = t.tx_entry(0x88, b"\x03\xe8");
        t.replace(kind(Kind::TxFrame), other);
    });
    let mut first = tale();
    first.timer(|t| {
        t.call(Method::Close, Completion::Normal, |t| {
            t.arguments(Some(3000.0), None).tx(0x88, b"\x0b\xb8").set(ReadyState::Closing);
        });
    });
    assert!(!first.judge().all_broken.contains(index("INV-36")), "it is what the page asked for");
}

#[test]
fn a_failure_is_told_by_the_code_that_the_profile_has_for_it() {
    let told = |set: fn(&mut Profile), bytes: &[u8], cause, at, code: u16| {
        let mut tale = under(violation(bytes, cause, at), set);
        let close = tale.tx_entry(0x88, &code.to_be_bytes());
        tale.replace(kind(Kind::TxFrame), close);
        tale
    };
    let frame = |profile: &mut Profile| profile.frame_failure_code = FrameFailureCode::NormalClosure;
    let text = |profile: &mut Profile| profile.text_failure_code = Utf8FailureCode::ProtocolError;
    let reason = |profile: &mut Profile| profile.reason_failure_code = Utf8FailureCode::ProtocolError;
    type Case<'a> = (fn(&mut Profile), &'a [u8], Cause, u32, u16, u16);
    let cases: [Case<'_>; 5] = [
        (frame, &[0x83, 0], Cause::ReservedOpcode, 0, 1000, 1002),
        (frame, &[0x88, 2, 3, 0xee], Cause::CloseCode, 3, 1002, 1000),
        (text, &[0x81, 1, 0xff], Cause::TextNotUtf8, 2, 1002, 1007),
        (text, &[0x88, 3, 3, 0xe8, 0xff], Cause::ReasonNotUtf8, 4, 1007, 1002),
        (reason, &[0x88, 3, 3, 0xe8, 0xff], Cause::ReasonNotUtf8, 4, 1002, 1007),
    ];
    for (set, bytes, cause, at, good, wrong) in cases {
        check_good("INV-37", &told(set, bytes, cause, at, good));
        check_wrong("INV-37", &told(set, bytes, cause, at, wrong));
    }
}

#[test]
fn an_offence_ends_tcp_where_our_close_is_enough() {
    let enough = |profile: &mut Profile| profile.unanswered_close = UnansweredClose::NoStatus;
    let offended = |is_written: bool| {
        let mut tale = under(Tale::opened(nothing), enough);
        tale.timer(|t| {
            t.call(Method::Close, Completion::Normal, |t| {
                t.arguments(None, None).start(Side::Us);
                if is_written {
                    t.tx(0x88, b"");
                }
                t.set(ReadyState::Closing);
            });
        });
        tale.closing_task().rx(&[0x83, 0]).ends(TcpEnd::Us, true, false, 1005, b"");
        tale.closed_task(nothing).quiescent();
        tale
    };
    for id in ["INV-27", "INV-30"] {
        assert!(!offended(false).judge().all_broken.contains(index(id)), "{id}");
    }
    check("INV-30", offended(true), |t| {
        remove_last(t, Kind::Rx);
    });
    let mut lost = offended(false);
    remove_last(&mut lost, Kind::Rx);
    check_wrong("INV-27", &lost);
    let mut gone = offended(true);
    remove_last(&mut gone, Kind::Rx);
    gone.before(kind(Kind::TxFin), Entry::Disappears { socket: S });
    assert!(!gone.judge().all_broken.contains(index("INV-30")), "its document is gone");
}

#[test]
fn without_an_end_of_the_wait_the_peer_has_the_last_word() {
    let endless = |profile: &mut Profile| {
        (profile.close_timeout_us, profile.linger_us) = (FOREVER, FOREVER);
    };
    let mut complete = under(Tale::opened(nothing), endless);
    complete.peer_closes(b"").closing_task().quiescent();
    assert!(!complete.judge().all_broken.contains(index("INV-26")), "the peer may still end it");
    let step = Entry::PeerStep { socket: S, step: 0, bytes: 0, end: Some(PeerEnd::Fin) };
    complete.before(kind(Kind::Quiescent), step);
    check_wrong("INV-26", &complete);
    check("INV-26", under(plain_clean(), endless), |t| {
        t.before(kind(Kind::RxFin), step);
        t.remove(kind(Kind::TcpClosed));
    });
    let mut unread = under(Tale::opened(nothing), endless);
    unread.add(Entry::PeerReads { socket: S, reads: false });
    unread.frame(0x88, b"").start(Side::Peer).closing_task().quiescent();
    assert!(!unread.judge().all_broken.contains(index("INV-27")), "it may still read");
    unread.before(kind(Kind::Quiescent), Entry::PeerReads { socket: S, reads: true });
    check_wrong("INV-27", &unread);
}

#[test]
fn a_code_that_may_not_be_sent_is_the_peers_or_a_reason() {
    let code_only = |profile: &mut Profile| profile.answer = Answer::CodeOnly;
    let mut answered = under(Tale::opened(nothing), code_only);
    answered.frame(0x88, b"\0\x01x").start(Side::Peer).tx(0x88, b"\0\x01");
    over(&mut answered, 1, b"x");
    check("INV-24", answered, |t| {
        let swapped = t.tx_entry(0x88, b"\x01\0");
        t.replace(kind(Kind::TxFrame), swapped);
    });
    let raw = |profile: &mut Profile| profile.reason_only = ReasonOnly::Raw;
    for body in [&b"x"[..], b"xy", b"\x03\xed"] {
        let is_broken = under(own(None, Some(body), body), raw).judge().all_broken.contains(index("INV-24"));
        assert!(!is_broken, "{body:x?} is the reason");
    }
    check_wrong("INV-24", &under(own(Some(1000.0), Some(b"xy"), b"xy"), raw));
    // The same where the page closes before the task that was to answer.
    let first = |answer_time: AnswerTime| {
        let mut tale = under(Tale::opened(nothing), raw);
        tale.profile.answer_time = answer_time;
        tale.frame(0x88, b"\x03\xe9").start(Side::Peer).timer(|t| {
            t.call(Method::Close, Completion::Normal, |t| {
                t.arguments(None, Some(b"xy")).tx(0x88, b"xy").set(ReadyState::Closing);
            });
        });
        tale.judge().all_broken.contains(index("INV-24"))
    };
    assert!(first(AnswerTime::AtOnce) && !first(AnswerTime::InTask));
}

#[test]
fn a_fin_that_fails_the_connection_does_not_excuse_us_from_our_close() {
    check("INV-27", under(with_sends(), |profile| profile.fin_after_our_close = Loss::Fail), |t| {
        let close = t.trace.entries.iter().rposition(kind(Kind::TxFrame)).expect("it is there");
        t.trace.entries.truncate(close);
        t.rx_fin().fail(Cause::EndOfStream, 0);
    });
}
