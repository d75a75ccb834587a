//! One byte that says a value: a place in a palette, the length of what follows, or that a long value follows.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use super::unit::{Reader, put};
use crate::page::{JsString, Primitive, Value};
use crate::scenario::{bounds, palette};
use crate::trace::{FunctionId, SignalId};

/// Operands from here on are lengths of what follows; those below are places in a palette.
pub(super) const INLINE: u8 = 0xc0;
/// Bytes, or code units below 256: up to 31 of them.
const INLINE_MAX: usize = 31;
/// Code units of two bytes: up to 15 of them.
const WIDE: u8 = 0xe0;
const WIDE_MAX: usize = 15;
/// The values of script that are neither in the palette nor a string.
const NUMBER: u8 = 0xf0;
const BIG_INT: u8 = 0xf1;
const OBJECT: u8 = 0xf2;
/// A unit with the length of a string of small code units follows.
const LONG_NARROW: u8 = 0xfe;
/// A unit with the length, or with the value, follows.
pub(super) const LONG: u8 = 0xff;

/// The value of `palette` for an operand.
fn of<T>(palette: &'static [T], operand: u8) -> &'static T {
    &palette[usize::from(operand) % palette.len()]
}

/// The same where the values are behind references.
fn borrowed<T: ToOwned + ?Sized>(palette: &'static [&'static T], operand: u8) -> Cow<'static, T> {
    Cow::Borrowed(*of(palette, operand))
}

/// The operand for a place in a palette.
pub(super) fn place(index: usize) -> u8 {
    u8::try_from(index).expect("a palette has at most 192 values")
}

fn length(len: usize) -> [u8; 4] {
    u32::try_from(len).expect("within the bounds").to_le_bytes()
}

fn read_length(reader: &mut Reader<'_>) -> usize {
    let len = u32::from_le_bytes(reader.unit());
    usize::try_from(len).unwrap_or(usize::MAX).min(bounds::ITEM_LEN_MAX)
}

pub(super) fn read_bytes(
    operand: u8,
    palette: &'static [&'static [u8]],
    reader: &mut Reader<'_>,
) -> Cow<'static, [u8]> {
    match operand {
        INLINE..WIDE => Cow::Owned(reader.take(usize::from(operand - INLINE)).to_vec()),
        LONG => {
            let len = read_length(reader);
            Cow::Owned(reader.take(len).to_vec())
        }
        _ => borrowed(palette, operand),
    }
}

pub(super) fn write_bytes(out: &mut Vec<u8>, palette: &'static [&'static [u8]], bytes: &[u8]) -> u8 {
    if let Some(index) = palette::position(palette, bytes) {
        return place(index);
    }
    write_inline(out, bytes)
}

fn write_inline(out: &mut Vec<u8>, bytes: &[u8]) -> u8 {
    let operand = if bytes.len() <= INLINE_MAX {
        INLINE + place(bytes.len())
    } else {
        out.extend(length(bytes.len()));
        LONG
    };
    put(out, bytes);
    operand
}

/// UTF-8; what is not becomes U+FFFD.
pub(super) fn read_str(
    operand: u8,
    palette: &'static [&'static str],
    reader: &mut Reader<'_>,
) -> Cow<'static, str> {
    if let INLINE..WIDE | LONG = operand {
        let bytes = read_bytes(operand, &[b""], reader);
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        // U+FFFD can be longer than what it replaces.
        let end = (0..=text.len().min(bounds::ITEM_LEN_MAX)).rev().find(|&end| text.is_char_boundary(end));
        text.truncate(end.expect("the beginning is a boundary"));
        return Cow::Owned(text);
    }
    borrowed(palette, operand)
}

pub(super) fn write_str(out: &mut Vec<u8>, palette: &'static [&'static str], text: &str) -> u8 {
    match palette::position(palette, text) {
        Some(index) => place(index),
        None => write_inline(out, text.as_bytes()),
    }
}

/// A string of script that follows; `None` if the operand does not say that one does.
fn read_inline_units(operand: u8, reader: &mut Reader<'_>) -> Option<JsString> {
    let (len, width) = match operand {
        INLINE..WIDE => (usize::from(operand - INLINE), 1),
        WIDE..NUMBER => (usize::from(operand - WIDE), 2),
        LONG_NARROW => (read_length(reader), 1),
        LONG => (read_length(reader), 2),
        _ => return None,
    };
    let bytes = reader.take(len * width);
    Some(if width == 1 {
        bytes.iter().map(|&unit| u16::from(unit)).collect()
    } else {
        bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect()
    })
}

fn write_inline_units(out: &mut Vec<u8>, text: &[u16]) -> u8 {
    let narrow: Option<Vec<u8>> = text.iter().map(|&unit| u8::try_from(unit).ok()).collect();
    let wide = || text.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>();
    match narrow {
        Some(bytes) if text.len() > INLINE_MAX => {
            out.extend(length(text.len()));
            put(out, &bytes);
            LONG_NARROW
        }
        Some(bytes) => {
            put(out, &bytes);
            INLINE + place(text.len())
        }
        None if text.len() > WIDE_MAX => {
            out.extend(length(text.len()));
            put(out, &wide());
            LONG
        }
        None => {
            put(out, &wide());
            WIDE + place(text.len())
        }
    }
}

pub(super) fn read_units(
    operand: u8,
    palette: &'static [&'static [u16]],
    reader: &mut Reader<'_>,
) -> JsString {
    read_inline_units(operand, reader).unwrap_or_else(|| borrowed(palette, operand))
}

pub(super) fn write_units(out: &mut Vec<u8>, palette: &'static [&'static [u16]], text: &[u16]) -> u8 {
    match palette::position(palette, text) {
        Some(index) => place(index),
        None => write_inline_units(out, text),
    }
}

pub(super) fn read_value(operand: u8, reader: &mut Reader<'_>) -> Value {
    match operand {
        NUMBER => Value::Number(reader.number()),
        BIG_INT => Value::BigInt(reader.number().cast_signed()),
        OBJECT => {
            let [function_byte, primitive, _, _] = reader.unit();
            let primitive = match primitive {
                NUMBER => Primitive::Number(reader.number()),
                _ => match read_inline_units(primitive, reader) {
                    Some(text) => Primitive::String(text),
                    None => of(palette::PRIMITIVES, primitive).clone(),
                },
            };
            Value::Object(read_function(function_byte), primitive)
        }
        _ => match read_inline_units(operand, reader) {
            Some(text) => Value::String(text),
            None => of(palette::VALUES, operand).clone(),
        },
    }
}

pub(super) fn write_value(out: &mut Vec<u8>, value: &Value) -> u8 {
    if let Some(index) = palette::VALUES.iter().position(|known| known == value) {
        return place(index);
    }
    match value {
        Value::Number(bits) => {
            out.extend(bits.to_le_bytes());
            NUMBER
        }
        Value::BigInt(number) => {
            out.extend(number.to_le_bytes());
            BIG_INT
        }
        Value::String(text) => write_inline_units(out, text),
        Value::Object(function, primitive) => {
            super::unit::put_unit(out, |out| {
                let known = palette::PRIMITIVES.iter().position(|known| known == primitive);
                let operand = match (known, primitive) {
                    (Some(index), _) => place(index),
                    (None, Primitive::Number(bits)) => {
                        out.extend(bits.to_le_bytes());
                        NUMBER
                    }
                    (None, Primitive::String(text)) => write_inline_units(out, text),
                };
                [function.0, operand, 0, 0]
            });
            OBJECT
        }
        Value::Undefined | Value::Null | Value::Boolean(_) | Value::Symbol => {
            unreachable!("the palette holds all of these")
        }
    }
}

pub(super) fn read_code(operand: u8, reader: &mut Reader<'_>) -> u16 {
    if operand == LONG {
        let [low, high, _, _] = reader.unit();
        return u16::from_le_bytes([low, high]);
    }
    *of(palette::CODES, operand)
}

pub(super) fn write_code(out: &mut Vec<u8>, code: u16) -> u8 {
    palette::CODES.iter().position(|&known| known == code).map_or_else(
        || {
            put(out, &code.to_le_bytes());
            LONG
        },
        place,
    )
}

pub(super) fn read_ms(operand: u8, reader: &mut Reader<'_>) -> u32 {
    if operand == LONG { u32::from_le_bytes(reader.unit()) } else { *of(palette::TIMES_MS, operand) }
}

pub(super) fn write_ms(out: &mut Vec<u8>, ms: u32) -> u8 {
    palette::TIMES_MS.iter().position(|&known| known == ms).map_or_else(
        || {
            out.extend(ms.to_le_bytes());
            LONG
        },
        place,
    )
}

/// The functions that an operand beyond the last number stands for.
const LIKELY_FUNCTIONS: [u8; 8] = [1, 2, 1, 3, 2, 4, 5, 0];

pub(super) fn read_function(operand: u8) -> FunctionId {
    if usize::from(operand) < bounds::FUNCTIONS_MAX {
        return FunctionId(operand);
    }
    FunctionId(LIKELY_FUNCTIONS[usize::from(operand) % LIKELY_FUNCTIONS.len()])
}

pub(super) fn read_signal(operand: u8) -> SignalId {
    SignalId(operand % place(bounds::SIGNALS_MAX))
}
