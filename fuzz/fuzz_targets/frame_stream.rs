//! A stream of frames: however the bytes are cut, the decoder says what the reference says of them.
//!
//! The first four bytes of an input are where it is cut, the rest is the stream.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use wasclean_model::harness::{self, FrameStreams, mutator};

thread_local! {
    static STREAMS: RefCell<FrameStreams> = RefCell::default();
}

fuzz_target!(|bytes: &[u8]| {
    let (cuts, stream) = harness::cuts_and_stream(bytes);
    STREAMS.with_borrow_mut(|streams| {
        streams.check(stream, &cuts).unwrap_or_else(|broken| panic!("{broken}"));
        streams.features(&cuts, mark);
    });
});
wasclean_fuzz::mutations!(mutator::frame_stream);
wasclean_fuzz::features!(FrameStreams::FEATURE_COUNT);
