//! One call of a page's function: read.

use alloc::format;
use alloc::vec::Vec;

use super::error::Fault;
use super::lexer::{Cursor, Word};
use super::near;
use super::value::Reader;
use crate::page::{Call, CloseEventInit, Data, MadeBy, NewEvent, Receiver, Value};
use crate::trace::{
    Attribute, BinaryType, EventMember, EventType, FunctionId, HandlerValue, ListenerOptions, WhichEvent,
};

/// What a call can begin with.
const HEADS: [&str; 21] = [
    "new",
    "ws0",
    "ws1",
    "ws2",
    "ws3",
    "this",
    "window",
    "self",
    "frame",
    "event",
    "kept",
    "controller0",
    "controller1",
    "controller2",
    "controller3",
    "queueMicrotask",
    "setTimeout",
    "postMessage",
    "note",
    "throw",
    "return",
];

/// What a receiver has.
const MEMBERS: [&str; 14] = [
    "close",
    "send",
    "addEventListener",
    "removeEventListener",
    "dispatchEvent",
    "onopen",
    "onmessage",
    "onerror",
    "onclose",
    "bufferedAmount",
    "readyState",
    "protocol",
    "extensions",
    "binaryType",
];

const MEMBERS_OF_EVENT: [&str; 7] = [
    "stopPropagation",
    "stopImmediatePropagation",
    "preventDefault",
    "initEvent",
    "eventPhase",
    "composedPath",
    "defaultPrevented",
];

const MEMBERS_OF_KEPT: [&str; 3] = ["eventPhase", "composedPath", "defaultPrevented"];

/// Reads the call that is the whole of `cursor`'s line, in a page of so many functions.
pub(super) fn read(cursor: &mut Cursor<'_>, functions: usize) -> Result<Call, Fault> {
    let mut reader = Reader { cursor, functions };
    let call = reader.call()?;
    reader.cursor.end("a call is all of its string")?;
    Ok(call)
}

impl<'a> Reader<'_, 'a> {
    fn call(&mut self) -> Result<Call, Fault> {
        let head = self.cursor.name();
        if let Some(on) = Self::receiver(head)? {
            self.cursor.expect('.', "name what is called, as in ws0.close()")?;
            return self.member(on);
        }
        if let Some(signal) = Self::controller(head)? {
            self.cursor.expect('.', "write controller0.abort()")?;
            self.keyword("abort")?;
            self.no_arguments()?;
            return Ok(Call::Abort(signal));
        }
        match head.text {
            "new" => self.construct(),
            "self" => {
                self.cursor.expect('.', "write self.close()")?;
                self.keyword("close")?;
                self.no_arguments()?;
                Ok(Call::CloseWorker)
            }
            "frame" => {
                self.cursor.expect('.', "write frame.remove()")?;
                self.keyword("remove")?;
                self.no_arguments()?;
                Ok(Call::RemoveFrame)
            }
            "event" => {
                self.cursor.expect('.', "name what is called, as in event.preventDefault()")?;
                self.member_of_event()
            }
            "kept" if self.cursor.eat('.') => {
                let member = self.cursor.name();
                match self.place_in_dispatch(member)? {
                    Some(read) => Ok(Call::ReadEvent(WhichEvent::Kept, read)),
                    None => Err(self.unknown_member(member, &MEMBERS_OF_KEPT)),
                }
            }
            "kept" => {
                self.cursor.expect('=', "write kept = event")?;
                self.keyword("event")?;
                Ok(Call::KeepEvent)
            }
            "queueMicrotask" => self.one_function().map(Call::QueueMicrotask),
            "postMessage" => self.one_function().map(Call::PostMessage),
            "setTimeout" => {
                self.open()?;
                let function = self.function()?;
                let ms = if self.next() { self.cursor.decimal("milliseconds", u32::MAX)? } else { 0 };
                self.close()?;
                Ok(Call::SetTimeout(function, ms))
            }
            "note" => {
                self.open()?;
                let note = self.cursor.decimal("the number of a note", u32::from(u8::MAX))?;
                self.close()?;
                Ok(Call::Note(note as u8))
            }
            "throw" => Ok(Call::Throw),
            "return" => {
                self.keyword("false")?;
                Ok(Call::ReturnFalse)
            }
            "" => Err(self.cursor.expected("a call", "calls are as in ws0.close(1000, \"bye\") or throw")),
            unknown => {
                Err(head.fault(format!("unknown call {}", head.quoted()), near::advise(unknown, &HEADS)))
            }
        }
    }

    fn member(&mut self, on: Receiver) -> Result<Call, Fault> {
        let member = self.cursor.name();
        if let Some(event_type) = Self::handler_type(member.text) {
            self.cursor.expect('=', "write ws0.onclose = f1, null or {}")?;
            return self.handler_value().map(|value| Call::SetHandler { on, event_type, value });
        }
        match member.text {
            "close" => {
                self.open()?;
                let (mut code, mut reason) = (Value::Undefined, Value::Undefined);
                if self.cursor.peek() != Some(')') {
                    code = self.value()?;
                    if self.next() {
                        reason = self.value()?;
                    }
                }
                self.close()?;
                Ok(Call::Close { on, code, reason })
            }
            "send" => {
                self.open()?;
                let data = self.data()?;
                self.close()?;
                Ok(Call::Send { on, data })
            }
            "addEventListener" => {
                let (event_type, function) = self.listener()?;
                let options = if self.next() { self.listener_options()? } else { ListenerOptions::default() };
                self.close()?;
                Ok(Call::AddListener { on, event_type, function, options })
            }
            "removeEventListener" => {
                let (event_type, function) = self.listener()?;
                let capture = self.next() && self.listener_options()?.capture;
                self.close()?;
                Ok(Call::RemoveListener { on, event_type, function, capture })
            }
            "dispatchEvent" => {
                self.open()?;
                let event = self.new_event()?;
                self.close()?;
                Ok(Call::Dispatch { on, event })
            }
            "bufferedAmount" => Ok(Call::Read(on, Attribute::BufferedAmount)),
            "readyState" => Ok(Call::Read(on, Attribute::ReadyState)),
            "protocol" => Ok(Call::Read(on, Attribute::Protocol)),
            "extensions" => Ok(Call::Read(on, Attribute::Extensions)),
            "binaryType" if self.cursor.eat('=') => {
                self.binary_type().map(|value| Call::SetBinaryType(on, value))
            }
            "binaryType" => Ok(Call::Read(on, Attribute::BinaryType)),
            _ => Err(self.unknown_member(member, &MEMBERS)),
        }
    }

    fn construct(&mut self) -> Result<Call, Fault> {
        let name = self.cursor.name();
        let is_in_frame = name.text == "frame";
        if is_in_frame {
            self.cursor.expect('.', "write new frame.WebSocket(\"ws://a.test/\")")?;
        } else {
            self.cursor.at = name.at;
        }
        self.keyword("WebSocket")?;
        self.open()?;
        let url = self.js_string()?;
        if is_in_frame {
            self.close()?;
            return Ok(Call::ConstructInFrame { url });
        }
        let mut protocols = Vec::new();
        if self.next() {
            if self.cursor.eat('[') {
                while self.cursor.peek() != Some(']') {
                    protocols.push(self.js_string()?);
                    if !self.next() {
                        break;
                    }
                }
                self.cursor.expect(']', "write the subprotocols as in [\"chat\", \"superchat\"]")?;
            } else {
                protocols.push(self.js_string()?);
            }
        }
        self.close()?;
        Ok(Call::Construct { url, protocols })
    }

    fn handler_value(&mut self) -> Result<HandlerValue, Fault> {
        const ADVICE: &str = "write ws0.onclose = f1, null or {}";
        if self.cursor.eat('{') {
            self.cursor.expect('}', ADVICE)?;
            return Ok(HandlerValue::NotCallable);
        }
        let name = self.cursor.name();
        match name.text {
            "null" => Ok(HandlerValue::Null),
            "" => Err(self.cursor.expected("a function, `null` or `{}`", ADVICE)),
            _ => {
                self.cursor.at = name.at;
                self.function().map(HandlerValue::Function)
            }
        }
    }

    fn binary_type(&mut self) -> Result<BinaryType, Fault> {
        const ADVICE: &str = "write ws0.binaryType = \"arraybuffer\" or \"blob\": any other value is ignored";
        let at = self.cursor.at;
        if self.cursor.peek() == Some('"') {
            let units = self.cursor.string()?;
            let known = BinaryType::ALL
                .into_iter()
                .find(|value| value.name().encode_utf16().eq(units.iter().copied()));
            if let Some(value) = known {
                return Ok(value);
            }
            self.cursor.at = at;
        }
        Err(self.cursor.expected("`\"blob\"` or `\"arraybuffer\"`", ADVICE))
    }

    fn data(&mut self) -> Result<Data, Fault> {
        const ADVICE: &str = "write send(\"text\") or send(bytes(\"00ff\"))";
        match self.cursor.peek() {
            Some('"') => self.js_string().map(Data::Text),
            _ => {
                let name = self.cursor.name();
                if name.text == "bytes" {
                    return self.cursor.bytes_in_parentheses().map(|bytes| Data::Binary(bytes.into()));
                }
                self.cursor.at = name.at;
                Err(self.cursor.expected("data", ADVICE))
            }
        }
    }

    fn listener(&mut self) -> Result<(EventType, FunctionId), Fault> {
        const ADVICE: &str = "write the type and the function, as in addEventListener(\"close\", f1)";
        self.open()?;
        let event_type = self.event_type()?;
        self.cursor.expect(',', ADVICE)?;
        Ok((event_type, self.function()?))
    }

    fn listener_options(&mut self) -> Result<ListenerOptions, Fault> {
        let mut options = ListenerOptions::default();
        if self.cursor.peek() != Some('{') {
            options.capture = self.boolean()?;
            return Ok(options);
        }
        self.members(&["capture", "once", "passive", "signal"], |reader, member| {
            match member {
                "capture" => options.capture = reader.boolean()?,
                "once" => options.once = reader.boolean()?,
                "passive" => options.passive = reader.boolean()?,
                _ => {
                    const ADVICE: &str = "write signal: controller0.signal";
                    let name = reader.cursor.name();
                    let Some(signal) = Self::controller(name)? else {
                        reader.cursor.at = name.at;
                        return Err(reader.cursor.expected("a controller", ADVICE));
                    };
                    reader.cursor.expect('.', ADVICE)?;
                    reader.keyword("signal")?;
                    options.signal = Some(signal);
                }
            }
            Ok(())
        })?;
        Ok(options)
    }

    fn new_event(&mut self) -> Result<NewEvent, Fault> {
        let name = self.cursor.name();
        match name.text {
            "event" => return Ok(NewEvent::Current),
            "kept" => return Ok(NewEvent::Kept),
            "initCloseEvent" => return self.close_event(MadeBy::InitCloseEvent),
            "new" => {}
            _ => {
                self.cursor.at = name.at;
                let advice =
                    "write `event`, `kept`, new Event(\"x0\") or new CloseEvent(\"close\", {code: 1000})";
                return Err(self.cursor.expected("an event", advice));
            }
        }
        let interface = self.cursor.name();
        if !["Event", "CloseEvent"].contains(&interface.text) {
            self.cursor.at = interface.at;
            let advice = near::advise(interface.text, &["Event", "CloseEvent"]);
            return Err(self.cursor.expected("the interface of an event", &advice));
        }
        if interface.text == "CloseEvent" {
            return self.close_event(MadeBy::Constructor);
        }
        self.open()?;
        let event_type = self.event_type()?;
        let init = self.event_init(&["bubbles", "cancelable"])?;
        self.close()?;
        Ok(NewEvent::Event { event_type, bubbles: init.bubbles, cancelable: init.cancelable })
    }

    /// The arguments of what makes a `CloseEvent`.
    fn close_event(&mut self, made_by: MadeBy) -> Result<NewEvent, Fault> {
        self.open()?;
        let event_type = self.event_type()?;
        let init = self.event_init(&["bubbles", "cancelable", "code", "reason", "wasClean"])?;
        self.close()?;
        Ok(NewEvent::CloseEvent(event_type, CloseEventInit { made_by, ..init }))
    }

    fn event_init(&mut self, known: &[&str]) -> Result<CloseEventInit, Fault> {
        let mut init = CloseEventInit::default();
        if self.next() {
            self.members(known, |reader, member| {
                match member {
                    "bubbles" => init.bubbles = reader.boolean()?,
                    "cancelable" => init.cancelable = reader.boolean()?,
                    "wasClean" => init.was_clean = reader.boolean()?,
                    "code" => init.code = reader.value()?,
                    _ => init.reason = reader.value()?,
                }
                Ok(())
            })?;
        }
        Ok(init)
    }

    fn member_of_event(&mut self) -> Result<Call, Fault> {
        let member = self.cursor.name();
        let call = match member.text {
            "stopPropagation" => Call::StopPropagation,
            "stopImmediatePropagation" => Call::StopImmediatePropagation,
            "preventDefault" => Call::PreventDefault,
            "initEvent" => {
                self.open()?;
                let event_type = self.event_type()?;
                let bubbles = self.next() && self.boolean()?;
                let cancelable = self.next() && self.boolean()?;
                self.close()?;
                return Ok(Call::InitEvent { event_type, bubbles, cancelable });
            }
            _ => {
                return match self.place_in_dispatch(member)? {
                    Some(read) => Ok(Call::ReadEvent(WhichEvent::Current, read)),
                    None => Err(self.unknown_member(member, &MEMBERS_OF_EVENT)),
                };
            }
        };
        self.no_arguments()?;
        Ok(call)
    }

    fn place_in_dispatch(&mut self, member: Word<'a>) -> Result<Option<EventMember>, Fault> {
        match member.text {
            "eventPhase" => Ok(Some(EventMember::EventPhase)),
            "defaultPrevented" => Ok(Some(EventMember::DefaultPrevented)),
            "composedPath" => {
                self.no_arguments()?;
                Ok(Some(EventMember::ComposedPath))
            }
            _ => Ok(None),
        }
    }

    /// `{name: value, ...}`, every name at most once; `read` is called at each value.
    fn members(
        &mut self,
        known: &[&str],
        mut read: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let advice = format!("write them as in {{{}: ...}}", known[0]);
        self.cursor.expect('{', &advice)?;
        let mut seen = Vec::new();
        while self.cursor.peek() != Some('}') {
            let name = self.cursor.name();
            if !known.contains(&name.text) {
                return Err(self.unknown_member(name, known));
            }
            if seen.contains(&name.text) {
                return Err(name.fault(format!("{} is there twice", name.quoted()), "leave one of them out"));
            }
            seen.push(name.text);
            self.cursor.expect(':', &advice)?;
            read(self, name.text)?;
            if !self.next() {
                break;
            }
        }
        self.cursor.expect('}', "separate them by `,` and close the brace")
    }

    fn unknown_member(&mut self, name: Word<'a>, known: &[&str]) -> Fault {
        if name.text.is_empty() {
            return self.cursor.expected("a name", &near::one_of(known));
        }
        name.fault(format!("unknown name {}", name.quoted()), near::advise(name.text, known))
    }

    fn one_function(&mut self) -> Result<FunctionId, Fault> {
        self.open()?;
        let function = self.function()?;
        self.close()?;
        Ok(function)
    }

    fn no_arguments(&mut self) -> Result<(), Fault> {
        self.open()?;
        self.cursor.expect(')', "it takes no arguments")
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), Fault> {
        let name = self.cursor.name();
        if name.text == keyword {
            return Ok(());
        }
        self.cursor.at = name.at;
        Err(self.cursor.expected(&format!("`{keyword}`"), &near::advise(name.text, &[keyword])))
    }

    fn open(&mut self) -> Result<(), Fault> {
        self.cursor.expect('(', "write the arguments in parentheses")
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.cursor.expect(
            ')',
            "separate the arguments by `,`, leave superfluous ones out and close the parenthesis",
        )
    }

    /// Whether another argument follows.
    fn next(&mut self) -> bool {
        self.cursor.eat(',')
    }
}
