//! Scenario files: changed as scenarios where they are some, and by lines where they are not.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::{Numbers, below, change_list, one_of};
use crate::scenario::generate::Draw as _;
use crate::scenario::mutate::mutate;
use crate::scenario::text::{parse, print};

/// What a line may be.
const LINES: [&str; 12] = [
    "format = 1",
    "profile = \"literal\"",
    "profile = { base = \"standard\", linger-us = 5000000 }",
    "choices = [\"tcp.write=later\", \"world.step=reset-0\"]",
    "[page]",
    "main = ['new WebSocket(\"ws://a.test/\")', 'ws0.onclose = f1']",
    "f1 = ['ws0.close(3000, \"b\\u{d800}e\")']",
    "[[peer]]",
    "steps = ['accept', 'close 1000 bytes(\"c328\")', 'wait close', 'fin']",
    "[expect]",
    "page = ['final@3']",
    "breaks = \"INV-20\"",
];

/// A change of a scenario file.
#[must_use]
pub fn scenario_text(bytes: &[u8], draw: &mut Numbers) -> Vec<u8> {
    let source = String::from_utf8_lossy(bytes);
    if draw.below(4) != 0
        && let Ok(mut scenario) = parse(&source)
    {
        mutate(&mut scenario, draw);
        return print(&scenario).into_bytes();
    }
    let mut lines: Vec<String> = source.lines().map(str::to_string).collect();
    change_list(&mut lines, draw, |draw| one_of(&LINES, draw).to_string());
    if !lines.is_empty() && draw.below(2) == 0 {
        let index = below(lines.len(), draw);
        let mut letters: Vec<char> = lines[index].chars().collect();
        change_list(&mut letters, draw, |draw| {
            one_of(&['"', '\'', '\\', '[', '(', '0', '\u{e9}', ','], draw)
        });
        lines[index] = letters.into_iter().collect();
    }
    lines.join("\n").into_bytes()
}
