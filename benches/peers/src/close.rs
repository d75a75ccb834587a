//! One Close frame from a slice to a validated code and reason.

use std::io::{self, Cursor, Read, Write};

use bytes::BytesMut;
use futures::{FutureExt, StreamExt};
use tokio_util::codec::Decoder as _;
use wasclean_model::wire::mask;

use crate::own;

/// A parser of one Close frame.
pub trait Subject {
    /// Its name in reports.
    const NAME: &'static str;

    /// Which checks were added to its own.
    const ADDED: &'static str;

    /// At the start of a connection whose frames `SERVER` receives.
    fn new<const SERVER: bool>() -> Self;

    /// Parses `frame` and shows what it says to `sink`; `None` if it is refused.
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R>;
}

/// edge-ws: the header, and the mask byte by byte.
#[derive(Debug)]
pub struct EdgeWs([u8; 125]);

impl Subject for EdgeWs {
    const NAME: &'static str = "edge-ws";
    const ADDED: &'static str = "mask by role, FIN, length of control frames, body, status code, UTF-8 (std)";

    fn new<const SERVER: bool>() -> Self {
        Self([0; 125])
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        let (header, at) = edge_ws::FrameHeader::deserialize(frame).ok()?;
        let is_close = matches!(header.frame_type, edge_ws::FrameType::Close);
        if !is_close || frame[0] & 0x80 == 0 || !own::is_control_head::<SERVER>(frame[1]) {
            return None;
        }
        let len = header.payload_len as usize;
        let payload = frame.get(at..at + len)?;
        let payload = if SERVER {
            let room = &mut self.0[..len];
            room.copy_from_slice(payload);
            header.mask(room, 0);
            room
        } else {
            payload
        };
        let (code, reason) = own::body(payload)?;
        Some(sink(code, reason))
    }
}

/// soketto: the header, and the mask byte by byte.
#[derive(Debug)]
pub struct Soketto(soketto::base::Codec, [u8; 125]);

impl Subject for Soketto {
    const NAME: &'static str = "soketto";
    const ADDED: &'static str = "mask by role, body, status code, UTF-8 (std)";

    fn new<const SERVER: bool>() -> Self {
        Self(soketto::base::Codec::new(), [0; 125])
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        let soketto::Parsing::Done { value: header, offset: at } = self.0.decode_header(frame).ok()? else {
            return None;
        };
        if header.opcode() != soketto::base::OpCode::Close || header.is_masked() != SERVER {
            return None;
        }
        let len = header.payload_len();
        let payload = frame.get(at..at + len)?;
        let payload = if SERVER {
            let room = &mut self.1[..len];
            room.copy_from_slice(payload);
            soketto::base::Codec::apply_mask(&header, room);
            room
        } else {
            payload
        };
        let (code, reason) = own::body(payload)?;
        Some(sink(code, reason))
    }
}

/// tungstenite's header parser; its mask is not public, so it gets ours, in words.
#[derive(Debug)]
pub struct TungsteniteHeader([u8; 125]);

impl Subject for TungsteniteHeader {
    const NAME: &'static str = "tungstenite-header";
    const ADDED: &'static str =
        "unmasking, mask by role, FIN, reserved bits, length, body, status code, UTF-8 (std)";

    fn new<const SERVER: bool>() -> Self {
        Self([0; 125])
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        use tungstenite::protocol::frame::FrameHeader;
        use tungstenite::protocol::frame::coding::{Control, OpCode};
        let mut cursor = Cursor::new(frame);
        let (header, len) = FrameHeader::parse(&mut cursor).ok()??;
        let is_close = header.opcode == OpCode::Control(Control::Close) && header.is_final;
        let has_reserved = header.rsv1 || header.rsv2 || header.rsv3;
        if !is_close || has_reserved || !own::is_control_head::<SERVER>(frame[1]) {
            return None;
        }
        let (at, len) = (cursor.position() as usize, len as usize);
        let payload = frame.get(at..at + len)?;
        let payload = match header.mask {
            Some(key) => {
                let room = &mut self.0[..len];
                room.copy_from_slice(payload);
                mask::apply(room, key, 0);
                room
            }
            None => payload,
        };
        let (code, reason) = own::body(payload)?;
        Some(sink(code, reason))
    }
}

/// sockudo-ws: its parser over a buffer, with its own validator.
pub struct Sockudo(sockudo_ws::frame::FrameParser, BytesMut);

impl Subject for Sockudo {
    const NAME: &'static str = "sockudo-ws";
    const ADDED: &'static str = "length of control frames, body, status code, UTF-8 (its own, simdutf8)";

    fn new<const SERVER: bool>() -> Self {
        Self(sockudo_ws::frame::FrameParser::new(1 << 20, SERVER), BytesMut::with_capacity(1 << 16))
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        self.1.extend_from_slice(frame);
        let frame = self.0.parse(&mut self.1).ok()??;
        if frame.header.opcode != sockudo_ws::OpCode::Close || frame.payload.len() > 125 {
            return None;
        }
        let (code, reason) = own::body_by(&frame.payload, sockudo_ws::utf8::validate_utf8)?;
        Some(sink(code, reason))
    }
}

/// ws-tool: a reader of whole frames with all checks but that of the mask.
pub struct WsTool(ws_tool::codec::FrameReadState);

impl Subject for WsTool {
    const NAME: &'static str = "ws-tool";
    const ADDED: &'static str = "mask by role";

    fn new<const SERVER: bool>() -> Self {
        Self(ws_tool::codec::FrameReadState::default())
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        mut frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        if (frame[1] & 0x80 != 0) != SERVER {
            return None;
        }
        let (header, payload) = self.0.receive(&mut frame).ok()?;
        if header.code != ws_tool::frame::OpCode::Close {
            return None;
        }
        Some(match payload.split_first_chunk::<2>() {
            Some((code, reason)) => sink(Some(u16::from_be_bytes(*code)), reason),
            None => sink(None, &[]),
        })
    }
}

/// actix-http: its parser over a buffer, and its parser of the body, which gives a `String`.
#[derive(Debug)]
pub struct Actix(BytesMut);

impl Subject for Actix {
    const NAME: &'static str = "actix-http";
    const ADDED: &'static str = "FIN";

    fn new<const SERVER: bool>() -> Self {
        Self(BytesMut::with_capacity(1 << 16))
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        self.0.extend_from_slice(frame);
        let (is_final, opcode, payload) =
            actix_http::ws::Parser::parse(&mut self.0, SERVER, 1 << 20).ok()??;
        if opcode != actix_http::ws::OpCode::Close || !is_final {
            return None;
        }
        let reason =
            actix_http::ws::Parser::try_parse_close_payload(payload.as_deref().unwrap_or_default()).ok()?;
        Some(match reason {
            Some(reason) => {
                sink(Some(reason.code.into()), reason.description.as_deref().unwrap_or_default().as_bytes())
            }
            None => sink(None, &[]),
        })
    }
}

/// yawc: its codec over a buffer.
pub struct Yawc(yawc::codec::Decoder, BytesMut);

impl Subject for Yawc {
    const NAME: &'static str = "yawc";
    const ADDED: &'static str = "mask of servers, RSV1, length of control frames, body, status code";

    fn new<const SERVER: bool>() -> Self {
        let role = if SERVER { yawc::Role::Server } else { yawc::Role::Client };
        Self(yawc::codec::Decoder::new(role, 1 << 20), BytesMut::with_capacity(1 << 16))
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        if frame[0] & 0x40 != 0 || !own::is_control_head::<SERVER>(frame[1]) {
            return None;
        }
        self.1.extend_from_slice(frame);
        let frame = self.0.decode(&mut self.1).ok()??;
        if frame.opcode() != yawc::frame::OpCode::Close {
            return None;
        }
        let reason = frame.close_reason().ok()?.unwrap_or_default().as_bytes();
        let code = frame.payload().first_chunk::<2>().map(|code| u16::from_be_bytes(*code));
        code.is_none_or(own::is_accepted).then(|| sink(code, reason))
    }
}

/// ws-framer: its framer over a buffer.
#[derive(Debug)]
pub struct WsFramer(Vec<u8>);

impl Subject for WsFramer {
    const NAME: &'static str = "ws-framer";
    const ADDED: &'static str = "mask by role, status code";

    fn new<const SERVER: bool>() -> Self {
        Self(vec![0; 256])
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        if (frame[1] & 0x80 != 0) != SERVER {
            return None;
        }
        let mut framer = ws_framer::WsRxFramer::new(&mut self.0);
        framer.read_buf()[..frame.len()].copy_from_slice(frame);
        framer.advance(frame.len());
        match framer.next_frame()?.ok()? {
            ws_framer::WsFrame::Close(ws_framer::CLOSE_NO_STATUS, "") if frame.len() <= 6 => {
                Some(sink(None, &[]))
            }
            ws_framer::WsFrame::Close(code, reason) => {
                own::is_accepted(code).then(|| sink(Some(code), reason.as_bytes()))
            }
            _ => None,
        }
    }
}

/// A transport in memory: reads from a slice, and forgets what is written.
struct Memory<'a>(&'a [u8]);

impl Read for Memory<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.read(room)
    }
}

impl Write for Memory<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// tungstenite as it is used: a new WebSocket that reads one message.
#[derive(Debug)]
pub struct Tungstenite;

impl Subject for Tungstenite {
    const NAME: &'static str = "tungstenite (stream)";
    const ADDED: &'static str = "";

    fn new<const SERVER: bool>() -> Self {
        Self
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        use tungstenite::protocol::{Message, Role, WebSocket, WebSocketConfig};
        let role = if SERVER { Role::Server } else { Role::Client };
        let config = WebSocketConfig::default().read_buffer_size(4096);
        let mut socket = WebSocket::from_raw_socket(Memory(frame), role, Some(config));
        match socket.read().ok()? {
            // A code that it refuses is reported as 1002 with a reason of its own.
            Message::Close(Some(close)) if close.reason == "Protocol violation" => None,
            Message::Close(Some(close)) => Some(sink(Some(close.code.into()), close.reason.as_bytes())),
            Message::Close(None) => Some(sink(None, &[])),
            _ => None,
        }
    }
}

/// fastwebsockets as it is used.
#[derive(Debug)]
pub struct Fastwebsockets;

impl Subject for Fastwebsockets {
    const NAME: &'static str = "fastwebsockets (stream)";
    const ADDED: &'static str = "mask by role, length of control frames";

    fn new<const SERVER: bool>() -> Self {
        Self
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        if !own::is_control_head::<SERVER>(frame[1]) {
            return None;
        }
        let role = if SERVER { fastwebsockets::Role::Server } else { fastwebsockets::Role::Client };
        let transport = tokio::io::join(frame, tokio::io::sink());
        let mut socket = fastwebsockets::WebSocket::after_handshake(transport, role);
        let frame = socket.read_frame().now_or_never()?.ok()?;
        if frame.opcode != fastwebsockets::OpCode::Close {
            return None;
        }
        Some(match frame.payload.split_first_chunk::<2>() {
            Some((code, reason)) => sink(Some(u16::from_be_bytes(*code)), reason),
            None => sink(None, &[]),
        })
    }
}

/// tokio-websockets as it is used.
#[derive(Debug)]
pub struct TokioWebsockets;

impl Subject for TokioWebsockets {
    const NAME: &'static str = "tokio-websockets (stream)";
    const ADDED: &'static str = "";

    fn new<const SERVER: bool>() -> Self {
        Self
    }

    #[inline]
    fn close<const SERVER: bool, R>(
        &mut self,
        frame: &[u8],
        sink: impl FnOnce(Option<u16>, &[u8]) -> R,
    ) -> Option<R> {
        let transport = tokio::io::join(frame, tokio::io::sink());
        let mut socket = if SERVER {
            tokio_websockets::ServerBuilder::new().serve(transport)
        } else {
            tokio_websockets::ClientBuilder::new().take_over(transport)
        };
        let message = socket.next().now_or_never()??.ok()?;
        let (code, reason) = message.as_close()?;
        let code = (!message.as_payload().is_empty()).then(|| code.into());
        Some(sink(code, reason.as_bytes()))
    }
}

/// Checks that a subject gives the right answer for every case, and refuses what is malformed.
///
/// # Panics
///
/// If it does not.
pub fn check<S: Subject>() {
    fn closes<const SERVER: bool, S: Subject>() {
        let mut subject = S::new::<SERVER>();
        let mixed = crate::case::mixed_closes(1024, SERVER);
        for case in crate::case::cells().iter().chain(&mixed).filter(|case| case.is_masked == SERVER) {
            let seen = subject.close::<SERVER, _>(&case.bytes, |code, reason| (code, reason.to_vec()));
            let want = Some((case.code, case.reason.clone().into_bytes()));
            assert_eq!(seen, want, "{}, {}", S::NAME, case.name);
        }
        for (what, bytes) in crate::case::malformed(SERVER) {
            let seen = S::new::<SERVER>().close::<SERVER, _>(&bytes, |code, reason| (code, reason.to_vec()));
            assert_eq!(seen, None, "{} accepts {what}", S::NAME);
        }
    }
    closes::<true, S>();
    closes::<false, S>();
}
