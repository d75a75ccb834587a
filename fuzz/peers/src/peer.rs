//! Each implementation as a client that reads what a server wrote.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::memory::Memory;
use crate::verdict::{End, Message, Verdict};

/// Another implementation.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The name of its crate or library.
    pub name: &'static str,
    read: fn(&[u8], &mut Vec<Message>) -> End,
}

/// The implementations that are asked.
pub const PEERS: &[Peer] = &[
    Peer { name: "fastwebsockets", read: fastwebsockets },
    Peer { name: "soketto", read: soketto },
    Peer { name: "tokio-websockets", read: tokio_websockets },
    Peer { name: "tungstenite", read: tungstenite },
    #[cfg(feature = "wslay")]
    Peer { name: "wslay", read: wslay },
];

impl Peer {
    /// What it makes of `bytes`; a panic of it is caught.
    #[must_use]
    pub fn verdict(&self, bytes: &[u8]) -> Verdict {
        let mut messages = Vec::new();
        let end = catch_unwind(AssertUnwindSafe(|| (self.read)(bytes, &mut messages)));
        Verdict { messages, end: end.unwrap_or(End::Panicked) }
    }
}

/// What the future comes to; the memory never wakes anybody, so what is pending once is pending for ever.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn tungstenite(bytes: &[u8], messages: &mut Vec<Message>) -> End {
    use tungstenite::protocol::Role;
    use tungstenite::{Error, Message, WebSocket};
    let mut socket = WebSocket::from_raw_socket(Memory::new(bytes), Role::Client, None);
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => messages.push((true, text.as_bytes().to_vec())),
            Ok(Message::Binary(data)) => messages.push((false, data.to_vec())),
            Ok(Message::Close(frame)) => {
                return match frame {
                    None => End::Close(None, Vec::new()),
                    Some(frame) => End::Close(Some(frame.code.into()), frame.reason.as_bytes().to_vec()),
                };
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => return End::Waiting,
            Err(_) => return End::Refused,
        }
    }
}

fn fastwebsockets(bytes: &[u8], messages: &mut Vec<Message>) -> End {
    use fastwebsockets::{FragmentCollector, OpCode, Role, WebSocket};
    let mut socket = FragmentCollector::new(WebSocket::after_handshake(Memory::new(bytes), Role::Client));
    loop {
        let frame = match at_once(socket.read_frame()) {
            None => return End::Waiting,
            Some(Err(_)) => return End::Refused,
            Some(Ok(frame)) => frame,
        };
        match frame.opcode {
            OpCode::Text => messages.push((true, frame.payload.to_vec())),
            OpCode::Binary => messages.push((false, frame.payload.to_vec())),
            OpCode::Close => {
                return match frame.payload.split_first_chunk::<2>() {
                    None => End::Close(None, frame.payload.to_vec()),
                    Some((code, reason)) => End::Close(Some(u16::from_be_bytes(*code)), reason.to_vec()),
                };
            }
            OpCode::Ping | OpCode::Pong | OpCode::Continuation => {}
        }
    }
}

fn tokio_websockets(bytes: &[u8], messages: &mut Vec<Message>) -> End {
    use futures_core::Stream as _;
    let mut socket = tokio_websockets::ClientBuilder::new().take_over(Memory::new(bytes));
    loop {
        let next = std::pin::Pin::new(&mut socket).poll_next(&mut Context::from_waker(Waker::noop()));
        let message = match next {
            Poll::Pending => return End::Waiting,
            Poll::Ready(None | Some(Err(_))) => return End::Refused,
            Poll::Ready(Some(Ok(message))) => message,
        };
        if let Some((code, reason)) = message.as_close() {
            // An empty Close is given as 1005, which cannot be received otherwise.
            let code = Some(u16::from(code)).filter(|&code| code != 1005);
            return End::Close(code, reason.as_bytes().to_vec());
        }
        if message.is_text() || message.is_binary() {
            messages.push((message.is_text(), message.as_payload().to_vec()));
        }
    }
}

fn soketto(bytes: &[u8], messages: &mut Vec<Message>) -> End {
    use soketto::connection::{Builder, Mode};
    use soketto::{Data, Incoming};
    let (_sender, mut receiver) = Builder::new(Memory::new(bytes), Mode::Client).finish();
    loop {
        let mut data = Vec::new();
        match at_once(receiver.receive(&mut data)) {
            None => return End::Waiting,
            Some(Err(_)) => return End::Refused,
            Some(Ok(Incoming::Closed(reason))) => {
                return End::Close(Some(reason.code), reason.descr.unwrap_or_default().into_bytes());
            }
            Some(Ok(Incoming::Pong(_))) => {}
            Some(Ok(Incoming::Data(Data::Text(_)))) => messages.push((true, data)),
            Some(Ok(Incoming::Data(Data::Binary(_)))) => messages.push((false, data)),
        }
    }
}

#[cfg(feature = "wslay")]
fn wslay(bytes: &[u8], messages: &mut Vec<Message>) -> End {
    use wasclean_model::wire::opcode;
    use wasclean_wslay::{Outcome, read};
    let mut close = End::Refused;
    let outcome = read(bytes, &mut |received| match received.opcode {
        opcode::TEXT | opcode::BINARY => {
            messages.push((received.opcode == opcode::TEXT, received.bytes.to_vec()));
        }
        opcode::CLOSE => {
            // No code is given as 0, which cannot be received otherwise: it is refused.
            let code = Some(received.status_code).filter(|&code| code != 0);
            close = End::Close(code, received.bytes.get(2..).unwrap_or_default().to_vec());
        }
        _ => {}
    });
    match outcome {
        Outcome::Closed => close,
        Outcome::Refused => End::Refused,
        Outcome::Waiting => End::Waiting,
    }
}
