//! Invariants: what must hold in every run, judged from the entries of its trace and from nothing else.
//!
//! So the same invariant judges the model, a recording of a real user agent and a deliberately broken model. The
//! entries are folded into `Facts`, one flat value; each invariant is a small function of the facts
//! before an entry and the entry. Which functions an entry needs is known at compile time from its kind.
//!
//! `INV-*` of the requirements, section 6, are the names; numbers 12 to 15, 34 to 39, 50 to 59, 89 and those from 101
//! on were added here.

mod accept;
mod arguments;
mod close_event;
mod codes;
mod conversion;
mod dispatch;
mod endpoint;
mod examine;
mod facts;
mod frames;
mod handshake;
mod kinds;
mod lifecycle;
mod lifetime;
mod listeners;
mod markdown;
mod monitors;
mod note;
mod note_connection;
mod other;
mod outcome;
mod page_call;
mod response;
mod row;
mod socket;
mod stack;
mod table;
#[cfg(test)]
mod tale;
mod task;
mod telling;
#[cfg(test)]
mod tests;
mod timers;
mod utf8;
mod wire;
mod written;

use core::fmt;

pub use kinds::{Kind, Kinds};
pub use markdown::markdown;
pub use monitors::{Breach, Judgement, Monitors, applicable, judge};
pub use row::{Cells, Row, Rows};
pub use stack::Column;
pub use table::INVARIANTS;

use crate::profile::Profile;
use crate::trace::{Entry, Payloads};
use facts::{Facts, Finding};

/// How an invariant is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// In every run, entry by entry.
    Trace,
    /// At the end of a run that became quiescent: every runnable task ran, every timer fired, and whatever was under
    /// way arrived.
    Liveness,
    /// On two or more runs, by a harness of its own.
    Relational,
    /// On a function and its inputs, by a harness of its own.
    Function,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trace => "trace",
            Self::Liveness => "liveness",
            Self::Relational => "relational",
            Self::Function => "function",
        })
    }
}

/// The profiles under which an invariant is claimed.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// In words, as the end of a sentence.
    pub about: &'static str,
    /// Whether it is claimed under a profile.
    pub holds: fn(&Profile) -> bool,
}

/// What must hold.
#[derive(Debug, Clone, Copy)]
pub struct Invariant {
    /// `INV-20` and so on.
    pub id: &'static str,
    /// A few words.
    pub name: &'static str,
    /// The requirements that it guards.
    pub sources: &'static [&'static str],
    /// What must hold, in one sentence.
    pub predicate: &'static str,
    /// When a run is not vacuous for it, in one sentence.
    pub witness: &'static str,
    /// How it is judged.
    pub class: Class,
    /// Under which profiles.
    pub claimed_when: Claim,
    /// The kinds of entries that a recording must be able to contain; otherwise the invariant is not applicable to it.
    pub needs: Kinds,
}

impl Invariant {
    /// Whether the invariant is claimed under `profile`.
    #[must_use]
    pub fn is_claimed(&self, profile: &Profile) -> bool {
        (self.claimed_when.holds)(profile)
    }
}

/// What an invariant says of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It does not apply.
    Vacuous,
    /// It applies and holds.
    Holds,
    /// It applies and does not hold.
    Broken,
}

impl Verdict {
    #[inline]
    fn of(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Broken }
    }

    /// [`Broken`](Self::Broken) if `broken`; that it is not says nothing, so it is no witness.
    #[inline]
    fn broken_if(broken: bool) -> Self {
        if broken { Self::Broken } else { Self::Vacuous }
    }
}

/// What an invariant may look at.
struct Context<'a> {
    entry: &'a Entry,
    /// Before the entry.
    facts: &'a Facts,
    finding: Finding,
    payloads: &'a Payloads,
    profile: &'a Profile,
}

/// An invariant that is judged entry by entry.
trait Monitor {
    const INVARIANT: Invariant;
    /// The kinds of entries that it looks at.
    const AT: Kinds;

    fn judge(context: &Context<'_>) -> Verdict;
}

/// Declares an invariant: a row of the table and the function that judges.
macro_rules! invariant {
    (
        $monitor:ident: $id:literal, $name:literal;
        source: $($source:literal),+;
        predicate: $predicate:literal;
        witness: $witness:literal;
        class: $class:ident;
        claimed: $claim:expr;
        at: $($at:ident),+;
        needs: $($needs:ident),*;
        |$context:ident| $judge:expr
    ) => {
        pub(super) struct $monitor;

        impl $crate::invariant::Monitor for $monitor {
            const INVARIANT: $crate::invariant::Invariant = $crate::invariant::Invariant {
                id: $id,
                name: $name,
                sources: &[$($source),+],
                predicate: $predicate,
                witness: $witness,
                class: $crate::invariant::Class::$class,
                claimed_when: $claim,
                needs: Self::AT.or($crate::invariant::Kinds::new(&[$($crate::invariant::Kind::$needs),*])),
            };
            const AT: $crate::invariant::Kinds =
                $crate::invariant::Kinds::new(&[$($crate::invariant::Kind::$at),+]);

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn judge($context: &$crate::invariant::Context<'_>) -> $crate::invariant::Verdict {
                $judge
            }
        }
    };
}
use invariant;

/// The claims that several invariants make.
mod claim {
    use super::Claim;
    use crate::profile::{ErrorTask, ReturnFalse};

    pub(super) const ALWAYS: Claim = Claim { about: "under every profile", holds: |_| true };
    pub(super) const RESPECT_CANCELABLE: Claim = Claim {
        about: "where `false` from a handler does nothing to an event that is not cancelable (K-RETFALSE)",
        holds: |profile| matches!(profile.return_false, ReturnFalse::RespectCancelable),
    };
    pub(super) const ERROR_AT_THE_END: Claim = Claim {
        about: "where `error` is not fired before the end (`error-task` is not `when-noticed`)",
        holds: |profile| !matches!(profile.error_task, ErrorTask::WhenNoticed),
    };
}

/// A set of invariants, by their positions in [`INVARIANTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Set(u128);

impl Set {
    /// Whether the invariant at `index` is in the set.
    #[must_use]
    pub fn contains(self, index: usize) -> bool {
        index < 128 && self.0 >> index & 1 != 0
    }

    /// The set of what is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set of what is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// How many invariants are in the set.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The set as bits, in the order of [`INVARIANTS`].
    #[must_use]
    pub fn bits(self) -> u128 {
        self.0
    }

    /// The positions in the set, in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let index = rest.trailing_zeros() as usize;
            rest &= rest.checked_sub(1)?;
            Some(index)
        })
    }

    const fn insert(&mut self, index: usize) {
        self.0 |= 1 << index;
    }
}
