use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use super::*;
use crate::page::{Call, Data, NewEvent, Value};
use crate::profile::Profile;
use crate::scenario::lcg::Lcg;
use crate::scenario::palette::{URL_FORBIDDEN, URLS, URLS_FETCHED, URLS_GOOD};
use crate::scenario::{AgentStep, Item, Payload, PeerStep};
use crate::trace::{Attribute, HandlerValue, WhichEvent};

fn each(runs: u32, mut visit: impl FnMut(&Scenario)) {
    let mut lcg = Lcg::new(1);
    let mut scenario = Scenario::default();
    for _ in 0..runs {
        scenario.profile = Profile::STANDARD;
        generate(&mut scenario, &mut lcg);
        visit(&scenario);
    }
}

fn step_name(step: &PeerStep) -> &'static str {
    match step {
        PeerStep::Write { corked: true, .. } => "corked",
        PeerStep::Write { item: Item::Bytes(_), .. } => "bytes",
        PeerStep::Write { item: Item::Accept { protocol: None }, .. } => "accept",
        PeerStep::Write { item: Item::Accept { protocol: Some(_) }, .. } => "accept-protocol",
        PeerStep::Write { item: Item::Http(_), .. } => "http",
        PeerStep::Write { item: Item::Frame(frame), .. } => match frame.payload {
            Payload::Bytes(_) if frame.mask.is_some() => "masked",
            Payload::Bytes(_) if !frame.is_final => "fragment",
            Payload::Bytes(_) if frame.rsv != 0 => "rsv",
            Payload::Bytes(_) => "frame",
            Payload::Close(..) => "close",
        },
        PeerStep::Write { item: Item::Echo, .. } => "echo",
        PeerStep::Wait { at_most_ms: None, .. } => "wait",
        PeerStep::Wait { at_most_ms: Some(_), .. } => "wait-time",
        PeerStep::Delay { .. } => "delay",
        PeerStep::Fin => "fin",
        PeerStep::Rst => "rst",
        PeerStep::StopReading => "stop",
        PeerStep::ResumeReading => "resume",
        PeerStep::Unreachable(_) => "unreachable",
    }
}

fn call_name(call: &Call) -> &'static str {
    match call {
        Call::Construct { protocols, .. } if protocols.is_empty() => "construct",
        Call::Construct { .. } => "construct-protocols",
        Call::ConstructInFrame { .. } => "construct-in-frame",
        Call::RemoveFrame => "remove-frame",
        Call::CloseWorker => "close-worker",
        Call::Close { code: Value::Object(..), .. } => "close-object",
        Call::Close { code: Value::Undefined, reason: Value::Undefined, .. } => "close",
        Call::Close { code: Value::Undefined, .. } => "close-reason-only",
        Call::Close { .. } => "close-code",
        Call::Send { data: Data::Text(_), .. } => "send-text",
        Call::Send { data: Data::Binary(_), .. } => "send-binary",
        Call::AddListener { options, .. } if options.signal.is_some() => "listen-signal",
        Call::AddListener { options, .. } if options.once => "listen-once",
        Call::AddListener { options, .. } if options.capture => "listen-capture",
        Call::AddListener { options, .. } if options.passive => "listen-passive",
        Call::AddListener { .. } => "listen",
        Call::RemoveListener { .. } => "unlisten",
        Call::SetHandler { value: HandlerValue::Null, .. } => "handler-null",
        Call::SetHandler { value: HandlerValue::Function(_), .. } => "handler-function",
        Call::SetHandler { value: HandlerValue::NotCallable, .. } => "handler-object",
        Call::Dispatch { event: NewEvent::Event { .. }, .. } => "dispatch-event",
        Call::Dispatch { event: NewEvent::CloseEvent(..), .. } => "dispatch-close-event",
        Call::Dispatch { event: NewEvent::Current, .. } => "dispatch-current",
        Call::Dispatch { event: NewEvent::Kept, .. } => "dispatch-kept",
        Call::StopPropagation => "stop",
        Call::StopImmediatePropagation => "stop-immediate",
        Call::PreventDefault => "prevent-default",
        Call::InitEvent { .. } => "init-event",
        Call::KeepEvent => "keep",
        Call::Abort(_) => "abort",
        Call::QueueMicrotask(_) => "microtask",
        Call::SetTimeout(..) => "timeout",
        Call::PostMessage(_) => "post-message",
        Call::Read(_, Attribute::BinaryType) => "read-binary-type",
        Call::Read(..) => "read",
        Call::ReadEvent(WhichEvent::Current, _) => "read-event",
        Call::ReadEvent(WhichEvent::Kept, _) => "read-kept",
        Call::SetBinaryType(..) => "set-binary-type",
        Call::Note(_) => "note",
        Call::Throw => "throw",
        Call::ReturnFalse => "return-false",
    }
}

fn agent_step_name(step: &AgentStep) -> &'static str {
    match step {
        AgentStep::Navigate => "navigate",
        AgentStep::Back => "back",
        AgentStep::Terminate => "terminate",
        AgentStep::Collect(_) => "collect",
        AgentStep::Delay { .. } => "delay",
    }
}

#[test]
fn every_kind_of_step_and_call_comes_up() {
    let (mut steps, mut calls, mut agents) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    each(20_000, |scenario| {
        agents.extend(scenario.agent.steps.iter().map(|step| (scenario.agent.global, agent_step_name(step))));
        steps.extend(scenario.peers.iter().flat_map(|peer| &peer.steps).map(step_name));
        calls.extend(scenario.page.functions.iter().flatten().map(call_name));
    });
    assert_eq!((steps.len(), calls.len(), agents.len()), (19, 41, 10), "{steps:?} {calls:?} {agents:?}");
}

#[test]
fn every_row_of_the_close_table_comes_up_in_the_page() {
    let mut codes = BTreeSet::new();
    each(50_000, |scenario| {
        for call in scenario.page.functions.iter().flatten() {
            if let Call::Close { code, .. } = call {
                codes.insert(format!("{code:?}"));
            }
        }
    });
    for value in crate::scenario::palette::VALUES {
        assert!(codes.contains(&format!("{value:?}")), "{value:?}");
    }
}

#[test]
fn every_template_and_raw_write_comes_up() {
    let (mut templates, mut raw, mut codes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    each(100_000, |scenario| {
        for step in scenario.peers.iter().flat_map(|peer| &peer.steps) {
            match step {
                PeerStep::Write { item: Item::Http(template), .. } => {
                    templates.insert(template.clone());
                }
                PeerStep::Write { item: Item::Bytes(bytes), .. } => {
                    raw.insert(bytes.clone());
                }
                PeerStep::Write { item: Item::Frame(frame), .. } => {
                    if let Payload::Close(code, _) = frame.payload {
                        codes.insert(code);
                    }
                }
                _ => {}
            }
        }
    });
    assert_eq!(templates.len(), crate::scenario::palette::HTTP.len());
    assert_eq!(raw.len(), crate::scenario::palette::RAW.len());
    assert_eq!(codes.len(), crate::scenario::palette::CODES.len());
}

#[test]
fn pings_come_in_pairs_now_and_then() {
    let is_ping = |step: &PeerStep| match step {
        PeerStep::Write { item: Item::Frame(frame), .. } => frame.opcode == 9,
        _ => false,
    };
    let mut pairs = 0;
    each(10_000, |scenario| {
        let is_pair = |peer: &Peer| peer.steps.windows(2).any(|pair| pair.iter().all(is_ping));
        pairs += u32::from(scenario.peers.iter().any(is_pair));
    });
    assert!(pairs > 100, "{pairs}");
}

#[test]
fn every_reason_not_to_connect_to_a_url_comes_up() {
    let mut urls = BTreeSet::new();
    each(20_000, |scenario| {
        for call in scenario.page.functions.iter().flatten() {
            if let Call::Construct { url, .. } = call {
                urls.insert(url.clone());
            }
        }
    });
    let mut unconnected = URLS[URLS_GOOD..URLS_FETCHED].iter().chain([&URLS[URL_FORBIDDEN]]);
    assert!(unconnected.all(|&url| urls.contains(url)), "{urls:?}");
}

/// Whether a run of the scenario gets to an established connection, as far as the script tells.
fn is_established(scenario: &Scenario) -> bool {
    let main = &scenario.page.functions[0];
    let constructs = main
        .iter()
        .any(|call| matches!(call, Call::Construct { url, .. } if !URLS[URLS_GOOD..].contains(&&**url)));
    let gives_up = main.iter().any(|call| matches!(call, Call::Close { .. }));
    let accepts = |step: &PeerStep| matches!(step, PeerStep::Write { item: Item::Accept { .. }, .. });
    constructs && !gives_up && scenario.peers.first().is_some_and(|peer| peer.steps.iter().any(accepts))
}

#[test]
fn four_runs_in_five_are_established() {
    let mut established = 0;
    each(20_000, |scenario| established += u32::from(is_established(scenario)));
    assert!((76 * 200..88 * 200).contains(&established), "{} in 100", f64::from(established) / 200.0);
}

#[test]
fn a_run_has_ten_actions_and_one_socket_or_two() {
    let (mut steps, mut main, mut others, mut sockets) = (0, 0, 0, 0);
    let runs = 20_000;
    each(runs, |scenario| {
        steps += scenario.peers.iter().map(|peer| peer.steps.len()).sum::<usize>();
        main += scenario.page.functions[0].len();
        others += scenario.page.functions[1..].iter().map(Vec::len).sum::<usize>();
        sockets += scenario.peers.len();
    });
    let mean = |sum: usize| sum as f64 / f64::from(runs);
    // Half of the other functions are called at least: those that listen for the close are in all runs.
    assert!(mean(steps) + mean(main) + mean(others) / 2.0 >= 10.0);
    assert!((1.1..1.35).contains(&mean(sockets)), "{}", mean(sockets));
}

#[test]
fn one_run_in_sixteen_has_lifetimes() {
    let mut count = 0;
    each(16_000, |scenario| {
        let has_part = |call: &Call| matches!(call, Call::RemoveFrame | Call::CloseWorker);
        let is_by_page = scenario.page.functions.iter().flatten().any(has_part);
        count += u32::from(is_by_page || !scenario.agent.steps.is_empty());
        assert!(scenario.is_within_bounds(), "{scenario:?}");
    });
    assert!((900..1100).contains(&count), "{count}");
}

#[test]
fn the_profile_stays_but_for_a_limit_in_fifty_runs() {
    let mut lowered = 0;
    each(20_000, |scenario| {
        let Profile { message_len_max, send_buffer_len_max, .. } = Profile::STANDARD;
        assert_eq!(Profile { message_len_max, send_buffer_len_max, ..scenario.profile }, Profile::STANDARD);
        lowered += u32::from(scenario.profile != Profile::STANDARD);
    });
    assert!((300..500).contains(&lowered), "{lowered}");
}

#[test]
fn what_was_there_before_does_not_matter() {
    let mut used = Scenario::default();
    generate(&mut used, &mut Lcg::new(9));
    used.expect.breaks = Some("INV-20".into());
    for seed in 0..2000 {
        used.profile = Profile::STANDARD;
        generate(&mut used, &mut Lcg::new(seed));
        let mut fresh = Scenario::default();
        generate(&mut fresh, &mut Lcg::new(seed));
        assert_eq!(used, fresh);
    }
}
