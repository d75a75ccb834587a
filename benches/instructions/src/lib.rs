//! Only benchmarks are here.
