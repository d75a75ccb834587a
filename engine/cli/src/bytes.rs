//! A byte string on the command line: hexadecimal digits, a file, or standard input.

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;

/// As much as is read of a file; longer ones are refused, so that a device without end is too.
const LEN_MAX: u64 = 64 << 20;

/// How the bytes of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As they are.
    Raw,
    /// As hexadecimal digits.
    Hex,
}

/// The bytes that `argument` names: `-` is standard input; a file, if there is one of that name; else digits.
pub(crate) fn read(argument: &OsStr, form: Form) -> Result<Vec<u8>, Failure> {
    let shown = argument.to_string_lossy();
    let argument = Path::new(argument);
    let (bytes, name) = if argument == Path::new("-") {
        (read_all(io::stdin().lock(), "standard input")?, "standard input")
    } else if argument.exists() {
        (read_file(argument)?, &*shown)
    } else {
        let argument = shown;
        return match from_hex(argument.as_bytes()) {
            Ok(bytes) => Ok(bytes),
            Err(_) if looks_like_a_path(&argument) => {
                Err(Failure::new(format_args!("{argument}: there is no such file"))
                    .advise("pass hexadecimal digits, a file, or - for standard input"))
            }
            Err(message) => Err(Failure::new(format_args!("`{argument}`: {message}"))
                .advise("pass hexadecimal digits as in 8802 03e8, a file, or - for standard input")),
        };
    };
    match form {
        Form::Raw => Ok(bytes),
        Form::Hex => from_hex(&bytes).map_err(|message| Failure::new(format_args!("{name}: {message}"))),
    }
}

/// The bytes of the file at `path`.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(Failure::new(format_args!("{name} is a directory")).advise("pass a file"));
    }
    let file = File::open(path).map_err(|error| {
        let failure = Failure::new(format_args!("cannot read {name}: {error}"));
        match error.kind() {
            io::ErrorKind::NotFound if path.is_relative() => {
                failure.advise(format_args!("name a file as it is seen from {}", here()))
            }
            io::ErrorKind::PermissionDenied => failure.advise("make it readable, or copy it"),
            _ => failure.advise("name a file that can be read"),
        }
    })?;
    read_all(file, &name)
}

/// The folder that the program is called in.
pub(crate) fn here() -> String {
    env::current_dir().map_or_else(|_| "this folder".to_owned(), |dir| dir.display().to_string())
}

/// The bytes of standard input, called `name` in errors.
pub(crate) fn read_all(source: impl Read, name: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    source
        .take(LEN_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(format_args!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > LEN_MAX {
        let failure = Failure::new(format_args!("{name} has more than {} MiB", LEN_MAX >> 20));
        return Err(
            failure.advise("nothing that is read here needs as much; name another file, or a part of it")
        );
    }
    Ok(bytes)
}

fn looks_like_a_path(argument: &str) -> bool {
    argument.contains(['/', '\\', '.'])
}

/// Pairs of hexadecimal digits; white space, `:`, `,` and a leading `0x` of a group are passed over.
fn from_hex(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    let mut index = 0;
    while let Some(&byte) = text.get(index) {
        if high.is_none() && byte == b'0' && matches!(text.get(index + 1), Some(b'x' | b'X')) {
            index += 2;
            continue;
        }
        index += 1;
        if byte.is_ascii_whitespace() || byte == b':' || byte == b',' {
            continue;
        }
        let Some(digit) = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()) else {
            // All before it are of one byte each, so its number is that of its first byte.
            let rest = text[index - 1..].utf8_chunks().next();
            let shown = match rest.and_then(|chunk| chunk.valid().chars().next()) {
                Some(letter) => format!("`{}`", letter.escape_debug()),
                None => format!("the byte {byte:02x}"),
            };
            return Err(format!("character {index}, {shown}, is not a hexadecimal digit"));
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err("an odd number of hexadecimal digits: the last byte is incomplete".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_may_be_grouped() {
        for text in ["880203e8", "88 02 03 E8", "0x88,0x02, 0x03 0xe8", "88:02:03:e8\n"] {
            assert_eq!(from_hex(text.as_bytes()), Ok(vec![0x88, 2, 3, 0xe8]), "{text}");
        }
        assert_eq!(from_hex(b""), Ok(vec![]));
    }

    #[test]
    fn what_is_not_a_digit_is_told() {
        assert_eq!(from_hex(b"88g2"), Err("character 3, `g`, is not a hexadecimal digit".to_owned()));
        assert!(from_hex(b"880").is_err());
        let letter = from_hex("88\u{e9}2".as_bytes());
        assert_eq!(letter, Err("character 3, `\u{e9}`, is not a hexadecimal digit".to_owned()));
        let byte = from_hex(b"88\xe9");
        assert_eq!(byte, Err("character 3, the byte e9, is not a hexadecimal digit".to_owned()));
    }
}
