//! A length of time on the command line.

use std::time::Duration;

/// Reads `30s`, `10m`, `2h`, `500ms`; a number alone is seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(unit_at);
    let millis = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err("expected a number and a unit, as in 30s, 10m or 2h".to_owned()),
    };
    let number: u64 = if digits.is_empty() {
        return Err("expected a number first, as in 30s, 10m or 2h".to_owned());
    } else {
        digits.parse().map_err(|_| TOO_LONG.to_owned())?
    };
    match number.checked_mul(millis) {
        None => Err(TOO_LONG.to_owned()),
        Some(0) => Err("no run fits into no time; the shortest is 1ms".to_owned()),
        // A year: whatever is longer is a slip, and clocks overflow.
        Some(total) if total > 366 * 86_400_000 => Err(TOO_LONG.to_owned()),
        Some(total) => Ok(Duration::from_millis(total)),
    }
}

const TOO_LONG: &str = "longer than a year";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        #[track_caller]
        fn check(text: &str, want: u64) {
            assert_eq!(parse(text), Ok(Duration::from_millis(want)));
        }
        check("30s", 30_000);
        check("30", 30_000);
        check("500ms", 500);
        check("10m", 600_000);
        check("2h", 7_200_000);
    }

    #[test]
    fn anything_else_is_told_what_is_expected() {
        for text in ["", "s", "0s", "-1s", "1.5s", "3 weeks", "99999999999999999999s", "9999999999999h"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
