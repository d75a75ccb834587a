//! A small seeded generator for tests.

use alloc::vec::Vec;

use super::generate::Draw;

/// A linear congruential generator, of which the high bits count.
#[derive(Debug, Clone)]
pub(crate) struct Lcg(u64);

impl Lcg {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| u8::try_from(self.below(256)).expect("below 256")).collect()
    }
}

impl Draw for Lcg {
    fn below(&mut self, count: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = self.0 >> 32;
        u32::try_from((high * u64::from(count)) >> 32).expect("below a u32")
    }
}
