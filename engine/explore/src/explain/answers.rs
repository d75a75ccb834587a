//! The questions that one asks about a close event, answered from a [`Story`].

use wasclean_model::status_code::registration;
use wasclean_model::trace::{Cause, Completion, EndpointTimer, Interface, ReadyState, Side, TcpEnd};

use super::lifetime::{disappearing, silence, waiting};
use super::story::{CloseCall, CloseFrame, Starter, Story};
use super::{Answer, Explanation, Fact, Question};

pub(super) fn explanation(story: &Story<'_>) -> Explanation {
    let answers = match story.close_event {
        Some((entry, event)) if event.interface != Interface::CloseEvent => {
            vec![plain(story, entry), error(story), beginning(story)]
        }
        Some((entry, event)) => {
            let seen = Seen {
                entry,
                code: event.code,
                reason: story.payloads.get(event.text),
                was_clean: event.was_clean,
            };
            vec![
                code(story, &seen),
                reason(story, &seen),
                was_clean(story, &seen),
                error(story),
                beginning(story),
            ]
        }
        None => vec![no_close_event(story), beginning(story)],
    };
    Explanation { socket: story.socket, row: story.row(), answers }
}

/// What the close event says.
struct Seen<'a> {
    entry: usize,
    code: u16,
    reason: &'a [u8],
    was_clean: bool,
}

/// An answer for which no knob has been asked yet.
fn answer(about: Question, text: impl Into<String>, facts: Vec<Fact>, contradiction: Option<Fact>) -> Answer {
    Answer { about, text: text.into(), facts, contradiction, knobs: Vec::new() }
}

/// A close event that is a plain `Event`.
fn plain(story: &Story<'_>, entry: usize) -> Answer {
    let mut facts = vec![Fact::at(entry, "the close event is a plain Event", "API-43, LEGACY-11")];
    facts.extend(told_to_the_page(story, |closed| {
        let manner = if closed.clean { "cleanly" } else { "but not cleanly" };
        format!("closed with code {} and reason {}, {manner}", closed.code, quoted(closed.reason))
    }));
    let due = format!(
        "the event that tells of the end is a CloseEvent; from what happened follow code {}, reason {} and wasClean {}",
        story.code_due(),
        quoted(story.reason_due()),
        story.clean_due()
    );
    let text = "the close event has no code, no reason and no wasClean";
    answer(Question::CloseEvent, text, facts, Some(Fact::rule(due, "API-43, API-50")))
}

fn code(story: &Story<'_>, seen: &Seen<'_>) -> Answer {
    let mut facts =
        vec![Fact::at(seen.entry, format!("the close event has code {}", seen.code), "API-43, API-50")];
    facts.extend(told_to_the_page(story, |closed| format!("closed with code {}", closed.code)));
    match story.close_received() {
        Some(frame) => {
            facts.push(match frame.code() {
                Some(code) => Fact::at(
                    frame.entry,
                    format!("the first Close frame that was received carries {code}"),
                    "CLOSE-30, CLOSE-32",
                ),
                None => Fact::at(
                    frame.entry,
                    "the first Close frame that was received has no status code, for which 1005 stands",
                    "CLOSE-30",
                ),
            });
            facts.extend(not_what_we_sent(story, &frame));
        }
        None => {
            facts.push(Fact::rule("no Close frame was received, for which 1006 stands", "CLOSE-30"));
            if let Some(sent) = story.close_sent() {
                let text = format!("what we sent ({}) does not show", in_words(&sent));
                facts.push(Fact::at(sent.entry, text, "CLOSE-30, FAIL-04"));
            }
            facts.extend(ending(story));
        }
    }
    let due = story.code_due();
    let contradiction = (due != seen.code)
        .then(|| Fact::rule(format!("from these facts follows {due}, and not {}", seen.code), "CLOSE-30"));
    answer(Question::Code, format!("code is {} ({})", seen.code, name(seen.code)), facts, contradiction)
}

fn reason(story: &Story<'_>, seen: &Seen<'_>) -> Answer {
    let shown = quoted(seen.reason);
    let mut facts =
        vec![Fact::at(seen.entry, format!("the close event has reason {shown}"), "API-43, API-50")];
    facts.extend(told_to_the_page(story, |closed| format!("closed with reason {}", quoted(closed.reason))));
    match story.close_received() {
        Some(frame) if frame.reason().is_empty() => {
            facts.push(Fact::at(
                frame.entry,
                "nothing follows the status code in the first Close frame",
                "CLOSE-31",
            ));
        }
        Some(frame) => facts.push(Fact::at(
            frame.entry,
            format!("{} follows the status code in the first Close frame", quoted(frame.reason())),
            "CLOSE-31",
        )),
        None => facts.push(Fact::rule("no Close frame was received, so there is no reason", "CLOSE-31")),
    }
    let due = story.reason_due();
    let contradiction = (due != seen.reason).then(|| {
        Fact::rule(format!("from these facts follows {}, and not {shown}", quoted(due)), "CLOSE-31")
    });
    answer(Question::Reason, format!("reason is {shown}"), facts, contradiction)
}

fn was_clean(story: &Story<'_>, seen: &Seen<'_>) -> Answer {
    let mut facts = vec![Fact::at(
        seen.entry,
        format!("the close event has wasClean {}", seen.was_clean),
        "API-43, API-50",
    )];
    facts.extend(told_to_the_page(story, |closed| {
        if closed.clean { "closed cleanly".to_owned() } else { "closed, but not cleanly".to_owned() }
    }));
    facts.push(match story.close_received() {
        Some(frame) => Fact::at(
            frame.entry,
            format!("a Close frame was received ({})", in_words(&frame)),
            "CLOSE-14, CLOSE-33",
        ),
        None => Fact::rule("no Close frame was received before TCP ended", "CLOSE-14, CLOSE-33"),
    });
    facts.push(match story.close_sent() {
        Some(frame) => Fact::at(
            frame.entry,
            format!("a Close frame was sent ({})", in_words(&frame)),
            "CLOSE-14, CLOSE-33",
        ),
        None if story.established.is_none() => {
            Fact::rule("the connection was never established", "CLOSE-34, FAIL-08")
        }
        None => Fact::rule("no Close frame was sent before TCP ended", "CLOSE-14, CLOSE-33, CLOSE-35"),
    });
    facts.extend(ending(story));
    let due = story.clean_due();
    let contradiction = (due != seen.was_clean).then(|| {
        let text = format!("clean means that both were there before TCP ended: from that follows {due}");
        Fact::rule(text, "CLOSE-33")
    });
    answer(Question::WasClean, format!("wasClean is {}", seen.was_clean), facts, contradiction)
}

fn error(story: &Story<'_>) -> Answer {
    let mut facts = Vec::new();
    if let Some(entry) = story.error_event {
        facts.push(Fact::at(
            entry,
            "an error event was fired right before the close event",
            "API-43, FAIL-13",
        ));
    }
    match (story.fail, story.full) {
        (Some(_), _) => facts.extend(failing(story)),
        (None, Some(entry)) => {
            facts.push(Fact::at(
                entry,
                "the send buffer was full, which ends the connection",
                "FAIL-12, FAIL-13",
            ));
        }
        (None, None) => {
            facts.push(Fact::rule(
                "the connection was neither failed nor was the send buffer full",
                "FAIL-13",
            ));
            facts.extend(ending(story));
        }
    }
    let is_due = story.fail.is_some() || story.full.is_some();
    let was_fired = story.error_event.is_some();
    let contradiction = (is_due != was_fired).then(|| {
        let text = if is_due {
            "an error event must precede the close event of a connection that was failed"
        } else {
            "only a connection that was failed, or a full send buffer, fires an error event"
        };
        Fact::rule(text, "FAIL-13")
    });
    let text = if was_fired { "there was an error event" } else { "there was no error event" };
    answer(Question::Error, text, facts, contradiction)
}

/// What set the end in motion.
fn beginning(story: &Story<'_>) -> Answer {
    let (text, facts) = match story.started {
        Some((entry, Side::Peer)) => (
            "the peer started the closing handshake".to_owned(),
            story
                .close_received()
                .map(|frame| {
                    let text = format!("its Close frame arrived first ({})", in_words(&frame));
                    Fact::at(frame.entry, text, "CLOSE-10, CLOSE-12")
                })
                .into_iter()
                .chain([Fact::at(entry, "the closing handshake was started by it", "CLOSE-10")])
                .collect(),
        ),
        Some((entry, Side::Us)) => match story.starter(entry) {
            Some(Starter::Page(call)) => {
                ("the page started the closing handshake".to_owned(), vec![called(call, "API-08, CLOSE-11")])
            }
            Some(Starter::Failure) => ("we failed the connection and said so".to_owned(), failing(story)),
            Some(Starter::Disappearance(at)) => {
                ("the user agent started the closing handshake".to_owned(), disappearing(story, at))
            }
            Some(Starter::Collection(at)) => {
                let text = "the WebSocket object was collected as garbage while the connection was open";
                let facts = vec![Fact::at(at, text, "GC-03")];
                ("the user agent started the closing handshake".to_owned(), facts)
            }
            None => {
                let facts = vec![Fact::at(entry, "the closing handshake was started by us", "CLOSE-11")];
                let due = "nothing that makes us start it came before: no call of close(), no failure, no end of a \
                           document, a worker or the object";
                return answer(
                    Question::Beginning,
                    "we started the closing handshake",
                    facts,
                    Some(Fact::rule(due, "CLOSE-20")),
                );
            }
        },
        None if story.tcp_closed.is_some() => {
            ("the connection ended without a closing handshake".to_owned(), ending(story))
        }
        None => ("nothing has begun to end the connection".to_owned(), Vec::new()),
    };
    answer(Question::Beginning, text, facts, None)
}

fn no_close_event(story: &Story<'_>) -> Answer {
    let mut facts = Vec::new();
    match (story.closed, story.tcp_closed) {
        (Some(closed), _) => {
            facts.push(Fact::at(
                closed.entry,
                "the connection is closed, and the task that tells the page is queued",
                "API-43",
            ));
            if let Some(dropped) = story.dropped {
                let silence = silence(story, dropped);
                let sources = silence.as_ref().map_or("API-43", |fact| fact.sources);
                facts.push(Fact::at(dropped, "that task was dropped without being run", sources));
                facts.extend(silence);
            } else {
                facts.extend(waiting(story));
                facts.push(match (story.end, story.is_bounded) {
                    (Some(end), true) => {
                        Fact::at(end, "the run came up against a bound before that task ran", "API-43")
                    }
                    _ => Fact::rule("the trace ends before that task has run", "API-43"),
                });
            }
        }
        (None, Some((entry, _))) => {
            facts.push(Fact::at(
                entry,
                "TCP has ended, but nothing tells that the connection is closed",
                "CLOSE-40",
            ));
        }
        (None, None) => {
            facts.push(Fact::rule("a connection is closed when TCP has ended, and it has not", "CLOSE-40"));
            if let Some(frame) = story.close_received() {
                facts.push(Fact::at(
                    frame.entry,
                    format!("a Close frame was received ({})", in_words(&frame)),
                    "CLOSE-14",
                ));
            }
            if let Some(frame) = story.close_sent() {
                facts.push(Fact::at(
                    frame.entry,
                    format!("a Close frame was sent ({})", in_words(&frame)),
                    "CLOSE-14",
                ));
            }
        }
    }
    if story.closed.is_none() {
        facts.extend(silence(story, usize::MAX));
    }
    answer(Question::NoCloseEvent, "there was no close event", facts, None)
}

/// What the endpoint told when the connection was closed.
fn told_to_the_page(story: &Story<'_>, text: impl Fn(&super::story::Closed<'_>) -> String) -> Option<Fact> {
    let closed = story.closed.as_ref()?;
    Some(Fact::at(closed.entry, format!("the connection was {}", text(closed)), "API-50"))
}

/// Where both have sent a Close with different codes: it is the other one's that counts.
fn not_what_we_sent(story: &Story<'_>, received: &CloseFrame<'_>) -> Option<Fact> {
    let sent = story.close_sent()?;
    (sent.body != received.body).then(|| {
        Fact::at(
            sent.entry,
            format!("what we sent ({}) does not show", in_words(&sent)),
            "CLOSE-30, CLOSE-39",
        )
    })
}

/// How TCP ended, and why: from the end to its cause.
fn ending(story: &Story<'_>) -> Vec<Fact> {
    let Some((entry, by)) = story.tcp_closed else {
        return Vec::new();
    };
    let mut facts = vec![match by {
        TcpEnd::NotConnected => Fact::at(entry, "TCP was never connected", "CLOSE-34"),
        TcpEnd::Fin => Fact::at(entry, "TCP ended with the FIN of both sides", "CLOSE-40"),
        TcpEnd::Reset => Fact::at(entry, "TCP ended by the peer's RST", "CLOSE-40"),
        TcpEnd::Us => Fact::at(entry, "we ended TCP", "CLOSE-40"),
    }];
    let handshake = story.close_received().is_some() && story.close_sent().is_some();
    if story.fail.is_some() {
        facts.extend(failing(story));
        return facts;
    }
    if let Some(full) = story.full {
        facts.push(Fact::at(full, "the send buffer was full", "FAIL-12"));
    }
    if let Some(&(fired, timer)) = story.timers.iter().rfind(|(fired, _)| *fired < entry) {
        facts.push(timer_fact(story, fired, timer));
    }
    if let Some(fin) = story.rx_fin.filter(|_| by == TcpEnd::Fin) {
        let (text, sources) = if handshake {
            ("the peer ended its side after the closing handshake", "CLOSE-14, CLOSE-16")
        } else {
            ("the peer ended its side before the closing handshake was complete", "K-EOF, FAIL-06")
        };
        facts.push(Fact::at(fin, text, sources));
    }
    if let Some(rst) = story.rx_rst.filter(|_| by == TcpEnd::Reset) {
        let (text, sources) = if handshake {
            ("the RST came after the closing handshake, which it cannot undo", "CLOSE-38")
        } else {
            ("the RST came before the closing handshake was complete", "FAIL-06")
        };
        facts.push(Fact::at(rst, text, sources));
    }
    facts
}

fn timer_fact(story: &Story<'_>, entry: usize, timer: EndpointTimer) -> Fact {
    let is_sent = story.close_sent().is_some_and(|frame| frame.entry < entry);
    match timer {
        EndpointTimer::Handshake => Fact::at(entry, "the opening handshake was not answered in time", "N-11"),
        EndpointTimer::Close if is_sent => {
            Fact::at(entry, "the peer did not answer our Close in time", "CLOSE-36, K-T1")
        }
        EndpointTimer::Close if story.is_unread(entry) => {
            let text = "our Close could not be sent in time, because the peer does not read";
            Fact::at(entry, text, "CLOSE-35, K-T1")
        }
        EndpointTimer::Close => Fact::at(entry, "our Close was not sent in time", "CLOSE-35, K-T1"),
        EndpointTimer::Linger => {
            Fact::at(entry, "the peer did not end TCP in time after both Close frames", "CLOSE-16, CLOSE-37")
        }
    }
}

/// Why the connection was failed.
fn failing(story: &Story<'_>) -> Vec<Fact> {
    let Some((entry, cause, offset)) = story.fail else {
        return Vec::new();
    };
    let sources = match cause {
        // What is said of documents is not said of workers.
        Cause::Disappeared if !story.workers.is_empty() => "WORKER-06",
        _ => cause.requirement(),
    };
    let mut facts = vec![Fact::at(entry, format!("the connection was failed: {cause}"), sources)];
    if cause == Cause::ClosedByPage {
        facts.extend(story.call_around(entry).map(|call| called(call, "FAIL-08, API-07")));
    } else if cause.status_code().is_some() {
        if let Some(read) = story.read_of(entry, offset as usize) {
            let text =
                format!("byte {offset} of the frame (counted from 0) shows it; it came with this read");
            facts.push(Fact::at(read, text, cause.requirement()));
        } else if let Some(read) = story.last_read_before(entry) {
            let text = "what had come of the frame when this was read shows it";
            facts.push(Fact::at(read, text, cause.requirement()));
        }
        if let Some((step_entry, step)) = story.peer_steps.iter().rev().find(|(at, _)| *at < entry) {
            let text =
                format!("the last thing the peer had done was step {step} of its script (counted from 0)");
            facts.push(Fact::at(*step_entry, text, "FAIL-07"));
        }
    } else {
        let fired = story.timers.iter().rfind(|(fired, _)| *fired < entry);
        match cause {
            Cause::CloseTimeout | Cause::HandshakeTimeout => {
                facts.extend(fired.map(|&(fired, timer)| timer_fact(story, fired, timer)));
            }
            Cause::EndOfStream => {
                let text = "the peer ended its side without a Close frame";
                facts.extend(story.rx_fin.map(|fin| Fact::at(fin, text, "K-EOF, FAIL-06")));
            }
            Cause::Disappeared => {
                let at = story.disappears_before(entry);
                facts.extend(at.into_iter().flat_map(|at| disappearing(story, at)));
            }
            Cause::Reset => {
                facts.extend(story.rx_rst.map(|rst| Fact::at(rst, "the peer's RST arrived", "FAIL-06")));
            }
            _ => (),
        }
    }
    facts
}

fn called(call: &CloseCall, sources: &'static str) -> Fact {
    let state = match call.ready_state {
        ReadyState::Connecting => "CONNECTING",
        ReadyState::Open => "OPEN",
        ReadyState::Closing => "CLOSING",
        ReadyState::Closed => "CLOSED",
    };
    let whence = match call.listener {
        Some((function, event_type)) => {
            format!(" in its {event_type} listener, function {}", function.0)
        }
        None => String::new(),
    };
    let threw = match call.completion {
        Completion::Threw(exception) => format!(", which threw {}", exception.name()),
        Completion::Normal | Completion::ReturnedFalse => String::new(),
    };
    Fact::at(
        call.entry,
        format!("the page called close() while readyState was {state}{whence}{threw}"),
        sources,
    )
}

/// A Close frame in a few words.
fn in_words(frame: &CloseFrame<'_>) -> String {
    match frame.code() {
        None => "Close without a status code".to_owned(),
        Some(code) if frame.reason().is_empty() => format!("Close {code}"),
        Some(code) => format!("Close {code} {}", quoted(frame.reason())),
    }
}

fn quoted(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}

fn name(code: u16) -> &'static str {
    registration(code).name
}
