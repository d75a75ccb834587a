//! A peer that writes more than the event loop has room for: nothing is lost, and nothing comes twice.

use wasclean_model::choices::{Alternative, Choices, Point};
use wasclean_model::invariant::{INVARIANTS, judge};
use wasclean_model::scenario::text;
use wasclean_model::trace::{Entry, outcome};
use wasclean_model::world::run;

/// Reads as long as anything comes, in pieces of one length if one is given, before the event loop has its turn.
struct NetworkFirst(Option<u32>);

impl Choices for NetworkFirst {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        let is_wanted = |alternative: &Alternative| match (point, alternative) {
            (Point::WorldStep, Alternative::Deliver(_) | Alternative::Peer(_)) => true,
            (Point::TcpSegment, Alternative::Cut) => self.0.is_some(),
            _ => false,
        };
        alternatives.iter().position(is_wanted).unwrap_or(0)
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        let len = self.0.filter(|_| point == Point::TcpCut).unwrap_or(1);
        (len - 1).min(count - 1)
    }
}

/// The peer writes as many messages as there are places for tasks, or about as many, and then `rest`; the page must see
/// all of them and then `want`.
#[track_caller]
fn check(corked: &str, rest: &str, want: &str) {
    for count in 20..40 {
        let texts: String = (0..count).map(|number| format!("'text \"{number}\"{corked}', ")).collect();
        let source = format!(
            "format = 1\nprofile = \"standard\"\n[page]\nmain = ['new WebSocket(\"ws://a.test/\")']\n\
             [[peer]]\nsteps = ['accept{corked}', {texts}{rest}]\n"
        );
        let scenario = text::parse(&source).unwrap_or_else(|error| panic!("{error}"));
        let page = format!("open@1 {}{want}", "message@1 ".repeat(count));
        for piece in [None, Some(1), Some(2), Some(7)] {
            let trace = run(&scenario, &mut NetworkFirst(piece));
            assert_eq!(trace.entries.last(), Some(&Entry::Quiescent));
            let broken =
                judge(&trace, &scenario.profile).broken.map(|breach| INVARIANTS[breach.invariant].id);
            assert_eq!(broken, None, "{count} messages in pieces of {piece:?}");
            assert_eq!(outcome(&trace).page, [&page[..]], "{count} messages in pieces of {piece:?}");
        }
    }
}

#[test]
fn a_close_comes_after_all_messages() {
    let want = "close(1000,\"bye\",clean)@3 final@3";
    for corked in ["", " +"] {
        check(corked, "'close 1000 \"bye\"', 'fin'", want);
        check(corked, "'close 1000 \"bye\"', 'text \"lost\"'", want);
    }
}

#[test]
fn the_end_of_the_stream_comes_after_all_messages() {
    for corked in ["", " +"] {
        check(corked, "'fin'", "close(1006,\"\",unclean)@3 final@3");
        check(corked, "'rst'", "error@3 close(1006,\"\",unclean)@3 final@3");
    }
}

#[test]
fn a_violation_comes_after_all_messages() {
    let want = "error@3 close(1006,\"\",unclean)@3 final@3";
    for corked in ["", " +"] {
        check(corked, "'frame opcode=3 \"x\"', 'text \"lost\"', 'close 1000'", want);
    }
}
