//! Invariants of Web IDL's conversions, which are made here once more with what the standard library has for it.

use alloc::format;
use alloc::string::String;

use super::{Verdict, claim, invariant};
use crate::trace::{Entry, ValueType};

invariant! {
    ValuesAreConverted: "INV-116", "values become numbers and strings as ECMAScript says";
    source: "IDL-03", "IDL-04", "IDL-05", "UTF8-09";
    predicate: "A value that is converted to a Number becomes what ToNumber makes of it, one that is converted to a `USVString` what ToString makes of it, with U+FFFD for each lone surrogate; and it throws a TypeError if and only if it is a Symbol, or a BigInt that should be a Number.";
    witness: "A value is converted.";
    class: Trace;
    claimed: claim::ALWAYS;
    at: ToNumber, ToUsvString;
    needs: ToNumber, ToUsvString;
    |c| match *c.entry {
        Entry::ToNumber { from, given, throws, bits } => {
            let given = c.payloads.get(given);
            let wanted = match from {
                ValueType::BigInt | ValueType::Symbol => return Verdict::of(throws),
                ValueType::Undefined => f64::NAN,
                ValueType::Null | ValueType::False => 0.0,
                ValueType::True => 1.0,
                ValueType::Number => number(given),
                ValueType::String => match number_of_string(&characters(given).collect::<String>()) {
                    Some(wanted) => wanted,
                    None => return Verdict::Vacuous,
                },
            };
            let is_same = bits == wanted.to_bits() || wanted.is_nan() && f64::from_bits(bits).is_nan();
            Verdict::of(!throws && is_same)
        }
        Entry::ToUsvString { from, given, throws, utf8 } => {
            let given = c.payloads.get(given);
            let utf8 = c.payloads.get(utf8);
            let wanted = match from {
                ValueType::String => return Verdict::of(!throws && is_string(given, utf8)),
                ValueType::Symbol => return Verdict::of(throws),
                ValueType::Undefined => "undefined".into(),
                ValueType::Null => "null".into(),
                ValueType::False => "false".into(),
                ValueType::True => "true".into(),
                ValueType::Number => string_of_number(number(given)),
                ValueType::BigInt => format!("{}", integer(given).cast_signed()),
            };
            Verdict::of(!throws && utf8 == wanted.as_bytes())
        }
        _ => Verdict::Vacuous,
    }
}

fn integer(given: &[u8]) -> u64 {
    given.iter().fold(0, |all, &byte| all << 8 | u64::from(byte))
}

fn number(given: &[u8]) -> f64 {
    f64::from_bits(integer(given))
}

/// The characters of a string, with U+FFFD for lone surrogates.
fn characters(given: &[u8]) -> impl Iterator<Item = char> {
    let units = given.as_chunks().0.iter().map(|&unit| u16::from_be_bytes(unit));
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn is_string(given: &[u8], utf8: &[u8]) -> bool {
    let mut rest = utf8.iter();
    let is_same =
        |character: char| character.encode_utf8(&mut [0; 4]).bytes().all(|byte| rest.next() == Some(&byte));
    characters(given).all(is_same) && rest.next().is_none()
}

/// StringToNumber; `None` where the text is a number of more bits than is worth the trouble.
fn number_of_string(text: &str) -> Option<f64> {
    // What Unicode calls white space, but for U+0085, and the byte order mark.
    let text = text.trim_matches(|c: char| c.is_whitespace() && c != '\u{85}' || c == '\u{feff}');
    let (radix, digits) = match text.get(..2) {
        Some("0x" | "0X") => (16, &text[2..]),
        Some("0o" | "0O") => (8, &text[2..]),
        Some("0b" | "0B") => (2, &text[2..]),
        _ => (10, text),
    };
    if radix != 10 {
        let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        return match u64::from_str_radix(digits, radix) {
            Ok(number) if is_number => Some(number as f64),
            _ if is_number => None,
            _ => Some(f64::NAN),
        };
    }
    Some(match text {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust also knows words, and is not particular about their case.
        _ if text.contains(|c: char| c.is_alphabetic() && !matches!(c, 'e' | 'E')) => f64::NAN,
        _ => text.parse().unwrap_or(f64::NAN),
    })
}

/// Number::toString: without an exponent from a millionth to below 10^21.
fn string_of_number(number: f64) -> String {
    let size = number.abs();
    if number.is_nan() {
        "NaN".into()
    } else if size.is_infinite() {
        format!("{}Infinity", if number < 0.0 { "-" } else { "" })
    } else if size == 0.0 {
        "0".into()
    } else if (1e-6..1e21).contains(&size) {
        format!("{number}")
    } else {
        let text = format!("{number:e}");
        if size < 1.0 { text } else { text.replace('e', "e+") }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::dom::{Value, convert};
    use crate::scenario::generate::Draw as _;
    use crate::scenario::lcg::Lcg;

    #[test]
    fn both_ways_from_a_string_to_a_number_lead_to_the_same() {
        let check = |text: &str| {
            let Some(wanted) = number_of_string(text) else { return };
            let got = convert::to_number(&Value::string(text)).map(f64::from_bits);
            let is_same = |got: f64| got.to_bits() == wanted.to_bits() || got.is_nan() && wanted.is_nan();
            assert!(got.is_ok_and(is_same), "{text:?}: {got:?}, {wanted}");
        };
        let mut lcg = Lcg::new(5);
        let pieces = [
            "0",
            "1",
            "9",
            "x",
            "X",
            "o",
            "b",
            "e",
            "E",
            ".",
            "+",
            "-",
            " ",
            "\u{85}",
            "\u{feff}",
            "\u{a0}",
            "\u{200b}",
            "Infinity",
            "inf",
            "nan",
            "_",
            "é",
            "\t",
            "12345678901234567890",
        ];
        for _ in 0..200_000 {
            let len = lcg.below(6);
            let text: String = (0..len).map(|_| pieces[lcg.below(pieces.len() as u32) as usize]).collect();
            check(&text);
        }
    }

    #[test]
    fn both_ways_from_a_number_to_a_string_lead_to_the_same() {
        let check = |number: f64| {
            let mut got = Vec::new();
            convert::to_usv_string(&Value::number(number), &mut got).expect("it is no Symbol");
            assert_eq!(String::from_utf8_lossy(&got), string_of_number(number), "{:#x}", number.to_bits());
        };
        for exact in [0.0, -0.0, 1e21, 1e-6, 1e-7, 999_999_999_999_999_900_000.0, 123e-9, f64::MAX, 5e-324] {
            check(exact);
            check(-exact);
        }
        check(f64::NAN);
        check(f64::INFINITY);
        check(f64::NEG_INFINITY);
        let mut lcg = Lcg::new(6);
        let mut word = || u64::from(lcg.below(u32::MAX));
        for _ in 0..200_000 {
            check(f64::from_bits(word() << 32 | word()));
            check(word() as f64 / word() as f64);
        }
    }
}
