//! The records of the JSON Lines form of a trace, as serde values (`docs/trace-schema.md`).
//!
//! A header comes first. Each byte string has a record of its own before the first entry that refers to it, and
//! gets its number there, so a file does not depend on what else a run has stored; writing what was read gives the
//! same records again.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::any_value;
use super::literal::{hex, is_printable};
use super::{Entry, PayloadId, Payloads, Trace};

/// The version of the schema that this crate writes and reads.
pub const FORMAT: u32 = 1;

/// One line of the file.
///
/// Its kind is told by its keys, so that a reader can ignore the ones that it does not know: what has `entry` is an
/// entry, else what has `payload` is a byte string, else what has `format` is a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Record {
    /// The first line.
    Header(Header),
    /// A byte string.
    Payload(Payload),
    /// Something that happened.
    Entry(Timed),
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, which is an object with `entry`, `payload` or `format`")
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Record, A::Error> {
        let fields = any_value::fields(access)?;
        let [is_entry, is_payload, is_header] =
            ["entry", "payload", "format"].map(|name| any_value::has(&fields, name));
        let fields = MapDeserializer::new(fields.into_iter());
        if is_entry {
            Timed::deserialize(fields).map(Record::Entry)
        } else if is_payload {
            Payload::deserialize(fields).map(Record::Payload)
        } else if is_header {
            Header::deserialize(fields).map(Record::Header)
        } else {
            Err(A::Error::custom(
                "a record has `entry`, `payload` or `format`, and this one has none of them",
            ))
        }
    }
}

/// What the file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the schema.
    pub format: u32,
    /// Who observed it: the model, or a user agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The name of the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The name of the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
}

impl Default for Header {
    fn default() -> Self {
        Self { format: FORMAT, agent: None, profile: None, scenario: None }
    }
}

/// A byte string and its number. Number 0 is the empty one; it has no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The number by which entries refer to it.
    pub payload: PayloadId,
    /// The bytes, two hexadecimal digits each.
    pub hex: String,
    /// The same as text, for people, where it is printable UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// An entry and when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timed {
    /// Microseconds of virtual time since the beginning, those of an `elapse` entry included.
    pub t: u64,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

/// The records of `trace` after `header`, in order.
pub fn records(header: Header, trace: &Trace) -> impl Iterator<Item = Record> {
    let mut numbers = alloc::vec![None; trace.payloads.count()];
    numbers[0] = Some(PayloadId::EMPTY);
    let mut written = Payloads::new();
    let mut t = 0_u64;
    let entries = trace.entries.iter().flat_map(move |&entry| {
        t = t.saturating_add(elapsed(&entry));
        let mut out = Vec::new();
        let renumbered = entry.try_map_payloads(|id| {
            let number = numbers[id.index()].get_or_insert_with(|| {
                let bytes = trace.payloads.get(id);
                let number = written.intern(bytes).expect("no more byte strings than in the trace");
                let text = core::str::from_utf8(bytes).ok().filter(|text| is_printable(text));
                out.push(Record::Payload(Payload {
                    payload: number,
                    hex: hex(bytes),
                    text: text.map(Into::into),
                }));
                number
            });
            Ok::<_, Infallible>(*number)
        });
        let Ok(entry) = renumbered;
        out.push(Record::Entry(Timed { t, entry }));
        out
    });
    core::iter::once(Record::Header(header)).chain(entries)
}

fn elapsed(entry: &Entry) -> u64 {
    match *entry {
        Entry::Elapse { by_us } => by_us,
        _ => 0,
    }
}

/// Rebuilds a trace from its records, which it takes one by one.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    header: Option<Header>,
    numbers: BTreeMap<PayloadId, PayloadId>,
    trace: Trace,
    t: u64,
    count: usize,
}

impl Reader {
    /// A reader that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next record.
    ///
    /// # Errors
    ///
    /// The first offence of the record. The reader must not be used any more then.
    pub fn push(&mut self, record: Record) -> Result<(), RecordError> {
        self.count += 1;
        let line = self.count;
        self.take(record).map_err(|offence| RecordError { line, offence })
    }

    /// The header and the trace, when all records are taken.
    ///
    /// # Errors
    ///
    /// [`Offence::NoHeader`] if there was none.
    pub fn finish(self) -> Result<(Header, Trace), RecordError> {
        match self.header {
            Some(header) => Ok((header, self.trace)),
            None => Err(RecordError { line: self.count + 1, offence: Offence::NoHeader }),
        }
    }

    fn take(&mut self, record: Record) -> Result<(), Offence> {
        match (record, &self.header) {
            (Record::Header(header), None) if header.format == FORMAT => {
                self.header = Some(header);
                self.numbers.insert(PayloadId::EMPTY, PayloadId::EMPTY);
                Ok(())
            }
            (Record::Header(header), None) => Err(Offence::UnknownFormat(header.format)),
            (Record::Header(_), Some(_)) => Err(Offence::SecondHeader),
            (Record::Payload(_) | Record::Entry(_), None) => Err(Offence::NoHeader),
            (Record::Payload(payload), Some(_)) => self.take_payload(&payload),
            (Record::Entry(timed), Some(_)) => self.take_entry(timed),
        }
    }

    fn take_payload(&mut self, payload: &Payload) -> Result<(), Offence> {
        let bytes = unhex(&payload.hex).ok_or(Offence::NotHex)?;
        if payload.text.as_ref().is_some_and(|text| text.as_bytes() != bytes) {
            return Err(Offence::TextDiffers);
        }
        let number = self.trace.payloads.intern(&bytes).ok_or(Offence::TooManyPayloads)?;
        match self.numbers.insert(payload.payload, number) {
            None => Ok(()),
            Some(_) => Err(Offence::PayloadTwice(payload.payload)),
        }
    }

    fn take_entry(&mut self, timed: Timed) -> Result<(), Offence> {
        self.t = self.t.saturating_add(elapsed(&timed.entry));
        if timed.t != self.t {
            return Err(Offence::Time { expected: self.t, found: timed.t });
        }
        let entry = timed
            .entry
            .try_map_payloads(|id| self.numbers.get(&id).copied().ok_or(Offence::UnknownPayload(id)))?;
        self.trace.emit(entry);
        Ok(())
    }
}

/// The header and the trace that `records` make up.
///
/// # Errors
///
/// The first record that does not fit.
pub fn read(records: impl IntoIterator<Item = Record>) -> Result<(Header, Trace), RecordError> {
    let mut reader = Reader::new();
    for record in records {
        reader.push(record)?;
    }
    reader.finish()
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    digits.chunks_exact(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

/// A record that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordError {
    /// Its position, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub offence: Offence,
}

/// What can be wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offence {
    /// The first record is not a header.
    NoHeader,
    /// The schema's version is one that this crate does not know.
    UnknownFormat(u32),
    /// A header behind the first record.
    SecondHeader,
    /// The digits of a byte string are not hexadecimal, or their number is odd.
    NotHex,
    /// The text of a byte string is not what its digits say.
    TextDiffers,
    /// A number is given to two byte strings; 0 is the empty one's.
    PayloadTwice(PayloadId),
    /// More byte strings than a trace can hold.
    TooManyPayloads,
    /// The time of an entry is not the sum of the `elapse` entries so far.
    Time {
        /// The sum.
        expected: u64,
        /// The time that the record says.
        found: u64,
    },
    /// An entry refers to a byte string that has had no record.
    UnknownPayload(PayloadId),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match self.offence {
            Offence::NoHeader => write!(f, "expected a header, {{\"format\":{FORMAT}}}"),
            Offence::UnknownFormat(format) => {
                write!(f, "format {format} is not known; this version reads format {FORMAT}")
            }
            Offence::SecondHeader => f.write_str("a second header"),
            Offence::NotHex => f.write_str("`hex` must be pairs of hexadecimal digits"),
            Offence::TextDiffers => f.write_str("`text` is not what `hex` says; leave `text` out"),
            Offence::PayloadTwice(id) => write!(f, "payload {} is already there", id.index()),
            Offence::TooManyPayloads => f.write_str("more payloads than a trace can hold"),
            Offence::Time { expected, found } => {
                write!(f, "`t` is {found}, but the `elapse` entries so far add up to {expected}")
            }
            Offence::UnknownPayload(id) => {
                write!(f, "payload {} is not known; its record must come first", id.index())
            }
        }
    }
}

impl core::error::Error for RecordError {}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString as _;

    use super::super::sample;
    use super::*;
    use crate::trace::{EventAttributes, Interface, MessageData, Target};

    fn lines(trace: &Trace) -> Vec<String> {
        records(Header::default(), trace)
            .map(|record| serde_json::to_string(&record).expect("serializable"))
            .collect()
    }

    fn parse(lines: &[impl AsRef<str>]) -> Result<(Header, Trace), RecordError> {
        read(lines.iter().map(|line| serde_json::from_str(line.as_ref()).expect("a record")))
    }

    #[track_caller]
    fn check(lines: &[&str], line: usize, offence: Offence) {
        assert_eq!(parse(lines).map(|_| ()), Err(RecordError { line, offence }));
    }

    const HEADER: &str = r#"{"format":1}"#;

    #[test]
    fn the_lines_are_as_the_schema_says() {
        let lines = lines(&sample::clean_close());
        for want in [
            r#"{"t":0,"entry":"enqueue","task":"script"}"#,
            r#"{"payload":1,"hex":"77733a2f2f612e746573742f","text":"ws://a.test/"}"#,
            r#"{"t":0,"entry":"constructor-arguments","socket":0,"url":1,"protocols":0}"#,
            r#"{"t":25000,"entry":"elapse","by_us":25000}"#,
            r#"{"payload":3,"hex":"880503e8627965"}"#,
            r#"{"t":25000,"entry":"rx","socket":0,"bytes":3}"#,
            r#"{"t":25000,"entry":"rx-frame","socket":0,"head":{"first":136,"second":5},"payload":4}"#,
            r#"{"t":25000,"entry":"ready-state","socket":0,"old":"OPEN","new":"CLOSING"}"#,
            r#"{"t":25000,"entry":"checkpoint"}"#,
        ] {
            assert!(lines.iter().any(|line| line == want), "no line {want} in {lines:#?}");
        }
        assert_eq!(lines[0], HEADER);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for trace in [sample::clean_close(), sample::arguments_and_failure()] {
            let lines = lines(&trace);
            let (header, read) = parse(&lines).expect("its own lines");
            assert_eq!(header, Header::default());
            assert_eq!(self::lines(&read), lines);
            assert_eq!(super::super::outcome(&read), super::super::outcome(&trace));
            assert_eq!(super::super::timeline(&read), super::super::timeline(&trace));
        }
    }

    #[test]
    fn the_data_of_a_message_is_text_where_it_is_left_out() {
        let mut trace = Trace::new();
        for data in [MessageData::Text, MessageData::Blob, MessageData::ArrayBuffer] {
            let interface = Interface::MessageEvent { data };
            let event = EventAttributes { interface, ..EventAttributes::default() };
            trace.emit(Entry::FireBegin { target: Target::Global, event });
        }
        let lines = lines(&trace);
        let said = ["text", "blob", "arraybuffer"].map(|data| format!(",\"data\":\"{data}\""));
        for (line, said) in lines[1..].iter().zip(&said) {
            assert!(line.contains(&format!("\"interface\":\"message-event\"{said}")), "{line}");
        }
        assert_eq!(parse(&lines).expect("its own lines").1.entries, trace.entries);
        let unsaid = [lines[0].clone(), lines[1].replace(&said[0], "")];
        assert_eq!(parse(&unsaid).expect("an older one").1.entries, trace.entries[..1]);
    }

    #[test]
    fn byte_strings_that_no_entry_names_are_left_out() {
        let mut trace = Trace::new();
        let part = trace.payloads.intern(b"a").expect("room");
        let bytes = trace.payloads.append(part, b"b").expect("room");
        trace.emit(Entry::Rx { socket: sample::A, bytes });
        let want = [
            HEADER,
            r#"{"payload":1,"hex":"6162","text":"ab"}"#,
            r#"{"t":0,"entry":"rx","socket":0,"bytes":1}"#,
        ];
        assert_eq!(lines(&trace), want);
    }

    #[test]
    fn numbers_of_payloads_are_the_writers_own() {
        let (_, trace) = parse(&[
            HEADER,
            r#"{"payload":70,"hex":"61"}"#,
            r#"{"payload":9,"hex":"61"}"#,
            r#"{"t":0,"entry":"rx","socket":0,"bytes":9}"#,
        ])
        .expect("records in order");
        assert_eq!(trace.payloads.count(), 2);
        let Entry::Rx { bytes, .. } = trace.entries[0] else { panic!("{:?}", trace.entries) };
        assert_eq!(trace.payloads.get(bytes), b"a");
    }

    #[test]
    fn a_record_that_does_not_fit_is_named() {
        let quiescent = r#"{"t":0,"entry":"quiescent"}"#;
        check(&[], 1, Offence::NoHeader);
        check(&[quiescent], 1, Offence::NoHeader);
        check(&[r#"{"format":2}"#], 1, Offence::UnknownFormat(2));
        check(&[HEADER, quiescent, HEADER], 3, Offence::SecondHeader);
        check(&[HEADER, r#"{"payload":1,"hex":"6g"}"#], 2, Offence::NotHex);
        check(&[HEADER, r#"{"payload":1,"hex":"616"}"#], 2, Offence::NotHex);
        check(&[HEADER, r#"{"payload":1,"hex":"61","text":"b"}"#], 2, Offence::TextDiffers);
        check(&[HEADER, r#"{"payload":0,"hex":"61"}"#], 2, Offence::PayloadTwice(PayloadId::EMPTY));
        check(&[HEADER, r#"{"t":1,"entry":"quiescent"}"#], 2, Offence::Time { expected: 0, found: 1 });
        let unknown =
            parse(&[HEADER, r#"{"t":0,"entry":"rx","socket":0,"bytes":5}"#]).expect_err("no payload");
        assert!(matches!(unknown.offence, Offence::UnknownPayload(id) if id.index() == 5));
        assert_eq!(unknown.to_string(), "line 2: payload 5 is not known; its record must come first");
    }

    fn record(line: &str) -> Result<Record, String> {
        serde_json::from_str(line).map_err(|error| error.to_string())
    }

    #[test]
    fn fields_that_nobody_knows_do_not_change_what_a_record_is() {
        let strange = r#""text":"a","x":[null,-1,2.5,{"y":true}],"agent":null"#;
        for (known, more) in [
            (
                r#""t":0,"entry":"rx-frame","socket":0,"head":{"first":136,"second":2},"payload":1"#,
                r#""hex":"03e8""#,
            ),
            (r#""t":0,"entry":"quiescent""#, r#""format":1"#),
            (r#""t":0,"entry":"quiescent""#, r#""payload":1,"hex":"61""#),
            (r#""payload":3,"hex":"61","text":"a""#, r#""format":1"#),
            (r#""format":1"#, r#""hex":"61""#),
        ] {
            let want = record(&format!("{{{known}}}"));
            assert!(want.is_ok(), "{want:?}");
            let strange = if known.contains("text") { r#""x":[null,-1,2.5,{"y":true}]"# } else { strange };
            for line in [format!("{{{known},{more},{strange}}}"), format!("{{{strange},{more},{known}}}")] {
                assert_eq!(record(&line), want, "{line}");
            }
        }
        let frame = r#"{"t":0,"entry":"rx-frame","socket":0,"head":{"first":136,"second":2},"payload":1,"hex":"03e8"}"#;
        let (_, trace) = parse(&[HEADER, r#"{"payload":1,"hex":"03e8"}"#, frame]).expect("records in order");
        assert!(matches!(trace.entries[..], [Entry::RxFrame { .. }]), "{:?}", trace.entries);
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        #[track_caller]
        fn check(line: &str, want: &str) {
            let error = record(line).expect_err(line);
            assert!(error.starts_with(want), "{line}: {error}");
        }
        check(
            r#"{"t":0,"entry":"rx-fyn","socket":0}"#,
            "unknown variant `rx-fyn`, expected one of `elapse`, ",
        );
        check(
            r#"{"t":0,"entry":"rx-frame","socket":0,"head":{"first":136,"second":2}}"#,
            "missing field `payload`",
        );
        check(r#"{"entry":"quiescent"}"#, "missing field `t`");
        check(r#"{"t":0.5,"entry":"quiescent"}"#, "invalid type: floating point `0.5`, expected u64");
        check(r#"{"payload":1}"#, "missing field `hex`");
        check(r#"{"payload":-1,"hex":""}"#, "invalid value: integer `-1`, expected u16");
        check(r#"{"format":"1"}"#, "invalid type: string \"1\", expected u32");
        check(r#"{"t":0}"#, "a record has `entry`, `payload` or `format`, and this one has none of them");
        check("[]", "invalid type: sequence, expected a record, which is an object with `entry`");
    }
}
