//! The kinds of trace entries, and sets of them: what an invariant looks at, and what a recording must contain.

use crate::trace::Entry;

macro_rules! kinds {
    ($($name:ident),+ $(,)?) => {
        /// The kind of an [`Entry`], without its values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "each is documented at the entry of the same name")]
        pub enum Kind { $($name),+ }

        impl Kind {
            /// All kinds, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The kind of `entry`.
            #[must_use]
            pub fn of(entry: &Entry) -> Self {
                match entry { $(Entry::$name { .. } => Self::$name),+ }
            }

            /// The name of the entry.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }

        /// Calls `Monitors::step` with the kind of the entry as a constant.
        ///
        /// Each kind has a function of its own, so that an entry about which there is little to say does not pay for
        /// the registers of those about which there is much.
        macro_rules! step_by_kind {
            ($monitors:expr, $entry:expr, $payloads:expr) => {
                match $entry {
                    $(Entry::$name { .. } => {
                        #[inline(never)]
                        fn step(monitors: &mut Monitors, entry: &Entry, payloads: &Payloads) {
                            // Always so; saying it again lets the compiler leave out what is for other kinds.
                            if let Entry::$name { .. } = *entry {
                                monitors.step::<{ Kind::$name as u8 }>(entry, payloads);
                            }
                        }
                        step($monitors, $entry, $payloads);
                    }),+
                }
            };
        }
        pub(super) use step_by_kind;
    };
}

kinds! {
    Elapse, PeerStep, Rx, RxFin, RxRst, TxFin, TcpClosed, Request, Established, RxFrame, TxFrame, ClosingStarted,
    Fail, Full, TimerFired, Closed, Enqueue, TaskBegin, TaskEnd, MicrotaskQueued, MicrotaskBegin, MicrotaskEnd,
    Checkpoint, Report, ReadyState, Attributes, FireBegin, Listener, ListenerEnd, FireEnd, CallBegin,
    CloseArguments, SendArgument, ConstructorArguments, CallEnd, AddListener, RemoveListener, SetHandler, Abort,
    StopPropagation, PreventDefault, Read, Note, Bound, Quiescent, PeerReads, Converted,
}

/// A set of entry kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Kinds(u64);

impl Kinds {
    /// No kind.
    pub const NONE: Self = Self(0);
    /// Every kind: what the model itself emits.
    pub const ALL: Self = Self((1 << Kind::ALL.len()) - 1);

    /// The set of these kinds.
    #[must_use]
    pub const fn new(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < kinds.len() {
            bits |= 1 << kinds[index] as u8;
            index += 1;
        }
        Self(bits)
    }

    /// The kinds of either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `kind` is in the set.
    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        self.has_number(kind as u8)
    }

    /// Whether the kind of this number is in the set.
    pub(super) const fn has_number(self, kind: u8) -> bool {
        self.0 >> kind & 1 != 0
    }

    /// Whether every kind of this set is in `other`.
    #[must_use]
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The kinds in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.iter().copied().filter(move |kind| self.contains(*kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_it_was_made_of() {
        let set = Kinds::new(&[Kind::Rx, Kind::Quiescent]);
        assert!(set.contains(Kind::Rx) && set.contains(Kind::Quiescent) && !set.contains(Kind::Fail));
        assert!(set.is_subset_of(Kinds::ALL) && !Kinds::ALL.is_subset_of(set));
        assert_eq!(set.iter().count(), 2);
        assert_eq!(Kinds::ALL.iter().count(), Kind::ALL.len());
    }
}
