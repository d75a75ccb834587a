//! Generates a scenario: a realistic mix for a campaign, in which most connections are established and the page
//! then does something while they close.

mod agent;
mod call;
mod frame;
mod page;
mod peer;
mod weights;

use crate::profile::Profile;
use crate::scenario::{Global, Peer, Scenario};

pub(super) use agent::agent_step;
pub(super) use call::{Wanted, value};
pub(super) use page::call;
pub(super) use peer::step;

/// A source of numbers.
pub trait Draw {
    /// A number below `count`, which is at least 1; all of them are equally likely.
    fn below(&mut self, count: u32) -> u32;
}

impl<D: Draw + ?Sized> Draw for &mut D {
    fn below(&mut self, count: u32) -> u32 {
        (**self).below(count)
    }
}

/// Three independent bytes.
#[inline]
pub(super) fn bytes(draw: &mut impl Draw) -> [u8; 3] {
    let [a, b, c, _] = draw.below(1 << 24).to_le_bytes();
    [a, b, c]
}

/// One of `values`.
#[inline]
pub(super) fn one<T: Copy>(values: &[T], draw: &mut impl Draw) -> T {
    values[draw.below(u32::try_from(values.len()).expect("a short list")) as usize]
}

/// A message or a send buffer that is lowered gets one of these limits, in bytes.
/// They are below, at and above the length of what is mostly sent.
const LIMITS: [u32; 8] = [0, 1, 2, 3, 5, 16, 125, 1000];

/// In so many runs of 256 a limit is lowered.
const LOWERED: u8 = 5;

/// In so many runs of 256 the page is navigated away from, is a worker that ends, or leaves garbage.
const LIFETIMES: u8 = 16;

/// Fills `into` with a scenario, whose memory is used again.
///
/// The profile is the caller's, but in one run of fifty one of the two limits on lengths is lowered if the caller
/// allows more: else no run would ever come to a full buffer. So set `into.profile` before each call. The numbers
/// that are drawn decide everything else; what `into` held before does not matter.
pub fn generate(into: &mut Scenario, draw: &mut impl Draw) {
    into.agent.global = Global::Window;
    into.agent.steps.clear();
    into.choices.clear();
    into.expect.page = None;
    into.expect.wire = None;
    into.expect.breaks = None;

    let connections = page::generate(&mut into.page.functions, draw);
    if into.peers.len() != connections.len() {
        into.peers.resize_with(connections.len(), Peer::default);
    }
    for (peer, connection) in into.peers.iter_mut().zip(connections) {
        peer::generate(&mut peer.steps, connection, draw);
    }
    let [limit, which, lifetime] = bytes(draw);
    if limit < LOWERED {
        lower_a_limit(&mut into.profile, which);
    }
    if lifetime < LIFETIMES {
        agent::generate(into, draw);
    }
}

fn lower_a_limit(profile: &mut Profile, which: u8) {
    let limit = LIMITS[usize::from(which >> 1) % LIMITS.len()];
    if which & 1 == 0 {
        profile.message_len_max = profile.message_len_max.min(limit);
    } else {
        profile.send_buffer_len_max = profile.send_buffer_len_max.min(limit);
    }
}

#[cfg(test)]
mod tests;
