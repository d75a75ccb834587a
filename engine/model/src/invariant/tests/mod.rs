//! For each invariant that is judged entry by entry: a trace on which it holds and is not vacuous, and the same trace
//! with one thing wrong, on which it is broken.

mod answers;
mod connection;
mod conversion;
mod dispatch;
mod ending;
mod knobs;
mod lifetime;
mod script;
mod table;
mod tales;
mod telling;

use alloc::vec::Vec;

use super::tale::Tale;
use super::{INVARIANTS, Kind, Set};
use crate::trace::{Entry, EventType};

fn index(id: &str) -> usize {
    INVARIANTS.iter().position(|invariant| invariant.id == id).expect("an invariant of that name")
}

/// `good` breaks nothing and witnesses `id`; with `wrong` in it, it breaks `id`.
#[track_caller]
fn check(id: &str, mut good: Tale, wrong: impl FnOnce(&mut Tale)) {
    check_good(id, &good);
    wrong(&mut good);
    check_wrong(id, &good);
}

#[track_caller]
fn check_good(id: &str, good: &Tale) {
    let judgement = good.judge();
    let broken = names(judgement.all_broken);
    let entry = judgement.broken.map(|breach| breach.entry);
    assert!(broken.is_empty(), "good, but breaks {broken:?} first at {entry:?}");
    assert!(judgement.witnessed.contains(index(id)), "{id} is not witnessed");
}

#[track_caller]
fn check_wrong(id: &str, wrong: &Tale) {
    let broken = names(wrong.judge().all_broken);
    assert!(broken.contains(&id), "{id} is not broken, but {broken:?} are");
}

fn names(set: Set) -> Vec<&'static str> {
    set.iter().map(|index| INVARIANTS[index].id).collect()
}

fn kind(kind: Kind) -> impl Fn(&Entry) -> bool {
    move |entry| Kind::of(entry) == kind
}

fn nothing(_: &mut Tale) {}

fn is_close_event(entry: &Entry) -> bool {
    matches!(entry, Entry::FireBegin { event, .. } if event.event_type == EventType::Close)
}

/// Changes what the constructor was given.
fn constructed_with(tale: &mut Tale, new_url: &str, new_protocols: &str) {
    let (new_url, new_protocols) = (tale.id(new_url.as_bytes()), tale.id(new_protocols.as_bytes()));
    tale.change(|entry| match entry {
        Entry::ConstructorArguments { url, protocols, .. } => {
            (*url, *protocols) = (new_url, new_protocols);
            true
        }
        _ => false,
    });
}

/// Changes the subprotocols of the opening handshake.
fn requested_with(tale: &mut Tale, new: &str) {
    let new = tale.id(new.as_bytes());
    tale.change(|entry| match entry {
        Entry::Request { protocols, .. } => {
            *protocols = new;
            true
        }
        _ => false,
    });
}

/// Changes what both the closed entry and the close event say.
fn say(tale: &mut Tale, new_clean: bool, new_code: u16, new_reason: &[u8]) {
    let new_reason = tale.id(new_reason);
    for entry in &mut tale.trace.entries {
        match entry {
            Entry::Closed { clean, code, reason, .. } => {
                (*clean, *code, *reason) = (new_clean, new_code, new_reason);
            }
            Entry::FireBegin { event, .. } if event.event_type == EventType::Close => {
                (event.was_clean, event.code, event.text) = (new_clean, new_code, new_reason);
            }
            _ => {}
        }
    }
}

fn is_call_of(number: u8) -> impl Fn(&Entry) -> bool {
    move |entry| matches!(entry, Entry::Listener { function, .. } if function.0 == number)
}
