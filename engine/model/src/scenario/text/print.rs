//! A scenario as a file: printed.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::document::FORMAT;
use super::knobs::push_profile;
use super::lexer::Budget;
use super::step_print::push_step;
use super::toml_string;
use super::value::Printer;
use crate::page::Call;
use crate::scenario::bounds::FUNCTIONS_MAX;
use crate::scenario::{Agent, Expect, Global, Scenario};

/// The longest list on one line, in bytes.
const LINE_LEN_MAX: usize = 100;

pub(super) fn print(scenario: &Scenario) -> String {
    let Scenario { profile, peers, page, agent, choices, expect } = scenario;
    let mut budget = Budget::new();
    let mut file = String::from("format = ");
    file.push_str(&FORMAT.to_string());
    file.push_str("\nprofile = ");
    push_profile(&mut file, profile);
    file.push('\n');
    if !choices.is_empty() {
        let choices: Vec<_> = choices.iter().map(|decision| decision.to_string()).collect();
        push_list(&mut file, "choices", &choices, toml_string::push_name);
    }
    push_page(&mut file, &page.functions, &mut budget);
    push_agent(&mut file, agent);
    for peer in peers {
        file.push_str("\n[[peer]]\nsteps = ");
        push_lines(&mut file, &peer.steps, |line, step| push_step(line, step, &mut budget));
    }
    push_expect(&mut file, expect);
    file
}

fn push_page(file: &mut String, page: &[Vec<Call>], budget: &mut Budget) {
    // A function that is named but not there does nothing, like an empty one; a file must say that it is empty.
    let named = |call: &Call| {
        let counts = call.functions().map(|function| usize::from(function.0) + 1);
        counts.filter(|&count| count <= FUNCTIONS_MAX).max()
    };
    let count = page.iter().flatten().filter_map(named).max().unwrap_or(0).max(page.len());
    if count > 0 {
        file.push_str("\n[page]\n");
    }
    for number in 0..count {
        match number {
            0 => file.push_str("main = "),
            _ => {
                file.push('f');
                file.push_str(&number.to_string());
                file.push_str(" = ");
            }
        }
        let calls = page.get(number).map_or(&[][..], |calls| calls);
        push_lines(file, calls, |line, call| Printer { line, budget }.call(call));
    }
}

fn push_agent(file: &mut String, agent: &Agent) {
    let Agent { global, steps } = agent;
    if agent != &Agent::default() {
        file.push_str("\n[agent]\n");
    }
    if *global != Global::default() {
        file.push_str("global = ");
        toml_string::push_name(file, super::agent::global_name(*global));
        file.push('\n');
    }
    if !steps.is_empty() {
        file.push_str("steps = ");
        push_lines(file, steps, |line, step| super::agent::push_step(line, *step));
    }
}

fn push_expect(file: &mut String, expect: &Expect) {
    let Expect { page, wire, breaks } = expect;
    if expect != &Expect::default() {
        file.push_str("\n[expect]\n");
    }
    for (name, lines) in [("page", page), ("wire", wire)] {
        if let Some(lines) = lines {
            push_list(file, name, lines, toml_string::push);
        }
    }
    if let Some(id) = breaks {
        file.push_str("breaks = ");
        toml_string::push_name(file, id);
        file.push('\n');
    }
}

/// Appends a list of calls or steps, one on a line.
fn push_lines<T>(file: &mut String, items: &[T], mut print: impl FnMut(&mut String, &T)) {
    file.push('[');
    let mut line = String::new();
    for item in items {
        line.clear();
        print(&mut line, item);
        file.push_str("\n  ");
        toml_string::push(file, &line);
        file.push(',');
    }
    file.push_str(if items.is_empty() { "]\n" } else { "\n]\n" });
}

/// Appends a list of words: on one line if it fits, else one on a line.
fn push_list(file: &mut String, key: &str, items: &[String], push: fn(&mut String, &str)) {
    let start = file.len();
    file.push_str(key);
    file.push_str(" = [");
    for (index, item) in items.iter().enumerate() {
        file.push_str(if index == 0 { "" } else { ", " });
        push(file, item);
    }
    file.push_str("]\n");
    if file.len() - start <= LINE_LEN_MAX || items.len() < 2 {
        return;
    }
    file.truncate(start);
    file.push_str(key);
    file.push_str(" = ");
    push_lines_of_words(file, items, push);
}

fn push_lines_of_words(file: &mut String, items: &[String], push: fn(&mut String, &str)) {
    file.push_str("[\n");
    for item in items {
        file.push_str("  ");
        push(file, item);
        file.push_str(",\n");
    }
    file.push_str("]\n");
}
