//! The form of a trace for a terminal: one line for each thing that happened, in a column for where it happened.

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use super::describe::{Lane, describe};
use super::literal::{cut, milliseconds};
use super::{Entry, SocketId, Trace};

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TimelineRow {
    /// Virtual time in microseconds.
    pub at_us: u64,
    /// The position in [`Trace::entries`] of the entry that the row tells of.
    pub entry: usize,
    /// Where it happened.
    pub lane: Lane,
    /// Whose it is, if it is one WebSocket's; a printed form puts `ws0` and so on before the text.
    pub socket: Option<SocketId>,
    /// How deep it is inside dispatches, listeners and calls.
    pub depth: usize,
    /// What happened.
    pub text: String,
}

/// The widest line, in characters.
pub const WIDTH_MAX: usize = 110;

/// The rows of `trace`, in order.
///
/// Entries that only close what an earlier one opened have no row, unless they tell of an exception or a return
/// value.
pub fn rows(trace: &Trace) -> impl Iterator<Item = TimelineRow> {
    let mut at_us = 0_u64;
    let mut depth = 0_usize;
    trace.entries.iter().enumerate().filter_map(move |(position, entry)| {
        if let Entry::Elapse { by_us } = *entry {
            at_us = at_us.saturating_add(by_us);
        }
        depth = depth.saturating_sub(usize::from(closes(entry)));
        let row = describe(trace, position).map(|(lane, socket, text)| TimelineRow {
            at_us,
            entry: position,
            lane,
            socket,
            depth,
            text,
        });
        depth += usize::from(opens(entry));
        row
    })
}

fn opens(entry: &Entry) -> bool {
    matches!(entry, Entry::FireBegin { .. } | Entry::Listener { .. } | Entry::CallBegin { .. })
}

fn closes(entry: &Entry) -> bool {
    matches!(entry, Entry::FireEnd { .. } | Entry::ListenerEnd { .. } | Entry::CallEnd { .. })
}

/// `trace` for a terminal, without colours; the program adds them by lane.
#[must_use]
pub fn timeline(trace: &Trace) -> String {
    render(rows(trace))
}

/// A heading and one line for each of `rows`, none wider than [`WIDTH_MAX`]; what is too long ends in an ellipsis.
///
/// The time stands where it changes, in milliseconds.
#[must_use]
pub fn render(rows: impl IntoIterator<Item = TimelineRow>) -> String {
    let mut out = format!("{:>10}", "ms");
    let mut width = 10;
    for lane in Lane::ALL {
        write!(out, "{:gap$}{}", "", lane.name(), gap = lane.column() - width)
            .expect("a String takes everything");
        width = lane.column() + lane.name().len();
    }
    out.push('\n');
    let mut last_us = None;
    for row in rows {
        let time = if last_us == Some(row.at_us) { String::new() } else { milliseconds(row.at_us) };
        last_us = Some(row.at_us);
        let socket = row.socket.map_or_else(String::new, |socket| format!("ws{} ", socket.0));
        let indent = row.depth.min(8);
        let text = format!("{socket}{:indent$}{}", "", row.text);
        let text = cut(&text, WIDTH_MAX - row.lane.column());
        writeln!(out, "{time:>10}{:gap$}{text}", "", gap = row.lane.column() - 10)
            .expect("a String takes everything");
    }
    out
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::sample;
    use super::*;

    #[test]
    fn a_clean_close_reads_from_left_to_right() {
        let want = "
        ms  peer          endpoint                event loop    page
     0.000                                        queue script
                                                  run script
                                                                ws0 new WebSocket(\"ws://a.test/\")
                          ws0 tx request, nonce 0
            ws0 step 0
                          ws0 rx 36 bytes \"HTTP/1.1 101 Switching P…\"
                          ws0 established
                                                  ws0 queue open
                                                  ws0 run open
                                                                ws0 readyState 0 to 1
                                                                ws0 fire open
    25.000  ws0 step 1
                          ws0 rx 7 bytes 880503e8627965
                          ws0 rx Close 1000 \"bye\"
                          ws0 closing handshake started by the peer
                                                  ws0 queue closing
                          ws0 tx Close 1000 \"bye\"
                                                  ws0 run closing
                                                                ws0 readyState 1 to 2
                          ws0 rx FIN
                          ws0 tx FIN
                          ws0 TCP closed by FIN
                          ws0 closed: clean, 1000 \"bye\"
                                                  ws0 queue closed
                                                  ws0 run closed
                                                                ws0 readyState 2 to 3
                                                                ws0 fire close(1000, \"bye\", clean)
                                                                ws0  f1 is called, readyState 3
                                                                ws0  returns false
                                                                ws0  f2 (onclose) is called, readyState 3
                                                                ws0  throws
                                                                 reports the exception
                                                  nothing more can happen
";
        assert_eq!(timeline(&sample::clean_close()), want.trim_start_matches('\n'));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut trace = sample::arguments_and_failure();
        for depth in 0..30 {
            trace.emit(Entry::CallBegin {
                target: super::super::Target::Socket(sample::A),
                method: super::super::Method::Constructor,
                ready_state: super::super::ReadyState::Connecting,
            });
            let url = trace.payloads.intern(&[b'u'; 200][depth..]).expect("room");
            let socket = sample::A;
            trace.emit(Entry::ConstructorArguments { socket, url, protocols: url });
        }
        let text = timeline(&trace);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert_eq!(widest, Some(WIDTH_MAX));
    }

    #[test]
    fn arguments_stand_with_their_call() {
        let texts: Vec<_> = rows(&sample::arguments_and_failure()).map(|row| row.text).collect();
        assert_eq!(
            texts,
            [
                "new WebSocket(\"ws://a.test/\")",
                "close(3000, \"aaaaaaaaaaaaaaaaaaaaaaaa…\"), readyState 1",
                "returns, readyState 2",
                "fails: ControlTooLong (WIRE-30), at byte 1 of the frame",
            ]
        );
    }

    #[test]
    fn a_row_can_be_given_another_text() {
        let trace = sample::clean_close();
        let named = rows(&trace).map(|row| match row.lane {
            Lane::Peer => TimelineRow { text: "close 1000 \"bye\"".into(), ..row },
            Lane::Endpoint | Lane::EventLoop | Lane::Page => row,
        });
        assert!(render(named).contains("    25.000  ws0 close 1000 \"bye\"\n"));
    }
}
