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
            | Self::Quiescent => self,
        })
    }
}
