//! How values become numbers and strings.

use alloc::vec;
use alloc::vec::Vec;

use super::super::tale::*;
use super::tales::*;
use super::*;
use crate::trace::{Entry, ValueType};

/// The bytes of a string's code units.
fn code_units(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// A tale in which a value is converted to a Number.
fn to_number(from: ValueType, given: &[u8], (throws, number): (bool, f64)) -> Tale {
    let mut tale = plain_clean();
    let given = tale.id(given);
    let converted = Entry::ToNumber { from, given, throws, bits: number.to_bits() };
    tale.before(kind(Kind::Quiescent), converted);
    tale
}

/// A tale in which a value is converted to a string.
fn to_usv_string(from: ValueType, given: &[u8], (throws, text): (bool, &str)) -> Tale {
    let mut tale = plain_clean();
    let (given, utf8) = (tale.id(given), tale.id(text.as_bytes()));
    tale.before(kind(Kind::Quiescent), Entry::ToUsvString { from, given, throws, utf8 });
    tale
}

#[test]
fn values_become_numbers() {
    use ValueType::{BigInt, False, Null, Number, String, Symbol, True, Undefined};
    for (from, given, right, wrong) in [
        (Undefined, vec![], (false, f64::NAN), (false, 0.0)),
        (Null, vec![], (false, 0.0), (true, 0.0)),
        (False, vec![], (false, 0.0), (false, f64::NAN)),
        (True, vec![], (false, 1.0), (false, 0.0)),
        (Number, 2.5_f64.to_be_bytes().to_vec(), (false, 2.5), (false, 2.0)),
        (BigInt, 1000_i64.to_be_bytes().to_vec(), (true, 0.0), (false, 1000.0)),
        (Symbol, vec![], (true, 0.0), (false, f64::NAN)),
        (String, code_units("\u{feff}3e3 "), (false, 3000.0), (false, f64::NAN)),
        (String, code_units("0x3e8"), (false, 1000.0), (false, 0.0)),
        (String, code_units(" "), (false, 0.0), (false, f64::NAN)),
        (String, code_units("inf"), (false, f64::NAN), (false, f64::INFINITY)),
    ] {
        check("INV-116", to_number(from, &given, right), |t| *t = to_number(from, &given, wrong));
    }
}

#[test]
fn values_become_strings() {
    use ValueType::{BigInt, False, Null, Number, String, Symbol, True, Undefined};
    for (from, given, right, wrong) in [
        (Undefined, vec![], (false, "undefined"), (false, "")),
        (Null, vec![], (false, "null"), (false, "")),
        (False, vec![], (false, "false"), (false, "0")),
        (True, vec![], (false, "true"), (false, "1")),
        (Number, 1e21_f64.to_be_bytes().to_vec(), (false, "1e+21"), (false, "1e21")),
        (Number, (-0.0_f64).to_be_bytes().to_vec(), (false, "0"), (false, "-0")),
        (BigInt, (-7_i64).to_be_bytes().to_vec(), (false, "-7"), (true, "-7")),
        (Symbol, vec![], (true, ""), (false, "Symbol()")),
        (String, code_units("é😀"), (false, "é😀"), (false, "é")),
        (String, vec![0xd8, 0x3d, 0, 0x61], (false, "\u{fffd}a"), (false, "a")),
    ] {
        check("INV-116", to_usv_string(from, &given, right), |t| *t = to_usv_string(from, &given, wrong));
    }
}
