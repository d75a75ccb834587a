//! The operands of a page's calls: values, functions, event types, receivers.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::error::Fault;
use super::lexer::{Budget, Cursor, Word};
use super::near;
use super::number::{Numeric, push_number};
use super::string::push_string;
use crate::page::{Primitive, Receiver, Value};
use crate::scenario::bounds::{CUSTOM_TYPES_MAX, FUNCTIONS_MAX, SIGNALS_MAX, SOCKETS_MAX};
use crate::trace::{EventType, FunctionId, SignalId};

/// The values that are words.
const WORDS: [(&str, Value); 5] = [
    ("undefined", Value::Undefined),
    ("null", Value::Null),
    ("true", Value::Boolean(true)),
    ("false", Value::Boolean(false)),
    ("Symbol", Value::Symbol),
];

/// The event types that a user agent fires.
const TYPES: [(&str, EventType); 6] = [
    ("open", EventType::Open),
    ("message", EventType::Message),
    ("error", EventType::Error),
    ("close", EventType::Close),
    ("pagehide", EventType::PageHide),
    ("unload", EventType::Unload),
];

/// How many of them, from the front, have a handler that a page sets.
const HANDLERS: usize = 4;

/// The number in a name such as `ws0`, if the name is `prefix` and a number without superfluous zeros.
pub(super) fn numbered(name: &str, prefix: &str) -> Option<usize> {
    let digits = name.strip_prefix(prefix)?;
    let is_number = digits == "0" || !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    // A number too large for the type is above every bound.
    (is_number && !digits.is_empty()).then(|| digits.parse().unwrap_or(usize::MAX))
}

/// Reads what stands in a page's function.
#[derive(Debug)]
pub(super) struct Reader<'c, 'a> {
    pub(super) cursor: &'c mut Cursor<'a>,
    /// How many functions the page has.
    pub(super) functions: usize,
}

impl<'a> Reader<'_, 'a> {
    /// A string of the page.
    pub(super) fn js_string(&mut self) -> Result<Cow<'static, [u16]>, Fault> {
        self.cursor.string().map(Cow::Owned)
    }

    /// A value, as `close()` takes it.
    pub(super) fn value(&mut self) -> Result<Value, Fault> {
        const ADVICE: &str =
            "values are as in 1000, \"bye\", undefined, null, true, 1000n, Symbol() and object(f1, 1000)";
        if let Some(value) = self.number_or_string()? {
            return Ok(value);
        }
        let name = self.cursor.name();
        match name.text {
            "" => Err(self.cursor.expected("a value", ADVICE)),
            "Symbol" => {
                self.cursor.expect('(', "write Symbol()")?;
                self.cursor.expect(')', "write Symbol()")?;
                Ok(Value::Symbol)
            }
            "object" => {
                const FORM: &str =
                    "write object(f1, 1000): the function that the conversion calls and the value";
                self.cursor.expect('(', FORM)?;
                let function = self.function()?;
                self.cursor.expect(',', FORM)?;
                self.cursor.rest();
                let start = self.cursor.at;
                let primitive = match self.number_or_string()? {
                    Some(Value::Number(bits)) => Primitive::Number(bits),
                    Some(Value::String(string)) => Primitive::String(string),
                    Some(_) | None => {
                        self.cursor.at = start;
                        return Err(self.cursor.expected("a number or a string", FORM));
                    }
                };
                self.cursor.expect(')', FORM)?;
                Ok(Value::Object(function, primitive))
            }
            word => match WORDS.iter().find(|(known, _)| *known == word) {
                Some((_, value)) => Ok(value.clone()),
                None => {
                    let known: Vec<_> =
                        WORDS.iter().map(|&(known, _)| known).chain(["NaN", "Infinity", "object"]).collect();
                    Err(name.fault(format!("unknown value {}", name.quoted()), near::advise(word, &known)))
                }
            },
        }
    }

    /// A number or a string, if one is next.
    fn number_or_string(&mut self) -> Result<Option<Value>, Fault> {
        let rest = self.cursor.rest();
        match rest.chars().next() {
            Some('"') => return self.js_string().map(|string| Some(Value::String(string))),
            Some('0'..='9' | '-' | '.') => {}
            _ if rest.starts_with("NaN") || rest.starts_with("Infinity") => {}
            _ => return Ok(None),
        }
        self.cursor.number().map(|number| match number {
            Numeric::Number(bits) => Some(Value::Number(bits)),
            Numeric::BigInt(integer) => Some(Value::BigInt(integer)),
        })
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self) -> Result<bool, Fault> {
        let name = self.cursor.name();
        match name.text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => {
                self.cursor.at = name.at;
                Err(self.cursor.expected("`true` or `false`", "this argument is a boolean"))
            }
        }
    }

    /// The name of a function that is there.
    pub(super) fn function(&mut self) -> Result<FunctionId, Fault> {
        let name = self.cursor.name();
        let number = if name.text == "main" { Some(0) } else { numbered(name.text, "f") };
        match number {
            Some(0) if name.text == "f0" => Err(name.fault("unknown function `f0`", "did you mean `main`?")),
            Some(number) if number < self.functions => Ok(FunctionId(number as u8)),
            Some(number) if number >= FUNCTIONS_MAX => Err(name.fault(
                format!("there is no function {}", name.quoted()),
                format!(
                    "a page has at most {FUNCTIONS_MAX} functions, `main` and `f1` to `f{}`",
                    FUNCTIONS_MAX - 1
                ),
            )),
            Some(_) => Err(name.fault(
                format!("there is no function {}", name.quoted()),
                format!("add `{} = []` to [page], or name one of its functions", name.text),
            )),
            None => {
                self.cursor.at = name.at;
                Err(self
                    .cursor
                    .expected("a function", "the functions of a page are `main`, `f1`, `f2` and so on"))
            }
        }
    }

    /// An event type in quotes.
    pub(super) fn event_type(&mut self) -> Result<EventType, Fault> {
        self.cursor.rest();
        let start = self.cursor.at;
        let name = self.cursor.utf8_string()?;
        if let Some((_, event_type)) = TYPES.iter().find(|(known, _)| *known == name) {
            return Ok(*event_type);
        }
        let found = self.cursor.within(start);
        match numbered(&name, "x") {
            Some(number) if number < CUSTOM_TYPES_MAX => Ok(EventType::Custom(number as u8)),
            Some(_) => Err(found.fault(
                format!("there is no event type {}", super::lexer::quoted(&name)),
                format!("the custom types are `x0` to `x{}`", CUSTOM_TYPES_MAX - 1),
            )),
            None => Err(found.fault(
                format!("unknown event type {}", super::lexer::quoted(&name)),
                near::advise(&name, &["open", "message", "error", "close", "pagehide", "unload", "x0", "x7"]),
            )),
        }
    }

    /// `name` as the name of an event handler attribute.
    pub(super) fn handler_type(name: &str) -> Option<EventType> {
        let name = name.strip_prefix("on")?;
        TYPES[..HANDLERS].iter().find(|(known, _)| *known == name).map(|&(_, event_type)| event_type)
    }

    /// `name` as a receiver; `None` if it is nothing like one.
    pub(super) fn receiver(name: Word<'a>) -> Result<Option<Receiver>, Fault> {
        match (name.text, numbered(name.text, "ws")) {
            ("this", _) => Ok(Some(Receiver::This)),
            ("window", _) => Ok(Some(Receiver::Global)),
            (_, Some(number)) if number < SOCKETS_MAX => Ok(Some(Receiver::Socket(number as u8))),
            (_, Some(_)) => Err(name.fault(
                format!("there is no WebSocket {}", name.quoted()),
                format!("a page has at most {SOCKETS_MAX} WebSockets, `ws0` to `ws{}`", SOCKETS_MAX - 1),
            )),
            (_, None) => Ok(None),
        }
    }

    /// `name` as an abort controller; `None` if it is nothing like one.
    pub(super) fn controller(name: Word<'a>) -> Result<Option<SignalId>, Fault> {
        match numbered(name.text, "controller") {
            Some(number) if number < SIGNALS_MAX => Ok(Some(SignalId(number as u8))),
            Some(_) => Err(name.fault(
                format!("there is no {}", name.quoted()),
                format!(
                    "a page has {SIGNALS_MAX} controllers, `controller0` to `controller{}`",
                    SIGNALS_MAX - 1
                ),
            )),
            None => Ok(None),
        }
    }
}

/// Appends what makes up a page's call to a line.
#[derive(Debug)]
pub(super) struct Printer<'a> {
    pub(super) line: &'a mut String,
    pub(super) budget: &'a mut Budget,
}

impl Printer<'_> {
    pub(super) fn text(&mut self, text: &str) {
        self.line.push_str(text);
    }

    pub(super) fn format(&mut self, arguments: core::fmt::Arguments<'_>) {
        self.line.write_fmt(arguments).expect("a string takes everything");
    }

    pub(super) fn string(&mut self, units: &[u16]) {
        push_string(self.line, units, self.budget);
    }

    pub(super) fn function(&mut self, function: FunctionId) {
        match function.0 {
            0 => self.text("main"),
            number => self.format(format_args!("f{number}")),
        }
    }

    pub(super) fn receiver(&mut self, receiver: Receiver) {
        match receiver {
            Receiver::This => self.text("this"),
            Receiver::Socket(number) => self.format(format_args!("ws{number}")),
            Receiver::Global => self.text("window"),
        }
    }

    /// The event type without quotes.
    pub(super) fn event_type(&mut self, event_type: EventType) {
        match event_type {
            EventType::Open => self.text("open"),
            EventType::Message => self.text("message"),
            EventType::Error => self.text("error"),
            EventType::Close => self.text("close"),
            EventType::Custom(number) => self.format(format_args!("x{number}")),
            EventType::PageHide => self.text("pagehide"),
            EventType::Unload => self.text("unload"),
        }
    }

    pub(super) fn value(&mut self, value: &Value) {
        match value {
            Value::Undefined => self.text("undefined"),
            Value::Null => self.text("null"),
            Value::Boolean(true) => self.text("true"),
            Value::Boolean(false) => self.text("false"),
            Value::Number(bits) => push_number(self.line, *bits),
            Value::BigInt(integer) => self.format(format_args!("{integer}n")),
            Value::Symbol => self.text("Symbol()"),
            Value::String(string) => self.string(string),
            Value::Object(function, primitive) => {
                self.text("object(");
                self.function(*function);
                self.text(", ");
                match primitive {
                    Primitive::Number(bits) => push_number(self.line, *bits),
                    Primitive::String(string) => self.string(string),
                }
                self.text(")");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, Fault> {
        let mut budget = Budget::new();
        let mut cursor = Cursor::new(text, &mut budget);
        Reader { cursor: &mut cursor, functions: 3 }.value()
    }

    #[track_caller]
    fn check(value: &Value, want: &str) {
        let mut line = String::new();
        Printer { line: &mut line, budget: &mut Budget::new() }.value(value);
        assert_eq!(line, want);
        assert_eq!(read(&line).as_ref(), Ok(value));
    }

    #[track_caller]
    fn check_fault(text: &str, message: &str, advice: &str) {
        let fault = read(text).expect_err(text);
        assert_eq!((&*fault.message, &*fault.advice), (message, advice));
    }

    #[test]
    fn values_are_printed_and_read_back() {
        for (word, value) in &WORDS[..4] {
            check(value, word);
        }
        check(&Value::Symbol, "Symbol()");
        check(&Value::BigInt(-1000), "-1000n");
        check(&Value::number(f64::NAN), "NaN");
        check(&Value::number(f64::NEG_INFINITY), "-Infinity");
        check(&Value::string("bye"), "\"bye\"");
        check(&Value::Object(FunctionId(2), Primitive::Number(0)), "object(f2, 0)");
        check(
            &Value::Object(FunctionId(0), Primitive::String((&[0xd800][..]).into())),
            r#"object(main, "\ud800")"#,
        );
    }

    #[test]
    fn a_wrong_value_is_told_what_would_be_right() {
        check_fault("nul", "unknown value `nul`", "did you mean `null`?");
        check_fault("nan", "unknown value `nan`", "did you mean `NaN`?");
        check_fault("Symbol", "expected `(`, found the end of the line", "write Symbol()");
        check_fault(
            "object(f3, 1)",
            "there is no function `f3`",
            "add `f3 = []` to [page], or name one of its functions",
        );
        check_fault(
            "object(f31, 1)",
            "there is no function `f31`",
            "add `f31 = []` to [page], or name one of its functions",
        );
        check_fault(
            "object(f32, 1)",
            "there is no function `f32`",
            "a page has at most 32 functions, `main` and `f1` to `f31`",
        );
        check_fault("object(f0, 1)", "unknown function `f0`", "did you mean `main`?");
        assert_eq!(read("object(f1, null)").expect_err("null").span, 11..15);
        assert_eq!(read("object(f1, object(f1, 1))").expect_err("nested").span, 11..17);
    }

    #[test]
    fn a_numbered_name_has_no_superfluous_zeros() {
        assert_eq!(numbered("ws0", "ws"), Some(0));
        assert_eq!(numbered("ws10", "ws"), Some(10));
        assert_eq!(numbered("ws99999999999999999999999", "ws"), Some(usize::MAX));
        for name in ["ws", "ws01", "ws-1", "ws+1", "wsx", "sw0"] {
            assert_eq!(numbered(name, "ws"), None, "{name}");
        }
    }
}
