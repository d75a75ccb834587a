//! What the pages show of the program is what it prints.

use std::fs;

use crate::support::{Directory, Said, command, corpus};

/// The blocks of a page in this language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let begin = format!("```{language}\n");
    page.split(&begin).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Runs each command of a page that is shown with what it prints. What depends on the machine is not compared, and `…`
/// stands for any lines. The page's first scenario is in a file of this name.
#[track_caller]
fn check(path: &str, file: &str, want: usize) {
    let root = corpus("..");
    let page = fs::read_to_string(format!("{root}/{path}")).expect("it is there");
    let dir = Directory::new(&path.replace('/', "-"));
    if let Some(scenario) = blocks(&page, "toml").first() {
        dir.file(file, scenario);
    }
    let mut count = 0;
    for block in blocks(&page, "console") {
        let Some((asked, shown)) = block.split_once('\n') else { continue };
        let Some(arguments) = asked.strip_prefix("$ cargo run --release -- ") else { continue };
        if shown.is_empty() || shown.starts_with('$') {
            continue;
        }
        let mut program = command([]);
        program.args(arguments.split(' '));
        program.current_dir(if arguments.contains("corpus/") { &root } else { dir.path() });
        let said = Said::from(program.output().expect("it starts"));
        let printed = comparable(&said.stdout);
        for part in comparable(shown).split("…\n") {
            assert!(
                printed.contains(part),
                "{path} shows of `{arguments}`\n{part}\nwhere it prints\n{printed}"
            );
        }
        count += 1;
    }
    assert_eq!(count, want, "transcripts in {path}");
}

/// The lines without those that depend on the machine.
fn comparable(text: &str) -> String {
    let depends = |line: &str| line.contains(" a second)") || line.contains(" --jobs ");
    text.lines().filter(|line| !depends(line)).map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn the_tour_of_the_readme_is_what_is_printed() {
    check("README.md", "none.toml", 4);
}

#[test]
fn the_guide_to_traces_shows_what_is_printed() {
    check("docs/guides/reading-a-trace.md", "reset.toml", 3);
}
