//! `faults`: the table, a part of it, and what is saved.

use std::fs;
use std::path::Path;

use crate::support::{Directory, wasclean};

#[test]
fn a_fault_is_hunted_and_its_scenario_repeats_it() {
    let out = Directory::new("faults");
    let said = wasclean(["faults", "M37", "close-twice", "m63", "--out", out.path(), "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = said.summary();
    for (field, want) in [("faults", 3), ("killed", 3), ("explained", 0), ("escaped", 0)] {
        assert_eq!(summary[field], want, "{field}");
    }
    assert!(summary["median_executions"].as_u64() <= summary["max_executions"].as_u64());
    assert_eq!(out.names(), ["M01.toml", "M37.toml", "M63.toml"]);
    let file = Path::new(out.path()).join("M37.toml");
    let replayed = wasclean(["replay", file.to_str().expect("an ASCII path"), "--json"]);
    assert_eq!(replayed.code, Some(1), "{replayed:?}");
    let text = fs::read_to_string(&file).expect("it was saved");
    assert!(text.contains("fault = \"M37\"") && text.contains("# The fault M37"), "{text}");
    let breaks = format!("breaks = {}", replayed.summary()["broken"]["invariant"]);
    assert!(text.contains(&breaks), "{breaks} is not in\n{text}");
}

#[test]
fn a_fault_that_escapes_is_found_out() {
    // One run is not enough for any of the five seeds.
    let said = wasclean(["faults", "M66", "--runs", "1", "--json"]);
    assert_eq!((said.code, &said.summary()["escaped"]), (Some(1), &1.into()), "{said:?}");
}

#[test]
fn a_campaign_with_a_fault_finds_it() {
    let out = Directory::new("fault-campaign");
    let campaign = ["fuzz", "--seed", "1", "--runs", "20", "--fault", "m07", "--out", out.path(), "--json"];
    let said = wasclean(campaign);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.summary()["broken"]["INV-63"].as_u64() > Some(0), "{said:?}");
    wasclean(["faults", "M71"]).refuses("list faults");
    wasclean(["fuzz", "--fault", "M71"]).refuses("M71");
}
