//! What `close()` must make of its arguments, recomputed with integers from the bits of the double (IDL-01, API-02,
//! API-03).

use crate::profile::{CloseArguments, CloseCodes, CloseExceptions, Profile, ReasonOnly};
use crate::trace::{Exception, Given, PayloadId};

/// The longest close reason in bytes of UTF-8 (UTF8-12).
pub(super) const REASON_LEN_MAX: usize = 123;

/// `[Clamp] unsigned short` of the double with these bits: clamped to 0..=65535, then rounded half to even.
pub(super) fn clamp_to_u16(bits: u64) -> u16 {
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1023;
    let fraction = bits & ((1 << 52) - 1);
    let is_nan = exponent == 1024 && fraction != 0;
    if is_nan || bits >> 63 != 0 || exponent < -1 {
        // NaN, everything below zero, and what is nearer to zero than one half.
        return 0;
    }
    if exponent >= 16 {
        return u16::MAX;
    }
    let significand = fraction | 1 << 52;
    // The binary point lies `below` bits from the right: 37 to 53.
    let below = 52 - exponent;
    let whole = if below > 52 { 0 } else { significand >> below };
    let rest = significand & ((1 << below) - 1);
    let half = 1_u64 << (below - 1);
    let rounded = whole + u64::from(rest > half || (rest == half && whole & 1 == 1));
    u16::try_from(rounded).unwrap_or(u16::MAX)
}

/// `unsigned short` of the double with these bits: towards zero, then modulo 2^16 (IDL-08).
pub(super) fn modulo_to_u16(bits: u64) -> u16 {
    // What is no finite number has no remainder, and becomes 0.
    (f64::from_bits(bits) % 65536.0) as i32 as u16
}

/// The arguments of one call of `close()` after their conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Arguments {
    /// The status code, if one is given.
    pub(super) code: Option<u16>,
    /// The reason, if one is given.
    pub(super) reason: Option<PayloadId>,
    /// The exception that the call must end with.
    pub(super) exception: Option<Exception>,
}

impl Arguments {
    /// Judges the arguments in the order of the algorithm: the code before the reason.
    pub(super) fn new(
        profile: &Profile,
        code: Given,
        code_bits: u64,
        reason: Given,
        reason_utf8: PayloadId,
        len: usize,
    ) -> Self {
        if profile.close_arguments == CloseArguments::None {
            return Self::default();
        }
        let (wrong_code, too_long) = match profile.close_exceptions {
            CloseExceptions::Dom => (Exception::InvalidAccessError, Exception::SyntaxError),
            CloseExceptions::Language => (Exception::TypeError, Exception::RangeError),
        };
        let code = (code == Given::Present).then(|| clamp_to_u16(code_bits));
        let reason = (reason == Given::Present).then_some(reason_utf8);
        let is_taken = |code| match code {
            1000 | 3000..=4999 => true,
            1001..=1003 | 1007..=1014 => profile.close_codes == CloseCodes::Registered,
            _ => false,
        };
        let is_wrong = match code {
            Some(code) => !is_taken(code),
            None => reason.is_some() && profile.reason_only == ReasonOnly::Throw,
        };
        let exception = if is_wrong {
            Some(wrong_code)
        } else if reason.is_some() && len > REASON_LEN_MAX {
            Some(too_long)
        } else {
            None
        };
        Self { code, reason, exception }
    }

    /// Whether `body` is the body of the Close frame that these arguments ask for.
    pub(super) fn is_body(&self, body: &[u8], reason: &[u8], profile: &Profile) -> bool {
        let is_code_and_reason = |code: u16| {
            body.len() == 2 + reason.len() && body[..2] == code.to_be_bytes() && body[2..] == *reason
        };
        match (self.code, self.reason) {
            (None, None) => body.is_empty(),
            (Some(code), _) => is_code_and_reason(code),
            (None, Some(_)) => match profile.reason_only {
                ReasonOnly::Empty | ReasonOnly::Throw => body.is_empty(),
                ReasonOnly::Raw => body == reason,
                // An empty reason alone may count as none (API-13).
                ReasonOnly::NormalClosure => {
                    is_code_and_reason(1000) || (reason.is_empty() && body.is_empty())
                }
                ReasonOnly::Any => is_code_and_reason(1000) || body.is_empty(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, want: u16) {
        assert_eq!(clamp_to_u16(value.to_bits()), want, "{value}");
    }

    #[test]
    fn a_code_is_clamped_and_rounded_half_to_even() {
        check(999.5, 1000);
        check(1000.5, 1000);
        check(1001.5, 1002);
        check(2999.5, 3000);
        check(4999.4, 4999);
        check(4999.5, 5000);
        check(0.5, 0);
        check(0.500_000_1, 1);
        check(1.0, 1);
        check(1.5, 2);
        check(-0.0, 0);
        check(-5.0, 0);
        check(f64::NAN, 0);
        check(f64::NEG_INFINITY, 0);
        check(f64::INFINITY, u16::MAX);
        check(1e9, u16::MAX);
        check(65535.5, u16::MAX);
        check(65536.0, u16::MAX);
        check(65534.5, 65534);
    }

    #[test]
    fn every_integer_is_itself() {
        for code in 0..=u16::MAX {
            check(f64::from(code), code);
        }
    }
}
