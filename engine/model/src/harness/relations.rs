//! Relations between runs: what must not make a difference to a page (INV-01 to INV-03, INV-81, INV-99).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Broken, same};
use crate::choices::{Alternative, Choices, Decision, First, Logged, Point, Script};
use crate::profile::AcceptHeader;
use crate::scenario::{Frame, Item, Payload, Peer, PeerStep, Scenario, Unreachable};
use crate::trace::{Entry, Trace, outcome};
use crate::wire::opcode;
use crate::world::{Runner, STEPS_MAX, run};

/// All relations, one after another.
///
/// # Errors
///
/// The first that does not hold.
pub fn relations(scenario: &Scenario) -> Result<(), Broken> {
    segmentation(scenario)?;
    refragmentation(scenario)?;
    control_frames(scenario)?;
    privacy(scenario)
}

/// Lets the network run ahead of the event loop and cuts reads into pieces of one length, or not at all.
#[derive(Debug, Clone, Copy)]
struct NetworkFirst {
    piece_len: Option<u32>,
}

impl Choices for NetworkFirst {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        let wanted = |alternative: &Alternative| match (point, alternative) {
            (Point::WorldStep, Alternative::Deliver(_)) => true,
            (Point::TcpSegment, Alternative::Cut) => self.piece_len.is_some(),
            _ => false,
        };
        alternatives.iter().position(wanted).unwrap_or(0)
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        match (point, self.piece_len) {
            // The number is one less than the bytes of the piece.
            (Point::TcpCut, Some(len)) => (len - 1).min(count - 1),
            _ => 0,
        }
    }
}

/// What the page saw; `None` if the run came up against a bound of the model, which has no meaning for a page.
fn pages(scenario: &Scenario, choices: &mut impl Choices) -> Option<Vec<String>> {
    let trace = run(scenario, choices);
    (trace.entries.last() == Some(&Entry::Quiescent)).then(|| outcome(&trace).page)
}

/// Says that `invariant` is broken if both runs came to their end and the page saw different things in them.
fn same_pages(
    invariant: &'static str,
    what: impl fmt::Display,
    left: Option<&Vec<String>>,
    right: Option<&Vec<String>>,
) -> Result<(), Broken> {
    match (left, right) {
        (Some(left), Some(right)) if left != right => same(invariant, what, left, right),
        _ => Ok(()),
    }
}

/// INV-01: how TCP cuts the bytes makes no difference.
///
/// # Errors
///
/// What the page saw when all bytes came at once, and when they came in pieces.
pub fn segmentation(scenario: &Scenario) -> Result<(), Broken> {
    let whole = pages(scenario, &mut NetworkFirst { piece_len: None });
    for len in [1, 3] {
        let cut = pages(scenario, &mut NetworkFirst { piece_len: Some(len) });
        let what = format_args!("in one piece, and in pieces of {len} bytes");
        same_pages("INV-01", what, whole.as_ref(), cut.as_ref())?;
    }
    Ok(())
}

/// INV-02: how the peer cuts its messages into frames makes no difference.
///
/// # Errors
///
/// What the page saw before and after.
pub fn refragmentation(scenario: &Scenario) -> Result<(), Broken> {
    let Some(changed) = rewrite(scenario, split_message) else {
        return Ok(());
    };
    let before = pages(scenario, &mut NetworkFirst { piece_len: None });
    let after = pages(&changed, &mut NetworkFirst { piece_len: None });
    let what = "as it was, and with its messages in fragments";
    same_pages("INV-02", what, before.as_ref(), after.as_ref())
}

/// INV-03: Ping and Pong frames between the peer's frames make no difference to the page.
///
/// # Errors
///
/// What the page saw before and after.
pub fn control_frames(scenario: &Scenario) -> Result<(), Broken> {
    let Some(changed) = rewrite(scenario, surround_with_pongs) else {
        return Ok(());
    };
    let before = pages(scenario, &mut NetworkFirst { piece_len: None });
    let after = pages(&changed, &mut NetworkFirst { piece_len: None });
    let what = "as it was, and with Ping and Pong frames in between";
    same_pages("INV-03", what, before.as_ref(), after.as_ref())
}

/// INV-81: a page cannot tell why a connection was never established.
///
/// # Errors
///
/// What the page saw for the first reason, and for another.
pub fn privacy(scenario: &Scenario) -> Result<(), Broken> {
    let write = |item| alloc::vec![PeerStep::Write { item, corked: false }];
    let unreachable = |why| alloc::vec![PeerStep::Unreachable(why)];
    let reasons = [
        unreachable(Unreachable::Name),
        unreachable(Unreachable::Route),
        unreachable(Unreachable::Refused),
        unreachable(Unreachable::Tls),
        alloc::vec![PeerStep::Fin],
        alloc::vec![PeerStep::Rst],
        write(Item::Http("HTTP/1.1 404 Not Found\r\n\r\n".into())),
        write(Item::Http(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Extensions: x\r\n\r\n"
                .into(),
        )),
    ];
    // No reasons where `Sec-WebSocket-Accept` is not looked at.
    let accepts = [
        write(Item::Http(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".into(),
        )),
        // Nearly the answer to the first nonce, which the plainest run has: in another case, and with another end.
        write(Item::Http(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n\r\n"
                .into(),
        )),
        write(Item::Http(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp=\r\n\r\n"
                .into(),
        )),
    ];
    let is_looked_at = scenario.profile.accept_header == AcceptHeader::Required;
    let mut seen = None;
    for steps in reasons.into_iter().chain(accepts.into_iter().filter(|_| is_looked_at)) {
        let peers = scenario.peers.iter().map(|_| Peer { steps: steps.clone() }).collect();
        let page = pages(&Scenario { peers, ..scenario.clone() }, &mut First);
        match &seen {
            None => seen = page,
            Some(first) => {
                let what = format_args!("not resolved, and {steps:?}");
                same_pages("INV-81", what, Some(first), page.as_ref())?;
            }
        }
    }
    Ok(())
}

/// Answers with numbers that differ from one to the next, and lets what is written wait, so that much of it waits.
#[derive(Debug, Clone, Copy, Default)]
struct Counting(u32);

impl Choices for Counting {
    fn choose(&mut self, _: Point, alternatives: &[Alternative]) -> usize {
        alternatives.iter().position(|&alternative| alternative == Alternative::Later).unwrap_or(0)
    }

    fn number(&mut self, _: Point, count: u32) -> u32 {
        // An odd distance, so that no number below a power of two comes again before all others.
        self.0 = self.0.wrapping_add(151);
        self.0 % count
    }
}

/// INV-99, of a run in which every number that is drawn is another one.
///
/// # Errors
///
/// As [`determinism`].
pub fn repetition(scenario: &Scenario) -> Result<(), Broken> {
    determinism(scenario, Counting::default())
}

/// INV-99: the same choices give the same run, and the log of a run repeats it; nonces and masking keys are those that
/// were drawn, one for each connection and each frame.
///
/// # Errors
///
/// The entry at which a repetition differs, or the first number that was not drawn.
pub fn determinism(scenario: &Scenario, choices: impl Choices) -> Result<(), Broken> {
    determinism_within(STEPS_MAX, scenario, choices)
}

/// [`determinism`] of the first `steps_max` steps.
pub(super) fn determinism_within(
    steps_max: u32,
    scenario: &Scenario,
    choices: impl Choices,
) -> Result<(), Broken> {
    let mut runner = Runner::new(steps_max);
    let (mut first, mut second) = (Trace::new(), Trace::new());
    let mut logged = Logged::new(choices);
    // Through a reference, so that the model is compiled once for both.
    runner.run(scenario, &mut (&mut logged as &mut dyn Choices), &mut first);
    let log = logged.into_log();
    numbers_are_drawn(&log, &first)?;
    let mut script = Script::new(&log);
    runner.run(scenario, &mut (&mut script as &mut dyn Choices), &mut second);
    if let Err(mismatch) = script.finish() {
        return Err(Broken { invariant: "INV-99", detail: format!("{mismatch}") });
    }
    let differs = first.entries.iter().zip(&second.entries).position(|(first, second)| first != second);
    let at = differs.unwrap_or(first.entries.len().min(second.entries.len()));
    same("INV-99", format_args!("entry {at}"), &first.entries.get(at), &second.entries.get(at))?;
    let is_same = first.payloads.as_bytes() == second.payloads.as_bytes();
    same("INV-99", "whether the bytes are the same", &is_same, &true)
}

/// The nonces and the masking keys of a run are what the log of its choices says, in its order. What a run told before
/// it came up against a bound may have been taken back (HS-13, WIRE-11).
fn numbers_are_drawn(log: &[Decision], trace: &Trace) -> Result<(), Broken> {
    let is_whole = trace.entries.last() == Some(&Entry::Quiescent);
    for point in [Point::HandshakeNonce, Point::FrameMask] {
        let used: Vec<u32> = trace.entries.iter().filter_map(|entry| number_of(point, entry)).collect();
        let drawn =
            log.iter().filter(|decision| decision.point == point).map(|decision| match decision.taken {
                Alternative::Number(number) => number,
                _ => u32::MAX,
            });
        let drawn: Vec<u32> = drawn.take(if is_whole { usize::MAX } else { used.len() }).collect();
        same("INV-99", format_args!("what was drawn as {point}, and what was used"), &drawn, &used)?;
    }
    Ok(())
}

/// The number that an entry says was drawn at a point.
fn number_of(point: Point, entry: &Entry) -> Option<u32> {
    match (point, *entry) {
        (Point::HandshakeNonce, Entry::Request { nonce, .. }) => Some(nonce.into()),
        (Point::FrameMask, Entry::TxFrame { mask, .. }) => Some(mask.into()),
        _ => None,
    }
}

/// The scenario with every frame of its peers rewritten; `None` if a peer writes bytes whose frames are not known.
fn rewrite(scenario: &Scenario, change: fn(&Frame, &mut Vec<PeerStep>, bool)) -> Option<Scenario> {
    let mut changed = scenario.clone();
    for peer in &mut changed.peers {
        let mut steps = Vec::new();
        let mut has_closed = false;
        for step in &peer.steps {
            match step {
                // What comes after a Close is no message any more.
                _ if has_closed => steps.push(step.clone()),
                PeerStep::Write { item: Item::Bytes(_) | Item::Http(_), .. } => return None,
                PeerStep::Write { item: Item::Frame(frame), corked } => {
                    if !is_legal(frame) {
                        return None;
                    }
                    change(frame, &mut steps, *corked);
                    has_closed = frame.opcode == opcode::CLOSE;
                }
                PeerStep::Write { item: Item::Accept { .. } | Item::Echo, .. }
                | PeerStep::Wait { .. }
                | PeerStep::Delay { .. }
                | PeerStep::Fin
                | PeerStep::Rst
                | PeerStep::StopReading
                | PeerStep::ResumeReading
                | PeerStep::Unreachable(_) => steps.push(step.clone()),
            }
        }
        peer.steps = steps;
    }
    // The peers are as many steps longer as a choice log does not know.
    changed.choices.clear();
    Some(changed)
}

/// Whether the frame is a whole message or a control frame, and one that a client accepts.
fn is_legal(frame: &Frame) -> bool {
    let len = match &frame.payload {
        Payload::Bytes(bytes) => bytes.len(),
        Payload::Close(_, reason) => 2 + reason.len(),
    };
    let is_data = matches!(frame.opcode, opcode::TEXT | opcode::BINARY);
    let is_control = matches!(frame.opcode, opcode::CLOSE | opcode::PING | opcode::PONG) && len <= 125;
    frame.is_final && frame.rsv == 0 && frame.mask.is_none() && (is_data || is_control)
}

fn split_message(frame: &Frame, out: &mut Vec<PeerStep>, corked: bool) {
    let whole = || PeerStep::Write { item: Item::Frame(frame.clone()), corked };
    let (opcode::TEXT | opcode::BINARY, Payload::Bytes(bytes)) = (frame.opcode, &frame.payload) else {
        out.push(whole());
        return;
    };
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let part = |opcode, is_final, payload: &[u8]| {
        Item::Frame(Frame { is_final, ..Frame::new(opcode, payload.to_vec()) })
    };
    out.push(PeerStep::Write { item: part(frame.opcode, false, head), corked: true });
    out.push(PeerStep::Write { item: part(opcode::CONTINUATION, false, b""), corked: true });
    out.push(PeerStep::Write { item: part(opcode::CONTINUATION, true, tail), corked });
}

fn surround_with_pongs(frame: &Frame, out: &mut Vec<PeerStep>, corked: bool) {
    for (opcode, payload) in [(opcode::PING, &b"p"[..]), (opcode::PONG, b"q")] {
        out.push(PeerStep::Write { item: Item::Frame(Frame::new(opcode, payload)), corked: true });
    }
    out.push(PeerStep::Write { item: Item::Frame(frame.clone()), corked });
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::invariant::INVARIANTS;
    use crate::page::{Call, Script as Page};
    use crate::profile::{KNOBS, Values};

    #[test]
    fn a_number_that_was_not_drawn_is_noticed() {
        let write = |item| PeerStep::Write { item, corked: false };
        let url = "ws://a.test/".encode_utf16().collect();
        let ping = || write(Item::Frame(Frame::new(opcode::PING, &b"p"[..])));
        let scenario = Scenario {
            page: Page { functions: vec![vec![Call::Construct { url, protocols: vec![] }]] },
            peers: vec![Peer {
                steps: vec![write(Item::Accept { protocol: None }), ping(), ping(), PeerStep::Fin],
            }],
            ..Scenario::default()
        };
        assert_eq!(repetition(&scenario), Ok(()));
        let mut logged = Logged::new(Counting::default());
        let mut trace = run(&scenario, &mut logged);
        let log = logged.into_log();
        assert_eq!(numbers_are_drawn(&log, &trace), Ok(()));
        let is_repeated = |entry: &mut Entry| match entry {
            Entry::TxFrame { mask, .. } => core::mem::replace(mask, 0) != 0,
            _ => false,
        };
        assert!(trace.entries.iter_mut().any(is_repeated), "a frame with a key of its own");
        assert_eq!(numbers_are_drawn(&log, &trace).map_err(|broken| broken.invariant), Err("INV-99"));
    }

    #[test]
    fn a_run_that_comes_up_against_a_bound_is_like_every_other() {
        let write = |item| PeerStep::Write { item, corked: false };
        let url = "ws://a.test/".encode_utf16().collect();
        // Byte by byte, this message needs more steps than a run has.
        let message = Item::Frame(Frame::new(opcode::TEXT, vec![b'a'; 30_000]));
        let scenario = Scenario {
            page: Page { functions: vec![vec![Call::Construct { url, protocols: vec![] }]] },
            peers: vec![Peer {
                steps: vec![write(Item::Accept { protocol: None }), write(message), PeerStep::Fin],
            }],
            ..Scenario::default()
        };
        assert_eq!(relations(&scenario), Ok(()));
    }

    #[test]
    fn under_each_value_of_each_knob_no_page_can_tell_why_it_was_not_established() {
        let url = "ws://a.test/".encode_utf16().collect();
        let page = Page { functions: vec![vec![Call::Construct { url, protocols: vec![] }]] };
        let claim = INVARIANTS.iter().find(|invariant| invariant.id == "INV-81").expect("it is in the table");
        for knob in KNOBS {
            let Values::Named(values) = knob.values else { continue };
            for value in 0..values.len() as u64 {
                let mut scenario =
                    Scenario { page: page.clone(), peers: vec![Peer::default()], ..Scenario::default() };
                (knob.write)(&mut scenario.profile, value);
                if claim.is_claimed(&scenario.profile) {
                    assert_eq!(privacy(&scenario), Ok(()), "{} is {value}", knob.name);
                }
            }
        }
    }
}
