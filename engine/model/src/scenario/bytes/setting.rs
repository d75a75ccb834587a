//! The records of everything but steps and calls: knobs, choices, expectations.

use alloc::string::String;
use alloc::vec::Vec;

use super::Lens;
use super::op::{Op, SettingOp};
use super::operand::{INLINE, LONG, place, read_str, write_str};
use super::unit::{Reader, put_unit};
use crate::choices::{Alternative, Decision, Point};
use crate::profile::Profile;
use crate::profile::{KNOBS, Values, differing, distance};
use crate::scenario::palette::AMOUNTS;
use crate::scenario::{Scenario, bounds};
use crate::trace::{SocketId, TaskSource};

/// A number of a decision that does not fit two bytes follows in a unit.
const FOLLOWS: [u8; 2] = [0xff, 0xff];

/// The second byte of an expectation that is an empty list.
const NO_LINE: u8 = 1;

pub(super) fn read(
    scenario: &mut Scenario,
    lens: &mut Lens,
    op: SettingOp,
    second: u8,
    [a, b]: [u8; 2],
    reader: &mut Reader<'_>,
) {
    match op {
        SettingOp::Peers => {
            let count = usize::from(second) % bounds::SOCKETS_MAX + 1;
            super::extend(&mut scenario.peers, &mut lens.peers, count);
        }
        SettingOp::Functions => {
            let count = usize::from(second) % bounds::FUNCTIONS_MAX + 1;
            super::extend(&mut scenario.page.functions, &mut lens.functions, count);
        }
        SettingOp::Profile => {
            scenario.profile = Profile::NAMED[usize::from(second) % Profile::NAMED.len()].profile;
        }
        SettingOp::Knob => {
            let knob = &KNOBS[usize::from(second) % KNOBS.len()];
            let number = match knob.values {
                Values::Named(_) => u64::from(a),
                Values::Amount { .. } if a == LONG => reader.number(),
                Values::Amount { .. } => AMOUNTS[usize::from(a) % AMOUNTS.len()],
            };
            (knob.write)(&mut scenario.profile, number);
        }
        SettingOp::Choice => {
            let point = Point::ALL[usize::from(second) % Point::ALL.len()];
            scenario.choices.push(Decision { point, taken: read_alternative(point, [a, b], reader) });
        }
        SettingOp::ExpectPage => read_line(scenario.expect.page.get_or_insert_default(), second, a, reader),
        SettingOp::ExpectWire => read_line(scenario.expect.wire.get_or_insert_default(), second, a, reader),
        SettingOp::ExpectBreaks => scenario.expect.breaks = Some(read_text(a, reader)),
    }
}

fn read_line(lines: &mut Vec<String>, second: u8, operand: u8, reader: &mut Reader<'_>) {
    if second != NO_LINE {
        lines.push(read_text(operand, reader));
    }
}

fn read_text(operand: u8, reader: &mut Reader<'_>) -> String {
    read_str(operand, &[""], reader).into_owned()
}

fn read_alternative(point: Point, [a, b]: [u8; 2], reader: &mut Reader<'_>) -> Alternative {
    let socket = SocketId(b % place(bounds::SOCKETS_MAX));
    match point {
        Point::WorldStep => match a % 7 {
            0 => Alternative::Loop,
            1 => Alternative::Deliver(socket),
            2 => Alternative::Peer(socket),
            3 => Alternative::Write(socket),
            4 => Alternative::Reset(socket),
            6 => Alternative::Agent,
            _ => Alternative::Time,
        },
        Point::LoopQueue => Alternative::Source(TaskSource::ALL[usize::from(a) % TaskSource::ALL.len()]),
        Point::TcpSegment => match a % 3 {
            0 => Alternative::All,
            1 => Alternative::Step,
            _ => Alternative::Cut,
        },
        Point::TcpWrite if a % 2 == 0 => Alternative::Now,
        Point::TcpWrite => Alternative::Later,
        Point::FailClose if a % 2 == 0 => Alternative::Send,
        Point::FailClose => Alternative::Omit,
        Point::NavigateCache if a % 2 == 0 => Alternative::Keep,
        Point::NavigateCache => Alternative::Discard,
        Point::BackRestore if a % 2 == 0 => Alternative::Restore,
        Point::BackRestore => Alternative::Evict,
        Point::WorkerEnd => match a % 3 {
            0 => Alternative::GoingAway,
            1 => Alternative::Empty,
            _ => Alternative::Abrupt,
        },
        Point::CloseBody if a % 2 == 0 => Alternative::Reason,
        Point::CloseBody => Alternative::Empty,
        Point::CloseStamp if a % 2 == 0 => Alternative::Fired,
        Point::CloseStamp => Alternative::Closed,
        Point::TcpCut | Point::HandshakeNonce | Point::FrameMask => {
            let number = if [a, b] == FOLLOWS {
                u32::from_le_bytes(reader.unit())
            } else {
                u32::from(u16::from_le_bytes([a, b]))
            };
            Alternative::Number(number)
        }
    }
}

fn write_alternative(out: &mut Vec<u8>, taken: Alternative) -> [u8; 2] {
    match taken {
        Alternative::Loop
        | Alternative::All
        | Alternative::Now
        | Alternative::Send
        | Alternative::Keep
        | Alternative::Restore
        | Alternative::GoingAway
        | Alternative::Reason
        | Alternative::Fired => [0, 0],
        Alternative::Agent => [6, 0],
        Alternative::Deliver(socket) => [1, socket.0],
        Alternative::Peer(socket) => [2, socket.0],
        Alternative::Write(socket) => [3, socket.0],
        Alternative::Reset(socket) => [4, socket.0],
        Alternative::Time => [5, 0],
        Alternative::Source(source) => {
            [place(TaskSource::ALL.iter().position(|&known| known == source).expect("all are there")), 0]
        }
        Alternative::Step
        | Alternative::Later
        | Alternative::Omit
        | Alternative::Discard
        | Alternative::Evict
        | Alternative::Empty
        | Alternative::Closed => [1, 0],
        Alternative::Cut | Alternative::Abrupt => [2, 0],
        Alternative::Number(number) => match u16::try_from(number) {
            Ok(small) if small.to_le_bytes() != FOLLOWS => small.to_le_bytes(),
            _ => {
                out.extend(number.to_le_bytes());
                FOLLOWS
            }
        },
    }
}

fn setting(out: &mut Vec<u8>, op: SettingOp, second: usize, operands: impl FnOnce(&mut Vec<u8>) -> [u8; 2]) {
    put_unit(out, |out| {
        let [a, b] = operands(out);
        [Op::Setting(op).byte(), place(second), a, b]
    });
}

/// All records that are neither steps nor calls.
pub(super) fn write(out: &mut Vec<u8>, scenario: &Scenario) {
    write_profile(out, &scenario.profile);
    if scenario.peers.last().is_some_and(|peer| peer.steps.is_empty()) {
        setting(out, SettingOp::Peers, scenario.peers.len() - 1, |_| [0, 0]);
    }
    if scenario.page.functions.last().is_some_and(Vec::is_empty) {
        setting(out, SettingOp::Functions, scenario.page.functions.len() - 1, |_| [0, 0]);
    }
    for decision in &scenario.choices {
        let point = Point::ALL.iter().position(|&known| known == decision.point).expect("all are there");
        setting(out, SettingOp::Choice, point, |out| write_alternative(out, decision.taken));
    }
    let expect = &scenario.expect;
    for (op, lines) in [(SettingOp::ExpectPage, &expect.page), (SettingOp::ExpectWire, &expect.wire)] {
        if lines.as_ref().is_some_and(Vec::is_empty) {
            setting(out, op, usize::from(NO_LINE), |_| [0, 0]);
        }
    }
    let page = expect.page.iter().flatten().map(|text| (SettingOp::ExpectPage, text));
    let wire = expect.wire.iter().flatten().map(|text| (SettingOp::ExpectWire, text));
    let breaks = expect.breaks.iter().map(|text| (SettingOp::ExpectBreaks, text));
    for (op, text) in page.chain(wire).chain(breaks) {
        setting(out, op, 0, |out| [write_str(out, &[""], text), 0]);
    }
}

/// The named profile from which the fewest records lead to `profile`, and the knobs that differ from it.
fn write_profile(out: &mut Vec<u8>, profile: &Profile) {
    let mut base = Profile::STANDARD;
    // `standard` needs no record. Nearly always it is the one, and a fuzzer comes here for each input.
    let mut records = distance(profile, &base);
    let mut nearest = None;
    for (index, named) in Profile::NAMED.iter().enumerate() {
        if records < 2 {
            break;
        }
        // The record that names it counts too.
        let count = 1 + distance(profile, &named.profile);
        if count < records {
            (nearest, base, records) = (Some(index), named.profile, count);
        }
    }
    if let Some(nearest) = nearest {
        setting(out, SettingOp::Profile, nearest, |_| [0, 0]);
    }
    for (index, knob) in differing(profile, &base) {
        let number = (knob.read)(profile);
        setting(out, SettingOp::Knob, index, |out| match knob.values {
            Values::Named(_) => [u8::try_from(number).expect("a handful of values"), 0],
            Values::Amount { .. } => {
                let known = AMOUNTS.iter().position(|&known| known == number);
                let operand = known.map_or_else(
                    || {
                        out.extend(number.to_le_bytes());
                        LONG
                    },
                    place,
                );
                debug_assert!(operand < INLINE || operand == LONG);
                [operand, 0]
            }
        });
    }
}
