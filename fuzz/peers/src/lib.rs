//! Other implementations of RFC 6455, asked for their verdict on the same bytes.
//!
//! A difference is explained by a rule with a name, or it is a finding.
#![forbid(unsafe_code)]

mod memory;
mod peer;
mod rule;
mod verdict;

pub use peer::{PEERS, Peer};
pub use rule::{Difference, RULES, Rule, explained};
pub use verdict::{CloseUnderWay, End, Message, Verdict, close_under_way, has_pong_inside, ours};

/// Asks every peer about `bytes`, which a server writes, and calls `known` with peer and rule for each difference that
/// is explained.
///
/// # Errors
///
/// A difference that no rule explains.
pub fn peers(bytes: &[u8], known: &mut dyn FnMut(&'static str, &'static str)) -> Result<(), String> {
    let (ours, cause) = ours(bytes);
    let has_pong_inside = has_pong_inside(bytes);
    let close_under_way = close_under_way(bytes);
    let mut unknown = None;
    for peer in PEERS {
        let theirs = peer.verdict(bytes);
        if theirs == ours {
            continue;
        }
        let difference = Difference {
            peer: peer.name,
            ours: &ours,
            cause,
            theirs: &theirs,
            has_pong_inside,
            close_under_way: close_under_way.as_ref(),
        };
        match explained(&difference) {
            Some(rule) => known(peer.name, rule),
            None => {
                unknown.get_or_insert_with(|| {
                    format!("{} differs, and no rule says why: {difference:?}", peer.name)
                });
            }
        }
    }
    unknown.map_or(Ok(()), Err)
}
