//! The profile: its name, or a table of the knobs that differ from a named one.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use toml::de::{DeTable, DeValue};

use super::document::{Document, Node};
use super::error::TextError;
use super::near;
use super::toml_string;
use crate::profile::{Fault, KNOBS, Knob, Profile, Values, differing};

/// The key of the fault that is planted on top of the knobs.
const FAULT: &str = "fault";

impl Document<'_> {
    /// The profile that `node` names or describes.
    pub(super) fn profile(&self, node: &Node<'_>) -> Result<Profile, TextError> {
        match node.get_ref() {
            DeValue::String(name) => self.named(node, name),
            DeValue::Table(table) => self.described(table),
            _ => {
                let advice =
                    "write profile = \"standard\" or profile = { base = \"standard\", linger-us = 5000000 }";
                Err(self.expected(node, "a profile", advice))
            }
        }
    }

    fn named(&self, node: &Node<'_>, name: &str) -> Result<Profile, TextError> {
        Profile::named(name).ok_or_else(|| {
            let known: Vec<_> = Profile::NAMED.iter().map(|named| named.name).collect();
            let message = format!("unknown profile {}", super::lexer::quoted(name));
            self.fault(node.span(), message, near::advise(name, &known))
        })
    }

    fn described(&self, table: &DeTable<'_>) -> Result<Profile, TextError> {
        let mut profile = match table.get("base") {
            Some(base) => self.named(base, self.text(base)?)?,
            None => Profile::STANDARD,
        };
        let known: Vec<_> = ["base", FAULT].into_iter().chain(KNOBS.iter().map(|knob| knob.name)).collect();
        self.known_keys(table, &known)?;
        for knob in KNOBS {
            let Some(node) = table.get(knob.name) else { continue };
            let number = match knob.values {
                Values::Named(values) => {
                    let known: Vec<_> = values.iter().map(|value| value.name).collect();
                    self.one_of(node, &known)? as u64
                }
                Values::Amount { max } => self.integer(node, max)?,
            };
            (knob.write)(&mut profile, number);
        }
        if let Some(node) = table.get(FAULT) {
            let known: Vec<_> = Fault::VALUES.iter().map(|&(_, id)| id).collect();
            profile.fault = Some(Fault::VALUES[self.one_of(node, &known)?].0);
        }
        Ok(profile)
    }

    /// The position of the value of `node` among the names that are known.
    fn one_of(&self, node: &Node<'_>, known: &[&str]) -> Result<usize, TextError> {
        let text = self.text(node)?;
        known.iter().position(|&name| name == text).ok_or_else(|| {
            let message = format!("unknown value {}", super::lexer::quoted(text));
            self.fault(node.span(), message, near::advise(text, known))
        })
    }
}

/// Appends the name of `profile`, or what distinguishes it from `standard`.
pub(super) fn push_profile(file: &mut String, profile: &Profile) {
    if let Some(name) = profile.name() {
        toml_string::push_name(file, name);
        return;
    }
    file.push_str("{ base = \"standard\"");
    for (_, knob) in differing(profile, &Profile::STANDARD) {
        file.push_str(", ");
        file.push_str(knob.name);
        file.push_str(" = ");
        file.push_str(&printed(knob, (knob.read)(profile)));
    }
    if let Some(fault) = profile.fault {
        file.push_str(", fault = ");
        toml_string::push_name(file, fault.id());
    }
    file.push_str(" }");
}

fn printed(knob: &Knob, number: u64) -> String {
    let Some(name) = knob.value_name(number) else { return number.to_string() };
    let mut text = String::new();
    toml_string::push_name(&mut text, name);
    text
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::profile::{FramesAfterClose, Loss, OpenTask, ReasonOnly, TaskQueues};

    fn read(text: &str) -> Result<Profile, TextError> {
        parse(&format!("format = 1\nprofile = {text}\n")).map(|scenario| scenario.profile)
    }

    #[track_caller]
    fn check(text: &str, profile: Profile, printed: &str) {
        assert_eq!(read(text), Ok(profile));
        let mut file = String::new();
        push_profile(&mut file, &profile);
        assert_eq!(file, printed);
        assert_eq!(read(&file), Ok(profile));
    }

    #[track_caller]
    fn check_fault(text: &str, want: &str) {
        assert_eq!(read(text).expect_err(text).to_string(), want);
    }

    #[test]
    fn a_profile_is_printed_in_its_shortest_form() {
        check("\"literal\"", Profile::LITERAL, "\"literal\"");
        check("{}", Profile::STANDARD, "\"standard\"");
        check("{ base = \"literal\" }", Profile::LITERAL, "\"literal\"");
        check(
            "{ linger-us = 5_000_000, frames-after-close = \"fail\" }",
            Profile { linger_us: 5_000_000, frames_after_close: FramesAfterClose::Fail, ..Profile::STANDARD },
            "{ base = \"standard\", frames-after-close = \"fail\", linger-us = 5000000 }",
        );
    }

    #[test]
    fn a_fault_is_named_by_its_id() {
        check(
            "{ base = \"literal\", open-task = \"guard\", fault = \"M14\" }",
            Profile { open_task: OpenTask::Guard, ..Profile::LITERAL }
                .with_fault(Fault::NoCheckpointBetweenListeners),
            concat!(
                "{ base = \"standard\", fin-without-close = \"fail\", fin-after-our-close = \"fail\", ",
                "close-timeout = \"fail\", accept-codes = \"all\", closing-task = \"literal\", ",
                "reason-only = \"any\", return-false = \"set-canceled\", event-made = \"any\", worker-end = \"any\", fault = \"M14\" }",
            ),
        );
        check_fault("{ fault = 'M71' }", "2:21: unknown value `M71`; did you mean `M01`?");
    }

    #[test]
    fn knobs_are_set_on_top_of_a_base() {
        check(
            "{ base = \"literal\", reason-only = \"empty\", task-queues = \"one\", message-len-max = 0xffff_ffff }",
            Profile {
                reason_only: ReasonOnly::Empty,
                task_queues: TaskQueues::One,
                message_len_max: u32::MAX,
                ..Profile::LITERAL
            },
            concat!(
                "{ base = \"standard\", fin-without-close = \"fail\", fin-after-our-close = \"fail\", ",
                "close-timeout = \"fail\", accept-codes = \"all\", open-task = \"literal\", ",
                "closing-task = \"literal\", reason-only = \"empty\", return-false = \"set-canceled\", ",
                "task-queues = \"one\", message-len-max = 4294967295, ",
                "event-made = \"any\", worker-end = \"any\" }",
            ),
        );
    }

    #[test]
    fn the_names_are_those_of_the_serialized_form() {
        let profile = Profile {
            close_timeout: Loss::Fail,
            open_task: OpenTask::Literal,
            handshake_timeout_us: 1,
            close_timeout_us: 2,
            linger_us: 3,
            message_len_max: 4,
            send_buffer_len_max: 5,
            ..Profile::STANDARD
        };
        let lines: String = KNOBS
            .iter()
            .map(|knob| format!("{} = {}\n", knob.name, printed(knob, (knob.read)(&profile))))
            .collect();
        assert_eq!(toml::from_str(&lines), Ok(profile));
    }

    #[test]
    fn a_wrong_profile_is_told_what_would_be_right() {
        check_fault("'standart'", "2:11: unknown profile `standart`; did you mean `standard`?");
        check_fault(
            "{ base = 'moon' }",
            "2:20: unknown profile `moon`; docs/profiles.md lists what there is",
        );
        check_fault("{ linger-u = 1 }", "2:13: unknown key `linger-u`; did you mean `linger-us`?");
        check_fault("{ open-task = 'gard' }", "2:25: unknown value `gard`; did you mean `guard`?");
        check_fault(
            "{ linger-us = -1 }",
            "2:25: expected a number, found `-1`; write a number from 0 to 18446744073709551615",
        );
        check_fault(
            "{ message-len-max = 4294967296 }",
            "2:31: expected a number, found `4294967296`; write a number from 0 to 4294967295",
        );
        check_fault(
            "{ linger-us = '1' }",
            "2:25: expected a number, found a string; write a number from 0 to 18446744073709551615",
        );
    }
}
