//! Sizes and simplifications of operands, and the numbers of functions.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use crate::page::{Call, Primitive, Value};
use crate::trace::FunctionId;

/// The size of a list of letters: its length, and once more for each letter that is not an `a`.
pub(super) fn letters_size<T: Copy + PartialEq>(letters: &[T], a: T) -> usize {
    letters.len() + letters.iter().filter(|&&letter| letter != a).count()
}

/// The list without letters, its first half, the list without its last letter, and as many times `a`.
pub(super) fn simpler_letters<T: Copy + PartialEq>(letters: &[T], a: T) -> Vec<Vec<T>> {
    let len = letters.len();
    let mut simpler = Vec::new();
    if len > 0 {
        simpler.push(vec![]);
    }
    if len > 2 {
        simpler.push(letters[..len / 2].to_vec());
    }
    if len > 1 {
        simpler.push(letters[..len - 1].to_vec());
    }
    if letters.iter().any(|&letter| letter != a) {
        simpler.push(vec![a; len]);
    }
    simpler
}

pub(super) fn units_size(text: &[u16]) -> usize {
    letters_size(text, u16::from(b'a'))
}

pub(super) fn simpler_units(text: &[u16]) -> impl Iterator<Item = Cow<'static, [u16]>> {
    simpler_letters(text, u16::from(b'a')).into_iter().map(Cow::Owned)
}

pub(super) fn bytes_size(bytes: &[u8]) -> usize {
    letters_size(bytes, b'a')
}

pub(super) fn simpler_bytes(bytes: &[u8]) -> impl Iterator<Item = Cow<'static, [u8]>> {
    simpler_letters(bytes, b'a').into_iter().map(Cow::Owned)
}

pub(super) fn code_size(code: u16) -> usize {
    usize::from(code != 1000)
}

/// The significant bits of a time.
pub(super) fn time_size(ms: u32) -> usize {
    (u32::BITS - ms.leading_zeros()) as usize
}

/// No time, and half of it.
pub(super) fn simpler_times(ms: u32) -> Vec<u32> {
    match ms {
        0 => vec![],
        1 => vec![0],
        _ => vec![0, ms / 2],
    }
}

fn number_size(bits: u64) -> usize {
    usize::from(bits != 1000.0_f64.to_bits())
}

fn primitive_size(primitive: &Primitive) -> usize {
    match primitive {
        Primitive::Number(bits) => 1 + number_size(*bits),
        Primitive::String(text) => 3 + units_size(text),
    }
}

/// `undefined` is the smallest value, 1000 the next one, then other values, strings, and objects.
pub(super) fn value_size(value: &Value) -> usize {
    match value {
        Value::Undefined => 0,
        Value::Number(bits) => 1 + number_size(*bits),
        Value::Null | Value::Boolean(_) | Value::BigInt(_) | Value::Symbol => 2,
        Value::String(text) => 3 + units_size(text),
        Value::Object(_, primitive) => 1 + primitive_size(primitive),
    }
}

pub(super) fn simpler_values(value: &Value) -> Vec<Value> {
    let mut simpler = vec![Value::Undefined, Value::Number(1000.0_f64.to_bits())];
    match value {
        Value::Undefined
        | Value::Number(_)
        | Value::Null
        | Value::Boolean(_)
        | Value::BigInt(_)
        | Value::Symbol => {}
        Value::String(text) => simpler.extend(simpler_units(text).map(Value::String)),
        Value::Object(function, primitive) => match primitive {
            Primitive::Number(bits) => {
                simpler.push(Value::Number(*bits));
                simpler.push(Value::Object(*function, Primitive::Number(1000.0_f64.to_bits())));
            }
            Primitive::String(text) => {
                simpler.push(Value::String(text.clone()));
                let texts = simpler_units(text);
                simpler.extend(texts.map(|text| Value::Object(*function, Primitive::String(text))));
            }
        },
    }
    simpler.retain(|new| value_size(new) < value_size(value));
    simpler
}

fn named(functions: &[Vec<Call>]) -> impl Iterator<Item = usize> {
    functions.iter().flatten().flat_map(Call::functions).map(|function| usize::from(function.0))
}

/// Whether the last function is empty, and nothing refers to it or to one behind it.
pub(super) fn is_last_spare(functions: &[Vec<Call>]) -> bool {
    functions.last().is_some_and(Vec::is_empty) && named(functions).all(|number| number + 1 < functions.len())
}

/// How many functions there are, with those that are named and not there.
pub(super) fn functions_len(functions: &[Vec<Call>]) -> usize {
    named(functions).map(|number| number + 1).max().unwrap_or(0).max(functions.len())
}

/// The first function but the last that is empty or not there, and that nothing refers to.
pub(super) fn spare_function(functions: &[Vec<Call>]) -> Option<usize> {
    let last = functions_len(functions).checked_sub(1)?;
    let is_spare = |&number: &usize| {
        functions.get(number).is_none_or(Vec::is_empty) && named(functions).all(|it| it != number)
    };
    (1..last).find(is_spare)
}

/// Refers to the function `to` where `functions` refer to `from`.
pub(super) fn rename(functions: &mut [Vec<Call>], [from, to]: [FunctionId; 2]) {
    for call in functions.iter_mut().flatten() {
        for function in call.functions_mut().filter(|function| **function == from) {
            *function = to;
        }
    }
}
