//! The C library wslay as a peer: its client reads what a server wrote.
//!
//! Only what a verdict needs is bound, by hand from `wslay/wslay.h` of version 1.1.1.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::slice::from_raw_parts;

/// A message or the frame that ends the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received<'a> {
    /// Of its first frame.
    pub opcode: u8,
    /// A Close's status code, or 0 if it has none.
    pub status_code: u16,
    /// All its bytes; a Close's begin with the code.
    pub bytes: &'a [u8],
}

/// Where it stands when all bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It received a Close.
    Closed,
    /// It stopped to read, and has queued a Close that says why.
    Refused,
    /// It reads on.
    Waiting,
}

/// Gives `bytes` to a client, and each message that it receives to `on_message`, which must not panic.
///
/// # Panics
///
/// If there is no memory for a client.
pub fn read(bytes: &[u8], on_message: &mut dyn FnMut(Received<'_>)) -> Outcome {
    let callbacks = Callbacks {
        recv: on_recv,
        send: on_send,
        genmask: on_genmask,
        on_frame_recv_start: None,
        on_frame_recv_chunk: None,
        on_frame_recv_end: None,
        on_msg_recv,
    };
    let mut connection = Connection { bytes, on_message };
    let user_data = (&raw mut connection).cast::<c_void>();
    let mut context: *mut Context = null_mut();
    // SAFETY: the library copies the callbacks, and gives them `user_data`, which outlives the context.
    unsafe {
        let made = wslay_event_context_client_init(&raw mut context, &raw const callbacks, user_data);
        assert_eq!(made, 0, "no memory for a client");
        let result = wslay_event_recv(context);
        let outcome = if wslay_event_get_close_received(context) != 0 {
            Outcome::Closed
        } else if result != 0 || wslay_event_get_read_enabled(context) == 0 {
            Outcome::Refused
        } else {
            Outcome::Waiting
        };
        wslay_event_context_free(context);
        outcome
    }
}

/// What the callbacks work on.
struct Connection<'a, 'b> {
    /// What is still to be read.
    bytes: &'a [u8],
    on_message: &'b mut dyn FnMut(Received<'_>),
}

/// An opaque context of the library.
#[repr(C)]
struct Context {
    _private: [u8; 0],
}

#[repr(C)]
struct MsgRecvArg {
    rsv: u8,
    opcode: u8,
    msg: *const u8,
    msg_length: usize,
    status_code: u16,
}

#[repr(C)]
struct Callbacks {
    recv: unsafe extern "C" fn(*mut Context, *mut u8, usize, c_int, *mut c_void) -> isize,
    send: unsafe extern "C" fn(*mut Context, *const u8, usize, c_int, *mut c_void) -> isize,
    genmask: unsafe extern "C" fn(*mut Context, *mut u8, usize, *mut c_void) -> c_int,
    on_frame_recv_start: Option<unsafe extern "C" fn()>,
    on_frame_recv_chunk: Option<unsafe extern "C" fn()>,
    on_frame_recv_end: Option<unsafe extern "C" fn()>,
    on_msg_recv: unsafe extern "C" fn(*mut Context, *const MsgRecvArg, *mut c_void),
}

const ERR_WOULDBLOCK: c_int = -401;

unsafe extern "C" {
    fn wslay_event_context_client_init(
        context: *mut *mut Context,
        callbacks: *const Callbacks,
        user_data: *mut c_void,
    ) -> c_int;
    fn wslay_event_context_free(context: *mut Context);
    fn wslay_event_recv(context: *mut Context) -> c_int;
    fn wslay_event_set_error(context: *mut Context, error: c_int);
    fn wslay_event_get_read_enabled(context: *mut Context) -> c_int;
    fn wslay_event_get_close_received(context: *mut Context) -> c_int;
}

/// Reads on in the bytes; at their end it would block.
unsafe extern "C" fn on_recv(
    context: *mut Context,
    buffer: *mut u8,
    len: usize,
    _flags: c_int,
    user_data: *mut c_void,
) -> isize {
    // SAFETY: it is the connection that `read` gave, which nobody else uses now.
    let connection = unsafe { &mut *user_data.cast::<Connection<'_, '_>>() };
    if connection.bytes.is_empty() {
        // SAFETY: the library calls with its own context.
        unsafe { wslay_event_set_error(context, ERR_WOULDBLOCK) };
        return -1;
    }
    let (bytes, rest) = connection.bytes.split_at(len.min(connection.bytes.len()));
    // SAFETY: the buffer has room for `len` bytes, and is the library's own.
    unsafe { buffer.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    connection.bytes = rest;
    bytes.len().cast_signed()
}

/// Nothing is sent: a client that is only asked to read does not write.
unsafe extern "C" fn on_send(_: *mut Context, _: *const u8, len: usize, _: c_int, _: *mut c_void) -> isize {
    len.cast_signed()
}

unsafe extern "C" fn on_genmask(_: *mut Context, buffer: *mut u8, len: usize, _: *mut c_void) -> c_int {
    // SAFETY: the buffer has room for `len` bytes.
    unsafe { buffer.write_bytes(0, len) };
    0
}

unsafe extern "C" fn on_msg_recv(_: *mut Context, arg: *const MsgRecvArg, user_data: *mut c_void) {
    // SAFETY: as in `on_recv`; the message is there until this function returns, and is null only if it is empty.
    unsafe {
        let connection = &mut *user_data.cast::<Connection<'_, '_>>();
        let MsgRecvArg { opcode, msg, msg_length, status_code, .. } = *arg;
        let bytes = if msg_length == 0 { &[][..] } else { from_raw_parts(msg, msg_length) };
        (connection.on_message)(Received { opcode, status_code, bytes });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it received, with the opcode and the status code of each.
    fn received(bytes: &[u8]) -> (Vec<(u8, u16, Vec<u8>)>, Outcome) {
        let mut all = Vec::new();
        let outcome = read(bytes, &mut |it| all.push((it.opcode, it.status_code, it.bytes.to_vec())));
        (all, outcome)
    }

    #[test]
    fn messages_and_the_close_come_in_their_order() {
        let bytes = b"\x01\x01a\x80\x01b\x82\x00\x88\x04\x03\xe8hi";
        let want = vec![(1, 0, b"ab".to_vec()), (2, 0, vec![]), (8, 1000, b"\x03\xe8hi".to_vec())];
        assert_eq!(received(bytes), (want, Outcome::Closed));
    }

    #[test]
    fn it_waits_for_the_rest_and_refuses_what_is_wrong() {
        assert_eq!(received(b"\x81\x02a"), (vec![], Outcome::Waiting));
        assert_eq!(received(b"\x83\x00"), (vec![], Outcome::Refused));
        assert_eq!(received(b"\x88\x00"), (vec![(8, 0, vec![])], Outcome::Closed));
    }
}
