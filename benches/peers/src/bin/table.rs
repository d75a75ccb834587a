//! Prints what criterion measured as Markdown: the medians, the ratios that are goals, and what was added to whom.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs, io};

use serde_json::Value;
use wasclean_peers::{close, frames};

/// The medians of a group in nanoseconds by function.
type Group = BTreeMap<String, f64>;

/// Reads a file of criterion's, of which `pointer` is what is wanted.
fn read(path: &Path, pointer: &str) -> io::Result<Value> {
    let value: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    value
        .pointer(pointer)
        .cloned()
        .ok_or_else(|| io::Error::other(format!("{}: no {pointer}", path.display())))
}

/// All groups below criterion's folder.
fn groups(root: &Path) -> io::Result<BTreeMap<String, Group>> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for group in fs::read_dir(root)? {
        let group = group?.path();
        if !group.is_dir() {
            continue;
        }
        for function in fs::read_dir(group)? {
            let latest = function?.path().join("new");
            if !latest.join("estimates.json").exists() {
                continue;
            }
            let name = |key| read(&latest.join("benchmark.json"), key);
            let (group, function) = (name("/group_id")?, name("/function_id")?);
            let median = read(&latest.join("estimates.json"), "/median/point_estimate")?;
            if let (Some(group), Some(function), Some(median)) =
                (group.as_str(), function.as_str(), median.as_f64())
            {
                groups.entry(group.to_owned()).or_default().insert(function.to_owned(), median);
            }
        }
    }
    Ok(groups)
}

const OURS: [&str; 4] = ["wasclean", "wasclean-portable", "wasclean-events", "wasclean-reference"];
const FLOOR: [&str; 3] = ["floor memcpy", "floor std from_utf8", "floor simdutf8"];

/// The fastest peer of a group.
fn fastest(group: &Group) -> Option<(&str, f64)> {
    let is_peer = |name: &str| !OURS.contains(&name) && !FLOOR.contains(&name);
    let peers = group.iter().filter(|(name, _)| is_peer(name)).map(|(name, median)| (name.as_str(), *median));
    peers.min_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// One row a group, one column a function, in `per` units.
fn medians(groups: &BTreeMap<String, Group>, prefix: &str, per: f64) {
    let chosen: Vec<_> = groups.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
    let mut names: Vec<&str> = FLOOR.into_iter().chain(OURS).collect();
    for (_, group) in &chosen {
        for name in group.keys() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    names.retain(|name| chosen.iter().any(|(_, group)| group.contains_key(*name)));
    println!("| case | {} |", names.join(" | "));
    println!("|---|{}", "---:|".repeat(names.len()));
    for (title, group) in chosen {
        let cells = names.iter().map(|name| match group.get(*name) {
            Some(median) => format!("{:.1}", median / per),
            None => String::new(),
        });
        println!(
            "| {} | {} |",
            &title[title.find('/').map_or(0, |at| at + 1)..],
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
    println!();
}

/// The ratios that are goals.
fn ratios(groups: &BTreeMap<String, Group>) {
    println!(
        "| case | fastest peer | ours, times as fast | portable, times as fast | ours / memcpy | ours - memcpy (ns) |"
    );
    println!("|---|---|---:|---:|---:|---:|");
    for (name, group) in groups {
        let (Some((peer, peers)), Some(ours), Some(portable), Some(memcpy)) = (
            fastest(group),
            group.get("wasclean"),
            group.get("wasclean-portable"),
            group.get("floor memcpy"),
        ) else {
            continue;
        };
        println!(
            "| {name} | {peer} | {:.1} | {:.1} | {:.1} | {:.1} |",
            peers / ours,
            peers / portable,
            ours / memcpy,
            ours - memcpy
        );
    }
    println!();
}

/// What was added to each peer.
fn added() {
    fn row<S: close::Subject>() {
        println!("| {} | Close | {} |", S::NAME, S::ADDED);
    }
    fn stream<S: frames::Stream>() {
        println!("| {} | frames | {} |", S::NAME, S::ADDED);
    }
    println!("| peer | for | what it lacks and was added |");
    println!("|---|---|---|");
    row::<close::EdgeWs>();
    row::<close::Soketto>();
    row::<close::TungsteniteHeader>();
    row::<close::Sockudo>();
    row::<close::WsFramer>();
    row::<close::WsTool>();
    row::<close::Actix>();
    row::<close::Yawc>();
    row::<close::Tungstenite>();
    row::<close::Fastwebsockets>();
    row::<close::TokioWebsockets>();
    stream::<frames::EdgeWs>();
    stream::<frames::Soketto>();
    stream::<frames::TungsteniteHeader>();
    stream::<frames::Sockudo>();
    stream::<frames::Actix>();
    stream::<frames::Yawc>();
    stream::<frames::WsFramer>();
}

fn main() -> io::Result<()> {
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), Into::into);
    let groups = groups(&target.join("criterion"))?;
    ratios(&groups);
    println!("One Close frame, and 1,024 of them; medians in nanoseconds.\n");
    medians(&groups, "close/", 1.0);
    println!("10,000 frames; medians in microseconds.\n");
    medians(&groups, "frames/", 1000.0);
    added();
    Ok(())
}
