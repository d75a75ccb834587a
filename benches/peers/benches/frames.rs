//! 10,000 mixed small frames in one buffer: ours, the peers, and the floor.

use std::hint::black_box;
use std::time::Duration;

use bytes::BytesMut;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use wasclean_peers::case::{mixed_small, stream};
use wasclean_peers::cpu::{CpuTime, elements};
use wasclean_peers::frames::{
    Actix, EdgeWs, Events, Ours, Portable, Sockudo, Soketto, Stream, TungsteniteHeader, WsFramer, Yawc, check,
};

const COUNT: usize = 10_000;

fn decode<S: Stream>(group: &mut BenchmarkGroup<'_, CpuTime>, bytes: &[u8], is_masked: bool) {
    check::<S>();
    group.bench_function(S::NAME, |b| {
        // A fresh copy for each, for it is unmasked in place; making it is not timed.
        b.iter_batched_ref(
            || BytesMut::from(bytes),
            |bytes| {
                let sink = |opcode: u8, payload: &[u8]| {
                    black_box((opcode, payload));
                };
                if is_masked { S::decode::<true>(bytes, sink) } else { S::decode::<false>(bytes, sink) }
            },
            BatchSize::PerIteration,
        );
    });
}

fn frames(c: &mut Criterion<CpuTime>) {
    let small = mixed_small(COUNT);
    for (name, is_masked) in [("masked", true), ("unmasked", false)] {
        let bytes = stream(&small, is_masked);
        let mut group = c.benchmark_group(format!("frames/10000-mixed-{name}"));
        group.throughput(elements(COUNT));
        let mut rest = &bytes[..];
        let header_len = if is_masked { 6 } else { 2 };
        let pieces: Vec<&[u8]> =
            small.iter().filter_map(|frame| rest.split_off(..header_len + frame.payload.len())).collect();
        group.bench_function("floor memcpy", |b| {
            let mut room = [0; 131];
            b.iter(|| {
                for piece in &pieces {
                    let piece = black_box(*piece);
                    room[..piece.len()].copy_from_slice(piece);
                    black_box(&room[..piece.len()]);
                }
            });
        });
        decode::<Ours>(&mut group, &bytes, is_masked);
        decode::<Portable>(&mut group, &bytes, is_masked);
        decode::<Events>(&mut group, &bytes, is_masked);
        decode::<EdgeWs>(&mut group, &bytes, is_masked);
        decode::<Soketto>(&mut group, &bytes, is_masked);
        decode::<TungsteniteHeader>(&mut group, &bytes, is_masked);
        decode::<Sockudo>(&mut group, &bytes, is_masked);
        decode::<Actix>(&mut group, &bytes, is_masked);
        decode::<Yawc>(&mut group, &bytes, is_masked);
        decode::<WsFramer>(&mut group, &bytes, is_masked);
    }
}

fn configured() -> Criterion<CpuTime> {
    Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(30)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
        .without_plots()
}

criterion_group! {
    name = benches;
    config = configured();
    targets = frames
}
criterion_main!(benches);
