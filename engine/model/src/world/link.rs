//! The connection between an endpoint and its peer: how far the peer's script is, and what is under way.

use crate::scenario::{Peer, PeerStep};
use crate::trace::PeerEnd;

/// One connection.
///
/// What is under way is not kept as bytes: it is the part of the peer's script between what was delivered and what was
/// performed, and each step's bytes follow from the step and the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Link {
    /// The first step that the peer has not performed.
    pub(super) next: u8,
    /// The first step whose bytes have not all been delivered.
    pub(super) delivered: u8,
    /// How many bytes of that step have been delivered.
    pub(super) offset: u32,
    /// How long the peer still waits, in microseconds; `None` if its next step does not depend on time.
    pub(super) pause_us: Option<u64>,
    /// How the peer ended its direction, if it did.
    pub(super) ended: Option<PeerEnd>,
    /// The nonce of the opening handshake.
    pub(super) nonce: u8,
    /// Data frames that the peer has read and not waited for.
    pub(super) data_frames: u8,
    /// How long the connection has been closed, in microseconds, where that is to be told (K-STAMP).
    pub(super) closed_for_us: u32,
}

impl Link {
    /// Whether the peer can still perform such a step after the way it ended its direction.
    pub(super) fn allows(&self, step: &PeerStep) -> bool {
        match (self.ended, step) {
            (None, _) => true,
            (Some(PeerEnd::Fin), PeerStep::Write { .. } | PeerStep::Fin) => false,
            (Some(PeerEnd::Fin), _) => true,
            (Some(PeerEnd::Reset), _) => false,
        }
    }

    /// The steps that have been performed and not wholly delivered.
    pub(super) fn under_way<'p>(&self, peer: &'p Peer) -> &'p [PeerStep] {
        peer.steps.get(usize::from(self.delivered)..usize::from(self.next)).unwrap_or_default()
    }

    /// The peer's next step.
    pub(super) fn next_step<'p>(&self, peer: &'p Peer) -> Option<&'p PeerStep> {
        // The script of a peer of 255 steps or more ends there: a scenario's bounds are checked where it is read.
        peer.steps.get(usize::from(self.next)).filter(|_| self.next < u8::MAX)
    }

    /// Comes to the next step, and begins to wait if that is what it is.
    pub(super) fn begin_step(&mut self, peer: &Peer) {
        self.pause_us = match self.next_step(peer) {
            Some(PeerStep::Delay { ms } | PeerStep::Wait { at_most_ms: Some(ms), .. }) => {
                Some(u64::from(*ms) * 1000)
            }
            Some(
                PeerStep::Write { .. }
                | PeerStep::Wait { at_most_ms: None, .. }
                | PeerStep::Fin
                | PeerStep::Rst
                | PeerStep::StopReading
                | PeerStep::ResumeReading
                | PeerStep::Unreachable(_),
            )
            | None => None,
        };
    }

    /// Passes over what is under way and can no longer arrive anywhere.
    pub(super) fn discard_under_way(&mut self) {
        self.delivered = self.next;
        self.offset = 0;
    }

    /// Passes over steps that leave nothing to deliver.
    pub(super) fn skip_delivered(&mut self, peer: &Peer) {
        while let Some(step) = self.under_way(peer).first() {
            match step {
                PeerStep::Write { .. } | PeerStep::Fin | PeerStep::Rst => break,
                PeerStep::Wait { .. }
                | PeerStep::Delay { .. }
                | PeerStep::StopReading
                | PeerStep::ResumeReading
                | PeerStep::Unreachable(_) => self.delivered += 1,
            }
        }
    }
}
