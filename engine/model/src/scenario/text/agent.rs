//! The user agent: read and printed.

use alloc::format;
use alloc::string::String;

use super::document::{Document, Node};
use super::error::{Fault, TextError};
use super::lexer::{Cursor, quoted};
use super::near;
use super::value::numbered;
use crate::scenario::bounds::{AGENT_STEPS_MAX, SOCKETS_MAX};
use crate::scenario::{Agent, AgentStep, Global};

const GLOBALS: [(&str, Global); 2] = [("window", Global::Window), ("worker", Global::Worker)];

const VERBS: [&str; 5] = ["navigate", "back", "terminate", "collect", "delay"];

impl Document<'_> {
    /// The user agent that `node` describes.
    pub(super) fn agent(&mut self, node: &Node<'_>) -> Result<Agent, TextError> {
        let table = self.table(node, "write [agent], and below it global or steps")?;
        self.known_keys(table, &["global", "steps"])?;
        let mut agent = Agent::default();
        if let Some(node) = table.get("global") {
            let name = self.text(node)?;
            agent.global =
                *GLOBALS.iter().find(|(known, _)| *known == name).map(|(_, global)| global).ok_or_else(
                    || {
                        let message = format!("unknown global object {}", quoted(name));
                        self.fault(node.span(), message, near::advise(name, &GLOBALS.map(|(known, _)| known)))
                    },
                )?;
        }
        if let Some(steps) = table.get("steps") {
            for (index, node) in self.list(steps)?.iter().enumerate() {
                if index == AGENT_STEPS_MAX {
                    let advice = format!("a user agent has at most {AGENT_STEPS_MAX}");
                    return Err(self.fault(node.span(), "there are too many steps", advice));
                }
                agent.steps.push(self.line(node, read)?);
            }
        }
        Ok(agent)
    }
}

/// Reads the step that is the whole of `cursor`'s line.
fn read(cursor: &mut Cursor<'_>) -> Result<AgentStep, Fault> {
    let verb = cursor.word();
    let step = match verb.text {
        "navigate" => AgentStep::Navigate,
        "back" => AgentStep::Back,
        "terminate" => AgentStep::Terminate,
        "collect" => {
            let name = cursor.name();
            match numbered(name.text, "ws").and_then(|number| u8::try_from(number).ok()) {
                Some(number) if usize::from(number) < SOCKETS_MAX => AgentStep::Collect(number),
                Some(_) | None => {
                    cursor.at = name.at;
                    return Err(cursor.expected("a WebSocket", "write collect ws0"));
                }
            }
        }
        "delay" => AgentStep::Delay { ms: super::step_read::time(cursor)? },
        "" => return Err(cursor.expected("a step", &near::one_of(&VERBS))),
        unknown => {
            return Err(verb.fault(format!("unknown step {}", verb.quoted()), near::advise(unknown, &VERBS)));
        }
    };
    cursor.end("a step is all of its string")?;
    Ok(step)
}

pub(super) fn global_name(global: Global) -> &'static str {
    match global {
        Global::Window => "window",
        Global::Worker => "worker",
    }
}

pub(super) fn push_step(line: &mut String, step: AgentStep) {
    match step {
        AgentStep::Navigate => line.push_str("navigate"),
        AgentStep::Back => line.push_str("back"),
        AgentStep::Terminate => line.push_str("terminate"),
        AgentStep::Collect(socket) => line.push_str(&format!("collect ws{socket}")),
        AgentStep::Delay { ms } => line.push_str(&format!("delay {ms}ms")),
    }
}
