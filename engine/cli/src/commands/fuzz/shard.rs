//! One part of a campaign.

use std::fmt;
use std::ops::Range;

/// The `number`-th of `count` parts; numbers begin at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    number: u32,
    count: u32,
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

/// Reads `2/3`.
pub(super) fn parse(text: &str) -> Result<Shard, String> {
    let expected = || "expected the number of a part and how many there are, as in 2/3".to_owned();
    let (number, count) = text.split_once('/').ok_or_else(expected)?;
    let number = number.parse().map_err(|_| expected())?;
    let count = count.parse().map_err(|_| expected())?;
    if count == 0 {
        return Err("there must be at least one part, as in 1/1".to_owned());
    }
    if number == 0 || number > count {
        return Err(format!("parts are numbered from 1 to {count}"));
    }
    Ok(Shard { number, count })
}

impl Shard {
    /// Its runs among those from `first` on, before `end`: parts follow one another, and together they are all.
    pub(super) fn part(self, first: u64, end: u64) -> Range<u64> {
        let runs = u128::from(end - first);
        let border = |parts: u32| {
            let offset = runs * u128::from(parts) / u128::from(self.count);
            first + u64::try_from(offset).expect("at most all runs")
        };
        border(self.number - 1)..border(self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_and_each_run_is_in_one() {
        for (first, end, count) in [(0, 10, 3), (5, 6, 2), (0, u64::MAX, 1000), (7, 1_000_007, 64)] {
            let mut next = first;
            for number in 1..=count {
                let part = Shard { number, count }.part(first, end);
                assert_eq!(part.start, next);
                next = part.end;
            }
            assert_eq!(next, end);
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        assert_eq!(parse("2/3"), Ok(Shard { number: 2, count: 3 }));
        assert_eq!(parse("1/0"), Err("there must be at least one part, as in 1/1".to_owned()));
        for text in ["", "2", "0/3", "4/3", "a/3", "1/0", "-1/2"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
