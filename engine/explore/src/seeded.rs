//! Choices from a seed: the source of a campaign.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use wasclean_model::choices::{Alternative, Choices, Point};
use wasclean_model::scenario::generate::Draw;

use crate::odds::{Odds, odds};

/// A generator with an independent stream for each run of a campaign.
///
/// The generator is ChaCha with 8 rounds, whose output is specified and never changes; the way from its words to a
/// number below a bound is ours, so that a seed means the same campaign for years. The seed is the key, the run's
/// index is the stream.
#[derive(Debug, Clone)]
pub struct Seeded {
    generator: ChaCha8Rng,
    asked: u64,
}

impl Seeded {
    /// The generator of the campaign with this seed, at its run 0.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self { generator: ChaCha8Rng::from_seed(key), asked: 0 }
    }

    /// Goes to the beginning of run `index`.
    #[inline]
    pub fn begin_run(&mut self, index: u64) {
        // The position first: with a full buffer, a change of the stream alone would fill it twice.
        self.generator.set_word_pos(0);
        self.generator.set_stream(index);
        self.asked = 0;
    }

    /// How many choices the run has asked for so far; what its scenario was drawn from does not count.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// Multiply and shift: a fixed use of the bits, with a bias below `count` / 2^32.
    #[inline]
    fn even(&mut self, count: u32) -> u32 {
        scale(self.generator.next_u32(), count, 32)
    }

    #[inline]
    fn at(&mut self, point: Point, count: u32) -> u32 {
        self.asked += 1;
        match odds(point) {
            Odds::Even => self.even(count),
            Odds::Plain => {
                let word = self.generator.next_u32();
                // The three highest bits decide whether the plain alternative is left, the rest says for which.
                if word >> 29 != 0 || count < 2 { 0 } else { 1 + scale(word, count - 1, 29) }
            }
        }
    }
}

/// `word`, a number of `bits` bits, scaled to a number below `count`.
#[inline]
fn scale(word: u32, count: u32, bits: u32) -> u32 {
    let scaled = (u64::from(word) * u64::from(count)) >> bits;
    u32::try_from(scaled).expect("a number of so many bits is scaled to one below `count`")
}

impl Choices for Seeded {
    #[inline]
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        let count = u32::try_from(alternatives.len()).expect("a handful of alternatives");
        let index = self.at(point, count) as usize;
        // Time has to be drawn twice, or many a handshake would end by its timer while its answer is under way.
        if alternatives[index] == Alternative::Time { self.even(count) as usize } else { index }
    }

    #[inline]
    fn number(&mut self, point: Point, count: u32) -> u32 {
        self.at(point, count)
    }
}

impl Draw for Seeded {
    #[inline]
    fn below(&mut self, count: u32) -> u32 {
        self.even(count)
    }
}

#[cfg(test)]
mod tests {
    use wasclean_model::trace::SocketId;

    use super::*;

    const STEPS: [Alternative; 3] = [Alternative::All, Alternative::Step, Alternative::Cut];

    fn first_answers(seed: u64, index: u64) -> ([u32; 16], [usize; 32]) {
        let mut seeded = Seeded::new(seed);
        seeded.begin_run(index);
        let drawn = std::array::from_fn(|_| seeded.below(1000));
        (drawn, std::array::from_fn(|_| seeded.choose(Point::TcpSegment, &STEPS)))
    }

    #[test]
    fn a_seed_means_the_same_campaign_for_ever() {
        let (drawn, chosen) = first_answers(1, 2);
        assert_eq!(drawn, [827, 376, 816, 109, 460, 406, 850, 261, 633, 993, 562, 901, 674, 356, 372, 941]);
        assert_eq!(
            chosen,
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn a_run_does_not_depend_on_the_runs_before_it() {
        let mut seeded = Seeded::new(7);
        for asked in [0, 1, 63, 64, 65, 1000] {
            seeded.begin_run(3);
            (0..asked).for_each(|_| _ = seeded.below(10));
            seeded.begin_run(9);
            let drawn: [u32; 16] = std::array::from_fn(|_| seeded.below(1000));
            assert_eq!(drawn, first_answers(7, 9).0, "after {asked} draws");
        }
    }

    #[test]
    fn runs_and_seeds_have_streams_of_their_own() {
        let answers = [first_answers(1, 0), first_answers(1, 1), first_answers(2, 0), first_answers(2, 1)];
        for (at, left) in answers.iter().enumerate() {
            for right in &answers[at + 1..] {
                assert_ne!(left.0, right.0);
            }
        }
    }

    #[test]
    fn the_plain_path_is_left_in_one_case_of_eight() {
        let mut seeded = Seeded::new(5);
        let mut counts = [0; 3];
        (0..80_000).for_each(|_| counts[seeded.choose(Point::TcpSegment, &STEPS)] += 1);
        assert!((69_000..71_000).contains(&counts[0]), "{counts:?}");
        assert!((4_700..5_300).contains(&counts[1]) && (4_700..5_300).contains(&counts[2]), "{counts:?}");
    }

    #[test]
    fn time_passes_where_it_is_drawn_twice() {
        let steps = [Alternative::Loop, Alternative::Deliver(SocketId(0)), Alternative::Time];
        let mut seeded = Seeded::new(5);
        let mut counts = [0; 3];
        (0..240_000).for_each(|_| counts[seeded.choose(Point::WorldStep, &steps)] += 1);
        // One in eight leaves the plain path, one in two of these comes to time, one in three of these stays there.
        assert!((4_700..5_300).contains(&counts[2]), "{counts:?}");
        assert!((19_300..20_700).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn every_number_below_the_bound_and_none_above_is_drawn() {
        let mut seeded = Seeded::new(5);
        for count in [1, 2, 3, 7, 256] {
            let mut seen = vec![false; count as usize];
            (0..5_000).for_each(|_| seen[seeded.below(count) as usize] = true);
            assert!(seen.iter().all(|&seen| seen), "below {count}");
        }
        assert!(seeded.below(u32::MAX) < u32::MAX);
    }
}
