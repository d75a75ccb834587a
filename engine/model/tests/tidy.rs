//! What a reviewer should not have to look for: unfinished work, skipped tests, tabs, overlong lines, dead links.

use std::fs;
use std::path::{Path, PathBuf};

/// Characters of a line of Rust; a line with a string or a table may be longer, for those are not broken.
const LINE_LEN_MAX: usize = 120;

/// Marks of unfinished work and of tests that do not run, in two halves so that this file has none.
const MARKS: [(&str, &str); 5] =
    [("TO", "DO"), ("FIX", "ME"), ("todo", "!("), ("unimplemented", "!("), ("#[igno", "re")];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files below `folder` whose name ends with `ending`, in order; what was built is left out.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut folders = vec![repository().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What is untidy in a Rust source, by line.
fn rust_offences(text: &str) -> Vec<(usize, &'static str)> {
    let mut offences = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if MARKS.iter().any(|(first, second)| line.contains(&format!("{first}{second}"))) {
            offences.push((number, "unfinished work, or a test that does not run"));
        }
        if line.contains('\t') {
            offences.push((number, "a tab"));
        }
        let is_unbreakable = line.contains('"') || line.contains("///  ") || line.contains("/// |");
        if line.chars().count() > LINE_LEN_MAX && !is_unbreakable {
            offences.push((number, "a line of more than 120 characters"));
        }
    }
    offences
}

/// What is untidy in a Markdown file that stands in `folder`, by line.
fn markdown_offences(text: &str, folder: &Path) -> Vec<(usize, String)> {
    let mut offences = Vec::new();
    let mut is_code = false;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.ends_with([' ', '\t']) {
            offences.push((number, "space at the end of a line".to_owned()));
        }
        if line.starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for link in line.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            let is_elsewhere = target.is_empty() || target.contains(':');
            if !is_elsewhere && !folder.join(target).exists() {
                offences.push((number, format!("a link to {target}, which is not there")));
            }
        }
    }
    offences
}

#[test]
fn rust_sources_are_tidy() {
    let sources: Vec<PathBuf> =
        ["engine", "fuzz", "benches"].into_iter().flat_map(|folder| files(folder, ".rs")).collect();
    assert!(sources.len() > 100, "{} sources", sources.len());
    let mut offences = String::new();
    for path in sources {
        for (line, what) in rust_offences(&fs::read_to_string(&path).expect("a readable file")) {
            offences.push_str(&format!("{}:{line}: {what}\n", path.display()));
        }
    }
    assert!(offences.is_empty(), "\n{offences}");
}

#[test]
fn markdown_is_tidy_and_its_links_lead_somewhere() {
    let mut pages = files("docs", ".md");
    pages.extend(files("engine", ".md"));
    pages.extend(files("corpus", ".md"));
    for page in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        pages.push(repository().join(page));
    }
    let mut offences = String::new();
    for path in pages {
        let text = fs::read_to_string(&path).expect("a readable file");
        let folder = path.parent().expect("a file stands in a folder");
        for (line, what) in markdown_offences(&text, folder) {
            offences.push_str(&format!("{}:{line}: {what}\n", path.display()));
        }
    }
    assert!(offences.is_empty(), "\n{offences}");
}

#[track_caller]
fn check(line: &str, want: usize) {
    assert_eq!(rust_offences(line).len(), want, "{line}");
}

#[test]
fn each_offence_in_rust_is_found() {
    for (first, second) in MARKS {
        check(&format!("    {first}{second}"), 1);
    }
    check("\tfn tab() {}", 1);
    check(&"x".repeat(121), 1);
    check(&"x".repeat(120), 0);
    check(&format!("\"{}\"", "x".repeat(121)), 0);
    check("/// To do something, ignore nothing.", 0);
}

#[test]
fn each_offence_in_markdown_is_found() {
    let folder = repository();
    let count = |text: &str| markdown_offences(text, &folder).len();
    assert_eq!(count("a sentence. "), 1);
    assert_eq!(count("see [this](docs/no-such-page.md#part)"), 1);
    assert_eq!(count("see [this](CONTRIBUTING.md#style), [that](#part) and [those](https://a.test/)"), 0);
    assert_eq!(count("```\na](b)\n```\n[x](no-such-page.md)"), 1);
}
