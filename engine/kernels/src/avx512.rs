//! AVX-512: the whole text in two registers, loaded with masks that leave out what is not in the slice.

use core::arch::x86_64::{
    __m512i, __mmask64, _bzhi_u64, _mm_loadu_si128, _mm512_alignr_epi8, _mm512_alignr_epi64,
    _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_loadu_si512, _mm512_mask_storeu_epi8,
    _mm512_maskz_loadu_epi8, _mm512_maskz_mov_epi8, _mm512_movepi8_mask, _mm512_or_si512, _mm512_set1_epi8,
    _mm512_set1_epi32, _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_srli_epi16, _mm512_storeu_si512,
    _mm512_subs_epu8, _mm512_ternarylogic_epi32, _mm512_test_epi8_mask, _mm512_xor_si512,
};

use crate::tables::{BELOW_FOUR, BELOW_THREE, FIRST_LOWER, FIRST_UPPER, SECOND_UPPER};

/// The bytes of a register.
const WIDTH: usize = 64;

/// The operations on three bits whose results are these bits, as the instruction numbers them.
const A_AND_B_AND_C: i32 = 0b1000_0000;
const A_OR_B_AND_C: i32 = 0b1010_1000;

/// Writes `text` combined with `key` to `room`; whether that is UTF-8.
///
/// # Safety
///
/// The processor has AVX-512 F and BW, and BMI2; the text is shorter than the room.
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
pub(crate) unsafe fn unmask_into(room: &mut [u8; 2 * WIDTH], text: &[u8], key: i32) -> bool {
    let key = _mm512_set1_epi32(key);
    let masks = masks(text.len());
    let (low, high) = load_short(text, masks);
    // What is behind the text becomes zero.
    let low = _mm512_xor_si512(low, _mm512_maskz_mov_epi8(masks.0, key));
    let high = _mm512_xor_si512(high, _mm512_maskz_mov_epi8(masks.1, key));
    let room: *mut u8 = room.as_mut_ptr();
    // SAFETY: the room is two registers.
    unsafe {
        _mm512_storeu_si512(room.cast(), low);
        _mm512_storeu_si512(room.add(WIDTH).cast(), high);
    }
    judge(low, high, masks.1)
}

/// Combines `bytes` with `key`.
///
/// # Safety
///
/// The processor has AVX-512 F and BW, and BMI2.
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
pub(crate) unsafe fn unmask(bytes: &mut [u8], key: i32) {
    let key = _mm512_set1_epi32(key);
    let (whole, rest) = bytes.as_chunks_mut::<{ 2 * WIDTH }>();
    for bytes in whole {
        let place: *mut u8 = bytes.as_mut_ptr();
        // SAFETY: these are two registers.
        unsafe {
            let low = _mm512_xor_si512(_mm512_loadu_si512(place.cast()), key);
            let high = _mm512_xor_si512(_mm512_loadu_si512(place.add(WIDTH).cast()), key);
            _mm512_storeu_si512(place.cast(), low);
            _mm512_storeu_si512(place.add(WIDTH).cast(), high);
        }
    }
    let masks = masks(rest.len());
    let (low, high) = load_short(rest, masks);
    store_short(rest, masks, _mm512_xor_si512(low, key), _mm512_xor_si512(high, key));
}

/// Combines `text` with `key`; whether it is UTF-8 then.
///
/// # Safety
///
/// As for [`unmask`].
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
pub(crate) unsafe fn unmask_text(text: &mut [u8], key: i32) -> bool {
    if text.len() >= 2 * WIDTH {
        // SAFETY: as the caller promises.
        return unsafe {
            unmask(text, key);
            is_utf8(text)
        };
    }
    let key = _mm512_set1_epi32(key);
    let masks = masks(text.len());
    let (low, high) = load_short(text, masks);
    let low = _mm512_xor_si512(low, _mm512_maskz_mov_epi8(masks.0, key));
    let high = _mm512_xor_si512(high, _mm512_maskz_mov_epi8(masks.1, key));
    store_short(text, masks, low, high);
    // It is judged in registers: what a masked store has written is slow to load again.
    judge(low, high, masks.1)
}

/// Whether `text` is UTF-8.
///
/// # Safety
///
/// The processor has AVX-512 F and BW, and BMI2.
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
pub(crate) unsafe fn is_utf8(text: &[u8]) -> bool {
    if text.len() < 2 * WIDTH {
        let masks = masks(text.len());
        let (low, high) = load_short(text, masks);
        return judge(low, high, masks.1);
    }
    let mut before = _mm512_setzero_si512();
    let mut offence = _mm512_setzero_si512();
    let (whole, rest) = text.as_chunks::<WIDTH>();
    for bytes in whole {
        // SAFETY: a chunk is a register.
        let bytes = unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
        offence = _mm512_or_si512(offence, offences(before, bytes));
        before = bytes;
    }
    // There is a zero behind what is left, which may be nothing.
    let (rest, _) = load_short(rest, masks(rest.len()));
    offence = _mm512_or_si512(offence, offences(before, rest));
    _mm512_test_epi8_mask(offence, offence) == 0
}

/// What of a text of `len` bytes, two registers at most, is in either.
#[inline]
#[target_feature(enable = "bmi2")]
fn masks(len: usize) -> (__mmask64, __mmask64) {
    // Of an index above 64 every bit is kept.
    (_bzhi_u64(u64::MAX, len as u32), _bzhi_u64(u64::MAX, len.saturating_sub(WIDTH) as u32))
}

/// The text of which `masks` are, and zeros behind it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_short(text: &[u8], masks: (__mmask64, __mmask64)) -> (__m512i, __m512i) {
    let start: *const i8 = text.as_ptr().cast();
    // SAFETY: a masked load touches only the bytes that its mask names, and the masks name those of the text. The
    // second address may be outside, and then its mask names nothing.
    unsafe {
        let low = _mm512_maskz_loadu_epi8(masks.0, start);
        let high = _mm512_maskz_loadu_epi8(masks.1, start.wrapping_add(WIDTH));
        (low, high)
    }
}

/// Writes the text of which `masks` are.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store_short(text: &mut [u8], masks: (__mmask64, __mmask64), low: __m512i, high: __m512i) {
    let start: *mut i8 = text.as_mut_ptr().cast();
    // SAFETY: a masked store touches only the bytes that its mask names, as a masked load.
    unsafe {
        _mm512_mask_storeu_epi8(start, masks.0, low);
        _mm512_mask_storeu_epi8(start.wrapping_add(WIDTH), masks.1, high);
    }
}

/// Whether a text with zeros behind it is UTF-8; `high_mask` says what of it is in the second register.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
fn judge(low: __m512i, high: __m512i, high_mask: __mmask64) -> bool {
    if _mm512_movepi8_mask(_mm512_or_si512(low, high)) == 0 {
        return true;
    }
    let offence = offences(_mm512_setzero_si512(), low);
    // A text that fills the first register may be cut off where the second one begins.
    let offence = if high_mask == 0 && _mm512_movepi8_mask(low) >> (WIDTH - 1) == 0 {
        offence
    } else {
        _mm512_or_si512(offence, offences(low, high))
    };
    _mm512_test_epi8_mask(offence, offence) == 0
}

/// The offences in `text`, behind `before`; those that need the next byte are found there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn offences(before: __m512i, text: __m512i) -> __m512i {
    // Each quarter's predecessor, from which the bytes 1, 2 and 3 places before come.
    let quarters = _mm512_alignr_epi64::<6>(text, before);
    let one = _mm512_alignr_epi8::<15>(text, quarters);
    let two = _mm512_alignr_epi8::<14>(text, quarters);
    let three = _mm512_alignr_epi8::<13>(text, quarters);
    let nibble = _mm512_set1_epi8(0x0f);
    let upper = |bytes| _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), nibble);
    let pair = _mm512_ternarylogic_epi32::<A_AND_B_AND_C>(
        _mm512_shuffle_epi8(table(&FIRST_UPPER), upper(one)),
        _mm512_shuffle_epi8(table(&FIRST_LOWER), _mm512_and_si512(one, nibble)),
        _mm512_shuffle_epi8(table(&SECOND_UPPER), upper(text)),
    );
    // Two continuation bytes are no offence where the third or fourth byte of a character is due, and only there.
    let is_third = _mm512_subs_epu8(two, _mm512_set1_epi8(BELOW_THREE.cast_signed()));
    let is_fourth = _mm512_subs_epu8(three, _mm512_set1_epi8(BELOW_FOUR.cast_signed()));
    let highest = _mm512_set1_epi8(i8::MIN);
    let is_due = _mm512_ternarylogic_epi32::<A_OR_B_AND_C>(is_third, is_fourth, highest);
    _mm512_xor_si512(is_due, pair)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn table(table: &[u8; 16]) -> __m512i {
    // SAFETY: a table is one register of 16 bytes.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}
