//! Knobs: what an implementation picks once and stays with, because texts contradict each other or leave it open.
//!
//! A profile is a named set of knob values. A choice that is made anew in every run is not here but in
//! [`choices`](crate::choices).

mod compatibility;
mod ending;
mod fault;
mod knob;
mod knobs;
mod lifetime;
mod markdown;
mod named;
mod page;
mod receiving;
mod sending;
mod value;

mod browsers;
mod emitters;
mod eras;
mod runtimes;

pub use compatibility::{Choice, SPANS, SUPPORT, Source, Span, Support, agent_known_as};
pub use ending::*;
pub use fault::{Fault, Layer};
pub use knob::{Knob, differing, distance};
pub use knobs::{FOREVER, KNOBS, Profile};
pub use lifetime::*;
pub use markdown::markdown;
pub use named::{Measured, NamedProfile};
pub use page::*;
pub use receiving::*;
pub use sending::*;
pub use value::{Named, Values};

impl Default for Profile {
    fn default() -> Self {
        Self::STANDARD
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn profiles_differ_in_the_knobs_that_read_differently() {
        let profiles = || [Profile::STANDARD].into_iter().chain(Profile::NAMED.iter().map(|it| it.profile));
        for (a, b) in profiles().flat_map(|a| profiles().map(move |b| (a, b))) {
            let read = |knob: &Knob| (knob.read)(&a) != (knob.read)(&b);
            let want: Vec<&str> = KNOBS.iter().filter(|&knob| read(knob)).map(|knob| knob.name).collect();
            let found: Vec<&str> = differing(&a, &b)
                .inspect(|&(index, knob)| assert_eq!(KNOBS[index].name, knob.name))
                .map(|(_, knob)| knob.name)
                .collect();
            assert_eq!(found, want);
            assert_eq!(distance(&a, &b), want.len());
        }
    }

    #[test]
    fn the_value_of_every_knob_reads_back() {
        for knob in KNOBS {
            let count = match knob.values {
                Values::Named(values) => values.len() as u64,
                Values::Amount { max } => max,
            };
            assert!(count > 1, "{}", knob.name);
            let mut profile = Profile::STANDARD;
            for number in [0, 1, count - 1] {
                (knob.write)(&mut profile, number);
                assert_eq!((knob.read)(&profile), number, "{}", knob.name);
            }
            assert!(distance(&profile, &Profile::STANDARD) <= 1);
        }
    }

    #[test]
    fn every_knob_has_its_own_name_and_says_what_it_is() {
        for (index, knob) in KNOBS.iter().enumerate() {
            assert!(KNOBS[..index].iter().all(|other| other.name != knob.name), "{}", knob.name);
            for text in [knob.about, knob.id, knob.source, knob.page] {
                assert!(!text.is_empty(), "{}", knob.name);
            }
            assert_eq!(Knob::named(knob.name).map(|known| known.id), Some(knob.id));
        }
    }

    #[test]
    fn a_name_belongs_to_one_profile() {
        for (index, named) in Profile::NAMED.iter().enumerate() {
            assert!(Profile::NAMED[..index].iter().all(|other| other.name != named.name), "{}", named.name);
            assert_eq!(Profile::named(named.name), Some(named.profile));
        }
    }

    #[test]
    fn standard_and_literal_come_first() {
        assert_eq!(Profile::STANDARD.name(), Some("standard"));
        assert_eq!(Profile::LITERAL.name(), Some("literal"));
    }
}
