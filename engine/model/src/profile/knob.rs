//! The knobs of a profile as a table, for whoever treats them all alike.

use super::Profile;
use super::knobs::unlike;
use super::value::Values;

/// One knob: what it is called, what it is about, and how its value is read and set.
#[derive(Debug, Clone, Copy)]
pub struct Knob {
    /// As scenario files and tables write it.
    pub name: &'static str,
    /// What it decides, as a sentence.
    pub about: &'static str,
    /// Its ID among the requirements, or the IDs of those it serves.
    pub id: &'static str,
    /// What leaves it open, or who was seen to differ.
    pub source: &'static str,
    /// What a page can see of it.
    pub page: &'static str,
    /// Where another knob goes before it, or it before another: whole sentences, or nothing.
    pub others: &'static str,
    /// Its values.
    pub values: Values,
    /// Its value in a profile: the position of a named one, an amount by itself.
    pub read: fn(&Profile) -> u64,
    /// Sets it; a number beyond its values is folded into them.
    pub write: fn(&mut Profile, u64),
}

impl Knob {
    /// The knob called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        super::KNOBS.iter().find(|knob| knob.name == name)
    }

    /// The name of the value that `number` stands for, if values have names.
    #[must_use]
    pub fn value_name(&self, number: u64) -> Option<&'static str> {
        match self.values {
            Values::Named(values) => {
                usize::try_from(number).ok().and_then(|index| values.get(index)).map(|value| value.name)
            }
            Values::Amount { .. } => None,
        }
    }
}

/// How many knobs differ.
#[must_use]
pub fn distance(a: &Profile, b: &Profile) -> usize {
    unlike(a, b).count_ones() as usize
}

/// The knobs that differ, with their positions in [`KNOBS`](super::KNOBS).
pub fn differing(a: &Profile, b: &Profile) -> impl Iterator<Item = (usize, &'static Knob)> + use<> {
    let mut rest = unlike(a, b);
    core::iter::from_fn(move || {
        let index = rest.trailing_zeros() as usize;
        // Takes off the lowest bit.
        rest &= rest.checked_sub(1)?;
        Some((index, &super::KNOBS[index]))
    })
}

/// Declares a profile: its knobs with their values under `standard`, and the table of them. The position of each knob
/// in it is part of the byte form of a scenario, so a new one comes last.
macro_rules! profile {
    ($(
        $(#[doc = $about:literal])+
        $field:ident: $kind:ty = $standard:expr,
            $name:literal, id $id:literal, source $source:literal, page $page:literal
            $(, others $others:literal)?;
    )+) => {
        /// A set of knob values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(rename_all = "kebab-case", deny_unknown_fields)
        )]
        pub struct Profile {
            $($(#[doc = $about])+ pub $field: $kind,)+
            /// The mistake that is planted on top of the knobs, if one is. It is no knob: no text allows it.
            #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
            pub fault: Option<Fault>,
        }

        impl Profile {
            /// The strictest reading on which the texts can be followed as a whole, and where a text can be read two
            /// ways, the reading that the three browser engines share.
            pub const STANDARD: Self = Self { $($field: $standard,)+ fault: None };
        }

        /// The knobs that differ, as bits in the order of [`KNOBS`].
        ///
        /// One comparison for each, without a call: a fuzzer asks for each input.
        pub(super) fn unlike(a: &Profile, b: &Profile) -> u128 {
            let mut bits = 0;
            let mut bit = 1;
            $(
                if a.$field != b.$field {
                    bits |= bit;
                }
                bit <<= 1;
            )+
            // The bit behind the last.
            debug_assert_eq!(bit, 1 << KNOBS.len());
            bits
        }

        /// All knobs. The position of each is part of the byte form of a scenario.
        pub const KNOBS: &[Knob] = &[$(Knob {
            name: $name,
            about: concat!($($about),+).trim_ascii(),
            id: $id,
            source: $source,
            page: $page,
            others: concat!($($others)?),
            values: <$kind as Value>::VALUES,
            read: |profile| profile.$field.number(),
            write: |profile, number| profile.$field = <$kind as Value>::from_number(number),
        }),+];
    };
}

pub(super) use profile;
