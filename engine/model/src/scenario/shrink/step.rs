//! Sizes and simplifications of a peer's steps.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::parts::{bytes_size, code_size, letters_size, simpler_bytes, simpler_times, time_size};
use crate::scenario::{Frame, Item, Payload, PeerStep};

fn frame_size(frame: &Frame) -> usize {
    let head = usize::from(!frame.is_final) + frame.rsv.count_ones() as usize;
    let mask = frame.mask.map_or(0, |key| 1 + usize::from(key != [0; 4]));
    let payload = match &frame.payload {
        Payload::Bytes(bytes) => bytes_size(bytes),
        Payload::Close(code, reason) => 1 + code_size(*code) + bytes_size(reason),
    };
    2 + head + mask + payload
}

fn item_size(item: &Item) -> usize {
    match item {
        Item::Accept { protocol: None } => 1,
        Item::Accept { protocol: Some(protocol) } => 2 + letters_size(protocol.as_bytes(), b'a'),
        Item::Echo => 1,
        Item::Frame(frame) => frame_size(frame),
        Item::Http(template) => 2 + template.len(),
        Item::Bytes(bytes) => 2 + bytes_size(bytes),
    }
}

pub(super) fn size(step: &PeerStep) -> usize {
    match step {
        PeerStep::Write { item, corked } => item_size(item) + usize::from(*corked),
        PeerStep::Wait { until: _, at_most_ms } => 1 + at_most_ms.map_or(0, |ms| 1 + time_size(ms)),
        PeerStep::Delay { ms } => 1 + time_size(*ms),
        PeerStep::Fin
        | PeerStep::Rst
        | PeerStep::StopReading
        | PeerStep::ResumeReading
        | PeerStep::Unreachable(_) => 1,
    }
}

fn simpler_frames(frame: &Frame) -> Vec<Frame> {
    let mut simpler = Vec::new();
    let payloads: Vec<Payload> = match &frame.payload {
        Payload::Bytes(bytes) => simpler_bytes(bytes).map(Payload::Bytes).collect(),
        Payload::Close(code, reason) => {
            let mut payloads = vec![Payload::Bytes(Cow::Borrowed(b"")), Payload::Close(1000, reason.clone())];
            payloads.extend(simpler_bytes(reason).map(|reason| Payload::Close(*code, reason)));
            payloads
        }
    };
    simpler.extend([
        Frame { is_final: true, ..frame.clone() },
        Frame { rsv: 0, ..frame.clone() },
        // The highest of several bits alone.
        Frame { rsv: frame.rsv & 4, ..frame.clone() },
        Frame { mask: None, ..frame.clone() },
        Frame { mask: frame.mask.map(|_| [0; 4]), ..frame.clone() },
    ]);
    simpler.extend(payloads.into_iter().map(|payload| Frame { payload, ..frame.clone() }));
    simpler
}

/// The template without one of its lines, and cut in half.
fn simpler_templates(template: &str) -> Vec<String> {
    let lines: Vec<&str> = template.split_inclusive('\n').collect();
    let mut simpler = Vec::new();
    for dropped in 0..lines.len() {
        let kept = lines.iter().enumerate().filter(|&(index, _)| index != dropped);
        simpler.push(kept.map(|(_, &line)| line).collect());
    }
    let half = (0..=template.len() / 2).rev().find(|&end| template.is_char_boundary(end));
    simpler.extend(half.map(|end| template[..end].into()));
    simpler
}

fn simpler_items(item: &Item) -> Vec<Item> {
    let accept = Item::Accept { protocol: None };
    match item {
        Item::Echo | Item::Accept { protocol: None } => vec![],
        Item::Accept { protocol: Some(_) } => vec![accept],
        Item::Http(template) => {
            let templates = simpler_templates(template).into_iter();
            core::iter::once(accept).chain(templates.map(|template| Item::Http(template.into()))).collect()
        }
        Item::Frame(frame) => simpler_frames(frame).into_iter().map(Item::Frame).collect(),
        Item::Bytes(bytes) => {
            let behind = bytes.get(bytes.len().div_ceil(2)..).unwrap_or_default().to_vec();
            let plain = simpler_bytes(bytes).filter(|new| new.len() < bytes.len());
            plain.chain([Cow::Owned(behind)]).map(Item::Bytes).collect()
        }
    }
}

/// Steps that may be simpler than `step`.
pub(super) fn simpler(step: &PeerStep) -> Vec<PeerStep> {
    match step {
        PeerStep::Write { item, corked } => {
            let mut simpler = vec![PeerStep::Write { item: item.clone(), corked: false }];
            let items = simpler_items(item).into_iter();
            simpler.extend(items.map(|item| PeerStep::Write { item, corked: *corked }));
            simpler
        }
        PeerStep::Wait { until, at_most_ms: Some(ms) } => {
            let times = simpler_times(*ms).into_iter().map(Some);
            let times = core::iter::once(None).chain(times);
            times.map(|at_most_ms| PeerStep::Wait { until: *until, at_most_ms }).collect()
        }
        PeerStep::Delay { ms } => simpler_times(*ms).into_iter().map(|ms| PeerStep::Delay { ms }).collect(),
        PeerStep::Wait { until: _, at_most_ms: None }
        | PeerStep::Fin
        | PeerStep::Rst
        | PeerStep::StopReading
        | PeerStep::ResumeReading
        | PeerStep::Unreachable(_) => vec![],
    }
}
