//! What the book says of scenarios, choices and profiles is what the model does.

use std::fs;
use std::path::Path;

use wasclean_model::choices::{Alternative, Point, Script};
use wasclean_model::profile::{Fault, Profile};
use wasclean_model::scenario::text;
use wasclean_model::trace::{SocketId, outcome};
use wasclean_model::world::run;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The fenced code blocks in `language`.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut lines = page.lines();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if info == language {
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}

/// What stands between backquotes in the first column of the table whose head begins with `head`.
fn column<'a>(page: &'a str, head: &str) -> Vec<&'a str> {
    let start = format!("| {head} |");
    let rows = page.lines().skip_while(|line| !line.starts_with(&start)).skip(2);
    let cells =
        rows.take_while(|line| line.starts_with('|')).map(|line| line.split(" | ").next().unwrap_or(""));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

fn parse(source: &str) -> wasclean_model::scenario::Scenario {
    text::parse(source).unwrap_or_else(|error| panic!("{error}\n{source}"))
}

#[test]
fn every_scenario_in_the_book_parses_and_gives_what_it_expects() {
    let mut count = 0;
    for name in [
        "docs/scenario-format.md",
        "docs/faults.md",
        "docs/guides/litmus.md",
        "docs/guides/own-fuzz-target.md",
        "docs/guides/reading-a-trace.md",
    ] {
        for source in blocks(&page(name), "toml").iter().filter(|source| source.contains("format = ")) {
            let scenario = parse(source);
            let mut choices = Script::new(&scenario.choices);
            let outcome = outcome(&run(&scenario, &mut choices));
            assert_eq!(choices.finish(), Ok(()), "{source}");
            let expect = &scenario.expect;
            assert!(
                expect.page.as_ref().is_none_or(|it| *it == outcome.page),
                "{:?}\n{source}",
                outcome.page
            );
            assert!(
                expect.wire.as_ref().is_none_or(|it| *it == outcome.wire),
                "{:?}\n{source}",
                outcome.wire
            );
            count += 1;
        }
    }
    assert!(count > 3, "{count} scenarios");
}

#[test]
fn every_call_value_and_step_in_the_tables_parses() {
    let page = page("docs/scenario-format.md");
    let functions = "f1 = []\nf2 = []\n";
    for (head, least) in [("call", 34), ("value", 15), ("step", 25), ("first step", 4)] {
        let cells = column(&page, head);
        assert!(cells.len() >= least, "{} cells below {head}", cells.len());
        for cell in cells {
            parse(&match head {
                "call" => format!("format = 1\n[page]\nmain = ['''{cell}''']\n{functions}"),
                "value" => format!("format = 1\n[page]\nmain = ['''ws0.close({cell})''']\n{functions}"),
                _ => format!("format = 1\n[[peer]]\nsteps = ['''{cell}''']\n"),
            });
        }
    }
}

#[test]
fn the_page_about_choices_has_every_point_and_every_alternative() {
    let page = page("docs/choices.md");
    let rows: Vec<String> =
        Point::ALL.iter().map(|point| format!("| `{}` | {} |", point.name(), point.about())).collect();
    let table: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `") && (line.contains("(N-") || line.contains("(K-")))
        .collect();
    assert_eq!(table, rows);
    let socket = SocketId(0);
    let of_a_socket = [
        Alternative::Deliver(socket),
        Alternative::Peer(socket),
        Alternative::Write(socket),
        Alternative::Reset(socket),
    ];
    let named = Point::ALL.iter().flat_map(|point| point.named_alternatives()).copied();
    for alternative in named.chain(of_a_socket) {
        assert!(page.contains(&format!("`{alternative}`")), "{alternative} is not on the page");
    }
}

#[test]
fn the_page_about_knobs_is_made_from_their_table() {
    let made = wasclean_model::profile::markdown();
    if std::env::var_os("WASCLEAN_BLESS").is_some() {
        assert!(std::env::var_os("CI").is_none(), "pages are not rewritten under CI");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/knobs.md");
        fs::write(path, made).expect("a writable file");
        return;
    }
    assert!(page("docs/knobs.md") == made, "WASCLEAN_BLESS=1 cargo test -p wasclean-model --test docs");
}

#[test]
fn the_page_about_profiles_names_each_of_them() {
    let page = page("docs/profiles.md");
    for named in Profile::NAMED {
        assert!(page.contains(&format!("`{}`", named.name)), "{} is not on the page", named.name);
    }
}

#[test]
fn the_page_about_faults_has_every_fault_and_who_notices_it() {
    let faults = page("docs/faults.md");
    let table = faults.lines().skip_while(|line| !line.starts_with("| fault | ")).skip(2);
    let table: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    assert_eq!(table.len(), Fault::VALUES.len());
    for (row, &(fault, id)) in table.iter().zip(Fault::VALUES) {
        let begin = format!("| {id} `{}` | {} | {} | ", fault.name(), fault.about(), fault.layer());
        assert!(row.starts_with(&begin), "{row}\nis not\n{begin}");
        let noticed = parse(&page(&format!("corpus/faults/{id}.toml"))).expect.breaks.expect("it breaks one");
        assert!(row.ends_with(&format!(" | {noticed} |")), "{row}\nis not noticed by {noticed}");
    }
}

#[test]
fn the_example_in_the_readme_is_the_one_that_is_compiled() {
    let example = page("engine/model/examples/close_frame_target.rs");
    for name in ["README.md", "engine/model/README.md", "docs/guides/own-fuzz-target.md"] {
        assert!(
            blocks(&page(name), "rust").iter().any(|block| example.contains(block.as_str())),
            "{name} shows another one"
        );
    }
}
