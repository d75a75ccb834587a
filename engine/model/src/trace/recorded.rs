//! What a recording of a user agent holds: its two logs, read from their tokens and compared with those of a run.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::recorder::{ELLIPSIS, Seen, TOKENS_MAX};

/// UTF-16 code units of a reason that a recorder writes, its quotation marks included: it cuts as script cuts a string.
const REASON_LEN_MAX: usize = 30;
/// Bytes of a Close frame's body that a recorder writes.
const BODY_LEN_MAX: usize = 20;

/// The logs of one script, in the tokens of a run: see `corpus/recordings/README.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What the page saw.
    pub page: Vec<String>,
    /// What the peer saw our endpoint write; `None` if nobody watched it.
    pub wire: Option<Vec<String>>,
    /// Milliseconds after which the page's log says that it ended.
    pub ended_ms: Option<u64>,
}

/// A part of a recording that says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAToken {
    /// In which log.
    pub log: Log,
    /// Its position among the tokens of the log.
    pub at: usize,
    /// What is there.
    pub found: String,
    /// What can be there.
    pub expected: &'static str,
}

impl fmt::Display for NotAToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { log, at, found, expected } = self;
        write!(f, "entry {at} of the {log}, `{found}`, is not a token; expected {expected}")
    }
}

impl core::error::Error for NotAToken {}

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// What the page saw.
    Page,
    /// What the peer saw.
    Wire,
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Page => "page",
            Self::Wire => "wire",
        })
    }
}

/// Where a recording parts from a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In which log.
    pub log: Log,
    /// The position of the token in the recording.
    pub at: usize,
    /// What the run has there; none if its log ends before.
    pub expected: Option<String>,
    /// What the recording has there; none if its log ends before.
    pub found: Option<String>,
}

impl Recorded {
    /// Reads the logs of a recording.
    ///
    /// # Errors
    ///
    /// The first part of a log that is no token.
    pub fn read(page: &str, wire: Option<&str>) -> Result<Self, NotAToken> {
        let mut ended_ms = None;
        let page = page_tokens(page, &mut ended_ms)?;
        let wire = wire.map(wire_tokens).transpose()?;
        Ok(Self { page, wire, ended_ms })
    }

    /// Whether the page's log says that no `close` event came.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.page.iter().any(|token| token == "NOCLOSE")
    }

    /// Whether the page's log has a `close` event.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.page.iter().any(|token| token.starts_with("close(") || token.starts_with("close@"))
    }
}

impl Seen {
    /// Whether `recorded` can be a recording of this run.
    #[must_use]
    pub fn admits(&self, recorded: &Recorded) -> bool {
        self.difference(recorded).is_none()
    }

    /// The first place where `recorded` is no recording of this run; `None` if it can be one.
    #[must_use]
    pub fn difference(&self, recorded: &Recorded) -> Option<Difference> {
        let in_page = page_difference(&self.page, &recorded.page);
        in_page.or_else(|| self.wire_difference(recorded.wire.as_deref()?))
    }

    fn wire_difference(&self, found: &[String]) -> Option<Difference> {
        let may_be_unseen = !self.is_requested;
        if may_be_unseen && (found.is_empty() || found == ["tcp-fin"]) {
            return None;
        }
        if let Some((_, before)) = found.split_last().filter(|(last, _)| is_error(last))
            && self.may_be_reset
        {
            // The error came behind our FIN or in its place.
            let without_fin = self.wire.strip_suffix(&["tcp-fin".to_owned()]).unwrap_or(&self.wire);
            return wire_difference(&self.wire, before).and_then(|_| wire_difference(without_fin, before));
        }
        wire_difference(&self.wire, found)
    }
}

fn wire_difference(expected: &[String], found: &[String]) -> Option<Difference> {
    let at = expected.iter().zip(found).take_while(|(expected, found)| is_token_of(found, expected)).count();
    let is_same = at == expected.len() && at == found.len();
    (!is_same).then(|| Difference {
        log: Log::Wire,
        at,
        expected: expected.get(at).cloned(),
        found: found.get(at).cloned(),
    })
}

/// A recorder notes the calls that its script tells it of; a `send()` that did nothing to be seen may be none of them.
/// An ellipsis stands for at least one token.
fn page_difference(expected: &[String], found: &[String]) -> Option<Difference> {
    let mut rest = expected;
    let mut at = 0;
    loop {
        match (rest, found.get(at)) {
            ([], None) => return None,
            ([first, ..], Some(token)) if first == ELLIPSIS || token == ELLIPSIS => return None,
            ([first, after @ ..], Some(token)) if is_token_of(token, first) => {
                rest = after;
                at += 1;
            }
            ([begin, end, after @ ..], _) if is_silent_send(begin, end) => rest = after,
            (_, token) => {
                let (expected, found) = (rest.first().cloned(), token.cloned());
                return Some(Difference { log: Log::Page, at, expected, found });
            }
        }
    }
}

/// Whether it is the end of TCP by an error, as the peer's system told it.
fn is_error(token: &str) -> bool {
    let name = token.strip_prefix("tcp-E").unwrap_or_default();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_silent_send(begin: &str, end: &str) -> bool {
    begin.strip_prefix("{send@").is_some_and(|state| end.strip_prefix("}@") == Some(state))
}

/// Whether a recorder can have written `found` for `whole`: as it is, or cut.
fn is_token_of(found: &str, whole: &str) -> bool {
    found == whole || cut(whole).is_some_and(|cut| found == cut)
}

/// The token as it is if a recorder cuts it.
fn cut(whole: &str) -> Option<String> {
    if let Some(digits) = whole.strip_prefix("close[") {
        return digits.get(..2 * BODY_LEN_MAX).map(|digits| format!("close[{digits}]"));
    }
    let (code, rest) = whole.strip_prefix("close(")?.split_once(',')?;
    let (reason, clean) = rest.rsplit_once(',')?;
    let mut units = 0;
    let mut cut = String::new();
    for letter in reason.chars() {
        units += letter.len_utf16();
        if units > REASON_LEN_MAX {
            if units - REASON_LEN_MAX < letter.len_utf16() {
                let mut pair = [0; 2];
                cut.push_str(&format!("\\u{:04x}", letter.encode_utf16(&mut pair)[0]));
            }
            return Some(format!("close({code},{cut},{clean}"));
        }
        cut.push(letter);
    }
    None
}

const PAGE: &str = "an event such as `open@1`, a call such as `{close@1` … `}@2`, an exception such as \
                    `!SyntaxError`, a note such as `[buf=0]`, `[flags bubbles]`, `u`, `T` or `n0`, `NOCLOSE`, \
                    `final@3`, or a time such as `ms=3500`";
const CLOSE: &str = "`close(1000,\"bye\",clean)@3` with a JSON string, or the first 30 UTF-16 code units of one, \
                     as the reason";
const CUT: &str = "`…` only at the end, after 40 tokens";
const WIRE: &str = "`close[03e8]` with two hexadecimal digits for each byte, another frame such as `op1`, or at the \
                    end `tcp-fin` or an error such as `tcp-ECONNRESET`";

fn page_tokens(log: &str, ended_ms: &mut Option<u64>) -> Result<Vec<String>, NotAToken> {
    let mut tokens = Vec::new();
    let mut rest = log.trim_ascii();
    let mut at = 0;
    while !rest.is_empty() {
        let from = if rest.starts_with("close(") {
            reason_end(rest).unwrap_or(0)
        } else if rest.starts_with('[') {
            rest.find(']').unwrap_or(0)
        } else {
            0
        };
        let end = rest[from..].find(|letter: char| letter.is_ascii_whitespace());
        let (token, after) = rest.split_at(end.map_or(rest.len(), |end| from + end));
        rest = after.trim_ascii_start();
        let is_cut = token == ELLIPSIS && rest.is_empty() && at >= TOKENS_MAX;
        if let Some(ms) = token.strip_prefix("ms=").filter(|ms| is_number(ms)) {
            // A number that is too large for a limit is none that anybody waits for.
            *ended_ms = Some(ms.parse().unwrap_or(u64::MAX));
        } else if is_cut {
            tokens.push(ELLIPSIS.to_owned());
        } else if token != "[buf=undefined]" {
            // That one is an attribute that is not there.
            let expected = match token {
                ELLIPSIS => CUT,
                _ if token.starts_with("close(") => CLOSE,
                _ => PAGE,
            };
            let wrong = || NotAToken { log: Log::Page, at, found: token.to_owned(), expected };
            tokens.push(page_token(token).ok_or_else(wrong)?);
        }
        at += 1;
    }
    Ok(tokens)
}

/// Where the reason of a `close` token ends, at whose beginning `rest` is: behind its second quotation mark, or where
/// a recorder cuts it.
fn reason_end(rest: &str) -> Option<usize> {
    let from = rest.find(',')? + 1;
    let reason = rest[from..].strip_prefix('"')?;
    let mut units = 1;
    let mut letters = reason.char_indices().peekable();
    let mut is_escaped = false;
    while let Some((at, letter)) = letters.next() {
        let is_cut = units == REASON_LEN_MAX && ends_reason(&reason[at..]);
        if is_cut {
            return Some(from + 1 + at);
        }
        match letter {
            _ if is_escaped => is_escaped = false,
            '"' => return Some(from + 1 + at + 1),
            '\\' if is_surrogate(&reason[at..]) => {
                // One code unit of a pair that was cut.
                letters.nth(4);
            }
            '\\' => is_escaped = true,
            _ => {}
        }
        units += letter.len_utf16();
    }
    None
}

fn ends_reason(rest: &str) -> bool {
    rest.starts_with(",clean)@") || rest.starts_with(",unclean)@")
}

/// Whether this is the escape of a surrogate, which stands alone.
fn is_surrogate(rest: &str) -> bool {
    let digits = rest.strip_prefix("\\ud").and_then(|rest| rest.as_bytes().get(..3));
    digits.is_some_and(|digits| {
        matches!(digits[0], b'8'..=b'9' | b'a'..=b'f') && digits.iter().all(u8::is_ascii_hexdigit)
    })
}

/// A token in the form that runs have; none if it is no token.
fn page_token(token: &str) -> Option<String> {
    match token {
        "u" => return Some("n0".to_owned()),
        "T" => return Some("n1".to_owned()),
        "NOCLOSE" => return Some(token.to_owned()),
        _ => {}
    }
    if let Some(note) = token.strip_prefix('[') {
        let note = note.strip_suffix(']')?;
        if let Some(flags) = note.strip_prefix("flags ") {
            let is_flags = matches!(flags, "bubbles" | "cancelable" | "bubbles cancelable");
            return is_flags.then(|| token.to_owned());
        }
        let amount = note.strip_prefix("buf=").filter(|amount| is_number(amount));
        return match amount.or_else(|| note.strip_prefix("buf").filter(|more| *more == ">0"))? {
            "0" => Some("[buf=0]".to_owned()),
            _ => Some("[buf>0]".to_owned()),
        };
    }
    if let Some(exception) = token.strip_prefix('!') {
        let is_name = !exception.is_empty() && exception.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return is_name.then(|| token.to_owned());
    }
    if let Some(number) = token.strip_prefix('n') {
        return is_number(number).then(|| token.to_owned());
    }
    let (name, state) = token.rsplit_once('@')?;
    let digit = state.strip_suffix("SYNC").unwrap_or(state);
    if !matches!(digit, "0" | "1" | "2" | "3") {
        return None;
    }
    let is_event = matches!(name, "open" | "message" | "error" | "close") || is_close_event(name);
    if is_event {
        return Some(token.to_owned());
    }
    let is_plain = digit == state;
    match name.strip_prefix('{') {
        // A script has labels of its own for its calls.
        Some(label) if is_plain && !label.is_empty() => {
            let method = if label.starts_with("send") { "send" } else { "close" };
            Some(format!("{{{method}@{state}"))
        }
        None if is_plain && matches!(name, "}" | "final") => Some(token.to_owned()),
        _ => None,
    }
}

fn is_close_event(name: &str) -> bool {
    let Some(end) = reason_end(&format!("{name}@")) else { return false };
    let code = name.strip_prefix("close(").and_then(|rest| rest.split(',').next());
    code.is_some_and(is_number) && matches!(&name[end..], ",clean)" | ",unclean)")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn wire_tokens(log: &str) -> Result<Vec<String>, NotAToken> {
    let mut tokens = log.split_ascii_whitespace().enumerate().peekable();
    let mut read = Vec::new();
    while let Some((at, token)) = tokens.next() {
        let is_last = tokens.peek().is_none();
        let wrong = || NotAToken { log: Log::Wire, at, found: token.to_owned(), expected: WIRE };
        read.push(wire_token(token, is_last).ok_or_else(wrong)?);
    }
    Ok(read)
}

fn wire_token(token: &str, is_last: bool) -> Option<String> {
    // Behind it are milliseconds, which no two runs share.
    let token = match token.split_once('+') {
        Some((token, ms)) => is_number(ms).then_some(token)?,
        None => token,
    };
    if let Some(digits) = token.strip_prefix("close[") {
        let digits = digits.strip_suffix(']')?;
        let is_body = digits.len() % 2 == 0 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return is_body.then(|| token.to_ascii_lowercase());
    }
    let is_frame = token
        .strip_prefix("op")
        .is_some_and(|opcode| matches!(opcode.parse(), Ok(0..=7_u8 | 9..=15)) && is_number(opcode));
    (is_frame || token == "tcp-fin" || is_error(token) && is_last).then(|| token.to_owned())
}

#[cfg(test)]
mod tests;
