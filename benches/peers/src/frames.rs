//! Many small frames in one buffer, unmasked in place, their texts validated.

use bytes::BytesMut;
use tokio_util::codec::Decoder as _;
use wasclean_model::wire::{Decoder, Kernel, Role, mask};

use crate::case::Small;

/// A decoder of a stream of frames.
pub trait Stream {
    /// Its name in reports.
    const NAME: &'static str;

    /// Which checks were added to its own.
    const ADDED: &'static str;

    /// Decodes all of `bytes`, as `SERVER` receives them, and shows each frame to `sink`; the number of frames, or
    /// `None` if one is refused.
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, sink: impl FnMut(u8, &[u8])) -> Option<usize>;
}

const TEXT: u8 = 1;

/// Ours, with the kernel that was chosen for the process.
#[derive(Debug)]
pub struct Ours;

impl Stream for Ours {
    const NAME: &'static str = "wasclean";
    const ADDED: &'static str = "";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        ours::<SERVER>(Kernel::chosen(), bytes, sink)
    }
}

/// Ours in safe code.
#[derive(Debug)]
pub struct Portable;

impl Stream for Portable {
    const NAME: &'static str = "wasclean-portable";
    const ADDED: &'static str = "";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        ours::<SERVER>(Kernel::PORTABLE, bytes, sink)
    }
}

#[inline(always)]
fn ours<const SERVER: bool>(
    kernel: Kernel,
    bytes: &mut BytesMut,
    mut sink: impl FnMut(u8, &[u8]),
) -> Option<usize> {
    let mut decoder = Decoder::new(if SERVER { Role::Server } else { Role::Client });
    let mut count = 0;
    for frame in decoder.frames_by(kernel, bytes) {
        let frame = frame.ok()?;
        let opcode = frame.head.opcode();
        if opcode == TEXT && !frame.is_utf8() {
            return None;
        }
        sink(opcode, frame.payload);
        count += 1;
    }
    Some(count)
}

/// Ours by events, as the endpoint of the model uses it: unmasked with the plain mask, judged by the standard library.
#[derive(Debug)]
pub struct Events;

impl Stream for Events {
    const NAME: &'static str = "wasclean-events";
    const ADDED: &'static str = "UTF-8 (std)";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, mut sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        use wasclean_model::wire::Event;
        let mut decoder = Decoder::new(if SERVER { Role::Server } else { Role::Client });
        let mut payload = [0; 125];
        let mut count = 0;
        let mut opcode = 0;
        let mut rest = &bytes[..];
        while let Some(event) = decoder.next(&mut rest).ok()? {
            match event {
                Event::Header(header) => opcode = header.head.opcode(),
                Event::Payload(chunk) => {
                    let payload = &mut payload[..chunk.bytes.len()];
                    payload.copy_from_slice(chunk.bytes);
                    if let Some(key) = chunk.mask {
                        mask::apply(payload, key, 0);
                    }
                    if opcode == TEXT && core::str::from_utf8(payload).is_err() {
                        return None;
                    }
                    sink(opcode, payload);
                    count += 1;
                }
            }
        }
        Some(count)
    }
}

/// edge-ws.
#[derive(Debug)]
pub struct EdgeWs;

impl Stream for EdgeWs {
    const NAME: &'static str = "edge-ws";
    const ADDED: &'static str = "mask by role, FIN and length of control frames, UTF-8 (std)";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, mut sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        let mut rest = &mut bytes[..];
        let mut count = 0;
        while !rest.is_empty() {
            let (header, at) = edge_ws::FrameHeader::deserialize(rest).ok()?;
            let (first, second) = (rest[0], rest[1]);
            let is_control = first & 8 != 0;
            let is_legal = (second & 0x80 != 0) == SERVER;
            if !is_legal || is_control && (first & 0x80 == 0 || second & 0x7f > 125) {
                return None;
            }
            let (payload, left) = rest[at..].split_at_mut_checked(header.payload_len as usize)?;
            header.mask(payload, 0);
            if first & 15 == TEXT && core::str::from_utf8(payload).is_err() {
                return None;
            }
            sink(first & 15, payload);
            count += 1;
            rest = left;
        }
        Some(count)
    }
}

/// soketto.
#[derive(Debug)]
pub struct Soketto;

impl Stream for Soketto {
    const NAME: &'static str = "soketto";
    const ADDED: &'static str = "mask by role, UTF-8 (std)";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, mut sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        let codec = soketto::base::Codec::new();
        let mut rest = &mut bytes[..];
        let mut count = 0;
        while !rest.is_empty() {
            let soketto::Parsing::Done { value: header, offset: at } = codec.decode_header(rest).ok()? else {
                return None;
            };
            if header.is_masked() != SERVER {
                return None;
            }
            let (payload, left) = rest[at..].split_at_mut_checked(header.payload_len())?;
            soketto::base::Codec::apply_mask(&header, payload);
            let opcode = u8::from(header.opcode());
            if opcode == TEXT && core::str::from_utf8(payload).is_err() {
                return None;
            }
            sink(opcode, payload);
            count += 1;
            rest = left;
        }
        Some(count)
    }
}

/// tungstenite's header parser, with our plain mask.
#[derive(Debug)]
pub struct TungsteniteHeader;

impl Stream for TungsteniteHeader {
    const NAME: &'static str = "tungstenite-header";
    const ADDED: &'static str =
        "unmasking, mask by role, FIN, reserved bits, length of control frames, UTF-8 (std)";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, mut sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        use tungstenite::protocol::frame::FrameHeader;
        let mut rest = &mut bytes[..];
        let mut count = 0;
        while !rest.is_empty() {
            let mut cursor = std::io::Cursor::new(&*rest);
            let (header, len) = FrameHeader::parse(&mut cursor).ok()??;
            let at = cursor.position() as usize;
            let opcode = u8::from(header.opcode);
            let is_control = opcode & 8 != 0;
            let has_reserved = header.rsv1 || header.rsv2 || header.rsv3;
            if has_reserved
                || header.mask.is_some() != SERVER
                || is_control && (!header.is_final || len > 125)
            {
                return None;
            }
            let (payload, left) = rest[at..].split_at_mut_checked(len as usize)?;
            if let Some(key) = header.mask {
                mask::apply(payload, key, 0);
            }
            if opcode == TEXT && core::str::from_utf8(payload).is_err() {
                return None;
            }
            sink(opcode, payload);
            count += 1;
            rest = left;
        }
        Some(count)
    }
}

/// sockudo-ws.
#[derive(Debug)]
pub struct Sockudo;

impl Stream for Sockudo {
    const NAME: &'static str = "sockudo-ws";
    const ADDED: &'static str = "length of control frames, UTF-8 (its own, simdutf8)";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, mut sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        let mut parser = sockudo_ws::frame::FrameParser::new(1 << 20, SERVER);
        let mut count = 0;
        while !bytes.is_empty() {
            let frame = parser.parse(bytes).ok()??;
            if frame.is_control() && frame.payload.len() > 125 {
                return None;
            }
            let opcode = frame.header.opcode as u8;
            if opcode == TEXT && !sockudo_ws::utf8::validate_utf8(&frame.payload) {
                return None;
            }
            sink(opcode, &frame.payload);
            count += 1;
        }
        Some(count)
    }
}

/// actix-http.
#[derive(Debug)]
pub struct Actix;

impl Stream for Actix {
    const NAME: &'static str = "actix-http";
    const ADDED: &'static str = "FIN of control frames, UTF-8 (std)";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, mut sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        use actix_http::ws::{OpCode, Parser};
        let mut count = 0;
        while !bytes.is_empty() {
            let (is_final, opcode, payload) = Parser::parse(bytes, SERVER, 1 << 20).ok()??;
            let payload = payload.unwrap_or_default();
            let is_control = matches!(opcode, OpCode::Close | OpCode::Ping | OpCode::Pong);
            if is_control && !is_final || opcode == OpCode::Text && core::str::from_utf8(&payload).is_err() {
                return None;
            }
            sink(opcode.into(), &payload);
            count += 1;
        }
        Some(count)
    }
}

/// yawc.
#[derive(Debug)]
pub struct Yawc;

impl Stream for Yawc {
    const NAME: &'static str = "yawc";
    const ADDED: &'static str = "mask of servers, RSV1, length of Close and Pong";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, mut sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        let role = if SERVER { yawc::Role::Server } else { yawc::Role::Client };
        let mut decoder = yawc::codec::Decoder::new(role, 1 << 20);
        let mut count = 0;
        while let [first, second, ..] = bytes[..] {
            if first & 0x40 != 0 || (second & 0x80 != 0) != SERVER || first & 8 != 0 && second & 0x7f > 125 {
                return None;
            }
            let frame = decoder.decode(bytes).ok()??;
            let opcode = frame.opcode();
            if opcode == yawc::frame::OpCode::Text && !frame.is_utf8() {
                return None;
            }
            sink(opcode.into(), frame.payload());
            count += 1;
        }
        Some(count)
    }
}

/// ws-framer, which is fed frame by frame, for it moves the rest of its buffer after each.
#[derive(Debug)]
pub struct WsFramer;

impl Stream for WsFramer {
    const NAME: &'static str = "ws-framer";
    const ADDED: &'static str = "mask by role";

    #[inline]
    fn decode<const SERVER: bool>(bytes: &mut BytesMut, mut sink: impl FnMut(u8, &[u8])) -> Option<usize> {
        let mut buffer = [0; 256];
        let mut framer = ws_framer::WsRxFramer::new(&mut buffer);
        let mut rest = &bytes[..];
        let mut count = 0;
        while let [_, second, ..] = *rest {
            if (second & 0x80 != 0) != SERVER {
                return None;
            }
            let len = usize::from(second & 0x7f) + if SERVER { 6 } else { 2 };
            let frame = rest.split_off(..len)?;
            framer.read_buf().get_mut(..len)?.copy_from_slice(frame);
            framer.advance(len);
            let frame = framer.next_frame()?.ok()?;
            sink(frame.opcode(), frame.data());
            count += 1;
        }
        Some(count)
    }
}

/// Checks that a decoder finds all frames, and refuses a stream that goes wrong.
///
/// # Panics
///
/// If it does not.
pub fn check<S: Stream>() {
    fn streams<const SERVER: bool, S: Stream>() {
        let want = crate::case::mixed_small(1000);
        let mut found = Vec::new();
        let mut bytes = BytesMut::from(&crate::case::stream(&want, SERVER)[..]);
        let count = S::decode::<SERVER>(&mut bytes, |opcode, payload| {
            found.push(Small { opcode, payload: payload.to_vec() });
        });
        assert_eq!(count, Some(want.len()), "{}", S::NAME);
        assert!(found == want, "{}", S::NAME);
        // One that is not UTF-8 at the end, and one for the other role.
        let wrong =
            [Small { opcode: 9, payload: vec![] }, Small { opcode: 1, payload: b"by\xc0\xae".to_vec() }];
        for (frames, is_masked) in [(&wrong[..], SERVER), (&want[..1], !SERVER)] {
            let mut bytes = BytesMut::from(&crate::case::stream(frames, is_masked)[..]);
            assert_eq!(S::decode::<SERVER>(&mut bytes, |_, _| ()), None, "{}", S::NAME);
        }
    }
    streams::<true, S>();
    streams::<false, S>();
}
