//! `new WebSocket(url, protocols)` (WebSockets Standard, the constructor; HS-01 to HS-07).

use alloc::vec::Vec;

use crate::dom::web_socket::is_protocol_token;
use crate::dom::{convert, parse_url};
use crate::page::{JsString, Page};
use crate::trace::{Bound, Completion, DocumentId, Entry, Exception, Method, SocketId, Target, Trace};
use crate::world::World;
use crate::world::state::{Address, Socket};

impl<P: Page> World<'_, P> {
    pub(super) fn construct(
        &mut self,
        url: &JsString,
        protocols: &[JsString],
        document: DocumentId,
        trace: &mut Trace,
    ) -> Completion {
        if self.state.sockets.room() == 0 {
            self.hit(Bound::Sockets);
            return Completion::Normal;
        }
        let index = u8::try_from(self.state.sockets.len()).expect("there are few sockets");
        let socket = SocketId(index);
        let target = Target::Socket(socket);
        self.begin_call(target, Method::Constructor, trace);
        let mut text = core::mem::take(&mut self.scratch);
        text.clear();
        convert::utf16_to_utf8(url, &mut text);
        let url_len = text.len();
        let well_formed = append_protocols(protocols, &mut text);
        let (url, list) = text.split_at(url_len);
        let (url_id, list_id) = (trace.intern(url), trace.intern(list));
        trace.emit(Entry::ConstructorArguments { socket, url: url_id, protocols: list_id });
        if document != DocumentId::PAGE {
            trace.emit(Entry::Belongs { socket, document });
        }
        // HS-05: the URL is judged before the subprotocols.
        let result = match parse_url(url) {
            Some(address) if well_formed => {
                let host = trace.intern(&address.host_name(url));
                let is_port_bad = address.is_port_bad();
                Ok(Address { host, port: address.port, is_port_bad, protocols: list_id })
            }
            Some(_) | None => Err(Exception::SyntaxError),
        };
        self.scratch = text;
        let result = result.map(|address| {
            if document == DocumentId::FRAME {
                self.state.lifetime.put_in_frame(socket);
            }
            let socket = Socket { address, ..Socket::default() };
            self.state.sockets.push(socket).expect("there is room");
        });
        self.end_call(target, Method::Constructor, result, trace)
    }
}

/// Appends the subprotocols, separated by commas, and says whether they are well-formed and different (HS-04; A-32:
/// values that differ in case only count as equal).
fn append_protocols(protocols: &[JsString], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut well_formed = true;
    for (index, protocol) in protocols.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let at = out.len();
        convert::utf16_to_utf8(protocol, out);
        let (before, own) = out[start..].split_at(at - start);
        let is_repeated =
            index > 0 && before.split(|&byte| byte == b',').any(|other| other.eq_ignore_ascii_case(own));
        well_formed &= is_protocol_token(own) && !is_repeated;
    }
    well_formed
}
