//! Every scenario of the corpus: it is written in canonical form, its choices fit, and what it expects comes out.

use std::path::{Path, PathBuf};
use std::{env, fs};

use wasclean_model::choices::Script;
use wasclean_model::scenario::text;
use wasclean_model::trace::outcome;
use wasclean_model::world::run;

/// The scenario files, in the order of their names.
fn scenario_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/scenarios");
    let mut folders = vec![root];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is part of the repository") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(
                    path.extension().and_then(|found| found.to_str()),
                    Some("toml"),
                    "{}",
                    path.display()
                );
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The comment lines at the top of a file, which a scenario value does not carry.
fn comment(source: &str) -> String {
    source.lines().take_while(|line| line.starts_with('#')).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn every_scenario_gives_what_it_expects() {
    let is_blessing = env::var_os("WASCLEAN_BLESS").is_some();
    assert!(!(is_blessing && env::var_os("CI").is_some()), "expectations are not rewritten by a machine");
    let files = scenario_files();
    assert!(files.len() > 100, "the corpus is there");
    let mut failures = Vec::new();
    for path in files {
        let name = path.display();
        let source = fs::read_to_string(&path).expect("a readable file");
        let mut scenario = text::parse(&source).unwrap_or_else(|error| panic!("{name}:{error}"));
        let mut choices = Script::new(&scenario.choices);
        let trace = run(&scenario, &mut choices);
        if let Err(mismatch) = choices.finish() {
            failures.push(format!("{name}: {mismatch}"));
        }
        let seen = outcome(&trace);
        for (kind, want, got) in
            [("page", &scenario.expect.page, &seen.page), ("wire", &scenario.expect.wire, &seen.wire)]
        {
            if want.as_ref().is_some_and(|want| want != got) {
                failures.push(format!("{name}: {kind}\n   want {want:?}\n    got {got:?}"));
            }
        }
        if is_blessing {
            scenario.expect.page = Some(seen.page);
            scenario.expect.wire = Some(seen.wire);
            fs::write(&path, comment(&source) + &text::print(&scenario)).expect("a writable file");
        } else if !source.ends_with(&text::print(&scenario)) {
            failures.push(format!("{name}: not in canonical form; WASCLEAN_BLESS=1 rewrites it"));
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
