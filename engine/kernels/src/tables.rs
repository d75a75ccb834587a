//! UTF-8 by three tables of sixteen: which offences a byte and the one before it may be part of (Keiser and Lemire,
//! "Validating UTF-8 In Less Than One Instruction Per Byte").
//!
//! Each bit is one kind of offence; a pair of bytes is one where all three tables have its bit.

/// A lead byte, or the end, where a continuation byte is due.
const TOO_SHORT: u8 = 1 << 0;
/// A continuation byte behind ASCII.
const TOO_LONG: u8 = 1 << 1;
/// E0 and less than A0.
const OVERLONG_3: u8 = 1 << 2;
/// F4 and more than 8F, or a larger lead byte.
const TOO_LARGE: u8 = 1 << 3;
/// ED and more than 9F.
const SURROGATE: u8 = 1 << 4;
/// C0 or C1.
const OVERLONG_2: u8 = 1 << 5;
/// F5 or more, and 80 to 8F, which [`TOO_LARGE`] does not have; and F0 and less than 90.
const TOO_LARGE_1000: u8 = 1 << 6;
const OVERLONG_4: u8 = 1 << 6;
/// Two continuation bytes: the third or fourth byte of a character, or an offence.
const TWO_CONTINUATIONS: u8 = 1 << 7;

/// What the lower half of the first byte does not decide.
const CARRY: u8 = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS;

/// By the upper half of the first byte.
pub(crate) const FIRST_UPPER: [u8; 16] = [
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    TOO_SHORT | OVERLONG_2,
    TOO_SHORT,
    TOO_SHORT | OVERLONG_3 | SURROGATE,
    TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4,
];

/// By the lower half of the first byte.
pub(crate) const FIRST_LOWER: [u8; 16] = [
    CARRY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
    CARRY | OVERLONG_2,
    CARRY,
    CARRY,
    CARRY | TOO_LARGE,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000 | SURROGATE,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
    CARRY | TOO_LARGE | TOO_LARGE_1000,
];

/// By the upper half of the second byte.
pub(crate) const SECOND_UPPER: [u8; 16] = [
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
];

/// What a byte loses so that its highest bit is left if it begins a character of 3 or 4 bytes.
pub(crate) const BELOW_THREE: u8 = 0xe0 - 0x80;

/// The same for 4 bytes.
pub(crate) const BELOW_FOUR: u8 = 0xf0 - 0x80;
