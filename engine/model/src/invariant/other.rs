//! Invariants that no trace of one run can show: what they say, and that harnesses of their own judge them.

use super::{Claim, Class, Invariant, Kinds, claim};

const fn row(
    id: &'static str,
    name: &'static str,
    sources: &'static [&'static str],
    predicate: &'static str,
    class: Class,
) -> Invariant {
    let claimed_when: Claim = claim::ALWAYS;
    let witness = "A run of the harness.";
    Invariant { id, name, sources, predicate, witness, class, claimed_when, needs: Kinds::NONE }
}

/// The invariants of the classes [`Class::Relational`] and [`Class::Function`].
pub(super) const ROWS: [Invariant; 13] = [
    row(
        "INV-01",
        "segmentation changes nothing",
        &["WIRE-13", "WIRE-14"],
        "However TCP cuts the same bytes, script sees the same.",
        Class::Relational,
    ),
    row(
        "INV-02",
        "fragmentation changes nothing",
        &["WIRE-28"],
        "However the peer fragments the same messages, script sees the same.",
        Class::Relational,
    ),
    row(
        "INV-03",
        "Ping and Pong change nothing",
        &["WIRE-33", "WIRE-34", "WIRE-35"],
        "Pings and Pongs between the frames before the peer's Close change nothing that script sees.",
        Class::Relational,
    ),
    row(
        "INV-04",
        "what is encoded is decoded",
        &["WIRE-01", "WIRE-04", "WIRE-09", "WIRE-10"],
        "Decoding an encoded frame gives the frame, its length is in the shortest form, and it is masked if and only if a client sends it.",
        Class::Function,
    ),
    row(
        "INV-07",
        "the fast close frame parser equals the reference",
        &["CLOSE-01", "WIRE-30"],
        "On every input the fast parser of a Close frame gives what the plain one gives.",
        Class::Function,
    ),
    row(
        "INV-09",
        "UTF-8 is what the standard library says it is",
        &["UTF8-01", "UTF8-02"],
        "The validator accepts a byte string if and only if an independent one does.",
        Class::Function,
    ),
    row(
        "INV-10",
        "UTF-8 may come in pieces",
        &["UTF8-03", "WIRE-45"],
        "However a text is cut, the incremental validator says what it says of the whole.",
        Class::Function,
    ),
    row(
        "INV-11",
        "masking is its own inverse",
        &["WIRE-12"],
        "Masking twice with the same key gives the bytes back, wherever they are cut.",
        Class::Function,
    ),
    row(
        "INV-33",
        "two endpoints close cleanly",
        &["CLOSE-14", "CLOSE-17", "WIRE-12", "WIRE-23", "WIRE-32"],
        "Over a transport that loses nothing, without violations and early timers, both ends are clean, each with the code that the other sent; each gets the messages of the other, whole and in order, and answers its Pings.",
        Class::Relational,
    ),
    Invariant {
        claimed_when: claim::ERROR_AT_THE_END,
        ..row(
            "INV-81",
            "causes before open look the same",
            &["PRIV-01", "PRIV-02", "HS-24"],
            "What script sees of two connections that were never established does not depend on why.",
            Class::Relational,
        )
    },
    row(
        "INV-98",
        "listeners alone change nothing",
        &["DOM-29"],
        "Listeners that call nothing change no byte on the wire and no change of `readyState`.",
        Class::Relational,
    ),
    row(
        "INV-99",
        "the same choices give the same trace",
        &["HS-13", "WIRE-11"],
        "A run is determined by the scenario and the choices, to the byte; its nonces and masking keys are the numbers that were drawn, one for each connection and one for each frame.",
        Class::Relational,
    ),
    row(
        "INV-100",
        "sockets are independent",
        &["LOOP-06"],
        "Steps of the network of two sockets with different hosts can be exchanged.",
        Class::Relational,
    ),
];
