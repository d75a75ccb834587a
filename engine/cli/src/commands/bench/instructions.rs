//! Instruction counts, as gungraun reads them from callgrind.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::failure::Failure;

/// The package of these benchmarks, a workspace of its own, so that nobody who does not measure has to build it.
const MANIFEST: &str = "benches/instructions/Cargo.toml";

/// The version of gungraun's JSON that is read here.
const SCHEMA: &str = "7";

/// One line of gungraun's JSON, as far as it is used.
#[derive(Deserialize)]
struct Summary {
    module_path: String,
    id: Option<String>,
    profiles: Vec<Profile>,
}

/// What one tool measured.
#[derive(Deserialize)]
struct Profile {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    total: Total,
}

#[derive(Deserialize)]
struct Total {
    metrics: BTreeMap<String, Metric>,
}

#[derive(Deserialize)]
struct Metric {
    values: Values,
}

/// Some metrics are ratios; those that are used are counts.
#[derive(Deserialize)]
struct Values {
    new: serde_json::Number,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

/// Counts the instructions of every benchmark of the checkout in `root`.
pub(super) fn count(root: &Path) -> Result<BTreeMap<String, u64>, Failure> {
    for (program, install) in [
        ("valgrind", "install it with the system's packages, as in 'apt-get install valgrind'"),
        (
            "gungraun-runner",
            "install it with 'cargo install gungraun-runner', in the version of the gungraun crate",
        ),
    ] {
        let is_there =
            Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if is_there.is_err() {
            return Err(Failure::new(format_args!(
                "{program} is not installed, and instructions are counted with it"
            ))
            .advise(format_args!("{install}; or count without it: --suite counters")));
        }
    }
    let arguments = ["bench", "--quiet", "--manifest-path", MANIFEST, "--", "--output-format=json"];
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::new(format_args!("cannot run cargo: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(format_args!("'cargo {}' failed: {}", arguments.join(" "), output.status))
            .advise("its own message is above"));
    }
    read(&String::from_utf8_lossy(&output.stdout))
}

/// The counts in gungraun's output: one object a line.
fn read(text: &str) -> Result<BTreeMap<String, u64>, Failure> {
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let cannot = |error: &dyn fmt::Display| {
            Failure::new(format_args!("cannot read what gungraun says: {error}"))
                .advise("install gungraun-runner in the version of gungraun that benches/instructions/Cargo.toml names")
        };
        let Version { version } = serde_json::from_str(line).map_err(|error| cannot(&error))?;
        if version != SCHEMA {
            return Err(cannot(&format_args!("version {version} of its JSON, and {SCHEMA} is known here")));
        }
        let summary: Summary = serde_json::from_str(line).map_err(|error| cannot(&error))?;
        // The path begins with the file, which says nothing that the group does not.
        let path = summary.module_path.split_once("::").map_or(&*summary.module_path, |(_, path)| path);
        let name = match summary.id {
            Some(id) => format!("{path}/{id}"),
            None => path.to_owned(),
        };
        let metric = summary.profiles.iter().find_map(|profile| profile.data.total.metrics.get("Ir"));
        let count = metric.and_then(|metric| metric.values.new.as_u64());
        let count = count.ok_or_else(|| cannot(&format_args!("no instructions are counted in {name}")))?;
        counts.insert(name.replace("::", "/"), count);
    }
    if counts.is_empty() {
        return Err(Failure::new("gungraun has measured nothing").advise(format_args!("see {MANIFEST}")));
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(version: &str, ir: &str) -> String {
        format!(
            r#"{{"module_path":"instructions::wire::parse","id":"masked_125","version":"{version}","profiles":[{{"tool":"Callgrind","data":{{"parts":[],"total":{{"regressions":[],"metrics":{{"Ir":{{"values":{{"new":{ir}}}}}}}}}}}}}]}}"#
        )
    }

    #[track_caller]
    fn check(text: &str, want: Option<u64>) {
        let counts = read(text).ok();
        assert_eq!(counts.map(|counts| counts["wire/parse/masked_125"]), want);
    }

    #[test]
    fn the_count_is_read_from_the_schema_that_is_known() {
        check(&line(SCHEMA, "109"), Some(109));
        check(&line(SCHEMA, "1.5"), None);
        check(&line("6", "109"), None);
        check(&line(SCHEMA, "109").replace("Ir", "Dr"), None);
    }

    #[test]
    fn no_measurement_is_an_error() {
        check("Gungraun result: Ok. 0 without regressions\n", None);
    }
}
