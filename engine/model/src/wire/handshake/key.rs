//! `Sec-WebSocket-Key` and the `Sec-WebSocket-Accept` that answers it (RFC 6455 section 4.2.2), for the
//! nonces that a run can choose from (N-16, HS-13).

use super::base64;
use super::sha1::sha1;

/// What the server appends to the key.
const GUID: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Key` for a nonce number: 16 bytes in base64.
///
/// Number 0 is the sample of RFC 6455 section 1.3; every other number differs from it in the last byte.
#[must_use]
pub const fn key(nonce: u8) -> [u8; 24] {
    let mut bytes = *b"the sample nonce";
    bytes[15] ^= nonce;
    base64::encode(&bytes)
}

/// The value of `Sec-WebSocket-Accept` that answers [`key`] of the same nonce number.
#[inline]
#[must_use]
pub const fn accept(nonce: u8) -> &'static [u8; 28] {
    static ANSWERS: [[u8; 28]; 256] = answers();
    &ANSWERS[nonce as usize]
}

// Two blocks of SHA-1 for each of 256 keys are more steps than the compiler expects of a constant.
#[allow(long_running_const_eval)]
const fn answers() -> [[u8; 28]; 256] {
    let mut answers = [[0; 28]; 256];
    let mut nonce = 0;
    while nonce < answers.len() {
        answers[nonce] = answer(&key(nonce as u8));
        nonce += 1;
    }
    answers
}

const fn answer(key: &[u8; 24]) -> [u8; 28] {
    let mut message = [0; 60];
    let (head, tail) = message.split_at_mut(24);
    head.copy_from_slice(key);
    tail.copy_from_slice(GUID);
    base64::encode(&sha1(&message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(nonce: u8, want_key: &[u8; 24], want_accept: &[u8; 28]) {
        assert_eq!(&key(nonce), want_key);
        assert_eq!(accept(nonce), want_accept);
    }

    #[test]
    fn number_0_is_the_sample_of_the_rfc() {
        check(0, b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn other_numbers_have_keys_and_answers_of_their_own() {
        check(1, b"dGhlIHNhbXBsZSBub25jZA==", b"QB6jotvPA1RvkpPvLSsqQ6v1esc=");
        check(2, b"dGhlIHNhbXBsZSBub25jZw==", b"Ff+ZZXZ5RsVyf0PenuNwfN6MORg=");
        check(255, b"dGhlIHNhbXBsZSBub25jmg==", b"dYc2T4WWgFt1Et9U31uaNjqdAZc=");
        for nonce in 1..=u8::MAX {
            assert_ne!(key(nonce), key(nonce - 1));
            assert_ne!(accept(nonce), accept(nonce - 1));
        }
    }
}
