//! The page about knobs, made from their table.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::{FOREVER, KNOBS, Knob, Profile, SPANS, SUPPORT, Values};

/// The page `docs/knobs.md`: a section for each knob, and the tables of versions.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Knobs\n\n\
         This page is made from the tables in `engine/model/src/profile`; a test keeps the two the same.\n\
         A knob is something that an implementation picks once and stays with; \
         [profiles](profiles.md) are named sets of their values.\n\
         The first column of each table is what a scenario writes, and *who* lists the profiles that have the value; \
         `standard` is in bold.\n\
         IDs are those of the [map of the specifications](spec-map.md); a *row* is one of its table of outcomes.\n",
    );
    for knob in KNOBS {
        push_knob(&mut page, knob);
    }
    push_versions(&mut page);
    page
}

fn push_knob(page: &mut String, knob: &Knob) {
    let standard = (knob.read)(&Profile::STANDARD);
    write!(page, "\n## {}\n\n{}\n\n| value | meaning | who |\n|---|---|---|\n", knob.name, knob.about)
        .expect("a String takes everything");
    match knob.values {
        Values::Named(values) => {
            for (number, value) in (0..).zip(values) {
                push_row(page, knob, number, value.name, value.about, standard == number);
            }
        }
        Values::Amount { .. } => {
            let mut numbers: Vec<u64> =
                Profile::NAMED.iter().map(|named| (knob.read)(&named.profile)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            for number in numbers {
                let about = if number == FOREVER { "No end." } else { "" };
                push_row(page, knob, number, &format!("{number}"), about, standard == number);
            }
        }
    }
    write!(page, "\n- ID: {}.\n- Source: {}.\n- A page sees: {}.\n", knob.id, knob.source, knob.page)
        .expect("a String takes everything");
    if !knob.others.is_empty() {
        writeln!(page, "- Other knobs: {}", knob.others).expect("a String takes everything");
    }
}

fn push_row(page: &mut String, knob: &Knob, number: u64, name: &str, about: &str, is_standard: bool) {
    let who: Vec<&str> = Profile::NAMED
        .iter()
        .filter(|named| (knob.read)(&named.profile) == number)
        .map(|named| named.name)
        .collect();
    // Those who do as `standard` does are mostly all others.
    let who = if is_standard { "all others".into() } else { who.join(", ") };
    let mark = if is_standard { "**" } else { "" };
    writeln!(page, "| {mark}`{name}`{mark} | {about} | {who} |").expect("a String takes everything");
}

fn push_versions(page: &mut String) {
    page.push_str(
        "\n## Versions of user agents\n\n\
         `--profile firefox@11` picks the profile of the range that the version is in, and says so.\n\n\
         | user agent | from | to before | profile | about | source |\n|---|---|---|---|---|---|\n",
    );
    for span in SPANS {
        let to = span.to.unwrap_or("");
        writeln!(
            page,
            "| {} | {} | {to} | `{}` | {} | {} |",
            span.agent,
            span.from,
            span.profile,
            span.about,
            span.source.name()
        )
        .expect("a String takes everything");
    }
    page.push_str(
        "\nWhat the sources say, where they differ with both values:\n\n\
         | what | user agent | since | up to | source |\n|---|---|---|---|---|\n",
    );
    for row in SUPPORT {
        let date = row.source.date().map_or_else(String::new, |date| format!(", {date}"));
        let (until, source) = (row.until.unwrap_or(""), row.source.name());
        writeln!(page, "| {} | {} | {} | {until} | {source}{date} |", row.feature, row.agent, row.since)
            .expect("a String takes everything");
    }
}
