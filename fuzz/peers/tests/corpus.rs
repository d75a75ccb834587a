//! The inputs of the target `peers`: each passes, and each rule is used and explained.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wasclean_peers::{RULES, peers};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_file_passes_and_shows_the_rules() {
    let mut used = BTreeSet::new();
    for entry in fs::read_dir(repository().join("corpus/peers")).expect("it is part of the repository") {
        let path = entry.expect("a readable folder").path();
        let bytes = fs::read(&path).expect("a readable file");
        peers(&bytes, &mut |_, rule| _ = used.insert(rule))
            .unwrap_or_else(|difference| panic!("{}: {difference}", path.display()));
    }
    // Two kinds of text that is not UTF-8 are not kept as files, and no peer is known to panic.
    let mut rare =
        vec!["a panic", "the end of fragmented text is dropped", "an empty last fragment ends text anywhere"];
    if cfg!(not(feature = "wslay")) {
        rare.extend(["a body of one byte passes for none", "a reason is refused before its end"]);
    }
    let unused: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.name)
        .filter(|name| !used.contains(name) && !rare.contains(name))
        .collect();
    assert_eq!(unused, [""; 0]);
}

#[test]
fn every_rule_has_a_section() {
    let page = fs::read_to_string(repository().join("docs/findings/peers.md")).expect("it is there");
    for rule in RULES {
        let title = format!("\n## {}{}\n", rule.name[..1].to_uppercase(), &rule.name[1..]);
        assert!(page.contains(&title), "docs/findings/peers.md has no section {title:?}");
    }
}
