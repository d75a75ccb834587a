//! AVX2: 32 bytes at a time, and what is left in one register that is put together without reading past the slice.

use core::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_alignr_epi8, _mm256_and_si256, _mm256_broadcastsi128_si256,
    _mm256_cmpeq_epi32, _mm256_cmpgt_epi32, _mm256_loadu_si256, _mm256_maskload_epi32, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set1_epi8, _mm256_set1_epi32, _mm256_setr_epi32,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_storeu_si256, _mm256_subs_epu8,
    _mm256_testz_si256, _mm256_xor_si256,
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

/// Writes what `frame` has from `at` on, combined with `key`, to `room`; whether that is UTF-8.
///
/// # Safety
///
/// The processor has AVX2; `at` is 4 at least and within `frame`, and 127 bytes at most are behind it.
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn unmask(frame: &[u8], at: usize, key: i32, room: &mut [u8; 4 * WIDTH]) -> bool {
    let len = frame.len() - at;
    let key = _mm256_set1_epi32(key);
    let whole = len / WIDTH;
    // SAFETY: `whole` registers are in the text, and they and one more in the room, for `len` is below its size; the
    // table of ones has a register from any place up to its middle.
    unsafe {
        let text = frame.as_ptr().add(at);
        let room: *mut u8 = room.as_mut_ptr();
        let mut seen = _mm256_setzero_si256();
        for index in 0..whole {
            let bytes = _mm256_xor_si256(_mm256_loadu_si256(text.add(index * WIDTH).cast()), key);
            _mm256_storeu_si256(room.add(index * WIDTH).cast(), bytes);
            seen = _mm256_or_si256(seen, bytes);
        }
        let ones = _mm256_loadu_si256(ONES.as_ptr().add(WIDTH - len % WIDTH).cast());
        let rest = _mm256_xor_si256(load_rest(frame, len % WIDTH), _mm256_and_si256(key, ones));
        _mm256_storeu_si256(room.add(whole * WIDTH).cast(), rest);
        seen = _mm256_or_si256(seen, rest);
        _mm256_movemask_epi8(seen) == 0 || validate(room, whole, rest)
    }
}

/// Whether what `frame` has from `at` on is UTF-8.
///
/// # Safety
///
/// As for [`unmask`].
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn is_utf8(frame: &[u8], at: usize) -> bool {
    let len = frame.len() - at;
    let whole = len / WIDTH;
    // SAFETY: `whole` registers are in the text.
    unsafe {
        let text = frame.as_ptr().add(at);
        let rest = load_rest(frame, len % WIDTH);
        let mut seen = rest;
        for index in 0..whole {
            seen = _mm256_or_si256(seen, _mm256_loadu_si256(text.add(index * WIDTH).cast()));
        }
        _mm256_movemask_epi8(seen) == 0 || validate(text, whole, rest)
    }
}

/// The last `len` bytes of `frame`, fewer than a register has, and zeros behind them.
///
/// # Safety
///
/// The processor has AVX2; `frame` has `len` bytes and 4 before them.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_rest(frame: &[u8], len: usize) -> __m256i {
    let index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let words = _mm256_set1_epi32((len / 4) as i32);
    // SAFETY: the masked load touches only the words that are within the last `len` bytes; the last four bytes are
    // within the frame because four come before the text.
    unsafe {
        let end = frame.as_ptr_range().end;
        let whole = _mm256_maskload_epi32(end.sub(len).cast(), _mm256_cmpgt_epi32(words, index));
        // The upper bytes of the last word, moved down; none of them if the words are all.
        let last = u64::from(end.sub(4).cast::<u32>().read_unaligned()) >> (32 - 8 * (len % 4));
        let last = _mm256_and_si256(_mm256_set1_epi32(last as i32), _mm256_cmpeq_epi32(words, index));
        _mm256_or_si256(whole, last)
    }
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
