//! The steps that a peer performs by itself: which it can perform, and what each does to the connection.

use super::World;
use super::peer_bytes::encoded_len;
use super::state::Socket;
use crate::page::Page;
use crate::scenario::{Awaited, Item, PeerStep};
use crate::trace::{Entry, PeerEnd, SocketId, Trace};

impl<P: Page> World<'_, P> {
    /// Whether the peer can perform `step`, its next one.
    pub(super) fn can_perform(at: &Socket, step: &PeerStep) -> bool {
        if !at.link.allows(step) {
            return false;
        }
        match step {
            PeerStep::Wait { until, .. } => {
                at.link.pause_us == Some(0)
                    || match until {
                        // A peer begins when it has the request.
                        Awaited::Request => true,
                        Awaited::Data => at.link.data_frames > 0,
                        Awaited::Close => at.endpoint.closing().written().is_some(),
                        // The client's direction ends together with the connection, and the peer's script with it.
                        Awaited::Fin => false,
                    }
            }
            PeerStep::Delay { .. } => at.link.pause_us == Some(0),
            // The echo of a Close comes after the Close.
            PeerStep::Write { item: Item::Echo, .. } => at.endpoint.closing().written().is_some(),
            PeerStep::Write { .. }
            | PeerStep::Fin
            | PeerStep::Rst
            | PeerStep::StopReading
            | PeerStep::ResumeReading
            | PeerStep::Unreachable(_) => true,
        }
    }

    /// Lets the peer perform its next step, and the next write with it if it is held back. Our endpoint learns of it
    /// only when something arrives, or when it writes again.
    pub(super) fn perform_peer_step(&mut self, socket: SocketId, trace: &mut Trace) {
        let peer = self.peer(socket);
        loop {
            let link = &self.state.socket(socket).link;
            let (next, Some(step)) = (link.next, link.next_step(peer)) else {
                return;
            };
            let (bytes, end) = match step {
                PeerStep::Write { item, .. } => {
                    let len = encoded_len(item, self.state.socket(socket).known(trace));
                    (u32::try_from(len).unwrap_or(u32::MAX), None)
                }
                PeerStep::Fin => (0, Some(PeerEnd::Fin)),
                PeerStep::Rst => (0, Some(PeerEnd::Reset)),
                PeerStep::Wait { .. }
                | PeerStep::Delay { .. }
                | PeerStep::StopReading
                | PeerStep::ResumeReading
                | PeerStep::Unreachable(_) => (0, None),
            };
            trace.emit(Entry::PeerStep { socket, step: next, bytes, end });
            let link = &mut self.state.socket(socket).link;
            link.next += 1;
            link.begin_step(peer);
            let mut goes_on = false;
            match step {
                PeerStep::Write { corked, .. } => goes_on = *corked,
                PeerStep::Wait { until: Awaited::Data, .. } => {
                    link.data_frames = link.data_frames.saturating_sub(1);
                }
                PeerStep::Fin | PeerStep::Rst => link.ended = end,
                PeerStep::StopReading | PeerStep::ResumeReading => {
                    let reads = *step == PeerStep::ResumeReading;
                    self.state.socket(socket).endpoint.set_writable(reads);
                    trace.emit(Entry::PeerReads { socket, reads });
                }
                PeerStep::Wait { .. } | PeerStep::Delay { .. } | PeerStep::Unreachable(_) => {}
            }
            self.state.socket(socket).link.skip_delivered(peer);
            let at = self.state.socket(socket);
            if !goes_on || !at.link.next_step(peer).is_some_and(|next| Self::can_perform(at, next)) {
                break;
            }
        }
    }
}
