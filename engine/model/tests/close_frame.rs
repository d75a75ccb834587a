//! The fast parsers of Close frames against the reference (INV-07): every header, every status code, every short
//! reason, every boundary of UTF-8 at every position, every truncation, every alignment.
//!
//! What takes minutes is the example `close_frame_proof`.

use wasclean_model::status_code::{Class, class};
use wasclean_model::trace::Cause;
use wasclean_model::wire::close_frame::{Error, Frame, Parsed, Scratch, parse, parse_by, reference};
use wasclean_model::wire::{Kernel, Role, Violation, encode};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

const KEYS: [[u8; 4]; 3] = [[0x37, 0xfa, 0x21, 0x3d], [0; 4], [0x80, 0x7f, 0xff, 0x01]];

/// The kernels under test, with one scratch for all that they do, so that what is left in it is seen to be harmless.
struct Twins {
    kernels: Vec<Kernel>,
    scratch: Scratch,
    count: u64,
}

impl Default for Twins {
    fn default() -> Self {
        // The one that the process is made to use is among them, unless the processor does not have it.
        assert!(Kernel::available().contains(&Kernel::chosen()));
        Self { kernels: Kernel::available(), scratch: Scratch::new(), count: 0 }
    }
}

impl Twins {
    /// Compares each parser with the reference on `bytes`.
    #[track_caller]
    fn check(&mut self, bytes: &[u8], role: Role) {
        let want = reference::parse(bytes, role);
        self.count += 1;
        for &kernel in &self.kernels {
            let got = parse_by(kernel, bytes, role, &mut self.scratch);
            let name = kernel.name();
            assert!(
                agrees(&got, &want),
                "{name}, {role:?}, {bytes:02x?}: {got:?}, and by reference {want:?}"
            );
        }
    }

    /// The same for the Close frame with `body`, as an endpoint in `role` receives it under each key.
    #[track_caller]
    fn check_body(&mut self, body: &[u8], role: Role, keys: &[[u8; 4]]) {
        let mut bytes = Vec::with_capacity(131);
        for key in masks(role, keys) {
            bytes.clear();
            encode::frame(&mut bytes, 0x88, body, key);
            self.check(&bytes, role);
        }
    }
}

fn agrees(got: &Result<Option<Frame<'_>>, Error>, want: &Result<Option<Parsed>, Error>) -> bool {
    match (got, want) {
        (Ok(Some(got)), Ok(Some(want))) => {
            got.status() == want.status
                && got.reason().as_bytes() == &want.reason[..]
                && got.len() == want.len
        }
        (Ok(None), Ok(None)) => true,
        (Err(got), Err(want)) => got == want,
        (Ok(_) | Err(_), _) => false,
    }
}

/// How what an endpoint in `role` receives is masked.
fn masks(role: Role, keys: &[[u8; 4]]) -> Vec<Option<[u8; 4]>> {
    match role {
        Role::Client => vec![None],
        Role::Server => keys.iter().copied().map(Some).collect(),
    }
}

/// A body with a reason of `len` bytes: `filling` as often as it fits, and then letters.
fn body(filling: &str, len: usize) -> Vec<u8> {
    let mut body = vec![0x0f, 0xa0];
    body.extend(filling.repeat(len / filling.len()).bytes());
    body.resize(2 + len, b'z');
    body
}

const FILLINGS: [&str; 5] = ["x", "é", "€", "𝄞", "aé€𝄞bcdefghijkl"];

#[test]
fn all_first_two_bytes_are_judged_as_by_the_reference_with_every_length_that_follows() {
    let mut twins = Twins::default();
    for role in ROLES {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let mut bytes = vec![first, second];
                // A key of zeros where there is one, so that the body is the same: text with a character cut off at
                // every length.
                bytes.extend([0; 4]);
                bytes.extend(body("é", 124));
                let whole = usize::from(second & 0x7f) + if second & 0x80 == 0 { 2 } else { 6 };
                for len in [2, 5, 6, whole.saturating_sub(1), whole, whole + 1, bytes.len()] {
                    twins.check(&bytes[..len.min(bytes.len())], role);
                }
            }
        }
    }
    assert_eq!(twins.count, 2 * 65_536 * 7);
}

#[test]
fn all_status_codes_are_given_out_with_their_class() {
    let mut twins = Twins::default();
    let mut scratch = Scratch::new();
    for role in ROLES {
        for code in 0..=u16::MAX {
            twins.check_body(&[&code.to_be_bytes()[..], b"bye"].concat(), role, &KEYS);
            twins.check_body(&code.to_be_bytes(), role, &KEYS[..1]);
        }
    }
    let frame = parse(b"\x88\x02\x03\xed", Role::Client, &mut scratch).expect("legal").expect("whole");
    assert_eq!((frame.code(), frame.status().map(|status| status.class)), (Some(1005), Some(class(1005))));
    assert_eq!(class(1005), Class::NeverOnTheWire);
}

#[test]
fn all_reasons_of_up_to_three_bytes_are_judged_as_by_the_reference() {
    let mut twins = Twins::default();
    let mut unmasked = *b"\x88\x05\x03\xe8abc";
    let key = KEYS[2];
    let mut masked = [0x88, 0x85, key[0], key[1], key[2], key[3], 3 ^ key[0], 0xe8 ^ key[1], 0, 0, 0];
    for len in 0..=3 {
        (unmasked[1], masked[1]) = (2 + len as u8, 0x82 + len as u8);
        for value in 0..1_u32 << (8 * len) {
            let [first, second, third, _] = value.to_le_bytes();
            unmasked[4..].copy_from_slice(&[first, second, third]);
            twins.check(&unmasked[..4 + len], Role::Client);
            // Masked, one in seven is enough: each byte meets each neighbour, and the key changes no verdict.
            if len < 3 || value % 7 == 0 {
                masked[8..].copy_from_slice(&[first ^ key[2], second ^ key[3], third ^ key[0]]);
                twins.check(&masked[..8 + len], Role::Server);
            }
        }
    }
    assert!(twins.count > 1 << 24);
}

/// The first and the last character of each range that the decoder tells apart, and what is just beyond them.
const BOUNDARIES: [&[u8]; 37] = [
    b"\x00",
    b"\x7f",
    b"\x80",
    b"\xbf",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xc2",
    b"\xc2\x7f",
    b"\xc2\x80",
    b"\xdf\xbf",
    b"\xdf\xc0",
    b"\xe0\x9f\xbf",
    b"\xe0\xa0",
    b"\xe0\xa0\x80",
    b"\xe0\xa0\xc0",
    b"\xe1\x7f\x80",
    b"\xec\xbf\xbf",
    b"\xed\x9f\xbf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xee\x80\x80",
    b"\xef\xbf\xbf",
    b"\xef\xbf\x7f",
    b"\xf0\x8f\xbf\xbf",
    b"\xf0\x90",
    b"\xf0\x90\x80",
    b"\xf0\x90\x80\x80",
    b"\xf0\x90\x80\x7f",
    b"\xf1\x80\x80\x80",
    b"\xf3\xbf\xbf\xbf",
    b"\xf3\xbf\xc0\xbf",
    b"\xf4\x8f\xbf\xbf",
    b"\xf4\x8f\xbf\xbf\x80",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xff",
];

#[test]
fn every_boundary_of_utf8_is_found_at_every_position_of_the_longest_reason() {
    let mut twins = Twins::default();
    for filling in ["x", "é"] {
        for boundary in BOUNDARIES {
            for at in 0..123 {
                let mut long = body(filling, 123);
                for (place, byte) in long[2 + at..].iter_mut().zip(boundary) {
                    *place = *byte;
                }
                // The reason may also end with it.
                for len in [125, (2 + at + boundary.len()).min(125)] {
                    twins.check_body(&long[..len], Role::Client, &[]);
                    twins.check_body(&long[..len], Role::Server, &KEYS);
                }
            }
        }
    }
}

#[test]
fn all_boundaries_in_three_bytes_are_judged_across_words_and_blocks() {
    const CLASSES: [u8; 24] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
        0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ];
    let mut twins = Twins::default();
    for at in [0, 4, 6, 13, 14, 30, 31, 61, 62, 63, 94, 120] {
        for first in CLASSES {
            for second in CLASSES {
                for third in CLASSES {
                    let mut long = body("x", 123);
                    long[2 + at..5 + at].copy_from_slice(&[first, second, third]);
                    twins.check_body(&long, Role::Client, &[]);
                    twins.check_body(&long[..5 + at], Role::Server, &KEYS[..1]);
                }
            }
        }
    }
}

#[test]
fn every_truncation_needs_more_and_what_follows_does_not_count() {
    let mut twins = Twins::default();
    for role in ROLES {
        for filling in FILLINGS {
            for len in 0..=123 {
                for key in masks(role, &KEYS[..1]) {
                    let mut bytes = Vec::new();
                    encode::frame(&mut bytes, 0x88, &body(filling, len), key);
                    for end in 0..=bytes.len() {
                        twins.check(&bytes[..end], role);
                    }
                    bytes.extend(b"\xff\xff\xff\xff");
                    twins.check(&bytes, role);
                }
            }
        }
    }
}

#[test]
fn every_alignment_of_the_input_gives_the_same() {
    #[repr(align(64))]
    struct Aligned([u8; 256]);

    let mut twins = Twins::default();
    let mut room = Aligned([0xff; 256]);
    for role in ROLES {
        for filling in FILLINGS {
            for len in 0..=123 {
                for key in masks(role, &KEYS[..1]) {
                    let mut bytes = Vec::new();
                    encode::frame(&mut bytes, 0x88, &body(filling, len), key);
                    for at in 0..64 {
                        room.0[at..at + bytes.len()].copy_from_slice(&bytes);
                        twins.check(&room.0[at..at + bytes.len()], role);
                        room.0[at..at + bytes.len()].fill(0xff);
                    }
                }
            }
        }
    }
}

#[test]
fn an_offence_has_its_kind_and_its_place() {
    let mut scratch = Scratch::new();
    let mut check = |bytes: &[u8], role, cause, at| {
        let want = Err(Error::Violation(Violation { cause, at }));
        assert_eq!(parse(bytes, role, &mut scratch), want, "{}", Kernel::chosen().name());
    };
    check(b"\xc8", Role::Client, Cause::ReservedBit, 0);
    check(b"\x8b\x00", Role::Client, Cause::ReservedOpcode, 0);
    check(b"\x08", Role::Server, Cause::FragmentedControl, 0);
    check(b"\x88\x80", Role::Client, Cause::MaskedByServer, 1);
    check(b"\x88\x00", Role::Server, Cause::UnmaskedByClient, 1);
    check(b"\x88\x7e", Role::Client, Cause::ControlTooLong, 1);
    check(b"\x88\x01x", Role::Client, Cause::CloseBodyOfOneByte, 2);
    check(b"\x88\x05\x03\xe8a\xe2\x82", Role::Client, Cause::ReasonNotUtf8, 6);
    check(b"\x88\x85\0\0\0\0\x03\xe8\xc0\xafa", Role::Server, Cause::ReasonNotUtf8, 8);
}
