//! The values of knobs: what each can be, and what that means.

/// A type whose values a knob can have.
pub(super) trait Value: Copy {
    /// All values.
    const VALUES: Values;
    /// The value as a number: the position of a name, or an amount.
    fn number(self) -> u64;
    /// The value of a number; one beyond the values is folded into them.
    fn from_number(number: u64) -> Self;
}

/// What values a knob can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// These, by their positions.
    Named(&'static [Named]),
    /// Any number up to this one.
    Amount {
        /// The largest.
        max: u64,
    },
}

/// A value that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// As scenario files and tables write it.
    pub name: &'static str,
    /// What it means, as a sentence.
    pub about: &'static str,
}

impl Value for u64 {
    const VALUES: Values = Values::Amount { max: Self::MAX };
    fn number(self) -> u64 {
        self
    }
    fn from_number(number: u64) -> Self {
        number
    }
}

impl Value for u32 {
    const VALUES: Values = Values::Amount { max: Self::MAX as u64 };
    fn number(self) -> u64 {
        u64::from(self)
    }
    fn from_number(number: u64) -> Self {
        number as Self
    }
}

/// Declares the values of a knob: an enum, each value with the name that scenario files and tables use.
macro_rules! values {
    ($(#[$about:meta])* $name:ident {
        $($(#[doc = $value_about:literal])+ $value:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $name {
            $($(#[doc = $value_about])+ #[cfg_attr(feature = "serde", serde(rename = $text))] $value),+
        }

        impl $name {
            /// The values and their names, in the order of their declaration.
            pub const VALUES: &[(Self, &str)] = &[$((Self::$value, $text)),+];

            /// The name of the value.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $text),+ }
            }
        }

        impl Value for $name {
            const VALUES: Values = Values::Named(&[
                $(Named { name: $text, about: concat!($($value_about),+).trim_ascii() }),+
            ]);
            fn number(self) -> u64 {
                self as u64
            }
            fn from_number(number: u64) -> Self {
                let count = Self::VALUES.len() as u64;
                Self::VALUES[usize::try_from(number % count).expect("a handful")].0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(super) use values;
