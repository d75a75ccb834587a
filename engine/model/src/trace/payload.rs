//! Byte strings that the world refers to by number, so that its state stays flat and small.

use alloc::vec::Vec;
use core::ops::Range;

/// A byte string of a [`Payloads`] store. Equal contents have equal numbers within one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct PayloadId(u16);

impl PayloadId {
    /// The empty byte string, which every store holds.
    pub const EMPTY: Self = Self(0);

    /// The number itself: the position in the store, in the order of first appearance.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// An append-only store of byte strings without duplicates.
///
/// The store is not part of a world's state: a number means the same bytes for as long as the store lives,
/// and a run that is repeated gives out the same numbers.
#[derive(Debug, Clone)]
pub struct Payloads {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    /// The last byte string of each bucket, by its number. Number 0 ends a bucket, because nobody looks for the empty
    /// byte string.
    newest: [u16; BUCKETS],
    is_exhausted: bool,
}

/// Keys are spread over so many buckets: about as many as a run has byte strings.
const BUCKETS: usize = 32;

#[derive(Debug, Clone, Copy)]
struct Slot {
    start: u32,
    len: u32,
    key: u32,
    /// The number of the byte string before it in its bucket.
    older: u16,
}

/// A key that equal byte strings share: their length and their first and last bytes. It is cheap for a long
/// string, and what it cannot tell apart is compared in full.
#[inline]
fn key_of(bytes: &[u8]) -> u32 {
    let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
            }
            _ => (bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)), 0),
        },
    };
    let mixed =
        (first ^ last.rotate_left(29)).wrapping_add(bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

#[inline]
fn bucket_of(key: u32) -> usize {
    key as usize % BUCKETS
}

impl Default for Payloads {
    fn default() -> Self {
        Self::new()
    }
}

/// Stores are equal if they give out the same numbers for the same byte strings.
impl PartialEq for Payloads {
    fn eq(&self, other: &Self) -> bool {
        self.is_exhausted == other.is_exhausted && self.iter().eq(other.iter())
    }
}

impl Eq for Payloads {}

impl Payloads {
    /// A store that holds the empty byte string and nothing else.
    #[must_use]
    pub fn new() -> Self {
        let mut slots = Vec::with_capacity(16);
        slots.push(Slot { start: 0, len: 0, key: key_of(b""), older: 0 });
        Self { bytes: Vec::with_capacity(512), slots, newest: [0; BUCKETS], is_exhausted: false }
    }

    /// Forgets everything but the empty byte string; the memory is kept for the next run.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.slots.truncate(1);
        self.newest = [0; BUCKETS];
        self.is_exhausted = false;
    }

    /// Whether a byte string had to be refused since the store was cleared.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// The byte string of number `id`.
    ///
    /// # Panics
    ///
    /// If `id` was given out by another store, or by this one before it was cleared.
    #[inline]
    #[must_use]
    pub fn get(&self, id: PayloadId) -> &[u8] {
        let slot = self.slots[id.index()];
        &self.bytes[slot.start as usize..][..slot.len as usize]
    }

    /// How many different byte strings are stored, the empty one included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.len()
    }

    /// All byte strings with their numbers, in the order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (PayloadId, &[u8])> {
        (0..self.slots.len()).map(|index| {
            let id = PayloadId(u16::try_from(index).expect("numbers are 16 bits"));
            (id, self.get(id))
        })
    }

    /// The concatenation of the stored bytes in the order in which they arrived.
    ///
    /// Together with the trace entries it determines a run, so a digest covers it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of `bytes`, or `None` if the store is exhausted (65,536 strings, 4 GiB).
    #[inline]
    pub fn intern(&mut self, bytes: &[u8]) -> Option<PayloadId> {
        if bytes.is_empty() {
            return Some(PayloadId::EMPTY);
        }
        let key = key_of(bytes);
        if let Some(known) = self.find(key, bytes) {
            return Some(known);
        }
        let tail_at = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.push(tail_at, bytes.len(), key)
    }

    #[inline]
    fn find(&self, key: u32, bytes: &[u8]) -> Option<PayloadId> {
        let mut number = self.newest[bucket_of(key)];
        while number != 0 {
            let slot = self.slots[usize::from(number)];
            if slot.key == key && self.get(PayloadId(number)) == bytes {
                return Some(PayloadId(number));
            }
            number = slot.older;
        }
        None
    }

    /// The number of the byte string `id` followed by `bytes`, or `None` if the store is exhausted.
    ///
    /// Extending the string that was stored last copies nothing but `bytes`.
    #[inline]
    pub fn append(&mut self, id: PayloadId, bytes: &[u8]) -> Option<PayloadId> {
        self.append_with(id, bytes, |_| ())
    }

    /// As [`append`](Self::append), with `bytes` changed in place by `change` first.
    pub fn append_with(
        &mut self,
        id: PayloadId,
        bytes: &[u8],
        change: impl FnOnce(&mut [u8]),
    ) -> Option<PayloadId> {
        if bytes.is_empty() {
            return Some(id);
        }
        let head = self.slots[id.index()];
        let tail_at = self.bytes.len();
        let head_end = head.start as usize + head.len as usize;
        if head.len == 0 || head_end == tail_at {
            self.bytes.extend_from_slice(bytes);
        } else {
            self.bytes.extend_from_within(head.start as usize..head_end);
            self.bytes.extend_from_slice(bytes);
        }
        let new_at = self.bytes.len() - bytes.len();
        change(&mut self.bytes[new_at..]);
        self.settle(tail_at, head.len as usize + bytes.len())
    }

    /// The number of the byte string `head` followed by the byte string `tail`.
    pub fn concatenate(&mut self, head: PayloadId, tail: PayloadId) -> Option<PayloadId> {
        if head == PayloadId::EMPTY || tail == PayloadId::EMPTY {
            return Some(if head == PayloadId::EMPTY { tail } else { head });
        }
        let tail_at = self.bytes.len();
        for id in [head, tail] {
            let slot = self.slots[id.index()];
            self.bytes.extend_from_within(slot.start as usize..slot.start as usize + slot.len as usize);
        }
        self.settle(tail_at, self.bytes.len() - tail_at)
    }

    /// The number of a part of the byte string `id`.
    ///
    /// # Panics
    ///
    /// If `range` is not within the byte string.
    pub fn intern_part(&mut self, id: PayloadId, range: Range<usize>) -> Option<PayloadId> {
        let slot = self.slots[id.index()];
        assert!(range.end <= slot.len as usize, "a part is within its whole");
        if range.is_empty() {
            return Some(PayloadId::EMPTY);
        }
        let tail_at = self.bytes.len();
        self.bytes.extend_from_within(slot.start as usize + range.start..slot.start as usize + range.end);
        self.settle(tail_at, range.len())
    }

    /// Gives the last `len` bytes a number; those from `tail_at` on were added for it and go if it is known already.
    fn settle(&mut self, tail_at: usize, len: usize) -> Option<PayloadId> {
        let start = self.bytes.len() - len;
        let content = &self.bytes[start..];
        let key = key_of(content);
        if let Some(known) = self.find(key, content) {
            self.bytes.truncate(tail_at);
            return Some(known);
        }
        self.push(tail_at, len, key)
    }

    /// Gives the last `len` bytes a number, or takes off those from `tail_at` on if there is none left.
    fn push(&mut self, tail_at: usize, len: usize, key: u32) -> Option<PayloadId> {
        let number = u16::try_from(self.slots.len());
        let (Ok(number), Ok(end), Ok(len)) = (number, u32::try_from(self.bytes.len()), u32::try_from(len))
        else {
            self.bytes.truncate(tail_at);
            self.is_exhausted = true;
            return None;
        };
        let older = core::mem::replace(&mut self.newest[bucket_of(key)], number);
        self.slots.push(Slot { start: end - len, len, key, older });
        Some(PayloadId(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_contents_have_equal_numbers_however_they_were_put_together() {
        let mut store = Payloads::new();
        let whole = store.intern(b"abcdef").expect("room");
        let part = store.intern(b"abc").expect("room");
        assert_eq!(store.append(part, b"def"), Some(whole));
        assert_eq!(store.append(PayloadId::EMPTY, b""), Some(PayloadId::EMPTY));
        assert_eq!(store.get(whole), b"abcdef");
        assert_eq!(store.count(), 3);
    }

    #[test]
    fn extending_the_last_string_shares_its_bytes() {
        let mut store = Payloads::new();
        let mut id = PayloadId::EMPTY;
        for byte in 0..100 {
            id = store.append(id, &[byte]).expect("room");
        }
        assert_eq!(store.as_bytes().len(), 100);
        assert_eq!(store.get(id).len(), 100);
    }

    #[test]
    fn an_extension_of_an_older_string_leaves_it_alone() {
        let mut store = Payloads::new();
        let old = store.intern(b"ab").expect("room");
        store.intern(b"xy").expect("room");
        let longer = store.append_with(old, b"cd", |tail| tail.reverse()).expect("room");
        assert_eq!((store.get(old), store.get(longer)), (&b"ab"[..], &b"abdc"[..]));
    }

    #[test]
    fn parts_and_concatenations_are_byte_strings_like_any_other() {
        let mut store = Payloads::new();
        let whole = store.intern(b"abcdef").expect("room");
        let part = store.intern_part(whole, 2..4).expect("room");
        assert_eq!(store.get(part), b"cd");
        assert_eq!(store.intern_part(whole, 0..6), Some(whole));
        let joined = store.concatenate(part, whole).expect("room");
        assert_eq!(store.get(joined), b"cdabcdef");
        assert_eq!(store.concatenate(joined, PayloadId::EMPTY), Some(joined));
    }

    #[test]
    fn an_exhausted_store_says_so_and_goes_on() {
        let mut store = Payloads::new();
        for number in 0..u32::from(u16::MAX) {
            assert!(store.intern(&number.to_be_bytes()).is_some());
        }
        assert_eq!(store.intern(b"one too many"), None);
        assert!(store.is_exhausted());
        assert!(store.intern(&7_u32.to_be_bytes()).is_some());
    }

    #[test]
    fn a_cleared_store_gives_out_the_same_numbers_again() {
        let mut store = Payloads::new();
        let first = store.intern(b"a");
        store.clear();
        assert_eq!(store.intern(b"b"), first);
    }
}
