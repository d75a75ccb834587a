//! The page about invariants, made from their table.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::{Class, INVARIANTS, Kind, Kinds};

/// What must hold, as real bugs taught it: a shorter list, and the numbers of the invariants that each line comes to.
const TAUGHT_BY_BUGS: [(&str, &str, &[u16]); 32] = [
    ("I01", "one `close` for each WebSocket, and no more", &[42, 60, 83]),
    ("I02", "`close` comes in bounded time after `close()`, FIN, RST or a failure", &[26, 39, 83, 84]),
    ("I03", "nothing after `close`", &[23, 42, 65]),
    ("I04", "`readyState` is 1 in `open` and `message`, 3 in `error` and `close`", &[63, 64]),
    ("I05", "`readyState` never goes down, and 3 is the last", &[66, 67, 110]),
    ("I06", "no event inside a call", &[47]),
    (
        "I07",
        "`error`, then `close`, in one task, with a microtask checkpoint between listeners",
        &[48, 49, 61],
    ),
    ("I08", "`error` exactly if the connection failed", &[62]),
    (
        "I09",
        "the code is that of the first Close; 1005 without one in it, 1006 without a Close",
        &[8, 73, 75, 77, 79],
    ),
    (
        "I10",
        "our Close has the code and reason that were given, and no code that is forbidden there",
        &[24, 36, 38],
    ),
    ("I11", "clean exactly if both Close frames went over the wire", &[72, 74, 76]),
    ("I12", "the reason is strict UTF-8 and nothing is taken out of it", &[9, 10, 75, 78]),
    ("I13", "the first Close counts", &[25, 75]),
    ("I14", "messages before the Close are delivered before `close`, none after it", &[35, 41, 65]),
    ("I15", "`close()` checks before it changes anything", &[50, 69]),
    ("I16", "`close()` sets 2 at once, and a second one does nothing", &[54, 68]),
    ("I17", "one Close of ours, and nothing after it", &[20, 21]),
    ("I18", "a Close is answered with its code before TCP ends", &[27, 36]),
    ("I19", "a failure sends its Close, then ends TCP", &[22, 37, 106]),
    (
        "I20",
        "`close()` while connecting ends in `error` and `close` with 1006, and never in `open`",
        &[80, 81],
    ),
    (
        "I21",
        "the events do not bubble, cannot be canceled, are trusted, and have all their fields",
        &[70, 71, 96],
    ),
    ("I22", "a listener that throws changes nothing for the others", &[95, 105]),
    ("I23", "calls from listeners end, and keep I01 to I06", &[89, 90, 91, 92, 93, 94]),
    ("I24", "`bufferedAmount` is not reset by `close()` and grows with what is sent after it", &[86]),
    ("I25", "how TCP cuts the bytes does not matter", &[1, 5]),
    ("I26", "a frame that is cut off by FIN is 1006, and nothing of it is delivered", &[35, 77]),
    ("I27", "nothing is fired in a destroyed document, and 1001 is on the wire", &[45, 46, 101]),
    ("I28", "what waits for a frozen document keeps its order and is delivered", &[43, 44]),
    ("I29", "after `close` no timer is left, and the object can be collected", &[39, 102]),
    ("I30", "what was sent goes out before the Close, and a slow peer loses no Close", &[15, 27, 87]),
    ("I31", "the same choices give the same trace", &[99]),
    ("I32", "failures have their codes: 1002, 1007, 1009", &[37]),
];

/// The page `docs/invariants.md`: a section for each invariant, in the order of their numbers.
#[must_use]
pub fn markdown() -> String {
    let mut rows: Vec<_> = INVARIANTS.iter().collect();
    rows.sort_by_key(|invariant| invariant.id["INV-".len()..].parse::<u16>().unwrap_or(u16::MAX));
    let mut page = String::from(
        "# Invariants\n\n\
         This page is made from the table in `engine/model/src/invariant`; a test keeps the two the same.\n\
         An invariant is judged from the entries of a trace and from nothing else.\n\
         So it judges the model, a recording of a real user agent, and a model with a fault in it.\n\
         *Witness* says when a run is not vacuous for the invariant.\n\
         *Needs* lists the entries that a recording must be able to contain; without them the invariant is not applicable to it.\n",
    );
    for class in [Class::Trace, Class::Liveness, Class::Relational, Class::Function] {
        let count = rows.iter().filter(|row| row.class == class).count();
        let about = match class {
            Class::Trace => "judged in every run, entry by entry",
            Class::Liveness => {
                "judged also at the end of a run that became quiescent, with every timer fired and every task run"
            }
            Class::Relational => "judged on two or more runs, by a harness of its own",
            Class::Function => "judged on a function and its inputs, by a harness of its own",
        };
        writeln!(
            page,
            "{}{count} are of the class *{class}*: {about}.",
            if class == Class::Trace { "\n" } else { "" }
        )
        .expect("a String takes everything");
    }
    page.push_str(
        "\n## What bugs taught\n\n\
         Real implementations broke these, some of them many times; `corpus/scenarios/bugs` shows how.\n\n\
         | | what must hold | judged by |\n|---|---|---|\n",
    );
    for (id, what, numbers) in TAUGHT_BY_BUGS {
        let judges: Vec<_> = numbers.iter().map(|number| format!("INV-{number:02}")).collect();
        writeln!(page, "| {id} | {what} | {} |", judges.join(", ")).expect("a String takes everything");
    }
    for row in rows {
        let needs = if row.needs == Kinds::NONE {
            String::from("its harness")
        } else {
            row.needs.iter().map(Kind::name).collect::<Vec<_>>().join(", ")
        };
        write!(
            page,
            "\n## {}: {}\n\n{}\n\n- Class: {}.\n- Claimed: {}.\n- Witness: {}\n- Sources: {}.\n- Needs: {}.\n",
            row.id,
            row.name,
            row.predicate,
            row.class,
            row.claimed_when.about,
            row.witness,
            row.sources.join(", "),
            needs,
        )
        .expect("a String takes everything");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_the_one_made_from_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/invariants.md");
        // A published crate comes without the book; only there does its manifest have an original.
        if std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml.orig")).exists() {
            return;
        }
        let page = markdown();
        if std::env::var_os("WASCLEAN_BLESS").is_some() {
            assert!(std::env::var_os("CI").is_none(), "pages are not rewritten where CI is set");
            std::fs::write(path, &page).expect("docs can be written");
        }
        let there = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            there == page,
            "docs/invariants.md is not up to date; rewrite it with WASCLEAN_BLESS=1 cargo test"
        );
    }

    #[test]
    fn what_bugs_taught_is_judged_by_invariants_that_there_are() {
        for (at, (id, what, numbers)) in TAUGHT_BY_BUGS.iter().enumerate() {
            assert_eq!(*id, format!("I{:02}", at + 1));
            assert!(!numbers.is_empty(), "{id}: {what}");
            for number in *numbers {
                let wanted = format!("INV-{number:02}");
                assert!(INVARIANTS.iter().any(|invariant| invariant.id == wanted), "{id}: {wanted}");
            }
        }
    }

    #[test]
    fn every_invariant_has_a_section_in_the_order_of_the_numbers() {
        let page = markdown();
        let ids: Vec<u16> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## INV-")?.split(':').next()?.parse().ok())
            .collect();
        assert_eq!(ids.len(), INVARIANTS.len());
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    }
}
