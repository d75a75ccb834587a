//! The knobs of a profile as a table, for whoever treats them all alike.

use super::Profile;
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
    differing(a, b).count()
}

/// How many knobs differ, if they are fewer than `limit`. Unlike profiles are soon known to be so.
pub(crate) fn distance_below(a: &Profile, b: &Profile, limit: usize) -> Option<usize> {
    let count = differing(a, b).take(limit).count();
    (count < limit).then_some(count)
}

fn differing<'a>(a: &'a Profile, b: &'a Profile) -> impl Iterator<Item = &'static Knob> + 'a {
    super::KNOBS.iter().filter(|knob| (knob.read)(a) != (knob.read)(b))
}

/// Declares a profile: its knobs with their values under `standard`, and the table of them. The position of each knob
/// in it is part of the byte form of a scenario, so a new one comes last.
macro_rules! profile {
    ($(
        $(#[doc = $about:literal])+
        $field:ident: $kind:ty = $standard:expr,
            $name:literal, id $id:literal, source $source:literal, page $page:literal;
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

        /// All knobs. The position of each is part of the byte form of a scenario.
        pub const KNOBS: &[Knob] = &[$(Knob {
            name: $name,
            about: concat!($($about),+).trim_ascii(),
            id: $id,
            source: $source,
            page: $page,
            values: <$kind as Value>::VALUES,
            read: |profile| profile.$field.number(),
            write: |profile, number| profile.$field = <$kind as Value>::from_number(number),
        }),+];
    };
}

pub(super) use profile;
