//! The folders of the model show the way of the data: a module uses those before it and none after it.
//!
//! The order stands in CONTRIBUTING.md and is read from there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A container without a meaning of its own, which every module may use.
const LEAVES: [&str; 1] = ["bounded"];

/// The modules of the model in groups, the first one first.
fn order() -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../CONTRIBUTING.md");
    let text = fs::read_to_string(path).expect("CONTRIBUTING.md is part of the repository");
    let line = text.lines().find(|line| line.contains(" <- endpoint <- ")).expect("it has the order");
    line.split(" <- ").map(|group| group.split(", ").map(|name| name.trim().to_owned()).collect()).collect()
}

/// The position of a module's group; leaves come before all others.
fn rank(order: &[Vec<String>], module: &str) -> Option<usize> {
    if LEAVES.contains(&module) {
        return Some(0);
    }
    order.iter().position(|group| group.iter().any(|name| name == module)).map(|position| position + 1)
}

/// The source files of the model, with the path of the module that each holds.
fn sources() -> Vec<(PathBuf, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(&root).expect("it is below the root").with_extension("");
            let mut module: Vec<String> =
                inside.iter().map(|part| part.to_str().expect("an ASCII name").to_owned()).collect();
            if module.last().is_some_and(|last| last == "mod" || last == "lib") {
                module.pop();
            }
            files.push((path, module));
        }
    }
    files.sort();
    files
}

/// The names of the modules right below the root that `text`, the source of `module`, uses, comments left out.
fn uses(text: &str, module: &[String]) -> BTreeSet<String> {
    let mut code = String::new();
    let mut depth = module.len();
    let mut blocks = Vec::new();
    for line in text.lines() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        if bare.starts_with("//") {
            continue;
        }
        let words: Vec<&str> = bare.split_whitespace().collect();
        if let [.., "mod", _, "{"] = words[..] {
            blocks.push(indent);
            depth += 1;
        } else if bare == "}" && blocks.last() == Some(&indent) {
            blocks.pop();
            depth -= 1;
        }
        // A path that goes up as far as the root is as good as one that begins there.
        code.push_str(&line.replace(&"super::".repeat(depth.max(1)), "crate::"));
        code.push('\n');
    }
    let name = |text: &str| -> String {
        text.chars().take_while(|next| next.is_ascii_alphanumeric() || *next == '_').collect()
    };
    let mut found = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        match path.strip_prefix('{') {
            None => drop(found.insert(name(path))),
            Some(list) => {
                let mut nesting = 0_i32;
                let mut is_start = true;
                for (at, next) in list.char_indices() {
                    match next {
                        '{' => nesting += 1,
                        '}' if nesting == 0 => break,
                        '}' => nesting -= 1,
                        ',' if nesting == 0 => is_start = true,
                        _ if next.is_whitespace() => {}
                        _ if is_start && nesting == 0 => {
                            found.insert(name(&list[at..]));
                            is_start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found.retain(|used| used.starts_with(|first: char| first.is_ascii_lowercase()));
    found
}

/// What is wrong with `module` using what `text` uses, if something is.
fn breach(order: &[Vec<String>], text: &str, module: &[String]) -> Option<String> {
    let own = module.first()?;
    let Some(mine) = rank(order, own) else {
        return Some(format!("`{own}` has no place in the order"));
    };
    uses(text, module).into_iter().filter(|used| used != own).find_map(|used| match rank(order, &used) {
        None => Some(format!("`{own}` uses `{used}`, which has no place in the order")),
        Some(theirs) if theirs > mine => Some(format!("`{own}` uses `{used}`, which comes after it")),
        Some(_) => None,
    })
}

#[test]
fn no_module_uses_one_that_comes_after_it() {
    let order = order();
    let breaches: Vec<String> = sources()
        .into_iter()
        .filter_map(|(path, module)| {
            let text = fs::read_to_string(&path).expect("a readable file");
            breach(&order, &text, &module).map(|breach| format!("{}: {breach}", path.display()))
        })
        .collect();
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_alphabet_and_the_knobs_are_leaves() {
    for (path, module) in sources() {
        let Some(own) =
            module.first().filter(|own| ["trace", "profile", "status_code"].contains(&own.as_str()))
        else {
            continue;
        };
        let mut used = uses(&fs::read_to_string(&path).expect("a readable file"), &module);
        used.remove(own);
        assert!(used.is_empty(), "{} uses {used:?}", path.display());
    }
}

/// An invariant that asked the model what is right would agree with it when it is wrong.
#[test]
fn invariants_use_nothing_of_what_they_judge() {
    let of_tests = ["tale", "tests"];
    for (path, module) in sources() {
        let is_judge = module.first().is_some_and(|own| own == "invariant")
            && !module.iter().any(|part| of_tests.contains(&part.as_str()));
        if !is_judge {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a readable file");
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let allowed = ["bounded", "invariant", "profile", "scenario", "trace"];
        let used = uses(text, &module);
        assert!(used.iter().all(|used| allowed.contains(&used.as_str())), "{} uses {used:?}", path.display());
    }
}

#[test]
fn every_module_of_the_model_has_a_place() {
    let order = order();
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(lib).expect("a readable file");
    let modules: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(modules.len() > LEAVES.len());
    for module in &modules {
        assert!(rank(&order, module).is_some(), "`{module}` has no place in CONTRIBUTING.md");
    }
    for name in order.iter().flatten() {
        assert!(modules.contains(&name.as_str()), "CONTRIBUTING.md places `{name}`, which is no module");
    }
}

#[track_caller]
fn check(module: &str, text: &str, want: Option<&str>) {
    let module: Vec<String> = module.split("::").map(str::to_owned).collect();
    assert_eq!(breach(&order(), text, &module).as_deref(), want);
}

#[test]
fn a_use_of_a_later_module_is_found_however_it_is_written() {
    let late = Some("`dom` uses `page`, which comes after it");
    check("dom::event", "use crate::page::Call;", late);
    check("dom::event", "use crate::{\n    bounded,\n    page::{Call, Data},\n};", late);
    check("dom::event", "use super::super::page::Call;", late);
    check("dom", "use super::page;", late);
    check("dom::event", "mod tests {\n    use super::super::super::page::Call;\n}", late);
    check("dom::event", "fn call(_: crate::page::Call) {}", late);
    check("wire::decoder", "use crate::endpoint::End;", Some("`wire` uses `endpoint`, which comes after it"));
    check("moon", "", Some("`moon` has no place in the order"));
    check("dom", "use crate::moon;", Some("`dom` uses `moon`, which has no place in the order"));
}

#[test]
fn what_comes_before_and_what_is_only_mentioned_may_be_used() {
    check("dom::event", "use crate::trace::Target;\nuse crate::bounded::Bounded;", None);
    check("dom::event", "//! See [`Call`](crate::page::Call).", None);
    check("dom::event", "mod tests {\n    use super::super::dispatch;\n}\nuse super::value::page;", None);
    check("scenario", "use crate::{choices, page, profile};", None);
    check("harness", "use crate::{invariant, world::run};", None);
}
