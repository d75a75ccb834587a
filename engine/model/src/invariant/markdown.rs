//! The page about invariants, made from their table.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::{Class, INVARIANTS, Kind, Kinds};

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
            row.claim(),
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
