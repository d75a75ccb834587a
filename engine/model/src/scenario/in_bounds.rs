//! Whether a scenario keeps the bounds that it must keep.

use super::{AgentStep, Item, Payload, Peer, PeerStep, Scenario, bounds};
use crate::choices::{Alternative, Decision, Point};
use crate::page::{Call, Data, NewEvent, Primitive, Receiver, Value};
use crate::trace::{EventMember, EventType, FunctionId, HandlerValue, SignalId, SocketId};

impl Scenario {
    /// Whether the scenario keeps the [`bounds`], and every number in it names something that a scenario can have.
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
        self.peers.len() <= bounds::SOCKETS_MAX
            && self.peers.iter().all(peer_fits)
            && self.page.functions.len() <= bounds::FUNCTIONS_MAX
            && self
                .page
                .functions
                .iter()
                .all(|calls| calls.len() <= bounds::CALLS_MAX && calls.iter().all(call_fits))
            && self.agent.steps.len() <= bounds::AGENT_STEPS_MAX
            && self.agent.steps.iter().all(agent_step_fits)
            && self.choices.iter().all(decision_fits)
            && self
                .expect
                .page
                .iter()
                .chain(&self.expect.wire)
                .flatten()
                .chain(&self.expect.breaks)
                .all(|text| len_fits(text.len()))
    }
}

fn len_fits(len: usize) -> bool {
    len <= bounds::ITEM_LEN_MAX
}

fn peer_fits(peer: &Peer) -> bool {
    peer.steps.len() <= bounds::PEER_STEPS_MAX && peer.steps.iter().all(step_fits)
}

fn step_fits(step: &PeerStep) -> bool {
    match step {
        PeerStep::Write { item, corked: _ } => match item {
            Item::Bytes(bytes) => len_fits(bytes.len()),
            Item::Accept { protocol } => protocol.as_ref().is_none_or(|protocol| len_fits(protocol.len())),
            Item::Http(template) => len_fits(template.len()),
            Item::Frame(frame) => {
                let (Payload::Bytes(bytes) | Payload::Close(_, bytes)) = &frame.payload;
                frame.rsv < 8 && frame.opcode < 16 && len_fits(bytes.len())
            }
            Item::Echo => true,
        },
        PeerStep::Wait { .. }
        | PeerStep::Delay { .. }
        | PeerStep::Fin
        | PeerStep::Rst
        | PeerStep::StopReading
        | PeerStep::ResumeReading
        | PeerStep::Unreachable(_) => true,
    }
}

fn agent_step_fits(step: &AgentStep) -> bool {
    match step {
        AgentStep::Collect(number) => usize::from(*number) < bounds::SOCKETS_MAX,
        AgentStep::Navigate | AgentStep::Back | AgentStep::Terminate | AgentStep::Delay { .. } => true,
    }
}

fn receiver_fits(receiver: &Receiver) -> bool {
    match receiver {
        Receiver::This | Receiver::Global => true,
        Receiver::Socket(number) => usize::from(*number) < bounds::SOCKETS_MAX,
    }
}

fn function_fits(function: FunctionId) -> bool {
    usize::from(function.0) < bounds::FUNCTIONS_MAX
}

fn signal_fits(signal: SignalId) -> bool {
    usize::from(signal.0) < bounds::SIGNALS_MAX
}

fn event_type_fits(event_type: EventType) -> bool {
    match event_type {
        EventType::Open
        | EventType::Message
        | EventType::Error
        | EventType::Close
        | EventType::PageHide
        | EventType::Unload => true,
        EventType::Custom(number) => usize::from(number) < bounds::CUSTOM_TYPES_MAX,
    }
}

/// Whether a page sets a handler for events of this type.
fn has_handler(event_type: EventType) -> bool {
    match event_type {
        EventType::Open | EventType::Message | EventType::Error | EventType::Close => true,
        EventType::Custom(_) | EventType::PageHide | EventType::Unload => false,
    }
}

fn value_fits(value: &Value) -> bool {
    match value {
        Value::String(text) => len_fits(text.len()),
        Value::Object(id, Primitive::String(text)) => function_fits(*id) && len_fits(text.len()),
        Value::Object(id, Primitive::Number(_)) => function_fits(*id),
        Value::Undefined
        | Value::Null
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::BigInt(_)
        | Value::Symbol => true,
    }
}

fn event_fits(event: &NewEvent) -> bool {
    match event {
        NewEvent::Event { event_type: kind, .. } => event_type_fits(*kind),
        NewEvent::CloseEvent(kind, init) => {
            event_type_fits(*kind) && value_fits(&init.code) && value_fits(&init.reason)
        }
        NewEvent::Current | NewEvent::Kept => true,
    }
}

fn call_fits(call: &Call) -> bool {
    match call {
        Call::Construct { url, protocols } => {
            len_fits(url.len())
                && len_fits(protocols.len())
                && protocols.iter().all(|protocol| len_fits(protocol.len()))
        }
        Call::Close { on, code, reason } => receiver_fits(on) && value_fits(code) && value_fits(reason),
        Call::Send { on, data: Data::Text(text) } => receiver_fits(on) && len_fits(text.len()),
        Call::Send { on, data: Data::Binary(bytes) } => receiver_fits(on) && len_fits(bytes.len()),
        Call::AddListener { on, event_type: kind, function: id, options } => {
            receiver_fits(on)
                && event_type_fits(*kind)
                && function_fits(*id)
                && options.signal.is_none_or(signal_fits)
        }
        Call::RemoveListener { on, event_type: kind, function: id, capture: _ } => {
            receiver_fits(on) && event_type_fits(*kind) && function_fits(*id)
        }
        Call::SetHandler { on, event_type: kind, value } => {
            let named = match value {
                HandlerValue::Function(id) => function_fits(*id),
                HandlerValue::Null | HandlerValue::NotCallable => true,
            };
            receiver_fits(on) && has_handler(*kind) && named
        }
        Call::Dispatch { on, event: dispatched } => receiver_fits(on) && event_fits(dispatched),
        Call::InitEvent { event_type: kind, .. } => event_type_fits(*kind),
        Call::Abort(id) => signal_fits(*id),
        Call::QueueMicrotask(id) | Call::SetTimeout(id, _) | Call::PostMessage(id) => function_fits(*id),
        Call::Read(on, _) | Call::SetBinaryType(on, _) => receiver_fits(on),
        Call::ConstructInFrame { url } => len_fits(url.len()),
        // The object itself is named by the calls that do something with it.
        Call::ReadEvent(_, member) => *member != EventMember::Itself,
        Call::StopPropagation
        | Call::StopImmediatePropagation
        | Call::PreventDefault
        | Call::KeepEvent
        | Call::Note(_)
        | Call::RemoveFrame
        | Call::CloseWorker
        | Call::Throw
        | Call::ReturnFalse => true,
    }
}

/// Whether what is chosen is an alternative of its point, of a connection that there can be.
pub(super) fn decision_fits(decision: &Decision) -> bool {
    let socket = |id: SocketId| usize::from(id.0) < bounds::SOCKETS_MAX;
    match (decision.point, decision.taken) {
        (Point::WorldStep, Alternative::Loop | Alternative::Time | Alternative::Agent) => true,
        (
            Point::WorldStep,
            Alternative::Deliver(id)
            | Alternative::Peer(id)
            | Alternative::Write(id)
            | Alternative::Reset(id),
        ) => socket(id),
        (Point::LoopQueue, taken) => matches!(taken, Alternative::Source(_)),
        (Point::TcpSegment, taken) => {
            matches!(taken, Alternative::All | Alternative::Step | Alternative::Cut)
        }
        (Point::TcpWrite, taken) => {
            matches!(taken, Alternative::Now | Alternative::Later)
        }
        (Point::FailClose, taken) => matches!(taken, Alternative::Send | Alternative::Omit),
        (Point::NavigateCache, taken) => matches!(taken, Alternative::Keep | Alternative::Discard),
        (Point::BackRestore, taken) => matches!(taken, Alternative::Restore | Alternative::Evict),
        (Point::WorkerEnd, taken) => {
            matches!(taken, Alternative::GoingAway | Alternative::Empty | Alternative::Abrupt)
        }
        (Point::CloseBody, taken) => matches!(taken, Alternative::Reason | Alternative::Empty),
        (Point::CloseStamp, taken) => matches!(taken, Alternative::Fired | Alternative::Closed),
        (Point::TcpCut | Point::HandshakeNonce | Point::FrameMask, taken) => {
            matches!(taken, Alternative::Number(_))
        }
        (Point::WorldStep, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[track_caller]
    fn check(calls: Vec<Call>, want: bool) {
        let mut scenario = Scenario::default();
        scenario.page.functions.push(calls);
        assert_eq!(scenario.is_within_bounds(), want);
    }

    #[test]
    fn two_hundred_calls_are_the_most() {
        check(vec![Call::Throw; 200], true);
        check(vec![Call::Throw; 201], false);
    }

    #[test]
    fn a_handler_has_no_custom_type() {
        let set = |event_type| Call::SetHandler { on: Receiver::This, event_type, value: HandlerValue::Null };
        check(vec![set(EventType::Close)], true);
        check(vec![set(EventType::Custom(0))], false);
    }

    #[test]
    fn there_is_no_thirty_third_function() {
        check(vec![Call::QueueMicrotask(FunctionId(31))], true);
        check(vec![Call::QueueMicrotask(FunctionId(32))], false);
    }

    #[test]
    fn a_decision_fits_its_point() {
        let mut scenario = Scenario::default();
        scenario.choices.push(Decision { point: Point::TcpWrite, taken: Alternative::Later });
        assert!(scenario.is_within_bounds());
        scenario.choices.push(Decision { point: Point::TcpWrite, taken: Alternative::Omit });
        assert!(!scenario.is_within_bounds());
    }
}
