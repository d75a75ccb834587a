//! One call of a page's function: printed.

use super::string::push_bytes;
use super::value::Printer;
use crate::page::{Call, CloseEventInit, Data, MadeBy, NewEvent, Value};
use crate::trace::{Attribute, EventMember, EventType, FunctionId, HandlerValue, ListenerOptions};

impl Printer<'_> {
    pub(super) fn call(&mut self, call: &Call) {
        match call {
            Call::Construct { url, protocols } => {
                self.text("new WebSocket(");
                self.string(url);
                for (index, protocol) in protocols.iter().enumerate() {
                    self.text(if index == 0 { ", [" } else { ", " });
                    self.string(protocol);
                }
                self.text(if protocols.is_empty() { ")" } else { "])" });
            }
            Call::ConstructInFrame { url } => {
                self.text("new frame.WebSocket(");
                self.string(url);
                self.text(")");
            }
            Call::RemoveFrame => self.text("frame.remove()"),
            Call::CloseWorker => self.text("self.close()"),
            Call::Close { on, code, reason } => {
                self.receiver(*on);
                self.text(".close(");
                if (code, reason) != (&Value::Undefined, &Value::Undefined) {
                    self.value(code);
                }
                if *reason != Value::Undefined {
                    self.text(", ");
                    self.value(reason);
                }
                self.text(")");
            }
            Call::Send { on, data } => {
                self.receiver(*on);
                self.text(".send(");
                match data {
                    Data::Text(text) => self.string(text),
                    Data::Binary(bytes) => push_bytes(self.line, bytes, self.budget),
                }
                self.text(")");
            }
            Call::AddListener { on, event_type, function, options } => {
                self.receiver(*on);
                self.text(".addEventListener(");
                self.listener(*event_type, *function);
                self.options(*options);
                self.text(")");
            }
            Call::RemoveListener { on, event_type, function, capture } => {
                self.receiver(*on);
                self.text(".removeEventListener(");
                self.listener(*event_type, *function);
                self.text(if *capture { ", true)" } else { ")" });
            }
            Call::SetHandler { on, event_type, value } => {
                self.receiver(*on);
                self.text(".on");
                self.event_type(*event_type);
                self.text(" = ");
                match value {
                    HandlerValue::Null => self.text("null"),
                    HandlerValue::Function(function) => self.function(*function),
                    HandlerValue::NotCallable => self.text("{}"),
                }
            }
            Call::Dispatch { on, event } => {
                self.receiver(*on);
                self.text(".dispatchEvent(");
                self.event(event);
                self.text(")");
            }
            Call::StopPropagation => self.text("event.stopPropagation()"),
            Call::StopImmediatePropagation => self.text("event.stopImmediatePropagation()"),
            Call::PreventDefault => self.text("event.preventDefault()"),
            Call::InitEvent { event_type, bubbles, cancelable } => {
                self.text("event.initEvent(\"");
                self.event_type(*event_type);
                self.format(format_args!("\", {bubbles}, {cancelable})"));
            }
            Call::KeepEvent => self.text("kept = event"),
            Call::Abort(signal) => self.format(format_args!("controller{}.abort()", signal.0)),
            Call::QueueMicrotask(function) => self.with_function("queueMicrotask(", *function, ")"),
            Call::SetTimeout(function, ms) => {
                self.with_function("setTimeout(", *function, ", ");
                self.format(format_args!("{ms})"));
            }
            Call::PostMessage(function) => self.with_function("postMessage(", *function, ")"),
            Call::Read(on, attribute) => {
                self.receiver(*on);
                self.text(match attribute {
                    Attribute::ReadyState => ".readyState",
                    Attribute::BufferedAmount => ".bufferedAmount",
                    Attribute::Protocol => ".protocol",
                    Attribute::Extensions => ".extensions",
                    Attribute::BinaryType => ".binaryType",
                });
            }
            Call::ReadEvent(event, member) => {
                self.text(event.name());
                self.text(".");
                self.text(member.name());
                if *member == EventMember::ComposedPath {
                    self.text("()");
                }
            }
            Call::SetBinaryType(on, value) => {
                self.receiver(*on);
                self.format(format_args!(".binaryType = \"{}\"", value.name()));
            }
            Call::Note(note) => self.format(format_args!("note({note})")),
            Call::Throw => self.text("throw"),
            Call::ReturnFalse => self.text("return false"),
        }
    }

    fn with_function(&mut self, before: &str, function: FunctionId, after: &str) {
        self.text(before);
        self.function(function);
        self.text(after);
    }

    fn listener(&mut self, event_type: EventType, function: FunctionId) {
        self.text("\"");
        self.event_type(event_type);
        self.text("\", ");
        self.function(function);
    }

    fn options(&mut self, options: ListenerOptions) {
        let ListenerOptions { capture, once, passive, signal } = options;
        let mut members = Members::default();
        for (is_set, text) in [(capture, "capture: true"), (once, "once: true"), (passive, "passive: true")] {
            if is_set {
                members.next(self);
                self.text(text);
            }
        }
        if let Some(signal) = signal {
            members.next(self);
            self.format(format_args!("signal: controller{}.signal", signal.0));
        }
        members.end(self);
    }

    fn event(&mut self, event: &NewEvent) {
        let of_event;
        let (maker, event_type, init) = match event {
            NewEvent::Current => return self.text("event"),
            NewEvent::Kept => return self.text("kept"),
            NewEvent::Event { event_type, bubbles, cancelable } => {
                of_event = CloseEventInit {
                    bubbles: *bubbles,
                    cancelable: *cancelable,
                    ..CloseEventInit::default()
                };
                ("new Event", event_type, &of_event)
            }
            NewEvent::CloseEvent(event_type, init) => match init.made_by {
                MadeBy::Constructor => ("new CloseEvent", event_type, init),
                MadeBy::InitCloseEvent => ("initCloseEvent", event_type, init),
            },
        };
        self.format(format_args!("{maker}(\""));
        self.event_type(*event_type);
        self.text("\"");
        let CloseEventInit { bubbles, cancelable, was_clean, code, reason, made_by: _ } = init;
        let mut members = Members::default();
        for (name, value) in [("code: ", code), ("reason: ", reason)] {
            if *value != Value::Undefined {
                members.next(self);
                self.text(name);
                self.value(value);
            }
        }
        for (is_set, text) in
            [(was_clean, "wasClean: true"), (bubbles, "bubbles: true"), (cancelable, "cancelable: true")]
        {
            if *is_set {
                members.next(self);
                self.text(text);
            }
        }
        members.end(self);
        self.text(")");
    }
}

/// The last argument of a call, if any of its members is set: `, {first, second}`.
#[derive(Debug, Default)]
struct Members {
    count: usize,
}

impl Members {
    fn next(&mut self, printer: &mut Printer<'_>) {
        printer.text(if self.count == 0 { ", {" } else { ", " });
        self.count += 1;
    }

    fn end(self, printer: &mut Printer<'_>) {
        if self.count > 0 {
            printer.text("}");
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::super::call_read::read;
    use super::super::error::Fault;
    use super::super::lexer::{Budget, Cursor};
    use super::*;

    fn parse(text: &str) -> Result<Call, Fault> {
        read(&mut Cursor::new(text, &mut Budget::new()), 4)
    }

    /// `text` is read, and printed as `want`, which is read as the same.
    #[track_caller]
    fn check(text: &str, want: &str) {
        let call = parse(text).expect(text);
        let mut line = String::new();
        Printer { line: &mut line, budget: &mut Budget::new() }.call(&call);
        assert_eq!(line, want);
        assert_eq!(parse(&line), Ok(call));
    }

    #[track_caller]
    fn check_fault(text: &str, at: usize, message: &str, advice: &str) {
        let fault = parse(text).expect_err(text);
        assert_eq!((fault.span.start, &*fault.message, &*fault.advice), (at, message, advice));
    }

    #[test]
    fn every_kind_of_call_is_read_and_printed() {
        for text in [
            r#"new WebSocket("ws://a.test/")"#,
            r#"new WebSocket("ws://a.test/", ["chat", "superchat"])"#,
            "ws0.onopen = f1",
            "this.onmessage = main",
            "window.onerror = null",
            "ws3.onclose = {}",
            r#"ws0.addEventListener("close", f2)"#,
            r#"ws0.addEventListener("x7", f2, {capture: true, once: true, passive: true, signal: controller3.signal})"#,
            r#"ws0.addEventListener("open", f2, {signal: controller0.signal})"#,
            r#"ws0.removeEventListener("message", f2)"#,
            r#"ws0.removeEventListener("error", f2, true)"#,
            "ws0.close()",
            "this.close(3000)",
            r#"ws0.close(1000, "bye")"#,
            r#"ws0.close(undefined, "why")"#,
            "ws0.close(object(f3, 1000), object(main, \"x\"))",
            r#"ws0.send("hello")"#,
            r#"ws0.send(bytes("00ff"))"#,
            r#"ws0.dispatchEvent(new CloseEvent("close", {code: 1000, reason: "x", wasClean: true, bubbles: true, cancelable: true}))"#,
            r#"ws0.dispatchEvent(new CloseEvent("x0"))"#,
            r#"ws0.dispatchEvent(new Event("x0", {bubbles: true, cancelable: true}))"#,
            r#"ws0.dispatchEvent(new Event("open"))"#,
            "ws0.dispatchEvent(event)",
            "ws0.dispatchEvent(kept)",
            "kept = event",
            "event.stopPropagation()",
            "event.stopImmediatePropagation()",
            "event.preventDefault()",
            "event.eventPhase",
            "event.composedPath()",
            "kept.eventPhase",
            "kept.composedPath()",
            r#"event.initEvent("x0", true, false)"#,
            "controller0.abort()",
            "queueMicrotask(f2)",
            "setTimeout(f2, 10)",
            "postMessage(f2)",
            "ws0.bufferedAmount",
            "ws0.readyState",
            "ws0.protocol",
            "ws0.extensions",
            "ws0.binaryType",
            r#"ws0.binaryType = "blob""#,
            r#"this.binaryType = "arraybuffer""#,
            "note(3)",
            "throw",
            "return false",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_is_written_otherwise_is_printed_in_one_form() {
        check(
            r#"  new  WebSocket( "ws://a.test/" , "chat" ) "#,
            r#"new WebSocket("ws://a.test/", ["chat"])"#,
        );
        check(r#"new WebSocket("u", [])"#, r#"new WebSocket("u")"#);
        check(
            r#"ws0.addEventListener("close", f1, true)"#,
            r#"ws0.addEventListener("close", f1, {capture: true})"#,
        );
        check(
            r#"ws0.addEventListener("close", f1, {once: true, capture: false, passive: true})"#,
            r#"ws0.addEventListener("close", f1, {once: true, passive: true})"#,
        );
        check(
            r#"ws0.removeEventListener("close", f1, {capture: true})"#,
            r#"ws0.removeEventListener("close", f1, true)"#,
        );
        check("ws0.close(undefined, undefined)", "ws0.close()");
        check("ws0.close(0x3e8, undefined)", "ws0.close(1000)");
        check(r#"event.initEvent("x0")"#, r#"event.initEvent("x0", false, false)"#);
        check("setTimeout(f1)", "setTimeout(f1, 0)");
        check("ws0.onopen={ }", "ws0.onopen = {}");
    }

    #[test]
    fn a_near_miss_is_told_the_right_word() {
        check_fault("ws0.clsoe()", 4, "unknown name `clsoe`", "did you mean `close`?");
        check_fault("ws0.onClose = f1", 4, "unknown name `onClose`", "did you mean `onclose`?");
        check_fault("settimeout(f1)", 0, "unknown call `settimeout`", "did you mean `setTimeout`?");
        check_fault("w0.close()", 0, "unknown call `w0`", "did you mean `ws0`?");
        check_fault(
            "event.preventdefault()",
            6,
            "unknown name `preventdefault`",
            "did you mean `preventDefault`?",
        );
        check_fault(
            "ws0.addEventListener(\"clos\", f1)",
            21,
            "unknown event type `clos`",
            "did you mean `close`?",
        );
        check_fault(
            "ws0.addEventListener(\"close\", f1, {Once: true})",
            35,
            "unknown name `Once`",
            "did you mean `once`?",
        );
        check_fault(
            "ws0.dispatchEvent(new Event(\"x0\", {code: 1}))",
            35,
            "unknown name `code`",
            "write `bubbles` or `cancelable`",
        );
    }

    #[test]
    fn a_fault_points_into_the_call() {
        let advice = "write ws0.binaryType = \"arraybuffer\" or \"blob\": any other value is ignored";
        for value in ["\"Blob\"", "f1", ""] {
            let text = format!("ws0.binaryType = {value}");
            let fault = parse(&text).expect_err("it is none of the two");
            assert_eq!(&*fault.advice, advice);
            assert!(fault.message.contains("`\"blob\"` or `\"arraybuffer\"`"), "{}", fault.message);
        }
        check_fault(
            "ws0.close(1000, bye)",
            16,
            "unknown value `bye`",
            "write `undefined`, `null`, `true`, `false`, `Symbol`, `NaN`, `Infinity` or `object`",
        );
        check_fault(
            "ws0.close(1000) ws1.close()",
            16,
            "expected the end of the line, found `ws1`",
            "a call is all of its string",
        );
        check_fault(
            "throw;",
            5,
            "expected the end of the line, found `;`",
            "leave the `;` out, one call is one string",
        );
        check_fault("return", 6, "expected `false`, found the end of the line", "write `false`");
        check_fault(
            "ws0.onopen = f4",
            13,
            "there is no function `f4`",
            "add `f4 = []` to [page], or name one of its functions",
        );
        check_fault(
            "ws4.close()",
            0,
            "there is no WebSocket `ws4`",
            "a page has at most 4 WebSockets, `ws0` to `ws3`",
        );
        check_fault(
            "controller4.abort()",
            0,
            "there is no `controller4`",
            "a page has 4 controllers, `controller0` to `controller3`",
        );
        check_fault(
            "ws0.dispatchEvent(new Event(\"x8\"))",
            28,
            "there is no event type `x8`",
            "the custom types are `x0` to `x7`",
        );
        check_fault(
            "note(256)",
            5,
            "expected the number of a note, found `256`",
            "write a number from 0 to 255",
        );
        check_fault(
            "ws0.addEventListener(\"close\", f1, {once: true, once: true})",
            47,
            "`once` is there twice",
            "leave one of them out",
        );
    }

    #[test]
    fn the_functions_of_a_call_are_those_that_it_prints() {
        let of = |text: &str| {
            let mut call = parse(text).expect(text);
            let functions: alloc::vec::Vec<_> = call.functions().collect();
            assert!(call.functions_mut().map(|function| *function).eq(functions.iter().copied()));
            functions.iter().map(|function| function.0).collect::<alloc::vec::Vec<_>>()
        };
        assert_eq!(of("ws0.close(object(f3, 1000), object(f2, \"x\"))"), [3, 2]);
        assert_eq!(of("ws0.dispatchEvent(new CloseEvent(\"close\", {reason: object(f3, 1)}))"), [3]);
        assert_eq!(of("ws0.onopen = f2"), [2]);
        assert_eq!(of("setTimeout(f1)"), [1]);
        assert!(of("throw").is_empty());
    }
}
