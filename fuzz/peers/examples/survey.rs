//! Which differences there are: a chain of mutated streams, and how often each rule explains one.

use std::collections::BTreeMap;

use wasclean_model::harness::mutator::{Numbers, stream};

fn main() {
    let count: u32 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let mut known: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut unknown: BTreeMap<String, (u32, Vec<u8>, String)> = BTreeMap::new();
    let mut bytes = Vec::new();
    std::panic::set_hook(Box::new(|_| {}));
    for seed in 0..count {
        bytes = stream(&bytes, &mut Numbers::new(seed));
        if bytes.len() > 300 || seed % 16 == 0 {
            bytes.clear();
        }
        if let Err(difference) =
            wasclean_peers::peers(&bytes, &mut |peer, rule| *known.entry((peer, rule)).or_default() += 1)
        {
            let kind = difference.split("messages:").next().unwrap_or_default().to_owned()
                + difference
                    .split("cause:")
                    .nth(1)
                    .unwrap_or_default()
                    .split("theirs")
                    .next()
                    .unwrap_or_default()
                + difference
                    .rsplit("end:")
                    .next()
                    .unwrap_or_default()
                    .split([',', '('])
                    .next()
                    .unwrap_or_default();
            let entry = unknown.entry(kind).or_insert_with(|| (0, bytes.clone(), difference.clone()));
            entry.0 += 1;
            if entry.1.len() > bytes.len() {
                (entry.1, entry.2) = (bytes.clone(), difference);
            }
        }
    }
    for ((peer, rule), count) in known {
        println!("{peer:18} {rule:36} {count}");
    }
    for (count, bytes, difference) in unknown.values() {
        println!("{count} {bytes:02x?}\n  {difference}");
    }
}
