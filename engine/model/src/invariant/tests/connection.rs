//! Framing, the endpoint and the opening handshake.

use super::super::tale::*;
use super::tales::*;
use super::*;
use crate::profile::{AnswerTime, Guard};
use crate::trace::{
    Cause, Completion, EndpointTimer, Entry, EventType, Interface, MessageData, PayloadId, Side, SocketId,
    Task, TcpEnd,
};

#[test]
fn framing() {
    check("INV-05", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::RxFrame { payload, .. } => {
                *payload = PayloadId::EMPTY;
                true
            }
            _ => false,
        });
    });
    check("INV-05", with_message(), |t| {
        t.remove(kind(Kind::RxFrame));
    });
    check("INV-05", with_message(), |t| {
        // A frame that was cut in two is read as a whole.
        let at = t.place(kind(Kind::RxFrame));
        t.trace.entries.truncate(at - 1);
        t.rx(&[0x01, 2, b'h']).rx(b"e").rx_frame(0x01, b"ho");
    });
    check("INV-06", plain_violation(), |t| {
        let payload = PayloadId::EMPTY;
        let head = crate::trace::FrameHead { first: 0x82, second: 0 };
        t.after(kind(Kind::Fail), Entry::RxFrame { socket: S, head, payload });
    });
    check("INV-08", plain_clean(), |t| say(t, true, 0xe803, b"bye"));
    check("INV-12", plain_violation(), |t| {
        t.change(|entry| match entry {
            Entry::Fail { at, .. } => {
                *at = 1;
                true
            }
            _ => false,
        });
    });
    check("INV-12", plain_violation(), |t| {
        t.change(|entry| match entry {
            Entry::Fail { cause, .. } => {
                *cause = Cause::ReservedBit;
                true
            }
            _ => false,
        });
    });
    check("INV-12", plain_violation(), |t| {
        // Nothing is read after a Close but to be discarded.
        let at = t.place(kind(Kind::Fail));
        t.trace.entries.truncate(at - 1);
        t.peer_closes(b"").rx(&[0x83, 0]).fail(Cause::FrameAfterClose, 0);
    });
    for (bytes, cause, at) in [
        (&[0x83, 0][..], Cause::ReservedOpcode, 0),
        (&[0xc1, 0], Cause::ReservedBit, 0),
        (&[0x81, 0x80], Cause::MaskedByServer, 1),
        (&[0x08, 0], Cause::FragmentedControl, 0),
        (&[0x81, 1, 0xff], Cause::TextNotUtf8, 2),
        (&[0x81, 1, 0xe2], Cause::TextNotUtf8, 2),
        (&[0x88, 1, 3], Cause::CloseBodyOfOneByte, 2),
        (&[0x88, 2, 3, 0xee], Cause::CloseCode, 3),
        (&[0x88, 3, 3, 0xe8, 0xff], Cause::ReasonNotUtf8, 4),
        (&[0x82, 126, 0, 1], Cause::LengthNotMinimal, 3),
    ] {
        check("INV-13", violation(bytes, cause, at), |t| {
            let at = t.place(kind(Kind::Fail));
            t.trace.entries.truncate(at);
            t.rx_fin();
        });
    }
    check("INV-14", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::TxFrame { head, .. } => {
                head.second &= 0x7f;
                true
            }
            _ => false,
        });
    });
    check("INV-23", plain_violation(), |t| {
        let bytes = t.id(b"x");
        t.after(kind(Kind::TcpClosed), Entry::Rx { socket: S, bytes });
    });
    check("INV-35", with_message(), |t| {
        let text = t.id(b"llo");
        t.change(|entry| match entry {
            Entry::FireBegin { event, .. } if event.event_type == EventType::Message => {
                event.text = text;
                true
            }
            _ => false,
        });
    });
    check("INV-35", with_message(), |t| {
        let at = t.place(|entry| matches!(entry, Entry::Enqueue { task: Task::Message(_) }));
        t.trace.entries.truncate(at);
        t.rx_fin();
    });
    check("INV-35", with_message(), |t| {
        let at = t.place(|entry| matches!(entry, Entry::TaskBegin { task: Task::Message(_) }));
        t.trace.entries.drain(at + 1..at + 3);
    });
}

#[test]
fn what_the_data_of_a_message_is() {
    let is = |of: MessageData, new: MessageData| {
        move |t: &mut Tale| {
            t.change(|entry| match entry {
                Entry::FireBegin { event, .. }
                    if event.interface == (Interface::MessageEvent { data: of }) =>
                {
                    event.interface = Interface::MessageEvent { data: new };
                    true
                }
                _ => false,
            });
        }
    };
    let reads = |old: u32, new: u32| {
        move |t: &mut Tale| {
            t.change(|entry| match entry {
                Entry::Read { value, .. } if *value == old => {
                    *value = new;
                    true
                }
                _ => false,
            });
        }
    };
    // As it was when the message arrived.
    check("INV-109", with_binary_message(), is(MessageData::ArrayBuffer, MessageData::Blob));
    check("INV-109", with_binary_message(), is(MessageData::ArrayBuffer, MessageData::Text));
    check("INV-109", with_binary_message(), is(MessageData::Text, MessageData::ArrayBuffer));
    check("INV-109", with_binary_message(), reads(0, 1));
    check("INV-109", with_binary_message(), reads(1, 0));
    check("INV-109", with_binary_message(), |t| {
        t.remove(kind(Kind::SetBinaryType));
    });
}

#[test]
fn close_frames_that_are_written() {
    check("INV-20", plain_own(), |t| {
        let again = t.tx_entry(0x88, b"\x03\xe8");
        t.after(kind(Kind::RxFrame), again);
    });
    check("INV-21", plain_own(), |t| {
        let data = t.tx_entry(0x81, b"x");
        t.after(kind(Kind::TxFrame), data);
    });
    check("INV-21", with_message(), |t| {
        // Our answer went out, so the Pong is no longer owed.
        let pong = t.remove(kind(Kind::TxFrame));
        t.after(kind(Kind::TxFrame), pong);
    });
    check("INV-22", plain_violation(), |t| {
        let pong = t.tx_entry(0x8a, b"");
        t.after(kind(Kind::Fail), pong);
    });
    check("INV-24", plain_own(), |t| {
        let reserved = t.tx_entry(0x88, b"\x03\xed");
        t.replace(kind(Kind::TxFrame), reserved);
    });
    check("INV-36", plain_clean(), |t| {
        let other = t.tx_entry(0x88, b"");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-37", plain_violation(), |t| {
        let other = t.tx_entry(0x88, b"\x03\xe8");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-38", plain_own(), |t| {
        let other = t.tx_entry(0x88, b"\x03\xe8");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-38", own(None, None, b""), |t| {
        let other = t.tx_entry(0x88, b"\x03\xe8");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-38", own(None, Some(b"x"), b"\x03\xe8x"), |t| {
        let other = t.tx_entry(0x88, b"x");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-87", with_sends(), |t| {
        let close = t.tx_entry(0x88, b"");
        t.replace(kind(Kind::TxFrame), close);
    });
    check("INV-87", with_sends(), |t| {
        let cut = t.tx_entry(0x81, b"ab");
        t.replace(kind(Kind::TxFrame), cut);
    });
}

#[test]
fn the_end_of_a_connection() {
    check("INV-25", plain_clean(), |t| {
        let again = t.trace.entries[t.place(kind(Kind::RxFrame))];
        t.after(kind(Kind::RxFrame), again);
    });
    check("INV-26", plain_clean(), |t| {
        t.remove(kind(Kind::TcpClosed));
    });
    check("INV-27", plain_clean(), |t| {
        let at = t.place(kind(Kind::TxFrame));
        t.trace.entries.truncate(at);
        t.quiescent();
    });
    check("INV-27", plain_clean(), |t| {
        let at = t.place(kind(Kind::TxFrame));
        t.trace.entries.truncate(at);
        t.ends(TcpEnd::Us, false, false, 1000, b"bye");
    });
    check("INV-27", with_sends(), |t| {
        let close = t.trace.entries.iter().rposition(kind(Kind::TxFrame)).expect("it is there");
        t.trace.entries.truncate(close);
        t.rx_fin().ends(TcpEnd::Fin, false, false, 1006, b"");
    });
    // The peer reads, so what was due must have gone out.
    check("INV-27", silence(), |t| {
        t.remove(kind(Kind::TxFrame));
    });
    check("INV-27", plain_clean(), |t| {
        t.remove(kind(Kind::TxFrame));
        say(t, false, 1000, b"bye");
    });
    let mut unread = unread();
    assert!(unread.judge().broken.is_none(), "a peer that does not read excuses what is not written");
    unread.remove(kind(Kind::PeerReads));
    assert!(unread.judge().all_broken.contains(index("INV-27")));
    let mut ended = tales::unread();
    let elapse = ended.place(kind(Kind::Elapse));
    ended.trace.entries.truncate(elapse);
    ended.rx_fin().ends(TcpEnd::Fin, false, false, 1005, b"");
    assert!(ended.judge().all_broken.contains(index("INV-27")), "its FIN does not excuse us from an answer");
    // An answer that the task gives is due from that task on, and a FIN that came before changes nothing of it.
    let in_task = || {
        let mut tale = Tale::opened(nothing);
        tale.profile.answer_time = AnswerTime::InTask;
        tale.frame(0x88, b"").start(Side::Peer);
        tale
    };
    let mut waiting = in_task();
    waiting.quiescent();
    assert!(!waiting.judge().all_broken.contains(index("INV-27")), "it is not due before the task");
    for is_fin in [false, true] {
        let mut unanswered = in_task();
        if is_fin {
            unanswered.rx_fin();
        }
        unanswered.closing_task().quiescent();
        assert!(unanswered.judge().all_broken.contains(index("INV-27")));
    }
    let mut lost = in_task();
    lost.rx_fin().ends(TcpEnd::Fin, false, false, 1005, b"");
    assert!(lost.judge().all_broken.contains(index("INV-27")), "the task was to give the answer");
    check("INV-28", with_message(), |t| {
        let at = t.place(kind(Kind::TxFrame));
        t.trace.entries.truncate(at);
        t.quiescent();
    });
    check("INV-28", with_message(), |t| {
        let other = t.tx_entry(0x8a, b"q");
        t.replace(kind(Kind::TxFrame), other);
    });
    check("INV-28", with_message(), |t| {
        let at = t.place(kind(Kind::TxFrame));
        t.trace.entries.truncate(at);
        t.timer(|t| {
            t.send(b"x", Completion::Normal, nothing);
        });
        t.tx(0x81, b"x").quiescent();
    });
    // A Ping before the answer to our Close, and the same Ping once more.
    let pinged = || {
        let mut tale = silence();
        let ping = tale.tx_entry(0x8a, b"p");
        let at = tale.place(kind(Kind::Elapse));
        let rest = tale.trace.entries.split_off(at);
        tale.frame(0x89, b"p").add(ping).frame(0x89, b"p").add(ping);
        tale.trace.entries.extend(rest);
        tale
    };
    for count in [1, 2] {
        check("INV-28", pinged(), |t| {
            for _ in 0..count {
                let is_pong =
                    |entry: &Entry| matches!(entry, Entry::TxFrame { head, .. } if head.opcode() == 10);
                let last = t.trace.entries.iter().rposition(is_pong).expect("a Pong");
                t.trace.entries.remove(last);
            }
        });
    }
    check("INV-29", plain_clean(), |t| {
        let closed = t.trace.entries[t.place(kind(Kind::Closed))];
        t.after(kind(Kind::Closed), closed);
    });
    check("INV-29", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::ClosingStarted { by, .. } => {
                *by = Side::Us;
                true
            }
            _ => false,
        });
    });
    check("INV-30", plain_clean(), |t| {
        t.remove(kind(Kind::RxFin));
    });
    check("INV-30", plain_clean(), |t| {
        t.remove(kind(Kind::Request));
    });
    for wrong in [TcpEnd::NotConnected, TcpEnd::Reset, TcpEnd::Us] {
        check("INV-106", plain_clean(), |t| {
            let reset = Entry::RxRst { socket: S };
            if wrong == TcpEnd::Us {
                t.before(kind(Kind::TxFin), reset);
            }
            t.replace(kind(Kind::TcpClosed), Entry::TcpClosed { socket: S, by: wrong });
        });
    }
    check("INV-106", plain_clean(), |t| {
        t.remove(kind(Kind::TxFin));
    });
    check("INV-106", plain_clean(), |t| {
        t.replace(kind(Kind::RxFin), Entry::RxRst { socket: S });
    });
    for end in [Entry::RxFin { socket: S }, Entry::RxRst { socket: S }] {
        check("INV-106", plain_clean(), |t| {
            t.before(kind(Kind::RxFin), end);
            t.before(kind(Kind::RxFin), end);
        });
    }
    check("INV-106", plain_clean(), |t| {
        t.after(kind(Kind::RxFin), Entry::Elapse { by_us: 1 });
    });
    // Our Close goes out although the peer does not read.
    check("INV-106", plain_clean(), |t| {
        t.before(kind(Kind::TxFrame), Entry::PeerReads { socket: S, reads: false });
    });
    check("INV-29", refused(), |t| {
        t.remove(kind(Kind::Fail));
    });
    check("INV-31", plain_clean(), |t| {
        let ping = t.tx_entry(0x8a, b"");
        t.after(kind(Kind::Request), ping);
    });
    check("INV-39", silence(), |t| {
        t.change(|entry| match entry {
            Entry::Elapse { by_us } => {
                *by_us -= 1;
                true
            }
            _ => false,
        });
    });
    check("INV-39", lingering(), |t| {
        t.remove(kind(Kind::TimerFired));
        t.after(kind(Kind::Elapse), Entry::Elapse { by_us: 1 });
    });
    check("INV-39", silence(), |t| {
        let fired = Entry::TimerFired { socket: S, timer: EndpointTimer::Close };
        t.after(kind(Kind::Closed), fired);
    });
    let written = || {
        let mut tale = plain_clean();
        let step = |step, bytes| Entry::PeerStep { socket: S, step, bytes, end: None };
        let response = u32::try_from(Tale::response(1).len()).expect("it is short");
        tale.after(kind(Kind::Request), step(0, response));
        tale.after(|entry| matches!(entry, Entry::TaskEnd { task: Task::Open(_) }), step(1, 7));
        tale
    };
    check("INV-15", written(), |t| {
        let bytes = t.id(b"\x88");
        let close = t.trace.entries.iter().rposition(kind(Kind::Rx)).expect("it is there");
        t.trace.entries[close] = Entry::Rx { socket: S, bytes };
    });
    check("INV-15", written(), |t| {
        let close = t.trace.entries.iter().rposition(kind(Kind::Rx)).expect("it is there");
        t.trace.entries.truncate(close);
        t.quiescent();
    });
    check("INV-15", written(), |t| {
        let bytes = t.id(b"\x88\x05\x03\xe8bye\x8a");
        let close = t.trace.entries.iter().rposition(kind(Kind::Rx)).expect("it is there");
        t.trace.entries[close] = Entry::Rx { socket: S, bytes };
    });
    check("INV-15", written(), |t| {
        t.before(kind(Kind::Rx), Entry::Rx { socket: S, bytes: PayloadId::EMPTY });
    });
    check("INV-53", full(), |t| {
        t.change(|entry| match entry {
            Entry::Closed { error, .. } => {
                *error = false;
                true
            }
            _ => false,
        });
    });
}

#[test]
fn a_closing_task_after_a_full_buffer_is_an_offence_where_it_is_guarded() {
    for (guard, is_broken) in [(Guard::Guard, true), (Guard::Literal, false)] {
        let mut tale = full();
        tale.profile.closing_task = guard;
        tale.after(kind(Kind::Full), Entry::Enqueue { task: Task::Closing(S) });
        assert_eq!(tale.judge().all_broken.contains(index("INV-53")), is_broken, "{guard:?}");
    }
}

#[test]
fn the_opening_handshake() {
    let second = || {
        let mut tale = Tale::new();
        tale.script(|t| {
            t.construct(SocketId(1));
        });
        tale.request()
            .rx(&Tale::response(1))
            .add(Entry::Established { socket: S, protocol: PayloadId::EMPTY });
        tale.add(Entry::Enqueue { task: Task::Open(S) });
        tale.add(Entry::Request { socket: SocketId(1), nonce: 2, protocols: PayloadId::EMPTY });
        tale
    };
    check("INV-32", second(), |t| {
        t.remove(kind(Kind::Established));
    });
    check("INV-32", second(), |t| {
        // The first one still waits.
        let request = t.place(kind(Kind::Request));
        t.trace.entries.truncate(request);
        t.add(Entry::Request { socket: SocketId(1), nonce: 2, protocols: PayloadId::EMPTY });
    });
    for url in ["ws://h:25/", "ws://BLOCKED.test:80/x"] {
        check("INV-59", plain_clean(), |t| constructed_with(t, url, ""));
    }
    for list in ["chat,CHAT", "a b", "chat,"] {
        check("INV-59", plain_clean(), |t| {
            constructed_with(t, "ws://h/", list);
            requested_with(t, list);
        });
    }
    for cause in [Cause::BadPort, Cause::ContentSecurityPolicy] {
        check("INV-59", plain_clean(), |t| {
            t.after(kind(Kind::Request), Entry::Fail { socket: S, cause, at: 0 });
        });
    }
    check("INV-59", plain_clean(), |t| requested_with(t, "chat"));
    check("INV-59", plain_clean(), |t| constructed_with(t, "ws://h/", "chat"));
    check("INV-34", plain_clean(), |t| {
        t.change(|entry| match entry {
            Entry::Request { nonce, .. } => {
                *nonce += 1;
                true
            }
            _ => false,
        });
    });
    check("INV-34", plain_clean(), |t| {
        let at = t.place(kind(Kind::Established));
        t.trace.entries.truncate(at);
        t.rx_fin();
    });
    check("INV-34", plain_clean(), |t| {
        let other = t.id(b"chat");
        t.change(|entry| match entry {
            Entry::Established { protocol, .. } => {
                *protocol = other;
                true
            }
            _ => false,
        });
    });
    check("INV-80", refused(), |t| say(t, false, 1000, b""));
    check("INV-80", close_while_connecting(), |t| {
        let open = Entry::FireBegin { target: WS, event: trusted(EventType::Open) };
        t.before(|entry| matches!(entry, Entry::FireBegin { .. }), open);
    });
    check("INV-82", refused_by_tls(), |t| say(t, false, 1015, b""));
}

#[test]
fn a_response_may_come_a_byte_at_a_time_with_a_close_behind_it() {
    let mut tale = Tale::new();
    tale.script(nothing).request();
    let mut bytes = Tale::response(1);
    let head_len = bytes.len();
    bytes.extend([0x88, 2, 3, 0xe8]);
    for byte in &bytes[..head_len - 2] {
        tale.rx(&[*byte]);
    }
    tale.rx(&bytes[head_len - 2..]).add(Entry::Established { socket: S, protocol: PayloadId::EMPTY });
    tale.add(Entry::Enqueue { task: Task::Open(S) });
    tale.rx_frame(0x88, b"\x03\xe8")
        .start(Side::Peer)
        .tx(0x88, b"\x03\xe8")
        .open_task(nothing)
        .closing_task();
    tale.rx_fin().ends(TcpEnd::Fin, true, false, 1000, b"").closed_task(nothing).quiescent();
    check("INV-05", tale, |t| {
        t.remove(kind(Kind::RxFrame));
    });
}
