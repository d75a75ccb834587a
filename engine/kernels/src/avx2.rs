//! AVX2: 32 bytes at a time, and what is left in one register that is put together without reading past the slice.

use core::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_alignr_epi8, _mm256_and_si256, _mm256_broadcastsi128_si256,
    _mm256_cmpeq_epi32, _mm256_cmpgt_epi32, _mm256_loadu_si256, _mm256_maskload_epi32,
    _mm256_maskstore_epi32, _mm256_movemask_epi8, _mm256_or_si256, _mm256_permute2x128_si256,
    _mm256_set1_epi8, _mm256_set1_epi32, _mm256_setr_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_srli_epi16, _mm256_storeu_si256, _mm256_subs_epu8, _mm256_testz_si256, _mm256_xor_si256,
};

use crate::tables::{BELOW_FOUR, BELOW_THREE, FIRST_LOWER, FIRST_UPPER, SECOND_UPPER};

/// The bytes of a register.
const WIDTH: usize = 32;

/// From the middle on this is a register of zeros; so many bytes earlier as many ones come first.
static ONES: [u8; 2 * WIDTH] = {
    let mut ones = [0; 2 * WIDTH];
    let mut index = 0;
    while index < WIDTH {
        ones[index] = 0xff;
        index += 1;
    }
    ones
};

/// Writes `text` combined with `key` to `room`; whether that is UTF-8.
///
/// # Safety
///
/// The processor has AVX2; the text is shorter than the room.
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn unmask_into(room: &mut [u8; 4 * WIDTH], text: &[u8], key: i32) -> bool {
    let key = _mm256_set1_epi32(key);
    let (whole, rest) = text.as_chunks::<WIDTH>();
    let room: *mut u8 = room.as_mut_ptr();
    let mut seen = _mm256_setzero_si256();
    // SAFETY: the room has a register for each chunk, and one for the rest. The table has a register from any place up
    // to its middle.
    unsafe {
        for (index, bytes) in whole.iter().enumerate() {
            let plain = _mm256_xor_si256(_mm256_loadu_si256(bytes.as_ptr().cast()), key);
            _mm256_storeu_si256(room.add(index * WIDTH).cast(), plain);
            seen = _mm256_or_si256(seen, plain);
        }
        let ones = _mm256_loadu_si256(ONES.as_ptr().add(WIDTH - rest.len()).cast());
        let plain = _mm256_xor_si256(load_rest(text, rest), _mm256_and_si256(key, ones));
        _mm256_storeu_si256(room.add(whole.len() * WIDTH).cast(), plain);
        seen = _mm256_or_si256(seen, plain);
        _mm256_movemask_epi8(seen) == 0 || validate(room, whole.len(), plain)
    }
}

/// Combines `bytes` with `key`.
///
/// # Safety
///
/// The processor has AVX2.
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn unmask(bytes: &mut [u8], key: i32) {
    unmask_seen(bytes, key);
}

/// Combines `text` with `key`; whether it is UTF-8 then.
///
/// # Safety
///
/// The processor has AVX2.
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn unmask_text(text: &mut [u8], key: i32) -> bool {
    // SAFETY: as the caller promises.
    unmask_seen(text, key) || unsafe { is_utf8(text) }
}

/// Combines `bytes` with `key`; whether they are ASCII then.
#[inline]
#[target_feature(enable = "avx2")]
fn unmask_seen(bytes: &mut [u8], key: i32) -> bool {
    let wide = _mm256_set1_epi32(key);
    let mut seen = _mm256_setzero_si256();
    let (whole, rest) = bytes.as_chunks_mut::<WIDTH>();
    for bytes in whole {
        let place: *mut u8 = bytes.as_mut_ptr();
        // SAFETY: a chunk is a register.
        unsafe {
            let plain = _mm256_xor_si256(_mm256_loadu_si256(place.cast()), wide);
            _mm256_storeu_si256(place.cast(), plain);
            seen = _mm256_or_si256(seen, plain);
        }
    }
    let (words, rest) = rest.as_chunks_mut::<4>();
    let place: *mut i32 = words.as_mut_ptr().cast();
    let mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(words.len() as i32), indexes());
    // SAFETY: the mask names the words that are left, and the accesses touch only those.
    unsafe {
        let plain = _mm256_xor_si256(_mm256_maskload_epi32(place, mask), _mm256_and_si256(wide, mask));
        _mm256_maskstore_epi32(place, mask, plain);
        seen = _mm256_or_si256(seen, plain);
    }
    let mut last = 0;
    for (byte, key) in rest.iter_mut().zip(key.to_le_bytes()) {
        *byte ^= key;
        last |= *byte;
    }
    _mm256_movemask_epi8(seen) == 0 && last < 0x80
}

/// Whether `text` is UTF-8.
///
/// # Safety
///
/// The processor has AVX2.
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn is_utf8(text: &[u8]) -> bool {
    let (whole, rest) = text.as_chunks::<WIDTH>();
    let rest = load_rest(text, rest);
    let mut seen = rest;
    for bytes in whole {
        // SAFETY: a chunk is a register.
        seen = _mm256_or_si256(seen, unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) });
    }
    // SAFETY: the chunks follow one another.
    _mm256_movemask_epi8(seen) == 0 || unsafe { validate(text.as_ptr(), whole.len(), rest) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn indexes() -> __m256i {
    _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)
}

/// `rest`, the end of `text` that does not fill a register, and zeros behind it.
#[inline]
#[target_feature(enable = "avx2")]
fn load_rest(text: &[u8], rest: &[u8]) -> __m256i {
    let words = _mm256_set1_epi32((rest.len() / 4) as i32);
    // SAFETY: the masked load touches only the words that are within the rest.
    let whole = unsafe { _mm256_maskload_epi32(rest.as_ptr().cast(), _mm256_cmpgt_epi32(words, indexes())) };
    let last = match text.last_chunk() {
        // The upper bytes of the last word, moved down; none of them if the words are all.
        Some(last) => (u64::from(u32::from_le_bytes(*last)) >> (32 - 8 * (rest.len() % 4))) as u32,
        None => rest.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)),
    };
    let last = _mm256_and_si256(_mm256_set1_epi32(last.cast_signed()), _mm256_cmpeq_epi32(words, indexes()));
    _mm256_or_si256(whole, last)
}

/// Whether `whole` registers at `text` and then `rest`, which ends with a zero, are UTF-8.
///
/// # Safety
///
/// The processor has AVX2; `whole` registers are at `text`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn validate(text: *const u8, whole: usize, rest: __m256i) -> bool {
    let mut before = _mm256_setzero_si256();
    let mut offence = _mm256_setzero_si256();
    for index in 0..whole {
        // SAFETY: as the caller promises.
        let bytes = unsafe { _mm256_loadu_si256(text.add(index * WIDTH).cast()) };
        offence = _mm256_or_si256(offence, offences(before, bytes));
        before = bytes;
    }
    offence = _mm256_or_si256(offence, offences(before, rest));
    _mm256_testz_si256(offence, offence) == 1
}

/// The offences in `text`, behind `before`; those that need the next byte are found there.
#[inline]
#[target_feature(enable = "avx2")]
fn offences(before: __m256i, text: __m256i) -> __m256i {
    // Each half's predecessor, from which the bytes 1, 2 and 3 places before come.
    let halves = _mm256_permute2x128_si256::<0x21>(before, text);
    let one = _mm256_alignr_epi8::<15>(text, halves);
    let two = _mm256_alignr_epi8::<14>(text, halves);
    let three = _mm256_alignr_epi8::<13>(text, halves);
    let nibble = _mm256_set1_epi8(0x0f);
    let upper = |bytes| _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble);
    let first_upper = _mm256_shuffle_epi8(table(&FIRST_UPPER), upper(one));
    let first_lower = _mm256_shuffle_epi8(table(&FIRST_LOWER), _mm256_and_si256(one, nibble));
    let second_upper = _mm256_shuffle_epi8(table(&SECOND_UPPER), upper(text));
    let pair = _mm256_and_si256(_mm256_and_si256(first_upper, first_lower), second_upper);
    // Two continuation bytes are no offence where the third or fourth byte of a character is due, and only there.
    let is_third = _mm256_subs_epu8(two, _mm256_set1_epi8(BELOW_THREE.cast_signed()));
    let is_fourth = _mm256_subs_epu8(three, _mm256_set1_epi8(BELOW_FOUR.cast_signed()));
    let is_due = _mm256_and_si256(_mm256_or_si256(is_third, is_fourth), _mm256_set1_epi8(i8::MIN));
    _mm256_xor_si256(is_due, pair)
}

#[inline]
#[target_feature(enable = "avx2")]
fn table(table: &[u8; 16]) -> __m256i {
    // SAFETY: a table is one register of 16 bytes.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}
