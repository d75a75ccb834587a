//! A program of EventTarget calls, its byte form, and how it reads as script.

use alloc::vec::Vec;
use core::fmt;

use crate::trace::{
    EventAttributes, EventType, FunctionId, HandlerValue, Interface, ListenerOptions, MessageData, SignalId,
    SocketId, Target,
};

/// Functions of a program; the first one is what runs.
const FUNCTIONS: usize = 8;
/// Calls of one function.
const CALLS_MAX: usize = 32;
/// Bytes of one call.
const RECORD_LEN: usize = 4;

const TARGETS: [Target; 4] =
    [Target::Socket(SocketId(0)), Target::Socket(SocketId(1)), Target::Global, Target::Socket(SocketId(2))];
const TYPES: [EventType; 4] = [EventType::Close, EventType::Error, EventType::Message, EventType::Custom(0)];
const INTERFACES: [Interface; 4] = [
    Interface::Event,
    Interface::CloseEvent,
    Interface::ErrorEvent,
    Interface::MessageEvent { data: MessageData::Text },
];

/// One call of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `target.addEventListener(type, function, options)`
    Add(Target, EventType, FunctionId, ListenerOptions),
    /// `target.removeEventListener(type, function, capture)`
    Remove(Target, EventType, FunctionId, bool),
    /// `target.ontype = value`
    SetHandler(Target, EventType, HandlerValue),
    /// `controller.abort()`
    Abort(SignalId),
    /// `target.dispatchEvent(new Event(…))`
    Dispatch(Target, EventAttributes),
    /// The user agent fires an event at the target.
    Fire(Target, EventAttributes),
    /// `target.dispatchEvent(event)`, the event whose listener is running.
    DispatchCurrent(Target),
    /// `target.dispatchEvent(kept)`
    DispatchKept(Target),
    /// `kept = event`
    Keep,
    /// `event.stopPropagation()`
    Stop,
    /// `event.stopImmediatePropagation()`
    StopImmediate,
    /// `event.preventDefault()`
    Prevent,
    /// `kept.preventDefault()`
    PreventKept,
    /// `event.initEvent(type, bubbles, cancelable)`
    Init {
        /// `type`
        event_type: EventType,
        /// `bubbles`
        bubbles: bool,
        /// `cancelable`
        cancelable: bool,
    },
    /// `kept.initEvent(type, bubbles, cancelable)`
    InitKept {
        /// `type`
        event_type: EventType,
        /// `bubbles`
        bubbles: bool,
        /// `cancelable`
        cancelable: bool,
    },
    /// `throw`
    Throw,
    /// `return false`
    ReturnFalse,
}

/// What a page does with its event targets, and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// The calls of each function.
    pub functions: [Vec<Op>; FUNCTIONS],
}

impl Program {
    /// The program that `bytes` stand for.
    ///
    /// A call is four bytes: what it is, whose it is, and two operands. No record depends on another and none is
    /// refused, so bytes that are changed, copied or moved change what they touch; what is cut off at the end is zero.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let mut program = Self::default();
        for piece in bytes.chunks(RECORD_LEN) {
            let mut record = [0; RECORD_LEN];
            record[..piece.len()].copy_from_slice(piece);
            let calls = &mut program.functions[usize::from(record[1]) % FUNCTIONS];
            if calls.len() < CALLS_MAX {
                calls.push(Op::decode(record));
            }
        }
        program
    }

    /// The bytes that stand for the program.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (function, calls) in (0..).zip(&self.functions) {
            for call in calls {
                let [op, a, b] = call.encode();
                bytes.extend([op, function, a, b]);
            }
        }
        bytes
    }
}

/// The position of a value in one of the lists above.
fn position<T: PartialEq>(list: &[T], value: &T) -> u8 {
    let found = list.iter().position(|other| other == value);
    u8::try_from(found.unwrap_or(0)).expect("a short list")
}

/// Function, target and type in one byte.
fn place(target: Target, event_type: EventType, function: FunctionId) -> u8 {
    (function.0 & 7) | position(&TARGETS, &target) << 3 | position(&TYPES, &event_type) << 5
}

impl Op {
    fn decode([op, _, a, b]: [u8; RECORD_LEN]) -> Self {
        let function = FunctionId(a % 8);
        let target = TARGETS[usize::from(a >> 3) % TARGETS.len()];
        let event_type = TYPES[usize::from(a >> 5) % TYPES.len()];
        let flag = |bit: u8| b >> bit & 1 == 1;
        let attributes = |is_trusted, interface| EventAttributes {
            event_type,
            interface,
            is_trusted,
            bubbles: flag(0),
            cancelable: flag(1),
            ..EventAttributes::default()
        };
        match op % 16 {
            0 => Self::Add(
                target,
                event_type,
                function,
                ListenerOptions {
                    capture: flag(0),
                    once: flag(1),
                    passive: flag(2),
                    signal: flag(3).then_some(SignalId(b >> 4 & 1)),
                },
            ),
            1 => Self::Dispatch(target, attributes(false, INTERFACES[usize::from(b >> 2) % 2])),
            2 => Self::Fire(target, attributes(true, INTERFACES[usize::from(b >> 2) % 4])),
            3 => Self::Remove(target, event_type, function, flag(0)),
            4 => Self::SetHandler(
                target,
                event_type,
                [HandlerValue::Function(function), HandlerValue::Null, HandlerValue::NotCallable]
                    [usize::from(b) % 3],
            ),
            5 => Self::Abort(SignalId(a & 1)),
            6 => Self::DispatchCurrent(target),
            7 => Self::DispatchKept(target),
            8 => Self::Keep,
            9 => Self::Stop,
            10 => Self::StopImmediate,
            11 => Self::Prevent,
            12 => Self::PreventKept,
            13 if a & 1 == 1 => Self::InitKept { event_type, bubbles: flag(0), cancelable: flag(1) },
            13 => Self::Init { event_type, bubbles: flag(0), cancelable: flag(1) },
            14 => Self::Throw,
            _ => Self::ReturnFalse,
        }
    }

    fn encode(self) -> [u8; 3] {
        let none = FunctionId(0);
        let of = |attributes: EventAttributes| {
            u8::from(attributes.bubbles)
                | u8::from(attributes.cancelable) << 1
                | position(&INTERFACES, &attributes.interface) << 2
        };
        match self {
            Self::Add(target, event_type, function, options) => {
                let signal = options.signal.map_or(0, |signal| 1 << 3 | (signal.0 & 1) << 4);
                let flags = u8::from(options.capture)
                    | u8::from(options.once) << 1
                    | u8::from(options.passive) << 2
                    | signal;
                [0, place(target, event_type, function), flags]
            }
            Self::Dispatch(target, attributes) => {
                [1, place(target, attributes.event_type, none), of(attributes)]
            }
            Self::Fire(target, attributes) => [2, place(target, attributes.event_type, none), of(attributes)],
            Self::Remove(target, event_type, function, capture) => {
                [3, place(target, event_type, function), u8::from(capture)]
            }
            Self::SetHandler(target, event_type, value) => match value {
                HandlerValue::Function(function) => [4, place(target, event_type, function), 0],
                HandlerValue::Null => [4, place(target, event_type, none), 1],
                HandlerValue::NotCallable => [4, place(target, event_type, none), 2],
            },
            Self::Abort(signal) => [5, signal.0, 0],
            Self::DispatchCurrent(target) => [6, place(target, TYPES[0], none), 0],
            Self::DispatchKept(target) => [7, place(target, TYPES[0], none), 0],
            Self::Keep => [8, 0, 0],
            Self::Stop => [9, 0, 0],
            Self::StopImmediate => [10, 0, 0],
            Self::Prevent => [11, 0, 0],
            Self::PreventKept => [12, 0, 0],
            Self::Init { event_type, bubbles, cancelable } => {
                let flags = u8::from(bubbles) | u8::from(cancelable) << 1;
                [13, place(TARGETS[0], event_type, none), flags]
            }
            Self::InitKept { event_type, bubbles, cancelable } => {
                let flags = u8::from(bubbles) | u8::from(cancelable) << 1;
                [13, place(TARGETS[0], event_type, FunctionId(1)), flags]
            }
            Self::Throw => [14, 0, 0],
            Self::ReturnFalse => [15, 0, 0],
        }
    }
}

/// A target, or a new event, as script writes it.
struct Named<T>(T);

impl fmt::Display for Named<Target> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Target::Global => f.write_str("window"),
            Target::Socket(SocketId(number)) => write!(f, "ws{number}"),
        }
    }
}

impl fmt::Display for Named<EventAttributes> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EventAttributes { event_type, interface, bubbles, cancelable, .. } = self.0;
        write!(f, "new {interface:?}(\"{event_type}\", {{bubbles: {bubbles}, cancelable: {cancelable}}})")
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Add(target, event_type, function, options) => {
                let ListenerOptions { capture, once, passive, signal } = options;
                let target = Named(target);
                write!(f, "{target}.addEventListener(\"{event_type}\", f{}, {{", function.0)?;
                write!(f, "capture: {capture}, once: {once}, passive: {passive}")?;
                match signal {
                    Some(signal) => write!(f, ", signal: controller{}.signal}})", signal.0),
                    None => f.write_str("})"),
                }
            }
            Self::Remove(target, event_type, function, capture) => {
                let target = Named(target);
                write!(f, "{target}.removeEventListener(\"{event_type}\", f{}, {capture})", function.0)
            }
            Self::SetHandler(target, event_type, value) => {
                write!(f, "{}.on{event_type} = ", Named(target))?;
                match value {
                    HandlerValue::Null => f.write_str("null"),
                    HandlerValue::Function(function) => write!(f, "f{}", function.0),
                    HandlerValue::NotCallable => f.write_str("{}"),
                }
            }
            Self::Abort(signal) => write!(f, "controller{}.abort()", signal.0),
            Self::Dispatch(target, attributes) => {
                write!(f, "{}.dispatchEvent({})", Named(target), Named(attributes))
            }
            Self::Fire(target, attributes) => {
                write!(f, "/* the user agent fires {} at {} */", Named(attributes), Named(target))
            }
            Self::DispatchCurrent(target) => write!(f, "{}.dispatchEvent(event)", Named(target)),
            Self::DispatchKept(target) => write!(f, "{}.dispatchEvent(kept)", Named(target)),
            Self::Keep => f.write_str("kept = event"),
            Self::Stop => f.write_str("event.stopPropagation()"),
            Self::StopImmediate => f.write_str("event.stopImmediatePropagation()"),
            Self::Prevent => f.write_str("event.preventDefault()"),
            Self::PreventKept => f.write_str("kept.preventDefault()"),
            Self::Init { event_type, bubbles, cancelable } => {
                write!(f, "event.initEvent(\"{event_type}\", {bubbles}, {cancelable})")
            }
            Self::InitKept { event_type, bubbles, cancelable } => {
                write!(f, "kept.initEvent(\"{event_type}\", {bubbles}, {cancelable})")
            }
            Self::Throw => f.write_str("throw 0"),
            Self::ReturnFalse => f.write_str("return false"),
        }
    }
}

/// As script, for people: one function after another, `f0` being what runs.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, calls) in self.functions.iter().enumerate().filter(|(_, calls)| !calls.is_empty()) {
            writeln!(f, "function f{number}(event) {{")?;
            for call in calls {
                writeln!(f, "  {call};")?;
            }
            writeln!(f, "}}")?;
        }
        Ok(())
    }
}

/// The byte form takes everything, so a program comes last among a target's arguments.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Program {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let len = u.len();
        u.bytes(len).map(Self::decode)
    }

    fn arbitrary_take_rest(u: arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self::decode(u.take_rest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::lcg::Lcg;

    #[test]
    fn every_program_is_some_bytes() {
        let mut lcg = Lcg::new(8);
        for _ in 0..2_000 {
            let program = Program::decode(&lcg.bytes(160));
            assert_eq!(Program::decode(&program.encode()), program);
        }
    }

    #[test]
    fn a_function_has_no_more_calls_than_its_bound() {
        let program = Program::decode(&[0; 4 * (CALLS_MAX + 5)]);
        assert_eq!(program.functions[0].len(), CALLS_MAX);
        assert_eq!(Program::decode(&[]), Program::default());
    }

    #[test]
    fn a_program_reads_as_script() {
        use alloc::string::ToString as _;
        let program = Program::decode(&[0, 0, 1, 2, 1, 0, 0, 2, 15, 1, 0, 0]);
        let want = "function f0(event) {\n  \
            ws0.addEventListener(\"close\", f1, {capture: false, once: true, passive: false});\n  \
            ws0.dispatchEvent(new Event(\"close\", {bubbles: false, cancelable: true}));\n}\n\
            function f1(event) {\n  return false;\n}\n";
        assert_eq!(program.to_string(), want);
    }

    #[cfg(feature = "arbitrary")]
    #[test]
    fn the_rest_of_the_bytes_is_the_byte_form() {
        use arbitrary::{Arbitrary as _, Unstructured};
        let bytes = Lcg::new(9).bytes(64);
        let want = Ok(Program::decode(&bytes));
        assert_eq!(Program::arbitrary_take_rest(Unstructured::new(&bytes)), want);
        assert_eq!(Program::arbitrary(&mut Unstructured::new(&bytes)), want);
    }
}
