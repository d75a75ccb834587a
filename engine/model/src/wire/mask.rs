//! Masking (RFC 6455 section 5.3).

/// Masks or unmasks `bytes` in place: the byte at index i of the payload is combined with key byte i mod 4
/// (WIRE-12). `offset` is the index of the first of `bytes` in the payload, so a payload may come in pieces.
///
/// Doing it twice restores the bytes, and the zero key changes nothing.
#[inline]
pub fn apply(bytes: &mut [u8], key: [u8; 4], offset: u64) {
    let turn = (offset % 4) as usize;
    let mut key = key;
    key.rotate_left(turn);
    let wide = u64::from(u32::from_ne_bytes(key)) * 0x1_0000_0001;
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (index, byte) in rest.iter_mut().enumerate() {
        *byte ^= key[index % 4];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    #[track_caller]
    fn check(bytes: &[u8], key: [u8; 4], want: &[u8]) {
        let mut got = bytes.to_vec();
        apply(&mut got, key, 0);
        assert_eq!(got, want);
        apply(&mut got, key, 0);
        assert_eq!(got, bytes, "twice");
    }

    #[test]
    fn the_sample_of_the_rfc() {
        check(b"Hello", KEY, &[0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn the_zero_key_changes_nothing() {
        check(b"Hello, world", [0; 4], b"Hello, world");
        check(b"", KEY, b"");
    }

    #[test]
    fn a_payload_in_two_pieces_is_the_same_as_whole() {
        let plain: Vec<u8> = (0..40).collect();
        let want: Vec<u8> = plain.iter().enumerate().map(|(i, byte)| byte ^ KEY[i % 4]).collect();
        for cut in 0..=plain.len() {
            let mut got = plain.clone();
            let (head, tail) = got.split_at_mut(cut);
            apply(head, KEY, 0);
            apply(tail, KEY, cut as u64);
            assert_eq!(got, want, "cut at {cut}");
        }
    }

    #[test]
    fn only_the_offset_modulo_four_counts() {
        for offset in 0..4 {
            let mut near = *b"abcdefghijk";
            let mut far = near;
            apply(&mut near, KEY, offset);
            apply(&mut far, KEY, u64::MAX - 3 + offset);
            assert_eq!(near, far);
        }
    }
}
