//! What a fuzz target of one's own looks like: a parser is compared with the model's, then a whole session is played.
//!
//! Under cargo-fuzz, `target` is the body of `fuzz_target!`; here it is called with a few inputs.

use wasclean_model::choices::Bytes;
use wasclean_model::invariant::judge;
use wasclean_model::scenario::bytes;
use wasclean_model::wire::Role;
use wasclean_model::wire::close_frame::reference;
use wasclean_model::world::run;

/// The code under test: the status code of an unmasked Close frame, if `frame` is a legal one.
fn parse_close(frame: &[u8]) -> Option<u16> {
    let (&[first, len], body) = frame.split_first_chunk()?;
    let body = body.get(..usize::from(len))?;
    if first != 0x88 || len > 125 || len == 1 || std::str::from_utf8(body.get(2..).unwrap_or(&[])).is_err() {
        return None;
    }
    Some(body.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code)))
}

fn target(data: &[u8]) {
    let expected = match reference::parse(data, Role::Client) {
        Ok(Some(close)) => Some(close.status.map_or(1005, |status| status.code)),
        Ok(None) | Err(_) => None,
    };
    assert_eq!(parse_close(data), expected);

    let (choices, scenario) = data.split_at(data.len().min(64));
    let scenario = bytes::decode(scenario);
    let trace = run(&scenario, &mut Bytes::new(choices));
    let broken = judge(&trace, &scenario.profile).broken;
    assert_eq!(broken.map(|breach| breach.rule().id), None);
}

fn main() {
    for data in
        [&b"\x88\x05\x03\xe8bye"[..], b"\x88\x00", b"\x88\x01\x03", b"\x88\x02\x03", b"any bytes at all"]
    {
        target(data);
    }
}
