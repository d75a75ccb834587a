//! The text form of a scenario, from any text at all.

use alloc::format;

use super::{Broken, same};
use crate::scenario::bytes::{decode, encode};
use crate::scenario::text::{parse, print};

/// What is said to be broken: the forms of a scenario are our own, so no document has an ID for them.
const FORM: &str = "the text form";

/// Reads `source` as a scenario file. An error points into it; a scenario is within its bounds, and what is printed
/// of it, or encoded, gives it back.
///
/// # Errors
///
/// The first of these that does not hold.
pub fn scenario_text(source: &str) -> Result<(), Broken> {
    let scenario = match parse(source) {
        Ok(scenario) => scenario,
        Err(error) => {
            let points_into =
                source.get(error.span.clone()).is_some() && error.line >= 1 && error.column >= 1;
            return same(FORM, format_args!("whether {error:?} points into the text"), &points_into, &true);
        }
    };
    same(FORM, "whether the scenario is within its bounds", &scenario.is_within_bounds(), &true)?;
    let printed = print(&scenario);
    let read = parse(&printed).map_err(|error| Broken {
        invariant: FORM,
        detail: format!("{error} in what was printed:\n{printed}"),
    })?;
    same(FORM, "as it was read, and as it was printed and read", &scenario, &read)?;
    same(FORM, "as it was read, and as it was encoded and decoded", &scenario, &decode(&encode(&scenario)))
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;
    use crate::scenario::Scenario;
    use crate::scenario::generate::{Draw as _, generate};
    use crate::scenario::lcg::Lcg;

    const SOURCE: &str = r#"
format = 1
profile = { base = "literal", linger-us = 5000000 }
choices = ["tcp.write=later", "world.step=reset-0"]
[page]
main = ['new WebSocket("ws://a.test/", ["é"])', 'ws0.onclose = f1']
f1 = ['ws0.close(3000, "b\u{d800}e")', 'ws0.send("x")']
[[peer]]
steps = ['accept', 'close 1000 "bye"', 'wait close', 'fin']
"#;

    #[test]
    fn a_damaged_file_is_an_error_that_points_into_it() {
        assert_eq!(scenario_text(SOURCE), Ok(()));
        let mut lcg = Lcg::new(5);
        let chars: Vec<char> = SOURCE.chars().collect();
        let odd = ['"', '\'', '\\', '[', ']', '{', '0', '-', '\u{e9}', '\u{1f600}', '\n', '\0', ')', ','];
        for _ in 0..3_000 {
            let mut chars = chars.clone();
            for _ in 0..=lcg.below(3) {
                let at = lcg.below(chars.len() as u32) as usize;
                match lcg.below(3) {
                    0 => _ = chars.remove(at),
                    1 => chars[at] = odd[lcg.below(odd.len() as u32) as usize],
                    _ => chars.insert(at, odd[lcg.below(odd.len() as u32) as usize]),
                }
            }
            let source: String = chars.into_iter().collect();
            assert_eq!(scenario_text(&source), Ok(()), "{source}");
        }
    }

    #[test]
    fn a_choice_for_a_connection_that_cannot_be_is_an_error() {
        assert_eq!(scenario_text("format = 1\nchoices = ['world.step=deliver-3']"), Ok(()));
        let source = "format = 1\nchoices = ['world.step=deliver-4']";
        assert_eq!(scenario_text(source), Ok(()));
        let error = parse(source).expect_err("connections 0 to 3 are all there are");
        assert_eq!(&source[error.span], "world.step=deliver-4");
    }

    #[test]
    fn a_generated_scenario_survives_its_forms() {
        let mut lcg = Lcg::new(6);
        let mut scenario = Scenario::default();
        for _ in 0..500 {
            generate(&mut scenario, &mut lcg);
            assert_eq!(scenario_text(&print(&scenario)), Ok(()));
        }
    }
}
