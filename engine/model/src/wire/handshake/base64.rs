//! Base64 (RFC 4648 section 4), at compile time.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `bytes` in base64, with padding. `M` is the length of that.
pub(super) const fn encode<const N: usize, const M: usize>(bytes: &[u8; N]) -> [u8; M] {
    const { assert!(M == N.div_ceil(3) * 4) };
    let mut out = [b'='; M];
    let mut at = 0;
    while at < N {
        let second = if at + 1 < N { bytes[at + 1] } else { 0 };
        let third = if at + 2 < N { bytes[at + 2] } else { 0 };
        let group = u32::from_be_bytes([0, bytes[at], second, third]);
        let to = at / 3 * 4;
        out[to] = digit(group >> 18);
        out[to + 1] = digit(group >> 12);
        if at + 1 < N {
            out[to + 2] = digit(group >> 6);
        }
        if at + 2 < N {
            out[to + 3] = digit(group);
        }
        at += 3;
    }
    out
}

/// The digit for the lowest six bits.
const fn digit(bits: u32) -> u8 {
    ALPHABET[(bits % 64) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<const N: usize, const M: usize>(bytes: &[u8; N], want: &[u8; M]) {
        assert_eq!(&encode::<N, M>(bytes), want);
    }

    #[test]
    fn the_vectors_of_the_rfc() {
        check(b"", b"");
        check(b"f", b"Zg==");
        check(b"fo", b"Zm8=");
        check(b"foo", b"Zm9v");
        check(b"foob", b"Zm9vYg==");
        check(b"fooba", b"Zm9vYmE=");
        check(b"foobar", b"Zm9vYmFy");
    }

    #[test]
    fn the_last_two_digits_are_plus_and_slash() {
        check(&[0xfb, 0xef, 0xff], b"++//");
    }
}
