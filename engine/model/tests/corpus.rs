//! The inputs that fuzzers start from: each target has a folder of them, each folder has a target, each file is named
//! for what it shows and passes its target on stable.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wasclean_model::harness::{TARGETS, target};

/// Folders of the corpus that are no target's.
const OTHERS: [&str; 2] = ["recordings", "scenarios"];

/// Bytes of all inputs together.
const LEN_MAX: u64 = 2 << 20;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The targets of the fuzz crate, from its manifest.
fn targets() -> Vec<String> {
    let manifest =
        fs::read_to_string(repository().join("fuzz/Cargo.toml")).expect("it is part of the repository");
    let bins = manifest.split("[[bin]]").skip(1);
    let name = |bin: &str| {
        bin.lines().find_map(|line| Some(line.strip_prefix("name = \"")?.trim_end_matches('"').to_owned()))
    };
    bins.map(|bin| name(bin).expect("a program has a name")).collect()
}

/// The folders of the corpus with their files: path below the folder, and length.
fn folders() -> BTreeMap<String, Vec<(String, u64)>> {
    let corpus = repository().join("corpus");
    let mut folders = BTreeMap::new();
    for entry in fs::read_dir(&corpus).expect("it is part of the repository") {
        let entry = entry.expect("a readable folder");
        let mut files = Vec::new();
        let mut rest = vec![entry.path()];
        while let Some(path) = rest.pop() {
            if path.is_dir() {
                rest.extend(
                    fs::read_dir(&path)
                        .expect("a readable folder")
                        .map(|inner| inner.expect("readable").path()),
                );
            } else {
                let name =
                    path.strip_prefix(entry.path()).expect("it is below").to_str().expect("ASCII").to_owned();
                files.push((name, path.metadata().expect("a readable file").len()));
            }
        }
        files.sort();
        folders.insert(entry.file_name().into_string().expect("an ASCII name"), files);
    }
    folders
}

/// Whether a name says something: words of small letters and digits, and not the hash that a fuzzer gives.
fn says_something(name: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_hash = name.len() >= 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.split('-').all(is_word) && !is_hash && name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// What is wrong with the folders.
fn offences(targets: &[String], folders: &BTreeMap<String, Vec<(String, u64)>>) -> Vec<String> {
    let mut offences = Vec::new();
    for target in targets {
        if folders.get(target).is_none_or(Vec::is_empty) {
            offences.push(format!("the target {target} has nothing to start from"));
        }
    }
    let mut total = 0;
    for (folder, files) in folders.iter().filter(|(folder, _)| !OTHERS.contains(&folder.as_str())) {
        if !targets.contains(folder) {
            offences.push(format!("corpus/{folder} belongs to no target"));
        }
        for (name, len) in files {
            total += len;
            if !says_something(name) {
                offences.push(format!("corpus/{folder}/{name} is not named for what it shows"));
            }
            if *len == 0 {
                offences.push(format!("corpus/{folder}/{name} is empty"));
            }
        }
    }
    if total > LEN_MAX {
        offences.push(format!("{total} bytes of inputs are more than {LEN_MAX}"));
    }
    offences
}

#[test]
fn every_target_has_its_folder_and_every_folder_its_target() {
    assert_eq!(offences(&targets(), &folders()), [""; 0]);
}

#[test]
fn every_target_is_in_the_table_and_every_row_is_a_target() {
    let programs = targets();
    // Other implementations are compared with in a crate of their own.
    let of_the_model: Vec<&str> =
        programs.iter().map(String::as_str).filter(|name| *name != "peers").collect();
    let table: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(of_the_model, table);
}

#[test]
fn the_workflow_runs_every_target() {
    let workflow = fs::read_to_string(repository().join(".github/workflows/fuzz.yml")).expect("it is there");
    let line = workflow.lines().find_map(|line| line.trim().strip_prefix("target: ["));
    let named: Vec<&str> = line.expect("it has the list").trim_end_matches(']').split(", ").collect();
    let table: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(named, table);
}

#[test]
fn every_file_passes_its_target() {
    let mut count = 0;
    for (folder, files) in folders() {
        let Some(target) = target(&folder) else { continue };
        for (name, _) in files {
            let bytes =
                fs::read(repository().join("corpus").join(&folder).join(&name)).expect("a readable file");
            (target.run)(&bytes).unwrap_or_else(|broken| panic!("corpus/{folder}/{name}: {broken}"));
            assert!(
                bytes.len() <= target.len_max,
                "corpus/{folder}/{name} is longer than a fuzzer makes its inputs"
            );
            count += 1;
        }
    }
    assert!(count > 50, "{count} files");
    let scenario_text = target("scenario_text").expect("there is such a target");
    for (name, _) in &folders()["scenarios"] {
        let bytes = fs::read(repository().join("corpus/scenarios").join(name)).expect("a readable file");
        (scenario_text.run)(&bytes).unwrap_or_else(|broken| panic!("corpus/scenarios/{name}: {broken}"));
    }
}

#[test]
fn every_target_says_how_it_is_run() {
    for name in targets() {
        let read = |path: &str| {
            let path = repository().join("fuzz").join(path);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let options = read(&format!("options/{name}.options"));
        assert!(options.starts_with("[libfuzzer]\n"), "{name}");
        assert!(options.contains(&format!("\ndict = {name}.dict\n")), "{name}");
        if let Some(target) = target(&name) {
            assert!(options.contains(&format!("\nmax_len = {}\n", target.len_max)), "{name}");
        }
        let dictionary = read(&format!("dictionaries/{name}.dict"));
        let mut count = 0;
        for line in dictionary.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert!(is_entry(line), "{name}.dict: {line}");
            count += 1;
        }
        assert!(count >= 8, "{name}.dict has {count} entries");
    }
}

/// Whether libFuzzer takes a line of a dictionary: a name, and a value in quotation marks with its escapes.
fn is_entry(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    let Some(value) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else { return false };
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '"']) {
        rest = match rest.as_bytes()[at..] {
            [b'\\', b'\\' | b'"', ..] => &rest[at + 2..],
            [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                &rest[at + 4..]
            }
            _ => return false,
        };
    }
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name && !value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[track_caller]
fn check(targets: &[&str], folders: &[(&str, &[(&str, u64)])], want: &[&str]) {
    let targets: Vec<String> = targets.iter().map(|name| (*name).to_owned()).collect();
    let folders = folders.iter().map(|(folder, files)| {
        ((*folder).to_owned(), files.iter().map(|(name, len)| ((*name).to_owned(), *len)).collect())
    });
    assert_eq!(offences(&targets, &folders.collect()), want);
}

#[test]
fn each_offence_of_a_corpus_is_found() {
    let file = [("plain", 1)];
    check(&["a"], &[("a", &file), ("scenarios", &[("Anything.toml", 0)])], &[]);
    check(&["a", "b"], &[("a", &file)], &["the target b has nothing to start from"]);
    check(&["a"], &[("a", &[])], &["the target a has nothing to start from"]);
    check(&["a"], &[("a", &file), ("b", &file)], &["corpus/b belongs to no target"]);
    check(&["a"], &[("a", &[("plain", 0)])], &["corpus/a/plain is empty"]);
    check(&["a"], &[("a", &[("big", LEN_MAX + 1)])], &["2097153 bytes of inputs are more than 2097152"]);
    for name in ["da39a3ee5e6b4b0d3255bfef95601890afd80709", "crash-Ab", "two words", "a--b", "17", "x/y.bin"]
    {
        check(&["a"], &[("a", &[(name, 1)])], &[&format!("corpus/a/{name} is not named for what it shows")]);
    }
}

#[test]
fn each_offence_of_a_dictionary_is_found() {
    for line in [r#"a="x""#, r#"a_1="\x88\x02\\\"""#] {
        assert!(is_entry(line), "{line}");
    }
    for line in
        ["a", "a=x", r#"a="x"#, r#"a="""#, r#"a="\n""#, r#"a="\x8""#, r#"a="x"y""#, r#"="x""#, "a=\"é\""]
    {
        assert!(!is_entry(line), "{line}");
    }
}
