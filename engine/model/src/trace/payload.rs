//! Byte strings that the world refers to by number, so that its state stays flat and small.

use alloc::vec::Vec;

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
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    start: u32,
    len: u32,
    hash: u32,
}

/// 32-bit FNV-1a, because the hash of a longer string must follow from the hash of its beginning.
const HASH_START: u32 = 0x811c_9dc5;

fn hash_on(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl Default for Payloads {
    fn default() -> Self {
        Self::new()
    }
}

impl Payloads {
    /// A store that holds the empty byte string and nothing else.
    #[must_use]
    pub fn new() -> Self {
        let mut slots = Vec::with_capacity(16);
        slots.push(Slot { start: 0, len: 0, hash: HASH_START });
        Self { bytes: Vec::with_capacity(512), slots }
    }

    /// Forgets everything but the empty byte string; the memory is kept for the next run.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.slots.truncate(1);
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
        self.append(PayloadId::EMPTY, bytes)
    }

    /// The number of `bytes` after they are changed in place by `mask`, which sees them with their first index 0.
    pub fn intern_with(&mut self, bytes: &[u8], mask: impl FnOnce(&mut [u8])) -> Option<PayloadId> {
        self.append_with(PayloadId::EMPTY, bytes, mask)
    }

    /// The number of the byte string `id` followed by `bytes`, or `None` if the store is exhausted.
    ///
    /// Extending the string that was stored last copies nothing but `bytes`.
    #[inline]
    pub fn append(&mut self, id: PayloadId, bytes: &[u8]) -> Option<PayloadId> {
        self.append_with(id, bytes, |_| ())
    }

    /// As [`append`](Self::append), with `bytes` changed in place by `mask` first.
    pub fn append_with(
        &mut self,
        id: PayloadId,
        bytes: &[u8],
        mask: impl FnOnce(&mut [u8]),
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
        mask(&mut self.bytes[new_at..]);
        let len = head.len.checked_add(u32::try_from(bytes.len()).ok()?)?;
        let start = u32::try_from(self.bytes.len()).ok()? - len;
        let hash = hash_on(head.hash, &self.bytes[new_at..]);
        let found = self.slots.iter().position(|slot| {
            slot.hash == hash
                && slot.len == len
                && self.bytes[slot.start as usize..][..len as usize] == self.bytes[start as usize..]
        });
        if let Some(index) = found {
            self.bytes.truncate(tail_at);
            return Some(PayloadId(u16::try_from(index).expect("numbers are 16 bits")));
        }
        let Ok(number) = u16::try_from(self.slots.len()) else {
            self.bytes.truncate(tail_at);
            return None;
        };
        self.slots.push(Slot { start, len, hash });
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
    fn a_cleared_store_gives_out_the_same_numbers_again() {
        let mut store = Payloads::new();
        let first = store.intern(b"a");
        store.clear();
        assert_eq!(store.intern(b"b"), first);
    }
}
