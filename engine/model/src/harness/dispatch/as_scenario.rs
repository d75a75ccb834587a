//! A program of EventTarget calls as a scenario, so that a finding can be played and read as any other.

use alloc::vec::Vec;

use super::program::{Op, Program};
use crate::dom::Value;
use crate::page::{Call, CloseEventInit, NewEvent, Receiver, Script};
use crate::scenario::Scenario;
use crate::trace::{EventAttributes, Interface, SocketId, Target};

/// The WebSockets that a program can name.
const SOCKETS: usize = 3;

impl Program {
    /// The program as the first script of a page; `None` if it has a call that script cannot make.
    #[must_use]
    pub fn to_scenario(&self) -> Option<Scenario> {
        let mut functions = self
            .functions
            .iter()
            .map(|calls| calls.iter().map(|&op| call(op)).collect::<Option<Vec<Call>>>())
            .collect::<Option<Vec<Vec<Call>>>>()?;
        let construct =
            Call::Construct { url: "ws://a.test/".encode_utf16().collect(), protocols: Vec::new() };
        functions[0].splice(0..0, core::iter::repeat_n(construct, SOCKETS));
        Some(Scenario { page: Script { functions }, ..Scenario::default() })
    }
}

fn receiver(target: Target) -> Receiver {
    match target {
        Target::Global => Receiver::Global,
        Target::Socket(SocketId(number)) => Receiver::Socket(number),
    }
}

fn call(op: Op) -> Option<Call> {
    let call = match op {
        Op::Add(on, event_type, function, options) => {
            Call::AddListener { on: receiver(on), event_type, function, options }
        }
        Op::Remove(on, event_type, function, capture) => {
            Call::RemoveListener { on: receiver(on), event_type, function, capture }
        }
        Op::SetHandler(on, event_type, value) => Call::SetHandler { on: receiver(on), event_type, value },
        Op::Abort(signal) => Call::Abort(signal),
        Op::Dispatch(on, EventAttributes { event_type, interface, bubbles, cancelable, .. }) => {
            let event = match interface {
                Interface::CloseEvent => {
                    let (code, reason) = (Value::Undefined, Value::Undefined);
                    let init =
                        CloseEventInit { bubbles, cancelable, code, reason, ..CloseEventInit::default() };
                    NewEvent::CloseEvent(event_type, init)
                }
                Interface::Event | Interface::ErrorEvent | Interface::MessageEvent { .. } => {
                    NewEvent::Event { event_type, bubbles, cancelable }
                }
            };
            Call::Dispatch { on: receiver(on), event }
        }
        Op::DispatchCurrent(on) => Call::Dispatch { on: receiver(on), event: NewEvent::Current },
        Op::DispatchKept(on) => Call::Dispatch { on: receiver(on), event: NewEvent::Kept },
        Op::Keep => Call::KeepEvent,
        Op::Stop => Call::StopPropagation,
        Op::StopImmediate => Call::StopImmediatePropagation,
        Op::Prevent => Call::PreventDefault,
        Op::Init { event_type, bubbles, cancelable } => Call::InitEvent { event_type, bubbles, cancelable },
        Op::Throw => Call::Throw,
        Op::ReturnFalse => Call::ReturnFalse,
        Op::Fire(..) | Op::PreventKept | Op::InitKept { .. } => return None,
    };
    Some(call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::First;
    use crate::trace::Entry;
    use crate::world::run;

    #[test]
    fn a_listener_that_a_program_calls_is_called_in_its_scenario() {
        let program = Program::decode(&[0, 0, 1, 2, 1, 0, 0, 2, 11, 1, 0, 0]);
        let scenario = program.to_scenario().expect("script can do all of it");
        assert!(scenario.is_within_bounds());
        let trace = run(&scenario, &mut First);
        let prevented = |entry: &Entry| matches!(entry, Entry::FireEnd { default_prevented: true, .. });
        assert_eq!(trace.entries.iter().filter(|entry| prevented(entry)).count(), 1);
        assert_eq!(Program::decode(&[2, 0, 0, 0]).to_scenario(), None);
    }
}
