//! The functions that a page's call names.

use crate::page::{Call, NewEvent, Primitive, Value};
use crate::trace::{FunctionId, HandlerValue};

/// The functions that `call` names, whether they are there or not.
pub(super) fn functions(call: &Call) -> impl Iterator<Item = FunctionId> {
    let of_value = |value: &Value| match value {
        Value::Object(function, Primitive::Number(_) | Primitive::String(_)) => Some(*function),
        Value::Undefined
        | Value::Null
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::BigInt(_)
        | Value::Symbol
        | Value::String(_) => None,
    };
    let named = match call {
        Call::Close { code, reason, .. } => [of_value(code), of_value(reason)],
        Call::Dispatch { event: NewEvent::CloseEvent(_, init), .. } => {
            [of_value(&init.code), of_value(&init.reason)]
        }
        Call::AddListener { function, .. }
        | Call::RemoveListener { function, .. }
        | Call::SetHandler { value: HandlerValue::Function(function), .. }
        | Call::QueueMicrotask(function)
        | Call::SetTimeout(function, _)
        | Call::PostMessage(function) => [Some(*function), None],
        Call::SetHandler { value: HandlerValue::Null | HandlerValue::NotCallable, .. }
        | Call::Dispatch { event: NewEvent::Event { .. } | NewEvent::Current | NewEvent::Kept, .. }
        | Call::Construct { .. }
        | Call::ConstructInFrame { .. }
        | Call::RemoveFrame
        | Call::CloseWorker
        | Call::Send { .. }
        | Call::StopPropagation
        | Call::StopImmediatePropagation
        | Call::PreventDefault
        | Call::InitEvent { .. }
        | Call::KeepEvent
        | Call::Abort(_)
        | Call::Read(..)
        | Call::Note(_)
        | Call::Throw
        | Call::ReturnFalse => [None, None],
    };
    named.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::call_read::read;
    use super::super::lexer::{Budget, Cursor};
    use super::*;

    #[test]
    fn the_functions_of_a_call_are_those_that_it_prints() {
        let of = |text: &str| {
            functions(&read(&mut Cursor::new(text, &mut Budget::new()), 4).expect(text))
                .map(|f| f.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(of("ws0.close(object(f3, 1000), object(f2, \"x\"))"), [3, 2]);
        assert_eq!(of("ws0.dispatchEvent(new CloseEvent(\"close\", {reason: object(f3, 1)}))"), [3]);
        assert_eq!(of("ws0.onopen = f2"), [2]);
        assert_eq!(of("setTimeout(f1)"), [1]);
        assert!(of("throw").is_empty());
    }
}
