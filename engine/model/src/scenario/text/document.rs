//! The TOML document: its tables, with the place of each value in the file.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::call_read;
use super::error::{Fault, TextError};
use super::lexer::{Budget, Cursor, quoted};
use super::near;
use super::origin;
use super::step_read;
use super::value::numbered;
use crate::choices::DecisionError;
use crate::page::Call;
use crate::scenario::bounds::{CALLS_MAX, FUNCTIONS_MAX, PEER_STEPS_MAX, SOCKETS_MAX};
use crate::scenario::{Expect, Peer, Scenario, in_bounds};

/// The only version of the form so far.
pub(super) const FORMAT: u64 = 1;

/// A value and where it stands.
pub(super) type Node<'a> = Spanned<DeValue<'a>>;

/// A file that is read.
#[derive(Debug)]
pub(super) struct Document<'a> {
    source: &'a str,
    budget: Budget,
    /// The invariants that there are, if that is known.
    invariants: Option<&'a [&'a str]>,
}

impl<'a> Document<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, budget: Budget::new(), invariants: None }
    }

    /// The document for a reader who knows that there are these invariants and no others.
    pub(super) fn among(self, invariants: &'a [&'a str]) -> Self {
        Self { invariants: Some(invariants), ..self }
    }

    pub(super) fn scenario(&mut self) -> Result<Scenario, TextError> {
        let root = DeTable::parse(self.source).map_err(|error| {
            let advice = match error.message() {
                "duplicate key" => "write every key once, and [[peer]] with two brackets for every peer",
                _ => "write TOML: `key = value`, strings in '...' or, with escapes, \"...\", lists in [...] with commas",
            };
            self.fault(error.span().unwrap_or(0..0), error.message(), advice)
        })?;
        let root = root.get_ref();
        self.format(root)?;
        self.known_keys(root, &["format", "profile", "choices", "page", "agent", "peer", "expect"])?;
        let mut scenario = Scenario::default();
        if let Some(node) = root.get("profile") {
            scenario.profile = self.profile(node)?;
        }
        if let Some(node) = root.get("choices") {
            for choice in self.list(node)? {
                scenario.choices.push(self.decision(choice)?);
            }
        }
        if let Some(node) = root.get("page") {
            scenario.page.functions = self.functions(node)?;
        }
        if let Some(node) = root.get("agent") {
            scenario.agent = self.agent(node)?;
        }
        if let Some(node) = root.get("peer") {
            scenario.peers = self.peers(node)?;
        }
        if let Some(node) = root.get("expect") {
            scenario.expect = self.expect(node)?;
        }
        Ok(scenario)
    }

    fn format(&self, root: &DeTable<'_>) -> Result<(), TextError> {
        let advice = format!("write format = {FORMAT} at the top of the file");
        let Some(node) = root.get("format") else {
            return Err(self.fault(0..0, "the key `format` is missing", advice));
        };
        match self.integer(node, u64::MAX) {
            Ok(FORMAT) => Ok(()),
            // There is no range to choose from.
            Err(error) => Err(TextError { advice: format!("write `format = {FORMAT}`"), ..error }),
            Ok(other) => Err(self.fault(node.span(), format!("format {other} is not known here"), advice)),
        }
    }

    fn decision(&self, node: &Node<'_>) -> Result<crate::choices::Decision, TextError> {
        let text = self.text(node)?;
        let decision: crate::choices::Decision = text.parse().map_err(|error: DecisionError| {
            let equals_sign = text.find('=').unwrap_or(text.len());
            let span = match error {
                DecisionError::NoEqualsSign => 0..text.len(),
                DecisionError::UnknownPoint => 0..equals_sign,
                DecisionError::UnknownAlternative(_) => equals_sign + 1..text.len(),
            };
            let message = format!("{} is no choice", quoted(text));
            let advice = match error {
                DecisionError::UnknownPoint => {
                    let known = crate::choices::Point::ALL.map(crate::choices::Point::name);
                    near::advise(text[..equals_sign].trim(), &known)
                }
                DecisionError::NoEqualsSign | DecisionError::UnknownAlternative(_) => error.to_string(),
            };
            self.in_string(node, Fault::new(span, message, advice))
        })?;
        if !in_bounds::decision_fits(&decision) {
            let message = format!("there is no connection for {}", quoted(text));
            let advice = format!("a world has at most {SOCKETS_MAX}, with the numbers from 0");
            return Err(self.in_string(node, Fault::new(0..text.len(), message, advice)));
        }
        Ok(decision)
    }

    fn functions(&mut self, node: &Node<'_>) -> Result<Vec<Vec<Call>>, TextError> {
        let table = self.table(node, "write [page], and below it main = [...]")?;
        let mut lists = Vec::new();
        for (key, list) in table {
            let name = key.get_ref();
            let number =
                if name == "main" { Some(0) } else { numbered(name, "f").filter(|&number| number > 0) };
            let Some(number) = number else {
                let message = format!("unknown function {}", quoted(name));
                let advice = "the functions of a page are `main`, `f1`, `f2` and so on";
                return Err(self.fault(key.span(), message, advice));
            };
            if number >= FUNCTIONS_MAX {
                let message = format!("there are too many functions for {}", quoted(name));
                let advice = format!(
                    "a page has at most {FUNCTIONS_MAX}, `main` and `f1` to `f{}`",
                    FUNCTIONS_MAX - 1
                );
                return Err(self.fault(key.span(), message, advice));
            }
            lists.push((number, list));
        }
        // In the order of their numbers, so that the first error is the first one in a file that is in order.
        lists.sort_unstable_by_key(|&(number, _)| number);
        let count = lists.last().map_or(0, |&(number, _)| number + 1);
        let mut functions = Vec::new();
        functions.resize_with(count, Vec::new);
        for (number, list) in lists {
            for (index, node) in self.list(list)?.iter().enumerate() {
                if index == CALLS_MAX {
                    let advice = format!("a function makes at most {CALLS_MAX} calls");
                    return Err(self.fault(node.span(), "there are too many calls", advice));
                }
                functions[number].push(self.line(node, |cursor| call_read::read(cursor, count))?);
            }
        }
        Ok(functions)
    }

    fn peers(&mut self, node: &Node<'_>) -> Result<Vec<Peer>, TextError> {
        let advice = "write [[peer]] with two brackets, and below it steps = [...]";
        let DeValue::Array(tables) = node.get_ref() else {
            return Err(self.expected(node, "a list of peers", advice));
        };
        let mut peers = Vec::new();
        for (index, node) in tables.iter().enumerate() {
            if index == SOCKETS_MAX {
                let advice = format!("a scenario has at most {SOCKETS_MAX}");
                return Err(self.fault(node.span(), "there are too many peers", advice));
            }
            let table = self.table(node, advice)?;
            self.known_keys(table, &["steps"])?;
            let mut peer = Peer::default();
            if let Some(steps) = table.get("steps") {
                for (index, node) in self.list(steps)?.iter().enumerate() {
                    if index == PEER_STEPS_MAX {
                        let advice = format!("a peer has at most {PEER_STEPS_MAX}");
                        return Err(self.fault(node.span(), "there are too many steps", advice));
                    }
                    peer.steps.push(self.line(node, step_read::read)?);
                }
            }
            peers.push(peer);
        }
        Ok(peers)
    }

    fn expect(&self, node: &Node<'_>) -> Result<Expect, TextError> {
        let table = self.table(node, "write [expect], and below it page, wire or breaks")?;
        self.known_keys(table, &["page", "wire", "breaks"])?;
        let mut expect = Expect::default();
        for (name, lines) in [("page", &mut expect.page), ("wire", &mut expect.wire)] {
            let Some(list) = table.get(name) else { continue };
            let lines = lines.get_or_insert_default();
            for (index, node) in self.list(list)?.iter().enumerate() {
                if index == SOCKETS_MAX {
                    let advice = format!("write one string for each of at most {SOCKETS_MAX} WebSockets");
                    return Err(self.fault(node.span(), "there are too many strings", advice));
                }
                lines.push(String::from(self.text(node)?));
            }
        }
        if let Some(node) = table.get("breaks") {
            let id = self.text(node)?;
            if let Some(known) = self.invariants.filter(|known| !known.contains(&id)) {
                let message = format!("unknown invariant {}", quoted(id));
                let advice = near::advise_or(id, known, "docs/invariants.md lists what there is");
                return Err(self.in_string(node, Fault::new(0..id.len(), message, advice)));
            }
            expect.breaks = Some(String::from(id));
        }
        Ok(expect)
    }

    /// What `read` makes of the string `node`.
    pub(super) fn line<T>(
        &mut self,
        node: &Node<'_>,
        read: impl FnOnce(&mut Cursor<'_>) -> Result<T, Fault>,
    ) -> Result<T, TextError> {
        let text = self.text(node)?;
        let mut budget = self.budget;
        let result = read(&mut Cursor::new(text, &mut budget));
        self.budget = budget;
        result.map_err(|fault| self.in_string(node, fault))
    }

    /// The string `node`.
    pub(super) fn text<'n>(&self, node: &'n Node<'_>) -> Result<&'n str, TextError> {
        match node.get_ref() {
            DeValue::String(text) => Ok(text),
            _ => Err(self.expected(node, "a string", "write it in quotes, '...' or \"...\"")),
        }
    }

    pub(super) fn list<'n, 's>(&self, node: &'n Node<'s>) -> Result<&'n DeArray<'s>, TextError> {
        match node.get_ref() {
            DeValue::Array(list) => Ok(list),
            _ => Err(self.expected(node, "a list of strings", "write it in brackets, ['...', '...']")),
        }
    }

    pub(super) fn table<'n, 's>(
        &self,
        node: &'n Node<'s>,
        advice: &str,
    ) -> Result<&'n DeTable<'s>, TextError> {
        match node.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.expected(node, "a table", advice)),
        }
    }

    /// The integer `node`, from 0 to `max`.
    pub(super) fn integer(&self, node: &Node<'_>, max: u64) -> Result<u64, TextError> {
        let advice = format!("write a number from 0 to {max}");
        let DeValue::Integer(integer) = node.get_ref() else {
            return Err(self.expected(node, "a number", &advice));
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        number.filter(|&number| number <= max).ok_or_else(|| {
            let written = &self.source[node.span()];
            self.fault(node.span(), format!("expected a number, found {}", quoted(written)), advice)
        })
    }

    /// Checks that `table` has no other keys than `known`; the first other one in the file is reported.
    pub(super) fn known_keys(&self, table: &DeTable<'_>, known: &[&str]) -> Result<(), TextError> {
        let unknown = table.iter().map(|(key, _)| key).filter(|key| !known.contains(&&**key.get_ref()));
        match unknown.min_by_key(|key| key.span().start) {
            None => Ok(()),
            Some(key) => {
                let name = key.get_ref();
                Err(self.fault(
                    key.span(),
                    format!("unknown key {}", quoted(name)),
                    near::advise(name, known),
                ))
            }
        }
    }

    pub(super) fn expected(&self, node: &Node<'_>, what: &str, advice: &str) -> TextError {
        let found = match node.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.fault(node.span(), format!("expected {what}, found {found}"), advice)
    }

    pub(super) fn fault(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> TextError {
        TextError::new(self.source, span, Fault::new(0..0, message, advice))
    }

    /// A fault whose span counts in the value of the string `node`.
    fn in_string(&self, node: &Node<'_>, fault: Fault) -> TextError {
        let raw = node.span();
        let written = &self.source[raw.clone()];
        let place = |decoded| raw.start + origin::offset(written, decoded);
        TextError::new(self.source, place(fault.span.start)..place(fault.span.end), fault)
    }
}
