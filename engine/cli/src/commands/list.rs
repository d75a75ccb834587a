//! `list`: the tables.

mod profiles;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use wasclean_model::choices::Point;
use wasclean_model::invariant::INVARIANTS;
use wasclean_model::profile::{Fault, Profile};
use wasclean_model::status_code::REGISTRY;

use crate::failure::{Failure, Verdict};
use crate::output::Output;
use crate::style::{FAINT, STRONG};
use crate::words;

const EXAMPLES: &str = "\
Examples:
  wasclean list invariants
  wasclean list codes --json";

/// Print a table: invariants, profiles, knobs, faults, status codes or choice points
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
    /// The mistakes that can be planted on top of a profile
    Faults,
    /// The status codes of Close frames
    Codes,
    /// What the texts and the environment leave open in each run
    Choices,
}

pub(crate) fn list(arguments: &Arguments, out: &mut Output) -> Result<Verdict, Failure> {
    let mut object = Map::new();
    let (name, rows) = match arguments.table {
        Table::Invariants => ("invariants", invariants(out)?),
        Table::Profiles => {
            let rows = profiles::profiles(out)?;
            object.insert("versions".to_owned(), profiles::versions(out)?.into());
            object.insert("support".to_owned(), profiles::support(out)?.into());
            if out.is_for_programs() {
                object.insert("knobs".to_owned(), profiles::knobs(out)?.into());
            }
            ("profiles", rows)
        }
        Table::Knobs => ("knobs", profiles::knobs(out)?),
        Table::Faults => ("faults", faults(out)?),
        Table::Codes => ("codes", codes(out)?),
        Table::Choices => ("choices", choices(out)?),
    };
    object.insert("count".to_owned(), rows.len().into());
    object.insert(name.to_owned(), rows.into());
    out.object(&Value::Object(object))?;
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
            invariant.claimed_when.about,
        ))?;
        rows.push(json!({
            "id": invariant.id,
            "name": invariant.name,
            "predicate": invariant.predicate,
            "witness": invariant.witness,
            "class": invariant.class.to_string(),
            "sources": invariant.sources,
            "claimed": invariant.claimed_when.about,
            "claimed_in": claimed_in,
        }));
    }
    Ok(rows)
}

fn faults(out: &mut Output) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    for &(fault, id) in Fault::VALUES {
        out.line(format_args!(
            "{STRONG}{id}{STRONG:#} {} {FAINT}({}){FAINT:#}\n    {}",
            fault.name(),
            fault.layer(),
            fault.about()
        ))?;
        rows.push(json!({
            "id": id,
            "name": fault.name(),
            "about": fault.about(),
            "layer": fault.layer().to_string(),
        }));
    }
    out.line(words::faint("a scenario plants one as in profile = { base = \"standard\", fault = \"M14\" }"))?;
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
