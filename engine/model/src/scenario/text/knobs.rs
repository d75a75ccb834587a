//! The profile: its name, or a table of the knobs that differ from a named one.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use toml::de::{DeTable, DeValue};

use super::document::{Document, Node};
use super::error::TextError;
use super::near;
use super::toml_string;
use crate::profile::{
    AcceptCodes, Fault, FramesAfterClose, Guard, Loss, Profile, ReasonOnly, ReturnFalse, TaskQueues,
};

/// The key of the fault that is planted on top of the knobs.
const FAULT: &str = "fault";

/// A place where a knob's value stands.
enum Knob<'a> {
    Loss(&'a mut Loss),
    AcceptCodes(&'a mut AcceptCodes),
    FramesAfterClose(&'a mut FramesAfterClose),
    Guard(&'a mut Guard),
    ReasonOnly(&'a mut ReasonOnly),
    ReturnFalse(&'a mut ReturnFalse),
    TaskQueues(&'a mut TaskQueues),
    U64(&'a mut u64),
    U32(&'a mut u32),
}

/// The knobs in the order of their declaration, with the names that files use.
fn knobs(profile: &mut Profile) -> [(&'static str, Knob<'_>); 15] {
    let Profile {
        fin_without_close,
        fin_after_our_close,
        close_timeout,
        accept_codes,
        frames_after_close,
        open_task,
        closing_task,
        reason_only,
        return_false,
        task_queues,
        handshake_timeout_us,
        close_timeout_us,
        linger_us,
        message_len_max,
        send_buffer_len_max,
        // It stands behind the knobs.
        fault: _,
    } = profile;
    [
        ("fin-without-close", Knob::Loss(fin_without_close)),
        ("fin-after-our-close", Knob::Loss(fin_after_our_close)),
        ("close-timeout", Knob::Loss(close_timeout)),
        ("accept-codes", Knob::AcceptCodes(accept_codes)),
        ("frames-after-close", Knob::FramesAfterClose(frames_after_close)),
        ("open-task", Knob::Guard(open_task)),
        ("closing-task", Knob::Guard(closing_task)),
        ("reason-only", Knob::ReasonOnly(reason_only)),
        ("return-false", Knob::ReturnFalse(return_false)),
        ("task-queues", Knob::TaskQueues(task_queues)),
        ("handshake-timeout-us", Knob::U64(handshake_timeout_us)),
        ("close-timeout-us", Knob::U64(close_timeout_us)),
        ("linger-us", Knob::U64(linger_us)),
        ("message-len-max", Knob::U32(message_len_max)),
        ("send-buffer-len-max", Knob::U32(send_buffer_len_max)),
    ]
}

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
            let known = Profile::NAMED.map(|(known, _)| known);
            let message = format!("unknown profile {}", super::lexer::quoted(name));
            self.fault(node.span(), message, near::advise(name, &known))
        })
    }

    fn described(&self, table: &DeTable<'_>) -> Result<Profile, TextError> {
        let mut profile = match table.get("base") {
            Some(base) => self.named(base, self.text(base)?)?,
            None => Profile::STANDARD,
        };
        let mut knobs = knobs(&mut profile);
        let known: Vec<_> = ["base", FAULT].into_iter().chain(knobs.iter().map(|&(name, _)| name)).collect();
        self.known_keys(table, &known)?;
        for (name, knob) in &mut knobs {
            let Some(node) = table.get(*name) else { continue };
            match knob {
                Knob::Loss(value) => **value = self.one_of(node, Loss::VALUES)?,
                Knob::AcceptCodes(value) => **value = self.one_of(node, AcceptCodes::VALUES)?,
                Knob::FramesAfterClose(value) => **value = self.one_of(node, FramesAfterClose::VALUES)?,
                Knob::Guard(value) => **value = self.one_of(node, Guard::VALUES)?,
                Knob::ReasonOnly(value) => **value = self.one_of(node, ReasonOnly::VALUES)?,
                Knob::ReturnFalse(value) => **value = self.one_of(node, ReturnFalse::VALUES)?,
                Knob::TaskQueues(value) => **value = self.one_of(node, TaskQueues::VALUES)?,
                Knob::U64(value) => **value = self.integer(node, u64::MAX)?,
                Knob::U32(value) => **value = self.integer(node, u64::from(u32::MAX))? as u32,
            }
        }
        if let Some(node) = table.get(FAULT) {
            profile.fault = Some(self.one_of(node, Fault::VALUES)?);
        }
        Ok(profile)
    }

    fn one_of<T: Copy>(&self, node: &Node<'_>, values: &[(T, &str)]) -> Result<T, TextError> {
        let text = self.text(node)?;
        values.iter().find(|(_, name)| *name == text).map(|&(value, _)| value).ok_or_else(|| {
            let known: Vec<_> = values.iter().map(|&(_, name)| name).collect();
            let message = format!("unknown value {}", super::lexer::quoted(text));
            self.fault(node.span(), message, near::advise(text, &known))
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
    let (mut profile, mut standard) = (*profile, Profile::STANDARD);
    for ((name, knob), (_, usual)) in knobs(&mut profile).into_iter().zip(knobs(&mut standard)) {
        let value = knob.print();
        if value != usual.print() {
            file.push_str(", ");
            file.push_str(name);
            file.push_str(" = ");
            file.push_str(&value);
        }
    }
    if let Some(fault) = profile.fault {
        file.push_str(", fault = ");
        toml_string::push_name(file, fault.id());
    }
    file.push_str(" }");
}

impl Knob<'_> {
    fn print(self) -> String {
        let name = match self {
            Self::Loss(value) => value.name(),
            Self::AcceptCodes(value) => value.name(),
            Self::FramesAfterClose(value) => value.name(),
            Self::Guard(value) => value.name(),
            Self::ReasonOnly(value) => value.name(),
            Self::ReturnFalse(value) => value.name(),
            Self::TaskQueues(value) => value.name(),
            Self::U64(value) => return value.to_string(),
            Self::U32(value) => return value.to_string(),
        };
        let mut text = String::new();
        toml_string::push_name(&mut text, name);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

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
            Profile { open_task: Guard::Guard, ..Profile::LITERAL }
                .with_fault(Fault::NoCheckpointBetweenListeners),
            concat!(
                "{ base = \"standard\", fin-without-close = \"fail\", fin-after-our-close = \"fail\", ",
                "close-timeout = \"fail\", accept-codes = \"all\", closing-task = \"literal\", ",
                "return-false = \"set-canceled\", fault = \"M14\" }",
            ),
        );
        check_fault("{ fault = 'M71' }", "2:21: unknown value `M71`; did you mean `M01`?");
    }

    #[test]
    fn every_knob_has_its_own_name_and_can_be_set() {
        let mut names: Vec<_> =
            knobs(&mut Profile::STANDARD.clone()).into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 15);
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
                "task-queues = \"one\", message-len-max = 4294967295 }",
            ),
        );
    }

    #[test]
    fn the_names_are_those_of_the_serialized_form() {
        let profile = Profile {
            close_timeout: Loss::Fail,
            open_task: Guard::Literal,
            handshake_timeout_us: 1,
            close_timeout_us: 2,
            linger_us: 3,
            message_len_max: 4,
            send_buffer_len_max: 5,
            ..Profile::STANDARD
        };
        let lines = knobs(&mut profile.clone()).map(|(name, knob)| format!("{name} = {}\n", knob.print()));
        assert_eq!(toml::from_str(&lines.concat()), Ok(profile));
    }

    #[test]
    fn a_wrong_profile_is_told_what_would_be_right() {
        check_fault("'standart'", "2:11: unknown profile `standart`; did you mean `standard`?");
        check_fault("{ base = 'moon' }", "2:20: unknown profile `moon`; write `standard` or `literal`");
        check_fault("{ linger = 1 }", "2:13: unknown key `linger`; did you mean `linger-us`?");
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
