//! `list`: the tables.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use wasclean_model::choices::Point;
use wasclean_model::invariant::INVARIANTS;
use wasclean_model::profile::{FOREVER, KNOBS, Knob, Measured, Profile, Values};
use wasclean_model::status_code::REGISTRY;

use crate::failure::{Failure, Verdict};
use crate::output::Output;
use crate::style::{FAINT, STRONG};
use crate::words;

const EXAMPLES: &str = "\
Examples:
  wasclean list invariants
  wasclean list codes --json";

/// Print a table: invariants, profiles, knobs, status codes or choice points
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Which table
    table: Table,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Table {
    /// What must hold in every run, with its source
    Invariants,
    /// The named sets of knob values: what differs from standard
    Profiles,
    /// What an implementation picks once and stays with
    Knobs,
    /// The status codes of Close frames
    Codes,
    /// What the texts and the environment leave open in each run
    Choices,
}

pub(crate) fn list(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let (name, rows) = match arguments.table {
        Table::Invariants => ("invariants", invariants(out)?),
        Table::Profiles => ("profiles", profiles(out)?),
        Table::Knobs => ("knobs", knobs(out)?),
        Table::Codes => ("codes", codes(out)?),
        Table::Choices => ("choices", choices(out)?),
    };
    out.object(&json!({ "count": rows.len(), name: rows }))?;
    Ok(Verdict::Fine)
}

fn invariants(out: &mut Output) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    for invariant in INVARIANTS {
        let source = invariant.sources.join(", ");
        let claimed_in: Vec<&str> = Profile::NAMED
            .iter()
            .filter(|named| invariant.is_claimed(&named.profile))
            .map(|named| named.name)
            .collect();
        out.line(format_args!(
            "{STRONG}{:<8}{STRONG:#} {}\n         {}\n         {FAINT}witness: {}\n         {} invariant, claimed {}; source: {source}{FAINT:#}",
            invariant.id,
            invariant.name,
            invariant.predicate,
            invariant.witness,
            invariant.class,
            invariant.claim(),
        ))?;
        rows.push(json!({
            "id": invariant.id,
            "name": invariant.name,
            "predicate": invariant.predicate,
            "witness": invariant.witness,
            "class": invariant.class.to_string(),
            "sources": invariant.sources,
            "claimed": invariant.claim(),
            "claimed_in": claimed_in,
        }));
    }
    Ok(rows)
}

fn profiles(out: &mut Output) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    for named in Profile::NAMED {
        out.line(format_args!("{STRONG}{}{STRONG:#}  {}", named.name, named.about))?;
        if let Some(Measured { agent, version, engine }) = named.measured {
            let engine = engine.map_or(String::new(), |engine| format!(", with {engine}"));
            out.line(format_args!("  {FAINT}measured at {agent} {version}{engine}{FAINT:#}"))?;
        }
        let mut knobs = Map::new();
        for knob in KNOBS {
            let value = value(knob, &named.profile);
            if (knob.read)(&named.profile) != (knob.read)(&Profile::STANDARD) {
                let text = value.as_str().map_or_else(|| amount(&value), str::to_owned);
                out.line(format_args!("  {:<22} {text}", knob.name))?;
            }
            knobs.insert(knob.name.to_owned(), value);
        }
        rows.push(json!({
            "name": named.name,
            "about": named.about,
            "measured": named.measured.map(|measured| json!({
                "agent": measured.agent,
                "version": measured.version,
                "engine": measured.engine,
            })),
            "knobs": knobs,
        }));
    }
    Ok(rows)
}

/// The value of a knob, by its name or as a number.
fn value(knob: &Knob, profile: &Profile) -> Value {
    let number = (knob.read)(profile);
    knob.value_name(number).map_or_else(|| json!(number), |name| json!(name))
}

fn amount(value: &Value) -> String {
    if value.as_u64() == Some(FOREVER) { "forever".to_owned() } else { value.to_string() }
}

fn knobs(out: &mut Output) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    for knob in KNOBS {
        out.line(format_args!("{STRONG}{}{STRONG:#}  {}", knob.name, knob.about))?;
        let standard = value(knob, &Profile::STANDARD);
        let values = match knob.values {
            Values::Named(values) => {
                for value in values {
                    let mark = if standard == value.name { '*' } else { ' ' };
                    out.line(format_args!("  {mark} {:<20} {}", value.name, value.about))?;
                }
                json!(
                    values
                        .iter()
                        .map(|value| json!({ "name": value.name, "about": value.about }))
                        .collect::<Vec<_>>()
                )
            }
            Values::Amount { max } => {
                out.line(format_args!("  * {standard}"))?;
                json!({ "max": max })
            }
        };
        out.line(format_args!(
            "    {FAINT}{}; source: {}\n    a page sees: {}{FAINT:#}",
            knob.id, knob.source, knob.page
        ))?;
        rows.push(json!({
            "name": knob.name,
            "about": knob.about,
            "id": knob.id,
            "source": knob.source,
            "page": knob.page,
            "values": values,
            "standard": standard,
        }));
    }
    out.line(words::faint("* is the value under standard"))?;
    Ok(rows)
}

fn codes(out: &mut Output) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    out.line(format_args!(
        "{STRONG}{:<12} {:<27} {:<14} {:<8} about{STRONG:#}",
        "code", "name", "on the wire", "close()"
    ))?;
    for row in REGISTRY {
        let code =
            if row.first == row.last { row.first.to_string() } else { format!("{}-{}", row.first, row.last) };
        let close = if row.set_by_close { "yes" } else { "no" };
        let on_wire = super::explain::on_wire(row);
        out.line(format_args!("{code:<12} {:<27} {on_wire:<14} {close:<8} {}", row.name, row.about))?;
        rows.push(super::explain::code_object(row));
    }
    Ok(rows)
}

fn choices(out: &mut Output) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    for point in Point::ALL {
        out.line(format_args!("{STRONG}{:<16}{STRONG:#} {}", point.name(), point.about()))?;
        rows.push(json!({ "name": point.name(), "about": point.about() }));
    }
    let hint = "a scenario fixes a choice with point=alternative, as in choices = [\"tcp.write=later\"]";
    out.line(words::faint(hint))?;
    Ok(rows)
}
