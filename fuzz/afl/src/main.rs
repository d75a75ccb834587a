//! Every target in one program for AFL++: the first argument is its name.

use wasclean_model::harness::{TARGETS, target};

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let target = target(&name).unwrap_or_else(|| panic!("pass a target, one of {}", names.join(", ")));
    afl::fuzz!(|bytes: &[u8]| {
        if let Err(broken) = (target.run)(bytes) {
            panic!("{broken}");
        }
    });
}
