//! Frames and ends that are received where a profile has its own rule: the rule is judged.

use super::super::tale::*;
use super::tales::*;
use super::*;
use crate::profile::{
    AnswerCodes, CloseLength, DataAfterClose, FramesAfterClose, HalfReset, HeaderCheck, LateReset, Loss,
    MaskCheck, OneByteClose, Profile, Utf8Check,
};
use crate::trace::{Cause, EndpointTimer, Entry, FrameHead, MessageData, Side, Task, TcpEnd};

pub(super) fn under(mut tale: Tale, set: impl FnOnce(&mut Profile)) -> Tale {
    set(&mut tale.profile);
    tale
}

pub(super) fn remove_last(tale: &mut Tale, old: Kind) {
    let last = tale.trace.entries.iter().rposition(kind(old)).expect("an entry like that");
    tale.trace.entries.remove(last);
}

/// What the trace says after the read that `bytes` are becomes this failure, and the end.
fn fails_instead(tale: &mut Tale, read: usize, cause: Cause, at: u32) {
    let reads = tale.trace.entries.iter().enumerate().filter(|(_, entry)| kind(Kind::Rx)(entry));
    let place = reads.map(|(place, _)| place).nth(read).expect("a read");
    tale.trace.entries.truncate(place + 1);
    tale.fail(cause, at).ends(TcpEnd::Us, false, true, 1006, b"");
}

fn received(tale: &mut Tale, first: u8, second: u8, payload: &[u8]) {
    let payload = tale.id(payload);
    tale.add(Entry::RxFrame { socket: S, head: FrameHead { first, second }, payload });
}

/// Nobody notices what the connection fails for.
fn unnoticed(tale: &mut Tale) {
    let at = tale.place(kind(Kind::Fail));
    tale.trace.entries.truncate(at);
    tale.rx_fin();
}

/// The connection ends as its closing handshake has it.
pub(super) fn over(tale: &mut Tale, code: u16, reason: &[u8]) {
    tale.closing_task().rx_fin().ends(TcpEnd::Fin, true, false, code, reason);
    tale.closed_task(nothing).quiescent();
}

/// The connection fails, and nothing is said to the peer.
fn failed(tale: &mut Tale, cause: Cause, at: u32) {
    tale.fail(cause, at).ends(TcpEnd::Us, false, true, 1006, b"").closed_task(nothing).quiescent();
}

#[test]
fn a_mask_is_taken_off_where_it_is_accepted() {
    let masked = || {
        let mut tale = under(Tale::opened(nothing), |profile| profile.mask_check = MaskCheck::Accept);
        tale.rx(&[0x81, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2]);
        received(&mut tale, 0x81, 0x82, b"hi");
        tale.add(Entry::Enqueue { task: Task::Message(S) }).message_task(MessageData::Text, b"hi");
        // Cut within the code: the key goes on where it was.
        tale.rx(&[0x88, 0x85, 1, 2, 3, 4, 3 ^ 1]).rx(&[0xe8 ^ 2, b'b' ^ 3, b'y' ^ 4, b'e' ^ 1]);
        received(&mut tale, 0x88, 0x85, b"\x03\xe8bye");
        tale.start(Side::Peer).tx(0x88, b"\x03\xe8bye");
        over(&mut tale, 1000, b"bye");
        tale
    };
    for (old, new) in [(&b"hi"[..], &b"ik"[..]), (b"\x03\xe8bye", b"\x03\xe8cyf")] {
        check("INV-05", masked(), |t| {
            let (old, new) = (t.id(old), t.id(new));
            t.change(|entry| match entry {
                Entry::RxFrame { payload, .. } if *payload == old => {
                    *payload = new;
                    true
                }
                _ => false,
            });
        });
    }
    check("INV-05", masked(), |t| remove_last(t, Kind::RxFrame));
    let mut refused = masked();
    fails_instead(&mut refused, 1, Cause::MaskedByServer, 1);
    check_wrong("INV-12", &refused);
    // What is under the mask is judged as what has none.
    let wrong = || {
        let mut tale = under(Tale::opened(nothing), |profile| profile.mask_check = MaskCheck::Accept);
        tale.rx(&[0x81, 0x81, 0x41, 0, 0, 0, 0xff ^ 0x41]);
        failed(&mut tale, Cause::TextNotUtf8, 6);
        tale
    };
    check("INV-13", wrong(), unnoticed);
}

#[test]
fn a_close_frame_may_have_any_length_where_that_is_accepted() {
    let body = || {
        let mut body = Vec::from(*b"\x03\xe8");
        body.resize(126, b'x');
        body
    };
    let long = || {
        let mut tale = under(Tale::opened(nothing), |profile| profile.close_length = CloseLength::Any);
        let mut bytes = Vec::from([0x88, 126, 0, 126]);
        bytes.extend(body());
        tale.rx(&bytes);
        received(&mut tale, 0x88, 126, &body());
        tale.start(Side::Peer);
        let payload = tale.id(&body());
        let head = FrameHead { first: 0x88, second: 0xfe };
        tale.add(Entry::TxFrame { socket: S, head, payload, mask: 0 });
        over(&mut tale, 1000, &body()[2..]);
        tale
    };
    check("INV-05", long(), |t| {
        t.remove(kind(Kind::RxFrame));
    });
    check("INV-14", long(), |t| {
        let mut other = body();
        other[2] = b'y';
        let other = t.id(&other);
        t.change(|entry| match entry {
            Entry::TxFrame { payload, .. } => {
                *payload = other;
                true
            }
            _ => false,
        });
    });
    let mut refused = long();
    fails_instead(&mut refused, 1, Cause::ControlTooLong, 1);
    check_wrong("INV-12", &refused);
    // No other frame has that freedom.
    for (bytes, cause, at) in
        [(&[0x89, 126][..], Cause::ControlTooLong, 1), (&[0x82, 126, 0, 1], Cause::LengthNotMinimal, 3)]
    {
        let any = |profile: &mut Profile| profile.close_length = CloseLength::Any;
        check("INV-13", under(violation(bytes, cause, at), any), unnoticed);
    }
}

#[test]
fn a_header_is_judged_when_it_is_whole_where_the_profile_waits() {
    let whole = |profile: &mut Profile| profile.header_check = HeaderCheck::Whole;
    for (bytes, cause, at) in [
        (&[0x83, 0][..], Cause::ReservedOpcode, 0),
        (&[0x81, 0x80, 0, 0, 0, 0], Cause::MaskedByServer, 1),
        (&[0x89, 126, 0, 1], Cause::ControlTooLong, 1),
    ] {
        check("INV-13", under(violation(bytes, cause, at), whole), unnoticed);
        check_wrong("INV-12", &under(violation(&bytes[..bytes.len() - 1], cause, at), whole));
    }
}

#[test]
fn one_byte_of_a_close_is_none_where_that_is_accepted() {
    let short = || {
        let mut tale = under(Tale::opened(nothing), |profile| profile.one_byte_close = OneByteClose::Empty);
        tale.rx(&[0x88, 1, 3]);
        received(&mut tale, 0x88, 1, &[3]);
        tale.start(Side::Peer).tx(0x88, b"");
        over(&mut tale, 1005, b"");
        tale
    };
    check("INV-05", short(), |t| {
        t.remove(kind(Kind::RxFrame));
    });
    check("INV-36", short(), |t| {
        let same = t.tx_entry(0x88, &[3]);
        t.replace(kind(Kind::TxFrame), same);
    });
    let mut refused = short();
    fails_instead(&mut refused, 1, Cause::CloseBodyOfOneByte, 2);
    check_wrong("INV-12", &refused);
}

#[test]
fn text_is_judged_as_a_whole_where_the_profile_waits() {
    let late = || {
        let mut tale = under(Tale::opened(nothing), |profile| profile.utf8_check = Utf8Check::WholeMessage);
        tale.frame(0x01, &[0xff]).frame(0x89, b"").tx(0x8a, b"").rx(&[0x80, 0]);
        failed(&mut tale, Cause::TextNotUtf8, 2);
        tale
    };
    check("INV-13", late(), unnoticed);
    let mut early = late();
    fails_instead(&mut early, 1, Cause::TextNotUtf8, 2);
    check_wrong("INV-12", &early);
}

#[test]
fn what_follows_a_close_fails_a_connection_as_the_profile_has_it() {
    let after = |set: fn(&mut Profile), bytes: &[u8], cause, at| {
        let mut tale = under(Tale::opened(nothing), set);
        tale.peer_closes(b"").rx(bytes).fail(cause, at).quiescent();
        tale
    };
    let fail = |profile: &mut Profile| profile.frames_after_close = FramesAfterClose::Fail;
    let malformed = |profile: &mut Profile| profile.frames_after_close = FramesAfterClose::FailMalformed;
    type Case<'a> = (fn(&mut Profile), &'a [u8], Cause, u32, bool);
    let cases: [Case<'_>; 7] = [
        (fail, &[0x81, 0], Cause::FrameAfterClose, 0, true),
        (fail, &[0x83], Cause::FrameAfterClose, 0, true),
        (fail, &[0x81], Cause::FrameAfterClose, 0, false),
        (malformed, &[0x83], Cause::ReservedOpcode, 0, true),
        (malformed, &[0x81, 1, b'a', 0x83], Cause::ReservedOpcode, 0, true),
        (malformed, &[0x81, 1, b'a', 0x89], Cause::ReservedOpcode, 0, false),
        (malformed, &[0x81, 1, 0xff], Cause::TextNotUtf8, 2, false),
    ];
    for (set, bytes, cause, at, is_justified) in cases {
        let mut tale = after(set, bytes, cause, at);
        let is_broken = |tale: &Tale, id| tale.judge().all_broken.contains(index(id));
        assert_eq!(is_broken(&tale, "INV-12"), !is_justified, "{bytes:x?}");
        tale.remove(kind(Kind::Fail));
        assert_eq!(is_broken(&tale, "INV-13"), is_justified, "{bytes:x?}");
    }
}

#[test]
fn data_after_our_close_fails_the_connection_where_the_profile_has_it_so() {
    let fail = |profile: &mut Profile| profile.data_after_our_close = DataAfterClose::Fail;
    // The header of a first frame came before, so that frame is received.
    let tale = || {
        let mut tale = under(Tale::opened(nothing), fail);
        tale.rx(&[0x81, 2, b'a']).timer(|t| {
            t.close(None, None, b"");
        });
        tale.closing_task().rx(b"b").rx_frame(0x81, b"ab");
        tale.add(Entry::Enqueue { task: Task::Message(S) });
        tale.add(Entry::TaskBegin { task: Task::Message(S) });
        tale.add(Entry::TaskEnd { task: Task::Message(S) }).add(Entry::Checkpoint);
        tale.rx(&[0x81, 0]);
        failed(&mut tale, Cause::FrameAfterClose, 0);
        tale
    };
    check("INV-12", tale(), |t| {
        fails_instead(t, 2, Cause::FrameAfterClose, 0);
    });
    check("INV-13", tale(), unnoticed);
}

#[test]
fn the_code_of_an_answer_is_accepted_where_the_profile_does_not_judge_it() {
    let answered = |codes: AnswerCodes, body: &[u8]| {
        let mut tale = under(Tale::opened(nothing), |profile| profile.answer_codes = codes);
        tale.profile.accept_codes = crate::profile::AcceptCodes::Registered;
        tale.timer(|t| {
            t.close(None, None, b"");
        });
        tale.closing_task().frame(0x88, body);
        tale
    };
    for (codes, body, is_accepted) in [
        (AnswerCodes::All, b"\x03\xee", true),
        (AnswerCodes::NotReserved, b"\x03\xee", false),
        (AnswerCodes::NotReserved, b"\x07\xd0", true),
        (AnswerCodes::Judged, b"\x07\xd0", false),
    ] {
        let tale = answered(codes, body);
        let is_broken = tale.judge().all_broken.contains(index("INV-05"));
        assert_eq!(is_broken, !is_accepted, "{codes} {body:x?}");
        let mut tale = answered(codes, body);
        tale.remove(|entry| matches!(entry, Entry::RxFrame { head, .. } if head.opcode() == 8));
        tale.rx_fin();
        let missed = if is_accepted { "INV-05" } else { "INV-13" };
        check_wrong(missed, &tale);
    }
}

#[test]
fn an_end_fails_a_connection_only_where_the_profile_has_it_so() {
    let end = |is_ours: bool, theirs: Option<&[u8]>, end: Entry, cause| {
        let mut tale = Tale::opened(nothing);
        if is_ours {
            tale.timer(|t| {
                t.close(None, None, b"");
            });
        }
        if let Some(body) = theirs {
            tale.frame(0x88, body);
            if !is_ours {
                tale.start(Side::Peer);
            }
        }
        tale.add(end).fail(cause, 0);
        tale
    };
    let (fin, reset) = (Entry::RxFin { socket: S }, Entry::RxRst { socket: S });
    let timer = Entry::TimerFired { socket: S, timer: EndpointTimer::Close };
    type Case<'a> = (bool, Option<&'a [u8]>, Entry, Cause, fn(&mut Profile, bool));
    let cases: [Case<'_>; 7] = [
        (false, None, fin, Cause::EndOfStream, |p, fails| p.fin_without_close = loss_if(fails)),
        (true, None, fin, Cause::EndOfStream, |p, fails| p.fin_after_our_close = loss_if(fails)),
        (false, None, reset, Cause::Reset, |p, fails| p.rst_without_close = loss_if(fails)),
        (true, None, reset, Cause::Reset, |p, fails| p.rst_after_our_close = loss_if(fails)),
        (false, Some(b""), reset, Cause::Reset, |p, fails| {
            p.rst_after_their_close = if fails { HalfReset::Fail } else { HalfReset::Unclean };
        }),
        (true, Some(b""), reset, Cause::Reset, |p, fails| {
            p.rst_after_handshake = if fails { LateReset::Fail } else { LateReset::Clean };
        }),
        (true, None, timer, Cause::CloseTimeout, |p, fails| p.close_timeout = loss_if(fails)),
    ];
    for (is_ours, theirs, entry, cause, set) in cases {
        for fails in [true, false] {
            let tale = under(end(is_ours, theirs, entry, cause), |profile| set(profile, fails));
            assert_eq!(tale.judge().all_broken.contains(index("INV-12")), !fails, "{entry:?} {is_ours}");
        }
    }
    // After the peer's Close its FIN is the end that was to come.
    let tale = under(end(false, Some(b""), fin, Cause::EndOfStream), |p| p.fin_without_close = Loss::Fail);
    check_wrong("INV-12", &tale);
}

fn loss_if(fails: bool) -> Loss {
    if fails { Loss::Fail } else { Loss::Drop }
}
