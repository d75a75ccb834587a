//! Our client against our server over a pipe that delays and cuts what it carries, and may lose the connection
//! (INV-33).

mod side;

use alloc::format;
use alloc::vec::Vec;

use super::{Broken, same};
use crate::choices::{Bytes, Choices as _, Point};
use crate::endpoint::{CloseBody, End, Endpoint};
use crate::invariant::{INVARIANTS, Kind, Kinds, Monitors};
use crate::trace::{Entry, PayloadId, SocketId, Trace};
use crate::wire::{MessageType, Role, handshake};
use side::{LENGTHS, LONG_FROM, PROFILE, Side, text};

/// Plays `bytes` as what both sides do and how the pipe delivers; then both close in the end.
///
/// # Errors
///
/// INV-33, if an endpoint refuses what the other wrote, if a close that both took part in is not clean on both sides,
/// or if a side does not report what the other one sent; INV-99, if a frame has another masking key than was drawn.
pub fn two_endpoints(bytes: &[u8]) -> Result<(), Broken> {
    let (client, server) = played(bytes);
    judged(&client, &server)
}

/// The traces of the client and of the server when `bytes` are played, for whoever wants to see what happened.
#[must_use]
pub fn two_endpoints_traces(bytes: &[u8]) -> [Trace; 2] {
    let (client, server) = played(bytes);
    [client.trace, server.trace]
}

/// Both sides at the end.
fn played(bytes: &[u8]) -> (Side<'_>, Side<'_>) {
    let (script, choices) = bytes.split_at(bytes.len() / 2);
    let mut client = Side::new(Role::Client, choices);
    let mut server = Side::new(Role::Server, choices);
    client.act(|endpoint, cx| {
        endpoint.connect(PayloadId::EMPTY, cx);
    });
    let nonce = client.trace.entries.iter().find_map(|entry| match entry {
        Entry::Request { nonce, .. } => Some(*nonce),
        _ => None,
    });
    handshake::response(&mut server.pipe, nonce.unwrap_or_default(), None);

    let mut script = Bytes::new(script);
    for _ in 0..64 {
        let who = script.number(Point::WorldStep, 2);
        let (one, other) = if who == 0 { (&mut client, &mut server) } else { (&mut server, &mut client) };
        match script.number(Point::WorldStep, 6) {
            0 | 1 => {
                let len = match other.pipe.len() {
                    0 => 0,
                    len => {
                        1 + script.number(Point::TcpCut, u32::try_from(len).unwrap_or(u32::MAX)) as usize
                            % len
                    }
                };
                deliver(one, other, len);
            }
            2 if one.endpoint.is_established() => {
                let payload = one.trace.intern(&text(drawn_len(&mut script)));
                let message_type = match script.number(Point::WorldStep, 4) {
                    3 => MessageType::Binary,
                    _ => MessageType::Text,
                };
                one.act(|endpoint, cx| endpoint.send(message_type, payload, cx));
            }
            3 => one.act(|endpoint, cx| endpoint.write(cx)),
            5 if one.may_write() => {
                let what = script.number(Point::WorldStep, 6);
                let len = drawn_len(&mut script);
                let number = script.number(Point::FrameMask, 256);
                one.write_by_hand(what, len, u8::try_from(number).unwrap_or(0));
            }
            4 => match script.number(Point::WorldStep, 8) {
                6 if one.endpoint.is_established() && other.endpoint.is_established() => {
                    lose(&mut client, &mut server);
                    break;
                }
                7 => {
                    let code = [None, Some(1000), Some(3000), Some(4999)]
                        [script.number(Point::WorldStep, 4) as usize];
                    close(one, code);
                }
                _ => {}
            },
            _ => {}
        }
    }
    // Fairness: everything written arrives, and somebody closes; mostly after a while in which nobody does anything.
    if script.number(Point::WorldStep, 4) != 3 {
        settle(&mut client, &mut server);
    }
    for _ in 0..8 {
        close(&mut client, None);
        flush(&mut client, &mut server);
        flush(&mut server, &mut client);
    }
    (client, server)
}

/// One length in 128 is a long one: it costs as much as hundreds of others.
fn drawn_len(script: &mut Bytes<'_>) -> usize {
    let drawn = script.number(Point::TcpCut, 256) as usize;
    LENGTHS[if drawn < LENGTHS.len() { drawn } else { drawn % LONG_FROM }]
}

/// Everything that is written arrives, and is answered; then each side must have answered the last Ping of the other,
/// unless the other has closed (WIRE-32, WIRE-33).
fn settle<'a>(client: &mut Side<'a>, server: &mut Side<'a>) {
    for _ in 0..3 {
        for is_client in [true, false] {
            let (one, other) =
                if is_client { (&mut *client, &mut *server) } else { (&mut *server, &mut *client) };
            one.act(|endpoint, cx| endpoint.write(cx));
            let len = one.pipe.len();
            deliver(other, one, len);
        }
    }
    client.must_have_answered(&server.pings);
    server.must_have_answered(&client.pings);
}

/// What an endpoint alone puts into a trace: the invariants that need nothing else are those of endpoints. No time
/// passes here, and its entry would say so.
const KINDS: Kinds = Kinds::new(&[
    Kind::Elapse,
    Kind::Request,
    Kind::Established,
    Kind::RxFrame,
    Kind::RxFin,
    Kind::RxRst,
    Kind::TxFrame,
    Kind::TxFin,
    Kind::ClosingStarted,
    Kind::Fail,
    Kind::Full,
    Kind::TimerFired,
    Kind::TcpClosed,
    Kind::Closed,
]);

/// The invariants of endpoints that speak of a client.
const OF_CLIENTS: [&str; 2] = ["INV-14", "INV-30"];

/// The first invariant of endpoints that a side breaks.
fn judge_alone(side: &Side<'_>) -> Result<(), Broken> {
    let mut monitors = Monitors::for_recording(&PROFILE, KINDS);
    let (socket, protocol) = (SocketId(0), PayloadId::EMPTY);
    // A server begins when the opening handshake is over.
    let handshake = match side.role {
        Role::Client => &[][..],
        Role::Server => &[
            Entry::Request { socket, nonce: 0, protocols: protocol },
            Entry::Established { socket, protocol },
        ],
    };
    for entry in handshake.iter().chain(&side.trace.entries) {
        monitors.observe(entry, &side.trace.payloads);
    }
    let broken = monitors.all_broken().iter().map(|index| INVARIANTS[index].id);
    match broken.into_iter().find(|id| side.role == Role::Client || !OF_CLIENTS.contains(id)) {
        Some(invariant) => Err(Broken { invariant, detail: format!("by {:?}", side.role) }),
        None => Ok(()),
    }
}

fn judged(client: &Side<'_>, server: &Side<'_>) -> Result<(), Broken> {
    for (side, other) in [(client, server), (server, client)] {
        judge_alone(side)?;
        judge_written(side)?;
        judge_heard(side, other)?;
    }
    // Who sends more than the buffer holds, while nothing is written, ends the connection by another rule (INV-53).
    if [client, server].iter().any(|side| side.is_full()) {
        return Ok(());
    }
    let ends = [(client, server), (server, client)];
    for (one, other) in ends {
        let role = one.role;
        let Some(end) = one.endpoint.end() else {
            return Err(Broken { invariant: "INV-33", detail: format!("{role:?} never ended") });
        };
        let written = other.endpoint.closing().written();
        let sent = written.and_then(|body| body.code).unwrap_or(1005);
        if one.has_lost {
            judge_lost(one, end, written.is_some().then_some(sent))?;
            continue;
        }
        let want = End { clean: true, error: false, code: sent, ..end };
        same(
            "INV-33",
            format_args!("the end of {role:?}, and what follows from the other side"),
            &end,
            &want,
        )?;
    }
    Ok(())
}

/// What a side wrote is what its trace says, each frame with a masking key of its own if a client writes it (WIRE-10,
/// WIRE-11).
fn judge_written(side: &Side<'_>) -> Result<(), Broken> {
    let role = side.role;
    if let Some(blunder) = side.blunder {
        return Err(Broken { invariant: "INV-33", detail: format!("{role:?}: {blunder}") });
    }
    let used = side.trace.entries.iter().filter_map(|entry| match *entry {
        Entry::TxFrame { mask, .. } if role == Role::Client || mask != 0 => Some(mask),
        _ => None,
    });
    let used: Vec<u8> = used.collect();
    same(
        "INV-99",
        format_args!("the masking keys of {role:?} that were drawn, and used"),
        &side.choices.keys,
        &used,
    )
}

/// A side gets the messages of the other one, all of them unless the connection was lost or given up, and its Pongs are
/// for Pings of the other one, in their order.
fn judge_heard(side: &Side<'_>, other: &Side<'_>) -> Result<(), Broken> {
    let role = side.role;
    let is_whole = !side.has_lost && !side.is_full() && !other.is_full();
    let heard = &side.heard;
    let told = if is_whole { &other.told[..] } else { &other.told[..heard.len().min(other.told.len())] };
    if heard != told {
        let lens = |messages: &[(MessageType, Vec<u8>)]| -> Vec<(MessageType, usize)> {
            messages.iter().map(|(message_type, data)| (*message_type, data.len())).collect()
        };
        let detail = format!("{role:?} got the messages {:?}, and not {:?}", lens(heard), lens(told));
        return Err(Broken { invariant: "INV-33", detail });
    }
    let mut pings = other.pings.iter();
    match side.pongs().all(|pong| pings.any(|ping| ping == pong)) {
        true => Ok(()),
        false => Err(Broken { invariant: "INV-33", detail: format!("{role:?} wrote a Pong for no Ping") }),
    }
}

/// The end of a side whose connection was lost: it reports the code that the other side wrote, if it can have got it,
/// or none; and a clean close only if both have written a Close.
fn judge_lost(side: &Side<'_>, end: End, sent: Option<u16>) -> Result<(), Broken> {
    let has_both = sent.is_some() && side.endpoint.closing().written().is_some();
    let is_reported = Some(end.code) == sent;
    if (is_reported || end.code == 1006) && (!end.clean || is_reported && has_both) {
        return Ok(());
    }
    let detail = format!("{:?} lost the connection, the other side had written {sent:?}: {end:?}", side.role);
    Err(Broken { invariant: "INV-33", detail })
}

/// Loses what is under way, and the connection.
fn lose<'a>(client: &mut Side<'a>, server: &mut Side<'a>) {
    for side in [client, server] {
        side.pipe.clear();
        side.has_lost = true;
        side.act(Endpoint::receive_rst);
    }
}

/// Writes everything that waits, delivers all of it, and the FIN behind it.
fn flush(from: &mut Side<'_>, to: &mut Side<'_>) {
    from.act(|endpoint, cx| endpoint.write(cx));
    let len = from.pipe.len();
    deliver(to, from, len);
    if from.has_ended && from.pipe.is_empty() {
        to.act(Endpoint::receive_fin);
    }
}

fn deliver(to: &mut Side<'_>, from: &mut Side<'_>, len: usize) {
    let rest = from.pipe.split_off(len.min(from.pipe.len()));
    let bytes = core::mem::replace(&mut from.pipe, rest);
    to.read(&bytes);
}

fn close(side: &mut Side<'_>, code: Option<u16>) {
    if !side.endpoint.is_established() || side.code.is_some() {
        return;
    }
    side.code = Some(code);
    let body = match code {
        None => CloseBody::default(),
        Some(code) => {
            let body = side.trace.intern(&code.to_be_bytes());
            CloseBody { body, code: Some(code), reason: PayloadId::EMPTY }
        }
    };
    side.act(|endpoint, cx| endpoint.start_the_closing_handshake(body, cx));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_judged_by_the_invariants_of_endpoints() {
        let (mut client, mut server) = played(&[]);
        assert_eq!((judge_alone(&client), judge_alone(&server)), (Ok(()), Ok(())));
        for side in [&mut client, &mut server] {
            let entries = &mut side.trace.entries;
            let close = entries.iter().find(|entry| matches!(entry, Entry::TxFrame { .. })).copied();
            entries.push(close.expect("each side closes"));
            assert_eq!(judge_alone(side).map_err(|broken| broken.invariant), Err("INV-20"));
        }
    }

    #[test]
    fn each_side_gets_what_the_other_one_wrote_and_answers_its_pings() {
        // The response arrives, the server writes a message in fragments around a Ping by hand, and the client sends.
        let script = [[0, 0, 128].as_slice(), &[1, 5, 4, 20, 9], &[0, 2, 30, 0], &[1, 5, 0, 3, 0]].concat();
        let bytes = [script.as_slice(), &alloc::vec![0; script.len()]].concat();
        let (mut client, mut server) = played(&bytes);
        assert_eq!(judged(&client, &server), Ok(()));
        assert_eq!((client.heard.len(), server.heard.len(), client.pongs().count()), (1, 1, 2));
        assert_eq!(server.heard[0].1.len(), 65_535);

        let broken =
            |client: &Side<'_>, server: &Side<'_>| judged(client, server).map_err(|broken| broken.invariant);
        server.heard[0].1[1000] ^= 1;
        assert_eq!(broken(&client, &server), Err("INV-33"), "a wrong byte");
        server.heard[0].1[1000] ^= 1;
        client.heard.clear();
        assert_eq!(broken(&client, &server), Err("INV-33"), "a message is lost");
        client.heard.clone_from(&server.told);
        client.choices.keys[0] ^= 1;
        assert_eq!(broken(&client, &server), Err("INV-99"), "another key");
        client.choices.keys[0] ^= 1;
        server.pings.pop();
        assert_eq!(broken(&client, &server), Err("INV-33"), "a Pong for no Ping");
        client.must_have_answered(&[b"another".to_vec()]);
        assert!(client.blunder.is_none(), "the other side has closed");
    }

    #[test]
    fn a_full_send_buffer_is_no_clean_close() {
        // The client is established, and sends and sends while each write is put off.
        let mut bytes = [[0, 0, 255].as_slice(), &[0, 2, 7].repeat(20)].concat();
        bytes.extend(alloc::vec![1; bytes.len()]);
        assert_eq!(two_endpoints(&bytes), Ok(()));
    }

    #[test]
    fn a_lost_connection_ends_both_sides_and_is_no_clean_close() {
        // The server's response arrives in pieces; when all of it is there, the connection is lost.
        let is_lost = (0..30).any(|pieces| {
            let mut bytes = [[0, 0, 100].repeat(pieces), alloc::vec![0, 4, 6]].concat();
            bytes.extend(alloc::vec![0; bytes.len()]);
            let (client, server) = played(&bytes);
            if !client.has_lost {
                return false;
            }
            assert_eq!(judged(&client, &server), Ok(()));
            let end = client.endpoint.end().expect("it is lost");
            assert_eq!((end.clean, end.error, end.code), (false, true, 1006));
            assert!(judge_lost(&client, End { clean: true, ..end }, None).is_err());
            assert!(judge_lost(&client, End { code: 1000, ..end }, None).is_err());
            assert!(judge_lost(&client, End { code: 1000, ..end }, Some(1000)).is_ok());
            true
        });
        assert!(is_lost);
    }

    #[test]
    fn both_ends_close_cleanly_whatever_the_pipe_does() {
        let mut state = 1_u32;
        for round in 0..5_000_u32 {
            let mut bytes = [0_u8; 200];
            for byte in &mut bytes {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (state >> 24) as u8;
            }
            let len = (round % 200) as usize;
            assert_eq!(two_endpoints(&bytes[..len]), Ok(()), "{:?}", &bytes[..len]);
        }
    }
}
