//! The same entry with other payload numbers.

use super::{Entry, EventAttributes, PayloadId};

impl Entry {
    /// The entry with each of its payload numbers replaced by what `number` gives for it.
    ///
    /// # Errors
    ///
    /// The first error of `number`.
    pub fn try_map_payloads<E>(
        self,
        mut number: impl FnMut(PayloadId) -> Result<PayloadId, E>,
    ) -> Result<Self, E> {
        Ok(match self {
            Self::Rx { socket, bytes } => Self::Rx { socket, bytes: number(bytes)? },
            Self::Request { socket, nonce, protocols } => {
                Self::Request { socket, nonce, protocols: number(protocols)? }
            }
            Self::Established { socket, protocol } => {
                Self::Established { socket, protocol: number(protocol)? }
            }
            Self::RxFrame { socket, head, payload } => {
                Self::RxFrame { socket, head, payload: number(payload)? }
            }
            Self::TxFrame { socket, head, payload, mask } => {
                Self::TxFrame { socket, head, payload: number(payload)?, mask }
            }
            Self::Closed { socket, clean, error, code, reason } => {
                Self::Closed { socket, clean, error, code, reason: number(reason)? }
            }
            Self::Attributes { socket, protocol, extensions } => {
                Self::Attributes { socket, protocol: number(protocol)?, extensions: number(extensions)? }
            }
            Self::FireBegin { target, event } => {
                Self::FireBegin { target, event: EventAttributes { text: number(event.text)?, ..event } }
            }
            Self::CloseArguments { socket, code, reason, reason_utf8, code_bits } => {
                Self::CloseArguments { socket, code, reason, reason_utf8: number(reason_utf8)?, code_bits }
            }
            Self::SendArgument { socket, text, data } => {
                Self::SendArgument { socket, text, data: number(data)? }
            }
            Self::ConstructorArguments { socket, url, protocols } => {
                Self::ConstructorArguments { socket, url: number(url)?, protocols: number(protocols)? }
            }
            Self::ToNumber { from, given, throws, bits } => {
                Self::ToNumber { from, given: number(given)?, throws, bits }
            }
            Self::ToUsvString { from, given, throws, utf8 } => {
                Self::ToUsvString { from, given: number(given)?, throws, utf8: number(utf8)? }
            }
            Self::Elapse { .. }
            | Self::PeerStep { .. }
            | Self::RxFin { .. }
            | Self::RxRst { .. }
            | Self::TxFin { .. }
            | Self::TcpClosed { .. }
            | Self::ClosingStarted { .. }
            | Self::Fail { .. }
            | Self::Full { .. }
            | Self::TimerFired { .. }
            | Self::Enqueue { .. }
            | Self::TaskBegin { .. }
            | Self::TaskEnd { .. }
            | Self::MicrotaskQueued { .. }
            | Self::MicrotaskBegin { .. }
            | Self::MicrotaskEnd { .. }
            | Self::Checkpoint
            | Self::Report { .. }
            | Self::ReadyState { .. }
            | Self::Listener { .. }
            | Self::ListenerEnd { .. }
            | Self::FireEnd { .. }
            | Self::CallBegin { .. }
            | Self::CallEnd { .. }
            | Self::AddListener { .. }
            | Self::RemoveListener { .. }
            | Self::SetHandler { .. }
            | Self::Abort { .. }
            | Self::StopPropagation { .. }
            | Self::PreventDefault
            | Self::Read { .. }
            | Self::Note { .. }
            | Self::Bound { .. }
            | Self::Quiescent
            | Self::PeerReads { .. }
            | Self::Converted { .. }
            | Self::ScriptEnd { .. }
            | Self::AgentStep { .. }
            | Self::Belongs { .. }
            | Self::Document { .. }
            | Self::Worker { .. }
            | Self::Dropped { .. }
            | Self::Disappears { .. }
            | Self::Collected { .. }
            | Self::TimeStamp { .. }
            | Self::SetBinaryType { .. }
            | Self::ReadEvent { .. }
            | Self::SetTimeout { .. }
            | Self::EventInitCode { .. } => self,
            Self::EventInit { event_type, interface, bubbles, cancelable, was_clean, reason } => {
                Self::EventInit {
                    event_type,
                    interface,
                    bubbles,
                    cancelable,
                    was_clean,
                    reason: number(reason)?,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::{FrameHead, Given, Payloads, SocketId, Target, ValueType};
    use super::*;

    #[test]
    fn no_number_is_left_as_it_was() {
        let id = Payloads::new().intern(b"x").expect("room");
        let socket = SocketId(0);
        let head = FrameHead { first: 0x88, second: 0 };
        let event = EventAttributes { text: id, ..EventAttributes::default() };
        let given = Given::Present;
        for entry in [
            Entry::Rx { socket, bytes: id },
            Entry::Request { socket, nonce: 0, protocols: id },
            Entry::Established { socket, protocol: id },
            Entry::RxFrame { socket, head, payload: id },
            Entry::TxFrame { socket, head, payload: id, mask: 0 },
            Entry::Closed { socket, clean: true, error: false, code: 1000, reason: id },
            Entry::Attributes { socket, protocol: id, extensions: id },
            Entry::FireBegin { target: Target::Socket(socket), event },
            Entry::CloseArguments { socket, code: given, reason: given, reason_utf8: id, code_bits: 0 },
            Entry::SendArgument { socket, text: true, data: id },
            Entry::ConstructorArguments { socket, url: id, protocols: id },
            Entry::ToNumber { from: ValueType::String, given: id, throws: false, bits: 0 },
            Entry::ToUsvString { from: ValueType::String, given: id, throws: false, utf8: id },
        ] {
            let mapped = entry.try_map_payloads(|_| Ok::<_, ()>(PayloadId::EMPTY)).expect("no error");
            assert!(!format!("{mapped:?}").contains("PayloadId(1)"), "{mapped:?}");
            assert_eq!(entry.try_map_payloads(Ok::<_, ()>), Ok(entry));
            assert_eq!(entry.try_map_payloads(|_| Err(7)), Err(7));
        }
    }
}
