//! What Web IDL makes of the values that script passes. The trace tells of it, unless a Number is a Number and a string
//! of printable ASCII is one.

use alloc::vec::Vec;

use crate::dom::{JsString, Primitive, Value, convert};
use crate::trace::{Entry, Exception, PayloadId, Trace, ValueType};

/// As [`convert::to_number`].
pub(super) fn to_number(value: &Value, trace: &mut Trace) -> Result<u64, Exception> {
    let number = convert::to_number(value);
    if !matches!(value, Value::Number(_)) {
        let (from, given) = told(value, trace);
        let bits = number.unwrap_or_default();
        trace.emit(Entry::ToNumber { from, given, throws: number.is_err(), bits });
    }
    number
}

/// As [`convert::to_usv_string`].
pub(super) fn to_usv_string(value: &Value, out: &mut Vec<u8>, trace: &mut Trace) -> Result<(), Exception> {
    if let Value::String(string) = value {
        string_to_utf8(string, out, trace);
        return Ok(());
    }
    let start = out.len();
    let result = convert::to_usv_string(value, out);
    let (from, given) = told(value, trace);
    let utf8 = trace.intern(&out[start..]);
    trace.emit(Entry::ToUsvString { from, given, throws: result.is_err(), utf8 });
    result
}

/// As [`convert::utf16_to_utf8`].
pub(super) fn string_to_utf8(string: &JsString, out: &mut Vec<u8>, trace: &mut Trace) {
    let start = out.len();
    convert::utf16_to_utf8(string, out);
    // All units at once: this is asked of every string.
    let is_odd = |unit: u16| unit.wrapping_sub(0x20) >= 0x5f;
    if string.iter().fold(false, |any, &unit| any | is_odd(unit)) {
        let given = code_units(string, trace);
        let utf8 = trace.intern(&out[start..]);
        trace.emit(Entry::ToUsvString { from: ValueType::String, given, throws: false, utf8 });
    }
}

/// What kind of value it is, and the value where there are several of a kind.
fn told(value: &Value, trace: &mut Trace) -> (ValueType, PayloadId) {
    let none = PayloadId::EMPTY;
    match value {
        Value::Undefined => (ValueType::Undefined, none),
        Value::Null => (ValueType::Null, none),
        Value::Boolean(false) => (ValueType::False, none),
        Value::Boolean(true) => (ValueType::True, none),
        Value::Number(bits) | Value::Object(_, Primitive::Number(bits)) => {
            (ValueType::Number, trace.intern(&bits.to_be_bytes()))
        }
        Value::BigInt(value) => (ValueType::BigInt, trace.intern(&value.to_be_bytes())),
        Value::Symbol => (ValueType::Symbol, none),
        Value::String(string) | Value::Object(_, Primitive::String(string)) => {
            (ValueType::String, code_units(string, trace))
        }
    }
}

/// The bytes of a string's code units. Piece by piece, so that nothing is allocated for it.
fn code_units(string: &JsString, trace: &mut Trace) -> PayloadId {
    let mut all = PayloadId::EMPTY;
    for piece in string.chunks(128) {
        let mut bytes = [0; 256];
        for (place, unit) in bytes.chunks_exact_mut(2).zip(piece) {
            place.copy_from_slice(&unit.to_be_bytes());
        }
        all = trace.payloads.append(all, &bytes[..2 * piece.len()]).unwrap_or_default();
    }
    all
}
