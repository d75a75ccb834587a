//! The tables about profiles: the profiles, their knobs, and the versions of user agents that they stand for.

use serde_json::{Map, Value, json};
use wasclean_model::profile::{FOREVER, KNOBS, Knob, Measured, Profile, SPANS, SUPPORT, Values};

use crate::failure::Failure;
use crate::output::Output;
use crate::style::{FAINT, STRONG};
use crate::words;

/// The named profiles, told by what differs from `standard`.
pub(super) fn profiles(out: &mut Output) -> Result<Vec<Value>, Failure> {
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

/// The knobs with their values.
pub(super) fn knobs(out: &mut Output) -> Result<Vec<Value>, Failure> {
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
        if !knob.others.is_empty() {
            out.line(words::faint(format_args!("    other knobs: {}", knob.others)))?;
        }
        rows.push(json!({
            "name": knob.name,
            "about": knob.about,
            "id": knob.id,
            "source": knob.source,
            "page": knob.page,
            "others": knob.others,
            "values": values,
            "standard": standard,
        }));
    }
    out.line(words::faint("* is the value under standard"))?;
    Ok(rows)
}

/// Which versions of user agents each profile stands for.
pub(super) fn versions(out: &mut Output) -> Result<Vec<Value>, Failure> {
    out.line(format_args!("{STRONG}versions{STRONG:#}  the profile that --profile AGENT@VERSION picks"))?;
    let mut rows = Vec::new();
    for span in SPANS {
        let range = match span.to {
            Some(to) => format!("{} to before {to}", span.from),
            None => format!("{} on", span.from),
        };
        out.line(format_args!(
            "  {:<17} {range:<18} {:<13} {FAINT}{} ({}){FAINT:#}",
            span.agent,
            span.profile,
            span.about,
            span.source.name()
        ))?;
        rows.push(json!({
            "agent": span.agent,
            "from": span.from,
            "to": span.to,
            "profile": span.profile,
            "about": span.about,
            "source": span.source.name(),
            "date": span.source.date(),
        }));
    }
    Ok(rows)
}

/// What compatibility tables say of user agents; where they differ, each of them.
pub(super) fn support(out: &mut Output) -> Result<Vec<Value>, Failure> {
    out.line(format_args!("{STRONG}support{STRONG:#}   what compatibility tables say"))?;
    let mut rows = Vec::new();
    for row in SUPPORT {
        let until = row.until.map_or_else(String::new, |until| format!(" to {until}"));
        let range = format!("{}{until}", row.since);
        let date = row.source.date().unwrap_or("undated");
        out.line(format_args!(
            "  {:<17} {range:<18} {} {FAINT}({}, {date}){FAINT:#}",
            row.agent,
            row.feature,
            row.source.name()
        ))?;
        rows.push(json!({
            "agent": row.agent,
            "feature": row.feature,
            "since": row.since,
            "until": row.until,
            "source": row.source.name(),
            "date": row.source.date(),
        }));
    }
    Ok(rows)
}
