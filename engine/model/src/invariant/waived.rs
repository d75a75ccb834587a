//! What an implementation's own ways waive: the knobs under whose values an invariant does not hold, as one table.
//!
//! Each row was found by running the model under that value and no other, and a test repeats that. The names in it are
//! looked up by the compiler, which refuses those that are not there.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{INVARIANTS, Invariant, Set};
use crate::profile::{FOREVER, KNOBS, Knob, Profile, Values};

/// Invariants that are not claimed under some values of a knob.
#[derive(Debug, Clone, Copy)]
struct Waiver {
    knob: &'static Knob,
    when: When,
    invariants: Set,
}

/// The values of a knob.
#[derive(Debug, Clone, Copy)]
enum When {
    /// Every value but the one of `standard`.
    Others,
    /// Those whose positions are these bits.
    These(u16),
    /// An amount without an end.
    Endless,
}

const fn others(knob: &str, invariants: &[&str]) -> Waiver {
    Waiver { knob: self::knob(knob), when: When::Others, invariants: set(invariants) }
}

const fn these(knob: &str, values: &[&str], invariants: &[&str]) -> Waiver {
    let knob = self::knob(knob);
    Waiver { knob, when: When::These(positions(knob, values)), invariants: set(invariants) }
}

const fn endless(knob: &str, invariants: &[&str]) -> Waiver {
    Waiver { knob: self::knob(knob), when: When::Endless, invariants: set(invariants) }
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut index = 0;
    while index < a.len() && index < b.len() && a[index] == b[index] {
        index += 1;
    }
    index == a.len() && index == b.len()
}

const fn knob(name: &str) -> &'static Knob {
    let mut index = 0;
    while !is_same(KNOBS[index].name, name) {
        index += 1;
    }
    &KNOBS[index]
}

const fn positions(knob: &Knob, names: &[&str]) -> u16 {
    let Values::Named(values) = knob.values else { panic!("its values have no names") };
    let mut bits = 0;
    let mut at = 0;
    while at < names.len() {
        let mut index = 0;
        while !is_same(values[index].name, names[at]) {
            index += 1;
        }
        bits |= 1 << index;
        at += 1;
    }
    bits
}

const fn set(ids: &[&str]) -> Set {
    let mut set = Set(0);
    let mut at = 0;
    while at < ids.len() {
        let mut index = 0;
        while !is_same(INVARIANTS[index].id, ids[at]) {
            index += 1;
        }
        set.insert(index);
        at += 1;
    }
    set
}

static WAIVERS: &[Waiver] = &[these("error-task", &["when-noticed"], &["INV-81"])];

impl Waiver {
    fn applies(&self, profile: &Profile) -> bool {
        let value = (self.knob.read)(profile);
        match self.when {
            When::Others => value != (self.knob.read)(&Profile::STANDARD),
            When::These(bits) => bits >> value & 1 != 0,
            When::Endless => value == FOREVER,
        }
    }

    /// Where an invariant of this row is claimed nevertheless.
    fn claim(&self) -> String {
        let name = self.knob.name;
        match (self.when, self.knob.values) {
            (When::These(bits), Values::Named(values)) => {
                let named = |&(index, _): &(usize, _)| bits >> index & 1 != 0;
                let names: Vec<_> = values.iter().enumerate().filter(named).map(|(_, it)| it.name).collect();
                format!("`{name}` is not `{}`", names.join("` or `"))
            }
            (When::Endless, _) => format!("`{name}` has an end"),
            (When::Others | When::These(_), _) => format!("`{name}` is as under `standard`"),
        }
    }
}

/// The invariants that are claimed under `profile`.
#[must_use]
pub(super) fn claimed(profile: &Profile) -> Set {
    let mut set = Set::default();
    for (index, invariant) in INVARIANTS.iter().enumerate() {
        if (invariant.claimed_when.holds)(profile) {
            set.insert(index);
        }
    }
    let waived = WAIVERS.iter().filter(|waiver| waiver.applies(profile));
    waived.fold(set, |set, waiver| set.without(waiver.invariants))
}

impl Invariant {
    /// Whether the invariant is claimed under `profile`.
    #[must_use]
    pub fn is_claimed(&self, profile: &Profile) -> bool {
        let own = set(&[self.id]);
        claimed(profile).and(own) == own
    }

    fn waivers(&self) -> impl Iterator<Item = &'static Waiver> {
        let own = set(&[self.id]);
        WAIVERS.iter().filter(move |waiver| waiver.invariants.and(own) == own)
    }

    /// Where the invariant is claimed, as the end of a sentence.
    #[must_use]
    pub fn claim(&self) -> String {
        let knobs: Vec<String> = self.waivers().map(Waiver::claim).collect();
        let mut claim = String::from(self.claimed_when.about);
        for (index, knob) in knobs.iter().enumerate() {
            claim.push_str(match index {
                0 => " where ",
                _ if index + 1 == knobs.len() => " and ",
                _ => ", ",
            });
            claim.push_str(knob);
        }
        claim
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_waives_nothing() {
        assert!(WAIVERS.iter().all(|waiver| !waiver.applies(&Profile::STANDARD)));
    }
}
