//! What an implementation's own ways waive: the knobs under whose values an invariant does not hold, as one table.
//!
//! Each row was found by running the model under that value and no other, and a test repeats that.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Invariant;
use crate::profile::{FOREVER, Knob, Profile};

/// Invariants that are not claimed under some values of a knob.
#[derive(Debug, Clone, Copy)]
struct Waiver {
    knob: &'static str,
    values: Values,
    invariants: &'static [&'static str],
}

#[derive(Debug, Clone, Copy)]
enum Values {
    /// Every value but the one of `standard`.
    Others,
    /// These.
    These(&'static [&'static str]),
    /// An amount without an end.
    Endless,
}

const fn others(knob: &'static str, invariants: &'static [&'static str]) -> Waiver {
    Waiver { knob, values: Values::Others, invariants }
}

const fn these(
    knob: &'static str,
    values: &'static [&'static str],
    invariants: &'static [&'static str],
) -> Waiver {
    Waiver { knob, values: Values::These(values), invariants }
}

const fn endless(knob: &'static str, invariants: &'static [&'static str]) -> Waiver {
    Waiver { knob, values: Values::Endless, invariants }
}

const WAIVERS: &[Waiver] = &[
    these("frames-after-close", &["fail-malformed"], &["INV-12"]),
    these("reason-only", &["throw"], &["INV-50"]),
    these("reason-only", &["raw"], &["INV-24"]),
    others("rst-without-close", &["INV-62"]),
    others("rst-after-our-close", &["INV-62"]),
    others("rst-after-their-close", &["INV-62"]),
    these("rst-after-their-close", &["clean"], &["INV-74"]),
    others("rst-after-handshake", &["INV-74", "INV-76"]),
    these("rst-after-handshake", &["fail"], &["INV-12", "INV-62"]),
    others("linger-result", &["INV-08", "INV-72", "INV-74", "INV-75"]),
    others("failure-after-close", &["INV-08", "INV-74", "INV-75", "INV-76"]),
    others("unanswered-close", &["INV-27", "INV-30", "INV-62", "INV-73", "INV-74", "INV-77"]),
    others("abnormal-code", &["INV-53", "INV-76", "INV-77", "INV-79", "INV-80", "INV-81"]),
    others("was-clean", &["INV-72", "INV-74", "INV-76"]),
    others("clean-abnormal", &["INV-74", "INV-76"]),
    others("data-after-our-close", &["INV-12"]),
    others("mask-check", &["INV-05", "INV-06", "INV-12", "INV-13"]),
    others("close-length", &["INV-05", "INV-06", "INV-12", "INV-13", "INV-14", "INV-78"]),
    others("header-check", &["INV-13"]),
    others("one-byte-close", &["INV-05", "INV-06", "INV-08", "INV-13", "INV-73"]),
    others("accept-header", &["INV-34"]),
    others("utf8-check", &["INV-12", "INV-13"]),
    others("pong-after-our-close", &["INV-28"]),
    others("answer", &["INV-36"]),
    these("answer", &["code-only"], &["INV-24"]),
    others("answer-to-empty", &["INV-36"]),
    others("answer-time", &["INV-27", "INV-36", "INV-53", "INV-54", "INV-87"]),
    others("frame-failure-code", &["INV-37"]),
    others("text-failure-code", &["INV-37"]),
    others("reason-failure-code", &["INV-37"]),
    others("reason-bom", &["INV-75"]),
    others("reason-nul", &["INV-24", "INV-36", "INV-75"]),
    others("refused-answer", &["INV-73", "INV-76", "INV-77", "INV-79", "INV-82"]),
    others("answer-codes", &["INV-05", "INV-08", "INV-13", "INV-73", "INV-79", "INV-82"]),
    others("data-before-close", &["INV-87"]),
    others("error-event", &["INV-62", "INV-80"]),
    others("error-task", &["INV-43", "INV-61"]),
    these("error-task", &["when-noticed"], &["INV-81"]),
    others("state-at-error", &["INV-63"]),
    others("checkpoint", &["INV-49"]),
    others("connecting-close", &["INV-43", "INV-47", "INV-49", "INV-60", "INV-61", "INV-66", "INV-67"]),
    others("handshake-failure", &["INV-43", "INV-61", "INV-83", "INV-84"]),
    others("closing-state", &["INV-35", "INV-52", "INV-65", "INV-68"]),
    others("throwing-close", &["INV-52", "INV-63", "INV-66", "INV-67", "INV-69", "INV-83"]),
    others("close-codes", &["INV-38", "INV-50"]),
    others("close-exceptions", &["INV-50"]),
    others("close-arguments", &["INV-38", "INV-50"]),
    others("buffered-amount", &["INV-86"]),
    others("message-while-closing", &["INV-64", "INV-65"]),
    these("open-task", &["fire-only"], &["INV-52", "INV-64"]),
    others("close-interface", &["INV-70", "INV-74", "INV-75", "INV-76", "INV-77", "INV-79", "INV-80"]),
    endless("linger-us", &["INV-26", "INV-83", "INV-84"]),
    endless("handshake-timeout-us", &["INV-83", "INV-84"]),
    endless("close-timeout-us", &["INV-27", "INV-83", "INV-84"]),
];

impl Waiver {
    fn applies(&self, profile: &Profile) -> bool {
        let knob = Knob::named(self.knob).expect("a test looks all of them up");
        let value = (knob.read)(profile);
        match self.values {
            Values::Others => value != (knob.read)(&Profile::STANDARD),
            Values::These(names) => knob.value_name(value).is_some_and(|name| names.contains(&name)),
            Values::Endless => value == FOREVER,
        }
    }
}

impl Invariant {
    /// Whether the invariant is claimed under `profile`.
    #[must_use]
    pub fn is_claimed(&self, profile: &Profile) -> bool {
        let is_waived =
            || WAIVERS.iter().any(|waiver| waiver.invariants.contains(&self.id) && waiver.applies(profile));
        // Under `standard` nothing is waived, and that is judged most.
        (self.claimed_when.holds)(profile) && (*profile == Profile::STANDARD || !is_waived())
    }

    /// Where the invariant is claimed, as the end of a sentence.
    #[must_use]
    pub fn claim(&self) -> String {
        let knobs: Vec<String> = WAIVERS
            .iter()
            .filter(|waiver| waiver.invariants.contains(&self.id))
            .map(|waiver| match waiver.values {
                Values::Others => format!("`{}` is as under `standard`", waiver.knob),
                Values::These(values) => format!("`{}` is not `{}`", waiver.knob, values.join("` or `")),
                Values::Endless => format!("`{}` has an end", waiver.knob),
            })
            .collect();
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
    use super::super::INVARIANTS;
    use super::*;

    #[test]
    fn every_row_names_a_knob_its_values_and_invariants() {
        for waiver in WAIVERS {
            let knob = Knob::named(waiver.knob).unwrap_or_else(|| panic!("no knob {}", waiver.knob));
            if let Values::These(names) = waiver.values {
                for name in names {
                    let is_known = (0..16).any(|value| knob.value_name(value) == Some(name));
                    assert!(is_known, "{} has no value {name}", waiver.knob);
                }
            }
            for id in waiver.invariants {
                assert!(INVARIANTS.iter().any(|invariant| invariant.id == *id), "no {id}");
            }
        }
    }

    #[test]
    fn standard_waives_nothing() {
        assert!(WAIVERS.iter().all(|waiver| !waiver.applies(&Profile::STANDARD)));
    }
}
