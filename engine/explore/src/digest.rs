//! A number that says whether two campaigns saw the same traces.

use std::fmt;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;
use wasclean_model::invariant::Kind;
use wasclean_model::trace::{Entry, Payloads, Trace};

/// A 128-bit hash over traces: the wrapping sum of one hash for each run, which covers the run's index and all of its
/// trace. A sum, so that neither the order of the runs nor the number of jobs matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digest(u128);

impl Digest {
    /// The digest of both sets of runs.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// How many entries a trace has, and how many of each kind.
#[derive(Debug, Clone)]
pub struct KindCounts {
    entries: usize,
    /// By [`Entry::kind`](wasclean_model::trace::Entry::kind).
    counts: [u32; 64],
}

impl KindCounts {
    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// How many of them are of this kind.
    #[inline]
    #[must_use]
    pub fn count(&self, kind: Kind) -> u32 {
        self.counts[kind as usize & 63]
    }
}

/// Hashes runs; the memory is kept from one run to the next.
#[derive(Debug, Clone)]
pub struct Hasher {
    /// The bytes that were hashed last, and perhaps more behind them that a longer run has left.
    bytes: Vec<u8>,
    kinds: KindCounts,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { bytes: Vec::new(), kinds: KindCounts { entries: 0, counts: [0; 64] } }
    }
}

impl Hasher {
    /// The digest of run `index` alone.
    ///
    /// The bytes that are hashed have a fixed layout: the index, the number of entries, each entry as its two words,
    /// the length of each byte string, and the byte strings; all numbers as 64 bits, least significant byte first.
    #[must_use]
    pub fn run(&mut self, index: u64, trace: &Trace) -> Digest {
        let words: Vec<_> = trace.entries.iter().map(Entry::words).collect();
        self.run_of_words(index, &words, &trace.payloads)
    }

    /// As [`run`](Self::run), where each entry is there as its two [words](Entry::words) already.
    #[must_use]
    pub fn run_of_words(&mut self, index: u64, pairs: &[[u64; 2]], payloads: &Payloads) -> Digest {
        let (entries, content) = (pairs.len(), payloads.as_bytes());
        let (words_len, lens_len) = (16 + 16 * entries, 8 * payloads.count());
        let len = words_len + lens_len + content.len();
        if self.bytes.len() < len {
            // What is there from another run is written over; only growing needs bytes to begin with.
            self.bytes.resize(len, 0);
        }
        let bytes = &mut self.bytes[..len];
        let (words, rest) = bytes.split_at_mut(words_len);
        let (lens, tail) = rest.split_at_mut(lens_len);
        self.kinds = KindCounts { entries, counts: [0; 64] };
        let (words, _) = words.as_chunks_mut::<16>();
        if let [begin, words @ ..] = words {
            *begin = pair(index, entries as u64);
            for (&[first, second], bytes) in pairs.iter().zip(words) {
                self.kinds.counts[(first & 63) as usize] += 1;
                *bytes = pair(first, second);
            }
        }
        let (lens, _) = lens.as_chunks_mut::<8>();
        for ((_, payload), len) in payloads.iter().zip(lens) {
            *len = (payload.len() as u64).to_le_bytes();
        }
        tail.copy_from_slice(content);
        Digest(XxHash3_128::oneshot(bytes))
    }

    /// How many entries of each kind the run had that was hashed last: a by-product, since whoever counts runs would
    /// have to go through their entries once more.
    #[must_use]
    pub fn kinds(&self) -> &KindCounts {
        &self.kinds
    }
}

#[inline]
fn pair(first: u64, second: u64) -> [u8; 16] {
    (u128::from(first) | u128::from(second) << 64).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use wasclean_model::trace::SocketId;

    use super::*;

    fn trace(entries: &[Entry], payloads: &[&[u8]]) -> Trace {
        let mut trace = Trace::new();
        entries.iter().for_each(|&entry| trace.emit(entry));
        for payload in payloads {
            trace.payloads.intern(payload).expect("room");
        }
        trace
    }

    #[test]
    fn anything_that_differs_shows_in_the_digest() {
        let fin = Entry::RxFin { socket: SocketId(0) };
        let mut hasher = Hasher::default();
        let digests = [
            hasher.run(0, &trace(&[], &[])),
            hasher.run(1, &trace(&[], &[])),
            hasher.run(0, &trace(&[fin], &[])),
            hasher.run(0, &trace(&[fin, Entry::Quiescent], &[])),
            hasher.run(0, &trace(&[Entry::Quiescent, fin], &[])),
            hasher.run(0, &trace(&[fin], &[b"ab", b"c"])),
            hasher.run(0, &trace(&[fin], &[b"a", b"bc"])),
        ];
        for (at, left) in digests.iter().enumerate() {
            assert!(!digests[at + 1..].contains(left), "{at}");
        }
    }

    #[test]
    fn the_order_of_the_runs_does_not_matter() {
        let mut hasher = Hasher::default();
        let runs: Vec<Digest> = (0..5).map(|index| hasher.run(index, &trace(&[], &[]))).collect();
        let forwards = runs.iter().fold(Digest::default(), |sum, &run| sum.and(run));
        let backwards = runs.iter().rev().fold(Digest::default(), |sum, &run| sum.and(run));
        assert_eq!(forwards, backwards);
    }

    #[test]
    fn the_digest_of_a_trace_is_the_same_everywhere() {
        let digest = Hasher::default().run(3, &trace(&[Entry::RxFin { socket: SocketId(1) }], &[b"bye"]));
        assert_eq!(digest.to_string(), "e2ca930b8705bcd4a94fcac64138ce9e");
        let read: Digest = serde_json::from_str(&format!("\"{digest}\"")).expect("a digest");
        assert_eq!(read, digest);
    }
}
