//! What a recording of a user agent holds: its two logs, read from their tokens and compared with those of a run.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::recorder::Seen;

/// UTF-16 code units of a reason that a recorder writes, its quotation marks included: it cuts as script cuts a string.
const REASON_LEN_MAX: usize = 30;
/// Bytes of a Close frame's body that a recorder writes.
const BODY_LEN_MAX: usize = 20;
/// Tokens of a log that a recorder writes; what comes after them is one `…`.
pub(super) const TOKENS_MAX: usize = 40;
/// Stands for the rest of a log that was cut.
pub(super) const ELLIPSIS: &str = "…";
/// The end of TCP by an error, as the peer's system told it.
const RESET: &str = "tcp-ECONNRESET";

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
        self.agreement(recorded).is_none()
    }

    /// The first place where `recorded` is no recording of this run.
    #[must_use]
    pub fn agreement(&self, recorded: &Recorded) -> Option<Difference> {
        let in_page = page_difference(&self.page, &recorded.page);
        in_page.or_else(|| self.wire_difference(recorded.wire.as_deref()?))
    }

    fn wire_difference(&self, found: &[String]) -> Option<Difference> {
        let may_be_unseen = !self.is_requested;
        if may_be_unseen && (found.is_empty() || found == ["tcp-fin"]) {
            return None;
        }
        if let Some((_, before)) = found.split_last().filter(|(last, _)| *last == RESET)
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
                    end `tcp-fin` or `tcp-ECONNRESET`";

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
    (is_frame || token == "tcp-fin" || token == RESET && is_last).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    fn read(page: &str, wire: &str) -> Recorded {
        Recorded::read(page, Some(wire)).expect("all of it are tokens")
    }

    /// A run with these logs, which are whole.
    fn run(page: &str, wire: &str) -> Seen {
        let recorded = read(page, wire);
        let wire = recorded.wire.expect("it was given");
        Seen { page: recorded.page, wire, is_requested: true, may_be_reset: false }
    }

    const PAGE: &str = r#"open@1 close(1000,"bye",clean)@3 final@3"#;
    const WIRE: &str = "close[03e8627965] tcp-fin";

    #[track_caller]
    fn check(page: &str, wire: &str, want: bool) {
        assert_eq!(run(PAGE, WIRE).admits(&read(page, wire)), want, "{page} | {wire}");
    }

    #[test]
    fn a_recording_is_read_with_its_times_taken_off() {
        check(&format!("{PAGE} ms=60100"), "close[03e8627965]+40 tcp-fin+50", true);
        assert_eq!(read(&format!("{PAGE} ms=60100"), "").ended_ms, Some(60_100));
        assert_eq!(read(&format!("{PAGE} ms=99999999999999999999"), "").ended_ms, Some(u64::MAX));
        check(PAGE, "close[03e8627965]", false);
        check(r#"open@1 close(1000,"b y",clean)@3 final@3"#, WIRE, false);
        check(r#"close(1000,"bye",clean)@3 open@1 final@3"#, WIRE, false);
    }

    #[test]
    fn white_space_and_the_case_of_digits_say_nothing() {
        check("\topen@1\n close(1000,\"bye\",clean)@3\r\n final@3 ", "close[03E8627965]\ttcp-fin\n", true);
    }

    #[test]
    fn a_log_of_the_peer_that_nobody_took_is_not_compared() {
        let recorded = Recorded::read(PAGE, None).expect("all of it are tokens");
        assert!(run(PAGE, WIRE).admits(&recorded));
        check(PAGE, "", false);
    }

    #[test]
    fn a_reason_may_have_spaces_and_lack_its_end() {
        let log = r#"{close(3000)@1 close(1000,"a ,clean bcdefghijklmnopqrstu,unclean)@3 [flags bubbles cancelable] u"#;
        let close = r#"close(1000,"a ,clean bcdefghijklmnopqrstu,unclean)@3"#;
        assert_eq!(read(log, "").page, ["{close@1", close, "[flags bubbles cancelable]", "n0"]);
        let log = r#"close(1000,",clean)@3 \" ,unclean)@3",clean)@3 final@3"#;
        assert_eq!(read(log, "").page, [r#"close(1000,",clean)@3 \" ,unclean)@3",clean)@3"#, "final@3"]);
    }

    #[track_caller]
    fn check_reason(whole: &str, recorded: &str, want: bool) {
        let log = |reason: &str| format!("close(1000,{reason},clean)@3 final@3");
        let run = run(&log(whole), "");
        assert_eq!(run.admits(&read(&log(recorded), "")), want, "{whole} {recorded}");
    }

    #[test]
    fn a_reason_is_compared_as_far_as_it_was_recorded() {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEF";
        check_reason(&format!("\"{letters}\""), &format!("\"{letters}\""), true);
        check_reason(&format!("\"{letters}\""), &format!("\"{}", &letters[..29]), true);
        check_reason(&format!("\"{letters}x\""), &format!("\"{letters}\""), false);
        check_reason(&format!("\"{letters}\""), &format!("\"x{}", &letters[1..29]), false);
        check_reason(&format!("\"{}\"", &letters[..29]), &format!("\"{}", &letters[..29]), true);
        check_reason(&format!("\"{}\"", &letters[..28]), &format!("\"{}", &letters[..29]), false);
        check_reason(&format!("\"{}\"", &letters[..29]), &format!("\"{}\"", &letters[..28]), false);
        // What is cut off is a part of an escape.
        check_reason(r#""abcdefghijklmnopqrstuvwxyz\u0001""#, r#""abcdefghijklmnopqrstuvwxyz\u0"#, true);
        check_reason(r#""abcdefghijklmnopqrstuvwxyzA\"B""#, r#""abcdefghijklmnopqrstuvwxyzA\""#, true);
    }

    #[test]
    fn a_reason_is_cut_by_code_units_and_may_end_within_a_pair() {
        let faces = "\u{1f600}".repeat(20);
        check_reason(&format!("\"{faces}\""), &format!("\"{}\\ud83d", "\u{1f600}".repeat(14)), true);
        check_reason(&format!("\"{faces}\""), &format!("\"{}\\ud83c", "\u{1f600}".repeat(14)), false);
        check_reason(&format!("\"x{faces}\""), &format!("\"x{}", "\u{1f600}".repeat(14)), true);
        check_reason(&format!("\"{faces}\""), &format!("\"{faces}\""), true);
    }

    #[test]
    fn a_body_is_compared_as_far_as_it_was_recorded() {
        let whole = run("final@3", &format!("close[03e8{}]", "61".repeat(30)));
        for (count, want) in [(17, false), (18, true), (19, false), (30, true), (31, false)] {
            let recorded = read("final@3", &format!("close[03e8{}]", "61".repeat(count)));
            assert_eq!(whole.admits(&recorded), want, "{count}");
        }
    }

    #[test]
    fn a_log_is_cut_only_where_it_says_so() {
        let turns = |count: usize| "message@1 ".repeat(count);
        let whole = run(&format!("open@1 {}final@1", turns(60)), "");
        for (log, want) in [
            (format!("open@1 {}final@1", turns(60)), true),
            (format!("open@1 {}…", turns(39)), true),
            (format!("open@1 {}final@1", turns(59)), false),
            (format!("open@1 {}final@1", turns(39)), false),
            (format!("open@1 {}open@1 final@1", turns(60)), false),
            (format!("open@1 {}final@1 …", turns(60)), false),
            (format!("open@1 {}open@1 …", turns(38)), false),
        ] {
            assert_eq!(whole.admits(&read(&log, "")), want, "{log}");
        }
        // The run is a recursion without end, of which its own log has only the beginning.
        let recursion = run(&format!("open@1 {}…", turns(39)), "");
        for (log, want) in [
            (format!("open@1 {}final@1", turns(60)), true),
            (format!("open@1 {}…", turns(39)), true),
            (format!("open@1 {}", turns(39)), false),
            (format!("open@1 {}open@1 …", turns(38)), false),
        ] {
            assert_eq!(recursion.admits(&read(&log, "")), want, "{log}");
        }
    }

    #[test]
    fn only_a_send_without_effect_may_be_missing() {
        let run = run("open@1 {send@1 }@1 {send@2 }@2 [buf=5] final@2", "");
        for (log, want) in [
            ("open@1 {send@1 }@1 {send@2 }@2 [buf>0] final@2", true),
            ("open@1 {late@2 }@2 [buf>0] final@2", false),
            ("open@1 {send-late@2 }@2 [buf>0] final@2", true),
            ("open@1 {send@2 }@1 [buf>0] final@2", false),
            ("open@1 {send@2 }@2 [buf=0] final@2", false),
            ("open@1 {send@2 }@2 [buf=undefined] final@2", false),
        ] {
            assert_eq!(run.admits(&read(log, "")), want, "{log}");
        }
    }

    #[test]
    fn a_connection_that_was_never_requested_may_have_been_seen_or_not() {
        let mut run = run("final@2", "");
        run.is_requested = false;
        assert!(run.admits(&read("final@2", "")));
        assert!(run.admits(&read("final@2", "tcp-fin")));
        assert!(!run.admits(&read("final@2", "close[] tcp-fin")));
    }

    #[test]
    fn an_error_ends_tcp_only_where_one_can_be() {
        let check = |wire: &str, may_be_reset, recorded, want| {
            let mut run = run("final@3", wire);
            run.may_be_reset = may_be_reset;
            assert_eq!(run.admits(&read("final@3", recorded)), want, "{wire} {may_be_reset} {recorded}");
        };
        for (may_be_reset, recorded, want) in [
            (false, "close[03e8] tcp-fin", true),
            (false, "close[03e8] tcp-ECONNRESET", false),
            (false, "close[03e8] tcp-fin tcp-ECONNRESET", false),
            (true, "close[03e8] tcp-fin", true),
            (true, "close[03e8] tcp-ECONNRESET", true),
            (true, "close[03e8] tcp-fin tcp-ECONNRESET+40", true),
            (true, "close[03e8]", false),
            (true, "tcp-ECONNRESET", false),
        ] {
            check("close[03e8] tcp-fin", may_be_reset, recorded, want);
        }
        check("close[03e8]", true, "close[03e8] tcp-ECONNRESET", true);
        check("close[03e8]", false, "close[03e8] tcp-ECONNRESET", false);
        check("", true, "tcp-fin", false);
    }

    #[test]
    fn what_is_no_token_is_told_with_its_place() {
        let error = Recorded::read("open@1 opne@1", None).expect_err("it is a slip");
        assert_eq!((error.log, error.at, &*error.found), (Log::Page, 1, "opne@1"));
        assert!(error.to_string().starts_with("entry 1 of the page, `opne@1`, is not a token; expected"));
        for page in [
            "junk",
            "open",
            "open@4",
            "open@",
            "open@1sync",
            "final",
            "final@3SYNC",
            "}@",
            "{@1",
            "!",
            "!a-b",
            "n",
            "nx",
            "[buf]",
            "[buf=x]",
            "[buf>1]",
            "[flags]",
            "[flags composed]",
            "[x]",
            "[buf=1",
            "ms=",
            "ms=1.5",
            "NOCLOS",
            "…",
            "open@1 … final@3",
            "close(1000)@3",
            r#"close(1000,"",clean)"#,
            r#"close(1000,"",dirty)@3"#,
            r#"close(x,"",clean)@3"#,
            r#"close(1000,"bye,clean)@3"#,
            r#"close(1000,bye,clean)@3"#,
            "close(",
            "script:x0@1",
        ] {
            assert!(Recorded::read(page, None).is_err(), "{page}");
        }
        for wire in [
            "fin",
            "tcp-rst",
            "tcp-ECONNREFUSED",
            "tcp-ECONNRESET tcp-fin",
            "close",
            "close[0",
            "close[03e]",
            "close[xx]",
            "op",
            "op8",
            "op16",
            "op+1",
            "tcp-fin+",
            "tcp-fin+x",
        ] {
            assert!(Recorded::read("", Some(wire)).is_err(), "{wire}");
        }
        for page in [
            "open@1SYNC",
            "message@1",
            "close@3",
            "error@0",
            "x",
            "close(0,\"\",unclean)@3SYNC",
            "!Thrown",
            "n17",
        ] {
            assert_eq!(Recorded::read(page, None).is_ok(), page != "x", "{page}");
        }
    }
}
