//! One Close frame in 16 cells, and 1,024 mixed ones: ours, the peers, and the floor.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use wasclean_peers::case::{Close, cells, mixed_closes};
use wasclean_peers::close::{
    Actix, EdgeWs, Fastwebsockets, Sockudo, Soketto, Subject, TokioWebsockets, Tungstenite,
    TungsteniteHeader, WsFramer, WsTool, Yawc, check,
};
use wasclean_peers::cpu::{CpuTime, elements};
use wasclean_peers::ours::{Ours, Portable, Reference};

type Group<'a> = BenchmarkGroup<'a, CpuTime>;

fn single<S: Subject>(group: &mut Group<'_>, case: &Close) {
    fn run<const SERVER: bool, S: Subject>(group: &mut Group<'_>, bytes: &[u8]) {
        let mut subject = S::new::<SERVER>();
        group.bench_function(S::NAME, |b| {
            b.iter(|| {
                subject.close::<SERVER, _>(black_box(bytes), |code, reason| {
                    black_box((code, reason));
                })
            });
        });
    }
    if case.is_masked { run::<true, S>(group, &case.bytes) } else { run::<false, S>(group, &case.bytes) }
}

fn mixed<S: Subject>(group: &mut Group<'_>, frames: &[&[u8]]) {
    let mut subject = S::new::<true>();
    group.bench_function(S::NAME, |b| {
        b.iter(|| {
            for frame in frames {
                black_box(subject.close::<true, _>(black_box(frame), |code, reason| {
                    black_box((code, reason));
                }));
            }
        });
    });
}

macro_rules! each_subject {
    ($function:ident($($argument:expr),*)) => {
        $function::<Ours>($($argument),*);
        $function::<Portable>($($argument),*);
        $function::<Reference>($($argument),*);
        $function::<EdgeWs>($($argument),*);
        $function::<Soketto>($($argument),*);
        $function::<TungsteniteHeader>($($argument),*);
        $function::<Sockudo>($($argument),*);
        $function::<WsFramer>($($argument),*);
        $function::<WsTool>($($argument),*);
        $function::<Actix>($($argument),*);
        $function::<Yawc>($($argument),*);
        $function::<Tungstenite>($($argument),*);
        $function::<Fastwebsockets>($($argument),*);
        $function::<TokioWebsockets>($($argument),*);
    };
}

/// What any parser must at least do: touch the bytes, and look at the text.
fn floor(group: &mut Group<'_>, case: &Close) {
    let mut room = [0; 131];
    group.bench_function("floor memcpy", |b| {
        b.iter(|| {
            let bytes = black_box(&case.bytes[..]);
            room[..bytes.len()].copy_from_slice(bytes);
            black_box(&room[..bytes.len()]);
        });
    });
    let text = case.reason.as_bytes();
    group.bench_function("floor std from_utf8", |b| b.iter(|| core::str::from_utf8(black_box(text)).is_ok()));
    group
        .bench_function("floor simdutf8", |b| b.iter(|| simdutf8::basic::from_utf8(black_box(text)).is_ok()));
}

fn close_frames(c: &mut Criterion<CpuTime>) {
    each_subject!(check());
    for case in cells() {
        let mut group = c.benchmark_group(format!("close/{}", case.name.replace('/', "-")));
        floor(&mut group, &case);
        each_subject!(single(&mut group, &case));
    }
    let closes = mixed_closes(1024, true);
    // One after the other, as they come from a connection.
    let bytes: Vec<u8> = closes.iter().flat_map(|close| close.bytes.iter().copied()).collect();
    let mut rest = &bytes[..];
    let frames: Vec<&[u8]> = closes.iter().filter_map(|close| rest.split_off(..close.bytes.len())).collect();
    let mut group = c.benchmark_group("close/1024-mixed-masked");
    group.throughput(elements(frames.len()));
    group.bench_function("floor memcpy", |b| {
        let mut room = [0; 131];
        b.iter(|| {
            for frame in &frames {
                let bytes = black_box(*frame);
                room[..bytes.len()].copy_from_slice(bytes);
                black_box(&room[..bytes.len()]);
            }
        });
    });
    each_subject!(mixed(&mut group, &frames));
}

fn configured() -> Criterion<CpuTime> {
    Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(30)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .without_plots()
}

criterion_group! {
    name = benches;
    config = configured();
    targets = close_frames
}
criterion_main!(benches);
