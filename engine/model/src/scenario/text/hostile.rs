//! No text whatsoever does harm: neither a panic nor a wait.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use std::time::{Duration, Instant};

use super::random::{self, Draw};
use super::tests::EXAMPLE;
use super::{parse, print};

/// Changes `text` in one place: something is taken out, doubled, swapped or put in.
fn mutate(text: &str, draw: &mut Draw) -> String {
    const PIECES: [&str; 40] = [
        "'",
        "\"",
        "\\",
        "\n",
        "\r",
        "\0",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "=",
        ",",
        ".",
        "#",
        "ä",
        "😀",
        "\u{feff}",
        "'''",
        "\"\"\"",
        "\\u",
        "\\x",
        "[[",
        "]]",
        "-",
        "+",
        "0",
        "9",
        "99999999999999999999",
        "e",
        "n",
        "f",
        " ",
        "\t",
        "1979-05-27",
        "inf",
        "true",
        ".repeat(",
        "\u{202e}",
    ];
    let boundaries: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let place = |draw: &mut Draw| boundaries[draw.below(boundaries.len())];
    let (mut from, mut to) = (place(draw), place(draw));
    if from > to {
        (from, to) = (to, from);
    }
    match draw.below(6) {
        0 => String::from(&text[..from]),
        1 => format!("{}{}", &text[..from], &text[to..]),
        2 => format!("{}{}", &text[..to], &text[from..]),
        3 | 4 => format!("{}{}{}", &text[..from], draw.of(&PIECES), &text[from..]),
        _ => {
            let after = text[from..].chars().next().map_or(0, char::len_utf8);
            format!("{}{}{}", &text[..from], draw.of(&PIECES), &text[from + after..])
        }
    }
}

#[test]
fn no_mutation_of_a_file_does_harm() {
    let mut draw = Draw(1);
    let mut read = 0;
    for round in 0..20_000 {
        let mut text = match round % 4 {
            0 => print(&random::scenario(&mut draw)),
            _ => String::from(EXAMPLE),
        };
        for _ in 0..=draw.below(4) {
            text = mutate(&text, &mut draw);
        }
        match parse(&text) {
            Ok(scenario) => {
                read += 1;
                assert_eq!(parse(&print(&scenario)), Ok(scenario), "{text}");
            }
            Err(error) => {
                let before = &text[..error.span.start];
                assert!(text.get(error.span.clone()).is_some());
                assert_eq!(error.line, before.matches('\n').count() + 1);
                assert!(
                    error.column >= 1 && !error.message.is_empty() && !error.advice.is_empty(),
                    "{error}"
                );
                assert!(error.to_string().len() < 1000, "{error}");
            }
        }
    }
    assert!(read > 100, "only {read} of the mutated files were still scenarios");
}

#[test]
fn every_truncation_is_an_answer() {
    for end in (0..=EXAMPLE.len()).filter(|&end| EXAMPLE.is_char_boundary(end)) {
        let _ = parse(&EXAMPLE[..end]);
    }
}

#[test]
fn long_texts_take_no_longer_than_their_length_explains() {
    const COUNT: usize = 200_000;
    let many = |piece: &str| piece.repeat(COUNT);
    let page = |line: &str| format!("format = 1\npage.main = ['{line}']");
    let start = Instant::now();
    for text in [
        many("["),
        many("[["),
        many("a."),
        many("a={"),
        format!("a={}", many("{a=")),
        format!("[{}a]", many("a.")),
        many("'"),
        many("\""),
        many("#"),
        many("ä"),
        many("\n"),
        many("a=1\n"),
        many("[a]\n"),
        many("[[peer]]\n"),
        format!("format = 1\n{}", (0..COUNT).map(|n| format!("a{n} = 1\n")).collect::<String>()),
        format!("format = 1\npage.main = [{}]", many("'throw',")),
        format!("format = 1\nchoices = [{}]", many("'tcp.write=later',")),
        format!("format = 1\nchoices = ['{}']", many("=")),
        page(&many("object(main, ")),
        page(&format!("ws0.close({}", many("object(main, "))),
        page(&many("(")),
        page(&many("-")),
        page(&format!("ws0.close({}", many("9"))),
        page(&format!("ws0.close(.{}", many("9"))),
        page(&format!("ws0.close(1e{}", many("9"))),
        page(&format!("ws0.close(0x{}", many("f"))),
        page(&format!("ws0.close({}n", many("9"))),
        page(&format!("ws0.send(\"{}", many("\\"))),
        page(&format!("ws0.send(\"{}", many("\\u{1"))),
        page(&format!("ws0.send(bytes(\"{}\"))", many("0"))),
        page(&format!("ws{}", many("9"))),
        page(&format!("ws0.{}", many("a"))),
        page(&format!("new WebSocket(\"\", [{}]", many("\"\", "))),
        page(&many("\"a\".repeat(2)")),
        format!("format = 1\npage.main = [\"\"\"{}\\{}x\"\"\"]", many("\\t"), many(" \n")),
        format!("format = 1\npeer = [{{steps = ['frame {}']}}]", many("fin=1 ")),
        format!("format = 1\npeer = [{{steps = ['bytes {}']}}]", many("0 ")),
        format!("format = 1\nprofile = '{}'", many("standard")),
    ] {
        let _ = parse(&text);
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
