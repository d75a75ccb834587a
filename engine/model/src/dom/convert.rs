//! Conversions of ECMAScript values to IDL types (Web IDL; IDL-01 to IDL-11), by integer code on the bits of a double.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Primitive, Value};
use crate::trace::Exception;

const FRACTION_BITS: u32 = 52;

/// A finite double as sign, unbiased exponent and 53-bit significand.
fn decompose(bits: u64) -> Option<(bool, i32, u64)> {
    let exponent = i32::try_from(bits >> FRACTION_BITS & 0x7ff).expect("11 bits");
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    match exponent {
        0x7ff => None,
        // Numbers below 2^-1022 round and truncate to 0, so their significand does not matter.
        0 => Some((bits >> 63 != 0, -1023, 0)),
        _ => Some((bits >> 63 != 0, exponent - 1023, fraction | 1 << FRACTION_BITS)),
    }
}

/// Whether the double is not a number.
fn is_nan(bits: u64) -> bool {
    bits & !(1 << 63) > 0x7ff << FRACTION_BITS
}

/// `[Clamp] unsigned short`: clamps to 0..=65535, then rounds half to even (Web IDL, ConvertToInt; IDL-01).
///
/// ```
/// use wasclean_model::dom::convert::clamp_to_unsigned_short;
///
/// assert_eq!(clamp_to_unsigned_short(999.5_f64.to_bits()), 1000);
/// assert_eq!(clamp_to_unsigned_short(4999.5_f64.to_bits()), 5000);
/// assert_eq!(clamp_to_unsigned_short(1e9_f64.to_bits()), 65535);
/// assert_eq!(clamp_to_unsigned_short(f64::NAN.to_bits()), 0);
/// ```
#[must_use]
pub fn clamp_to_unsigned_short(bits: u64) -> u16 {
    let Some((negative, exponent, significand)) = decompose(bits) else {
        let is_positive_infinity = bits == 0x7ff << FRACTION_BITS;
        return if is_positive_infinity { u16::MAX } else { 0 };
    };
    if negative || exponent < -1 {
        return 0;
    }
    if exponent >= 16 {
        return u16::MAX;
    }
    let shift = u32::try_from(FRACTION_BITS as i32 - exponent).expect("the exponent is at most 15");
    let whole = significand >> shift;
    let rest = significand & ((1 << shift) - 1);
    let half = 1 << (shift - 1);
    let rounded = if rest > half || rest == half && whole % 2 == 1 { whole + 1 } else { whole };
    u16::try_from(rounded).unwrap_or(u16::MAX)
}

/// Plain `unsigned short`: truncates toward zero and takes the result modulo 2^16 (Web IDL, ConvertToInt; IDL-08).
///
/// ```
/// use wasclean_model::dom::convert::modulo_unsigned_short;
///
/// assert_eq!(modulo_unsigned_short(65536_f64.to_bits()), 0);
/// assert_eq!(modulo_unsigned_short((-1_f64).to_bits()), 65535);
/// assert_eq!(modulo_unsigned_short(1.9_f64.to_bits()), 1);
/// assert_eq!(modulo_unsigned_short(f64::INFINITY.to_bits()), 0);
/// ```
#[must_use]
pub fn modulo_unsigned_short(bits: u64) -> u16 {
    let Some((negative, exponent, significand)) = decompose(bits) else {
        return 0;
    };
    let Ok(exponent) = u32::try_from(exponent) else {
        return 0;
    };
    let whole = match exponent.checked_sub(FRACTION_BITS) {
        None => significand >> (FRACTION_BITS - exponent),
        Some(left) => significand.checked_shl(left).unwrap_or(0),
    };
    let low = (whole & 0xffff) as u16;
    if negative { low.wrapping_neg() } else { low }
}

/// A primitive value's Number, as the bits of the double (ECMAScript, ToNumber).
///
/// An object's primitive value is obtained by the caller, because that calls script.
///
/// # Errors
///
/// `TypeError` for a BigInt or a Symbol (IDL-04).
pub fn to_number(value: &Value) -> Result<u64, Exception> {
    match value {
        Value::Undefined => Ok(f64::NAN.to_bits()),
        Value::Null | Value::Boolean(false) => Ok(0),
        Value::Boolean(true) => Ok(f64::to_bits(1.0)),
        Value::Number(bits) | Value::Object(_, Primitive::Number(bits)) => Ok(*bits),
        Value::BigInt(_) | Value::Symbol => Err(Exception::TypeError),
        Value::String(text) | Value::Object(_, Primitive::String(text)) => Ok(string_to_number(text)),
    }
}

/// ECMAScript, StringToNumber.
fn string_to_number(text: &[u16]) -> u64 {
    const NAN: u64 = f64::NAN.to_bits();
    let is_space = |unit: &u16| {
        matches!(
            unit,
            0x09..=0x0d | 0x20 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000
                | 0xfeff
        )
    };
    let start = text.iter().position(|unit| !is_space(unit)).unwrap_or(text.len());
    let end = text.iter().rposition(|unit| !is_space(unit)).map_or(start, |last| last + 1);
    let Ok(text) = String::from_utf16(&text[start..end]) else {
        return NAN;
    };
    if text.is_empty() {
        return 0;
    }
    let radix = |prefix: &[&str], radix| {
        let digits = prefix.iter().find_map(|prefix| text.strip_prefix(prefix))?;
        let is_valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        // Deviation: beyond 64 bits the value is that of the largest 64-bit number.
        let value = || u64::from_str_radix(digits, radix).unwrap_or(u64::MAX) as f64;
        Some(if is_valid { value().to_bits() } else { NAN })
    };
    if let Some(number) =
        radix(&["0x", "0X"], 16).or_else(|| radix(&["0o", "0O"], 8)).or_else(|| radix(&["0b", "0B"], 2))
    {
        return number;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if unsigned != "Infinity" && !is_decimal_literal(unsigned) {
        return NAN;
    }
    text.parse::<f64>().map_or(NAN, f64::to_bits)
}

/// Whether the text is a StrUnsignedDecimalLiteral other than `Infinity`.
fn is_decimal_literal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_is_valid = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_is_valid
}

/// Appends a value's USVString to `out`, as UTF-8: lone surrogates become U+FFFD (Web IDL, USVString; UTF8-09).
///
/// # Errors
///
/// `TypeError` for a Symbol (IDL-05).
pub fn to_usv_string(value: &Value, out: &mut Vec<u8>) -> Result<(), Exception> {
    match value {
        Value::Undefined => out.extend_from_slice(b"undefined"),
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Number(bits) | Value::Object(_, Primitive::Number(bits)) => match small_integer(*bits) {
            Some(integer) => append_decimal(integer, out),
            None => out.extend_from_slice(number_to_string(*bits).as_bytes()),
        },
        Value::BigInt(value) => out.extend_from_slice(format!("{value}").as_bytes()),
        Value::Symbol => return Err(Exception::TypeError),
        Value::String(text) | Value::Object(_, Primitive::String(text)) => utf16_to_utf8(text, out),
    }
    Ok(())
}

/// Appends a UTF-16 string to `out` as UTF-8, with U+FFFD for lone surrogates.
pub fn utf16_to_utf8(text: &[u16], out: &mut Vec<u8>) {
    // Nearly all text of a page is ASCII, and then every code unit is a byte.
    if text.iter().fold(0, |all, unit| all | unit) < 0x80 {
        out.extend(text.iter().map(|&unit| unit as u8));
        return;
    }
    for character in char::decode_utf16(text.iter().copied()) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// The number if it is an integer below 2^32 that is not negative, as most numbers of a page are.
fn small_integer(bits: u64) -> Option<u32> {
    let (negative, exponent, significand) = decompose(bits)?;
    if bits == 0 {
        return Some(0);
    }
    let shift = FRACTION_BITS.checked_sub(u32::try_from(exponent).ok()?)?;
    let whole = u32::try_from(significand >> shift).ok()?;
    (!negative && u64::from(whole) << shift == significand).then_some(whole)
}

/// Appends the digits of `number`.
fn append_decimal(mut number: u32, out: &mut Vec<u8>) {
    let start = out.len();
    loop {
        out.push(b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out[start..].reverse();
}

/// ECMAScript, Number::toString with radix 10.
fn number_to_string(bits: u64) -> String {
    if is_nan(bits) {
        return String::from("NaN");
    }
    let number = f64::from_bits(bits & !(1 << 63));
    let sign = if bits >> 63 != 0 && bits << 1 != 0 { "-" } else { "" };
    if bits & !(1 << 63) == 0x7ff << FRACTION_BITS {
        return format!("{sign}Infinity");
    }
    // The shortest digits that read back to the same double, d.ddd with an exponent of ten.
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let point = exponent + 1;
    let count = i32::try_from(digits.len()).expect("17 digits at most");
    let text = if (count..=21).contains(&point) {
        format!("{digits}{:0<1$}", "", usize::try_from(point - count).expect("not negative"))
    } else if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(usize::try_from(point).expect("positive"));
        format!("{whole}.{fraction}")
    } else if (-5..=0).contains(&point) {
        format!("0.{:0<1$}{digits}", "", usize::try_from(-point).expect("not negative"))
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{first}{dot}{rest}e{}{}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamping_follows_the_decision_table_of_close() {
        let table: [(Value, Result<u16, Exception>); 20] = [
            (Value::number(999.5), Ok(1000)),
            (Value::number(1000.5), Ok(1000)),
            (Value::string(" 0x3e8 "), Ok(1000)),
            (Value::string("1000"), Ok(1000)),
            (Value::string("1e3"), Ok(1000)),
            (Value::number(2999.5), Ok(3000)),
            (Value::number(3000.5), Ok(3000)),
            (Value::number(2999.4), Ok(2999)),
            (Value::number(4999.4), Ok(4999)),
            (Value::number(4999.5), Ok(5000)),
            (Value::Null, Ok(0)),
            (Value::number(f64::NAN), Ok(0)),
            (Value::string(""), Ok(0)),
            (Value::string("x"), Ok(0)),
            (Value::number(-5.0), Ok(0)),
            (Value::number(66536.0), Ok(65535)),
            (Value::number(f64::INFINITY), Ok(65535)),
            (Value::Boolean(true), Ok(1)),
            (Value::BigInt(1000), Err(Exception::TypeError)),
            (Value::Symbol, Err(Exception::TypeError)),
        ];
        for (value, want) in table {
            assert_eq!(to_number(&value).map(clamp_to_unsigned_short), want, "{value:?}");
        }
    }

    #[test]
    fn integer_code_agrees_with_floating_point() {
        let mut bits = 0x3ff0_0000_0000_0000_u64;
        for _ in 0..200_000 {
            bits = bits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            // Exponents around the interesting range, both signs.
            let bits = bits & !(0x7ff << 52) | (1018 + (bits >> 13) % 80) << 52;
            let number = f64::from_bits(bits);
            let clamped = number.clamp(0.0, 65535.0).round_ties_even() as u16;
            assert_eq!(clamp_to_unsigned_short(bits), clamped, "{number}");
            let modulo = number.trunc().rem_euclid(65536.0) as u16;
            assert_eq!(modulo_unsigned_short(bits), modulo, "{number}");
        }
    }

    #[test]
    fn strings_are_numbers_as_in_ecmascript() {
        for (text, want) in [
            ("", 0.0),
            (" \u{feff}12\n", 12.0),
            ("-.5e1", -5.0),
            ("5.", 5.0),
            ("0b11", 3.0),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(to_number(&Value::string(text)), Ok(want.to_bits()), "{text:?}");
        }
        for text in [".", "1e", "inf", "nan", "1_0", "0x", "-0x1", "+-1", "1 2"] {
            assert_eq!(to_number(&Value::string(text)), Ok(f64::NAN.to_bits()), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_strings_as_in_ecmascript() {
        for (number, want) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (1000.0, "1000"),
            (1000.5, "1000.5"),
            (0.5, "0.5"),
            (-1000.0, "-1000"),
            (4_294_967_295.0, "4294967295"),
            (4_294_967_296.0, "4294967296"),
            (4_294_967_295.5, "4294967295.5"),
            (-1.5, "-1.5"),
            (1e21, "1e+21"),
            (123e18, "123000000000000000000"),
            (1.5e-7, "1.5e-7"),
            (0.000_001, "0.000001"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            let mut out = Vec::new();
            to_usv_string(&Value::number(number), &mut out).expect("a number");
            assert_eq!(String::from_utf8(out).expect("UTF-8"), want);
        }
    }

    #[test]
    fn lone_surrogates_are_replaced() {
        let mut out = Vec::new();
        utf16_to_utf8(&[0xd807, 0x41, 0xd83d, 0xde00], &mut out);
        assert_eq!(out, "\u{fffd}A\u{1f600}".as_bytes());
    }
}
