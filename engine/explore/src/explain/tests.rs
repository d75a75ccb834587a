use wasclean_model::trace::{
    Cause, EndpointTimer, Entry, EventAttributes, EventType, FrameHead, Interface, Method, ReadyState, Side,
    Target, Task, TcpEnd, WorkerState,
};

use super::*;

const WS0: SocketId = SocketId(0);

/// The end of a connection that the peer closes with this body, and what the page is told.
fn peer_closes(body: &[u8], told: u16, clean: bool, is_answered: bool) -> Trace {
    let mut trace = Trace::new();
    let socket = WS0;
    let payload = trace.payloads.intern(body).expect("room");
    let reason = trace.payloads.intern(body.get(2..).unwrap_or_default()).expect("room");
    let head = FrameHead { first: 0x88, second: body.len().to_le_bytes()[0] };
    trace.emit(Entry::Established { socket, protocol: reason });
    trace.emit(Entry::RxFrame { socket, head, payload });
    trace.emit(Entry::ClosingStarted { socket, by: Side::Peer });
    if is_answered {
        trace.emit(Entry::TxFrame { socket, head, payload, mask: 0 });
    }
    trace.emit(Entry::RxFin { socket });
    trace.emit(Entry::TcpClosed { socket, by: TcpEnd::Fin });
    trace.emit(Entry::Closed { socket, clean, error: false, code: told, reason });
    let event = EventAttributes {
        event_type: EventType::Close,
        interface: Interface::CloseEvent,
        is_trusted: true,
        was_clean: clean,
        code: told,
        text: reason,
        ..EventAttributes::default()
    };
    trace.emit(Entry::FireBegin { target: Target::Socket(WS0), event });
    trace
}

const RESPONSE: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/// An established connection, with all that was read in so many reads.
fn established(reads: &[&[u8]]) -> Trace {
    let mut trace = Trace::new();
    let protocol = trace.payloads.intern(b"").expect("room");
    trace.emit(Entry::Request { socket: WS0, nonce: 0, protocols: protocol });
    for (index, bytes) in reads.iter().enumerate() {
        let bytes = trace.payloads.intern(bytes).expect("room");
        trace.emit(Entry::Rx { socket: WS0, bytes });
        if index == 0 {
            trace.emit(Entry::Established { socket: WS0, protocol });
        }
    }
    trace
}

/// The connection is closed without a Close frame from the peer.
fn closes(mut trace: Trace) -> Trace {
    let reason = trace.payloads.intern(b"").expect("room");
    trace.emit(Entry::TcpClosed { socket: WS0, by: TcpEnd::Us });
    trace.emit(Entry::Closed { socket: WS0, clean: false, error: false, code: 1006, reason });
    trace
}

fn only(trace: &Trace) -> Explanation {
    let mut all = explain(trace);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn answer(explanation: &Explanation, about: Question) -> &Answer {
    explanation.answers.iter().find(|answer| answer.about == about).expect("it is answered")
}

#[test]
fn a_clean_close_follows_from_both_frames() {
    let explanation = only(&peer_closes(b"\x03\xe8bye", 1000, true, true));
    assert!(explanation.is_consistent(), "{explanation:#?}");
    assert_eq!(explanation.row, Some("4"));
    assert_eq!(answer(&explanation, Question::Code).text, "code is 1000 (Normal Closure)");
    assert_eq!(answer(&explanation, Question::Reason).text, "reason is \"bye\"");
    let entries: Vec<_> =
        answer(&explanation, Question::WasClean).facts.iter().map(|fact| fact.entry).collect();
    assert_eq!(entries, [Some(7), Some(6), Some(1), Some(3), Some(5), Some(4)]);
}

#[test]
fn an_empty_close_is_1005() {
    let explanation = only(&peer_closes(b"", 1005, true, true));
    assert!(explanation.is_consistent(), "{explanation:#?}");
}

#[test]
fn a_close_that_is_not_answered_is_unclean_with_its_code() {
    let explanation = only(&peer_closes(b"\x03\xe8", 1000, false, false));
    assert!(explanation.is_consistent(), "{explanation:#?}");
    assert_eq!(explanation.row, Some("6"));
}

#[test]
fn what_does_not_follow_from_the_facts_is_told() {
    let explanation = only(&peer_closes(b"\x03\xe8", 1006, false, true));
    let code = answer(&explanation, Question::Code).contradiction.as_ref().expect("1000 was received");
    assert_eq!(
        (code.sources, code.text.as_str()),
        ("CLOSE-30", "from these facts follows 1000, and not 1006")
    );
    let clean =
        answer(&explanation, Question::WasClean).contradiction.as_ref().expect("both frames were there");
    assert_eq!(clean.sources, "CLOSE-33");
    assert_eq!(answer(&explanation, Question::Reason).contradiction, None);
    assert_eq!(answer(&explanation, Question::Error).contradiction, None);
}

#[test]
fn a_trace_that_stops_early_has_no_close_event_to_explain() {
    let mut trace = peer_closes(b"", 1005, true, true);
    trace.entries.truncate(4);
    let explanation = only(&trace);
    assert_eq!(explanation.row, None);
    assert_eq!(explanation.answers[0].about, Question::NoCloseEvent);
    trace.entries.clear();
    assert_eq!(explain(&trace), []);
}

/// Whether a fact is told, as one that these requirements make count.
#[track_caller]
fn check_fact(answer: &Answer, entry: usize, text: &str, sources: &'static str) {
    let want = Fact::at(entry, text, sources);
    assert!(answer.facts.contains(&want), "{want:?} is not in {answer:#?}");
}

#[test]
fn what_we_sent_is_told_where_it_is_not_what_shows() {
    let socket = WS0;
    let mut trace = peer_closes(b"\x03\xe8", 1000, true, true);
    let payload = trace.payloads.intern(b"\x0b\xb8").expect("room");
    let head = FrameHead { first: 0x88, second: 0x82 };
    trace.entries[3] = Entry::TxFrame { socket, head, payload, mask: 0 };
    let explanation = only(&trace);
    let ours = "what we sent (Close 3000) does not show";
    check_fact(answer(&explanation, Question::Code), 3, ours, "CLOSE-30, CLOSE-39");
    check_fact(
        answer(&explanation, Question::WasClean),
        3,
        "a Close frame was sent (Close 3000)",
        "CLOSE-14, CLOSE-33",
    );

    // Without a Close of the peer ours does not show either.
    trace.entries[1] = Entry::ClosingStarted { socket, by: Side::Us };
    check_fact(answer(&only(&trace), Question::Code), 3, ours, "CLOSE-30, FAIL-04");
}

/// How the connection ended, where these entries stand in the place of the peer's FIN.
fn ending(by: TcpEnd, entries: &[Entry]) -> Answer {
    let mut trace = peer_closes(b"\x03\xe8", 1000, true, true);
    trace.entries[5] = Entry::TcpClosed { socket: WS0, by };
    trace.entries.splice(4..5, entries.iter().copied());
    answer(&only(&trace), Question::WasClean).clone()
}

#[test]
fn an_end_of_tcp_is_told_with_its_cause() {
    let socket = WS0;
    let of_reset = ending(TcpEnd::Reset, &[Entry::RxRst { socket }]);
    check_fact(&of_reset, 5, "TCP ended by the peer's RST", "CLOSE-40");
    let text = "the RST came after the closing handshake, which it cannot undo";
    check_fact(&of_reset, 4, text, "CLOSE-38");
    let timer = EndpointTimer::Linger;
    let of_timer = ending(TcpEnd::Us, &[Entry::TimerFired { socket, timer }]);
    check_fact(&of_timer, 5, "we ended TCP", "CLOSE-40");
    let text = "the peer did not end TCP in time after both Close frames";
    check_fact(&of_timer, 4, text, "CLOSE-16, CLOSE-37");
    let of_full = ending(TcpEnd::Us, &[Entry::Full { socket }]);
    check_fact(&of_full, 4, "the send buffer was full", "FAIL-12");
    let fail = Entry::Fail { socket, cause: Cause::Reset, at: 0 };
    let of_failure = ending(TcpEnd::Reset, &[Entry::RxRst { socket }, fail]);
    check_fact(&of_failure, 4, "the peer's RST arrived", "FAIL-06");
}

/// The facts of why the connection ended.
fn beginning(trace: Trace) -> Vec<(Option<usize>, String)> {
    let explanation = only(&closes(trace));
    let facts = &answer(&explanation, Question::Beginning).facts;
    facts.iter().map(|fact| (fact.entry, fact.text.clone())).collect()
}

#[test]
fn a_step_of_the_peer_has_the_number_that_the_time_line_gives_it() {
    let mut trace = established(&[RESPONSE]);
    trace.emit(Entry::PeerStep { socket: WS0, step: 3, bytes: 2, end: None });
    trace.emit(Entry::Fail { socket: WS0, cause: Cause::ReservedBit, at: 0 });
    let want = "the last thing the peer had done was step 3 of its script (counted from 0)";
    assert_eq!(beginning(trace).last(), Some(&(Some(3), want.to_owned())));
}

/// What is said when T1 fires after `entries`, whether or not that is a failure.
#[track_caller]
fn check_timeout(entries: impl Fn(&mut Trace), want: &str) {
    for fails in [false, true] {
        let mut trace = established(&[RESPONSE]);
        entries(&mut trace);
        let at = trace.entries.len();
        trace.emit(Entry::TimerFired { socket: WS0, timer: EndpointTimer::Close });
        if fails {
            trace.emit(Entry::Fail { socket: WS0, cause: Cause::CloseTimeout, at: 0 });
        }
        let facts = beginning(trace);
        assert_eq!(facts.last(), Some(&(Some(at), want.to_owned())));
        assert!(!facts.iter().any(|(_, text)| text.contains("not answered")), "{facts:?}");
    }
}

#[test]
fn a_close_that_did_not_go_out_could_not_be_answered() {
    let (socket, head) = (WS0, FrameHead { first: 0x88, second: 0x80 });
    let stops = |trace: &mut Trace| trace.emit(Entry::PeerReads { socket, reads: false });
    check_timeout(stops, "our Close could not be sent in time, because the peer does not read");
    check_timeout(
        |trace| {
            stops(trace);
            trace.emit(Entry::PeerReads { socket, reads: true });
        },
        "our Close was not sent in time",
    );
    check_timeout(
        |trace| {
            let payload = trace.payloads.intern(b"").expect("room");
            trace.emit(Entry::TxFrame { socket, head, payload, mask: 0 });
            stops(trace);
        },
        "the peer did not answer our Close in time",
    );
}

/// Which read is said to show an offence at a byte of the last frame, and in which words.
#[track_caller]
fn check_place(reads: &[&[u8]], frames: &[(u8, u8, &[u8])], at: u32, want: (usize, &str)) {
    let mut trace = established(reads);
    for &(first, second, payload) in frames {
        let payload = trace.payloads.intern(payload).expect("room");
        trace.emit(Entry::RxFrame { socket: WS0, head: FrameHead { first, second }, payload });
    }
    trace.emit(Entry::Fail { socket: WS0, cause: Cause::TextNotUtf8, at });
    // The first read comes after the request, and the second one after *established*.
    let read = if want.0 == 0 { 1 } else { want.0 + 2 };
    assert_eq!(beginning(trace).last(), Some(&(Some(read), want.1.to_owned())));
}

#[test]
fn an_offence_is_shown_by_the_read_in_which_its_byte_came() {
    let byte_2 = "byte 2 of the frame (counted from 0) shows it; it came with this read";
    let with_frame = [RESPONSE, b"\x81\x02\xff"].concat();
    check_place(&[RESPONSE, b"\x81\x02\xff", b"a"], &[], 2, (1, byte_2));
    check_place(&[RESPONSE, b"\x81\x02", b"\xff", b"a"], &[], 2, (2, byte_2));
    check_place(&[&with_frame, b"a"], &[], 2, (0, byte_2));
    let interim = [b"HTTP/1.1 103 Early Hints\r\n\r\n", RESPONSE].concat();
    check_place(&[&interim, b"\x81\x02\xff", b"a"], &[], 2, (1, byte_2));
    let bare = String::from_utf8(RESPONSE.to_vec()).expect("ASCII").replace("\r\n", "\n");
    check_place(&[bare.as_bytes(), b"\x81\x02\xff", b"a"], &[], 2, (1, byte_2));
    for (len, header) in [(126, &[0x82, 126, 0, 126][..]), (0x1_0000, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0])] {
        let long = vec![0; len];
        let whole = [header, &long].concat();
        let reads = [RESPONSE, &whole, b"\x81\x02", b"\xff", b"a"];
        check_place(&reads, &[(0x82, header[1], &long)], 2, (3, byte_2));
    }
    let masked: &[u8] = b"\x89\x81\x00\x00\x00\x00a";
    check_place(&[RESPONSE, masked, b"\x81\x02\xff", b"a"], &[(0x89, 0x81, b"a")], 2, (2, byte_2));
}

#[test]
fn a_byte_that_did_not_come_shows_nothing() {
    let rest = "what had come of the frame when this was read shows it";
    // The last fragment is empty, and the text before it ends within a character.
    check_place(&[RESPONSE, b"\x01\x01\xc3", b"\x80\x00"], &[(0x01, 0x01, b"\xc3")], 2, (2, rest));
    check_place(&[b"no response", b"\x81\x01\xff"], &[], 2, (1, rest));
}

#[test]
fn nothing_but_a_reason_starts_our_closing_handshake() {
    let (socket, by, target) = (WS0, Side::Us, Target::Socket(WS0));
    let mut trace = established(&[RESPONSE]);
    trace.emit(Entry::ClosingStarted { socket, by });
    let explanation = only(&closes(trace));
    let due = answer(&explanation, Question::Beginning).contradiction.as_ref().expect("nothing came before");
    assert_eq!(due.sources, "CLOSE-20");

    // A call of close() that a worker's end cut off is not what started it.
    let mut trace = established(&[RESPONSE]);
    trace.emit(Entry::CallBegin { target, method: Method::Close, ready_state: ReadyState::Open });
    trace.emit(Entry::Worker { state: WorkerState::Ended });
    trace.emit(Entry::Disappears { socket });
    trace.emit(Entry::ClosingStarted { socket, by });
    let explanation = only(&closes(trace));
    assert!(explanation.is_consistent(), "{explanation:#?}");
    assert_eq!(
        answer(&explanation, Question::Beginning).text,
        "the user agent started the closing handshake"
    );
    let entries: Vec<_> =
        answer(&explanation, Question::Beginning).facts.iter().map(|fact| fact.entry).collect();
    assert_eq!(entries, [Some(5), Some(4)]);
}

#[test]
fn a_task_that_is_dropped_is_dropped_for_what_came_first() {
    let mut trace = established(&[RESPONSE]);
    trace.emit(Entry::Collected { socket: WS0 });
    trace.emit(Entry::Worker { state: WorkerState::Closing });
    let mut trace = closes(trace);
    trace.emit(Entry::Dropped { task: Task::Closed(WS0) });
    let explanation = only(&trace);
    let facts = &answer(&explanation, Question::NoCloseEvent).facts;
    let entries: Vec<_> = facts.iter().map(|fact| (fact.entry, fact.sources)).collect();
    assert_eq!(entries, [(Some(6), "API-43"), (Some(7), "GC-06"), (Some(3), "GC-06")]);
}
