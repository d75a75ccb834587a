//! All invariants at work on one run.

use alloc::vec::Vec;

use super::facts::{Facts, Finding};
use super::kinds::{Kinds, step_by_kind};
use super::{Cells, Context, INVARIANTS, Invariant, Rows, Set, table};
use crate::profile::Profile;
use crate::trace::{Entry, Payloads, Trace};

/// An invariant that is broken, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Breach {
    /// Its position in [`INVARIANTS`].
    pub invariant: usize,
    /// The position of the entry in the trace at which it was found.
    pub entry: usize,
}

impl Breach {
    /// The invariant itself.
    ///
    /// # Panics
    ///
    /// If no invariant has the position, which a breach that was found always has.
    #[must_use]
    pub fn rule(&self) -> &'static Invariant {
        &INVARIANTS[self.invariant]
    }
}

/// As [`table::judge_kind`], for a finding that is not the usual one.
#[cold]
#[inline(never)]
fn judge_unusual<const KIND: u8>(context: &Context<'_>) -> (Set, Set) {
    table::judge_kind::<KIND>(context)
}

/// All invariants that are judged entry by entry, at work on one run.
///
/// The state is flat, so that a checker can make it part of a world's fingerprint. Judging allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Monitors {
    profile: Profile,
    /// The kinds of entries that there can be.
    kinds: Kinds,
    /// What is judged, as soon as somebody wants to know.
    enabled: Option<Set>,
    facts: Facts,
    witnessed: Set,
    broken: Set,
    breach: Option<Breach>,
    entries: usize,
    rows: Rows,
    cells: Cells,
}

impl Monitors {
    /// Monitors at the beginning of a run of the model under `profile`.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        Self::for_recording(profile, Kinds::ALL)
    }

    /// Monitors at the beginning of a recording that can contain entries of `kinds` only: what needs others is not
    /// judged.
    #[must_use]
    pub fn for_recording(profile: &Profile, kinds: Kinds) -> Self {
        Self {
            profile: *profile,
            kinds,
            enabled: Some(applicable(profile, kinds)),
            facts: Facts::default(),
            witnessed: Set::default(),
            broken: Set::default(),
            breach: None,
            entries: 0,
            rows: Rows::default(),
            cells: Cells::default(),
        }
    }

    /// Back to the beginning, for another run under the same profile; cheaper than making new ones.
    pub fn restart(&mut self) {
        self.facts.clear();
        (self.witnessed, self.broken, self.breach) = (Set::default(), Set::default(), None);
        (self.entries, self.rows, self.cells) = (0, Rows::default(), Cells::default());
    }

    /// Back to the beginning, for runs under another profile. To look at all claims takes longer than to judge a short
    /// run, and a run that breaks nothing needs none of them, so that is left until something is broken.
    pub fn restart_under(&mut self, profile: &Profile) {
        self.restart();
        if self.profile != *profile {
            (self.profile, self.enabled) = (*profile, None);
        }
    }

    /// Sets the limits on lengths of the runs to come, in bytes. No claim depends on them, so what is judged stays the
    /// same, which is cheaper than to look at all claims anew.
    pub fn limit(&mut self, message_len_max: u32, send_buffer_len_max: u32) {
        self.profile = Profile { message_len_max, send_buffer_len_max, ..self.profile };
    }

    /// Takes the next entry of the run, and gives its [words](Entry::words): where the kind of an entry is known they
    /// cost next to nothing, and whoever judges all runs of a campaign hashes them too.
    #[inline]
    pub fn observe(&mut self, entry: &Entry, payloads: &Payloads) -> [u64; 2] {
        // One branch on the kind of the entry; behind it everything is compiled for that kind alone.
        step_by_kind(self, entry, payloads)
    }

    #[inline(always)]
    pub(super) fn step<const KIND: u8>(&mut self, entry: &Entry, payloads: &Payloads) {
        let finding = self.facts.examine(entry, payloads, &self.profile);
        // Nearly always it is the same finding; as a constant it leaves little to judge.
        let usual = const { Finding::usual(KIND) };
        let context = Context { entry, facts: &self.facts, finding: usual, payloads, profile: &self.profile };
        let (held, broken) = if finding == usual {
            table::judge_kind::<KIND>(&context)
        } else {
            judge_unusual::<KIND>(&Context { finding, ..context })
        };
        self.rows.note(&context);
        self.cells.note(&context);
        self.witnessed = self.witnessed.or(held);
        if broken != Set::default() {
            self.note_broken(broken);
        }
        self.facts.note(entry, payloads, &self.profile);
        self.entries += 1;
    }

    #[cold]
    fn note_broken(&mut self, broken: Set) {
        let enabled = self.enabled();
        self.enabled = Some(enabled);
        let broken = broken.and(enabled);
        self.witnessed = self.witnessed.or(broken);
        self.broken = self.broken.or(broken);
        if self.breach.is_none() && broken != Set::default() {
            let invariant = broken.0.trailing_zeros() as usize;
            self.breach = Some(Breach { invariant, entry: self.entries });
        }
    }

    /// The invariant that was broken first, and where; the first in the table if one entry broke several.
    #[must_use]
    pub fn broken(&self) -> Option<Breach> {
        self.breach
    }

    /// Everything that was broken.
    #[must_use]
    pub fn all_broken(&self) -> Set {
        self.broken
    }

    /// The invariants for which the run is not vacuous.
    #[must_use]
    pub fn witnessed(&self) -> Set {
        self.witnessed.and(self.enabled())
    }

    /// What is judged: claimed under the profile, and applicable to the entries that there can be.
    #[must_use]
    pub fn enabled(&self) -> Set {
        self.enabled.unwrap_or_else(|| applicable(&self.profile, self.kinds))
    }

    /// The rows of the outcome table that the run reached.
    #[must_use]
    pub fn rows(&self) -> Rows {
        self.rows
    }

    /// The cells of the table of `close()` that the run reached.
    #[must_use]
    pub fn cells(&self) -> Cells {
        self.cells
    }
}

/// The invariants that are claimed under `profile` and need no kind of entry outside `kinds`.
#[must_use]
pub fn applicable(profile: &Profile, kinds: Kinds) -> Set {
    let mut set = Set::default();
    for (index, invariant) in INVARIANTS.iter().enumerate().take(table::MONITOR_COUNT) {
        if invariant.is_claimed(profile) && invariant.needs.is_subset_of(kinds) {
            set.insert(index);
        }
    }
    set
}

/// What a whole trace shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Judgement {
    /// The first breach.
    pub broken: Option<Breach>,
    /// Everything that was broken.
    pub all_broken: Set,
    /// The invariants for which the trace is not vacuous.
    pub witnessed: Set,
    /// The rows of the outcome table that it reached.
    pub rows: Rows,
    /// The cells of the table of `close()` that it reached.
    pub cells: Cells,
}

/// Judges a whole trace of the model under `profile`.
#[must_use]
pub fn judge(trace: &Trace, profile: &Profile) -> Judgement {
    let mut monitors = Monitors::new(profile);
    monitors.judge(trace)
}

impl Monitors {
    /// Judges a whole trace from the beginning.
    pub fn judge(&mut self, trace: &Trace) -> Judgement {
        self.restart();
        for entry in &trace.entries {
            self.observe(entry, &trace.payloads);
        }
        self.judgement()
    }

    /// As [`judge`](Self::judge), and puts the [words](Entry::words) of each entry into `words`, which is cleared
    /// first.
    pub fn judge_with_words(&mut self, trace: &Trace, words: &mut Vec<[u64; 2]>) -> Judgement {
        self.restart();
        words.clear();
        words.extend(trace.entries.iter().map(|entry| self.observe(entry, &trace.payloads)));
        self.judgement()
    }

    fn judgement(&self) -> Judgement {
        Judgement {
            broken: self.breach,
            all_broken: self.broken,
            witnessed: self.witnessed(),
            rows: self.rows,
            cells: self.cells,
        }
    }
}
