//! The `Sec-WebSocket-Accept` that answers a nonce, found anew (RFC 6455 section 4.2.2): of a value that the oracle
//! took from the wire, where the peer of a scenario has it from too, nobody would know that it is wrong.

/// The answers to all nonces.
static ANSWERS: [[u8; 28]; 256] = {
    let mut answers = [[0; 28]; 256];
    let mut nonce = 0;
    while nonce < 256 {
        answers[nonce] = answer(nonce as u8);
        nonce += 1;
    }
    answers
};

/// The value that answers the nonce with this number.
#[inline]
pub(super) fn accept(nonce: u8) -> &'static [u8; 28] {
    &ANSWERS[usize::from(nonce)]
}

/// The key of a nonce is 24 digits, of which the last two that are none of padding hold its last byte.
#[allow(long_running_const_eval, reason = "two blocks for each of 256 keys")]
const fn answer(nonce: u8) -> [u8; 28] {
    // Two blocks: 60 bytes, one bit, zeros, and the length of 480 bits.
    let mut padded = [0; 128];
    let text = b"dGhlIHNhbXBsZSBub25j__==258EAFA5-E914-47DA-95CA-C5AB0DC85B11\x80";
    padded.split_at_mut(text.len()).0.copy_from_slice(text);
    // The sample nonce of section 1.3 ends with an e.
    let last = b'e' ^ nonce;
    padded[20] = digit(last >> 2);
    padded[21] = digit(last << 4 & 0x3f);
    (padded[126], padded[127]) = (480_u16.to_be_bytes()[0], 480_u16.to_be_bytes()[1]);
    let mut hash = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let (first, second) = padded.split_at(64);
    add_block(&mut hash, first);
    add_block(&mut hash, second);
    // 160 bits are 26 digits and four bits more, to which two zeros are added.
    let mut answer = [b'='; 28];
    let mut at = 0;
    while at < 27 {
        let mut bits = 0;
        let mut bit = at * 6;
        while bit < at * 6 + 6 {
            let one = bit < 160 && hash[bit / 32] >> (31 - bit % 32) & 1 != 0;
            bits = bits << 1 | one as u8;
            bit += 1;
        }
        answer[at] = digit(bits);
        at += 1;
    }
    answer
}

/// The digit of six bits (RFC 4648 section 4).
const fn digit(bits: u8) -> u8 {
    match bits {
        0..26 => b'A' + bits,
        26..52 => b'a' + bits - 26,
        52..62 => b'0' + bits - 52,
        62 => b'+',
        _ => b'/',
    }
}

/// Adds a block to an SHA-1 hash (RFC 3174 section 6.1), with the whole schedule laid out.
const fn add_block(hash: &mut [u32; 5], block: &[u8]) {
    let mut schedule = [0_u32; 80];
    let mut t = 0;
    while t < 80 {
        schedule[t] = if t < 16 {
            u32::from_be_bytes([block[4 * t], block[4 * t + 1], block[4 * t + 2], block[4 * t + 3]])
        } else {
            (schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16]).rotate_left(1)
        };
        t += 1;
    }
    let mut state = *hash;
    t = 0;
    while t < 80 {
        let [a, b, c, d, e] = state;
        let (mixed, constant) = match t / 20 {
            0 => (d ^ (b & (c ^ d)), 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => ((b & c) | (d & (b | c)), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
        state = [sum.wrapping_add(schedule[t]).wrapping_add(constant), a, b.rotate_left(30), c, d];
        t += 1;
    }
    let mut at = 0;
    while at < 5 {
        hash[at] = hash[at].wrapping_add(state[at]);
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::handshake;

    #[test]
    fn the_sample_of_the_rfc_and_all_others_agree() {
        assert_eq!(accept(0), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        for nonce in 0..=u8::MAX {
            assert_eq!(accept(nonce), handshake::accept(nonce), "{nonce}");
        }
    }
}
