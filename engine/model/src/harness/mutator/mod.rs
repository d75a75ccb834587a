//! Structural mutations of the inputs of each target, to be used beside a fuzzer's own.
//!
//! A fuzzer changes bytes; these change what the bytes stand for: steps, calls, frames, codes. Each takes any bytes and
//! gives other bytes of the same target, and both depend on the numbers alone.

mod frames;
mod page;

use alloc::vec::Vec;

pub use frames::{close_frame, frame_stream, stream};
pub(super) use page::change;
pub use page::{dispatch, two_endpoints, world};

#[cfg(feature = "text")]
mod source;
#[cfg(feature = "text")]
pub use source::scenario_text;

use crate::scenario::generate::Draw;

/// Numbers from a seed, for a fuzzer that gives a seed for each mutation (splitmix64).
#[derive(Debug, Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// The numbers of `seed`.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self(u64::from(seed))
    }
}

impl Draw for Numbers {
    #[inline]
    fn below(&mut self, count: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let high = (mixed ^ mixed >> 31) >> 32;
        u32::try_from((high * u64::from(count)) >> 32).expect("below a u32")
    }
}

/// A mutation of a target's input.
pub type Mutator = fn(&[u8], &mut Numbers) -> Vec<u8>;

/// A position in a list of `len` items, which is at least 1.
fn below(len: usize, draw: &mut impl Draw) -> usize {
    draw.below(u32::try_from(len).expect("an input is short")) as usize
}

/// One of a list.
fn one_of<T: Copy>(list: &[T], draw: &mut impl Draw) -> T {
    list[below(list.len(), draw)]
}

/// Inserts, drops, repeats, swaps, moves or splices items of a list; `new` makes one.
fn change_list<T: Clone, D: Draw>(list: &mut Vec<T>, draw: &mut D, new: impl Fn(&mut D) -> T) {
    if list.is_empty() {
        list.push(new(draw));
        return;
    }
    let (a, b) = (below(list.len(), draw), below(list.len(), draw));
    match draw.below(8) {
        0..2 => list.insert(below(list.len() + 1, draw), new(draw)),
        2 => list[a] = new(draw),
        3 => list.insert(b, list[a].clone()),
        4 => list.swap(a, b),
        5 => {
            let moved = list.remove(a);
            list.insert(b, moved);
        }
        6 => {
            let copied = list[a.min(b)..=a.max(b)].to_vec();
            let at = below(list.len() + 1, draw);
            list.splice(at..at, copied);
        }
        _ => _ = list.remove(a),
    }
}

#[cfg(test)]
mod tests;
