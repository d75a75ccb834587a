//! Numbers as JavaScript writes them, as the 64 bits of a double: read and printed.

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use super::error::Fault;
use super::lexer::{Cursor, Word};

const SIGN: u64 = 1 << 63;

const ADVICE: &str = "write numbers as in 1000, 999.5, -0, 1e9, 0x3e8, NaN, -Infinity or 1000n";

/// A numeric literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numeric {
    /// A Number.
    Number(u64),
    /// A BigInt.
    BigInt(i64),
}

impl<'a> Cursor<'a> {
    /// A numeric literal, which must be next.
    pub(super) fn number(&mut self) -> Result<Numeric, Fault> {
        self.rest();
        let start = self.at;
        let is_negative = self.eat('-');
        let sign = if is_negative { SIGN } else { 0 };
        let digits = self.digits();
        match digits.text {
            "NaN" => return Ok(Numeric::Number(f64::NAN.to_bits())),
            "Infinity" => return Ok(Numeric::Number(f64::INFINITY.to_bits() | sign)),
            _ => {}
        }
        let literal = self.within(start);
        let number = match digits.text.strip_suffix('n') {
            Some(integer) => big_int(integer, is_negative).map(Numeric::BigInt),
            None => magnitude(digits.text).map(|bits| Numeric::Number(bits | sign)),
        };
        match number {
            Some(number) => Ok(number),
            None if literal.text.is_empty() => Err(self.expected("a number", ADVICE)),
            None => Err(literal.fault(format!("expected a number, found {}", literal.quoted()), ADVICE)),
        }
    }

    /// Everything that can belong to a numeric literal, after its sign.
    fn digits(&mut self) -> Word<'a> {
        let start = self.at;
        let rest = &self.text[start..];
        let is_hexadecimal = rest.starts_with("0x") || rest.starts_with("0X");
        let mut last = ' ';
        let len = rest
            .find(|c: char| {
                let is_exponent_sign = matches!(c, '+' | '-') && matches!(last, 'e' | 'E') && !is_hexadecimal;
                last = c;
                !(c.is_ascii_alphanumeric() || c == '.' || c == '_' || is_exponent_sign)
            })
            .unwrap_or(rest.len());
        self.at += len;
        Word { text: &rest[..len], at: start }
    }
}

/// The value of a literal without sign. Hexadecimal, octal and binary ones have up to 64 bits.
fn magnitude(literal: &str) -> Option<u64> {
    if let Some(integer) = prefixed(literal) {
        // A conversion that rounds to the nearest double, as JavaScript's literal does.
        return integer.map(|integer| (integer as f64).to_bits());
    }
    let (mantissa, exponent) = match literal.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (literal, None),
    };
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_decimal = is_digits(integer)
        && is_digits(fraction)
        && !(integer.is_empty() && fraction.is_empty())
        && !(integer.len() > 1 && integer.starts_with('0'))
        && exponent.is_none_or(|exponent| !exponent.is_empty() && is_digits(exponent));
    is_decimal.then(|| literal.parse().map(f64::to_bits).ok()).flatten()
}

/// The value after a prefix such as `0x`; `None` if there is no such prefix.
fn prefixed(literal: &str) -> Option<Option<u64>> {
    let radix = match literal.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => return None,
    };
    Some(u64::from_str_radix(&literal[2..], radix).ok())
}

fn big_int(literal: &str, is_negative: bool) -> Option<i64> {
    let magnitude = match prefixed(literal) {
        Some(magnitude) => magnitude?,
        None if literal.len() > 1 && literal.starts_with('0') => return None,
        None if !literal.bytes().all(|byte| byte.is_ascii_digit()) => return None,
        None => literal.parse().ok()?,
    };
    if is_negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// Appends the shortest literal that is read back as the same bits, in the notation that JavaScript chooses. All NaNs
/// are printed alike.
pub(super) fn push_number(line: &mut String, bits: u64) {
    let number = f64::from_bits(bits);
    if number.is_nan() {
        line.push_str("NaN");
        return;
    }
    if bits & SIGN != 0 {
        line.push('-');
    }
    let number = f64::from_bits(bits & !SIGN);
    if number.is_infinite() {
        line.push_str("Infinity");
        return;
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let fits = match exponent {
        -6..=20 => write!(line, "{number}"),
        _ => write!(line, "{mantissa}e{exponent}"),
    };
    fits.expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Numeric, Fault> {
        Cursor::new(text, &mut super::super::lexer::Budget::new()).number()
    }

    #[track_caller]
    fn check(number: f64, want: &str) {
        let mut line = String::new();
        push_number(&mut line, number.to_bits());
        assert_eq!(line, want);
        assert_eq!(read(&line), Ok(Numeric::Number(number.to_bits())));
    }

    #[track_caller]
    fn check_read(text: &str, want: Numeric) {
        assert_eq!(read(text), Ok(want));
    }

    #[test]
    fn a_number_is_printed_as_javascript_prints_it() {
        check(0.0, "0");
        check(-0.0, "-0");
        check(1000.0, "1000");
        check(999.5, "999.5");
        check(-1.0, "-1");
        check(0.1, "0.1");
        check(1e-6, "0.000001");
        check(1e-7, "1e-7");
        check(1e20, "100000000000000000000");
        check(1e21, "1e21");
        check(f64::MAX, "1.7976931348623157e308");
        check(5e-324, "5e-324");
        check(f64::NAN, "NaN");
        check(f64::INFINITY, "Infinity");
        check(f64::NEG_INFINITY, "-Infinity");
    }

    #[test]
    fn every_not_a_number_becomes_the_same() {
        let mut line = String::new();
        push_number(&mut line, 0xfff0_0000_0000_0001);
        assert_eq!(line, "NaN");
        check_read("-NaN", Numeric::Number(f64::NAN.to_bits()));
    }

    #[test]
    fn other_notations_are_read() {
        check_read("0x3e8", Numeric::Number(1000_f64.to_bits()));
        check_read("0b11", Numeric::Number(3_f64.to_bits()));
        check_read("0o17", Numeric::Number(15_f64.to_bits()));
        check_read("-0XFFFFFFFFFFFFFFFF", Numeric::Number((-18_446_744_073_709_551_616_f64).to_bits()));
        check_read(".5", Numeric::Number(0.5_f64.to_bits()));
        check_read("5.", Numeric::Number(5_f64.to_bits()));
        check_read("1E+3", Numeric::Number(1000_f64.to_bits()));
        check_read("1e-3)", Numeric::Number(0.001_f64.to_bits()));
        check_read("1e999", Numeric::Number(f64::INFINITY.to_bits()));
    }

    #[test]
    fn a_big_int_has_64_bits() {
        check_read("1000n", Numeric::BigInt(1000));
        check_read("-0n", Numeric::BigInt(0));
        check_read("0xfn", Numeric::BigInt(15));
        check_read("-9223372036854775808n", Numeric::BigInt(i64::MIN));
        check_read("9223372036854775807n", Numeric::BigInt(i64::MAX));
        assert!(read("9223372036854775808n").is_err());
    }

    #[test]
    fn what_is_no_number_is_a_fault() {
        for text in [
            "", "-", "- 1", "010", "1_000", "1e", "1e+", "1.2.3", ".", "0x", "0xg", "inf", "n", "1.5n", "--1",
        ] {
            let fault = read(text).expect_err(text);
            assert_eq!(fault.advice, ADVICE);
        }
        assert_eq!(read("1_0").expect_err("a separator").message, "expected a number, found `1_0`");
    }
}
