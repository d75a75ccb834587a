//! Did you mean: the known word that is nearest to an unknown one.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Longer words are not compared, because the time is the product of both lengths.
const LEN_MAX: usize = 40;

/// Advice for `word`, which is none of `known`: the nearest of them, or all.
pub(super) fn advise(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => one_of(known),
    }
}

/// Advice for `word`, which is none of `known`: the nearest of them, or `otherwise`.
pub(super) fn advise_or(word: &str, known: &[&str], otherwise: &str) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => String::from(otherwise),
    }
}

/// More words than these are no advice.
const WORDS_MAX: usize = 20;

/// All of `known`, as advice.
pub(super) fn one_of(known: &[&str]) -> String {
    if known.len() > WORDS_MAX {
        return String::from("docs/profiles.md lists what there is");
    }
    let mut text = String::from("write");
    for (index, word) in known.iter().enumerate() {
        text.push_str(match index {
            0 => " `",
            _ if index + 1 == known.len() => " or `",
            _ => ", `",
        });
        text.push_str(word);
        text.push('`');
    }
    text
}

fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.is_empty() || word.len() > LEN_MAX {
        return None;
    }
    let mut longer = known.iter().filter(|candidate| word.len() >= 3 && candidate.starts_with(word));
    if let (Some(only), None) = (longer.next(), longer.next()) {
        return Some(only);
    }
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    known
        .iter()
        .map(|&candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= allowed && distance < candidate.len())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbour; case is free.
fn distance(left: &str, right: &str) -> usize {
    let lower = |text: &str| text.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<_>>();
    let (left, right) = (lower(left), lower(right));
    let mut before_last = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, &l) in left.iter().enumerate() {
        let mut row = Vec::with_capacity(last.len());
        row.push(i + 1);
        for (j, &r) in right.iter().enumerate() {
            let mut cost = (last[j] + usize::from(l != r)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && l == right[j - 1] && left[i - 1] == r {
                cost = cost.min(before_last[j - 1] + 1);
            }
            row.push(cost);
        }
        before_last = core::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, want: Option<&str>) {
        let known = ["close", "onclose", "send", "addEventListener", "x"];
        assert_eq!(nearest(word, &known), want);
    }

    #[test]
    fn a_near_miss_is_recognised() {
        check("clsoe", Some("close"));
        check("Close", Some("close"));
        check("onClose", Some("onclose"));
        check("addEventListner", Some("addEventListener"));
        check("snd", Some("send"));
        check("addEvent", Some("addEventListener"));
    }

    #[test]
    fn a_different_word_is_no_near_miss() {
        check("open", None);
        check("ad", None);
        check("y", None);
        check("", None);
        check(&"close".repeat(100), None);
    }

    #[test]
    fn without_a_near_miss_all_words_are_listed() {
        assert_eq!(advise("moon", &["fin", "rst", "echo"]), "write `fin`, `rst` or `echo`");
        assert_eq!(advise("moon", &["fin"]), "write `fin`");
        assert_eq!(advise("fim", &["fin", "rst"]), "did you mean `fin`?");
    }
}
