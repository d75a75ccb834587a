//! SHA-1 (RFC 3174), at compile time: the opening handshake asks for it and nothing here depends on its
//! strength.

/// The hash of `message`.
pub(super) const fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    // The message, one bit, zeros, and the length in bits fill whole blocks of 64 bytes.
    let block_count = (message.len() + 8) / 64 + 1;
    let mut index = 0;
    while index < block_count {
        state = after_block(state, &block(message, index, block_count));
        index += 1;
    }
    let mut hash = [0; 20];
    let mut at = 0;
    while at < hash.len() {
        hash[at] = state[at / 4].to_be_bytes()[at % 4];
        at += 1;
    }
    hash
}

/// The words of block `index` of the padded message.
const fn block(message: &[u8], index: usize, block_count: usize) -> [u32; 16] {
    let mut words = [0; 16];
    let mut at = 0;
    while at < 64 {
        let position = index * 64 + at;
        if position < message.len() {
            words[at / 4] |= (message[position] as u32) << (24 - at % 4 * 8);
        } else if position == message.len() {
            words[at / 4] |= 0x80 << (24 - at % 4 * 8);
        }
        at += 1;
    }
    if index + 1 == block_count {
        let bits = message.len() as u64 * 8;
        words[14] = (bits >> 32) as u32;
        words[15] = bits as u32;
    }
    words
}

/// The state after a block (RFC 3174, section 6.1).
///
/// Words of 32 bits in integers of 64: the compiler evaluates operators several times faster than the calls of
/// `wrapping_add` and `rotate_left`.
const fn after_block(state: [u32; 5], block: &[u32; 16]) -> [u32; 5] {
    const WORD: u64 = 0xffff_ffff;
    let mut words = [0; 80];
    let mut t = 0;
    while t < 80 {
        words[t] = if t < 16 {
            block[t] as u64
        } else {
            let mixed = words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16];
            (mixed << 1 | mixed >> 31) & WORD
        };
        t += 1;
    }
    let [mut a, mut b, mut c, mut d, mut e] =
        [state[0] as u64, state[1] as u64, state[2] as u64, state[3] as u64, state[4] as u64];
    t = 0;
    while t < 80 {
        let (f, constant) = match t {
            0..20 => ((b & c) | (!b & d), 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let rotated = (a << 5 | a >> 27) & WORD;
        let next = (rotated + f + e + words[t] + constant) & WORD;
        (a, b, c, d, e) = (next, a, (b << 30 | b >> 2) & WORD, c, d);
        t += 1;
    }
    [
        state[0].wrapping_add(a as u32),
        state[1].wrapping_add(b as u32),
        state[2].wrapping_add(c as u32),
        state[3].wrapping_add(d as u32),
        state[4].wrapping_add(e as u32),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec;

    #[track_caller]
    fn check(message: &[u8], want: &str) {
        let hex: String = sha1(message).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, want);
    }

    #[test]
    fn the_vectors_of_the_standard() {
        check(b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
        check(
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
        );
        check(&vec![b'a'; 1_000_000], "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    }

    #[test]
    fn the_empty_message_and_the_edges_of_the_padding() {
        check(b"", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        check(&[b'a'; 55], "c1c8bbdc22796e28c0e15163d20899b65621d65a");
        check(&[b'a'; 56], "c2db330f6083854c99d4b5bfb6e8f29f201be699");
        check(&[b'a'; 64], "0098ba824b5c16427bd7a1122a5a442a25ec644d");
    }
}
