//! The kinds of trace entries, and sets of them: what an invariant looks at, and what a recording must contain.

use super::Monitors;
use crate::trace::{Entry, EventAttributes, EventType, FrameHead, Method, Payloads, Target, Task};

/// The attributes of an event of this type that the user agent fires.
macro_rules! trusted {
    ($event_type:ident) => {
        EventAttributes { is_trusted: true, event_type: EventType::$event_type, .. }
    };
}

macro_rules! kinds {
    ($($name:ident $([$($case:pat),+ $(,)?])?),+ $(,)?) => {
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

        /// Calls [`Monitors::step`] with the kind of the entry as a constant.
        ///
        /// Each kind, and each case of a kind that is listed, has a function of its own: the compiler leaves out what
        /// is for others, and an entry about which there is little to say does not pay for the registers of those
        /// about which there is much.
        #[inline(always)]
        pub(super) fn step_by_kind(monitors: &mut Monitors, entry: &Entry, payloads: &Payloads) -> [u64; 2] {
            match *entry {
                $(
                    $($(
                        $case => {
                            #[inline(never)]
                            fn step(monitors: &mut Monitors, entry: &Entry, payloads: &Payloads) -> [u64; 2] {
                                // Always so; saying it again is what tells the compiler.
                                let $case = *entry else { unreachable!("the match has chosen") };
                                monitors.step::<{ Kind::$name as u8 }>(entry, payloads);
                                entry.words()
                            }
                            step(monitors, entry, payloads)
                        }
                    )+)?
                    Entry::$name { .. } => {
                        #[inline(never)]
                        fn step(monitors: &mut Monitors, entry: &Entry, payloads: &Payloads) -> [u64; 2] {
                            let Entry::$name { .. } = *entry else { unreachable!("the match has chosen") };
                            monitors.step::<{ Kind::$name as u8 }>(entry, payloads);
                            entry.words()
                        }
                        step(monitors, entry, payloads)
                    }
                )+
            }
        }
    };
}

kinds! {
    Elapse, PeerStep, Rx, RxFin, RxRst, TxFin, TcpClosed, Request, Established, RxFrame,
    TxFrame [
        Entry::TxFrame { head: FrameHead { first: 0x88, .. }, .. },
    ],
    ClosingStarted,
    Fail, Full, TimerFired, Closed,
    Enqueue [
        Entry::Enqueue { task: Task::Open(_) },
        Entry::Enqueue { task: Task::Message(_) },
        Entry::Enqueue { task: Task::Closing(_) },
        Entry::Enqueue { task: Task::Closed(_) },
    ],
    TaskBegin [
        Entry::TaskBegin { task: Task::Script },
        Entry::TaskBegin { task: Task::Message(_) },
        Entry::TaskBegin { task: Task::Open(_) | Task::Closing(_) | Task::Closed(_) },
    ],
    TaskEnd [
        Entry::TaskEnd { task: Task::Script },
        Entry::TaskEnd { task: Task::Open(_) },
        Entry::TaskEnd { task: Task::Message(_) },
        Entry::TaskEnd { task: Task::Closing(_) },
        Entry::TaskEnd { task: Task::Closed(_) },
    ],
    MicrotaskQueued, MicrotaskBegin, MicrotaskEnd,
    Checkpoint, Report, ReadyState, Attributes,
    FireBegin [
        Entry::FireBegin { target: Target::Socket(_), event: trusted!(Open) },
        Entry::FireBegin { target: Target::Socket(_), event: trusted!(Message) },
        Entry::FireBegin { target: Target::Socket(_), event: trusted!(Error) },
        Entry::FireBegin { target: Target::Socket(_), event: trusted!(Close) },
    ],
    Listener, ListenerEnd, FireEnd,
    CallBegin [
        Entry::CallBegin { method: Method::Constructor, .. },
    ],
    CloseArguments, SendArgument, ConstructorArguments,
    CallEnd [
        Entry::CallEnd { method: Method::Constructor, .. },
        Entry::CallEnd { method: Method::Close, .. },
        Entry::CallEnd { method: Method::Send, .. },
    ],
    AddListener, RemoveListener, SetHandler, Abort,
    StopPropagation, PreventDefault, Read, Note, Bound, Quiescent, PeerReads, Converted,
    AgentStep, Belongs, Document, Worker, Dropped, Disappears, Collected, TimeStamp,
    SetBinaryType, ReadEvent, SetTimeout, EventInit, EventInitCode,
    ToNumber, ToUsvString, ScriptEnd,
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
