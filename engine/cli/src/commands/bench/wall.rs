//! The times that criterion has left in its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::history::Wall;
use crate::failure::Failure;

/// `benchmark.json`, as far as it is used.
#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
    full_id: String,
}

/// `estimates.json`, as far as it is used.
#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// The newest times of all benchmarks below `folders`, by their names; a folder that is not there has none.
pub(super) fn read(folders: &[PathBuf]) -> Result<BTreeMap<String, Wall>, Failure> {
    let mut times = BTreeMap::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        read_below(folder, &mut times)?;
    }
    if times.is_empty() {
        let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        return Err(Failure::new(format_args!("criterion has left nothing in {}", folders.join(", ")))
            .advise("run 'cargo bench -p wasclean-benches' first"));
    }
    Ok(times)
}

fn read_below(folder: &Path, times: &mut BTreeMap<String, Wall>) -> Result<(), Failure> {
    let entries = fs::read_dir(folder)
        .map_err(|error| Failure::new(format_args!("cannot read {}: {error}", folder.display())))?;
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir());
    for path in folders {
        // `new` is the newest measurement; beside it criterion keeps older ones and its own report.
        if path.file_name().is_some_and(|name| name == "new") && path.join("benchmark.json").exists() {
            let (name, wall) = read_one(&path)?;
            times.insert(name, wall);
        } else {
            read_below(&path, times)?;
        }
    }
    Ok(())
}

fn read_one(folder: &Path) -> Result<(String, Wall), Failure> {
    let benchmark: Benchmark = read_json(&folder.join("benchmark.json"))?;
    let Estimates { median } = read_json(&folder.join("estimates.json"))?;
    let wall = Wall {
        group: benchmark.group_id,
        function: benchmark.function_id.unwrap_or_default(),
        value: benchmark.value_str.unwrap_or_default(),
        median_ns: median.point_estimate,
        low_ns: median.confidence_interval.lower_bound,
        high_ns: median.confidence_interval.upper_bound,
    };
    Ok((benchmark.full_id, wall))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let read = || Ok::<T, Box<dyn std::error::Error>>(serde_json::from_slice(&fs::read(path)?)?);
    read().map_err(|error| {
        Failure::new(format_args!("cannot read {}: {error}", path.display()))
            .advise("the folder is criterion's; remove it and measure again")
    })
}
