//! The parsers that every byte of a run passes: the frame decoder, the reference parser of Close frames, and the
//! reader of the handshake's response.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use wasclean_model::wire::close_frame::reference;
use wasclean_model::wire::handshake::{parse_response, response};
use wasclean_model::wire::{Decoder, Event, Role, encode};

fn group<'a>(c: &'a mut Criterion, name: &str, len: usize) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(format!("wire/{name}"));
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .throughput(Throughput::Bytes(len as u64));
    group
}

/// How many frames end in `bytes`, and how many bytes their payloads have.
fn decode(mut bytes: &[u8], role: Role) -> (usize, usize) {
    let mut decoder = Decoder::new(role);
    let mut sums = (0, 0);
    while let Some(event) = decoder.next(&mut bytes).expect("legal frames") {
        if let Event::Payload(chunk) = event {
            sums = (sums.0 + usize::from(chunk.is_last), sums.1 + chunk.bytes.len());
        }
    }
    sums
}

/// Computes headers and payloads of the frames that a short connection sends: a message in two fragments with a Ping
/// between them, and a Close; as a client receives them, as a server receives them (masked), and byte by byte.
fn decoder(c: &mut Criterion) {
    const FRAMES: [(u8, &[u8]); 4] =
        [(0x01, b"hello, "), (0x89, b"ping"), (0x80, b"world"), (0x88, b"\x03\xe8bye")];
    let payload_len: usize = FRAMES.iter().map(|(_, payload)| payload.len()).sum();
    for (name, role, mask) in
        [("unmasked", Role::Client, None), ("masked", Role::Server, Some([0x37, 0xfa, 0x21, 0x3d]))]
    {
        let mut bytes = Vec::new();
        for (first, payload) in FRAMES {
            encode::frame(&mut bytes, first, payload, mask);
        }
        assert_eq!(decode(&bytes, role), (FRAMES.len(), payload_len));
        let mut group = group(c, "decoder", bytes.len());
        group.bench_function(name, |b| b.iter(|| decode(black_box(&bytes), role)));
        if role == Role::Client {
            let by_bytes = |bytes: &[u8]| {
                let mut decoder = Decoder::new(role);
                let mut frames = 0;
                for mut byte in bytes.chunks(1) {
                    while let Some(event) = decoder.next(&mut byte).expect("legal frames") {
                        frames += usize::from(matches!(event, Event::Payload(chunk) if chunk.is_last));
                    }
                }
                frames
            };
            assert_eq!(by_bytes(&bytes), FRAMES.len());
            group.bench_function("byte-by-byte", |b| b.iter(|| by_bytes(black_box(&bytes))));
        }
    }
}

/// Computes code and reason of one Close frame from a slice: the smallest with a code, and the largest there is,
/// whose reason has two bytes a character.
fn close_frame(c: &mut Criterion) {
    for (name, reason) in [("code", String::new()), ("reason-123", format!("{}x", "é".repeat(61)))] {
        let mut bytes = Vec::new();
        encode::frame(&mut bytes, 0x88, &[&[0x03, 0xe8], reason.as_bytes()].concat(), None);
        let parsed = reference::parse(&bytes, Role::Client).expect("a legal frame").expect("a whole one");
        assert_eq!(parsed.status.map(|status| status.code), Some(1000));
        assert_eq!(parsed.reason.to_vec(), reason.as_bytes());
        let mut group = group(c, "reference-close-frame", bytes.len());
        group.bench_function(name, |b| b.iter(|| reference::parse(black_box(&bytes), Role::Client)));
    }
}

/// Computes where the frames begin and which subprotocol was chosen: for the response that our peers send, for one
/// behind an interim response, and for one that lacks its last byte.
fn handshake(c: &mut Criterion) {
    let mut plain = Vec::new();
    response(&mut plain, 7, Some("chat"));
    let interim = [&b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"[..], &plain].concat();
    let cut = &plain[..plain.len() - 1];
    for (name, bytes, want) in [
        ("plain", &plain[..], Some(plain.len())),
        ("behind-an-interim", &interim, Some(interim.len())),
        ("incomplete", cut, None),
    ] {
        let head_len = |bytes| {
            parse_response(bytes, 7, b"chat").expect("nothing illegal").map(|accepted| accepted.head_len)
        };
        assert_eq!(head_len(bytes), want);
        let mut group = group(c, "parse-response", bytes.len());
        group.bench_function(name, |b| b.iter(|| head_len(black_box(bytes))));
    }
}

criterion_group!(benches, decoder, close_frame, handshake);
criterion_main!(benches);
