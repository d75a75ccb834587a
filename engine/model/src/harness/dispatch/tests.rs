//! The two dispatchers agree on noise, and mistakes that are planted in a third one are found in it.

use alloc::vec::Vec;

use super::machine::{Bound, Machine, Readable, Seen, Targets};
use super::naive::Naive;
use super::*;
use crate::scenario::generate::Draw as _;
use crate::scenario::lcg::Lcg;

/// A mistake in event targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The flags of `stopPropagation()` survive the dispatch.
    FlagSurvives,
    /// `preventDefault()` counts in passive listeners.
    PassivePrevents,
    /// A handler that is set anew gets a new place.
    HandlerMoves,
    /// `initEvent()` counts during a dispatch.
    InitWhileDispatching,
    /// Capture does not tell listeners apart when they are removed.
    RemovesBothPasses,
    /// A signal removes nothing.
    SignalIgnored,
    /// An event that is being dispatched is refused in silence.
    SilentRefusal,
    /// An exception ends the dispatch.
    ThrowEnds,
    /// `false` from any listener cancels, not only from a handler.
    FalseCancels,
    /// A listener that is called once is removed when its function has returned.
    OnceAfterCall,
}

const FAULTS: [Fault; 10] = [
    Fault::FlagSurvives,
    Fault::PassivePrevents,
    Fault::HandlerMoves,
    Fault::InitWhileDispatching,
    Fault::RemovesBothPasses,
    Fault::SignalIgnored,
    Fault::SilentRefusal,
    Fault::ThrowEnds,
    Fault::FalseCancels,
    Fault::OnceAfterCall,
];

/// The model's targets with a mistake.
struct Planted {
    model: Model,
    fault: Option<Fault>,
    /// What is to be removed after its call: where, what, and in which pass.
    late: Vec<(Target, EventType, FunctionId, bool)>,
}

impl Planted {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

impl Targets for Planted {
    type Event = EventId;

    fn add(
        &mut self,
        on: Target,
        event_type: EventType,
        function: FunctionId,
        options: ListenerOptions,
    ) -> Result<(), Bound> {
        let mut options = options;
        if self.has(Fault::SignalIgnored) {
            options.signal = None;
        }
        if self.has(Fault::OnceAfterCall) && options.once {
            self.late.push((on, event_type, function, options.capture));
            options.once = false;
        }
        self.model.add(on, event_type, function, options)
    }

    fn remove(&mut self, on: Target, event_type: EventType, function: FunctionId, capture: bool) {
        self.model.remove(on, event_type, function, capture);
        if self.has(Fault::RemovesBothPasses) {
            self.model.remove(on, event_type, function, !capture);
        }
    }

    fn set_handler(&mut self, on: Target, event_type: EventType, value: HandlerValue) -> Result<(), Bound> {
        if self.has(Fault::HandlerMoves) {
            self.model.set_handler(on, event_type, HandlerValue::Null)?;
        }
        self.model.set_handler(on, event_type, value)
    }

    fn abort(&mut self, signal: SignalId) {
        self.model.abort(signal);
    }

    fn create(&mut self, attributes: EventAttributes) -> Result<EventId, Bound> {
        self.model.create(attributes)
    }

    fn dispatch(
        machine: &mut Machine<'_, Self>,
        on: Target,
        event: EventId,
        is_synthetic: bool,
    ) -> Result<Result<bool, Exception>, Bound> {
        let fault = machine.targets.fault;
        let events = &mut machine.targets.model.events;
        if is_synthetic && let Err(exception) = events[event].begin_synthetic_dispatch() {
            return Ok(if fault == Some(Fault::SilentRefusal) { Ok(true) } else { Err(exception) });
        }
        let Model { listeners, events } = &mut machine.targets.model;
        let mut dispatch = Dispatch::begin(on, &mut events[event], listeners);
        loop {
            let Model { listeners, events } = &mut machine.targets.model;
            if !dispatch.seek(&events[event], listeners) {
                break;
            }
            let invocation = dispatch.invoke(&mut events[event], listeners);
            let event_type = events[event].attributes.event_type;
            let completion = machine.call(invocation.function, invocation.handler, event)?;
            let late = (on, event_type, invocation.function, invocation.capture);
            if let Some(index) = machine.targets.late.iter().position(|other| *other == late) {
                machine.targets.late.remove(index);
                machine.targets.model.remove(on, event_type, invocation.function, invocation.capture);
            }
            if invocation.handler || fault == Some(Fault::FalseCancels) {
                let object = &mut machine.targets.model.events[event];
                object.handler_returned(completion, ReturnFalse::RespectCancelable);
            }
            if fault == Some(Fault::ThrowEnds) && matches!(completion, crate::trace::Completion::Threw(_)) {
                break;
            }
        }
        let events = &mut machine.targets.model.events;
        let stop_propagation = events[event].stop_propagation;
        dispatch.end(&mut events[event]);
        events[event].stop_propagation = stop_propagation && fault == Some(Fault::FlagSurvives);
        let is_canceled = events[event].canceled;
        events.release(event);
        Ok(Ok(!is_canceled))
    }

    fn keep(&mut self, event: EventId) {
        self.model.keep(event);
    }

    fn kept(&self) -> Option<EventId> {
        self.model.kept()
    }

    fn read(&self, event: EventId) -> Readable {
        self.model.read(event)
    }

    fn stop(&mut self, event: EventId) {
        self.model.stop(event);
    }

    fn stop_immediate(&mut self, event: EventId) {
        self.model.stop_immediate(event);
    }

    fn prevent(&mut self, event: EventId) {
        if self.has(Fault::PassivePrevents) {
            self.model.events[event].in_passive_listener = false;
        }
        self.model.prevent(event);
    }

    fn init(&mut self, event: EventId, event_type: EventType, bubbles: bool, cancelable: bool) {
        let is_dispatching = self.model.events[event].dispatching;
        if self.has(Fault::InitWhileDispatching) {
            self.model.events[event].dispatching = false;
        }
        self.model.init(event, event_type, bubbles, cancelable);
        self.model.events[event].dispatching = is_dispatching;
    }

    fn settle(&mut self) {
        self.model.settle();
    }
}

/// A program whose first function prepares something and then dispatches.
fn noise(lcg: &mut Lcg) -> Program {
    let len = 4 * (6 + lcg.below(40) as usize);
    let mut bytes = lcg.bytes(len);
    for record in bytes.chunks_mut(4) {
        // Half of the calls are the first function's, and few targets and types make meetings likely.
        record[1] = [0, record[1]][lcg.below(2) as usize];
        record[2] &= 0x2f;
    }
    bytes.extend([1, 0, 0, 2, 1, 0, 0, 2]);
    Program::decode(&bytes)
}

#[test]
fn dispatchers_agree_on_noise() {
    let mut lcg = Lcg::new(1);
    for _ in 0..20_000 {
        assert_eq!(dispatch(&noise(&mut lcg)), Ok(()));
    }
}

#[test]
fn every_planted_fault_is_found() {
    let mut lcg = Lcg::new(2);
    let programs: Vec<(Program, Vec<Seen>)> = (0..20_000)
        .map(|_| {
            let program = noise(&mut lcg);
            let want = Machine::run(&program, Naive::default()).0;
            (program, want)
        })
        .collect();
    let finds = |fault: Option<Fault>| {
        programs.iter().position(|(program, want)| {
            let planted = Planted { model: Model::default(), fault, late: Vec::new() };
            agrees(program, planted, want).is_err()
        })
    };
    assert_eq!(finds(None), None, "without a mistake it is the model");
    for fault in FAULTS {
        assert!(finds(Some(fault)).is_some(), "{fault:?}");
    }
}

#[test]
fn a_difference_is_told_with_the_program() {
    let program = Program::decode(&[0, 0, 1, 4, 1, 0, 0, 2, 11, 1, 0, 0]);
    let want = Machine::run(&program, Naive::default()).0;
    let planted = Planted { model: Model::default(), fault: Some(Fault::PassivePrevents), late: Vec::new() };
    let broken = agrees(&program, planted, &want).expect_err("it is a passive listener");
    assert!(broken.detail.contains("event.preventDefault()"), "{broken}");
}
